//! Which operating system this is, as far as installing things goes.

/// Systems with a package manager that remedies can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Debian, Ubuntu and what is made from them.
    Debian,
    /// Fedora and its relatives.
    Fedora,
    /// macOS with Homebrew.
    MacOs,
    /// Anything else.
    Other,
}

impl System {
    /// The one that this process runs on.
    pub fn detect() -> Self {
        if cfg!(target_os = "macos") {
            return Self::MacOs;
        }
        std::fs::read_to_string("/etc/os-release").map_or(Self::Other, |text| Self::from_release(&text))
    }

    /// Reads the text of `/etc/os-release`.
    fn from_release(text: &str) -> Self {
        let names = text
            .lines()
            .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
            .flat_map(|value| value.trim_matches(['"', '\'']).split_whitespace());
        for name in names {
            match name {
                "debian" | "ubuntu" => return Self::Debian,
                "fedora" | "rhel" => return Self::Fedora,
                _ => {}
            }
        }
        Self::Other
    }

    /// The sentence that tells how to install something, given its package names.
    pub(super) fn install(self, debian: &str, fedora: &str, brew: &str) -> String {
        match self {
            Self::Debian => format!("run `sudo apt-get install --no-install-recommends {debian}`"),
            Self::Fedora => format!("run `sudo dnf install {fedora}`"),
            Self::MacOs => format!("run `brew install {brew}`"),
            Self::Other => format!("install {debian} with the package manager of this system"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_told_by_their_names_and_relatives() {
        let cases = [
            ("PRETTY_NAME=\"Debian\"\nID=debian\n", System::Debian),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", System::Debian),
            ("NAME=Fedora\nID=fedora\n", System::Fedora),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", System::Fedora),
            ("ID=arch\n", System::Other),
            ("VERSION_ID=debian", System::Other),
        ];
        for (text, expected) in cases {
            assert_eq!(System::from_release(text), expected, "{text}");
        }
    }

    #[test]
    fn a_remedy_is_a_line_that_can_be_pasted() {
        assert_eq!(
            System::Debian.install("binaryen", "x", "y"),
            "run `sudo apt-get install --no-install-recommends binaryen`"
        );
        assert_eq!(System::MacOs.install("x", "y", "--cask firefox"), "run `brew install --cask firefox`");
    }
}
