//! A NATS server of this machine, for measurements and tests.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::environment::Environment;
use crate::process::{Conversation, Program};

/// For the server to listen.
const START: Duration = Duration::from_mins(1);

/// A broker. Dropping it ends it.
#[derive(Debug)]
pub struct LocalBroker {
    process: Conversation,
    address: SocketAddr,
}

impl LocalBroker {
    /// Starts `nats-server` of the search path in `folder`, where it keeps its data, and waits until it listens. An error of
    /// the kind `NotFound` when it is not installed.
    pub async fn start(folder: &Path, environment: &Environment) -> io::Result<Self> {
        let program = environment
            .find("nats-server")
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "nats-server was not found on PATH"))?;
        let ports = folder.join("ports");
        std::fs::create_dir_all(&ports)?;
        let program = Program::new(program, folder)
            .args(["-js", "-a", "127.0.0.1", "-p", "-1", "-sd"])
            .arg(folder.join("data"))
            .arg("-l")
            .arg(folder.join("nats.log"))
            .arg("--ports_file_dir")
            .arg(&ports)
            .envs(&environment.variables);
        let mut process = program.converse(u64::MAX).map_err(io::Error::other)?;
        let id = process.id().ok_or_else(ended)?;
        let file = ports.join(format!("nats-server_{id}.ports"));
        let deadline = Instant::now() + START;
        loop {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            if let Some(address) = address(&text) {
                return Ok(Self { process, address });
            }
            if Instant::now() > deadline {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "the broker does not start"));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same as `serve --backplane` takes it.
    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// From now on it does nothing, or goes on: it is sent `SIGSTOP` or `SIGCONT`.
    pub fn pause(&mut self, paused: bool) -> io::Result<()> {
        let id = self.process.id().and_then(|id| Pid::from_raw(id.cast_signed())).ok_or_else(ended)?;
        Ok(kill_process(id, if paused { Signal::STOP } else { Signal::CONT })?)
    }
}

fn ended() -> io::Error {
    io::Error::other("the broker has ended")
}

/// `{"nats": ["nats://127.0.0.1:4222"], ...}`
fn address(text: &str) -> Option<SocketAddr> {
    let ports: serde_json::Value = serde_json::from_str(text).ok()?;
    ports["nats"][0].as_str()?.strip_prefix("nats://")?.parse().ok()
}
