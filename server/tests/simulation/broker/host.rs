//! The broker's host: connections, a pause, a disk that forgets, and entries that are delivered again.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::Notify;
use tokio_util::codec::Framed;

use super::kept::Storage;
use super::message::{Answer, Request, codec, decode, encode};
use crate::cable::{Cable, Socket};
use crate::weather::{Chance, Weather};
use dev_server::http::Listener as _;

/// After so long without an entry it is shown that the broker is there.
const SIGN: Duration = Duration::from_secs(1);

pub(crate) const PORT: u16 = 4222;

/// Of a hundred deliveries, those after which something older is delivered again, while things go wrong.
const AGAIN: u8 = 15;

/// Between two looks at whether the pause is over.
const LOOK: Duration = Duration::from_millis(7);

/// What outlives the host.
pub(crate) struct Disk {
    storage: Mutex<Storage>,
    written: Notify,
    paused: AtomicBool,
    /// Grows when all is forgotten; connections of before end.
    life: AtomicU64,
    chance: Chance,
    weather: Weather,
}

impl Disk {
    pub(crate) fn new(seed: u64, weather: &Weather) -> Self {
        Self {
            storage: Mutex::default(),
            written: Notify::new(),
            paused: AtomicBool::new(false),
            life: AtomicU64::new(0),
            chance: Chance::new(seed, 3),
            weather: weather.clone(),
        }
    }

    pub(crate) fn pause(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
    }

    pub(crate) fn forget(&self) {
        *self.storage.lock().unwrap() = Storage::default();
        self.life.fetch_add(1, Ordering::Relaxed);
        self.written.notify_waiters();
    }

    pub(crate) fn replay(&self) {
        self.storage.lock().unwrap().replay(self.chance.range(0..u64::MAX));
        self.written.notify_waiters();
    }

    async fn works(&self) {
        while self.paused.load(Ordering::Relaxed) {
            tokio::time::sleep(LOOK).await;
        }
    }
}

pub(crate) async fn run(disk: Arc<Disk>) -> turmoil::Result {
    let socket = Socket::bind(PORT, &disk.weather).await?;
    loop {
        let (cable, ..) = socket.accept().await?;
        tokio::spawn(serve(Arc::clone(&disk), cable));
    }
}

/// Until the connection ends.
async fn serve(disk: Arc<Disk>, cable: Cable) -> Option<()> {
    let life = disk.life.load(Ordering::Relaxed);
    let mut framed = Framed::new(cable, codec());
    loop {
        let bytes = framed.next().await?.ok()?;
        disk.works().await;
        if disk.life.load(Ordering::Relaxed) != life {
            return None;
        }
        let (number, request): (u64, Request) = decode(&bytes);
        if let Request::Read(stream, from) = request {
            return deliver(&disk, life, framed, stream, from).await;
        }
        let answer = match disk.storage.lock().unwrap().answer(request) {
            Answer::Extent(_, last) => Answer::Extent(life, last),
            answer => answer,
        };
        disk.written.notify_waiters();
        framed.send(encode(&(number, answer))).await.ok()?;
    }
}

/// Entries in their order, and now and then one of before once more.
async fn deliver(
    disk: &Disk,
    life: u64,
    mut framed: Framed<Cable, tokio_util::codec::LengthDelimitedCodec>,
    stream: u8,
    mut from: u64,
) -> Option<()> {
    if !disk.storage.lock().unwrap().has_streams() {
        let refused = Answer::Refused("there is no such stream".to_owned());
        return framed.send(encode(&(0_u64, refused))).await.ok();
    }
    let mut delivered = Vec::new();
    loop {
        let written = disk.written.notified();
        disk.works().await;
        if disk.life.load(Ordering::Relaxed) != life {
            return None;
        }
        let next = disk.storage.lock().unwrap().next(stream, from);
        let Some(message) = next else {
            tokio::select! {
                biased;
                () = written => continue,
                () = tokio::time::sleep(SIGN) => {
                    framed.send(encode(&(0_u64, Answer::Done))).await.ok()?;
                    continue;
                }
                // Nobody who reads says anything more.
                _ = framed.next() => return None,
            }
        };
        from = message.number + 1;
        framed.send(encode(&(0_u64, Answer::Entry(Some(message.clone()))))).await.ok()?;
        delivered.push(message);
        if disk.weather.is_bad() && disk.chance.percent(AGAIN) {
            let again = disk.chance.pick(&delivered).clone();
            framed.send(encode(&(0_u64, Answer::Entry(Some(again))))).await.ok()?;
        }
    }
}
