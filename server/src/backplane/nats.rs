//! A NATS server with JetStream as the broker. The only file that knows how it is talked to.

use std::fmt;
use std::future::IntoFuture as _;
use std::io;
use std::time::Duration;

use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::object_store::{self, GetErrorKind, ObjectMetadata, ObjectStore};
use async_nats::jetstream::stream::{self, LastRawMessageErrorKind, Stream};
use async_nats::jetstream::{self, Context};
use async_nats::{ConnectOptions, Event, ServerAddr};
use bytes::Bytes;
use futures_util::StreamExt as _;
use tokio::io::AsyncReadExt as _;
use tokio::sync::watch;

use super::broker::{Broker, BrokerError, Extent, Follows, Kept, Promise, Reading, Written};
use crate::content::ContentHash;

/// For an answer of the broker.
const ANSWER: Duration = Duration::from_secs(5);

/// For one blob.
const TRANSFER: Duration = Duration::from_mins(1);

/// Between two looks whether it is still there.
const PING: Duration = Duration::from_secs(3);

/// Bytes of events that are kept: twice the log of the server that builds.
const EVENT_BYTES: i64 = 8 << 20;

/// Bytes of what hubs report, and for how long it waits for the server that builds: what is older tells it nothing.
const REPORT_BYTES: i64 = 8 << 20;
const REPORT_AGE: Duration = Duration::from_mins(5);

/// Largest blob: what an object store of a broker with default limits takes, and more than any module has.
const LARGEST: u64 = 512 << 20;

/// A connection, and the names under which everything of one key lies.
#[derive(Clone)]
pub struct Nats {
    context: Context,
    name: String,
    /// Where it is, without user and password.
    place: String,
    link: watch::Receiver<Link>,
}

/// The connection.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Link {
    /// It was not tried to the end yet.
    Beginning,
    /// It is there.
    Up,
    /// The last attempt has failed, and why.
    Down(String),
}

impl Link {
    fn take(&mut self, event: &Event) {
        match event {
            Event::Connected => *self = Self::Up,
            Event::Disconnected => *self = Self::Beginning,
            // One that is there has errors of its own.
            Event::ClientError(error) if *self != Self::Up => *self = Self::Down(error.to_string()),
            _ => {}
        }
    }
}

/// A part of an address without its percent-encoding.
fn plain(part: &str) -> String {
    percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned()
}

fn failed<E: fmt::Display>(doing: &'static str) -> impl FnOnce(E) -> BrokerError {
    move |error| BrokerError::Failed { doing, reason: error.to_string() }
}

impl Nats {
    /// Connects, and again whenever the connection is lost; `address` is `nats://HOST[:PORT]` or `tls://`, also with
    /// `USER:PASSWORD@`. An error when it is none, or somebody answers there and refuses.
    pub async fn connect(address: &str, name: &str) -> Result<Self, BrokerError> {
        let server: ServerAddr = address.parse().map_err(failed("cannot be found by this address"))?;
        if server.host().is_empty() {
            return Err(failed("cannot be found by this address")("it names no host"));
        }
        let place = format!("{}:{}", server.host(), server.port());
        let (happened, link) = watch::channel(Link::Beginning);
        // Otherwise what the address says of the user is left out.
        let options = match (server.username(), server.password()) {
            (Some(user), Some(password)) => {
                ConnectOptions::with_user_and_password(plain(user), plain(password))
            }
            (Some(token), None) => ConnectOptions::with_token(plain(token)),
            _ => ConnectOptions::new(),
        };
        let options = options
            .name(format!("dev-server {}", env!("CARGO_PKG_VERSION")))
            .retry_on_initial_connect()
            .connection_timeout(ANSWER)
            .request_timeout(Some(ANSWER))
            .ping_interval(PING)
            .event_callback(move |event| {
                happened.send_modify(|link| link.take(&event));
                std::future::ready(())
            })
            .reconnect_delay_callback(|attempts| Duration::from_millis(100 * attempts.min(10) as u64));
        let client = options.connect(server).await.map_err(failed("cannot be reached"))?;
        let mut context = jetstream::new(client);
        context.set_timeout(ANSWER);
        Ok(Self { context, name: name.to_owned(), place, link })
    }

