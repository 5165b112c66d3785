//! What belongs to one guest beside its instance: what it may use, what it has used, and its WASI.

use std::time::Duration;

use wasmtime::{ResourceLimiter, StoreContextMut, UpdateDeadline};
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{FsPerms, ResourceTable, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::call_stack::{GoAccess, call_stack};
use crate::error::Error;
use crate::failure::Exceeded;
use crate::gate::Gate;
#[cfg(feature = "nn")]
use crate::inference::Held;
use crate::meter;
use crate::permissions::Folder;
use crate::setup::Setup;
use crate::turns;
use crate::wasi_clock::{Monotonic, Wall};

pub(crate) struct State {
    pub(crate) setup: Setup,
    /// Who it is on its clock, while it is in a call.
    pub(crate) sleeper: u64,
    pub(crate) used: Used,
    /// Of a guest of Go that is recorded.
    pub(crate) go: Option<GoAccess>,
    /// Models and tensors that it has.
    #[cfg(feature = "nn")]
    pub(crate) held: Held,
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
    /// Nothing of it was used yet, and many calls of libraries never do.
    Unused,
    Preview1(Box<WasiP1Ctx>),
    Preview2(Box<Preview2>),
}

struct Preview2 {
    context: WasiCtx,
    table: ResourceTable,
    http: WasiHttpCtx,
    gate: Gate,
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

/// Things of the host that a component has at once: each may be as large as headers may be, and none is in the memory
/// that is counted.
const MOST_RESOURCES: usize = 1024;

impl State {
    pub(crate) fn new(module: &str, needs: Needs, setup: Setup) -> Result<Self, Error> {
        setup.check(module)?;
        // What can fail is done here: the folder may not be there.
        let opened = |setup: &Setup| {
            let mut context = context(setup);
            for folder in &setup.permissions.folders {
                open(module, folder, &mut context)?;
            }
            Ok::<_, Error>(context)
        };
        let wasi = match needs {
            _ if setup.permissions.folders.is_empty() => Wasi::Unused,
            Needs::Nothing => Wasi::Unused,
            Needs::Preview1 => preview1(&mut opened(&setup)?),
            Needs::Preview2 => preview2(&mut opened(&setup)?, setup.limits.header_bytes),
        };
        Ok(Self {
            setup,
            sleeper: 0,
            used: Used::default(),
            go: None,
            #[cfg(feature = "nn")]
            held: Held::default(),
            wasi,
        })
    }

    /// Bytes of the host that count as its memory: its tensors.
    #[cfg(feature = "nn")]
    pub(crate) fn held_bytes(&self) -> usize {
        self.held.bytes()
    }

    #[cfg(not(feature = "nn"))]
    #[expect(clippy::unused_self, reason = "with the feature `nn` it has tensors")]
    fn held_bytes(&self) -> usize {
        0
    }

    pub(crate) fn preview1(&mut self) -> &mut WasiP1Ctx {
        if matches!(self.wasi, Wasi::Unused) {
            self.wasi = preview1(&mut context(&self.setup));
        }
        match &mut self.wasi {
            Wasi::Preview1(context) => context,
            Wasi::Unused | Wasi::Preview2(_) => unreachable!("a component called preview 1"),
        }
    }

    /// The first request of its own that it was refused, if any.
    pub(crate) fn denied(&mut self) -> Option<String> {
        match &mut self.wasi {
            Wasi::Preview2(wasi) => wasi.gate.denied.take(),
            Wasi::Unused | Wasi::Preview1(_) => None,
        }
    }

    fn preview2(&mut self) -> &mut Preview2 {
        if matches!(self.wasi, Wasi::Unused) {
            self.wasi = preview2(&mut context(&self.setup), self.setup.limits.header_bytes);
        }
        match &mut self.wasi {
            Wasi::Preview2(wasi) => wasi,
            Wasi::Unused | Wasi::Preview1(_) => unreachable!("a core module called preview 2"),
        }
    }

    /// Counts a call to the host.
    pub(crate) fn host_call(&mut self) -> Result<(), Exceeded> {
        self.used.host_calls += 1;
        if self.used.host_calls > self.setup.limits.host_calls {
            return Err(Exceeded::HostCalls);
        }
        Ok(())
    }
}

impl Drop for State {
    fn drop(&mut self) {
        // Who still writes to it is told.
        self.setup.stdin.abandon();
    }
}

/// Who has computed for less is as quick as others are, and only happens to run while the engine ticks.
const SHORT: Duration = Duration::from_millis(20);

/// Called once a tick while a guest computes: it makes way for others, or ends.
pub(crate) fn on_tick(mut context: StoreContextMut<'_, State>) -> wasmtime::Result<UpdateDeadline> {
    sample(&mut context);
    let busy = meter::busy();
    if busy >= context.data().setup.limits.busy {
        return Err(Exceeded::Busy.into());
    }
    if busy < SHORT {
        return Ok(UpdateDeadline::Yield(1));
    }
    Ok(UpdateDeadline::YieldCustom(1, Box::pin(turns::make_way(meter::turn()))))
}

/// The same for a guest that has no stack of its own: it goes on, or ends.
pub(crate) fn on_tick_at_once(mut context: StoreContextMut<'_, State>) -> wasmtime::Result<UpdateDeadline> {
    sample(&mut context);
    let limits = &context.data().setup.limits;
    if meter::busy() >= limits.busy.min(limits.lifetime) {
        return Err(Exceeded::Busy.into());
    }
    Ok(UpdateDeadline::Continue(1))
}

fn sample(context: &mut StoreContextMut<'_, State>) {
    if let Some(recorder) = context.data().setup.recorder.clone() {
        recorder.sample(|| call_stack(context));
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let Preview2 { context, table, .. } = self.preview2();
        WasiCtxView { ctx: context, table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let Preview2 { table, http, gate, .. } = self.preview2();
        WasiHttpCtxView { hooks: gate, table, ctx: http }
    }
}

fn preview1(context: &mut WasiCtxBuilder) -> Wasi {
    Wasi::Preview1(Box::new(context.build_p1()))
}

fn preview2(context: &mut WasiCtxBuilder, header_bytes: usize) -> Wasi {
    let mut table = ResourceTable::new();
    table.set_max_capacity(MOST_RESOURCES);
    let mut http = WasiHttpCtx::new();
    http.set_field_size_limit(header_bytes);
    Wasi::Preview2(Box::new(Preview2 { context: context.build(), table, http, gate: Gate::default() }))
}

fn context(setup: &Setup) -> WasiCtxBuilder {
    let mut builder = WasiCtxBuilder::new();
    builder
        .args(&setup.permissions.arguments)
        .envs(&setup.permissions.environment)
        .stdin(setup.stdin.clone())
        .stdout(setup.stdout.named("stdout"))
        .stderr(setup.stderr.named("stderr"))
        .wall_clock(Wall(setup.clock.clone()))
        .monotonic_clock(Monotonic(setup.clock.clone()))
        .max_random_size(MOST_RANDOM);
    builder
}

fn open(module: &str, folder: &Folder, context: &mut WasiCtxBuilder) -> Result<(), Error> {
    let permissions = if folder.may_write { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
    let opened = context.preopened_dir(&folder.here, &folder.there, permissions);
    opened.map(|_| ()).map_err(|error| Error::Folder {
        module: module.to_owned(),
        path: folder.here.clone(),
        detail: format!("{error:#}"),
    })
}

impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.used.memory - current + desired;
        let allowed = total + self.held_bytes() <= self.setup.limits.memory
            && maximum.is_none_or(|maximum| desired <= maximum);
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
        let allowed =
            total <= self.setup.limits.table_elements && maximum.is_none_or(|maximum| desired <= maximum);
        if allowed {
            self.used.table_elements = total;
        } else {
            self.used.refused = Some(Refused::Table);
        }
        Ok(allowed)
    }

    fn instances(&self) -> usize {
        self.setup.limits.instances
    }

    fn tables(&self) -> usize {
        self.setup.limits.tables
    }

    fn memories(&self) -> usize {
        self.setup.limits.memories
    }
}
