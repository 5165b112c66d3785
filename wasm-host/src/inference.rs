//! Models that guests compute with: which there are, on what device each runs, and what a guest may bring itself.

mod refusal;
mod tensor;
mod runtime;
mod elsewhere;
mod held;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;

use runtime::{Port, Runtime, Session, Source};

pub(crate) use elsewhere::{Computing, elsewhere};
pub(crate) use held::Held;
pub(crate) use refusal::{Errno, Refusal};
pub(crate) use runtime::Stop;
pub(crate) use tensor::{Element, Tensor};

/// Functions by module and name, with how many parameters each has: all are an `i32`, and so is the result.
pub(crate) const OFFERED: [(&str, &str, usize); 8] = [
    (STANDARD, "load", 5),
    (STANDARD, "load_by_name", 3),
    (STANDARD, "init_execution_context", 2),
    (STANDARD, "set_input", 3),
    (STANDARD, "compute", 1),
    (STANDARD, "get_output", 5),
    (OWN, "device", 1),
    (OWN, "failure", 2),
];
const STANDARD: &str = "wasi_ephemeral_nn";
/// What the standard has no words for.
const OWN: &str = "dev_server_nn";

/// Models of one host, and as many again of one guest: each keeps its weights in memory.
pub(crate) const MOST_MODELS: usize = 64;

/// How models are offered.
#[derive(Debug, Clone, Default)]
pub struct InferenceOptions {
    /// The library of ONNX Runtime, 1.22 or newer: `libonnxruntime.so` or as the system calls it. A process uses one.
    pub library: PathBuf,
    /// Files of ONNX by the names that guests load them by; at most 64.
    pub models: Vec<(String, PathBuf)>,
    /// Bytes of all models that one guest may bring itself; 0 lets it bring none. Who may bring a model decides
    /// what is computed, and how much memory the runtime takes for that, which nobody limits.
    pub brought_bytes: usize,
}

/// Where a model is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    Cpu,
    Gpu,
}

impl std::fmt::Display for Device {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Cpu => "CPU",
            Self::Gpu => "GPU",
        })
    }
}

/// What became of a model of [`InferenceOptions::models`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenModel {
    pub name: String,
    pub device: Device,
    /// A GPU is asked first: why it is not taken.
    pub without_gpu: Option<String>,
}

/// Models that are ready, for any number of guests. Clones are the same models.
#[derive(Debug, Clone)]
pub struct Inference {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    runtime: Runtime,
    models: BTreeMap<String, Arc<Model>>,
    brought_bytes: usize,
}

/// Computes for one guest at a time: others wait for their turn.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) device: Device,
    without_gpu: Option<String>,
    /// In the model's order, as guests number them.
    pub(crate) inputs: Vec<Port>,
    pub(crate) outputs: usize,
    pub(crate) session: Arc<tokio::sync::Mutex<Session>>,
}

/// What a guest asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Cpu,
    /// If there is one.
    Gpu,
}

impl Inference {
    /// Loads the library and all models, each on a GPU if there is one. Takes its time, on this thread.
    pub fn new(options: &InferenceOptions) -> Result<Self, Error> {
        let InferenceOptions { library, models, brought_bytes } = options;
        let runtime = Runtime::load(library)
            .map_err(|detail| Error::InferenceLibrary { path: library.clone(), detail })?;
        let mut by_name = BTreeMap::new();
        for (name, path) in models {
            let failed = |detail: String| Error::Model { path: path.clone(), detail };
            if by_name.len() == MOST_MODELS {
                return Err(failed(format!("there are {MOST_MODELS} models")));
            }
            let model = opened(&runtime, path).map_err(failed)?;
            tracing::debug!(name, device = %model.device, "model loaded");
            if by_name.insert(name.clone(), Arc::new(model)).is_some() {
                return Err(failed(format!("another model is called {name}")));
            }
        }
        Ok(Self { inner: Arc::new(Inner { runtime, models: by_name, brought_bytes: *brought_bytes }) })
    }

    /// By name, and where each is computed.
    pub fn models(&self) -> Vec<GivenModel> {
        let given = self.inner.models.iter().map(|(name, model)| GivenModel {
            name: name.clone(),
            device: model.device,
            without_gpu: model.without_gpu.clone(),
        });
        given.collect()
    }

    pub(crate) fn named(&self, name: &str) -> Result<Arc<Model>, Refusal> {
        let models = &self.inner.models;
        models.get(name).cloned().ok_or_else(|| {
            let names = models.keys().map(String::as_str).collect::<Vec<_>>();
            let there = if names.is_empty() { "no model".to_owned() } else { names.join(", ") };
            Refusal::new(Errno::NotFound, format!("no model is called {name:?}: there is {there}"))
        })
    }

    pub(crate) fn brought_bytes(&self) -> usize {
        self.inner.brought_bytes
    }

    /// A model of a guest. Takes its time, on this thread.
    pub(crate) fn brought(&self, bytes: &[u8], target: Target, stop: &Stop) -> Result<Model, Refusal> {
        acceptable(bytes)?;
        let opened = self.inner.runtime.open(Source::Bytes(bytes), target, stop);
        opened.map(Model::new).map_err(|words| Refusal::new(Errno::RuntimeError, words))
    }
}

fn opened(runtime: &Runtime, path: &Path) -> Result<Model, String> {
    let found = std::fs::metadata(path).map_err(|error| error.to_string())?;
    // A pipe would be waited for.
    if !found.is_file() {
        return Err("it is no regular file".to_owned());
    }
    runtime.open(Source::File(path), Target::Gpu, &Stop::default()).map(Model::new)
}

/// A stranger's model must not lead to files of this machine: the key of a file's name in a tensor is `location`. The
/// bytes of the key lie together wherever the tensor is, which is all that is looked for; a model which has the
/// word elsewhere is refused as well.
fn acceptable(bytes: &[u8]) -> Result<(), Refusal> {
    let key = b"location";
    if bytes.windows(key.len()).any(|window| window == key) {
        let words = "a model that names files (`location`) is not taken";
        return Err(Refusal::new(Errno::UnsupportedOperation, words));
    }
    if bytes.get(4..8) == Some(b"ORTM") {
        let words = "the format of ONNX Runtime is not taken, only ONNX is";
        return Err(Refusal::new(Errno::InvalidEncoding, words));
    }
    Ok(())
}

impl Model {
    fn new(opened: runtime::Opened) -> Self {
        let runtime::Opened { session, device, without_gpu } = opened;
        let (inputs, outputs) = (session.inputs(), session.outputs());
        Self { device, without_gpu, inputs, outputs, session: Arc::new(tokio::sync::Mutex::new(session)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_model_names_no_files_and_is_onnx() {
        let refused = |bytes: &[u8]| acceptable(bytes).unwrap_err();
        assert!(acceptable(b"").is_ok() && acceptable(b"\x08\x08\x12\x04xor").is_ok());
        assert_eq!(refused(b"\x0a\x08location\x12\x0b/etc/passwd").errno, Errno::UnsupportedOperation);
        assert_eq!(refused(b"\x18\0\0\0ORTM\0\0").errno, Errno::InvalidEncoding);
    }
}
