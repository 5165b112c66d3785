//! Receivers of syntax trees behind plain functions: numbers in, numbers out, and one buffer for bytes each way.
//!
//! A page writes bytes where `input` says and calls; what a function returns beside a number lies where `output` says, and
//! is there until the next call. Indices that are not there read as 0 or nothing: a page never makes this trap.

#![expect(
    unsafe_code,
    reason = "a name that is not mangled could be that of another function; these are the only ones"
)]

use std::cell::RefCell;

use ast_diff::{ExactText, Fed, Kind, Limits, Part, PatchError, Reason, Replica, Tree, short_format};

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

#[derive(Default)]
struct State {
    replicas: Vec<Option<Followed>>,
    input: Vec<u8>,
    output: Vec<u8>,
}

struct Followed {
    replica: Replica,
    /// Of the tree as it is now, once somebody asked.
    parents: Vec<u32>,
}

impl State {
    fn replica(&self, handle: u32) -> Option<&Replica> {
        Some(&self.replicas.get(handle as usize)?.as_ref()?.replica)
    }

    fn tree(&self, handle: u32) -> Option<&Tree> {
        self.replica(handle)?.tree()
    }
}

fn with<T>(act: impl FnOnce(&mut State) -> T) -> T {
    STATE.with_borrow_mut(act)
}

/// A new replica that keeps at most `longest` bytes of parts that came too early. Its number.
#[unsafe(no_mangle)]
pub extern "C" fn open(longest: u32) -> u32 {
    with(|state| {
        let replica = Replica::new(Limits::default(), longest as usize);
        let followed = Some(Followed { replica, parents: Vec::new() });
        let free = state.replicas.iter().position(Option::is_none);
        let handle = free.unwrap_or(state.replicas.len());
        match state.replicas.get_mut(handle) {
            Some(slot) => *slot = followed,
            None => state.replicas.push(followed),
        }
        handle as u32
    })
}

/// Forgets a replica.
#[unsafe(no_mangle)]
pub extern "C" fn close(handle: u32) {
    with(|state| {
        if let Some(slot) = state.replicas.get_mut(handle as usize) {
            *slot = None;
        }
    });
}

/// Where so many bytes can be written.
#[unsafe(no_mangle)]
pub extern "C" fn input(length: u32) -> *mut u8 {
    with(|state| {
        state.input.clear();
        state.input.resize(length as usize, 0);
        state.input.as_mut_ptr()
    })
}

/// Where the bytes of the last answer are.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u8 {
    with(|state| state.output.as_ptr())
}

/// How many bytes the last answer has.
#[unsafe(no_mangle)]
pub extern "C" fn output_length() -> u32 {
    with(|state| state.output.len() as u32)
}

/// Takes the part that was written to the input: 0 repeated, 1 waiting, 2 changed, 3 stuck, 4 not a part, 5 another text of
/// the same tree, 6 stuck with the text. The answer has, for each change, begin and end in the old tree, begin and end in
/// the new one, and 1 if it only moved.
#[unsafe(no_mangle)]
pub extern "C" fn feed(handle: u32) -> u32 {
    with(|state| {
        state.output.clear();
        let bytes = std::mem::take(&mut state.input);
        let Some(part) = Part::from_bytes(&bytes) else { return 4 };
        let Some(Some(followed)) = state.replicas.get_mut(handle as usize) else { return 4 };
        match followed.replica.feed(part) {
            Fed::Repeated => 0,
            Fed::Waiting => 1,
            Fed::Changed(changes) => {
                followed.parents.clear();
                for change in changes {
                    let (old, new) = (change.old, change.new);
                    for number in [old.start, old.end, new.start, new.end, u32::from(change.is_moved)] {
                        state.output.extend_from_slice(&number.to_le_bytes());
                    }
                }
                2
            }
            Fed::Stuck(_) => {
                // Messages before the one that failed may have been applied.
                followed.parents.clear();
                3
            }
            Fed::Text => 5,
            Fed::TextStuck(_) => 6,
        }
    })
}

/// Why a snapshot is needed: 0 not at all, 1 no tree yet, 2 too much out of order, 3 contradicting parts, 4 another
/// version, 5 a patch for another tree, 6 a message that cannot be read, 7 one that cannot be applied, 8 a tree that is not
/// the one that was meant.
#[unsafe(no_mangle)]
pub extern "C" fn wants_snapshot(handle: u32) -> u32 {
    with(|state| reason(state.replica(handle).and_then(Replica::wants_snapshot)))
}

