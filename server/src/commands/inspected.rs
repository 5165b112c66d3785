//! From a path to the bytes of a module that is looked at: a file, or a folder of Go that is built.

use std::path::Path;

use anatomy::{Anatomy, NotFound, Note};
use tokio_util::sync::CancellationToken;

use crate::cli::{InspectFlags, InspectTarget, ProgramFlags};
use crate::diagnostic::Diagnostic;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::guest::{ModuleSource, Written};
use crate::toolchain::WasiTarget;

use super::CommandError;
use super::wasi::Found;

/// A module, and where it is from.
pub(super) struct Inspected {
    pub(super) written: Written,
    /// The compiler and its version; `None` for a file.
    pub(super) compiler: Option<String>,
    source: ModuleSource,
}

/// `None`: a page.
pub(super) const fn target(flags: &InspectFlags) -> Option<WasiTarget> {
    match flags.target {
        Some(InspectTarget::Preview1) | None => Some(WasiTarget::Preview1),
        Some(InspectTarget::Preview2) => Some(WasiTarget::Preview2),
        Some(InspectTarget::Browser) => None,
    }
}

impl Inspected {
    /// Reads or builds.
    pub(super) async fn at(
        path: &Path,
        flags: &ProgramFlags,
        target: Option<WasiTarget>,
        environment: &Environment,
        shutdown: &CancellationToken,
    ) -> Result<Self, CommandError> {
        let Found { source, compiler, .. } = Found::built_for(path, flags, target, environment).await?;
        let written = source.written(shutdown).await.ok_or_else(interrupted)?;
        let written = written.map_err(|reasons| cannot_be_had(path, &source, &reasons))?;
        Ok(Self { written, compiler, source })
    }

    /// Takes it apart.
    pub(super) fn anatomy(&self, path: &Path) -> Result<Anatomy<'_>, CommandError> {
        Anatomy::read(&self.written.bytes).map_err(|error| {
            CommandError::new(
                ExitStatus::Failure,
                format!("{} cannot be taken apart: {error}", path.display()),
            )
            .with_hint(error.hint().to_owned())
        })
    }

    /// What the compiler says of the instructions of the package that a function is of.
    pub(super) async fn listing(&self, function: &str, shutdown: &CancellationToken) -> Option<String> {
        let (Some(request), ModuleSource::Folder(folder)) = (&self.written.request, &self.source) else {
            return None;
        };
        let package = anatomy::import_path(function)?;
        // The compiler knows the main package by its path, and functions of it by this word.
        let package = if package == "main" { request.program.import_path.clone() } else { package };
        folder.builder.list(request, &package, shutdown).await
    }
}

pub(super) fn interrupted() -> CommandError {
    CommandError::new(ExitStatus::Failure, "interrupted")
}

fn cannot_be_had(path: &Path, source: &ModuleSource, reasons: &[Diagnostic]) -> CommandError {
    let Some(first) = reasons.first() else {
        return CommandError::new(ExitStatus::Failure, format!("{} cannot be built", path.display()));
    };
    let place = first.position.as_ref().map_or_else(String::new, |place| {
        format!("{}:{}:{}: ", place.file.display(), place.line, place.column)
    });
    match source {
        ModuleSource::File(_) => {
            CommandError::new(ExitStatus::Failure, &first.message).with_hint(first.hint.clone())
        }
        ModuleSource::Folder(_) => {
            let message = format!("{} cannot be built: {place}{}", path.display(), first.message);
            let hint = format!("`dev-server run {}` says all", path.display());
            CommandError::new(ExitStatus::Failure, message).with_hint(first.hint.clone().unwrap_or(hint))
        }
    }
}

/// A function that is not there, with those that could be meant.
pub(super) fn not_found(error: &NotFound) -> CommandError {
    let text = |text: &str| crate::diagnostic::plain(text);
    CommandError::new(ExitStatus::Failure, text(&error.to_string())).with_hint(text(&error.hint()))
}

/// In words.
pub(super) fn words(note: &Note) -> String {
    match note {
        Note::NamesBroken { offset } => format!("the names of functions cannot be read from byte {offset} on"),
        Note::NamesOfNothing { names } => format!("{names} names are of functions that are not there"),
        Note::NoNames => "nothing says what functions are called: build without -s, --release and -no-debug".to_owned(),
        Note::NoDwarf => "there is no debug information: variables have no names".to_owned(),
        Note::DwarfBroken { detail } => format!("a part of the debug information makes no sense: {detail}"),
        Note::TablesOfGo => "names are from the tables of Go's runtime; its modules have no debug information".to_owned(),
        Note::LinesOfCalls => {
            "lines are known where something is called; what comes before a call is shown with it".to_owned()
        }
        Note::LinesOfListing => "lines are from the compiler's own listing".to_owned(),
        Note::ListingDiffers => "the compiler's listing is not of this code: lines are known of calls only".to_owned(),
        Note::NoLines => "nothing says which lines the instructions came from".to_owned(),
        Note::Undecodable { offset } => format!("there is no instruction at byte {offset}"),
        Note::TooLong { offset } => format!("the function goes on at byte {offset}, and is too long to be shown"),
        Note::Rewritten => {
            "the function was made suspendable after it was compiled: which local a variable is in is not known".to_owned()
        }
    }
}
