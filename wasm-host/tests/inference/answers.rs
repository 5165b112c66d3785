//! What models answer, for whom, and on what device.

use wasm_host::{Device, Error, Functions, Inference, InferenceOptions, Setup, Value};

use crate::guest::{BEHIND, Guest, compiled};
use crate::{GIVEN, HOST, inference, library, onnx};

const PAIRS: [f32; 8] = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];

#[tokio::test]
async fn a_model_computes_as_often_as_it_is_asked_to() {
    let mut guest = Guest::of(&GIVEN).await;
    let context = guest.context("xor").await;
    assert_eq!(guest.set([context, 0], &[4, 2], &PAIRS).await, 0);
    assert_eq!(guest.call("compute", &[context]).await, 0, "{}", guest.words().await);
    assert_eq!(guest.output(context, 0).await.unwrap(), [0.0, 1.0, 1.0, 0.0]);
    // Another number of pairs, and the same context.
    assert_eq!(guest.set([context, 0], &[1, 2], &[1.0, 0.0]).await, 0);
    assert_eq!(guest.call("compute", &[context]).await, 0);
    assert_eq!(guest.output(context, 0).await.unwrap(), [1.0]);
    let done = guest.finish();
    assert!(done.times.busy > std::time::Duration::ZERO);
}

#[tokio::test]
async fn a_model_has_one_number_and_contexts_of_their_own() {
    let mut guest = Guest::of(&GIVEN).await;
    let (first, second) = (guest.context("xor").await, guest.context("xor").await);
    assert_ne!(first, second);
    assert_eq!(guest.load_by_name("xor").await, guest.load_by_name("xor").await);
    assert_ne!(guest.load_by_name("xor").await, guest.load_by_name("fill").await);
    guest.set([first, 0], &[1, 2], &[1.0, 0.0]).await;
    guest.set([second, 0], &[1, 2], &[1.0, 1.0]).await;
    for context in [first, second] {
        assert_eq!(guest.call("compute", &[context]).await, 0);
    }
    assert_eq!(guest.output(first, 0).await.unwrap(), [1.0]);
    assert_eq!(guest.output(second, 0).await.unwrap(), [0.0]);
}

#[tokio::test]
async fn inputs_and_outputs_are_numbered_as_in_the_model() {
    let mut guest = Guest::of(&GIVEN).await;
    let context = guest.context("is_large").await;
    assert_eq!(guest.set([context, 1], &[1], &[10.0]).await, 0);
    assert_eq!(guest.set([context, 0], &[1], &[12.5]).await, 0);
    assert_eq!(guest.call("compute", &[context]).await, 0);
    // Truth has no type in wasi-nn; the other output is there.
    assert_eq!(guest.output(context, 0).await, Err(6));
    assert!(guest.words().await.contains("elements of bool"), "{}", guest.words().await);
    assert_eq!(guest.output(context, 1).await.unwrap(), [2.5]);
}

#[tokio::test]
async fn a_gpu_is_asked_first_and_both_sides_are_told_what_is_taken() {
    let mut guest = Guest::of(&GIVEN).await;
    let models = GIVEN.models();
    let names = models.iter().map(|model| &*model.name).collect::<Vec<_>>();
    assert_eq!(names, ["fill", "is_large", "slow", "xor"]);
    for model in models {
        let number = guest.load_by_name(&model.name).await.unwrap();
        let told = guest.call("device", &[number]).await;
        match model.device {
            Device::Cpu => {
                assert_eq!(told, 0);
                let reason = model.without_gpu.expect("it was asked for");
                assert!(reason.to_lowercase().contains("cuda"), "{reason}");
            }
            Device::Gpu => assert_eq!((told, model.without_gpu), (1, None)),
        }
    }
}

