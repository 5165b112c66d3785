//! The broker, as the server that builds and its hubs have it: over a connection that is opened again when it is lost.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use dev_server::backplane::{Broker, BrokerError, Extent, Follows, Kept, Promise, Reading, Written};
use dev_server::content::ContentHash;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio_util::codec::{Framed, FramedRead, FramedWrite, LengthDelimitedCodec};

use super::PORT;
use super::message::{Answer, Condition, Request, codec, decode, encode, stream};
use crate::cable::Cable;
use crate::weather::Weather;

/// For an answer, and for a connection.
const ANSWER: Duration = Duration::from_secs(2);

/// Before it is connected again.
const AGAIN: Duration = Duration::from_millis(150);

/// After which a broker that should say something is not there.
const SILENCE: Duration = Duration::from_secs(3);

/// Requests that wait for a connection; what comes then fails.
const WAITING: usize = 4096;

type Asked = (Request, oneshot::Sender<Answer>);

/// A lasting connection, which ends with its host.
#[derive(Clone)]
pub(crate) struct Remote {
    requests: mpsc::Sender<Asked>,
    weather: Weather,
    /// Entries name what they follow.
    conditional: bool,
}

impl Remote {
    pub(crate) fn connect(weather: &Weather, conditional: bool) -> Self {
        let (requests, asked) = mpsc::channel(WAITING);
        tokio::spawn(keep_connected(asked, weather.clone()));
        Self { requests, weather: weather.clone(), conditional }
    }

    async fn ask(&self, request: Request) -> Result<Answer, BrokerError> {
        answered(self.send(request)?).await
    }

    fn send(&self, request: Request) -> Result<oneshot::Receiver<Answer>, BrokerError> {
        let (sender, answer) = oneshot::channel();
        self.requests.try_send((request, sender)).map_err(|_| failed("too much waits"))?;
        Ok(answer)
    }
}

fn failed(reason: impl Into<String>) -> BrokerError {
    BrokerError::Failed { doing: "does not answer", reason: reason.into() }
}

async fn answered(answer: oneshot::Receiver<Answer>) -> Result<Answer, BrokerError> {
    match tokio::time::timeout(ANSWER, answer).await {
        Ok(Ok(Answer::Refused(reason))) => Err(failed(reason)),
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err(failed("the connection was lost")),
        Err(_) => Err(failed("it took too long")),
    }
}

