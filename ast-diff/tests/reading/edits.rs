//! Random edits, the same in every run.

/// Numbers that look random (splitmix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        if limit == 0 { 0 } else { (self.next() % limit as u64) as usize }
    }

    /// What people and accidents do to a text.
    pub(crate) fn edit(&mut self, source: &[u8]) -> Vec<u8> {
        const TEXTS: &[&str] = &[
            "x",
            "1",
            " ",
            "\n",
            "\n\n",
            "\t",
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            "\"",
            "`",
            "'",
            "//",
            "/*",
            "*/",
            ";",
            "func",
            "func f() {}\n",
            "\nvar x = 1\n",
            "\nfunc g() int { return 1 }\n",
            "type T struct{}\n",
            "import \"C\"\n",
            "//go:noinline\n",
            "\n//go:embed x\n",
            "// +build linux\n\n",
            "//go:build linux\n",
            "/*line x:1*/",
            "// note\n",
            "//export f\n",
            "var (\n",
            "\n)\n",
            "package p\n",
            "\u{feff}",
            "\0",
            "=",
            ":=",
            ", ",
            "new(f())",
            "\r\n",
            "<<<<<<< HEAD\n",
            "=======\n",
            "return /*\n*/ 1\n",
            "// Output: 1\n",
            "\u{e9}",
        ];
        let at = self.place(source);
        let mut edited = source[..at].to_vec();
        match self.below(8) {
            0..=3 => {
                edited.extend_from_slice(TEXTS[self.below(TEXTS.len())].as_bytes());
                edited.extend_from_slice(&source[at..]);
            }
            4 | 5 => {
                let most = if self.below(4) == 0 { 400 } else { 4 };
                let length = self.below(most) + 1;
                edited.extend_from_slice(&source[(at + length).min(source.len())..]);
            }
            6 => {
                let from = self.place(source);
                let length = self.below(200).min(source.len() - from);
                edited.extend_from_slice(&source[from..from + length]);
                edited.extend_from_slice(&source[at..]);
            }
            _ => {
                edited.extend_from_slice(TEXTS[self.below(TEXTS.len())].as_bytes());
                edited.extend_from_slice(&source[(at + 1).min(source.len())..]);
            }
        }
        edited
    }

    /// Anywhere, or at the start of a line.
    fn place(&mut self, source: &[u8]) -> usize {
        let at = self.below(source.len() + 1);
        if self.below(2) == 0 {
            return at;
        }
        source[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1)
    }
}
