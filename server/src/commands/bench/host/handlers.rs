//! The handlers of the animation in a Go server of their own.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::process::{Conversation, Limits, Program};
use crate::toolchain::Toolchain;

use super::super::super::CommandError;
use super::super::super::compose::tool_missing;
use super::{Ground, failed};

/// For the server to be built, and to listen.
const BUILD: Duration = Duration::from_mins(3);
const START: Duration = Duration::from_secs(20);

/// The server. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Handlers {
    _process: Conversation,
    pub(super) address: SocketAddr,
}

impl Handlers {
    /// Builds it as Go does for this machine, and waits until it listens.
    pub(super) async fn start(ground: &Ground<'_>) -> Result<Self, CommandError> {
        let toolchain = Toolchain::locate(ground.environment).await;
        let go = toolchain.go.as_ref().map_err(tool_missing)?;
        let server = ground.scratch.join("handlers");
        let variables = || ground.environment.variables.iter();
        // For this machine, whatever somebody's shell says.
        let keep = |(name, _): &(&OsString, &OsString)| *name != "GOOS" && *name != "GOARCH";
        let build = Program::new(&go.binary, ground.gif)
            .args(["build", "-o"])
            .arg(&server)
            .arg("./server")
            .envs(variables().filter(keep));
        let limits = Limits { time: BUILD, ..Limits::default() };
        let ending = build.run(limits, &CancellationToken::new()).await.map_err(failed)?;
        if !server.is_file() {
            return Err(failed(format!("the Go handlers cannot be built: {ending:?}")));
        }
        // It takes a number, and says which only to a person.
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.map_err(failed)?;
        let process = Program::new(&server, ground.scratch)
            .args(["-listen", &address.to_string()])
            .envs(variables())
            .converse(u64::MAX)
            .map_err(failed)?;
        let begun = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            if begun.elapsed() > START {
                return Err(failed("the Go handlers do not listen"));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(Self { _process: process, address })
    }
}
