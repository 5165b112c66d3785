//! The module path of a new project: made from the name of its folder, or checked when the user gives one.

/// First words of standard packages, and words that mean something else to `go`. A module with such a name has
/// packages that cannot be told from those of the standard library.
const TAKEN: &[&str] = &[
    "all",
    "archive",
    "arena",
    "bufio",
    "builtin",
    "bytes",
    "cmd",
    "cmp",
    "compress",
    "container",
    "context",
    "crypto",
    "database",
    "debug",
    "embed",
    "encoding",
    "errors",
    "expvar",
    "flag",
    "fmt",
    "go",
    "hash",
    "html",
    "image",
    "index",
    "internal",
    "io",
    "iter",
    "log",
    "main",
    "maps",
    "math",
    "mime",
    "net",
    "os",
    "path",
    "plugin",
    "reflect",
    "regexp",
    "runtime",
    "simd",
    "slices",
    "sort",
    "std",
    "strconv",
    "strings",
    "structs",
    "sync",
    "syscall",
    "testing",
    "text",
    "time",
    "tool",
    "toolchain",
    "unicode",
    "unique",
    "unsafe",
    "vendor",
    "weak",
    "work",
];

/// Names that Windows keeps for devices; `go` refuses them everywhere.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul"];

/// A path that `go` takes as the path of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ModulePath(String);

/// The path is none that `go` takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` cannot be the path of a Go module: {reason}")]
pub(super) struct ModulePathError {
    /// What was given.
    pub(super) path: String,
    /// What is wrong with it.
    pub(super) reason: &'static str,
}

impl ModulePath {
    /// Checks a path by the rules of `go mod init`.
    pub(super) fn check(path: &str) -> Result<Self, ModulePathError> {
        let refuse = |reason| Err(ModulePathError { path: path.to_owned(), reason });
        if path.is_empty() {
            return refuse("it is empty");
        }
        if path.len() > 200 {
            return refuse("it is longer than 200 characters");
        }
        for element in path.split('/') {
            if let Some(reason) = wrong_element(element) {
                return refuse(reason);
            }
        }
        let first = path.split('/').next().unwrap_or_default();
        if first.starts_with('-') {
            return refuse("it starts with a hyphen, as flags do");
        }
        if TAKEN.contains(&first) {
            return refuse("its first part is a name of the standard library or of the go command");
        }
        let last = path.rsplit('/').next().unwrap_or_default();
        if path.contains('/') && is_wrong_major(last) {
            return refuse("its last part is no version suffix: those begin at /v2");
        }
        Ok(Self(path.to_owned()))
    }

    /// From the name of a folder: what `go` does not take becomes a hyphen.
    pub(super) fn derive(folder: &str) -> Result<Self, ModulePathError> {
        let lower = folder.to_lowercase();
        let plain =
            |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
        let mapped: String =
            lower.chars().map(|character| if plain(character) { character } else { '-' }).collect();
        let name = mapped.trim_matches(['-', '.', '_']);
        if name.is_empty() {
            let reason = "the folder's name has no letter or digit";
            return Err(ModulePathError { path: folder.to_owned(), reason });
        }
        let stem = name.split('.').next().unwrap_or_default();
        if TAKEN.contains(&name) || is_device(stem) {
            return Self::check(&format!("{stem}-app"));
        }
        Self::check(name)
    }

    /// As it is written in go.mod.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

fn wrong_element(element: &str) -> Option<&'static str> {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "-._~".contains(character);
    if element.is_empty() {
        return Some("a part between slashes is empty");
    }
    if !element.chars().all(allowed) {
        return Some("only letters, digits, `-`, `.`, `_`, `~` and `/` are allowed");
    }
    if element.starts_with('.') || element.ends_with('.') {
        return Some("a part begins or ends with a dot");
    }
    let stem = element.split('.').next().unwrap_or_default();
    if is_device(stem) {
        return Some("a part is a device name of Windows");
    }
    let tail = stem.rsplit_once('~').map(|(_, tail)| tail);
    if tail.is_some_and(|tail| !tail.is_empty() && tail.bytes().all(|byte| byte.is_ascii_digit())) {
        return Some("a part looks like a short name of Windows");
    }
    None
}

fn is_device(stem: &str) -> bool {
    let lower = stem.to_ascii_lowercase();
    let numbered = lower.strip_prefix("com").or_else(|| lower.strip_prefix("lpt"));
    DEVICES.contains(&lower.as_str()) || numbered.is_some_and(|rest| matches!(rest.as_bytes(), [b'1'..=b'9']))
}

/// `v0`, `v1` and numbers with a leading zero are no major version suffixes.
fn is_wrong_major(last: &str) -> bool {
    let Some(digits) = last.strip_prefix('v') else { return false };
    !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits.starts_with('0') || digits == "1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_and_refused_as_go_does() {
        for path in ["counter", "example.com/me/counter", "a.b/c_d~e", "example.com/x/v2", "Upper/Case", "v1"]
        {
            assert_eq!(ModulePath::check(path).unwrap().as_str(), path);
        }
        for path in [
            "",
            "/a",
            "a/",
            "a//b",
            "a b",
            "a/../b",
            "./a",
            "-flag",
            "fmt",
            "fmt/x",
            "example.com/con",
            "example.com/a/v1",
            "example.com/a/v01",
            "caf\u{e9}",
            "a\nb",
            "x\"",
            "a/b.",
            "a~1",
            "{{module}}",
        ] {
            assert!(ModulePath::check(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_folder_gives_its_name_to_the_module() {
        for (folder, path) in [
            ("counter", "counter"),
            ("My App", "my-app"),
            (".hidden", "hidden"),
            ("--", ""),
            ("\u{e4}pfel", "pfel"),
            ("time", "time-app"),
            ("CON", "con-app"),
            ("a;touch x", "a-touch-x"),
        ] {
            let derived = ModulePath::derive(folder).map(|path| path.as_str().to_owned());
            assert_eq!(derived.unwrap_or_default(), path, "{folder}");
        }
    }
}
