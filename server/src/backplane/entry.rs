//! What is written to the broker: entries with the life of the server that wrote them, and where they lie.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::broker::{Broker, BrokerError, Kept};
use super::key::BackplaneKey;
use super::picture::Picture;
use crate::content::ContentHash;
use crate::publish::Epoch;

/// Raised when the meaning of the bytes changes; hubs of another format say so and serve what they have.
const FORMAT: u32 = 1;

/// What all of a server's entries have in common, and what hubs have to know before they serve.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The log that sequences and numbers belong to.
    pub epoch: Epoch,
    /// The served folder and the project around it, by which places in the text are shown.
    pub folder: PathBuf,
    /// See `folder`.
    pub root: PathBuf,
    /// Programs that run in a worker, and who starts each; see `http::PageOptions`.
    pub pages: BTreeMap<String, (bool, Option<bool>)>,
    /// Names of the programs that there are.
    pub programs: Vec<String>,
}

impl About {
    /// True when what it says differs in the programs at most.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        let Self { epoch, folder, root, pages, programs: _ } = self;
        *epoch == other.epoch && *folder == other.folder && *root == other.root && *pages == other.pages
    }
}

/// Where an entry lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// About the server.
    About,
    /// What is true of one program.
    Program(&'a str),
    /// Which clients get what.
    Flags,
    /// What happens.
    Events,
    /// What clients of the hub with that number say.
    Report(u64),
}

impl Place<'_> {
    const fn kept(self) -> Kept {
        match self {
            Self::About | Self::Program(_) | Self::Flags => Kept::State,
            Self::Events => Kept::Events,
            Self::Report(_) => Kept::Reports,
        }
    }

    /// The subject at the broker, below that of the key. Names of programs can have any letters, subjects cannot.
    pub(super) fn subject(self, name: &str) -> String {
        match self {
            Self::About => format!("dev-server.{name}.state.about"),
            Self::Program(program) => {
                let hash = ContentHash::of(program.as_bytes()).to_string();
                format!("dev-server.{name}.state.program.{}", &hash[..32])
            }
            Self::Flags => format!("dev-server.{name}.state.flags"),
            Self::Events => format!("dev-server.{name}.event"),
            Self::Report(hub) => format!("dev-server.{name}.report.{hub:016x}"),
        }
    }
}

/// One message at the broker.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    format: u32,
    /// When the server began that wrote it, in milliseconds since 1970, and later than any before it: of an older one
    /// nothing is believed any more, so that nobody can bring up again what once was true.
    pub(super) born: u64,
    /// Higher than that of every entry that the server wrote to this place before.
    pub(super) number: u64,
    pub(super) epoch: Epoch,
    pub(super) body: Body,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Body {
    About(About),
    /// A [`Picture`].
    Program(Vec<u8>),
    /// A picture that is too large for a message, in the object store.
    StoredProgram(ContentHash),
    /// An event, one JSON object; `number` is its own.
    Event(String),
    /// The document of flags, as JSON.
    Flags(String),
    /// What clients of a hub said. `born` is that of the server it is for, and `number` counts what the hub sent.
    Report(Vec<u8>),
}

/// Bytes of a picture that go into a message: half of what brokers take.
const INLINE: usize = 512 << 10;

impl Body {
    /// With the bytes that have to be in the object store before it.
    pub(super) fn of(picture: &Picture) -> (Self, Option<Bytes>) {
        let bytes = picture.to_bytes();
        if bytes.len() <= INLINE {
            return (Self::Program(bytes.into()), None);
        }
        (Self::StoredProgram(ContentHash::of(&bytes)), Some(bytes))
    }
}

impl Entry {
    pub(super) fn new(born: u64, number: u64, epoch: Epoch, body: Body) -> Self {
        Self { format: FORMAT, born, number, epoch, body }
    }

    pub(super) fn sealed(&self, key: &BackplaneKey, place: Place<'_>) -> (String, Bytes) {
        let subject = place.subject(key.name());
        let content = postcard::to_stdvec(self).unwrap_or_default();
        let sealed = key.seal(&subject, &content);
        (subject, sealed)
    }

    /// What was written to a place last: the broker's number, and the entry unless somebody else has written it.
    pub(super) async fn last(
        broker: &impl Broker,
        key: &BackplaneKey,
        place: Place<'_>,
    ) -> Result<Option<(u64, Option<Self>)>, BrokerError> {
        let subject = place.subject(key.name());
        let last = broker.last(place.kept(), &subject).await?;
        Ok(last.map(|last| (last.sequence, Self::open(key, &subject, last.content))))
    }

    /// `None` when it was not written by a holder of the key for this subject, or in another format.
    pub(super) fn open(key: &BackplaneKey, subject: &str, sealed: Bytes) -> Option<Self> {
        let content = key.open_sealed(subject, sealed)?;
        let (format, _) = postcard::take_from_bytes::<u32>(&content).ok()?;
        if format != FORMAT {
            tracing::warn!(
                format,
                known = FORMAT,
                "the server that builds is of another version than this hub"
            );
            return None;
        }
        postcard::from_bytes(&content).ok()
    }
}
