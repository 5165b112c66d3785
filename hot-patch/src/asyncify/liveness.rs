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
