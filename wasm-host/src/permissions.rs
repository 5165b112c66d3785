//! What a guest may know and touch: nothing, unless it is said here.

use std::path::PathBuf;

/// The default gives no arguments, no environment and no folder. There is no way to give the network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions {
    /// The first is the program's name, as everywhere.
    pub arguments: Vec<String>,
    pub environment: Vec<(String, String)>,
    pub folders: Vec<Folder>,
}

/// A folder of this machine that a guest sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    pub here: PathBuf,
    /// Its path for the guest.
    pub there: String,
    pub may_write: bool,
}

impl Permissions {
    /// Bytes of arguments and environment together: each guest has its own copy of them.
    pub const MOST_BYTES: usize = 1 << 20;

    pub(crate) fn bytes(&self) -> usize {
        let arguments = self.arguments.iter().map(|text| text.len() + 1).sum::<usize>();
        let environment =
            self.environment.iter().map(|(name, value)| name.len() + value.len() + 2).sum::<usize>();
        arguments + environment
    }
}
