//! The systems that the code is looked at for: this machine, and what each compiler builds for.

use std::ffi::OsString;

use migration::BackEnd;
use tokio_util::sync::CancellationToken;

use crate::analyse::{LoadOptions, Survey, SurveyError};
use crate::config::CompilerChoice;
use crate::exit::ExitStatus;
use crate::toolchain::{Toolchain, WasiTarget};

use super::super::CommandError;
use super::listed;

/// Tags of TinyGo for WASI, where there is no TinyGo to ask.
const TINYGO_TAGS: [&str; 4] = ["tinygo", "tinygo.wasm", "purego", "osusergo"];

/// What a build for each system takes.
pub(super) struct Surveys {
    /// For this machine.
    pub(super) native: Survey,
    /// For each back end that is asked for.
    pub(super) of: Vec<(BackEnd, Survey)>,
}

/// Those of a compiler that was named, else all.
pub(super) fn back_ends(choice: Option<CompilerChoice>) -> Vec<BackEnd> {
    let wanted = |back_end: &BackEnd| match choice {
        Some(CompilerChoice::Go) => *back_end == BackEnd::GoPreview1,
        Some(CompilerChoice::TinyGo) => *back_end != BackEnd::GoPreview1,
        Some(CompilerChoice::Auto) | None => true,
    };
    BackEnd::ALL.into_iter().filter(wanted).collect()
}

/// Which WASI it builds for.
pub(super) fn target(back_end: BackEnd) -> WasiTarget {
    match back_end {
        BackEnd::TinyGoPreview1 | BackEnd::GoPreview1 => WasiTarget::Preview1,
        BackEnd::TinyGoPreview2 => WasiTarget::Preview2,
    }
}

impl Surveys {
    pub(super) async fn of(
        options: &LoadOptions,
        toolchain: &Toolchain,
        back_ends: &[BackEnd],
        shutdown: &CancellationToken,
    ) -> Result<Self, CommandError> {
        let native = survey(options, native(), &[], shutdown).await?;
        let mut of = Vec::new();
        for back_end in back_ends {
            let target = target(*back_end);
            let mut tags: Vec<String> = match (back_end, &toolchain.tinygo) {
                (BackEnd::GoPreview1, _) => Vec::new(),
                (_, Ok(tool)) => tool.build_tags.clone(),
                (_, Err(_)) => TINYGO_TAGS.map(str::to_owned).into(),
            };
            if *back_end != BackEnd::GoPreview1 {
                tags.extend(target.build_tags().iter().map(|tag| (*tag).to_owned()));
            }
            of.push((*back_end, survey(options, target.variables().into(), &tags, shutdown).await?));
        }
        Ok(Self { native, of })
    }
}

async fn survey(
    options: &LoadOptions,
    variables: Vec<(OsString, OsString)>,
    tags: &[String],
    shutdown: &CancellationToken,
) -> Result<Survey, CommandError> {
    let mut options = options.clone();
    options.environment.extend(variables);
    options.tags.extend(tags.iter().cloned());
    Survey::of(&options, shutdown).await.map_err(|error| match error {
        SurveyError::Cancelled => CommandError::new(ExitStatus::Failure, "interrupted"),
        SurveyError::Failed(problems) => match problems.first() {
            Some(first) => listed(&problems, first),
            None => CommandError::new(ExitStatus::Failure, "go list has failed"),
        },
    })
}

/// This machine, by Go's names for it, and with C: what it takes there is what there is.
fn native() -> Vec<(OsString, OsString)> {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "loongarch64" => "loong64",
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        other => other,
    };
    vec![
        ("GOOS".into(), system.into()),
        ("GOARCH".into(), machine.into()),
        ("CGO_ENABLED".into(), "1".into()),
    ]
}
