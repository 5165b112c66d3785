//! Letting devices of the network in: a code that the terminal shows, once, for a secret that the device keeps.
//!
//! The project's token never leaves this machine: whoever has it can pair others. A device gets a secret of its own, which
//! opens pages and sockets, and which can be taken back.

mod code;
mod devices;
mod form;

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::broadcast;

use code::{Code, CodeHash};

pub(super) use devices::KEPT;
pub use devices::{Device, Devices, DevicesError};
pub(super) use form::{answer_form, read_form};

/// Path of the page where a code is brought.
pub(super) const PAGE: &str = "__dev/pair";

/// From the terminal to the device in a person's hand.
const VALID: Duration = Duration::from_mins(10);

/// Wrong codes, of all devices together, after which a code is worth nothing: one of 2^40 is not found in so many.
const WRONG: u32 = 20;

/// New codes that follow by themselves on those that were spoilt by wrong ones. Somebody who spoils more does it on
/// purpose, and would fill the terminal.
const RENEWALS: u32 = 3;

/// News that wait for the terminal. A reader that is further behind misses the oldest; the newest code is never missed.
const NEWS: usize = 16;

/// Where devices are let in.
#[derive(Debug)]
pub struct Pairing {
    /// Address of the server for devices, ending in a slash.
    address: String,
    devices: Devices,
    /// Held for a comparison and never over an await.
    state: Mutex<State>,
    news: broadcast::Sender<PairingNews>,
}

#[derive(Default)]
struct State {
    pending: Option<Pending>,
    renewals: u32,
}

impl fmt::Debug for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("State").field("pending", &self.pending.is_some()).finish_non_exhaustive()
    }
}

struct Pending {
    code: CodeHash,
    until: Instant,
    wrong: u32,
}

/// A code, for the person in front of the terminal. `Debug` does not show it.
#[derive(Clone)]
pub struct Offer {
    /// Address of the page where the code is typed.
    pub page: String,
    /// The code to be typed.
    pub code: String,
    /// Address with another form of the code in it, to be scanned.
    pub link: String,
    /// How long it is good.
    pub valid: Duration,
}

impl fmt::Debug for Offer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Offer").field("page", &self.page).finish_non_exhaustive()
    }
}

/// What the person in front of the terminal should know.
#[derive(Debug, Clone)]
pub enum PairingNews {
    /// The last code was spoilt by wrong ones, and this is the next.
    Renewed(Offer),
    /// Too many wrong codes came: the next code is shown when somebody asks for it.
    Closed,
    /// A device was let in.
    Paired {
        /// Its name.
        name: String,
        /// Where it asked from.
        peer: std::net::IpAddr,
    },
    /// The right code came, and the device could not be kept.
    Failed {
        /// Why.
        message: String,
        /// What to do about it.
        hint: String,
    },
}

/// What a code was worth.
#[derive(Debug)]
pub(super) enum Redeemed {
    /// The device's name and secret.
    Paired { name: String, secret: String },
    /// Nothing: it is wrong, old, used, or there is none.
    Wrong,
    /// It was right and is used up, but the device could not be kept.
    Failed,
}

impl Pairing {
    /// Devices find the server at `address`, which ends in a slash.
    pub fn new(address: String, devices: Devices) -> Self {
        Self { address, devices, state: Mutex::default(), news: broadcast::Sender::new(NEWS) }
    }

