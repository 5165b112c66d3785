//! What compiles Go for WASI.

/// A compiler and the WASI that it compiles for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum BackEnd {
    /// TinyGo for preview 1.
    TinyGoPreview1,
    /// TinyGo for components of preview 2.
    TinyGoPreview2,
    /// Go, which knows preview 1 only.
    GoPreview1,
}

impl BackEnd {
    /// All of them, in the order of the columns of the catalogue.
    pub const ALL: [Self; 3] = [Self::TinyGoPreview1, Self::TinyGoPreview2, Self::GoPreview1];

    /// For people, and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TinyGoPreview1 => "tinygo wasip1",
            Self::TinyGoPreview2 => "tinygo wasip2",
            Self::GoPreview1 => "go wasip1",
        }
    }

    /// Place in [`BackEnd::ALL`].
    pub const fn number(self) -> usize {
        self as usize
    }
}

/// Some of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BackEnds([bool; 3]);

impl BackEnds {
    /// None.
    pub const NONE: Self = Self([false; 3]);
    /// All.
    pub const ALL: Self = Self([true; 3]);

    /// Adds one.
    pub fn insert(&mut self, back_end: BackEnd) {
        self.0[back_end.number()] = true;
    }

    /// Is it among them?
    pub const fn contains(self, back_end: BackEnd) -> bool {
        self.0[back_end.number()]
    }

    /// Is there one?
    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }
}

impl FromIterator<BackEnd> for BackEnds {
    fn from_iter<I: IntoIterator<Item = BackEnd>>(back_ends: I) -> Self {
        let mut all = Self::NONE;
        for back_end in back_ends {
            all.insert(back_end);
        }
        all
    }
}
