//! ONNX Runtime: its library, and models that it computes on a GPU or on the CPU.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::ep::{CPU, CUDA, ExecutionProviderDispatch};
use ort::logging::LogLevel;
use ort::memory::Allocator;
use ort::session::builder::{LoadCanceler, SessionBuilder};
use ort::session::{RunOptions, SessionInputValue};
use ort::value::{DynTensor, DynTensorValueType, DynValue, TensorElementType, ValueType};

use super::refusal::{Errno, Refusal};
use super::tensor::{Element, Tensor, size};
use super::{Device, Target};

/// A process can have one of them, and has it to its end.
static LOADED: Mutex<Option<(PathBuf, Environment)>> = Mutex::new(None);

#[derive(Debug, Clone)]
pub(super) struct Runtime {
    environment: Environment,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    File(&'a Path),
    Bytes(&'a [u8]),
}

#[derive(Debug)]
pub(super) struct Opened {
    pub(super) session: Session,
    pub(super) device: Device,
    /// It was asked for.
    pub(super) without_gpu: Option<String>,
}

/// A model that is ready.
#[derive(Debug)]
pub(crate) struct Session(ort::session::Session);

/// An input of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Port {
    pub(crate) name: String,
    /// `None` is a type that wasi-nn does not have.
    pub(crate) element: Option<Element>,
    /// A negative one may have any length.
    pub(crate) dimensions: Vec<i64>,
}

impl Runtime {
    /// The same one again, or the first of this process.
    pub(super) fn load(library: &Path) -> Result<Self, String> {
        let library = library.canonicalize().map_err(|error| error.to_string())?;
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((path, environment)) = &*loaded {
            if *path == library {
                return Ok(Self { environment: environment.clone() });
            }
            return Err(format!("this process uses {} already", path.display()));
        }
        let builder = ort::init_from(&library).map_err(|error| error.to_string())?;
        // What goes wrong is said to who asked; nothing of it goes to the terminal of this process.
        let environment = builder
            .with_name("wasm-host")
            .with_telemetry(false)
            .with_logger(Arc::new(|_, _, _, _, message| tracing::debug!("ONNX Runtime: {message}")))
            .build()
            .map_err(|error| words(&error))?;
        environment.set_log_level(LogLevel::Error);
        *loaded = Some((library, environment.clone()));
        Ok(Self { environment })
    }

    /// On a GPU, if one is wanted and there is one; else on the CPU, with the reason.
    pub(super) fn open(&self, source: Source<'_>, target: Target, stop: &Stop) -> Result<Opened, String> {
        let mut without_gpu = None;
        if target == Target::Gpu {
            match self.session(source, CUDA::default().build().error_on_failure(), stop) {
                Ok(session) => return Ok(Opened { session, device: Device::Gpu, without_gpu: None }),
                Err(words) => without_gpu = Some(words),
            }
        }
        let session = self.session(source, CPU::default().build(), stop)?;
        Ok(Opened { session, device: Device::Cpu, without_gpu })
    }

    fn session(
        &self,
        source: Source<'_>,
        device: ExecutionProviderDispatch,
        stop: &Stop,
    ) -> Result<Session, String> {
        let builder = ort::session::Session::builder(&self.environment).map_err(|error| words(&error))?;
        let mut builder = configured(builder, device)?;
        stop.begins(Work::Load(builder.canceler()))?;
        let session = match source {
            Source::File(path) => builder.commit_from_file(path),
            Source::Bytes(bytes) => builder.commit_from_memory(bytes),
        };
        session.map(Session).map_err(|error| words(&error))
    }
}

/// One thread for each, so that the time of a guest's thread is all that it takes; and nothing that is kept for the next
/// computing, which would grow with each new shape.
fn configured(builder: SessionBuilder, device: ExecutionProviderDispatch) -> Result<SessionBuilder, String> {
    let failed = |error: ort::Error<SessionBuilder>| words(&error);
    let builder = builder.with_intra_threads(1).map_err(failed)?;
    let builder = builder.with_inter_threads(1).map_err(failed)?;
    let builder = builder.with_memory_pattern(false).map_err(failed)?;
    // For the operators that a GPU does not have, too: without an arena, which gives no memory back.
    builder.with_execution_providers([device, CPU::default().build()]).map_err(failed)
}

impl Session {
    pub(super) fn inputs(&self) -> Vec<Port> {
        let ports = self.0.inputs().iter().map(|input| {
            let (element, dimensions) = match input.dtype() {
                ValueType::Tensor { ty, shape, .. } => (element(*ty), shape.to_vec()),
                _ => (None, Vec::new()),
            };
            Port { name: input.name().to_owned(), element, dimensions }
        });
        ports.collect()
    }

    pub(super) fn outputs(&self) -> usize {
        self.0.outputs().len()
    }

