//! wasi-nn for core modules: places in a guest's memory made tensors and names, and what came of it made numbers.

use std::sync::Arc;

use wasmtime::{Caller, Extern, Linker, Memory};

use crate::failure::Exceeded;
use crate::inference::{Computing, Device, Element, Errno, Inference, Refusal, Target, Tensor, elsewhere};
use crate::state::State;

/// Bytes of a name: as long as a file's may be.
const LONGEST_NAME: u32 = 255;

const SUCCESS: i32 = 0;

/// Of what wasi-nn knows, that this host computes.
const ONNX: i32 = 1;

pub(super) fn offer(
    linker: &mut Linker<State>,
    from: &str,
    name: &str,
    inference: &Inference,
) -> wasmtime::Result<()> {
    match name {
        "load" => {
            let inference = inference.clone();
            linker.func_wrap_async(
                from,
                name,
                move |mut caller: Caller<'_, State>, (parts, count, encoding, target, to): Five| {
                    let inference = inference.clone();
                    Box::new(async move {
                        let given = Given { parts, count, encoding, target };
                        let loaded = load(&mut caller, &inference, &given).await?;
                        Ok::<_, wasmtime::Error>(put(&mut caller, to, loaded))
                    })
                },
            )?;
        }
        "load_by_name" => {
            let inference = inference.clone();
            linker.func_wrap(
                from,
                name,
                move |mut caller: Caller<'_, State>, at: i32, length: i32, to: i32| {
                    let loaded = load_by_name(&mut caller, &inference, at, length);
                    put(&mut caller, to, loaded)
                },
            )?;
        }
        "init_execution_context" => {
            linker.func_wrap(from, name, |mut caller: Caller<'_, State>, model: i32, to: i32| {
                let context = caller.data_mut().held.begins(model.cast_unsigned());
                put(&mut caller, to, context)
            })?;
        }
        "set_input" => {
            linker.func_wrap(
                from,
                name,
                |mut caller: Caller<'_, State>, context: i32, index: i32, at: i32| {
                    let set = set_input(&mut caller, context, index, at);
                    told(&mut caller, set)
                },
            )?;
        }
        "compute" => {
            linker.func_wrap_async(from, name, |mut caller: Caller<'_, State>, (context,): (i32,)| {
                Box::new(async move {
                    let computed = compute(&mut caller, context.cast_unsigned()).await?;
                    Ok::<_, wasmtime::Error>(told(&mut caller, computed))
                })
            })?;
        }
        "get_output" => {
            linker.func_wrap(
                from,
                name,
                |mut caller: Caller<'_, State>, context: i32, index: i32, at: i32, most: i32, to: i32| {
                    let written = get_output(&mut caller, context, index, at, most);
                    put(&mut caller, to, written)
                },
            )?;
        }
        "device" => {
            linker.func_wrap(from, name, |mut caller: Caller<'_, State>, model: i32| {
                match caller.data().held.device(model.cast_unsigned()) {
                    Ok(Device::Cpu) => 0,
                    Ok(Device::Gpu) => 1,
                    Err(refusal) => -told(&mut caller, Err(refusal)),
                }
            })?;
        }
        "failure" => {
            linker.func_wrap(from, name, |mut caller: Caller<'_, State>, at: i32, most: i32| {
                failure(&mut caller, at, most).unwrap_or_else(|refusal| -(refusal.errno as i32))
            })?;
        }
        other => return Err(wasmtime::Error::msg(format!("{other} is no function of wasi-nn"))),
    }
    Ok(())
}

type Five = (i32, i32, i32, i32, i32);

/// What `load` is called with.
struct Given {
    parts: i32,
    count: i32,
    encoding: i32,
    target: i32,
}

/// The number of what came of a call, and its words for who asks for them.
fn told(caller: &mut Caller<'_, State>, result: Result<(), Refusal>) -> i32 {
    match result {
        Ok(()) => SUCCESS,
        Err(Refusal { errno, words }) => {
            caller.data_mut().held.fails(words);
            errno as i32
        }
    }
}

