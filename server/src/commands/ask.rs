//! One request to a server that runs, on a connection of its own.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::http::connect_pinned;

type Answered = Result<(StatusCode, Bytes), Box<dyn std::error::Error + Send + Sync>>;

/// Asks the server at the other end of `stream`, whose certificate has the SHA-256 `certificate` when it speaks TLS. An
/// answer of more than `longest` bytes is an error.
pub(super) async fn ask(
    stream: TcpStream,
    certificate: Option<&str>,
    request: Request<Full<Bytes>>,
    longest: usize,
) -> Answered {
    match certificate {
        Some(certificate) => exchange(connect_pinned(stream, certificate).await?, request, longest).await,
        None => exchange(stream, request, longest).await,
    }
}

async fn exchange<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    request: Request<Full<Bytes>>,
    longest: usize,
) -> Answered {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let exchange = async {
        let answer = sender.send_request(request).await?;
        let status = answer.status();
        Ok((status, Limited::new(answer.into_body(), longest).collect().await?.to_bytes()))
    };
    tokio::pin!(exchange);
    tokio::select! {
        answer = &mut exchange => answer,
        // The server may close before all is read that it has sent.
        ended = connection => {
            ended?;
            exchange.await
        }
    }
}
