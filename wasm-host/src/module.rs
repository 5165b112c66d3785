//! A module before it runs: its bytes, then its code.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::at_once;
use crate::component;
use crate::core_module;
use crate::engine::{Counted, Host};
use crate::error::Error;
use crate::functions::Functions;
use crate::guest::{Done, Instantiated};
use crate::handler::Handler;
use crate::instrument::{Known, Moves, Rewritten, Unwinding, instrument};
use crate::preflight::{self, Found, Kind};
use crate::setup::Setup;
use crate::signature::Value;
use crate::state::Needs;

/// Bytes that begin as a module does. The next step is [`compile`](Self::compile).
#[derive(Debug, Clone)]
pub struct Created {
    host: Host,
    name: String,
    bytes: Bytes,
    kind: Kind,
}

impl Created {
    pub(crate) fn new(host: Host, name: String, bytes: Bytes) -> Result<Self, Error> {
        let kind = preflight::kind(&name, &bytes)?;
        Ok(Self { host, name, bytes, kind })
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The same program for a [`Recorder`](crate::Recorder), which may see all of its stack.
    ///
    /// With `memory` it has wrappers around its allocator, its collector, `malloc` and `free`, and what makes its memory
    /// larger: they tell the recorder. Of components the memory cannot be seen.
    pub fn observed(self, memory: bool) -> Result<Observed, Error> {
        match (self.kind, memory) {
            (Kind::Core, _) => {}
            (Kind::Component, false) => return Ok(Observed::unchanged(self)),
            (Kind::Component, true) => {
                let detail = "its memory is within a component".to_owned();
                return Err(Error::NotObserved { module: self.name, detail });
            }
        }
        let Rewritten { bytes, moves, known, unwinding } = instrument(&self.name, &self.bytes, memory)?;
        if !memory && unwinding.is_none() {
            return Ok(Observed::unchanged(self));
        }
        Ok(Observed { created: Self { bytes: bytes.into(), ..self }, moves, known, unwinding })
    }

    /// Checks what it imports, makes machine code of it or takes it from the cache, and links it with `functions`.
    ///
    /// Takes its time, on all processors: see [`Self::compile_elsewhere`].
    pub fn compile(self, functions: &Functions) -> Result<Compiled, Error> {
        let started = Instant::now();
        let Self { host, name, bytes, kind } = self;
        let Found { imports, has_start_function } = preflight::look(&name, &bytes, kind)?;
        let (code, from_cache) = match kind {
            Kind::Core => {
                core_module::check(&host, &name, &bytes, &imports, functions)?;
                let (module, from_cache) = core_module::load(&host, &name, &bytes)?;
                (
                    Code::Core(core_module::link(&host, &name, &module, functions, has_start_function)?),
                    from_cache,
                )
            }
            Kind::Component => {
                let (component, from_cache) = component::load(&host, &name, &bytes)?;
                (Code::Component(component::link(&host, &name, &component, functions)?), from_cache)
            }
        };
        let took = started.elapsed();
        tracing::debug!(module = name, ?took, from_cache, "compiled");
        let needs = match kind {
            Kind::Component => Needs::Preview2,
            Kind::Core if imports.iter().any(|import| import.from == core_module::PREVIEW1) => {
                Needs::Preview1
            }
            Kind::Core => Needs::Nothing,
        };
        let counted = host.count_module();
        let inner = Inner { name, kind, needs, code, took, from_cache, host, _counted: counted };
        Ok(Compiled { inner: Arc::new(inner) })
    }

    /// The same on a thread that may block, so that this one goes on.
    pub async fn compile_elsewhere(self, functions: &Functions) -> Result<Compiled, Error> {
        let functions = functions.clone();
        let name = self.name.clone();
        match tokio::task::spawn_blocking(move || self.compile(&functions)).await {
            Ok(compiled) => compiled,
            Err(error) => Err(Error::Compile { module: name, detail: error.to_string() }),
        }
    }
}

/// A module that tells what it does with its memory.
#[derive(Debug)]
pub struct Observed {
    pub created: Created,
    /// From places in it to those in the module as it was.
    pub moves: Moves,
    pub known: Known,
    pub unwinding: Option<Unwinding>,
}

impl Observed {
    fn unchanged(created: Created) -> Self {
        Self { created, moves: Moves::default(), known: Known::default(), unwinding: None }
    }
}

/// Machine code, linked and ready: any number of guests can be made of it. Clones are the same module.
#[derive(Debug, Clone)]
pub struct Compiled {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    name: String,
    kind: Kind,
    needs: Needs,
    code: Code,
    took: Duration,
    from_cache: bool,
    host: Host,
    // Dropped after the code.
    _counted: Counted,
}

#[derive(Debug)]
pub(crate) enum Code {
    Core(core_module::Linked),
    Component(component::Linked),
}

impl Compiled {
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    pub fn kind(&self) -> Kind {
        self.inner.kind
    }

    /// How long it took to compile or to read.
    pub fn took(&self) -> Duration {
        self.inner.took
    }

    pub fn is_from_cache(&self) -> bool {
        self.inner.from_cache
    }

    /// Functions that can be called by name; those of a component's interfaces as `interface#function`.
    pub fn exports(&self) -> Vec<String> {
        match &self.inner.code {
            Code::Core(linked) => linked.exports(),
            Code::Component(linked) => linked.exports(),
        }
    }

    /// Whether it is a program, with a beginning and an end, instead of a library.
    pub fn is_command(&self) -> bool {
        match &self.inner.code {
            Code::Core(linked) => linked.is_command(),
            Code::Component(linked) => linked.is_command(),
        }
    }

    /// What answers requests of HTTP, when it is a component that does.
    pub fn handler(&self) -> Option<Handler> {
        Handler::of(self)
    }

    /// A guest of its own memory. Its start function runs, within its limits.
    ///
    /// In a runtime of tokio with time.
    pub async fn instantiate(&self, setup: Setup) -> Result<Instantiated, Error> {
        Instantiated::new(self.clone(), setup).await
    }

    /// A program from its beginning to its end, in a guest of its own.
    pub async fn run(&self, setup: Setup) -> Result<Done, Error> {
        self.instantiate(setup).await?.begin().await?.command().await
    }

    /// One call of a library, in a guest of its own.
    pub async fn call(&self, setup: Setup, export: &str, values: &[Value]) -> Result<Vec<Value>, Error> {
        self.instantiate(setup).await?.begin().await?.call(export, values).await
    }

    /// The same on this thread, which it takes for as long as the limits allow: quicker for small calls, as the guest
    /// needs no stack of its own. Only for core modules in which nothing waits: what they import are functions that
    /// answer at once, and nothing of WASI. Dropping does not end it.
    pub fn call_at_once(&self, setup: Setup, export: &str, values: &[Value]) -> Result<Vec<Value>, Error> {
        at_once::call(self, setup, export, values)
            .unwrap_or_else(|| Err(Error::Waits { module: self.name().to_owned() }))
    }

    pub(crate) fn code(&self) -> &Code {
        &self.inner.code
    }

    pub(crate) fn needs(&self) -> Needs {
        self.inner.needs
    }

    pub(crate) fn host(&self) -> &Host {
        &self.inner.host
    }
}
