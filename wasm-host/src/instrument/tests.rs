//! Modules with wrappers in them do what they did, and tell.

use super::*;

/// A module as TinyGo would write it: names, an allocator that grows memory, and a collector that frees.
const TINYGO: &str = r#"(module
  (import "env" "f" (func $f))
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (func $runtime.alloc (param i32 i32) (result i32)
    global.get $next
    global.get $next local.get 0 i32.add global.set $next)
  (func $runtime.runGC (result i32) i32.const 16 i32.const 1 call $runtime.insertFreeRange i32.const 16)
  (func $runtime.insertFreeRange (param i32 i32))
  (func $growHeap (result i32) i32.const 1 memory.grow)
  (func $main.main (export "_start") i32.const 10 i32.const 0 call $runtime.alloc drop call $f))"#;

fn rewritten(text: &str) -> (Vec<u8>, Rewritten) {
    let bytes = wat::parse_str(text).unwrap();
    let rewritten = instrument("m", &bytes, true).unwrap();
    let features = crate::preflight::features();
    wasmparser::Validator::new_with_features(features).validate_all(&rewritten.bytes).unwrap();
    (bytes, rewritten)
}

#[test]
fn what_is_there_of_tinygo_is_found() {
    let (_, Rewritten { known, .. }) = rewritten(TINYGO);
    let expected = Known { allocator: Some(Allocator::TinyGo), frees: true, collections: true, pairs: false };
    assert_eq!(known, expected);
}

#[test]
fn code_that_is_not_wrapped_is_as_it_was_and_told_where_it_was() {
    let (before, Rewritten { bytes, moves, .. }) = rewritten(TINYGO);
    let outline = Outline::read(&before).unwrap();
    let after = Outline::read(&bytes).unwrap();
    // Four of five have a wrapper, and a copy behind them.
    assert_eq!((outline.functions.len(), after.functions.len()), (5, 9));
    let mut same = 0;
    for function in &after.functions {
        let own = &function.body;
        let Some(start) = moves.original(own.start as u32) else {
            assert_eq!(moves.original(own.end as u32 - 1), None, "a wrapper is nowhere");
            continue;
        };
        let there = start as usize..start as usize + own.len();
        assert_eq!(bytes[own.clone()], before[there.clone()]);
        assert_eq!(moves.original(own.end as u32 - 1), Some(there.end as u32 - 1));
        same += 1;
    }
    assert_eq!(same, 5);
    assert_eq!(Moves::default().original(7), Some(7), "nothing was moved");
    assert_eq!(moves.original(0), None);
    assert_eq!(moves.original(u32::MAX), None);
    assert_eq!(after.names, outline.names);
}

#[test]
fn modules_with_hardly_anything_stay_valid() {
    for text in [
        "(module)",
        "(module (func))",
        "(module (memory 1) (func i32.const 1 memory.grow drop))",
        r#"(module (table 3 funcref) (elem (i32.const 0) 0) (memory 1) (data "x") (func data.drop 0))"#,
        r#"(module (import "e" "t" (table 1 funcref)) (import "e" "g" (global i32)) (memory 1)
            (func $malloc (param i32) (result i32) i32.const 8) (func $free (param i32))
            (func $calloc (param i32 i32) (result i32) i32.const 8)
            (func $realloc (param i32 i32) (result i32) i32.const 8))"#,
        // Names of a runtime, and none of its types.
        "(module (func $runtime.alloc (param f64)) (func $runtime.runGC) (func $runtime.mallocgc))",
    ] {
        let (_, Rewritten { known, .. }) = rewritten(text);
        assert_eq!(known.allocator.is_some(), text.contains("malloc (param"), "{text}");
    }
}

#[test]
fn names_of_the_host_are_not_taken_over() {
    let bytes = wat::parse_str(r#"(module (global (export "dev-server:left") i64 i64.const 0))"#).unwrap();
    let error = instrument("m", &bytes, true).unwrap_err();
    assert!(error.to_string().contains("exports `dev-server:left`"), "{error}");
}

#[test]
fn what_is_cut_short_is_told() {
    let bytes = wat::parse_str(TINYGO).unwrap();
    for length in 8..bytes.len() {
        match instrument("m", &bytes[..length], true) {
            Ok(rewritten) => drop(rewritten),
            Err(error) => assert!(error.to_string().starts_with("m: "), "{error}"),
        }
    }
}
