//! What names may look like, so that the same name is always written in the same way.

/// Browsers, platforms and keys of attributes: lower-case letters, digits and `. _ -`, with spaces within, at most so long.
pub(crate) fn is_plain(name: &str, longest: usize) -> bool {
    (1..=longest).contains(&name.len())
        && !name.starts_with(' ')
        && !name.ends_with(' ')
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b' '))
}

/// Text of people: no control characters, at most so long.
pub(crate) fn is_text(text: &str, longest: usize) -> bool {
    text.len() <= longest && !text.chars().any(char::is_control)
}

/// The name that was probably meant.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // Comparing takes the product of the lengths, and the text may be hostile.
    if name.len() > 64 {
        return None;
    }
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, known)| *distance <= (name.len().max(known.len()) / 3).min(3))
        .min()
        .map(|(_, known)| known.to_owned())
}
