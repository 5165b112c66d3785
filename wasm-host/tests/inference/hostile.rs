//! Guests that call with wrong numbers: each call says which mistake it was, and the guest and its host go on.

use wasm_host::Setup;

use crate::guest::{BEHIND, DATA, END, Guest, RECORD, TO, without_memory};
use crate::{GIVEN, inference, onnx};

const INVALID: i32 = 1;
const ENCODING: i32 = 2;
const MISSING_MEMORY: i32 = 3;
const RUNTIME: i32 = 5;
const UNSUPPORTED: i32 = 6;
const TOO_LARGE: i32 = 7;
const NOT_FOUND: i32 = 8;

/// What is no address, or none of what the call needs there.
const NOWHERE: [i32; 5] = [END, END - 3, -1, i32::MIN, i32::MAX];

async fn still_computes(guest: &mut Guest) {
    let context = guest.context("xor").await;
    assert_eq!(guest.set([context, 0], &[1, 2], &[1.0, 0.0]).await, 0);
    assert_eq!(guest.call("compute", &[context]).await, 0);
    assert_eq!(guest.output(context, 0).await.unwrap(), [1.0]);
}

#[tokio::test]
async fn names_are_looked_up_and_nothing_else() {
    let mut guest = Guest::of(&GIVEN).await;
    assert_eq!(guest.load_by_name("xnor").await, Err(NOT_FOUND));
    let words = guest.words().await;
    assert_eq!(words, r#"no model is called "xnor": there is fill, is_large, slow, xor"#);
    assert_eq!(guest.load_by_name("").await, Err(NOT_FOUND));
    assert_eq!(guest.load_by_name("../../etc/passwd").await, Err(NOT_FOUND));
    guest.write(DATA, &[0xff, 0xfe]).await;
    assert_eq!(guest.result("load_by_name", &[DATA, 2, TO]).await, Err(INVALID));
    for at in NOWHERE {
        assert_eq!(guest.result("load_by_name", &[at, 4, TO]).await, Err(INVALID), "{at}");
        guest.write(DATA, b"xor").await;
        assert_eq!(guest.call("load_by_name", &[DATA, 3, at]).await, INVALID, "{at}");
    }
    for length in [256, 1 << 30, -1, i32::MIN] {
        assert_eq!(guest.result("load_by_name", &[DATA, length, TO]).await, Err(INVALID), "{length}");
    }
    still_computes(&mut guest).await;
}

#[tokio::test]
async fn numbers_of_models_and_contexts_are_those_that_were_given() {
    let mut guest = Guest::of(&GIVEN).await;
    for number in [0, 1, 64, -1, i32::MAX, i32::MIN] {
        assert_eq!(guest.result("init_execution_context", &[number, TO]).await, Err(INVALID));
        assert_eq!(guest.call("device", &[number]).await, -INVALID);
        assert_eq!(guest.call("compute", &[number]).await, INVALID);
        assert_eq!(guest.set([number, 0], &[1, 2], &[0.0, 0.0]).await, INVALID);
        assert_eq!(guest.output(number, 0).await, Err(INVALID));
    }
    let model = guest.load_by_name("xor").await.unwrap();
    for at in NOWHERE {
        assert_eq!(guest.call("init_execution_context", &[model, at]).await, INVALID, "{at}");
    }
    still_computes(&mut guest).await;
}

#[tokio::test]
async fn tensors_are_what_the_model_wants_or_refused() {
    let mut guest = Guest::of(&GIVEN).await;
    let context = guest.context("xor").await;
    let first = [context, 0];
    // Not as many bytes as the dimensions say, too many dimensions, other ones than those of the model.
    assert_eq!(guest.set(first, &[4, 2], &[0.0, 0.0]).await, INVALID);
    assert_eq!(guest.words().await, "a tensor 4×2 of f32 has 32 bytes, and 8 were given");
    assert_eq!(guest.set(first, &[2], &[0.0, 0.0]).await, INVALID);
    assert_eq!(guest.set(first, &[1, 3], &[0.0; 3]).await, INVALID);
    assert_eq!(guest.words().await, "the input `bits` is ?×2 of f32, and 1×3 of f32 was given");
    assert_eq!(guest.set(first, &[], &[0.0]).await, INVALID);
    assert_eq!(guest.set(first, &[1; 40], &[0.0]).await, INVALID);
    assert_eq!(guest.set(first, &[-1, -1, -1], &[]).await, INVALID);
    for index in [1, -1, i32::MAX] {
        assert_eq!(guest.set([context, index], &[1, 2], &[0.0, 0.0]).await, INVALID);
    }
    // Another type than the model's, and none.
    for (kind, length) in [(0, 4), (2, 16), (3, 2), (4, 8), (5, 16), (6, 8), (255, 8)] {
        assert_eq!(guest.set_at(first, &[1, 2], kind, [DATA, length]).await, INVALID, "{kind}");
    }
    // Data, dimensions and the record itself that are not there.
    for at in NOWHERE {
        assert_eq!(guest.set_at(first, &[1, 2], 1, [at, 8]).await, INVALID, "{at}");
        assert_eq!(guest.call("set_input", &[context, 0, at]).await, INVALID, "{at}");
        guest.set(first, &[1, 2], &[0.0, 0.0]).await;
        guest.call("poke", &[RECORD, at]).await;
        assert_eq!(guest.call("set_input", &[context, 0, RECORD]).await, INVALID, "{at}");
    }
    for length in [-1, i32::MAX, END] {
        guest.set(first, &[1, 2], &[0.0, 0.0]).await;
        guest.call("poke", &[RECORD + 4, length]).await;
        assert_eq!(guest.call("set_input", &[context, 0, RECORD]).await, INVALID, "{length}");
        assert_eq!(guest.set_at(first, &[1, 2], 1, [DATA, length]).await, INVALID, "{length}");
    }
    still_computes(&mut guest).await;
}

#[tokio::test]
async fn outputs_have_to_be_there_and_to_fit() {
    let mut guest = Guest::of(&GIVEN).await;
    let context = guest.context("xor").await;
    assert_eq!(guest.call("compute", &[context]).await, INVALID);
    assert_eq!(guest.words().await, "the input `bits` was not set");
    assert_eq!(guest.output(context, 0).await, Err(NOT_FOUND));
    guest.set([context, 0], &[2, 2], &[1.0, 0.0, 1.0, 1.0]).await;
    assert_eq!(guest.output(context, 0).await, Err(NOT_FOUND), "setting is not computing");
    assert_eq!(guest.call("compute", &[context]).await, 0);
    for index in [1, -1] {
        assert_eq!(guest.output(context, index).await, Err(INVALID));
    }
    for most in [0, 7] {
        assert_eq!(guest.result("get_output", &[context, 0, DATA, most, TO]).await, Err(TOO_LARGE));
    }
    assert_eq!(guest.words().await, "the output has 8 bytes, and there is room for 7");
    for at in NOWHERE {
        assert_eq!(guest.result("get_output", &[context, 0, at, -1, TO]).await, Err(INVALID), "{at}");
        assert_eq!(guest.call("get_output", &[context, 0, DATA, 8, at]).await, INVALID, "{at}");
    }
    assert_eq!(guest.output(context, 0).await.unwrap(), [1.0, 0.0]);
    still_computes(&mut guest).await;
}

#[tokio::test]
async fn models_of_guests_are_taken_from_who_may_bring_them() {
    let model = onnx::xor();
    let length = model.len() as i32;
    let mut guest = Guest::of(&GIVEN).await;
    guest.write(BEHIND, &model).await;
    assert_eq!(guest.load_at(BEHIND, length, 0).await, Err(UNSUPPORTED), "denied by default");
    assert_eq!(guest.words().await, "models of the program itself are not taken: load one by its name");

    let mut guest = Guest::of(&inference(4 << 20)).await;
    guest.write(BEHIND, &model).await;
    for encoding in [0, 2, 3, 4, 5, 6, 255, -1] {
        let loaded = guest.result("load", &[RECORD, 1, encoding, 0, TO]).await;
        assert_eq!(loaded, Err(ENCODING), "{encoding}");
    }
    assert_eq!(guest.load_at(BEHIND, length, 2).await, Err(UNSUPPORTED), "a TPU");
    for target in [3, 255, -1] {
        assert_eq!(guest.load_at(BEHIND, length, target).await, Err(INVALID));
    }
    for parts in [0, 2, -1] {
        assert_eq!(guest.result("load", &[RECORD, parts, 1, 0, TO]).await, Err(INVALID));
    }
    for at in NOWHERE {
        assert_eq!(guest.result("load", &[at, 1, 1, 0, TO]).await, Err(INVALID), "{at}");
        assert_eq!(guest.load_at(at, length, 0).await, Err(INVALID), "{at}");
    }
    assert_eq!(guest.load_at(BEHIND, END, 0).await, Err(INVALID));
    for huge in [-1, i32::MAX, 4 << 20 | 1] {
        assert_eq!(guest.load_at(BEHIND, huge, 0).await, Err(TOO_LARGE), "{huge}");
    }
    // Nothing of that counts: there is room for one as large as all may be.
    assert_eq!(guest.load_at(BEHIND, length - 1, 0).await, Err(RUNTIME), "it ends too early");
    assert_eq!(guest.load_at(BEHIND, 0, 0).await, Err(RUNTIME));
    for cut in [1, 40, 100] {
        assert_eq!(guest.load_at(BEHIND + cut, length - cut, 0).await, Err(RUNTIME), "{cut}");
    }
    assert!(guest.load_at(BEHIND, length, 0).await.is_ok());
    still_computes(&mut guest).await;
}

#[tokio::test]
async fn a_model_of_a_guest_does_not_lead_to_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), [1; 4]).unwrap();
    let mut guest = Guest::of(&inference(4 << 20)).await;
    for path in [&*folder.path().join("secret").to_string_lossy(), "secret", "Cargo.toml"] {
        let model = onnx::of_a_file(path);
        guest.write(BEHIND, &model).await;
        assert_eq!(guest.load_at(BEHIND, model.len() as i32, 0).await, Err(UNSUPPORTED), "{path}");
        assert!(guest.words().await.contains("names files"));
    }
}

