//! One request to a server that runs, on a connection of its own.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper::{Request, StatusCode, header};
use hyper_util::rt::TokioIo;

use super::reach::Reach;

type Answered = Result<(StatusCode, Bytes), Box<dyn std::error::Error + Send + Sync>>;

/// Asks the server, as `request` says without its host and token. An answer of more than `longest` bytes is an error.
pub(super) async fn ask(reach: &Reach, mut request: Request<Full<Bytes>>, longest: usize) -> Answered {
    let (mut sender, connection) = http1::handshake(TokioIo::new(reach.line().await?)).await?;
    let headers = request.headers_mut();
    headers.insert(header::HOST, reach.address().authority().parse()?);
    if let Some((name, value)) = reach.address().authorization() {
        headers.insert(name, value);
    }
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
