//! What the loop is made of.

use std::path::PathBuf;
use std::sync::Arc;

use crate::analyse::LoadOptions;
use crate::build::{BuildOptions, Compiler};
use crate::content::BlobStore;
use crate::environment::Environment;
use crate::hot::WarmTools;

/// What is done with changes, and with what.
pub struct WorkOptions {
    /// Address of the page, ending in a slash.
    pub url: String,
    /// The project's token, for the printed address.
    pub token: String,
    /// How the package graph is loaded.
    pub load: LoadOptions,
    /// Builds the programs.
    pub compiler: Arc<dyn Compiler>,
    /// What the warm compiler runs with, when functions are to be replaced in running programs.
    pub hot: Option<WarmTools>,
    /// The compiler and its version, for people.
    pub compiler_name: String,
    /// What builds may do.
    pub build: BuildOptions,
    /// Where modules and files of pages are kept.
    pub blobs: BlobStore,
    /// Where the builder works.
    pub cache: PathBuf,
    /// Words of the editor's command line.
    pub editor: Option<Vec<String>>,
    /// The surroundings, for programs of the desktop.
    pub environment: Environment,
    /// True: end after the first build of every program.
    pub once: bool,
    /// True: open a browser when the first build is there.
    pub open: bool,
}

impl std::fmt::Debug for WorkOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("WorkOptions").field("compiler", &self.compiler_name).finish_non_exhaustive()
    }
}