#[tokio::test]
async fn guests_that_compute_with_the_same_model_have_turns() {
    let compiled = compiled(&GIVEN);
    let asks = async |side: f32| {
        let mut guest = Guest::with(&compiled, Setup::default()).await;
        let context = guest.context("xor").await;
        for _ in 0..20 {
            guest.set([context, 0], &[1, 2], &[side, 0.0]).await;
            assert_eq!(guest.call("compute", &[context]).await, 0);
            assert_eq!(guest.output(context, 0).await.unwrap(), [side]);
        }
    };
    tokio::join!(asks(0.0), asks(1.0), asks(0.0));
}

#[tokio::test]
async fn a_guest_that_may_bring_a_model_computes_with_it() {
    let model = onnx::xor();
    let mut guest = Guest::of(&inference(2 * model.len())).await;
    guest.write(BEHIND, &model).await;
    for target in [0, 1] {
        let number = guest.load_at(BEHIND, model.len() as i32, target).await.unwrap();
        let context = guest.result("init_execution_context", &[number, crate::guest::TO]).await.unwrap();
        guest.set([context, 0], &[4, 2], &PAIRS).await;
        assert_eq!(guest.call("compute", &[context]).await, 0);
        assert_eq!(guest.output(context, 0).await.unwrap(), [0.0, 1.0, 1.0, 0.0]);
        guest.write(BEHIND, &model).await;
    }
    assert_eq!(guest.load_at(BEHIND, model.len() as i32, 0).await, Err(7), "two are all that it may bring");
}

#[test]
fn what_cannot_be_offered_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let (good, bad) = (file("xor.onnx", &onnx::xor()), file("bad.onnx", b"no model at all"));
    let offered = |library, models: &[(&str, &std::path::Path)]| {
        let models = models.iter().map(|(name, path)| ((*name).to_owned(), (*path).to_owned())).collect();
        Inference::new(&InferenceOptions { library, models, brought_bytes: 0 })
    };
    assert!(offered(library(), &[("a", &good), ("b", &good)]).is_ok());
    for (models, words) in [
        (&[("a", good.as_path()), ("a", &good)][..], "another model is called a"),
        (&[("a", &bad)], "bad.onnx cannot be given: "),
        (&[("a", folder.path())], "it is no regular file"),
        (&[("a", &folder.path().join("nowhere"))], "No such file"),
        (&[("a", std::path::Path::new("/dev/zero"))], "it is no regular file"),
    ] {
        let error = offered(library(), models).unwrap_err();
        assert!(matches!(error, Error::Model { .. }) && error.to_string().contains(words), "{error}");
        assert!(error.hint().is_some());
    }
    // Another one of the same process, one that is not there, and one that is none.
    for library in [file("other.so", b"x"), folder.path().join("nowhere.so"), bad] {
        let error = offered(library, &[]).unwrap_err();
        assert!(matches!(error, Error::InferenceLibrary { .. }), "{error}");
    }
}

#[test]
fn without_models_nothing_of_it_can_be_imported() {
    let text = r#"(module (import "wasi_ephemeral_nn" "compute" (func (param i32) (result i32))))"#;
    let bytes = wat::parse_str(text).unwrap();
    let refused = |functions: &Functions, bytes: &[u8]| {
        HOST.module("guest", bytes.to_vec()).unwrap().compile(functions).unwrap_err().to_string()
    };
    let error = refused(&Functions::new(), &bytes);
    assert_eq!(error, "guest: imports `wasi_ephemeral_nn.compute` as (i32) -> i32, which nobody offers");
    let offered = Functions::new().inference(&GIVEN).unwrap();
    let wrong =
        wat::parse_str(r#"(module (import "wasi_ephemeral_nn" "compute" (func (param i64))))"#).unwrap();
    let error = refused(&offered, &wrong);
    assert!(error.ends_with("as (i64), which is offered as (i32) -> i32"), "{error}");
    assert!(offered.inference(&GIVEN).is_err(), "twice the same names");
    // Computing waits, so that there is no call at once.
    let waits = compiled(&GIVEN).call_at_once(Setup::default(), "compute", &[Value::I32(0)]);
    assert!(matches!(waits, Err(Error::Waits { .. })));
}
