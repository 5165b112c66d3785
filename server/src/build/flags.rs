//! The few compiler flags that a project may set. Everything else is refused with a reason, because
//! flags such as `-toolexec`, `-extld` or `-o` let a project run programs and write files.

/// Flags that pass through to the compiler.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildFlags {
    tags: Vec<String>,
    variables: Vec<(String, String)>,
    omit_symbols: bool,
}

/// A flag that does not pass through.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the build flag {flag:?} is not allowed: {reason}")]
pub struct RefusedFlag {
    /// The flag as it was written.
    pub flag: String,
    /// Why not.
    pub reason: &'static str,
}

impl RefusedFlag {
    /// What can be used instead.
    pub const fn hint(&self) -> &'static str {
        "only -tags and -ldflags with -s, -w and -X importpath.name=value pass through to the compiler"
    }

    fn new(flag: &str, reason: &'static str) -> Self {
        Self { flag: flag.to_owned(), reason }
    }
}

impl BuildFlags {
    /// From the values of `-tags` and `-ldflags`, as a user writes them.
    pub fn new(tags: &[impl AsRef<str>], ldflags: &str) -> Result<Self, RefusedFlag> {
        let mut flags = Self::default();
        for tag in tags {
            flags.add_tags(tag.as_ref())?;
        }
        flags.add_ldflags(ldflags)?;
        Ok(flags)
    }

    /// From arguments in the form of `go build`, such as `-tags=a,b` or `-ldflags`, `-X main.v=1`.
    pub fn from_arguments(arguments: &[impl AsRef<str>]) -> Result<Self, RefusedFlag> {
        let mut flags = Self::default();
        let mut rest = arguments.iter().map(AsRef::as_ref);
        while let Some(argument) = rest.next() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (argument, None),
            };
            let flag = name.strip_prefix("--").or_else(|| name.strip_prefix('-')).unwrap_or_default();
            if !matches!(flag, "tags" | "ldflags") {
                return Err(RefusedFlag::new(argument, refusal(flag)));
            }
            let Some(value) = value.or_else(|| rest.next()) else {
                return Err(RefusedFlag::new(argument, "its value is missing"));
            };
            if flag == "tags" {
                flags.add_tags(value)?;
            } else {
                flags.add_ldflags(value)?;
            }
        }
        Ok(flags)
    }

    /// The build tags.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// True when the user asked for a module without symbols.
    pub fn omit_symbols(&self) -> bool {
        self.omit_symbols
    }

    /// True when flags of the linker give values to variables.
    pub fn sets_variables(&self) -> bool {
        !self.variables().is_empty()
    }

    /// The `-X` settings as one value of `-ldflags`; empty when there are none. Both `go` and TinyGo take
    /// what stands between single quotes as it is.
    pub(super) fn variables(&self) -> String {
        let settings: Vec<_> =
            self.variables.iter().map(|(name, value)| format!("-X '{name}={value}'")).collect();
        settings.join(" ")
    }

    /// Text that is equal for equal flags, for cache keys.
    pub(super) fn identity(&self) -> String {
        format!("{}|{}|{}", self.tags.join(","), self.variables(), self.omit_symbols)
    }

    fn add_tags(&mut self, text: &str) -> Result<(), RefusedFlag> {
        for tag in text.split([',', ' ']).filter(|tag| !tag.is_empty()) {
            let plain = |character: char| character.is_alphanumeric() || matches!(character, '_' | '.');
            if !tag.chars().all(plain) {
                return Err(RefusedFlag::new(tag, "a build tag has letters, digits, `_` and `.` only"));
            }
            self.tags.push(tag.to_owned());
        }
        Ok(())
    }

    fn add_ldflags(&mut self, text: &str) -> Result<(), RefusedFlag> {
        let words = split_words(text)?;
        let mut rest = words.iter().map(String::as_str);
        while let Some(word) = rest.next() {
            let name = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).unwrap_or_default();
            match name {
                "s" | "w" => self.omit_symbols = true,
                "X" => {
                    let Some(setting) = rest.next() else {
                        return Err(RefusedFlag::new(word, "its value is missing"));
                    };
                    self.add_variable(setting)?;
                }
                _ => match name.strip_prefix("X=") {
                    Some(setting) => self.add_variable(setting)?,
                    None => return Err(RefusedFlag::new(word, "it reaches the linker")),
                },
            }
        }
        Ok(())
    }

    fn add_variable(&mut self, setting: &str) -> Result<(), RefusedFlag> {
        let refused = |reason| Err(RefusedFlag::new(setting, reason));
        let Some((name, value)) = setting.split_once('=') else {
            return refused("-X is written importpath.name=value");
        };
        let path = |character: char| character.is_ascii_alphanumeric() || "_./~-".contains(character);
        if !name.contains('.') || name.starts_with(['-', '.']) || !name.chars().all(path) {
            return refused("-X is written importpath.name=value");
        }
        if value.chars().any(|character| character.is_control() || matches!(character, '\'' | '"')) {
            return refused("quotes and control characters cannot be handed to both linkers unchanged");
        }
        self.variables.push((name.to_owned(), value.to_owned()));
        Ok(())
    }
}

