//! What is recorded of guests: where they compute, what they allocate, and when their memory grows.

use std::sync::LazyLock;
use std::time::Duration;

use wasm_host::{
    Allocator, Error, Functions, Host, HostOptions, Limits, Moves, Observed, Outcome, Recorder, Recording,
    Setup, SourcePlaces,
};

static HOST: LazyLock<Host> = LazyLock::new(|| {
    let tick = Duration::from_millis(1);
    Host::new(&HostOptions { guests: 8, tick, deep_stacks: true, ..HostOptions::default() }).unwrap()
});

/// Names of the functions of stacks, outermost first.
struct Named {
    recording: Recording,
    places: SourcePlaces,
    moves: Moves,
    outcome: Option<Outcome>,
}

impl Named {
    fn stack(&self, stack: usize) -> String {
        let offsets = self.recording.stacks[stack].offsets.iter().rev();
        let functions = offsets
            .filter_map(|offset| self.moves.original(*offset))
            .flat_map(|offset| self.places.at(offset))
            .map(|place| place.function);
        functions.collect::<Vec<_>>().join(" ")
    }
}

/// For as long as the limits allow, on a thread of its own.
fn run(text: &str, is_observed: bool, limits: Limits) -> Named {
    let bytes = wat::parse_str(text).unwrap();
    let places = SourcePlaces::read("guest", &bytes).unwrap();
    let created = HOST.module("guest", bytes).unwrap();
    let Observed { created, moves, known, unwinding } = created.observed(is_observed).unwrap();
    let module = created.compile(&Functions::new()).unwrap();
    let recorder = Recorder::new(1, Some(known)).unwinding(unwinding.as_ref());
    let setup = Setup { limits, recorder: Some(recorder.clone()), ..Setup::kept() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let done = runtime.block_on(module.run(setup)).ok();
    Named { recording: recorder.recording(), places, moves, outcome: done.map(|done| done.outcome) }
}

fn busy(milliseconds: u64) -> Limits {
    Limits { busy: Duration::from_millis(milliseconds), ..Limits::default() }
}

#[test]
fn a_loop_without_an_end_is_seen_where_it_is() {
    let text = r#"(module (memory (export "memory") 1)
      (func $burn (loop $again br $again))
      (func $main (export "_start") call $burn))"#;
    let named = run(text, false, busy(200));
    let recording = &named.recording;
    let all = recording.computed.iter().map(|computed| computed.samples).sum::<u64>();
    let burn = recording.computed.iter().find(|computed| named.stack(computed.stack) == "main burn").unwrap();
    // On a busy machine ticks come late; each look stands for the time since the one before.
    assert!(burn.samples >= 5 && burn.samples * 10 >= all * 9, "{recording:?}");
    assert!(burn.processor * 10 >= recording.processor * 8, "{recording:?}");
    assert!(matches!(named.outcome, Some(Outcome::Failed(_))), "{:?}", named.outcome);
}

#[test]
fn what_ends_or_traps_at_once_leaves_an_empty_recording() {
    for text in [
        r#"(module (memory (export "memory") 1) (func (export "_start") unreachable))"#,
        r#"(module (memory (export "memory") 1) (func (export "_start")))"#,
    ] {
        let Recording { computed, allocated, growths, .. } = run(text, true, busy(1000)).recording;
        assert!(computed.len() <= 1 && allocated.is_empty() && growths.is_empty(), "{text}");
    }
}

#[test]
fn of_deep_stacks_the_inner_part_is_kept() {
    let text = r#"(module (memory (export "memory") 1)
      (func $down (param i32)
        local.get 0 i32.eqz if (loop $again br $again) end
        local.get 0 i32.const 1 i32.sub call $down)
      (func (export "_start") i32.const 3000 call $down))"#;
    let Recording { stacks, computed, .. } = run(text, false, busy(100)).recording;
    assert!(!computed.is_empty());
    let deep = computed.iter().map(|computed| &stacks[computed.stack]).find(|stack| stack.is_cut).unwrap();
    assert_eq!(deep.offsets.len(), 256);
}

