//! What the name of a Go file says: whether it belongs to a program, to tests, or to some systems only.

/// Systems that a name can end in (`internal/syslist`, `KnownOS`), past and present.
const SYSTEMS: &[&str] = &[
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "wasip2",
    "windows",
    "zos",
];

/// Machines that a name can end in (`internal/syslist`, `KnownArch`), past and present.
const MACHINES: &[&str] = &[
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// What a name says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placement<'a> {
    /// Go does not look at it: it begins with a dot or an underscore.
    pub is_ignored: bool,
    /// It belongs to tests.
    pub is_test: bool,
    /// It is for one system only.
    pub system: Option<&'a str>,
    /// It is for one kind of machine only.
    pub machine: Option<&'a str>,
}

impl<'a> Placement<'a> {
    /// Reads a name without folders (`go/build`, `goodOSArchFile`).
    pub fn of(name: &'a str) -> Self {
        let is_ignored = name.starts_with(['_', '.']);
        let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
        // What is before the first underscore is a name, whatever it is: `linux.go` is for all systems.
        let rest = stem.find('_').map_or("", |underscore| &stem[underscore..]);
        let rest = rest.strip_suffix("_test").unwrap_or(rest);
        // Whatever else has dots in its name: `a_test.b.go` is a part of the program.
        let is_test = name.ends_with("_test.go");
        let mut parts = rest.rsplit('_');
        let last = parts.next().unwrap_or("");
        let before = parts.next().unwrap_or("");
        let (system, machine) = if MACHINES.contains(&last) {
            (Some(before).filter(|before| SYSTEMS.contains(before)), Some(last))
        } else {
            (Some(last).filter(|last| SYSTEMS.contains(last)), None)
        };
        Self { is_ignored, is_test, system, machine }
    }

    /// Is it for some systems or machines only?
    pub fn is_constrained(&self) -> bool {
        self.system.is_some() || self.machine.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_told_by_the_end_of_its_name() {
        assert!(Placement::of("a_test.go").is_test);
        assert!(!Placement::of("a_test.b.go").is_test);
        assert!(Placement::of("a_linux_test.go").is_test);
    }

    #[test]
    fn names_are_read_as_go_reads_them() {
        for (name, is_test, system, machine) in [
            ("a.go", false, None, None),
            ("linux.go", false, None, None),
            ("a_linux.go", false, Some("linux"), None),
            ("a_amd64.go", false, None, Some("amd64")),
            ("a_linux_amd64.go", false, Some("linux"), Some("amd64")),
            ("a_amd64_linux.go", false, Some("linux"), None),
            ("a_test.go", true, None, None),
            ("a_linux_test.go", true, Some("linux"), None),
            ("a_linux_arm64_test.go", true, Some("linux"), Some("arm64")),
            ("a_js_wasm.go", false, Some("js"), Some("wasm")),
            ("_linux.go", false, Some("linux"), None),
            ("a_linux.b.go", false, Some("linux"), None),
            ("linux_test.go", true, None, None),
            ("test.go", false, None, None),
            ("_test.go", true, None, None),
        ] {
            let placement = Placement::of(name);
            assert_eq!(
                (placement.is_test, placement.system, placement.machine),
                (is_test, system, machine),
                "{name}"
            );
        }
        assert!(Placement::of("_a.go").is_ignored && Placement::of(".a.go").is_ignored);
    }
}
