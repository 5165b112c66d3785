//! Models that programs of this machine may compute.

use std::path::PathBuf;

use clap::Args;

/// What `run` takes for wasi-nn.
#[derive(Debug, Clone, Default, Args)]
pub struct InferenceFlags {
    /// Give a model of ONNX by the name of its file or another one, or all models of a folder; may be repeated
    #[arg(long = "nn", value_name = "[NAME=]MODEL.onnx|DIR", value_parser = model)]
    pub models: Vec<NamedModel>,
    /// The library of ONNX Runtime [default: $ONNXRUNTIME, or what scripts/onnxruntime has fetched]
    #[arg(long = "nn-library", value_name = "PATH")]
    pub library: Option<PathBuf>,
    /// Mebibytes of models that the program may bring itself
    #[arg(long = "nn-bring", value_name = "MIB", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=4096))]
    pub bring: u32,
}

/// A file or a folder of models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedModel {
    /// `None`: as its file is called.
    pub name: Option<String>,
    /// Where it is.
    pub path: PathBuf,
}

fn model(text: &str) -> Result<NamedModel, String> {
    let (name, path) = match text.split_once('=') {
        // A path may have the sign in it.
        Some((name, path)) if !name.contains('/') => (Some(name), path),
        _ => (None, text),
    };
    if path.is_empty() || name.is_some_and(str::is_empty) {
        return Err("write it as model.onnx, or name=model.onnx".to_owned());
    }
    Ok(NamedModel { name: name.map(str::to_owned), path: path.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_has_the_name_that_it_is_given() {
        let named =
            |name: Option<&str>, path: &str| NamedModel { name: name.map(str::to_owned), path: path.into() };
        assert_eq!(model("models/xor.onnx").unwrap(), named(None, "models/xor.onnx"));
        assert_eq!(model("a=models/xor=1.onnx").unwrap(), named(Some("a"), "models/xor=1.onnx"));
        assert_eq!(model("./x=1/xor.onnx").unwrap(), named(None, "./x=1/xor.onnx"));
        for wrong in ["", "=", "a=", "=xor.onnx"] {
            assert!(model(wrong).is_err(), "{wrong:?}");
        }
    }
}
