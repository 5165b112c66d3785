//! What `compare` takes.

use std::path::PathBuf;

use clap::Args;

use super::WasiBuildFlags;

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Address of the handler, such as "http://127.0.0.1:8080/plain?frames=16"
    #[arg(value_name = "URL")]
    pub url: String,
    /// WebAssembly module or component, or the folder of a Go program, which is built first
    #[arg(value_name = "PROGRAM")]
    pub program: PathBuf,
    /// How a folder of Go is compiled.
    #[command(flatten)]
    pub build: WasiBuildFlags,
    /// JSON header of the message that the program is given [default: the query of the address, numbers as numbers]
    #[arg(long, value_name = "JSON", conflicts_with = "http")]
    pub header: Option<String>,
    /// The program answers requests of HTTP, as for `serve --host-module`
    #[arg(long)]
    pub http: bool,
    /// Pixels that may differ, in percent
    #[arg(long, value_name = "PERCENT", default_value_t = 0.5, value_parser = percent)]
    pub tolerance: f64,
    /// File for a picture of where they differ, when too much does
    #[arg(long, value_name = "FILE", default_value = "heat-map.png")]
    pub heat_map: PathBuf,
    /// Print one line of JSON
    #[arg(long)]
    pub json: bool,
}

fn percent(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("write a number from 0 to 100, such as 0.5".to_owned()),
    }
}