#[tokio::test]
async fn words_are_cut_to_the_room_that_there_is() {
    let mut guest = Guest::of(&GIVEN).await;
    assert_eq!(guest.call("failure", &[DATA, 100]).await, 0, "nothing has gone wrong");
    guest.call("compute", &[9]).await;
    let words = "there is no context 9";
    assert_eq!(guest.words().await, words);
    guest.write(DATA, &[b'.'; 8]).await;
    assert_eq!(guest.call("failure", &[DATA, 5]).await, words.len() as i32);
    assert_eq!(guest.read(DATA, 8).await, b"there...");
    for at in NOWHERE {
        assert_eq!(guest.call("failure", &[at, 100]).await, -INVALID, "{at}");
    }
    assert_eq!(guest.words().await, words);
}

#[tokio::test]
async fn a_guest_without_a_memory_is_told_so() {
    let compiled = without_memory(&GIVEN);
    let mut guest = Guest::with(&compiled, Setup::default()).await;
    assert_eq!(guest.call("load_by_name", &[DATA, 3, TO]).await, MISSING_MEMORY);
    assert_eq!(guest.call("load", &[RECORD, 1, 1, 0, TO]).await, MISSING_MEMORY);
    assert_eq!(guest.call("set_input", &[0, 0, RECORD]).await, MISSING_MEMORY);
    assert_eq!(guest.call("get_output", &[0, 0, DATA, 8, TO]).await, MISSING_MEMORY);
    assert_eq!(guest.call("failure", &[DATA, 8]).await, -MISSING_MEMORY);
    assert_eq!(guest.call("compute", &[0]).await, INVALID);
}
