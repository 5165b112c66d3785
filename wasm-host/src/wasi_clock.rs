//! The clock of WASI: what it says, and how guests wait on it without a thread that waits for them.

use std::time::{Duration, SystemTime};

use wasmtime::component::{HasData, Linker as ComponentLinker, Resource, ResourceTable};
use wasmtime::{Caller, Extern, Linker, Memory};
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiView, async_trait};

use crate::clock::Clock;
use crate::input::Input;
use crate::state::State;

pub(crate) struct Wall(pub(crate) Clock);

impl HostWallClock for Wall {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        since_1970(&self.0)
    }
}

pub(crate) struct Monotonic(pub(crate) Clock);

impl HostMonotonicClock for Monotonic {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        told(&self.0)
    }
}

/// What guests' monotonic time is ahead of the clock's: Go takes a time of zero for a broken clock.
const AHEAD: Duration = Duration::from_secs(1);

fn told(clock: &Clock) -> u64 {
    nanoseconds(clock.monotonic() + AHEAD)
}

/// The clock's time of one that a guest names.
fn meant(told: u64) -> Duration {
    Duration::from_nanos(told).saturating_sub(AHEAD)
}

pub(crate) fn since_1970(clock: &Clock) -> Duration {
    clock.wall().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// `wasi:clocks/monotonic-clock` of components, in place of one that knows the real time only.
pub(crate) fn add_to_components(linker: &mut ComponentLinker<State>) -> wasmtime::Result<()> {
    monotonic_clock::add_to_linker::<State, Ticking<'static>>(linker, |state| Ticking {
        clock: state.setup.clock.clone(),
        sleeper: state.sleeper,
        table: state.ctx().table,
    })
}

struct Ticking<'a> {
    clock: Clock,
    sleeper: u64,
    table: &'a mut ResourceTable,
}

impl HasData for Ticking<'static> {
    type Data<'a> = Ticking<'a>;
}

impl Ticking<'_> {
    fn at(&mut self, when: Duration) -> wasmtime::Result<Resource<DynPollable>> {
        let nap = Nap { clock: self.clock.clone(), sleeper: self.sleeper, when };
        let nap = self.table.push(nap)?;
        subscribe(self.table, nap)
    }
}

impl monotonic_clock::Host for Ticking<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(told(&self.clock))
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.at(meant(when))
    }

    fn subscribe_duration(&mut self, time: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let when = self.clock.monotonic().saturating_add(Duration::from_nanos(time));
        self.at(when)
    }
}

struct Nap {
    clock: Clock,
    sleeper: u64,
    when: Duration,
}

#[async_trait]
impl Pollable for Nap {
    async fn ready(&mut self) {
        self.clock.sleep_until(self.sleeper, self.when).await;
    }
}

/// `poll_oneoff` of preview 1, by which its programs sleep.
///
/// Descriptors are ready at once, stdin when it has something; a descriptor that is not there says so when it is read.
pub(crate) fn add_to_modules(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    linker.func_wrap_async(
        "wasi_snapshot_preview1",
        "poll_oneoff",
        |mut caller: Caller<'_, State>, (wanted, events, count, told): (u32, u32, u32, u32)| {
            Box::new(async move {
                let Some(memory) = caller.get_export("memory").and_then(Extern::into_memory) else {
                    wasmtime::bail!("the module exports no memory");
                };
                let subscriptions = match read(&mut caller, memory, wanted, count) {
                    Ok(subscriptions) => subscriptions,
                    Err(errno) => return Ok(errno),
                };
                let (clock, sleeper, stdin) = {
                    let state = caller.data();
                    (state.setup.clock.clone(), state.sleeper, state.setup.stdin.clone())
                };
                wait(&clock, sleeper, &stdin, &subscriptions).await;
                Ok(write(&mut caller, memory, events, told, &subscriptions, &clock))
            })
        },
    )?;
    Ok(())
}

const SUBSCRIPTION: usize = 48;
const EVENT: usize = 32;
/// Guests poll a handful.
const MOST_SUBSCRIPTIONS: u32 = 4096;