/// Objects of ten bytes, half of which a collection frees; the names are those of TinyGo's runtime.
const TINYGO: &str = r#"(module
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (func $runtime.alloc (param i32 i32) (result i32)
    global.get $next
    global.get $next i32.const 16 i32.add global.set $next)
  (func $runtime.runGC (result i32)
    i32.const 1024 i32.const 10 call $runtime.insertFreeRange
    i32.const 160)
  (func $runtime.insertFreeRange (param i32 i32))
  (func $growHeap (result i32) i32.const 2 memory.grow)
  (func $keep i32.const 10 i32.const 0 call $runtime.alloc drop)
  (func $main (export "_start") (local $n i32)
    ;; It is not within a collection: nothing is free by it.
    i32.const 1024 i32.const 5 call $runtime.insertFreeRange
    (loop $again
      call $keep
      local.get $n i32.const 1 i32.add local.tee $n
      i32.const 20 i32.lt_u br_if $again)
    call $runtime.runGC drop
    call $growHeap drop))"#;

#[test]
fn objects_are_followed_from_their_line_to_their_end() {
    let named = run(TINYGO, true, Limits::default());
    assert_eq!(named.outcome, Some(Outcome::Finished));
    let recording = &named.recording;
    let [sum] = recording.allocated[..] else { panic!("{recording:?}") };
    assert_eq!(named.stack(sum.stack), "main keep", "without the allocator");
    assert_eq!((sum.objects, sum.bytes, sum.live_objects, sum.live_bytes), (20.0, 200.0, 10.0, 100.0));
    let [collection] = recording.collections[..] else { panic!("{recording:?}") };
    assert_eq!((collection.live, collection.memory, collection.allocated), (65536 - 160, 65536, 200));
    let [growth] = recording.growths[..] else { panic!("{recording:?}") };
    assert_eq!((growth.from, growth.to, recording.memory), (65536, 3 * 65536, 3 * 65536));
    assert_eq!(named.stack(growth.stack), "main");
}

#[test]
fn what_malloc_gave_and_free_did_not_get_is_told_by_who_took_it() {
    let text = r#"(module (memory (export "memory") 1)
      (global $next (mut i32) (i32.const 1024))
      (func $malloc (param i32) (result i32)
        global.get $next
        global.get $next local.get 0 i32.add global.set $next)
      (func $free (param i32))
      (func $calloc (param i32 i32) (result i32) local.get 0 local.get 1 i32.mul call $malloc)
      (func $releases i32.const 100 call $malloc call $free)
      (func $forgets i32.const 10 i32.const 4 call $calloc drop)
      (func (export "_start") call $releases call $forgets call $forgets))"#;
    let named = run(text, true, Limits::default());
    let held = &named.recording.unreleased;
    assert_eq!(held.len(), 2, "one for each call: {held:?}");
    for each in held {
        assert_eq!((each.objects, each.bytes), (1, 40), "{held:?}");
        assert!(named.stack(each.stack).ends_with("forgets"), "{}", named.stack(each.stack));
    }
    assert_eq!(named.recording.allocated_bytes, 180);
}

#[test]
fn a_program_that_is_observed_does_what_it_did() {
    let text = r#"(module
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (global $state (mut i32) (i32.const 5))
      (table 1 funcref) (elem (i32.const 0) $runtime.alloc)
      (func $runtime.alloc (param i32 i32) (result i32)
        global.get $state local.get 0 i32.add global.set $state
        global.get $state)
      (func (export "_start")
        i32.const 2 i32.const 0 call $runtime.alloc drop
        i32.const 3 i32.const 0 i32.const 0 call_indirect (param i32 i32) (result i32)
        call $exit))"#;
    for is_observed in [false, true] {
        let named = run(text, is_observed, Limits::default());
        assert_eq!(named.outcome, Some(Outcome::Exited(10)));
        let objects = named.recording.allocated.iter().map(|sum| sum.objects).sum::<f64>();
        assert_eq!(objects > 1.0, is_observed, "by a call and through a table");
    }
}

#[test]
fn a_component_is_sampled_and_its_memory_is_not_seen() {
    let text = r#"(component (core module (func (export "a"))))"#;
    let created = HOST.module("part", wat::parse_str(text).unwrap()).unwrap();
    let error = created.observed(true).unwrap_err();
    assert!(matches!(error, Error::NotObserved { .. }), "{error}");
    assert!(error.to_string().contains("within a component"), "{error}");
    let text = r#"(module (func $malloc (param i32) (result i32) i32.const 1) (func $free (param i32)))"#;
    let created = HOST.module("m", wat::parse_str(text).unwrap()).unwrap();
    let Observed { known, .. } = created.observed(true).unwrap();
    assert_eq!((known.allocator, known.frees, known.pairs), (Some(Allocator::Malloc), true, true));
}
