//! What belongs to one guest beside its instance: what it may use, what it has used, and its WASI.

use wasmtime::{ResourceLimiter, StoreContextMut, UpdateDeadline};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{FsPerms, ResourceTable, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::clock::Clock;
use crate::error::Error;
use crate::failure::Exceeded;
use crate::input::Input;
use crate::limits::Limits;
use crate::meter;
use crate::setup::Setup;
use crate::wasi_clock::{Monotonic, Wall};

pub(crate) struct State {
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    pub(crate) stdin: Input,
    /// Who it is on its clock, while it is in a call.
    pub(crate) sleeper: u64,
    pub(crate) used: Used,
    wasi: Wasi,
}

/// What was used so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    /// In this call.
    pub(crate) host_calls: u64,
    pub(crate) all_host_calls: u64,
    pub(crate) memory: usize,
    pub(crate) table_elements: usize,
    /// What it was refused, if anything.
    pub(crate) refused: Option<Refused>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Memory,
    Table,
}

enum Wasi {
    /// A core module that imports nothing of it.
    None,
    Preview1(Box<WasiP1Ctx>),
    Preview2(Box<(WasiCtx, ResourceTable)>),
}

/// What of WASI a module needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    Preview1,
    Preview2,
}

/// `random_get` and its like: more at once than any program has a use for.
const MOST_RANDOM: u64 = 1 << 20;

impl State {
    pub(crate) fn new(module: &str, needs: Needs, setup: &Setup) -> Result<Self, Error> {
        let wasi = match needs {
            Needs::Nothing => Wasi::None,
            Needs::Preview1 => Wasi::Preview1(Box::new(context(module, setup)?.build_p1())),
            Needs::Preview2 => {
                Wasi::Preview2(Box::new((context(module, setup)?.build(), ResourceTable::new())))
            }
        };
        Ok(Self {
            limits: setup.limits,
            clock: setup.clock.clone(),
            stdin: setup.stdin.clone(),
            sleeper: 0,
            used: Used::default(),
            wasi,
        })
    }

    pub(crate) fn preview1(&mut self) -> &mut WasiP1Ctx {
        match &mut self.wasi {
            Wasi::Preview1(context) => context,
            // Its functions are linked to modules that import one of them only, and those get a context.
            Wasi::None | Wasi::Preview2(_) => unreachable!("a guest without preview 1 called it"),
        }
    }

    /// Counts a call to the host.
    pub(crate) fn host_call(&mut self) -> Result<(), Exceeded> {
        self.used.host_calls += 1;
        if self.used.host_calls > self.limits.host_calls {
            return Err(Exceeded::HostCalls);
        }
        Ok(())
    }
}

/// Called once a tick while a guest computes: it makes way for others, or ends.
#[expect(clippy::needless_pass_by_value, reason = "as the engine calls it")]
pub(crate) fn on_tick(context: StoreContextMut<'_, State>) -> wasmtime::Result<UpdateDeadline> {
    if meter::busy() >= context.data().limits.busy {
        return Err(Exceeded::Busy.into());
    }
    Ok(UpdateDeadline::Yield(1))
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        match &mut self.wasi {
            Wasi::Preview2(both) => WasiCtxView { ctx: &mut both.0, table: &mut both.1 },
            Wasi::None | Wasi::Preview1(_) => unreachable!("a guest without preview 2 called it"),
        }
    }
}

fn context(module: &str, setup: &Setup) -> Result<WasiCtxBuilder, Error> {
    let permissions = &setup.permissions;
    let mut builder = WasiCtxBuilder::new();
    builder
        .args(&permissions.arguments)
        .envs(&permissions.environment)
        .stdin(setup.stdin.clone())
        .stdout(setup.stdout.named("stdout"))
        .stderr(setup.stderr.named("stderr"))
        .wall_clock(Wall(setup.clock.clone()))
        .monotonic_clock(Monotonic(setup.clock.clone()))
        .max_random_size(MOST_RANDOM);
    for folder in &permissions.folders {
        let permissions = if folder.may_write { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
        builder.preopened_dir(&folder.here, &folder.there, permissions).map_err(|error| Error::Folder {
            module: module.to_owned(),
            path: folder.here.clone(),
            detail: format!("{error:#}"),
        })?;
    }
    Ok(builder)
}

impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.used.memory - current + desired;
        let allowed = total <= self.limits.memory && maximum.is_none_or(|maximum| desired <= maximum);
        if allowed {
            self.used.memory = total;
        } else {
            self.used.refused = Some(Refused::Memory);
        }
        Ok(allowed)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.used.table_elements - current + desired;
        let allowed = total <= self.limits.table_elements && maximum.is_none_or(|maximum| desired <= maximum);
        if allowed {
            self.used.table_elements = total;
        } else {
            self.used.refused = Some(Refused::Table);
        }
        Ok(allowed)
    }

    fn instances(&self) -> usize {
        self.limits.instances
    }

    fn tables(&self) -> usize {
        self.limits.tables
    }

    fn memories(&self) -> usize {
        self.limits.memories
    }
}
