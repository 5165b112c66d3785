//! A NATS server of this machine, which can be made to do nothing, and a way to it that can be cut.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::process::{Conversation, Program};

use super::super::super::CommandError;
use super::crowd::{PATIENCE, failed};

/// A broker. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Nats {
    talk: Conversation,
    pub(super) address: SocketAddr,
}

impl Nats {
    /// Starts one in `folder`, and waits until it listens.
    pub(super) async fn start(folder: &Path, environment: &Environment) -> Result<Self, CommandError> {
        let program = environment.find("nats-server").ok_or_else(|| {
            CommandError::new(ExitStatus::ToolMissing, "nats-server was not found on PATH").with_hint(
                "install it (Debian: apt-get install nats-server), or choose rows with --only".to_owned(),
            )
        })?;
        let ports = folder.join("ports");
        std::fs::create_dir(&ports).map_err(failed)?;
        let program = Program::new(program, folder)
            .args(["-js", "-a", "127.0.0.1", "-p", "-1", "-sd"])
            .arg(folder.join("data"))
            .arg("-l")
            .arg(folder.join("nats.log"))
            .arg("--ports_file_dir")
            .arg(&ports)
            .envs(&environment.variables);
        let mut talk = program.converse(u64::MAX).map_err(failed)?;
        let id = talk.id().ok_or_else(|| failed("the broker has ended"))?;
        let file = ports.join(format!("nats-server_{id}.ports"));
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            if let Some(address) = address(&text) {
                return Ok(Self { talk, address });
            }
            if Instant::now() > deadline {
                return Err(failed("the broker does not start"));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// From now on it does nothing, or goes on.
    pub(super) fn signal(&mut self, signal: Signal) -> Result<(), CommandError> {
        let id = self.talk.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let id = id.ok_or_else(|| failed("the broker has ended"))?;
        kill_process(id, signal).map_err(failed)
    }
}

/// `{"nats": ["nats://127.0.0.1:4222"], ...}`
fn address(text: &str) -> Option<SocketAddr> {
    let ports: serde_json::Value = serde_json::from_str(text).ok()?;
    ports["nats"][0].as_str()?.strip_prefix("nats://")?.parse().ok()
}

/// A way to a server. While it is cut nobody gets through, and who was on it is thrown off.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) address: SocketAddr,
    open: watch::Sender<bool>,
    _tasks: JoinSet<io::Result<()>>,
}

impl Way {
    pub(super) async fn to(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (open, state) = watch::channel(true);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut carrying = JoinSet::new();
            loop {
                let (near, _) = listener.accept().await?;
                let mut state = state.clone();
                carrying.spawn(async move {
                    if !*state.borrow_and_update() {
                        return;
                    }
                    let carried = async {
                        let mut near = near;
                        let mut far = TcpStream::connect(server).await?;
                        tokio::io::copy_bidirectional(&mut near, &mut far).await
                    };
                    tokio::select! {
                        _ = carried => {}
                        _ = state.changed() => {}
                    }
                });
            }
        });
        Ok(Self { address, open, _tasks: tasks })
    }

    pub(super) fn set_open(&self, open: bool) {
        self.open.send_replace(open);
    }
}