/// The same for what has a result, which is put into the guest's memory.
fn put(caller: &mut Caller<'_, State>, to: i32, result: Result<u32, Refusal>) -> i32 {
    let result = result.and_then(|value| write(caller, to, &value.to_le_bytes()));
    told(caller, result)
}

fn memory(caller: &mut Caller<'_, State>) -> Result<Memory, Refusal> {
    caller
        .get_export("memory")
        .and_then(Extern::into_memory)
        .ok_or_else(|| Refusal::new(Errno::MissingMemory, "the program exports no `memory`"))
}

fn outside(at: i32, length: usize) -> Refusal {
    let at = at.cast_unsigned();
    Refusal::invalid(format!("{length} bytes at {at:#x} are not all in the program's memory"))
}

fn read<'a>(caller: &'a mut Caller<'_, State>, at: i32, length: usize) -> Result<&'a [u8], Refusal> {
    let begin = at.cast_unsigned() as usize;
    let bytes = memory(caller)?.data(&*caller);
    begin.checked_add(length).and_then(|end| bytes.get(begin..end)).ok_or_else(|| outside(at, length))
}

fn write(caller: &mut Caller<'_, State>, at: i32, bytes: &[u8]) -> Result<(), Refusal> {
    memory(caller)?
        .write(&mut *caller, at.cast_unsigned() as usize, bytes)
        .map_err(|_| outside(at, bytes.len()))
}

/// A place and a length, as lists are handed over.
fn list(bytes: &[u8]) -> (i32, usize) {
    let number = |at: usize| {
        let bytes = bytes.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        u32::from_le_bytes(bytes.unwrap_or_default())
    };
    (number(0).cast_signed(), number(4) as usize)
}

/// Bytes that the guest's memory may still grow by, or its tensors.
fn room(state: &State) -> usize {
    let used = state.used.memory + state.held_bytes();
    state.setup.limits.memory.saturating_sub(used)
}

