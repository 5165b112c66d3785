//! What compilers are asked to build programs of this machine for, instead of pages.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::provision::Ingredients;
use super::tinygo::{TinyGoTarget, TinyGoTool};
use crate::content::ContentHash;
use crate::environment::Environment;

/// Which WASI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WasiTarget {
    /// Preview 1: core modules. Both compilers build them.
    Preview1,
    /// Preview 2: components. TinyGo only.
    Preview2,
}

/// A description of the target cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {path}: {source}")]
pub struct WasiTargetError {
    path: PathBuf,
    source: io::Error,
}

impl WasiTargetError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        format!("make {} writable, or choose another folder with --cache-dir", self.path.display())
    }
}

impl WasiTarget {
    /// As compilers and flags call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Preview1 => "wasip1",
            Self::Preview2 => "wasip2",
        }
    }

    /// What decides which files of a package are built. TinyGo takes preview 2 for a Linux on ARM.
    pub fn variables(self) -> [(OsString, OsString); 2] {
        let (system, machine) = match self {
            Self::Preview1 => ("wasip1", "wasm"),
            Self::Preview2 => ("linux", "arm"),
        };
        [("GOOS".into(), system.into()), ("GOARCH".into(), machine.into())]
    }

    /// Build tags that TinyGo sets beside those for pages.
    pub fn build_tags(self) -> &'static [&'static str] {
        match self {
            Self::Preview1 => &[],
            Self::Preview2 => &["wasip2"],
        }
    }

    /// What is other for TinyGo than in the target for pages.
    fn own_keys(self) -> &'static str {
        match self {
            Self::Preview1 => r#""build-tags": ["tinygo.wasm"], "goos": "wasip1", "goarch": "wasm""#,
            Self::Preview2 => {
                r#""build-tags": ["tinygo.wasm", "wasip2"], "goos": "linux", "goarch": "arm", "buildmode": "c-shared""#
            }
        }
    }

    /// TinyGo's own target written out in full, as that for pages is, and without the program that makes components.
    fn description(self, ingredients: &Ingredients) -> String {
        let quoted = |path: &Path| serde_json::Value::from(path.to_string_lossy().into_owned()).to_string();
        let no_entry = match self {
            Self::Preview1 => "",
            Self::Preview2 => r#""--no-entry", "#,
        };
        let (libc, builtins) = ingredients.libraries();
        format!(
            r#"{{
  "llvm-target": "wasm32-unknown-wasi",
  "cpu": "generic",
  "features": "+bulk-memory,+mutable-globals,+nontrapping-fptoint,+sign-ext,-multivalue,-reference-types",
  {},
  "linker": "wasm-ld",
  "gc": "precise",
  "scheduler": "asyncify",
  "default-stack-size": 65536,
  "cflags": ["-mbulk-memory", "-mnontrapping-fptoint", "-mno-multivalue", "-mno-reference-types", "-msign-ext",
    "-isystem", {}],
  "ldflags": ["--stack-first", "--no-demangle", {no_entry}{}, {}],
  "extra-files": ["src/runtime/asm_tinygowasm.S"]
}}
"#,
            self.own_keys(),
            quoted(ingredients.headers()),
            quoted(libc),
            quoted(builtins),
        )
    }
}

impl TinyGoTool {
    /// What this TinyGo is asked to build for. For one that this program has made, the description is written to the
    /// cache folder.
    pub fn wasi(
        &self,
        target: WasiTarget,
        environment: &Environment,
    ) -> Result<TinyGoTarget, WasiTargetError> {
        let ingredients = if self.provisioned { Ingredients::find(environment).ok() } else { None };
        let Some(ingredients) = ingredients else {
            return Ok(TinyGoTarget::Named(target.name().to_owned()));
        };
        let text = target.description(&ingredients);
        let hash = ContentHash::of(text.as_bytes()).to_string();
        let folder = environment.cache_folder.join("tinygo-targets");
        let path = folder.join(format!("{}-{}.json", target.name(), &hash[..16]));
        let written = || {
            if std::fs::read(&path).is_ok_and(|there| there == text.as_bytes()) {
                return Ok(());
            }
            std::fs::create_dir_all(&folder)?;
            let mut file = tempfile::NamedTempFile::new_in(&folder)?;
            io::Write::write_all(&mut file, text.as_bytes())?;
            file.persist(&path).map(drop).map_err(|error| error.error)
        };
        match written() {
            Ok(()) => Ok(TinyGoTarget::File(path)),
            Err(source) => Err(WasiTargetError { path, source }),
        }
    }
}
