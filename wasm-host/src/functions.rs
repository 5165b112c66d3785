//! Functions of the host that guests may import by name, each with a signature.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
#[cfg(feature = "nn")]
use crate::inference::{Inference, OFFERED};
use crate::signature::{Signature, Value, ValueType};

/// A list that begins empty: what is not in it cannot be imported, but for WASI.
#[derive(Clone, Debug, Default)]
pub struct Functions {
    by_name: BTreeMap<(String, String), Function>,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) signature: Signature,
    pub(crate) body: Body,
}

/// Results, or in words why there are none; the guest is stopped then.
pub type Answer = Result<Vec<Value>, String>;
type Waiting = Pin<Box<dyn Future<Output = Answer> + Send>>;

type AtOnce = dyn Fn(&mut dyn Guest, &[Value]) -> Answer + Send + Sync;
type InTime = dyn Fn(Vec<Value>) -> Waiting + Send + Sync;

#[derive(Clone)]
pub(crate) enum Body {
    AtOnce(Arc<AtOnce>),
    Waiting(Arc<InTime>),
    NowMs,
    #[cfg(feature = "nn")]
    Inference(Inference),
}

impl Body {
    /// The guest may have to wait for it.
    pub(crate) fn waits(&self) -> bool {
        match self {
            Self::AtOnce(_) | Self::NowMs => false,
            Self::Waiting(_) => true,
            #[cfg(feature = "nn")]
            Self::Inference(_) => true,
        }
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::AtOnce(_) => "AtOnce",
            Self::Waiting(_) => "Waiting",
            Self::NowMs => "NowMs",
            #[cfg(feature = "nn")]
            Self::Inference(_) => "Inference",
        })
    }
}

/// The guest that calls a function of the host. A component has no memory to look at: its values come whole.
pub trait Guest {
    /// Bytes of the guest's memory; `None` when they are not there.
    fn read(&mut self, at: u32, length: u32) -> Option<Vec<u8>>;
    /// Whether they were written: all of them, or nothing when they have no place.
    fn write(&mut self, at: u32, bytes: &[u8]) -> bool;
    /// Since 1970, on the guest's clock.
    fn now(&mut self) -> Duration;
}

impl Functions {
    pub fn new() -> Self {
        Self::default()
    }

    /// `env.now_ms() -> i64`: milliseconds since 1970 on the guest's clock.
    pub fn now_ms(self) -> Result<Self, Error> {
        self.with("env", "now_ms", Signature::new([], [ValueType::I64]), Body::NowMs)
    }

    /// `from` is the module of a core import (`env`), or the interface of a component's (`demo:host/clock@1.0.0`, or
    /// nothing for a function of its world).
    ///
    /// `body` is called on the guest's thread and must not block.
    pub fn function(
        self,
        from: &str,
        name: &str,
        signature: Signature,
        body: impl Fn(&mut dyn Guest, &[Value]) -> Answer + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        self.with(from, name, signature, Body::AtOnce(Arc::new(body)))
    }

    /// One that the guest waits for while others run. Dropping the call drops the future.
    pub fn waiting<F>(
        self,
        from: &str,
        name: &str,
        signature: Signature,
        body: impl Fn(Vec<Value>) -> F + Send + Sync + 'static,
    ) -> Result<Self, Error>
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let body = move |values| Box::pin(body(values)) as Waiting;
        self.with(from, name, signature, Body::Waiting(Arc::new(body)))
    }

    /// wasi-nn (`wasi_ephemeral_nn`), and `dev_server_nn` beside it, for core modules: the models of `inference`.
    #[cfg(feature = "nn")]
    pub fn inference(mut self, inference: &Inference) -> Result<Self, Error> {
        for (from, name, parameters) in OFFERED {
            let signature = Signature::new(vec![ValueType::I32; parameters], [ValueType::I32]);
            self = self.insert(from, name, signature, Body::Inference(inference.clone()))?;
        }
        Ok(self)
    }

    fn with(self, from: &str, name: &str, signature: Signature, body: Body) -> Result<Self, Error> {
        if from.starts_with("wasi:") || from.starts_with("wasi_") {
            return Err(cannot(from, name, "WASI is offered by the host itself"));
        }
        self.insert(from, name, signature, body)
    }

    fn insert(mut self, from: &str, name: &str, signature: Signature, body: Body) -> Result<Self, Error> {
        let function = Function { signature, body };
        match self.by_name.insert((from.to_owned(), name.to_owned()), function) {
            Some(_) => Err(cannot(from, name, "there is one of this name")),
            None => Ok(self),
        }
    }

    pub(crate) fn get(&self, from: &str, name: &str) -> Option<&Function> {
        self.by_name.get(&(from.to_owned(), name.to_owned()))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str, &Function)> {
        self.by_name.iter().map(|((from, name), function)| (from.as_str(), name.as_str(), function))
    }
}

fn cannot(from: &str, name: &str, detail: &str) -> Error {
    Error::Function { function: format!("{from}.{name}"), detail: detail.to_owned() }
}
