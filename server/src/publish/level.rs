//! The ladder: how disruptive an update is.

/// How a page gets to the newest release. A lower level is taken only when it is proved to be correct;
/// every doubt goes one level up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Level 0: nothing to do.
    None,
    /// Level 1: files of the page are exchanged, the program runs on.
    AssetSwap,
    /// Level 2: changed functions are replaced in the running module.
    HotPatch,
    /// Level 3: the module is replaced; what the program hands over survives.
    ModuleSwap,
    /// Level 4: the page is loaded anew.
    PageReload,
}

impl Level {
    /// The number that people see.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The name that people see.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "nothing to do",
            Self::AssetSwap => "asset swap",
            Self::HotPatch => "hot patch",
            Self::ModuleSwap => "module swap",
            Self::PageReload => "page reload",
        }
    }
}
