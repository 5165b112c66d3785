//! `wasmtime serve`, where there is one: the same engine behind another server.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::process::{Conversation, Ending, Limits, Program};

use super::super::super::CommandError;
use super::{Ground, failed};

/// The engine of this program. Another major is another engine.
const MAJOR: &str = "48";

/// To say its version, and to compile and listen.
const VERSION: Duration = Duration::from_secs(20);
const START: Duration = Duration::from_mins(1);

/// The server. Dropping it ends it.
#[derive(Debug)]
pub(super) struct WasmtimeServe {
    _process: Conversation,
    pub(super) address: SocketAddr,
}

/// One of the right major, or why there is none and how to get one.
pub(super) async fn find(ground: &Ground<'_>) -> Result<Result<PathBuf, String>, CommandError> {
    let how = format!("cargo install wasmtime-cli --version ^{MAJOR}");
    let path = match ground.wasmtime {
        Some(path) => path.to_owned(),
        None => match ground.environment.find("wasmtime") {
            Some(path) => path,
            None => return Ok(Err(format!("wasmtime is not on PATH: {how}, or name it with --wasmtime"))),
        },
    };
    let said = version(&path, ground).await?;
    let number = said.strip_prefix("wasmtime ").and_then(|rest| rest.split(['.', ' ']).next());
    Ok(match number {
        Some(MAJOR) => Ok(path),
        _ => Err(format!("{} is no wasmtime {MAJOR} ({}): {how}", path.display(), said.trim())),
    })
}

async fn version(path: &Path, ground: &Ground<'_>) -> Result<String, CommandError> {
    let limits = Limits { time: VERSION, ..Limits::default() };
    let program = Program::new(path, ground.scratch).args(["--version"]).envs(&ground.environment.variables);
    match program.run(limits, &CancellationToken::new()).await.map_err(failed)? {
        Ending::Exited { stdout, .. } => Ok(stdout.text()),
        ending => Err(failed(format!("{} does not say its version: {ending:?}", path.display()))),
    }
}

impl WasmtimeServe {
    /// Starts it with a component, as it is by default, and waits until it listens.
    pub(super) async fn start(
        ground: &Ground<'_>,
        wasmtime: &Path,
        component: &Path,
    ) -> Result<Self, CommandError> {
        // It takes a number, and says which only to a person.
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.map_err(failed)?;
        let process = Program::new(wasmtime, ground.scratch)
            .args(["serve", "--addr", &address.to_string()])
            .arg(component)
            .envs(&ground.environment.variables)
            .converse(u64::MAX)
            .map_err(failed)?;
        let begun = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            if begun.elapsed() > START {
                return Err(failed(format!("wasmtime serve does not listen: {}", process.end().await)));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(Self { _process: process, address })
    }
}
