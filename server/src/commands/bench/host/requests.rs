//! Clients that ask a server again as soon as they are answered, each over a connection of its own.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::super::super::CommandError;
use super::failed;

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) address: SocketAddr,
    pub(super) path: String,
    /// The token of a server that wants one.
    pub(super) token: Option<String>,
}

/// What clients have seen in a turn.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) per_second: f64,
    /// From the quickest to the slowest.
    times: Vec<Duration>,
}

impl Seen {
    /// In milliseconds: so many of a hundred answers took no longer.
    pub(super) fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.times.len() * percent).div_ceil(100).saturating_sub(1);
        self.times.get(rank).map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
    }
}

impl Asked {
    fn request(&self) -> Result<Request<Empty<Bytes>>, CommandError> {
        let request = Request::get(&self.path).header(header::HOST, self.address.to_string());
        let request = match &self.token {
            Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        };
        request.body(Empty::new()).map_err(failed)
    }

    /// One answer, over a new connection.
    pub(super) async fn once(&self) -> Result<Bytes, CommandError> {
        let mut sender = self.connect().await?;
        self.ask(&mut sender).await
    }

    /// Asks with so many clients for so long.
    pub(super) async fn turn(&self, clients: usize, time: Duration) -> Result<Seen, CommandError> {
        let begun = Instant::now();
        let mut asking = JoinSet::new();
        for _ in 0..clients {
            let asked = self.clone();
            asking.spawn(async move {
                let mut sender = asked.connect().await?;
                let mut times = Vec::new();
                while begun.elapsed() < time {
                    let started = Instant::now();
                    asked.ask(&mut sender).await?;
                    times.push(started.elapsed());
                }
                Ok::<_, CommandError>(times)
            });
        }
        let mut times = Vec::new();
        while let Some(client) = asking.join_next().await {
            times.extend(client.map_err(failed)??);
        }
        let took = begun.elapsed();
        times.sort_unstable();
        Ok(Seen { per_second: times.len() as f64 / took.as_secs_f64(), times })
    }

    async fn connect(&self) -> Result<http1::SendRequest<Empty<Bytes>>, CommandError> {
        let stream = TcpStream::connect(self.address).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(failed)?;
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn ask(&self, sender: &mut http1::SendRequest<Empty<Bytes>>) -> Result<Bytes, CommandError> {
        sender.ready().await.map_err(failed)?;
        let answer = sender.send_request(self.request()?).await.map_err(failed)?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(failed)?.to_bytes();
        if status == StatusCode::OK {
            return Ok(body);
        }
        Err(failed(format!("{} was answered {status}: {}", self.path, String::from_utf8_lossy(&body))))
    }
}
