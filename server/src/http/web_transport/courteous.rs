//! How much may be under way at a time: what the path holds, and hardly any of what would wait before it.
//!
//! A sender that goes on until something is lost fills the queue before the narrowest link of the path, and whatever is
//! urgent then waits behind its own bulk, however it is ordered here. This one looks at the time from a packet to its
//! acknowledgement, as Vegas (Brakmo and Peterson, 1995) and LEDBAT (RFC 6817) do, and takes back what makes it longer.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use quinn_proto::RttEstimator;
use wtransport::quinn::congestion::{Controller, ControllerFactory};

/// Packets of the first round trip, spread over it. RFC 9002, 7.2, has ten; with so few what is urgent waits for
/// acknowledgements during the first five round trips of a load.
const FIRST: u64 = 32;

/// Packets that may always be under way: an update in one frame needs no more.
const LEAST: u64 = 8;

/// Part of the way's own time that packets may wait, and the limits of that. A timer of the system is late by a
/// millisecond, and nobody sees ten.
const PART: u32 = 32;
const SHORTEST: Duration = Duration::from_millis(2);
const LONGEST: Duration = Duration::from_millis(10);

/// Part of what is acknowledged by which the window grows until the capacity is reached. Whatever it grows in a round trip
/// waits before the link in the one after it, so that it is half of what RFC 9002, 7.3.1, has.
const START: u64 = 2;

/// Part by which more is tried in a round trip in which nothing waited.
const GROWTH: u64 = 64;

/// Rounds in which nothing waits and after which that is doubled, and how often: the path is another one, or its capacity was
/// not found.
const CALM: u32 = 4;
const MOST_DOUBLED: u32 = 3;

/// Packets of a round that show whether they wait (RFC 9406, 4.3).
const ENOUGH: u64 = 8;

/// Round trips after which the first quarter of what was sent in one is known.
const ROUND: f32 = 1.25;

/// The same when that is too little to know anything.
const LONG_ROUND: f32 = 4.0;

/// The shortest time of this stretch and the last one is the way's own: a way can become another one.
const STRETCH: Duration = Duration::from_secs(10);

/// Makes them.
#[derive(Debug)]
pub(super) struct Courtesy;

impl ControllerFactory for Courtesy {
    fn build(self: Arc<Self>, now: Instant, packet: u16) -> Box<dyn Controller> {
        Box::new(Courteous::new(now, packet.into()))
    }
}

#[derive(Debug, Clone)]
struct Courteous {
    window: u64,
    /// Where the window goes when that is less: with half of what is acknowledged, so that something is always sent. If it
    /// were there at once, what is urgent would wait until so much has been taken.
    target: u64,
    packet: u64,
    /// The path's capacity was not reached yet.
    starting: bool,
    /// While it was not: the packets that were acknowledged last.
    latest: Latest,
    /// Rounds in a row in which nothing waited, since it was.
    calm: u32,
    /// Shortest time to an acknowledgement, of this stretch and the last one.
    shortest: [Option<Duration>; 2],
    stretch_began: Instant,
    round: Round,
    /// Packets sent before are part of a loss that was answered.
    answered: Option<Instant>,
}

/// Some packets in a row.
#[derive(Debug, Clone)]
struct Latest {
    began: Instant,
    packets: u64,
    shortest: Duration,
}

impl Latest {
    fn new(began: Instant) -> Self {
        Self { began, packets: 0, shortest: Duration::MAX }
    }
}

/// A little more than a round trip.
#[derive(Debug, Clone)]
struct Round {
    began: Instant,
    /// Bytes that were acknowledged.
    bytes: u64,
    /// Packets that were sent in it and acknowledged, and the shortest time that took; earlier ones say what another window
    /// has led to.
    packets: u64,
    shortest: Duration,
    /// There was not always something to send.
    idle: bool,
}

impl Round {
    fn new(began: Instant) -> Self {
        Self { began, bytes: 0, packets: 0, shortest: Duration::MAX, idle: false }
    }
}

impl Courteous {
    fn new(now: Instant, packet: u64) -> Self {
        Self {
            window: FIRST * packet,
            target: FIRST * packet,
            packet,
            starting: true,
            latest: Latest::new(now),
            calm: 0,
            shortest: [None; 2],
            stretch_began: now,
            round: Round::new(now),
            answered: None,
        }
    }

