//! The handle of a client: what it tells comes as a stream, what is to be said goes through methods.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use tokio::sync::{mpsc, watch};

use crate::conversation::Conversation;
use crate::driver::Driver;
use crate::event::{ClientEvent, Update};
use crate::following::EventPlace;
use crate::options::Options;
use crate::said::{Applied, Failed, Said, Status};
use crate::socket::Connect;
use crate::standing::Standing;
use crate::web_socket::Tcp;

/// Events that wait for the program. When they are full the socket is not read, and the server does what it does with a
/// slow client: it leaves out what was overtaken, and names the events that are no longer kept. When the [`Client`] is
/// dropped the connection ends.
const EVENTS: usize = 256;

/// What the program says and the client has not come to yet. When it is full, whoever says more waits. It is taken also
/// while events are full, so that a program may answer before it reads on. When the client has ended, saying fails.
const SAID: usize = 32;

/// A lasting connection to a server. Dropping it ends the connection.
#[derive(Debug)]
pub struct Client {
    events: mpsc::Receiver<ClientEvent>,
    speaker: Speaker,
}

/// Says things for a [`Client`], from any task.
#[derive(Debug, Clone)]
pub struct Speaker {
    said: mpsc::Sender<Said>,
    standing: watch::Receiver<Standing>,
}

/// The client has ended: it was dropped, or the server does not want it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client has ended")]
pub struct Ended;

impl Client {
    /// Connects over TCP, now and whenever the connection is lost. Must be called within a tokio runtime.
    pub fn connect(options: Options) -> Self {
        let tcp = Tcp::to(options.address.clone());
        Self::connect_with(options, tcp)
    }

    /// The same over sockets that `connect` opens.
    pub fn connect_with<C: Connect>(options: Options, connect: C) -> Self {
        let (event_sender, events) = mpsc::channel(EVENTS);
        let (said_sender, said) = mpsc::channel(SAID);
        let timing = options.timing;
        let conversation = Conversation::new(options);
        let (standing_sender, standing) = watch::channel(conversation.standing().clone());
        let driver = Driver { conversation, events: event_sender, said, standing: standing_sender, timing };
        tokio::spawn(driver.run(connect));
        Self { events, speaker: Speaker { said: said_sender, standing } }
    }

    /// What the client tells next; `None` after the connection was closed for good.
    pub async fn next(&mut self) -> Option<ClientEvent> {
        self.events.recv().await
    }

    /// Says things; may be cloned and given to other tasks.
    pub fn speaker(&self) -> &Speaker {
        &self.speaker
    }
}

impl Stream for Client {
    type Item = ClientEvent;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<ClientEvent>> {
        self.events.poll_recv(context)
    }
}

impl Speaker {
    /// Where the client stands, for whoever keeps it over runs of the program.
    pub fn standing(&self) -> Standing {
        self.standing.borrow().clone()
    }

    /// The update was applied.
    pub async fn applied(&self, update: &Update, applied: Applied) -> Result<(), Ended> {
        self.say(Said::Applied(update.number, applied)).await
    }

    /// The update could not be applied, and nothing that ran was changed. Only a whole module is given out after it.
    pub async fn failed(&self, update: &Update, failed: Failed) -> Result<(), Ended> {
        self.say(Said::Failed(update.number, failed)).await
    }

    /// Something else runs now, without an update.
    pub async fn status(&self, status: Status) -> Result<(), Ended> {
        self.say(Said::Status(status)).await
    }

    /// Events are wanted from now on, on this connection and later ones, after those that the program has. A client
    /// that follows them already goes on where it is.
    pub async fn follow_events(&self, after: EventPlace) -> Result<(), Ended> {
        self.say(Said::FollowEvents(after)).await
    }

    /// Syntax trees are wanted from now on, on this connection and later ones.
    pub async fn follow_trees(&self) -> Result<(), Ended> {
        self.say(Said::FollowTrees).await
    }

    /// The whole tree of a file is wanted, because the program's cannot be patched.
    pub async fn want_snapshot(&self, file: impl Into<String>) -> Result<(), Ended> {
        self.say(Said::WantSnapshot(file.into())).await
    }

    async fn say(&self, said: Said) -> Result<(), Ended> {
        self.said.send(said).await.map_err(|_| Ended)
    }
}