/// Why whole trivia are needed, as [`wants_snapshot`] has it.
#[unsafe(no_mangle)]
pub extern "C" fn wants_trivia(handle: u32) -> u32 {
    with(|state| reason(state.replica(handle).and_then(Replica::wants_trivia)))
}

fn reason(reason: Option<Reason>) -> u32 {
    match reason {
        None => 0,
        Some(Reason::Nothing) => 1,
        Some(Reason::TooMuch) => 2,
        Some(Reason::Contradiction) => 3,
        Some(Reason::Refused(error)) => match error {
            PatchError::OtherFormat => 4,
            PatchError::OtherBase => 5,
            PatchError::Malformed => 6,
            PatchError::Apply(_) => 7,
            PatchError::OtherTarget => 8,
        },
    }
}

/// The answer is the root of the tree, or nothing.
#[unsafe(no_mangle)]
pub extern "C" fn root(handle: u32) {
    with(|state| {
        let root = state.replica(handle).and_then(Replica::root);
        state.output.clear();
        state.output.extend(root.iter().flat_map(|root| root.0));
    });
}

/// The answer is the trivia root of the text that the tree is of, or nothing while that is not there.
#[unsafe(no_mangle)]
pub extern "C" fn text_root(handle: u32) {
    with(|state| {
        let root = state.replica(handle).and_then(Replica::text).map(ExactText::root);
        state.output.clear();
        state.output.extend(root.iter().flat_map(|root| root.0));
    });
}

/// The answer is the text that the tree is of, byte for byte; nothing while it is not there.
#[unsafe(no_mangle)]
pub extern "C" fn text(handle: u32) {
    with(|state| {
        let text = state.replica(handle).and_then(Replica::text);
        state.output = text.and_then(|text| text.print(Limits::default().text)).unwrap_or_default();
    });
}

/// How many nodes the tree has; 0 for none.
#[unsafe(no_mangle)]
pub extern "C" fn count(handle: u32) -> u32 {
    with(|state| state.tree(handle).map_or(0, |tree| tree.nodes().len() as u32))
}

/// Number of a node's kind.
#[unsafe(no_mangle)]
pub extern "C" fn kind(handle: u32, index: u32) -> u32 {
    let kind = |tree: &Tree| Some(u32::from(tree.nodes().get(index as usize)?.kind.number()));
    with(|state| state.tree(handle).and_then(kind).unwrap_or(0))
}

/// How many nodes a node's subtree has.
#[unsafe(no_mangle)]
pub extern "C" fn size(handle: u32, index: u32) -> u32 {
    with(|state| {
        state.tree(handle).and_then(|tree| Some(tree.nodes().get(index as usize)?.size)).unwrap_or(0)
    })
}

/// Index of a node's parent; the root's is the root.
#[unsafe(no_mangle)]
pub extern "C" fn parent(handle: u32, index: u32) -> u32 {
    with(|state| {
        let Some(Some(followed)) = state.replicas.get_mut(handle as usize) else { return 0 };
        if followed.parents.is_empty()
            && let Some(tree) = followed.replica.tree()
        {
            followed.parents = tree.parents();
        }
        followed.parents.get(index as usize).copied().unwrap_or(0)
    })
}

/// The answer is a node's label.
#[unsafe(no_mangle)]
pub extern "C" fn label(handle: u32, index: u32) {
    with(|state| {
        let mut output = std::mem::take(&mut state.output);
        output.clear();
        if let Some(tree) = state.tree(handle).filter(|tree| (index as usize) < tree.nodes().len()) {
            output.extend_from_slice(tree.text(index));
        }
        state.output = output;
    });
}

/// The answer is the name of a kind.
#[unsafe(no_mangle)]
pub extern "C" fn kind_name(number: u32) {
    with(|state| {
        let kind = u8::try_from(number).ok().and_then(Kind::numbered);
        state.output.clear();
        state.output.extend_from_slice(kind.map_or("", Kind::name).as_bytes());
    });
}

/// The answer is the digest of the coding that messages must have.
#[unsafe(no_mangle)]
pub extern "C" fn grammar() {
    with(|state| state.output = short_format().to_vec());
}
