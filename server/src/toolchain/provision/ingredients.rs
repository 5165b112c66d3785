//! What of this machine goes into what is made: LLVM 19 and the C library for WebAssembly.

use std::path::{Path, PathBuf};

use crate::environment::Environment;

/// Packages of Debian and Ubuntu, each for one thing that is looked for below.
const LLVM: &str = "llvm-19-dev";
const LIBCLANG: &str = "libclang-19-dev";
const CLANG: &str = "clang-19";
const LINKER: &str = "lld-19";
const LIBC: &str = "wasi-libc";
const BUILTINS: &str = "libclang-rt-19-dev-wasm32";
const WASM_OPT: &str = "binaryen";
const CPLUSPLUS: &str = "g++";

/// Where things of LLVM 19 are looked for when no `llvm-config-19` tells it: Debian, Homebrew on both kinds of Macs.
const LLVM_PREFIXES: [&str; 3] = ["/usr/lib/llvm-19", "/opt/homebrew/opt/llvm@19", "/usr/local/opt/llvm@19"];

/// Folders that hold `include/wasm32-wasi` and `lib/wasm32-wasi`.
const SYSROOTS: [&str; 4] =
    ["/usr", "/usr/share/wasi-sysroot", "/opt/homebrew/share/wasi-sysroot", "/usr/local/share/wasi-sysroot"];

/// The functions that clang expects of its runtime: in a prefix of LLVM, and where Homebrew has them.
const BUILTINS_FILES: [&str; 4] = [
    "lib/clang/19/lib/wasi/libclang_rt.builtins-wasm32.a",
    "lib/clang/19/lib/wasm32-unknown-wasi/libclang_rt.builtins.a",
    "/opt/homebrew/share/wasi-runtimes/lib/wasi/libclang_rt.builtins-wasm32.a",
    "/usr/local/share/wasi-runtimes/lib/wasi/libclang_rt.builtins-wasm32.a",
];

/// The places of all ingredients.
#[derive(Debug, Clone)]
pub(in crate::toolchain) struct Ingredients {
    /// Prefix of LLVM 19.
    pub(super) llvm: PathBuf,
    /// Headers of the C library.
    pub(super) include: PathBuf,
    /// `libc.a`.
    pub(super) libc: PathBuf,
    /// `libclang_rt.builtins-wasm32.a`.
    pub(super) builtins: PathBuf,
    /// The real `wasm-opt`.
    pub(in crate::toolchain) wasm_opt: PathBuf,
    /// clang 19.
    pub(in crate::toolchain) clang: PathBuf,
    /// wasm-ld.
    pub(in crate::toolchain) linker: PathBuf,
}

impl Ingredients {
    /// Headers of the C library.
    pub(in crate::toolchain) fn headers(&self) -> &Path {
        &self.include
    }

    /// `libc.a`, and the functions that clang expects of its runtime.
    pub(in crate::toolchain) fn libraries(&self) -> (&Path, &Path) {
        (&self.libc, &self.builtins)
    }

    /// All places, or the packages that bring what is missing.
    pub(in crate::toolchain) fn find(environment: &Environment) -> Result<Self, Vec<&'static str>> {
        let llvm = llvm_prefix(environment);
        let sysroot =
            SYSROOTS.iter().map(Path::new).find(|root| root.join("lib/wasm32-wasi/libc.a").is_file());
        // What is absolute already stays as it is.
        let builtins = BUILTINS_FILES.iter().map(|file| llvm.join(file)).find(|file| file.is_file());
        // TinyGo looks for these by name while it builds, and on a Mac where Homebrew has them.
        let homebrew =
            |path: Option<PathBuf>| path.filter(|path| cfg!(target_os = "macos") && path.is_file());
        let clang = environment.find("clang-19").or_else(|| homebrew(Some(llvm.join("bin/clang"))));
        let linker = environment.find("wasm-ld-19").or_else(|| homebrew(environment.find("wasm-ld")));
        let wasm_opt = environment.find("wasm-opt");

        let mut missing = Vec::new();
        let mut need = |there: bool, package: &'static str| {
            if !there {
                missing.push(package);
            }
        };
        need(llvm.join("include/llvm-c/Core.h").exists(), LLVM);
        need(llvm.join("include/clang-c/Index.h").exists(), LIBCLANG);
        need(clang.is_some(), CLANG);
        need(linker.is_some(), LINKER);
        need(sysroot.is_some(), LIBC);
        need(builtins.is_some(), BUILTINS);
        need(wasm_opt.is_some(), WASM_OPT);
        need(environment.find("g++").is_some(), CPLUSPLUS);
        match (sysroot, builtins, wasm_opt, clang, linker) {
            (Some(root), Some(builtins), Some(wasm_opt), Some(clang), Some(linker)) if missing.is_empty() => {
                Ok(Self {
                    include: root.join("include/wasm32-wasi"),
                    libc: root.join("lib/wasm32-wasi/libc.a"),
                    llvm,
                    builtins,
                    wasm_opt,
                    clang,
                    linker,
                })
            }
            _ => Err(missing),
        }
    }
}

/// `llvm-config-19` is a link into the prefix, which saves running it.
fn llvm_prefix(environment: &Environment) -> PathBuf {
    environment
        .find("llvm-config-19")
        .and_then(|link| link.canonicalize().ok())
        .and_then(|program| Some(program.parent()?.parent()?.to_owned()))
        .or_else(|| {
            LLVM_PREFIXES.iter().map(PathBuf::from).find(|prefix| prefix.join("include/llvm-c").is_dir())
        })
        .unwrap_or_else(|| LLVM_PREFIXES[0].into())
}

#[cfg(test)]
mod tests {
    use super::super::super::locate::fake_tools::FakeTools;
    use super::*;

    #[test]
    fn what_is_missing_is_told_all_at_once() {
        let tools = FakeTools::new();
        let missing = Ingredients::find(tools.environment()).unwrap_err();
        for package in ["clang-19", "lld-19", "binaryen", "g++"] {
            assert!(missing.contains(&package), "{missing:?}");
        }
    }

    #[test]
    fn the_prefix_is_read_from_the_link() {
        let tools = FakeTools::new();
        let prefix = tools.folder().join("llvm");
        std::fs::create_dir_all(prefix.join("bin")).unwrap();
        let program = tools.add("llvm-config", "#!/bin/sh\n");
        std::fs::rename(program, prefix.join("bin/llvm-config")).unwrap();
        let link = tools.folder().join("bin/llvm-config-19");
        std::os::unix::fs::symlink(prefix.join("bin/llvm-config"), link).unwrap();
        assert_eq!(llvm_prefix(tools.environment()), prefix.canonicalize().unwrap());
    }
}
