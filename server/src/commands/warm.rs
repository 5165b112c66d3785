//! The warm compiler for a project: whether it is wanted, and what it runs with.

use crate::config::{CompilerChoice, HotChoice, Settings};
use crate::hot::WarmTools;

use super::compose::Parts;

/// What the warm compiler runs with, or why functions are not replaced in running programs: nothing to say where that
/// was chosen.
pub(super) fn warm_tools(parts: &Parts) -> Result<WarmTools, Option<Unavailable>> {
    if !is_wanted(&parts.settings) {
        return Err(None);
    }
    let toolchain = &parts.toolchain;
    // Without TinyGo the program is compiled by Go, of whose modules no part can be replaced.
    let (Ok(go), Ok(_)) = (&toolchain.go, &toolchain.tinygo) else { return Err(None) };
    if parts.sets_variables {
        return Err(Some(Unavailable {
            reason: "functions are not replaced in running programs: linker flags set variables with -X"
                .to_owned(),
            hint: "leave `ldflags` out during development, or say `--hot off`".to_owned(),
        }));
    }
    let warm = toolchain.warm_compiler.as_ref().map_err(|missing| {
        Some(Unavailable {
            reason: "functions are not replaced in running programs: the warm compiler is not there"
                .to_owned(),
            hint: missing.hint(),
        })
    })?;
    Ok(WarmTools {
        worker: warm.binary.clone(),
        variables: warm.clean_environment(go, &parts.environment),
        target: warm.target.clone(),
        build_tags: parts.settings.tags.clone().unwrap_or_default(),
        clang: warm.clang.clone(),
        linker: warm.linker.clone(),
        glue: warm.glue(),
        cache: parts.environment.cache_folder.join("objects"),
    })
}

/// Why the warm compiler does not run.
#[derive(Debug)]
pub(super) struct Unavailable {
    pub(super) reason: String,
    pub(super) hint: String,
}

fn is_wanted(settings: &Settings) -> bool {
    settings.hot != Some(HotChoice::Off) && settings.compiler != Some(CompilerChoice::Go)
}