    /// An error that says who is away: otherwise each request says in its own way that nobody has answered it.
    async fn connected(&self) -> Result<&Context, BrokerError> {
        let mut link = self.link.clone();
        let known = tokio::time::timeout(ANSWER, link.wait_for(|link| *link != Link::Beginning)).await;
        let reason = match known.as_ref().map(|known| known.as_deref()) {
            Ok(Ok(Link::Up)) => return Ok(&self.context),
            Ok(Ok(Link::Down(reason))) => reason.clone(),
            _ => "nobody answers there".to_owned(),
        };
        Err(BrokerError::Away { place: self.place.clone(), reason })
    }

    fn stream_name(&self, kept: Kept) -> String {
        match kept {
            Kept::State => format!("dev-server-{}-state", self.name),
            Kept::Events => format!("dev-server-{}-events", self.name),
            Kept::Reports => format!("dev-server-{}-reports", self.name),
        }
    }

    fn bucket_name(&self) -> String {
        format!("dev-server-{}", self.name)
    }

    async fn stream(&self, kept: Kept) -> Result<Stream, BrokerError> {
        self.connected().await?.get_stream(self.stream_name(kept)).await.map_err(failed("has no such stream"))
    }

    async fn bucket(&self) -> Result<ObjectStore, BrokerError> {
        self.connected()
            .await?
            .get_object_store(self.bucket_name())
            .await
            .map_err(failed("has no such object store"))
    }
}

impl Broker for Nats {
    async fn prepare(&self) -> Result<(), BrokerError> {
        let state = stream::Config {
            name: self.stream_name(Kept::State),
            subjects: vec![format!("dev-server.{}.state.>", self.name)],
            max_messages_per_subject: 1,
            ..stream::Config::default()
        };
        let events = stream::Config {
            name: self.stream_name(Kept::Events),
            subjects: vec![format!("dev-server.{}.event", self.name)],
            max_bytes: EVENT_BYTES,
            ..stream::Config::default()
        };
        let reports = stream::Config {
            name: self.stream_name(Kept::Reports),
            subjects: vec![format!("dev-server.{}.report.*", self.name)],
            max_bytes: REPORT_BYTES,
            max_age: REPORT_AGE,
            ..stream::Config::default()
        };
        for config in [state, events, reports] {
            self.connected()
                .await?
                .get_or_create_stream(config)
                .await
                .map_err(failed("does not make a stream"))?;
        }
        if self.bucket().await.is_err() {
            let config =
                object_store::Config { bucket: self.bucket_name(), ..object_store::Config::default() };
            self.connected()
                .await?
                .create_object_store(config)
                .await
                .map_err(failed("does not make an object store"))?;
        }
        Ok(())
    }

    async fn write(
        &self,
        subject: String,
        content: Bytes,
        follows: Follows<'_>,
    ) -> Result<Promise, BrokerError> {
        let message = PublishMessage::build().payload(content);
        let message = match follows {
            Follows::InSubject(number) => message.expected_last_subject_sequence(number),
            Follows::InStream(number, name) => message.expected_last_sequence(number).message_id(name),
            Follows::Anything(name) => message.message_id(name),
            Follows::Named(last, name) => message.expected_last_message_id(last).message_id(name),
        };
        let writing = self.connected().await?.send_publish(subject, message);
        let sent = tokio::time::timeout(ANSWER, writing).await.map_err(failed("does not answer"))?;
        let answer = sent.map_err(failed("does not take an entry"))?.into_future();
        Ok(Promise::new(async {
            answer.await.map(|answer| answer.sequence).map_err(failed("did not take an entry"))
        }))
    }

    async fn last(&self, kept: Kept, subject: &str) -> Result<Option<Written>, BrokerError> {
        match self.stream(kept).await?.get_last_raw_message_by_subject(subject).await {
            Ok(message) => Ok(Some(Written {
                subject: message.subject.to_string(),
                sequence: message.sequence,
                content: message.payload,
            })),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(failed("does not say what was last")(error)),
        }
    }