    /// A new code; the one before it is worth nothing any more.
    pub fn offer(&self) -> Result<Offer, getrandom::Error> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.renewals = 0;
        self.renew(&mut state, Instant::now())
    }

    /// What happens from now on.
    pub fn news(&self) -> broadcast::Receiver<PairingNews> {
        self.news.subscribe()
    }

    /// Is it the secret of a device?
    pub(super) fn knows(&self, secret: &[u8]) -> bool {
        self.devices.know(secret)
    }

    /// Lets a device in that brings the right code. `wish` is the name that it would like.
    pub(super) fn redeem(&self, guess: &str, wish: &str, peer: std::net::IpAddr, now: Instant) -> Redeemed {
        if !self.take(guess, now) {
            return Redeemed::Wrong;
        }
        match self.devices.add(wish) {
            Ok((name, secret)) => {
                self.tell(PairingNews::Paired { name: name.clone(), peer });
                Redeemed::Paired { name, secret }
            }
            Err(error) => {
                self.tell(PairingNews::Failed { message: error.to_string(), hint: error.hint() });
                Redeemed::Failed
            }
        }
    }

    /// True once for a code, while it is good.
    fn take(&self, guess: &str, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pending) = state.pending.as_mut().filter(|pending| pending.until > now) else {
            state.pending = None;
            return false;
        };
        if pending.code.matches(guess) {
            *state = State::default();
            return true;
        }
        pending.wrong += 1;
        if pending.wrong >= WRONG {
            state.pending = None;
            state.renewals += 1;
            let next = (state.renewals <= RENEWALS).then(|| self.renew(&mut state, now));
            self.tell(match next {
                Some(Ok(offer)) => PairingNews::Renewed(offer),
                None | Some(Err(_)) => PairingNews::Closed,
            });
        }
        false
    }

    fn renew(&self, state: &mut State, now: Instant) -> Result<Offer, getrandom::Error> {
        let code = Code::random()?;
        state.pending = Some(Pending { code: code.hash(), until: now + VALID, wrong: 0 });
        let page = format!("{}{PAGE}", self.address);
        Ok(Offer { link: format!("{page}?code={}", code.scanned), page, code: code.typed, valid: VALID })
    }

    /// Without a reader there is nobody to be told.
    fn tell(&self, news: PairingNews) {
        let _ = self.news.send(news);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairing(state: &tempfile::TempDir) -> Pairing {
        Pairing::new("http://192.0.2.7:7700/".into(), Devices::open(state.path(), "project").unwrap())
    }

    fn redeem(pairing: &Pairing, guess: &str, now: Instant) -> Option<String> {
        match pairing.redeem(guess, "phone", [192, 0, 2, 9].into(), now) {
            Redeemed::Paired { secret, .. } => Some(secret),
            Redeemed::Wrong => None,
            Redeemed::Failed => panic!("the device was not kept"),
        }
    }

    #[test]
    fn each_form_of_a_code_lets_one_device_in() {
        let state = tempfile::tempdir().unwrap();
        let pairing = pairing(&state);
        let mut news = pairing.news();
        let now = Instant::now();
        assert_eq!(redeem(&pairing, "", now), None);
        let offer = pairing.offer().unwrap();
        assert_eq!(offer.page, "http://192.0.2.7:7700/__dev/pair");
        let scanned = offer.link.strip_prefix("http://192.0.2.7:7700/__dev/pair?code=").unwrap();
        let secret = redeem(&pairing, scanned, now).unwrap();
        assert!(pairing.knows(secret.as_bytes()));
        assert_eq!(redeem(&pairing, scanned, now), None);
        assert_eq!(redeem(&pairing, &offer.code, now), None);
        let offer = pairing.offer().unwrap();
        redeem(&pairing, &offer.code.to_lowercase(), now).unwrap();
        let told = [news.try_recv().unwrap(), news.try_recv().unwrap()];
        assert!(matches!(&told[1], PairingNews::Paired { name, .. } if name == "phone 2"), "{told:?}");
        assert!(!format!("{offer:?} {told:?} {pairing:?}").contains(&offer.code));
    }

    #[test]
    fn a_code_is_good_for_ten_minutes_and_until_the_next() {
        let state = tempfile::tempdir().unwrap();
        let pairing = pairing(&state);
        let first = pairing.offer().unwrap();
        let second = pairing.offer().unwrap();
        let now = Instant::now();
        assert_eq!(redeem(&pairing, &first.code, now), None);
        assert_eq!(redeem(&pairing, &second.code, now + VALID), None);
        assert_eq!(redeem(&pairing, &second.code, now), None, "what is too old stays so");
    }

    #[test]
    fn wrong_codes_spoil_the_right_one_and_end_by_closing() {
        let state = tempfile::tempdir().unwrap();
        let pairing = pairing(&state);
        let mut news = pairing.news();
        let now = Instant::now();
        let mut offer = pairing.offer().unwrap();
        for _ in 0..RENEWALS {
            for _ in 0..WRONG {
                assert_eq!(redeem(&pairing, "wrong", now), None);
            }
            let Ok(PairingNews::Renewed(next)) = news.try_recv() else { panic!("no other code is shown") };
            assert_eq!(redeem(&pairing, &offer.code, now), None);
            offer = next;
            // The old one was a wrong code already.
            for _ in 1..WRONG - 1 {
                assert_eq!(redeem(&pairing, "wrong", now), None);
            }
            assert!(news.try_recv().is_err());
            redeem(&pairing, "wrong", now);
            match news.try_recv() {
                Ok(PairingNews::Renewed(next)) => offer = next,
                Ok(PairingNews::Closed) => {
                    assert_eq!(redeem(&pairing, &offer.code, now), None);
                    let asked = pairing.offer().unwrap();
                    redeem(&pairing, &asked.code, now).unwrap();
                    return;
                }
                other => panic!("{other:?}"),
            }
        }
        panic!("it never closes");
    }
}