    fn acknowledged(&mut self, now: Instant, sent: Instant, bytes: u64, idle: bool, usual: Duration) {
        if now.saturating_duration_since(self.stretch_began) >= STRETCH {
            self.stretch_began = now;
            self.shortest = [None, self.shortest[0]];
        }
        let time = now.saturating_duration_since(sent);
        self.shortest[0] = Some(self.shortest[0].map_or(time, |known| known.min(time)));
        self.round.bytes += bytes;
        self.round.idle |= idle;
        if self.window > self.target {
            self.window = self.target.max(self.window - bytes / 2);
        } else if self.starting && !idle {
            self.window += bytes / START;
            self.target = self.window;
        }
        if self.starting {
            self.begin(now, time, usual);
        }
        if sent < self.round.began {
            return;
        }
        self.round.packets += 1;
        self.round.shortest = self.round.shortest.min(time);
        let elapsed = now.saturating_duration_since(self.round.began);
        let (own, may_wait) = self.own();
        // A packet that comes alone is acknowledged late (RFC 9000, 13.2.1).
        let shows = self.round.packets >= ENOUGH;
        let waits = shows && self.round.shortest > own + may_wait;
        let over = elapsed >= usual.mul_f32(if shows { ROUND } else { LONG_ROUND });
        if !over {
            return;
        }
        let round = std::mem::replace(&mut self.round, Round::new(now));
        if waits {
            // The link is full: what comes out of it is what it carries.
            let rate = round.bytes as f64 / elapsed.as_secs_f64().max(f64::EPSILON);
            self.shrink((rate * (own + may_wait / 2).as_secs_f64()) as u64);
        } else if shows && !round.idle && !self.starting && self.window <= self.target {
            let growth = (self.window / GROWTH) << (self.calm / CALM).min(MOST_DOUBLED);
            self.window += growth.max(self.packet);
            self.target = self.window;
            self.calm += 1;
        }
    }

    /// Ends the start with the first packets that had to wait.
    fn begin(&mut self, now: Instant, time: Duration, usual: Duration) {
        // Packets that come one by one are each acknowledged late.
        if now.saturating_duration_since(self.latest.began) > usual {
            self.latest = Latest::new(now);
        }
        self.latest.packets += 1;
        self.latest.shortest = self.latest.shortest.min(time);
        if self.latest.packets < ENOUGH {
            return;
        }
        let Latest { shortest, .. } = std::mem::replace(&mut self.latest, Latest::new(now));
        let (own, may_wait) = self.own();
        if shortest > own + may_wait {
            // When they were sent, a round trip ago, so much less was under way.
            let filled = self.window * START / (START + 1);
            self.shrink((filled as f64 * own.as_secs_f64() / shortest.as_secs_f64()) as u64);
        }
    }

    /// The way's own time, and how long packets may wait.
    fn own(&self) -> (Duration, Duration) {
        let own = self.shortest.iter().flatten().min().copied().unwrap_or_default();
        (own, (own / PART).clamp(SHORTEST, LONGEST))
    }

    fn lost(&mut self, now: Instant, sent: Instant, all: bool) {
        if self.answered.is_some_and(|answered| sent <= answered) {
            return;
        }
        self.answered = Some(now);
        // RFC 9438, 4.6, and RFC 9002, 7.6.2.
        self.shrink(if all { 0 } else { self.window * 7 / 10 });
        if all {
            self.window = self.target;
        }
    }

    fn shrink(&mut self, target: u64) {
        (self.starting, self.calm) = (false, 0);
        self.target = target.clamp(LEAST * self.packet, self.window.max(LEAST * self.packet));
    }
}

impl Controller for Courteous {
    fn on_ack(&mut self, now: Instant, sent: Instant, bytes: u64, idle: bool, times: &RttEstimator) {
        self.acknowledged(now, sent, bytes, idle, times.get());
    }

    fn on_congestion_event(&mut self, now: Instant, sent: Instant, all: bool, _: u64) {
        self.lost(now, sent, all);
    }

    fn on_mtu_update(&mut self, packet: u16) {
        self.packet = packet.into();
        self.target = self.target.max(LEAST * self.packet);
        self.window = self.window.max(self.target);
    }

    fn window(&self) -> u64 {
        self.window
    }

    fn clone_box(&self) -> Box<dyn Controller> {
        Box::new(self.clone())
    }

