//! Which locals have to outlive a call that suspends.
//!
//! A local is saved if, behind some such call, it may be read before it is assigned. The uses of locals are gone through
//! backwards, with one set of locals for each label, again until the sets at the heads of loops stay the same: twice for
//! most functions that have loops, once for others. Every call saves what any call needs, so that a function has one
//! place that saves and one that restores.

/// What the code does, as far as it matters here, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// Reads a local.
    Read(u32),
    /// Assigns a local.
    Assign(u32),
    /// Calls what can suspend.
    Suspend,
    /// A local that is read again when the call is made again.
    Keep(u32),
    /// May go to a label.
    Branch(u32),
    /// Never goes on.
    Stop,
    /// The label, to which branches go forward, is here.
    Label(u32),
    /// The label, to which branches go back, is here.
    Loop(u32),
}

/// Sets of locals, all of the same size.
#[derive(Debug, Default)]
pub(super) struct Liveness {
    words: usize,
    live: Vec<u64>,
    saved: Vec<u64>,
    labels: Vec<u64>,
}

impl Liveness {
    /// Locals to be saved, in order.
    pub(super) fn saved(&mut self, events: &[Event], locals: usize, labels: usize) -> Vec<u32> {
        self.words = locals.div_ceil(64);
        for (set, count) in [(&mut self.live, 1), (&mut self.saved, 1), (&mut self.labels, labels)] {
            set.clear();
            set.resize(count * self.words, 0);
        }
        while self.pass(events) {}
        let is_saved = |local: &u32| self.saved[*local as usize / 64] >> (*local % 64) & 1 == 1;
        (0..locals as u32).filter(is_saved).collect()
    }

    /// Answers whether the set of a loop has grown.
    fn pass(&mut self, events: &[Event]) -> bool {
        let words = self.words;
        let place = |local: u32| (local as usize / 64, 1 << (local % 64));
        let label = |label: u32| label as usize * words..(label as usize + 1) * words;
        let mut grown = false;
        self.live.fill(0);
        for event in events.iter().rev() {
            match *event {
                Event::Read(local) => {
                    let (word, bit) = place(local);
                    self.live[word] |= bit;
                }
                Event::Assign(local) => {
                    let (word, bit) = place(local);
                    self.live[word] &= !bit;
                }
                Event::Suspend => add(&mut self.saved, &self.live),
                Event::Keep(local) => {
                    let (word, bit) = place(local);
                    self.saved[word] |= bit;
                }
                Event::Branch(to) => add(&mut self.live, &self.labels[label(to)]),
                Event::Stop => self.live.fill(0),
                Event::Label(at) => self.labels[label(at)].copy_from_slice(&self.live),
                Event::Loop(at) => {
                    let known = &mut self.labels[label(at)];
                    grown |= known != self.live.as_slice();
                    known.copy_from_slice(&self.live);
                }
            }
        }
        grown
    }
}

fn add(to: &mut [u64], from: &[u64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to |= from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCALS: u32 = 70;
    const LABELS: u32 = 6;

    /// The same, found the other way: from each call forwards along every path.
    fn saved_by_search(events: &[Event]) -> Vec<u32> {
        let at = |label: u32| {
            let is_there = |event: &Event| *event == Event::Label(label) || *event == Event::Loop(label);
            events.iter().position(is_there)
        };
        let is_read_from = |start: usize, local: u32| {
            let mut todo = vec![start];
            let mut seen = vec![false; events.len() + 1];
            while let Some(place) = todo.pop() {
                if place >= events.len() || std::mem::replace(&mut seen[place], true) {
                    continue;
                }
                match events[place] {
                    Event::Read(one) if one == local => return true,
                    Event::Assign(one) if one == local => {}
                    Event::Stop => {}
                    Event::Branch(label) => todo.extend([Some(place + 1), at(label)].into_iter().flatten()),
                    _ => todo.push(place + 1),
                }
            }
            false
        };
        let calls = || (0..events.len()).filter(|place| events[*place] == Event::Suspend);
        let is_saved = |local: &u32| {
            events.contains(&Event::Keep(*local)) || calls().any(|call| is_read_from(call + 1, *local))
        };
        (0..LOCALS).filter(is_saved).collect()
    }

    /// Events with labels in any order: loops before the branches to them, other labels behind.
    fn random_events(seed: u64) -> Vec<Event> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut below = |end: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 33) % end
        };
        let mut events = Vec::new();
        for _ in 0..12 + below(40) {
            // Locals of both words of the set.
            let local = (below(4) * 22) as u32;
            events.push(match below(9) {
                0..=2 => Event::Read(local),
                3 | 4 => Event::Assign(local),
                5 => Event::Suspend,
                6 | 7 => Event::Branch(below(u64::from(LABELS)) as u32),
                _ if below(6) == 0 => Event::Keep(local),
                _ => Event::Stop,
            });
        }
        for label in 0..LABELS {
            let branches = || (0..).zip(&events).filter(|(_, one)| **one == Event::Branch(label));
            let first = branches().next().map_or(0, |(place, _)| place);
            let last = branches().last().map_or(0, |(place, _)| place + 1);
            if label % 2 == 0 {
                events.insert(below(first as u64 + 1) as usize, Event::Loop(label));
            } else {
                let room = events.len() as u64 - last as u64 + 1;
                events.insert(last + below(room) as usize, Event::Label(label));
            }
        }
        events
    }

    #[test]
    fn what_is_saved_is_what_a_search_of_all_paths_finds() {
        let mut liveness = Liveness::default();
        let mut saved = 0;
        for seed in 0..5000 {
            let events = random_events(seed);
            let found = liveness.saved(&events, LOCALS as usize, LABELS as usize);
            assert_eq!(found, saved_by_search(&events), "seed {seed}: {events:?}");
            saved += found.len();
        }
        assert!(saved > 5000, "{saved}");
    }
}
