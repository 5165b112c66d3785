//! What one guest holds: models that it has loaded, contexts that it computes in, tensors, and the words of its last
//! mistake. It is freed with the guest, since wasi-nn has no call for that.

use std::sync::Arc;

use super::refusal::{Errno, Refusal};
use super::tensor::{Element, Tensor, written};
use super::{Device, MOST_MODELS, Model};

/// Contexts of one guest. Each is some hundred bytes of the host's memory beside its tensors.
const MOST_CONTEXTS: usize = 4096;

#[derive(Debug, Default)]
pub(crate) struct Held {
    models: Vec<Arc<Model>>,
    contexts: Vec<Context>,
    /// Bytes of models that it has brought.
    brought: usize,
    /// Of models that it has brought and of tensors.
    bytes: usize,
    failure: String,
}

#[derive(Debug)]
struct Context {
    model: Arc<Model>,
    inputs: Vec<Option<Arc<Tensor>>>,
    /// In the model's order, once it was computed.
    outputs: Option<Vec<Result<Tensor, Refusal>>>,
}

/// What is computed in a context.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) model: Arc<Model>,
    pub(crate) inputs: Vec<(String, Arc<Tensor>)>,
}

impl Held {
    /// All that counts as memory of the guest.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn fails(&mut self, words: String) {
        self.failure = words;
    }

    /// Words of its last mistake; nothing when there was none.
    pub(crate) fn failure(&self) -> &str {
        &self.failure
    }

    /// The number of a model, the same for the same model.
    pub(crate) fn loads(&mut self, model: Arc<Model>) -> Result<u32, Refusal> {
        let known = self.models.iter().position(|known| Arc::ptr_eq(known, &model));
        if let Some(number) = known {
            return Ok(number as u32);
        }
        self.has_room_for_a_model()?;
        self.models.push(model);
        Ok(self.models.len() as u32 - 1)
    }

    fn has_room_for_a_model(&self) -> Result<(), Refusal> {
        if self.models.len() >= MOST_MODELS {
            return Err(Refusal::too_large(format!("a program may load {MOST_MODELS} models")));
        }
        Ok(())
    }

    /// Whether it may bring a model of so many bytes, of `limit` altogether and `room` bytes of memory; counted from
    /// now on.
    pub(crate) fn brings(&mut self, bytes: usize, limit: usize, room: usize) -> Result<(), Refusal> {
        if limit == 0 {
            let words = "models of the program itself are not taken: load one by its name";
            return Err(Refusal::new(Errno::UnsupportedOperation, words));
        }
        self.has_room_for_a_model()?;
        let left = limit.saturating_sub(self.brought).min(room);
        if bytes > left {
            return Err(Refusal::too_large(format!(
                "a model of {bytes} bytes is more than the {left} that are left"
            )));
        }
        self.brought += bytes;
        self.bytes += bytes;
        Ok(())
    }

    /// One that was not taken in the end.
    pub(crate) fn takes_back(&mut self, bytes: usize) {
        self.brought -= bytes;
        self.bytes -= bytes;
    }

    fn model(&self, number: u32) -> Result<&Arc<Model>, Refusal> {
        let missing = || Refusal::invalid(format!("there is no model {number}"));
        self.models.get(number as usize).ok_or_else(missing)
    }

    pub(crate) fn device(&self, model: u32) -> Result<Device, Refusal> {
        self.model(model).map(|model| model.device)
    }

    /// The number of a new context.
    pub(crate) fn begins(&mut self, model: u32) -> Result<u32, Refusal> {
        let model = Arc::clone(self.model(model)?);
        if self.contexts.len() >= MOST_CONTEXTS {
            return Err(Refusal::too_large(format!("a program may have {MOST_CONTEXTS} contexts")));
        }
        let inputs = vec![None; model.inputs.len()];
        self.contexts.push(Context { model, inputs, outputs: None });
        Ok(self.contexts.len() as u32 - 1)
    }

    fn context(&self, number: u32) -> Result<&Context, Refusal> {
        self.contexts.get(number as usize).ok_or_else(|| no_context(number))
    }

    fn context_mut(&mut self, number: u32) -> Result<&mut Context, Refusal> {
        self.contexts.get_mut(number as usize).ok_or_else(|| no_context(number))
    }

    /// Whether an input may be such a tensor, of so many bytes, with `room` bytes of memory left beside what is there. To be
    /// asked before anything is copied.
    pub(crate) fn accepts(
        &self,
        [context, index]: [u32; 2],
        element: Element,
        dimensions: &[i64],
        bytes: usize,
        room: usize,
    ) -> Result<(), Refusal> {
        let context = self.context(context)?;
        let Some(port) = context.model.inputs.get(index as usize) else {
            let there = context.model.inputs.len();
            return Err(Refusal::invalid(format!("there is no input {index}: the model has {there}")));
        };
        let fits = |(have, want): (&i64, &i64)| *want < 0 || have == want;
        let is_same = port.element == Some(element)
            && port.dimensions.len() == dimensions.len()
            && dimensions.iter().zip(&port.dimensions).all(fits);
        if !is_same {
            let kind =
                port.element.map_or("a type that wasi-nn does not have".to_owned(), |kind| kind.to_string());
            return Err(Refusal::invalid(format!(
                "the input `{}` is {} of {kind}, and {} of {element} was given",
                port.name,
                written(&port.dimensions),
                written(dimensions),
            )));
        }
        let room = room + context.bytes_of_input(index);
        if bytes > room {
            let words = format!("{bytes} bytes are more than the {room} that are left of its memory");
            return Err(Refusal::too_large(words));
        }
        Ok(())
    }

    /// One that is accepted.
    pub(crate) fn sets(&mut self, [context, index]: [u32; 2], tensor: Tensor) -> Result<(), Refusal> {
        let context = self.context_mut(context)?;
        let (before, bytes) = (context.bytes_of_input(index), tensor.bytes().len());
        if let Some(place) = context.inputs.get_mut(index as usize) {
            *place = Some(Arc::new(tensor));
            self.bytes = self.bytes - before + bytes;
        }
        Ok(())
    }

    /// What is to be computed. Outputs of before are gone.
    pub(crate) fn job(&mut self, context: u32) -> Result<Job, Refusal> {
        let context = self.context_mut(context)?;
        let mut inputs = Vec::with_capacity(context.inputs.len());
        for (port, tensor) in context.model.inputs.iter().zip(&context.inputs) {
            let Some(tensor) = tensor else {
                return Err(Refusal::invalid(format!("the input `{}` was not set", port.name)));
            };
            inputs.push((port.name.clone(), Arc::clone(tensor)));
        }
        let job = Job { model: Arc::clone(&context.model), inputs };
        let gone = context.outputs.take().map_or(0, |outputs| bytes_of(&outputs));
        self.bytes -= gone;
        Ok(job)
    }

    pub(crate) fn computed(
        &mut self,
        context: u32,
        outputs: Vec<Result<Tensor, Refusal>>,
    ) -> Result<(), Refusal> {
        let bytes = bytes_of(&outputs);
        self.context_mut(context)?.outputs = Some(outputs);
        self.bytes += bytes;
        Ok(())
    }

    pub(crate) fn output(&self, context: u32, index: u32) -> Result<&Tensor, Refusal> {
        let context = self.context(context)?;
        if index as usize >= context.model.outputs {
            let there = context.model.outputs;
            return Err(Refusal::invalid(format!("there is no output {index}: the model has {there}")));
        }
        match context.outputs.as_ref().and_then(|outputs| outputs.get(index as usize)) {
            Some(output) => output.as_ref().map_err(Clone::clone),
            None => Err(Refusal::new(Errno::NotFound, "nothing was computed yet")),
        }
    }
}

impl Context {
    fn bytes_of_input(&self, index: u32) -> usize {
        self.inputs.get(index as usize).and_then(Option::as_ref).map_or(0, |tensor| tensor.bytes().len())
    }
}

fn bytes_of(outputs: &[Result<Tensor, Refusal>]) -> usize {
    outputs.iter().flatten().map(|tensor| tensor.bytes().len()).sum()
}

fn no_context(number: u32) -> Refusal {
    Refusal::invalid(format!("there is no context {number}"))
}
