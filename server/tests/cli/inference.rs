//! `run --nn`: a program computes a model that it is given, and both are told on what device.

use std::path::PathBuf;

use crate::machine::Machine;

const RESULTS: &str = "0 xor 0 = 0\n0 xor 1 = 1\n1 xor 0 = 1\n1 xor 1 = 0\n";

fn example() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/inference"))
}

/// The example's program, and its model in a folder beside it.
fn machine() -> Machine {
    let machine = Machine::with(&[]);
    for name in ["go.mod", "main.go", "nn.go"] {
        machine.write(&format!("project/{name}"), &std::fs::read_to_string(example().join(name)).unwrap());
    }
    std::fs::create_dir(machine.path("project/models")).unwrap();
    std::fs::copy(example().join("xor.onnx"), machine.path("project/models/xor.onnx")).unwrap();
    machine.write("project/bad.onnx", "no model");
    machine.write("project/library.so", "no library");
    machine.write("project/empty/model.txt", "no model");
    machine
}

#[tokio::test]
async fn a_program_computes_models_by_their_names_and_is_told_where() {
    let machine = machine();
    for models in ["models", "models/xor.onnx", "xor=models/xor.onnx"] {
        let ran = machine.run(["run", ".", "--compiler", "go", "--nn", models]).await;
        assert_eq!((ran.status, &*ran.stdout), (0, RESULTS), "{ran:?}");
        let (note, own) = ran.stderr.split_once('\n').unwrap();
        let device = own.strip_prefix("computed on the ").unwrap().trim_end();
        assert!(note.starts_with(&format!("note: the model xor is computed on the {device}")), "{ran:?}");
        let asked = "; a GPU was asked for: ";
        assert!(device == "GPU" || note.contains(asked) && !note.ends_with(asked), "{ran:?}");
    }
    let ran = machine.run(["run", ".", "--compiler", "go", "--nn", "other=models/xor.onnx"]).await;
    assert_eq!((ran.status, &*ran.stdout), (1, ""), "{ran:?}");
    let words = "load the model: no model is called \"xor\": there is other\n";
    assert!(ran.stderr.ends_with(words), "{ran:?}");
}

#[tokio::test]
async fn what_cannot_be_given_is_refused_before_anything_runs() {
    let machine = machine();
    let refuses = async |words: &[&str], status: i32, error: &str, hint: &str| {
        machine.run([&["run", ".", "--compiler", "go"], words].concat()).await.refuses(status, error, hint);
    };
    let nobody = "imports `wasi_ephemeral_nn.load_by_name` as (i32, i32, i32) -> i32, which nobody offers";
    refuses(&[], 1, nobody, "--nn").await;
    refuses(&["--nn", "nowhere.onnx"], 2, "the model nowhere.onnx is not there", "a file of ONNX").await;
    refuses(&["--nn", "empty"], 2, "there are no models in empty", ".onnx").await;
    refuses(&["--nn", "x=models"], 2, "models is a folder", "leave the name out").await;
    refuses(&["--nn", "bad.onnx"], 2, "bad.onnx cannot be given: ", "ONNX").await;
    let twice = ["--nn", "models", "--nn", "models/xor.onnx"];
    refuses(&twice, 2, "another model is called xor", "different names").await;
    let library = |path| ["--nn", "models", "--nn-library", path];
    refuses(&library("nowhere.so"), 3, "ONNX Runtime is not there: nowhere.so", "scripts/onnxruntime").await;
    refuses(&library("library.so"), 2, "ONNX Runtime cannot be used from library.so", "--nn-library").await;
}
