//! The fixed part of what a TinyGo is made from, and the name that follows from all of it.

use std::path::Path;

use super::super::go::GoTool;
use super::ingredients::Ingredients;
use super::mend;
use crate::content::ContentHash;

/// The newest version whose dependencies the module proxy has in full.
pub(super) const VERSION: &str = "0.41.1";

/// The command, as a Go package.
pub(super) const PACKAGE: &str = "github.com/tinygo-org/tinygo";

/// Which LLVM the Go bindings are compiled for.
pub(super) const LLVM_TAG: &str = "llvm19";

/// A module that does nothing but pin the command and everything it is made from. Not named `go.mod` here,
/// so that Go does not take this folder for a module.
pub(super) const MODULE: &str = include_str!("tinygo.mod");

/// Its checksums.
pub(super) const CHECKSUMS: &str = include_str!("tinygo.sum");

/// TinyGo's `targets/wasm.json` written out in full, with the system's libraries in place of those that
/// the module lacks: a library that is inherited cannot be taken out again. Two features that LLVM 19
/// does not know are left out.
const TARGET_TEMPLATE: &str = include_str!("target.json");

/// Its place in TINYGOROOT.
pub(super) const TARGET: &str = "targets/dev-server-wasm.json";

/// Raised when the steps of making change in a way that the other parts of the key do not show.
const GENERATION: u32 = 1;

/// The target description with the places of this machine.
pub(super) fn target(ingredients: &Ingredients) -> String {
    let quoted = |path: &Path| {
        let text = serde_json::Value::from(path.to_string_lossy().into_owned()).to_string();
        text[1..text.len() - 1].to_owned()
    };
    TARGET_TEMPLATE
        .replace("{include}", &quoted(&ingredients.include))
        .replace("{libc}", &quoted(&ingredients.libc))
        .replace("{builtins}", &quoted(&ingredients.builtins))
}

/// The `wasm-opt` that TinyGo is given. Without its flag every function that calls the page is prepared for
/// being suspended there, which no import of the glue ever does: a third of the work and a sixth of the module.
pub(super) fn wasm_opt(real: &Path) -> String {
    let quoted = real.to_string_lossy().replace('\'', r"'\''");
    format!("#!/bin/sh\nexec '{quoted}' --pass-arg=asyncify-ignore-imports \"$@\"\n")
}

/// Hash over everything that decides what is made: equal keys mean that a finished folder can be used.
/// Packages of the system are known by the places of their files; their minor updates keep the interface.
pub(super) fn key(go: &GoTool, ingredients: &Ingredients) -> String {
    let parts = [
        GENERATION.to_string(),
        std::env::consts::ARCH.to_owned(),
        MODULE.to_owned(),
        CHECKSUMS.to_owned(),
        mend::text(),
        target(ingredients),
        wasm_opt(&ingredients.wasm_opt),
        ingredients.llvm.display().to_string(),
        go.version.to_string(),
        go.root.display().to_string(),
    ];
    // NUL occurs in none of the parts, so that no two lists run into the same text.
    ContentHash::of(parts.join("\0").as_bytes()).to_string()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::super::locate::fake_tools::go_tool;
    use super::*;

    fn ingredients() -> Ingredients {
        Ingredients {
            llvm: "/llvm".into(),
            include: "/in \"clude".into(),
            libc: "/libc.a".into(),
            builtins: "/builtins.a".into(),
            wasm_opt: "/it's/wasm-opt".into(),
            clang: "/clang".into(),
            linker: "/wasm-ld".into(),
        }
    }

    #[test]
    fn the_pinned_version_is_the_one_of_the_module() {
        assert!(MODULE.contains(&format!("{PACKAGE} v{VERSION}")));
        assert!(CHECKSUMS.contains(&format!("{PACKAGE} v{VERSION} h1:")));
    }

    #[test]
    fn the_target_is_json_with_the_places_of_this_machine() {
        let target: serde_json::Value = serde_json::from_str(&target(&ingredients())).unwrap();
        let flags = |name: &str| -> Vec<&str> {
            target[name].as_array().unwrap().iter().map(|flag| flag.as_str().unwrap()).collect()
        };
        assert!(flags("cflags").ends_with(&["-isystem", "/in \"clude"]));
        assert!(flags("ldflags").ends_with(&["/libc.a", "/builtins.a"]));
        assert!(target.get("inherits").is_none());
    }

    #[test]
    fn the_script_quotes_its_path() {
        assert!(wasm_opt(&ingredients().wasm_opt).contains(r"exec '/it'\''s/wasm-opt' --pass-arg"));
    }

    #[test]
    fn every_part_is_in_the_key() {
        let base = key(&go_tool(), &ingredients());
        let mut other_go = go_tool();
        other_go.version = "go1.26.9".parse().unwrap();
        let other_llvm = Ingredients { llvm: "/other".into(), ..ingredients() };
        let other_libc = Ingredients { libc: "/other".into(), ..ingredients() };
        let other_tool = Ingredients { wasm_opt: "/other".into(), ..ingredients() };
        for other in [
            key(&other_go, &ingredients()),
            key(&go_tool(), &other_llvm),
            key(&go_tool(), &other_libc),
            key(&go_tool(), &other_tool),
        ] {
            assert_ne!(base, other);
        }
        assert_eq!(base, key(&go_tool(), &ingredients()));
    }
}
