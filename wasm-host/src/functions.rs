//! Functions of the host that guests may import by name, each with a signature.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
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
}

impl std::fmt::Debug for Body {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::AtOnce(_) => "AtOnce",
            Self::Waiting(_) => "Waiting",
            Self::NowMs => "NowMs",
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

    fn with(mut self, from: &str, name: &str, signature: Signature, body: Body) -> Result<Self, Error> {
        let error =
            |detail: &str| Error::Function { function: format!("{from}.{name}"), detail: detail.to_owned() };
        if from.starts_with("wasi:") || from.starts_with("wasi_") {
            return Err(error("WASI is offered by the host itself"));
        }
        let function = Function { signature, body };
        match self.by_name.insert((from.to_owned(), name.to_owned()), function) {
            Some(_) => Err(error("there is one of this name")),
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
