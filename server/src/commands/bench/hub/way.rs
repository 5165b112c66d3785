//! A way to a server that can be cut.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

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