    async fn extent(&self, kept: Kept) -> Result<Extent, BrokerError> {
        let stream = self.stream(kept).await?;
        let info = stream.cached_info();
        Ok(Extent { life: info.created.unix_timestamp_nanos(), last: info.state.last_sequence })
    }

    async fn read(&self, kept: Kept, first: u64) -> Result<Reading, BrokerError> {
        let deliver_policy = match first {
            0 | 1 => DeliverPolicy::All,
            start_sequence => DeliverPolicy::ByStartSequence { start_sequence },
        };
        let config = OrderedConfig { deliver_policy, ..OrderedConfig::default() };
        let consumer = self.stream(kept).await?.create_consumer(config).await;
        let messages = consumer.map_err(failed("does not let read"))?.messages().await;
        let messages = messages.map_err(failed("does not let read"))?;
        Ok(Reading::new(messages.map(|message| {
            let message = message.map_err(failed("stopped"))?;
            let sequence = message.info().map_err(failed("sent something strange"))?.stream_sequence;
            Ok(Written { subject: message.subject.to_string(), sequence, content: message.message.payload })
        })))
    }

    async fn put_blob(
        &self,
        hash: ContentHash,
        read: impl FnOnce() -> io::Result<Vec<u8>> + Send + 'static,
    ) -> Result<(), BrokerError> {
        let bytes = tokio::task::spawn_blocking(read).await.map_err(failed("was given nothing"))?;
        let bytes = bytes.map_err(BrokerError::Unread)?;
        let bucket = self.bucket().await?;
        let about = ObjectMetadata { name: hash.to_string(), ..ObjectMetadata::default() };
        let mut bytes = bytes.as_slice();
        let putting = tokio::time::timeout(TRANSFER, bucket.put(about, &mut bytes)).await;
        putting.map_err(failed("is too slow"))?.map_err(failed("does not take a blob"))?;
        Ok(())
    }

    async fn blob(&self, hash: ContentHash) -> Result<Bytes, BrokerError> {
        let bucket = self.bucket().await?;
        let reading = async {
            let object = bucket.get(hash.to_string()).await.map_err(|error| match error.kind() {
                GetErrorKind::NotFound => BrokerError::NoBlob(error.to_string()),
                _ => failed("cannot give a blob")(error),
            })?;
            let mut bytes = Vec::new();
            object.take(LARGEST).read_to_end(&mut bytes).await.map_err(|error| match error.kind() {
                // It is not the one that was put there, and asking again gives the same.
                io::ErrorKind::InvalidData => BrokerError::NoBlob(format!("{hash}: {error}")),
                _ => failed("cannot give a blob")(error),
            })?;
            Ok(bytes)
        };
        let bytes = tokio::time::timeout(TRANSFER, reading).await.map_err(failed("is too slow"))??;
        if ContentHash::of(&bytes) != hash {
            return Err(BrokerError::NoBlob(format!("{hash}: something else lies there")));
        }
        Ok(bytes.into())
    }

    async fn blobs(&self) -> Result<Vec<ContentHash>, BrokerError> {
        let bucket = self.bucket().await?;
        let mut list = bucket.list().await.map_err(failed("does not list its blobs"))?;
        let mut found = Vec::new();
        while let Some(info) = list.next().await {
            let info = info.map_err(failed("does not list its blobs"))?;
            if let Ok(hash) = info.name.parse::<ContentHash>() {
                found.push((info.modified, hash));
            }
        }
        found.sort_unstable();
        Ok(found.into_iter().map(|(_, hash)| hash).collect())
    }

    async fn remove_blob(&self, hash: ContentHash) -> Result<(), BrokerError> {
        self.bucket().await?.delete(hash.to_string()).await.map_err(failed("does not delete a blob"))
    }
}

impl fmt::Debug for Nats {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Nats({})", self.name)
    }
}
