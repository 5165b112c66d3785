//! Texts of a source that name files which only a Unix has.

/// Folders of a Unix; what stands below one of them is meant.
const FOLDERS: [&str; 5] = ["/proc", "/sys", "/dev", "/etc", "/tmp"];

/// The folder that a literal leads into, and what it says; `None` when it is something else.
pub(crate) fn folder(literal: &[u8]) -> Option<(&'static str, String)> {
    let text = literal.strip_prefix(b"\"").or_else(|| literal.strip_prefix(b"`"))?;
    let text = std::str::from_utf8(&text[..text.len().checked_sub(1)?]).ok()?;
    let folder = FOLDERS.into_iter().find(|folder| text.starts_with(folder))?;
    let rest = &text[folder.len()..];
    // A route of a server may be called `/system`, and one called `/dev` is no file either.
    let is_below = rest.starts_with('/') && (rest.len() > 1 || matches!(folder, "/proc" | "/sys" | "/tmp"));
    is_below.then(|| (folder, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_below_a_folder_of_the_system_is_meant() {
        let found = |text: &str| folder(text.as_bytes()).map(|(folder, _)| folder);
        assert_eq!(found("\"/proc/self/status\""), Some("/proc"));
        assert_eq!(found("`/sys/class/net`"), Some("/sys"));
        assert_eq!(found("\"/proc/\""), Some("/proc"));
        for other in
            ["\"/system\"", "\"/dev\"", "\"/dev/\"", "\"proc/self\"", "\"x/proc/\"", "\"\"", "\"", ""]
        {
            assert_eq!(found(other), None, "{other}");
        }
        assert_eq!(folder(b"\"/proc/\xff\""), None);
    }
}
