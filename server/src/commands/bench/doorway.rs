//! A page that answers only once it is known where to go: a browser can be started before there is anything to show.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// Where a browser waits.
#[derive(Debug)]
pub(super) struct Doorway {
    /// Address for the browser to start with.
    pub(super) url: String,
    arrived: Arc<Notify>,
    destination: watch::Sender<Option<String>>,
}

#[derive(Clone)]
struct Waiting {
    arrived: Arc<Notify>,
    destination: watch::Receiver<Option<String>>,
}

impl Doorway {
    /// Itself, and what serves it until `stop`.
    pub(super) async fn build(
        stop: CancellationToken,
    ) -> io::Result<(Self, impl Future<Output = io::Result<()>> + Send + 'static)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}/", listener.local_addr()?);
        let (destination, receiver) = watch::channel(None);
        let arrived = Arc::new(Notify::new());
        let waiting = Waiting { arrived: Arc::clone(&arrived), destination: receiver };
        let router = Router::new().route("/", get(wait)).with_state(waiting);
        let serving = async move {
            // What a browser keeps open must not hold up the end.
            tokio::select! {
                () = stop.cancelled() => Ok(()),
                ended = axum::serve(listener, router) => ended,
            }
        };
        Ok((Self { url, arrived, destination }, serving))
    }

    /// Returns once a browser has come.
    pub(super) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Sends whoever waits to `url`.
    pub(super) fn open(&self, url: String) {
        self.destination.send_replace(Some(url));
    }
}

async fn wait(State(mut waiting): State<Waiting>) -> Response {
    waiting.arrived.notify_one();
    match waiting.destination.wait_for(Option::is_some).await.map(|url| url.clone()) {
        Ok(Some(url)) => Redirect::to(&url).into_response(),
        Ok(None) | Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_browser_waits_and_is_sent_on() {
        let stop = CancellationToken::new();
        let (doorway, serving) = Doorway::build(stop.clone()).await.unwrap();
        let serving = tokio::spawn(serving);
        let address = doorway.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let mut browser = TcpStream::connect(&address).await.unwrap();
        let request = format!("GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        browser.write_all(request.as_bytes()).await.unwrap();
        doorway.arrived().await;
        doorway.open("http://127.0.0.1:1/?token=x".to_owned());
        let mut answer = String::new();
        browser.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
        assert!(answer.contains("location: http://127.0.0.1:1/?token=x"), "{answer}");
        stop.cancel();
        serving.await.unwrap().unwrap();
    }
}
