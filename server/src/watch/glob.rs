//! Patterns of `//go:embed`: Go's `path.Match`, and a folder that matches takes what is below it.

/// True when the slash-separated `path` is embedded by `pattern`, both relative to the same folder.
/// A match of a folder takes what lies below it, but nothing hidden there unless the pattern starts with `all:`.
pub(super) fn embeds(pattern: &str, path: &str) -> bool {
    let (all, pattern) = match pattern.strip_prefix("all:") {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let pattern: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let path: Vec<&str> = path.split('/').collect();
    if path.len() < pattern.len() {
        return false;
    }
    let (head, below) = path.split_at(pattern.len());
    pattern.iter().zip(head).all(|(pattern, name)| matches(pattern, name))
        && (all || below.iter().all(|name| !name.starts_with(['.', '_'])))
}

/// True when something below this folder may be embedded by the pattern.
pub(super) fn may_lead_to(pattern: &str, folder: &str) -> bool {
    let pattern = pattern.strip_prefix("all:").unwrap_or(pattern);
    let pattern = pattern.split('/').filter(|part| !part.is_empty() && *part != ".");
    pattern.zip(folder.split('/')).all(|(pattern, name)| name.is_empty() || matches(pattern, name))
}

/// `path.Match` for one component. Linear in the product of both lengths: a later `*` never has to give
/// anything back to an earlier one.
fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut position) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while position < name.len() {
        if pattern.get(at) == Some(&'*') {
            star = Some((at + 1, position));
            at += 1;
            continue;
        }
        if let Some(length) = one(&pattern[at.min(pattern.len())..], name[position]) {
            at += length;
            position += 1;
            continue;
        }
        let Some((after, from)) = star else { return false };
        star = Some((after, from + 1));
        (at, position) = (after, from + 1);
    }
    pattern[at.min(pattern.len())..].iter().all(|character| *character == '*')
}

/// Length of the pattern element that matches this character.
fn one(pattern: &[char], character: char) -> Option<usize> {
    match pattern {
        ['?', ..] => Some(1),
        ['\\', escaped, ..] => (*escaped == character).then_some(2),
        ['[', rest @ ..] => class(rest, character).map(|length| length + 1),
        [literal, ..] => (*literal == character).then_some(1),
        [] => None,
    }
}

/// Length of a character class after its `[` when the character is in it.
fn class(pattern: &[char], character: char) -> Option<usize> {
    let negated = pattern.first() == Some(&'^');
    let mut at = usize::from(negated);
    let mut found = false;
    while let Some(&low) = pattern.get(at) {
        if low == ']' && at > usize::from(negated) {
            return (found != negated).then_some(at + 1);
        }
        let (low, after) = if low == '\\' { (*pattern.get(at + 1)?, at + 2) } else { (low, at + 1) };
        let (high, after) = if pattern.get(after) == Some(&'-') {
            (*pattern.get(after + 1)?, after + 2)
        } else {
            (low, after)
        };
        found |= (low..=high).contains(&character);
        at = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_go_matches_them() {
        for (pattern, path, expected) in [
            ("a.txt", "a.txt", true),
            ("*.txt", "b.txt", true),
            ("*.txt", "b.html", false),
            ("*.txt", "x/b.txt", false),
            ("static", "static/img/a.png", true),
            ("static", "static/.hidden", false),
            ("static", "static/_old/a", false),
            ("all:static", "static/.hidden", true),
            ("static/*", "static/.hidden", true),
            ("t?st/[a-c]*.go", "test/b1.go", true),
            ("t?st/[^a-c]*.go", "test/b1.go", false),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("[", "a", false),
            (".", "x/y", true),
        ] {
            assert_eq!(embeds(pattern, path), expected, "{pattern} {path}");
        }
    }
}