/// `Err` outside: the guest has no time left.
async fn load(
    caller: &mut Caller<'_, State>,
    inference: &Inference,
    given: &Given,
) -> Result<Result<u32, Refusal>, Exceeded> {
    let (bytes, target) = match brought(caller, inference, given) {
        Ok(brought) => brought,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let length = bytes.len();
    let (busy, inference) = (caller.data().setup.limits.busy, inference.clone());
    let loaded = elsewhere(busy, move |stop| inference.brought(&bytes, target, stop)).await?;
    let held = &mut caller.data_mut().held;
    let loaded = done(loaded).and_then(|model| held.loads(Arc::new(model)));
    if loaded.is_err() {
        held.takes_back(length);
    }
    Ok(loaded)
}

/// The bytes of a model, which count from here on.
fn brought(
    caller: &mut Caller<'_, State>,
    inference: &Inference,
    given: &Given,
) -> Result<(Vec<u8>, Target), Refusal> {
    let target = match given.target {
        0 => Target::Cpu,
        1 => Target::Gpu,
        2 => return Err(Refusal::new(Errno::UnsupportedOperation, "there is no way to ask for a TPU")),
        other => return Err(Refusal::invalid(format!("{other} is no target"))),
    };
    if given.encoding != ONNX {
        let words = format!("{} is no encoding that is computed here: ONNX is {ONNX}", given.encoding);
        return Err(Refusal::new(Errno::InvalidEncoding, words));
    }
    if given.count != 1 {
        let words = format!("a model of ONNX is one part, and not {}", given.count.cast_unsigned());
        return Err(Refusal::invalid(words));
    }
    let (at, length) = list(read(caller, given.parts, 8)?);
    let room = room(caller.data());
    caller.data_mut().held.brings(length, inference.brought_bytes(), room)?;
    let bytes = read(caller, at, length).map(<[u8]>::to_vec);
    if bytes.is_err() {
        caller.data_mut().held.takes_back(length);
    }
    Ok((bytes?, target))
}

fn done<T>(computing: Computing<Result<T, Refusal>>) -> Result<T, Refusal> {
    match computing {
        Computing::Done(result) => result,
        Computing::Lost => Err(Refusal::new(Errno::RuntimeError, "it could not be computed to its end")),
    }
}

fn load_by_name(
    caller: &mut Caller<'_, State>,
    inference: &Inference,
    at: i32,
    length: i32,
) -> Result<u32, Refusal> {
    let length = length.cast_unsigned();
    if length > LONGEST_NAME {
        return Err(Refusal::invalid(format!("a name of {length} bytes is too long")));
    }
    let name = read(caller, at, length as usize)?;
    let name = std::str::from_utf8(name).map_err(|_| Refusal::invalid("a name that is no UTF-8"))?;
    let model = inference.named(name)?;
    caller.data_mut().held.loads(model)
}

fn set_input(caller: &mut Caller<'_, State>, context: i32, index: i32, at: i32) -> Result<(), Refusal> {
    // Dimensions, the type in a byte with three of nothing after it, and the data.
    let record = read(caller, at, 20)?;
    let (dimensions, element, data) = (list(record), record[8], list(&record[12..]));
    let element = Element::from_number(element)?;
    let room = room(caller.data());
    let dimensions = read(caller, dimensions.0, dimensions.1.saturating_mul(4))?;
    let dimensions = dimensions.chunks_exact(4).map(|bytes| {
        let bytes = bytes.try_into().unwrap_or_default();
        i64::from(u32::from_le_bytes(bytes))
    });
    let dimensions = dimensions.take(Tensor::MOST_DIMENSIONS + 1).collect::<Vec<_>>();
    let place = [context.cast_unsigned(), index.cast_unsigned()];
    // Whether it is there, and whether it is wanted, before it is copied.
    read(caller, data.0, data.1)?;
    caller.data().held.accepts(place, element, &dimensions, data.1, room)?;
    let bytes = read(caller, data.0, data.1)?.to_vec();
    let tensor = Tensor::new(element, dimensions, bytes)?;
    caller.data_mut().held.sets(place, tensor)
}

/// `Err` outside: the guest has no time left.
async fn compute(caller: &mut Caller<'_, State>, context: u32) -> Result<Result<(), Refusal>, Exceeded> {
    let job = match caller.data_mut().held.job(context) {
        Ok(job) => job,
        Err(refusal) => return Ok(Err(refusal)),
    };
    // Others may compute with it: waiting for them is free.
    let mut session = Arc::clone(&job.model.session).lock_owned().await;
    let (busy, room) = (caller.data().setup.limits.busy, room(caller.data()));
    let computed = elsewhere(busy, move |stop| session.compute(&job.inputs, room, stop)).await?;
    let outputs = done(computed);
    Ok(outputs.and_then(|outputs| caller.data_mut().held.computed(context, outputs)))
}

fn get_output(
    caller: &mut Caller<'_, State>,
    context: i32,
    index: i32,
    at: i32,
    most: i32,
) -> Result<u32, Refusal> {
    let memory = memory(caller)?;
    let (bytes, state) = memory.data_and_store_mut(&mut *caller);
    let output = state.held.output(context.cast_unsigned(), index.cast_unsigned())?.bytes();
    let most = most.cast_unsigned() as usize;
    if output.len() > most {
        let words = format!("the output has {} bytes, and there is room for {most}", output.len());
        return Err(Refusal::too_large(words));
    }
    let begin = at.cast_unsigned() as usize;
    let place = begin.checked_add(output.len()).and_then(|end| bytes.get_mut(begin..end));
    place.ok_or_else(|| outside(at, output.len()))?.copy_from_slice(output);
    Ok(output.len() as u32)
}

/// How many bytes its words have, of which as many are written as there is room for.
fn failure(caller: &mut Caller<'_, State>, at: i32, most: i32) -> Result<i32, Refusal> {
    let words = caller.data().held.failure().to_owned();
    let length = words.len().min(most.cast_unsigned() as usize);
    write(caller, at, &words.as_bytes()[..length])?;
    Ok((words.len() as u32).cast_signed())
}