    /// Outputs in the model's order, those that are no tensors of wasi-nn with the reason. At most `room` bytes.
    pub(crate) fn compute(
        &mut self,
        inputs: &[(String, Arc<Tensor>)],
        room: usize,
        stop: &Stop,
    ) -> Result<Vec<Result<Tensor, Refusal>>, Refusal> {
        let failed = |words: String| Refusal::new(Errno::RuntimeError, words);
        let options = Arc::new(RunOptions::new().map_err(|error| failed(words(&error)))?);
        stop.begins(Work::Run(Arc::clone(&options))).map_err(failed)?;
        let mut values = Vec::with_capacity(inputs.len());
        for (name, tensor) in inputs {
            let value = value(tensor).map_err(|error| failed(words(&error)))?;
            values.push((name.as_str(), SessionInputValue::from(value)));
        }
        let outputs = self.0.run_with_options(values, &*options).map_err(|error| failed(words(&error)))?;
        let mut left = room;
        let mut tensors = Vec::with_capacity(outputs.len());
        for index in 0..outputs.len() {
            let tensor = tensor(&outputs[index], left)?;
            left -= tensor.as_ref().map_or(0, |tensor| tensor.bytes().len());
            tensors.push(tensor);
        }
        Ok(tensors)
    }
}

fn value(tensor: &Tensor) -> ort::Result<DynTensor> {
    let kind = match tensor.element() {
        Element::F16 => TensorElementType::Float16,
        Element::F32 => TensorElementType::Float32,
        Element::F64 => TensorElementType::Float64,
        Element::U8 => TensorElementType::Uint8,
        Element::I32 => TensorElementType::Int32,
        Element::I64 => TensorElementType::Int64,
    };
    let mut value = DynTensor::new(&Allocator::default(), kind, tensor.dimensions().to_vec())?;
    let bytes = tensor.bytes();
    if !bytes.is_empty() {
        let place = value.data_ptr_mut().cast::<u8>();
        // SAFETY: `value` was just allocated on the CPU for these dimensions and this type, of which `Tensor` has
        // exactly as many bytes as it says; nobody else knows of it yet, so that the two do not overlap.
        #[expect(
            unsafe_code,
            reason = "the only way to fill a tensor whose type is known at run time, see above"
        )]
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), place, bytes.len());
        }
    }
    Ok(value)
}

/// `Err` outside: it is larger than `room`.
fn tensor(value: &DynValue, room: usize) -> Result<Result<Tensor, Refusal>, Refusal> {
    let unsupported = |words: String| Ok(Err(Refusal::new(Errno::UnsupportedOperation, words)));
    let ValueType::Tensor { ty, shape, .. } = value.dtype() else {
        return unsupported(format!("the output is no tensor: {}", value.dtype()));
    };
    let Some(element) = element(*ty) else {
        return unsupported(format!("the output has elements of {ty}, for which wasi-nn has no type"));
    };
    let Some(size) = size(element, shape) else {
        return unsupported(format!("the output has a shape of its own: {shape}"));
    };
    if size > room {
        let words = format!("an output of {size} bytes is more than the {room} that are left of its memory");
        return Err(Refusal::too_large(words));
    }
    let mut bytes = vec![0; size];
    let view = value.view();
    let Ok(tensor) = view.downcast::<DynTensorValueType>() else {
        return unsupported("the output is no tensor".to_owned());
    };
    if !tensor.memory_info().is_cpu_accessible() {
        return unsupported("the output stayed on its device".to_owned());
    }
    if size > 0 {
        let place = tensor.data_ptr().cast::<u8>();
        // SAFETY: the runtime has allocated a tensor of this type and shape, of which `size` is the number of bytes,
        // in memory that this process can read; it lives as long as `value` does, and `bytes` is as long.
        #[expect(
            unsafe_code,
            reason = "the only way to read a tensor whose type is known at run time, see above"
        )]
        unsafe {
            std::ptr::copy_nonoverlapping(place, bytes.as_mut_ptr(), size);
        }
    }
    Ok(Tensor::new(element, shape.to_vec(), bytes))
}

fn element(kind: TensorElementType) -> Option<Element> {
    Some(match kind {
        TensorElementType::Float16 => Element::F16,
        TensorElementType::Float32 => Element::F32,
        TensorElementType::Float64 => Element::F64,
        TensorElementType::Uint8 => Element::U8,
        TensorElementType::Int32 => Element::I32,
        TensorElementType::Int64 => Element::I64,
        _ => return None,
    })
}

/// On one line.
fn words<R>(error: &ort::Error<R>) -> String {
    error.message().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Tells work on another thread to end, also before it has begun. It ends between two operators of its model.
#[derive(Clone, Default)]
pub(crate) struct Stop(Arc<Mutex<Stopping>>);

#[derive(Default)]
struct Stopping {
    wanted: bool,
    work: Option<Work>,
}

enum Work {
    Load(LoadCanceler),
    Run(Arc<RunOptions>),
}

impl Stop {
    pub(crate) fn stop(&self) {
        let mut stopping = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stopping.wanted = true;
        // One that cannot be told comes to its end by itself.
        let _ = match stopping.work.take() {
            Some(Work::Load(canceler)) => canceler.cancel(),
            Some(Work::Run(options)) => options.terminate(),
            None => Ok(()),
        };
    }

    fn begins(&self, work: Work) -> Result<(), String> {
        let mut stopping = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if stopping.wanted {
            return Err("nobody waits for it any more".to_owned());
        }
        stopping.work = Some(work);
        Ok(())
    }
}

impl std::fmt::Debug for Stop {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Stop").finish_non_exhaustive()
    }
}