    fn initial_window(&self) -> u64 {
        FIRST * self.packet
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    const PACKET: u64 = 1200;

    /// A path of one link.
    struct Path {
        /// Bytes a second.
        rate: f64,
        /// Both ways together, but for waiting.
        time: Duration,
        /// Bytes that may wait.
        queue: f64,
    }

    /// What became of some seconds of sending as much as one may.
    #[derive(Debug)]
    struct Outcome {
        /// Part of the link that was used, and the longest that a packet waited, once it had begun.
        used: f64,
        waited: Duration,
        /// The same before.
        waited_first: Duration,
        lost: u64,
    }

    fn send(controller: &mut Courteous, start: Instant, path: &Path, duration: Duration) -> Outcome {
        let begun = start + duration / 2;
        let (mut now, mut free, mut next) = (start, start, start);
        let mut under_way = VecDeque::new();
        let mut outcome =
            Outcome { used: 0.0, waited: Duration::ZERO, waited_first: Duration::ZERO, lost: 0 };
        let mut in_flight = 0;
        while now < start + duration {
            while let Some((arrival, sent, lost)) = under_way.front().copied()
                && arrival <= now
            {
                under_way.pop_front();
                in_flight -= PACKET;
                if lost {
                    controller.lost(now, sent, false);
                } else {
                    controller.acknowledged(arrival, sent, PACKET, false, path.time);
                    outcome.used += if arrival > begun { PACKET as f64 } else { 0.0 };
                }
            }
            // QUIC spreads a window over a round trip, a little faster.
            if in_flight < controller.window && next <= now {
                let waits = free.saturating_duration_since(now);
                let lost = waits.as_secs_f64() * path.rate > path.queue;
                if !lost {
                    free = free.max(now) + Duration::from_secs_f64(PACKET as f64 / path.rate);
                }
                outcome.lost += u64::from(lost);
                let longest = if now > begun { &mut outcome.waited } else { &mut outcome.waited_first };
                *longest = waits.max(*longest);
                under_way.push_back((free.max(now) + path.time, now, lost));
                in_flight += PACKET;
                next = now + path.time.mul_f64(PACKET as f64 / controller.window as f64 / 1.25);
            }
            now += Duration::from_micros(20);
        }
        outcome.used /= path.rate * duration.as_secs_f64() / 2.0;
        outcome
    }

    fn milliseconds(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn a_path_is_used_and_next_to_nothing_waits_before_it() {
        for (rate, time) in [(2.5e6, 80), (2.5e6, 20), (12.5e6, 30), (0.5e6, 150)] {
            let path = Path { rate, time: milliseconds(time), queue: f64::INFINITY };
            let start = Instant::now();
            let mut controller = Courteous::new(start, PACKET);
            let outcome = send(&mut controller, start, &path, Duration::from_secs(6));
            assert!(outcome.used > 0.85, "{rate} {time}: {outcome:?}");
            // What is tried in a round is known in the next one.
            let tried = 2 * path.time / GROWTH as u32 + Duration::from_secs_f64(4.0 * PACKET as f64 / rate);
            let may_wait = (path.time / PART).clamp(SHORTEST, LONGEST);
            assert!(outcome.waited < may_wait + tried, "{rate} {time}: {outcome:?}");
            // What was added in the round trip in which nobody knew yet, and the packets that have shown it.
            let shown = Duration::from_secs_f64((ENOUGH * PACKET) as f64 / rate);
            let added = path.time / START as u32 + 2 * may_wait + shown;
            assert!(outcome.waited_first < added, "{rate} {time}: {outcome:?}");
        }
    }

    #[test]
    fn a_queue_that_is_too_short_for_that_is_not_flooded() {
        let path = Path { rate: 2.5e6, time: milliseconds(80), queue: 4.0 * PACKET as f64 };
        let start = Instant::now();
        let mut controller = Courteous::new(start, PACKET);
        let outcome = send(&mut controller, start, &path, Duration::from_secs(6));
        assert!(outcome.used > 0.6 && outcome.lost < 500, "{outcome:?}");
    }

    #[test]
    fn a_longer_way_is_no_queue_for_ever() {
        let start = Instant::now();
        let mut controller = Courteous::new(start, PACKET);
        let near = Path { rate: 2.5e6, time: milliseconds(20), queue: f64::INFINITY };
        send(&mut controller, start, &near, Duration::from_secs(3));
        let far = Path { time: milliseconds(100), ..near };
        let outcome = send(&mut controller, start + Duration::from_secs(3), &far, Duration::from_mins(1));
        assert!(outcome.used > 0.8, "{outcome:?}");
    }

    #[test]
    fn a_loss_is_answered_once_and_a_blackout_leaves_the_least() {
        let start = Instant::now();
        let mut controller = Courteous::new(start, PACKET);
        let window = controller.window;
        controller.lost(start + milliseconds(100), start, false);
        controller.lost(start + milliseconds(101), start + milliseconds(50), false);
        assert_eq!((controller.window, controller.target), (window, window * 7 / 10));
        controller.window = 100 * PACKET;
        controller.lost(start + milliseconds(300), start + milliseconds(200), false);
        assert_eq!(controller.target, 70 * PACKET);
        // Half of what is acknowledged is not sent again.
        let (now, time) = (start + milliseconds(400), milliseconds(80));
        controller.acknowledged(now, start + milliseconds(320), 20 * PACKET, false, time);
        assert_eq!(controller.window, 90 * PACKET);
        controller.acknowledged(now, start + milliseconds(320), 60 * PACKET, false, time);
        assert_eq!(controller.window, 70 * PACKET);
        controller.lost(start + milliseconds(600), start + milliseconds(500), true);
        assert_eq!(controller.window, LEAST * PACKET);
    }
}