/// What is asked meanwhile waits, and is said to whoever answers next: it may come late.
async fn keep_connected(mut asked: mpsc::Receiver<Asked>, weather: Weather) {
    while !asked.is_closed() {
        if let Ok(Ok(cable)) = tokio::time::timeout(ANSWER, Cable::open("broker", PORT, &weather)).await {
            converse(&mut asked, cable).await;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn converse(asked: &mut mpsc::Receiver<Asked>, cable: Cable) {
    let (read, write) = tokio::io::split(cable);
    let (mut read, mut write) = (FramedRead::new(read, codec()), FramedWrite::new(write, codec()));
    // Whoever waits is told by its end that the connection was lost, one after the other.
    let waiting: Mutex<BTreeMap<u64, oneshot::Sender<Answer>>> = Mutex::default();
    let say = async {
        let mut number = 0_u64;
        while let Some((request, sender)) = asked.recv().await {
            number += 1;
            waiting.lock().unwrap().insert(number, sender);
            if write.send(encode(&(number, request))).await.is_err() {
                return;
            }
        }
    };
    let hear = async {
        loop {
            let heard = tokio::time::timeout(SILENCE, read.next()).await;
            if heard.is_err() && waiting.lock().unwrap().is_empty() {
                continue;
            }
            let Ok(Some(Ok(bytes))) = heard else { return };
            let (number, answer): (u64, Answer) = decode(&bytes);
            if let Some(sender) = waiting.lock().unwrap().remove(&number) {
                let _ = sender.send(answer);
            }
        }
    };
    tokio::select! {
        biased;
        () = hear => {}
        () = say => {}
    }
}

impl Broker for Remote {
    async fn prepare(&self) -> Result<(), BrokerError> {
        self.ask(Request::Prepare).await.map(|_| ())
    }

    async fn write(
        &self,
        subject: String,
        content: Bytes,
        follows: Follows<'_>,
    ) -> Result<Promise, BrokerError> {
        let condition = if self.conditional { follows.into() } else { Condition::Nothing };
        let answer = self.send(Request::Write { subject, content, condition })?;
        Ok(Promise::new(async { number(answered(answer).await?) }))
    }

    async fn last(&self, kept: Kept, subject: &str) -> Result<Option<Written>, BrokerError> {
        match self.ask(Request::Last(stream(kept), subject.to_owned())).await? {
            Answer::Entry(message) => Ok(message.map(Written::from)),
            other => Err(failed(format!("{other:?}"))),
        }
    }

    async fn extent(&self, kept: Kept) -> Result<Extent, BrokerError> {
        match self.ask(Request::Extent(stream(kept))).await? {
            Answer::Extent(life, last) => Ok(Extent { life: life.into(), last }),
            other => Err(failed(format!("{other:?}"))),
        }
    }

    async fn read(&self, kept: Kept, first: u64) -> Result<Reading, BrokerError> {
        let opening = tokio::time::timeout(ANSWER, Cable::open("broker", PORT, &self.weather)).await;
        let cable =
            opening.map_err(|_| failed("it took too long"))?.map_err(|error| failed(error.to_string()))?;
        let mut framed = Framed::new(cable, codec());
        let request = encode(&(0_u64, Request::Read(stream(kept), first)));
        framed.send(request).await.map_err(|error| failed(error.to_string()))?;
        Ok(Reading::new(futures_util::stream::unfold(framed, async |mut framed| {
            Some((heard(&mut framed).await, framed))
        })))
    }

    async fn put_blob(
        &self,
        hash: ContentHash,
        read: impl FnOnce() -> io::Result<Vec<u8>> + Send + 'static,
    ) -> Result<(), BrokerError> {
        // At once: a thread of its own would end whenever it likes.
        let bytes = read().map_err(BrokerError::Unread)?;
        self.ask(Request::Put(hash, bytes.into())).await.map(|_| ())
    }

    async fn blob(&self, hash: ContentHash) -> Result<Bytes, BrokerError> {
        match self.ask(Request::Get(hash)).await? {
            Answer::Blob(Some(bytes)) => Ok(bytes),
            _ => Err(BrokerError::NoBlob(hash.to_string())),
        }
    }

    async fn blobs(&self) -> Result<Vec<ContentHash>, BrokerError> {
        match self.ask(Request::List).await? {
            Answer::Blobs(hashes) => Ok(hashes),
            other => Err(failed(format!("{other:?}"))),
        }
    }

    async fn remove_blob(&self, hash: ContentHash) -> Result<(), BrokerError> {
        self.ask(Request::Remove(hash)).await.map(|_| ())
    }
}

/// The next entry; between two of them the broker shows that it is there.
async fn heard(framed: &mut Framed<Cable, LengthDelimitedCodec>) -> Result<Written, BrokerError> {
    loop {
        let bytes = tokio::time::timeout(SILENCE, framed.next()).await;
        let bytes =
            bytes.map_err(|_| failed("it is silent"))?.ok_or_else(|| failed("the connection was lost"))?;
        match decode::<(u64, Answer)>(&bytes.map_err(|error| failed(error.to_string()))?).1 {
            Answer::Entry(Some(message)) => return Ok(message.into()),
            Answer::Done => {}
            other => return Err(failed(format!("{other:?}"))),
        }
    }
}

fn number(answer: Answer) -> Result<u64, BrokerError> {
    match answer {
        Answer::Number(number) => Ok(number),
        other => Err(failed(format!("{other:?}"))),
    }
}