const SUCCESS: i32 = 0;
const EFAULT: i32 = 21;
const EINVAL: i32 = 28;

struct Subscription {
    user: u64,
    wants: Wants,
}

enum Wants {
    Time(Duration),
    Read(u32),
    Write,
}

fn read(
    caller: &mut Caller<'_, State>,
    memory: Memory,
    at: u32,
    count: u32,
) -> Result<Vec<Subscription>, i32> {
    if count == 0 || count > MOST_SUBSCRIPTIONS {
        return Err(EINVAL);
    }
    let (data, state) = memory.data_and_store_mut(caller);
    let at = at as usize;
    let bytes = data.get(at..at + count as usize * SUBSCRIPTION).ok_or(EFAULT)?;
    let (entries, _) = bytes.as_chunks::<SUBSCRIPTION>();
    entries.iter().map(|entry| subscription(entry, &state.setup.clock)).collect()
}

fn subscription(entry: &[u8; SUBSCRIPTION], clock: &Clock) -> Result<Subscription, i32> {
    let long =
        |at: usize| entry[at..at + 8].iter().rev().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
    let wants = match entry[8] {
        0 => {
            let timeout = Duration::from_nanos(long(24));
            let absolute = entry[40] & 1 == 1;
            Wants::Time(match (long(16) as u32, absolute) {
                (0, true) => {
                    let left = timeout.saturating_sub(since_1970(clock));
                    clock.monotonic().saturating_add(left)
                }
                (1, true) => meant(long(24)),
                (0 | 1, false) => clock.monotonic().saturating_add(timeout),
                _ => return Err(EINVAL),
            })
        }
        1 => Wants::Read(long(16) as u32),
        2 => Wants::Write,
        _ => return Err(EINVAL),
    };
    Ok(Subscription { user: long(0), wants })
}

/// Until the first of them has come.
async fn wait(clock: &Clock, sleeper: u64, stdin: &Input, subscriptions: &[Subscription]) {
    let mut earliest = None;
    let mut reads_stdin = false;
    for subscription in subscriptions {
        match subscription.wants {
            Wants::Time(when) => {
                earliest = Some(earliest.map_or(when, |earliest: Duration| earliest.min(when)));
            }
            Wants::Read(0) => reads_stdin = true,
            Wants::Read(_) | Wants::Write => return,
        }
    }
    match (earliest, reads_stdin) {
        (Some(when), true) => tokio::select! {
            biased;
            () = stdin.wait() => {}
            () = clock.sleep_until(sleeper, when) => {}
        },
        (Some(when), false) => clock.sleep_until(sleeper, when).await,
        (None, _) => stdin.wait().await,
    }
}

/// The events that have come, and their number.
fn write(
    caller: &mut Caller<'_, State>,
    memory: Memory,
    events: u32,
    told: u32,
    subscriptions: &[Subscription],
    clock: &Clock,
) -> i32 {
    let now = clock.monotonic();
    let (data, state) = memory.data_and_store_mut(caller);
    let mut count = 0;
    for subscription in subscriptions {
        let (kind, bytes) = match subscription.wants {
            Wants::Time(when) if when <= now => (0, 0),
            Wants::Read(0) if state.setup.stdin.is_ready() => (1, state.setup.stdin.waiting().max(1)),
            Wants::Read(descriptor) if descriptor != 0 => (1, 1),
            Wants::Write => (2, 1),
            Wants::Time(_) | Wants::Read(_) => continue,
        };
        let mut event = [0; EVENT];
        event[..8].copy_from_slice(&subscription.user.to_le_bytes());
        event[10] = kind;
        event[16..24].copy_from_slice(&(bytes as u64).to_le_bytes());
        let at = events as usize + count * EVENT;
        let Some(place) = data.get_mut(at..at + EVENT) else { return EFAULT };
        place.copy_from_slice(&event);
        count += 1;
    }
    match data.get_mut(told as usize..told as usize + 4) {
        Some(place) => place.copy_from_slice(&(count as u32).to_le_bytes()),
        None => return EFAULT,
    }
    SUCCESS
}
