//! Models of files and folders, offered to a program with a note on where each is computed.

use std::path::{Path, PathBuf};

use wasm_host::{Device, Error, Functions, GivenModel, Inference, InferenceOptions};

use crate::cli::{InferenceFlags, NamedModel};
use crate::environment::Environment;
use crate::exit::ExitStatus;

use super::super::CommandError;
use super::words;

/// As `scripts/onnxruntime` has it below the folder of caches.
const LIBRARY: &str = "onnxruntime/libonnxruntime.so.1.32.0";

/// Nothing when neither models nor a way to bring them were asked for.
pub(super) async fn offered(
    flags: &InferenceFlags,
    environment: &Environment,
) -> Result<Functions, CommandError> {
    if flags.models.is_empty() && flags.bring == 0 {
        return Ok(Functions::new());
    }
    let mut models = Vec::new();
    for model in &flags.models {
        models.extend(found(model)?);
    }
    let library = library(flags, environment)?;
    let options = InferenceOptions { library, models, brought_bytes: (flags.bring as usize) << 20 };
    // Reads files, and optimises models.
    let loaded = tokio::task::spawn_blocking(move || {
        let inference = Inference::new(&options)?;
        let functions = Functions::new().inference(&inference)?;
        Ok::<_, Error>((inference.models(), functions))
    });
    let loaded = loaded.await.map_err(|error| CommandError::new(ExitStatus::Failure, error))?;
    let (models, functions) = loaded.map_err(|error| {
        let hint = match &error {
            Error::InferenceLibrary { .. } => Some(HINT.to_owned()),
            other => other.hint().map(str::to_owned),
        };
        CommandError::new(ExitStatus::Usage, &error).with_hint(hint)
    })?;
    for model in &models {
        words::noted(&said(model));
    }
    Ok(functions)
}

const HINT: &str = "name libonnxruntime of ONNX Runtime 1.22 or newer with --nn-library or ONNXRUNTIME; scripts/onnxruntime fetches one";

fn said(model: &GivenModel) -> String {
    let GivenModel { name, device, without_gpu } = model;
    match (device, without_gpu) {
        (Device::Cpu, Some(reason)) => {
            format!("the model {name} is computed on the CPU; a GPU was asked for: {reason}")
        }
        _ => format!("the model {name} is computed on the {device}"),
    }
}

fn library(flags: &InferenceFlags, environment: &Environment) -> Result<PathBuf, CommandError> {
    let named = flags.library.clone().or_else(|| environment.variable("ONNXRUNTIME").map(PathBuf::from));
    let library = named.unwrap_or_else(|| environment.cache_folder.join(LIBRARY));
    if library.is_file() {
        return Ok(library);
    }
    let message = format!("ONNX Runtime is not there: {}", library.display());
    Err(CommandError::new(ExitStatus::ToolMissing, message).with_hint(HINT.to_owned()))
}

/// Names and files; of a folder those that end in `.onnx`, in the order of their names.
fn found(model: &NamedModel) -> Result<Vec<(String, PathBuf)>, CommandError> {
    let NamedModel { name, path } = model;
    let wrong = |message: String, hint: &str| {
        Err(CommandError::new(ExitStatus::Usage, message).with_hint(hint.to_owned()))
    };
    if !path.is_dir() {
        if !path.exists() {
            return wrong(
                format!("the model {} is not there", path.display()),
                "name a file of ONNX, or a folder",
            );
        }
        return Ok(vec![(name.clone().unwrap_or_else(|| stem(path)), path.clone())]);
    }
    if name.is_some() {
        let message = format!("{} is a folder, and a name is for one model", path.display());
        return wrong(message, "leave the name out: models are called as their files are");
    }
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => return wrong(format!("{}: {error}", path.display()), "name a folder that may be read"),
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths =
        paths.filter(|path| path.extension().is_some_and(|kind| kind == "onnx")).collect::<Vec<_>>();
    paths.sort();
    if paths.is_empty() {
        let message = format!("there are no models in {}", path.display());
        return wrong(message, "name a folder with files that end in .onnx");
    }
    Ok(paths.into_iter().map(|path| (stem(&path), path)).collect())
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