fn refusal(flag: &str) -> &'static str {
    match flag {
        "toolexec" | "exec" | "extld" | "compiler" | "programmer" => {
            "it runs a program of the project's choice"
        }
        "gcflags" | "asmflags" | "gccgoflags" => "it reaches the compiler",
        "o" | "pkgdir" | "work" | "cpuprofile" | "size" => "it writes files",
        "target" | "overlay" | "modfile" | "llvm-features" => "it replaces what is built",
        "" => "it is no flag",
        _ => "it is not in the list of flags that are known to be safe",
    }
}

/// Words as `go build` splits them: at spaces, with single or double quotes around a whole word.
fn split_words(text: &str) -> Result<Vec<String>, RefusedFlag> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = if matches!(first, '\'' | '"') {
            let Some(end) = rest[1..].find(first) else {
                return Err(RefusedFlag::new(text, "a quote is not closed"));
            };
            (&rest[1..=end], &rest[end + 2..])
        } else {
            rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()))
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_link_settings_pass_through() {
        let flags = BuildFlags::from_arguments(&[
            "-tags=a,b_1",
            "-ldflags",
            "-s -w -X main.version=1.2 -X 'main.when=May 3'",
        ])
        .unwrap();
        assert_eq!(flags.tags(), ["a", "b_1"]);
        assert!(flags.omit_symbols());
        assert_eq!(flags.variables(), "-X 'main.version=1.2' -X 'main.when=May 3'");
        assert_eq!(BuildFlags::new(&["x y"], "-X=a.test/b/c.d=").unwrap().variables(), "-X 'a.test/b/c.d='");
    }

    #[test]
    fn rows_h10_and_h11_every_other_flag_is_refused_with_a_reason() {
        for arguments in [
            &["-ldflags=-X 'a=b' -linkmode=external -extld=/tmp/x"][..],
            &["-ldflags=-linkmode=external"],
            &["-ldflags=-extldflags=-fplugin=x"],
            &["-ldflags=-X"],
            &["-ldflags=-X 'main.a=b"],
            &["-ldflags=-X main.a=b'-extld=/tmp/x'"],
            &["-gcflags=-e"],
            &["-o", "/etc/x"],
            &["-target=./evil.json"],
            &["-work"],
            &["-x"],
            &["-toolexec=/tmp/x"],
            &["-overlay=x.json"],
            &["-tags=-toolexec=x"],
            &["-tags"],
            &["./evil"],
        ] {
            let refused = BuildFlags::from_arguments(arguments).expect_err(&arguments.join(" "));
            assert!(!refused.reason.is_empty() && !refused.flag.is_empty());
        }
    }
}
