//! The warm compiler: TinyGo kept in a process of its own, for single functions of one program.

use std::ffi::OsString;
use std::path::PathBuf;

use super::go::GoTool;
use super::missing::Missing;
use super::provision::{self, Ingredients};
use super::scrub;
use super::tinygo::{TinyGoTarget, TinyGoTool};
use super::tool::Tool;
use crate::environment::Environment;

/// A warm compiler that was made on this machine, and what it works with. Always of the pinned TinyGo, whichever one
/// compiles whole programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarmCompiler {
    /// Its program.
    pub binary: PathBuf,
    /// TINYGOROOT: the sources of the runtime.
    pub root: PathBuf,
    /// Version of the TinyGo in it.
    pub version: String,
    /// Description of the target.
    pub target: PathBuf,
    /// Build tags that go with the target: `go list` needs them to choose the same files. The compiler itself knows them.
    pub build_tags: Vec<String>,
    /// clang.
    pub clang: PathBuf,
    /// wasm-ld.
    pub linker: PathBuf,
    /// The real wasm-opt. Not the script of the TinyGo that was made: its flag would be wrong for patches.
    pub wasm_opt: PathBuf,
    /// Folder for compiled packages, which several processes may share.
    pub objects: PathBuf,
}

impl WarmCompiler {
    /// The one that was made from what this program carries; nothing is run.
    pub(super) fn locate(environment: &Environment, go: &GoTool) -> Result<Self, Missing> {
        Ingredients::find(environment)
            .ok()
            .and_then(|ingredients| provision::find_warm_compiler(environment, go, &ingredients))
            .ok_or(Missing::NotMade { tool: Tool::WarmCompiler })
    }

    pub(super) fn made(
        binary: PathBuf,
        tinygo: TinyGoTool,
        ingredients: &Ingredients,
        environment: &Environment,
    ) -> Self {
        Self {
            binary,
            target: match tinygo.target {
                TinyGoTarget::File(file) => file,
                TinyGoTarget::Named(name) => name.into(),
            },
            root: tinygo.root,
            version: tinygo.version,
            build_tags: tinygo.build_tags,
            clang: ingredients.clang.clone(),
            linker: ingredients.linker.clone(),
            wasm_opt: ingredients.wasm_opt.clone(),
            objects: environment.cache_folder.join("objects"),
        }
    }

    /// The `wasm_exec.js` that goes with its modules.
    pub fn glue(&self) -> PathBuf {
        self.root.join("targets/wasm_exec.js")
    }

    /// The whole environment of a run.
    pub fn clean_environment(&self, go: &GoTool, environment: &Environment) -> Vec<(OsString, OsString)> {
        scrub::with_tinygo(go, environment, &self.root)
    }
}
