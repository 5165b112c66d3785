//! The host: one engine for all guests, its pool of slots, its ticking, and the count of modules that live.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use wasmparser::WasmFeatures;
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
    WasmBacktraceDetails,
};

use crate::cache::Cache;
use crate::call_stack::MOST_FRAMES;
use crate::error::Error;
use crate::module::Created;
use crate::preflight;
use crate::read;

/// How a host is made.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// Guests that may run at once, each with a slot of address space that waits for it. A component may take several
    /// slots.
    pub guests: u32,
    /// Bytes that the memory of any guest may have; [`Limits::memory`](crate::Limits::memory) is what one may have.
    pub memory: usize,
    /// Bytes of a module that are accepted.
    pub module_bytes: u64,
    /// Bytes of the stack of guests.
    pub stack: usize,
    /// How often guests that compute are looked at.
    pub tick: Duration,
    /// For guests that are recorded: stacks have 256 frames instead of 20, and crashes are told without lines, which
    /// would be looked up for each stack.
    pub deep_stacks: bool,
    /// A private folder for compiled modules; made when it is not there. Without it each is compiled again.
    pub cache: Option<PathBuf>,
}

impl Default for HostOptions {
    fn default() -> Self {
        Self {
            guests: 256,
            memory: 1 << 30,
            module_bytes: 64 << 20,
            stack: 1 << 20,
            tick: Duration::from_millis(10),
            deep_stacks: false,
            cache: None,
        }
    }
}

/// Runs modules. Clones are the same host; it ends with the last of its clones, modules and guests.
#[derive(Debug, Clone)]
pub struct Host {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    // Dropped first: joins the thread that ticks the engine.
    _ticker: Ticker,
    engine: Engine,
    cache: Option<Cache>,
    module_bytes: u64,
    live: AtomicUsize,
    pooled: bool,
}

impl Host {
    pub fn new(options: &HostOptions) -> Result<Self, Error> {
        let pooled = engine(options, true);
        let is_pooled = pooled.is_ok();
        // Where address space is short, guests do without slots: slower to start, and else the same.
        let engine = pooled.or_else(|_| engine(options, false)).map_err(|error| host(&error))?;
        let cache = options.cache.as_deref().map(|folder| Cache::open(folder, &engine)).transpose()?;
        let ticker = Ticker::start(engine.clone(), options.tick)?;
        let inner = Inner {
            _ticker: ticker,
            engine,
            cache,
            module_bytes: options.module_bytes,
            live: AtomicUsize::new(0),
            pooled: is_pooled,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// A module of these bytes; `name` is how errors call it.
    pub fn module(&self, name: impl Into<String>, bytes: impl Into<Bytes>) -> Result<Created, Error> {
        let (name, bytes) = (name.into(), bytes.into());
        let limit = self.inner.module_bytes;
        if bytes.len() as u64 > limit {
            return Err(Error::TooLarge { module: name, bytes: bytes.len() as u64, limit });
        }
        Created::new(self.clone(), name, bytes)
    }

    /// The module in a file, which is not read when it is too large.
    pub fn module_file(&self, path: &Path) -> Result<Created, Error> {
        let bytes = read::module(path, self.inner.module_bytes)?;
        self.module(path.display().to_string(), bytes)
    }

    /// Compiled modules that somebody still holds: a caller, a swap or a guest.
    pub fn live_modules(&self) -> usize {
        self.inner.live.load(Ordering::Acquire)
    }

    /// Whether guests get a slot of a pool; if not, this process may not have the address space.
    pub fn is_pooled(&self) -> bool {
        self.inner.pooled
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    pub(crate) fn cache(&self) -> Option<&Cache> {
        self.inner.cache.as_ref()
    }

    pub(crate) fn count_module(&self) -> Counted {
        self.inner.live.fetch_add(1, Ordering::AcqRel);
        Counted(self.clone())
    }
}

/// One of [`Host::live_modules`].
#[derive(Debug)]
pub(crate) struct Counted(Host);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.inner.live.fetch_sub(1, Ordering::AcqRel);
    }
}

fn host(error: &wasmtime::Error) -> Error {
    Error::Host { detail: format!("{error:#}") }
}

fn engine(options: &HostOptions, pooled: bool) -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    config
        .wasm_features(WasmFeatures::all().difference(preflight::features()), false)
        .wasm_features(preflight::features(), true)
        .cranelift_opt_level(OptLevel::Speed)
        .epoch_interruption(true)
        .memory_init_cow(true)
        .max_wasm_stack(options.stack)
        // What the host's own functions need beyond the guest's part.
        .async_stack_size(options.stack + (512 << 10))
        .wasm_backtrace_details(WasmBacktraceDetails::Enable);
    if options.deep_stacks {
        config
            .wasm_backtrace_details(WasmBacktraceDetails::Disable)
            .wasm_backtrace_max_frames(NonZeroUsize::new(MOST_FRAMES));
    }
    if pooled {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(options)));
    }
    Engine::new(&config)
}

pub(crate) fn pool(options: &HostOptions) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(options.guests.saturating_mul(4))
        .total_component_instances(options.guests)
        .total_memories(options.guests)
        .total_tables(options.guests.saturating_mul(2))
        .total_stacks(options.guests)
        .max_memories_per_module(4)
        .max_tables_per_module(8)
        .max_memory_size(options.memory)
        .table_elements(100_000)
        .max_core_instance_size(1 << 20)
        .max_component_instance_size(1 << 20)
        // What a small guest touches is cleared by hand, which is faster than giving it back to the system.
        .linear_memory_keep_resident(64 << 10)
        .table_keep_resident(16 << 10)
        .async_stack_keep_resident(16 << 10)
        // Slots are cleared some at a time; one that is waited for is cleared at once.
        .decommit_batch_size(16)
        .pagemap_scan(Enabled::Auto);
    pool
}

/// Advances the engine's epoch, so that guests which compute are looked at.
#[derive(Debug)]
struct Ticker {
    stop: Mutex<Option<Sender<()>>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    fn start(engine: Engine, tick: Duration) -> Result<Self, Error> {
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new()
            .name("wasm-ticker".to_owned())
            .spawn(move || {
                while matches!(stopped.recv_timeout(tick), Err(RecvTimeoutError::Timeout)) {
                    engine.increment_epoch();
                }
            })
            .map_err(|error| Error::Host { detail: error.to_string() })?;
        Ok(Self { stop: Mutex::new(Some(stop)), thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        // The thread sees that the other end is gone.
        self.stop.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
