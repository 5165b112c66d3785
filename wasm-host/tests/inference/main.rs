//! Models that guests compute: with the real ONNX Runtime, guests written by hand, and the example by both compilers.

#![expect(clippy::unwrap_used, reason = "tests")]
#![expect(clippy::cast_possible_wrap, reason = "lengths of less than a memory")]
#![expect(clippy::disallowed_methods, reason = "compilers of this machine, in its own environment")]

#[path = "../compilers/mod.rs"]
mod compilers;
mod onnx;
mod guest;
mod answers;
mod hostile;
mod limits;
mod example;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use wasm_host::{Compiled, Functions, Host, HostOptions, Inference, InferenceOptions};

pub(crate) static HOST: LazyLock<Host> =
    LazyLock::new(|| Host::new(&HostOptions { guests: 16, ..HostOptions::default() }).unwrap());

/// All models by their names, none from guests.
pub(crate) static GIVEN: LazyLock<Inference> = LazyLock::new(|| inference(0));

pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The one that is named, or the one that `scripts/onnxruntime` has fetched.
pub(crate) fn library() -> PathBuf {
    if let Some(library) = std::env::var_os("ONNXRUNTIME") {
        return library.into();
    }
    let library = compilers::cache().join("onnxruntime/libonnxruntime.so.1.32.0");
    assert!(library.is_file(), "run scripts/onnxruntime, or name the library in ONNXRUNTIME");
    library
}

pub(crate) fn inference(brought_bytes: usize) -> Inference {
    let folder = tempfile::tempdir().unwrap();
    let models = [("fill", onnx::fill()), ("slow", onnx::slow()), ("is_large", onnx::is_large())];
    let mut models = Vec::from(models.map(|(name, bytes)| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        (name.to_owned(), path)
    }));
    models.push(("xor".to_owned(), repository().join("examples/inference/xor.onnx")));
    Inference::new(&InferenceOptions { library: library(), models, brought_bytes }).unwrap()
}

pub(crate) fn compile(text: &str, inference: &Inference) -> Compiled {
    let functions = Functions::new().inference(inference).unwrap();
    HOST.module("guest", wat::parse_str(text).unwrap()).unwrap().compile(&functions).unwrap()
}
