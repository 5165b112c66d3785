//! The engine without a host around it: no limits, no clock, no streams, no ticks. What a call costs beyond it is what
//! this crate costs, so it is the measure of benchmarks, and nothing that guests should run in.

use wasmtime::{
    Config, Engine, Error as EngineError, InstanceAllocationStrategy, InstancePre, Linker, Module, Store,
};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p1::WasiP1Ctx;

use crate::engine::{HostOptions, pool};
use crate::error::Error;

/// A module with pool and copy-on-write, linked beforehand, whose export takes and gives nothing but an `i32`.
pub struct Bare {
    engine: Engine,
    module: Linked,
    export: String,
}

enum Linked {
    Plain(InstancePre<()>),
    /// On the caller's stack WASI blocks, and on one of the guest's own it does not.
    Preview1 {
        at_once: InstancePre<WasiP1Ctx>,
        aside: InstancePre<WasiP1Ctx>,
    },
}

impl std::fmt::Debug for Bare {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Bare").field("export", &self.export).finish_non_exhaustive()
    }
}

impl Bare {
    /// With the same pool as a host of these options.
    pub fn new(options: &HostOptions, bytes: &[u8], export: &str) -> Result<Self, Error> {
        Self::made(options, bytes, export).map_err(|error| failed(&error))
    }

    fn made(options: &HostOptions, bytes: &[u8], export: &str) -> Result<Self, EngineError> {
        let mut config = Config::new();
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(options))).memory_init_cow(true);
        let engine = Engine::new(&config)?;
        let module = Module::from_binary(&engine, bytes)?;
        let module = if module.imports().len() == 0 {
            Linked::Plain(Linker::new(&engine).instantiate_pre(&module)?)
        } else {
            let (mut at_once, mut aside) = (Linker::new(&engine), Linker::new(&engine));
            wasmtime_wasi::p1::add_to_linker_sync(&mut at_once, |context| context)?;
            wasmtime_wasi::p1::add_to_linker_async(&mut aside, |context| context)?;
            Linked::Preview1 {
                at_once: at_once.instantiate_pre(&module)?,
                aside: aside.instantiate_pre(&module)?,
            }
        };
        Ok(Self { engine, module, export: export.to_owned() })
    }

    /// The same on a stack of its own, as every host calls that does not block its thread.
    pub async fn call_aside(&self, value: i32) -> Result<i32, Error> {
        let result = match &self.module {
            Linked::Plain(module) => {
                call_aside(Store::new(&self.engine, ()), module, &self.export, value).await
            }
            Linked::Preview1 { aside, .. } => {
                let context = WasiCtxBuilder::new().build_p1();
                call_aside(Store::new(&self.engine, context), aside, &self.export, value).await
            }
        };
        result.map_err(|error| failed(&error))
    }

    /// Store, instance, one call, and all of it dropped. Not in a runtime of tokio, where WASI must not block.
    pub fn call(&self, value: i32) -> Result<i32, Error> {
        let result = match &self.module {
            Linked::Plain(module) => call(Store::new(&self.engine, ()), module, &self.export, value),
            Linked::Preview1 { at_once, .. } => {
                let context = WasiCtxBuilder::new().build_p1();
                call(Store::new(&self.engine, context), at_once, &self.export, value)
            }
        };
        result.map_err(|error| failed(&error))
    }
}

async fn call_aside<T: Send + 'static>(
    mut store: Store<T>,
    module: &InstancePre<T>,
    export: &str,
    value: i32,
) -> Result<i32, EngineError> {
    let instance = module.instantiate_async(&mut store).await?;
    instance.get_typed_func::<i32, i32>(&mut store, export)?.call_async(&mut store, value).await
}

fn call<T: 'static>(
    mut store: Store<T>,
    module: &InstancePre<T>,
    export: &str,
    value: i32,
) -> Result<i32, EngineError> {
    let instance = module.instantiate(&mut store)?;
    instance.get_typed_func::<i32, i32>(&mut store, export)?.call(&mut store, value)
}

fn failed(error: &EngineError) -> Error {
    Error::Host { detail: format!("{error:#}") }
}
