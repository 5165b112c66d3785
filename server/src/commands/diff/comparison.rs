//! Two Go texts compared: what the edit means, how large the patch is, what it cost.

use std::time::Duration;

use ast_diff::{
    Counts, Digest, File, Limits, Meaning, Outline, Parsed, Parser, Patch, Script, Tree, diff, judge,
    structure_root,
};
use serde::Serialize;

/// An old and a new text, and everything between them.
#[derive(Debug)]
pub(in crate::commands) struct Comparison<'text> {
    pub(in crate::commands) old_text: &'text [u8],
    pub(in crate::commands) new_text: &'text [u8],
    pub(in crate::commands) old: Parsed,
    pub(in crate::commands) new: Parsed,
    pub(in crate::commands) root_old: Digest,
    pub(in crate::commands) root_new: Digest,
    /// What the edit means, when the file is all of its package that changed.
    pub(in crate::commands) meaning: Meaning,
    pub(in crate::commands) script: Script,
    pub(in crate::commands) counts: Counts,
    pub(in crate::commands) patch: Patch,
    /// The patch forth and the patch back make exactly the other tree.
    pub(in crate::commands) round_trip: bool,
    pub(in crate::commands) spent: Spent,
}

/// Processor time of each phase, in microseconds.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(in crate::commands) struct Spent {
    /// Both texts to trees.
    pub(in crate::commands) parse: f64,
    /// Both roots.
    pub(in crate::commands) hash: f64,
    /// Which nodes are the same, and the script.
    #[serde(rename = "match")]
    pub(in crate::commands) diff: f64,
    /// The script to bytes.
    pub(in crate::commands) encode: f64,
    /// Bytes and old tree to the new one, verified.
    pub(in crate::commands) apply: f64,
}

impl Spent {
    /// Names and values.
    pub(in crate::commands) fn phases(&self) -> [(&'static str, f64); 5] {
        [
            ("parse", self.parse),
            ("hash", self.hash),
            ("match", self.diff),
            ("encode", self.encode),
            ("apply", self.apply),
        ]
    }
}

impl<'text> Comparison<'text> {
    /// Compares two texts.
    pub(in crate::commands) fn new(
        parser: &mut Parser,
        old_text: &'text [u8],
        new_text: &'text [u8],
    ) -> Self {
        let mut spent = Spent::default();
        let (old, new) = timed(&mut spent.parse, || (parser.parse(old_text), parser.parse(new_text)));
        let (root_old, root_new) =
            timed(&mut spent.hash, || (structure_root(&old.tree), structure_root(&new.tree)));
        let meaning = meaning(&old.tree, &new.tree);
        let script = timed(&mut spent.diff, || diff(&old.tree, &new.tree));
        let made = timed(&mut spent.encode, || Patch::new(&old.tree, root_old, root_new, &script));
        // A script that was just made for this tree speaks of nothing else.
        let patch = made.unwrap_or_else(|error| unreachable!("{error}"));
        let bytes = patch.to_bytes();
        let applied = timed(&mut spent.apply, || received(&bytes, &old.tree, root_old));
        let back = diff(&new.tree, &old.tree);
        let returned = Patch::new(&new.tree, root_new, root_old, &back)
            .ok()
            .and_then(|patch| received(&patch.to_bytes(), &new.tree, root_new));
        let round_trip = applied.as_ref() == Some(&new.tree) && returned.as_ref() == Some(&old.tree);
        let counts = script.counts(&old.tree);
        Self {
            old_text,
            new_text,
            old,
            new,
            root_old,
            root_new,
            meaning,
            script,
            counts,
            patch,
            round_trip,
            spent,
        }
    }

    /// Do both texts say the same in the same order?
    pub(in crate::commands) fn equal(&self) -> bool {
        self.root_old == self.root_new
    }

    /// Bytes of the operations: what a message has beside its roots.
    pub(in crate::commands) fn payload(&self) -> usize {
        if self.equal() { 0 } else { self.patch.operations.len() }
    }
}

fn meaning(old: &Tree, new: &Tree) -> Meaning {
    let (old, new) = (Outline::of(old), Outline::of(new));
    let file = |outline| [File { name: "file.go", outline }];
    judge(&file(&old), &file(&new))
}

fn received(bytes: &[u8], old: &Tree, root: Digest) -> Option<Tree> {
    Patch::from_bytes(bytes).and_then(|patch| patch.apply(old, root, &Limits::default())).ok()
}

/// Adds the processor time of this thread that something takes.
pub(in crate::commands) fn timed<T>(spent: &mut f64, run: impl FnOnce() -> T) -> T {
    let began = processor_time();
    let result = run();
    *spent += (processor_time().saturating_sub(began)).as_secs_f64() * 1e6;
    result
}

/// Of this thread.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}
