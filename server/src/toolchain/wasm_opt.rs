//! The optimiser of binaryen, which TinyGo always runs.

use std::path::PathBuf;

use super::missing::Missing;
use super::probe::Prober;
use super::tool::Tool;
use super::version::first_number;
use crate::environment::Environment;

/// TinyGo refuses anything older.
const OLDEST: u32 = 102;

/// A usable `wasm-opt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WasmOpt {
    /// The program.
    pub binary: PathBuf,
    /// Its version, such as 108.
    pub version: u32,
}

impl WasmOpt {
    /// The one on the search path; WASMOPT of the surroundings is not asked, since a shell in the project may have set it.
    pub(super) async fn locate(environment: &Environment, prober: &Prober) -> Result<Self, Missing> {
        let binary = environment.find("wasm-opt").ok_or(Missing::NotFound { tool: Tool::WasmOpt })?;
        Self::at(binary, prober).await
    }

    /// The one at that place.
    pub(super) async fn at(binary: PathBuf, prober: &Prober) -> Result<Self, Missing> {
        let text = prober.ask(Tool::WasmOpt, &binary, &["--version"], &[], "").await?;
        let number = first_number(&text).unwrap_or_default();
        let Ok(version) = number.split('.').next().unwrap_or_default().parse::<u32>() else {
            return Err(Missing::Broken {
                tool: Tool::WasmOpt,
                path: binary,
                reason: "it does not say its version".to_owned(),
            });
        };
        if version < OLDEST {
            let reason = format!("{OLDEST} or newer is needed");
            return Err(Missing::Unfit {
                tool: Tool::WasmOpt,
                path: binary,
                version: version.to_string(),
                reason,
            });
        }
        Ok(Self { binary, version })
    }
}
