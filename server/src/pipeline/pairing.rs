//! Codes for devices of the network, and what became of them, told to the person in front of the terminal.

use std::sync::Arc;

use tokio::sync::broadcast::{self, error::RecvError};

use crate::http::{Pairing, PairingNews};

use super::announce::Announcer;

/// The terminal's side of [`Pairing`]; nothing happens where the server is for this machine alone.
pub(super) struct Inviting {
    open: Option<(Arc<Pairing>, broadcast::Receiver<PairingNews>)>,
}

impl Inviting {
    pub(super) fn new(pairing: Option<Arc<Pairing>>) -> Self {
        let open = pairing.map(|pairing| {
            let news = pairing.news();
            (pairing, news)
        });
        Self { open }
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Shows a new code.
    pub(super) fn invite(&self, announcer: &Announcer) {
        let Some((pairing, _)) = &self.open else {
            announcer.notice(
                "the server listens on this machine only, so there is no device to be paired".to_owned(),
                Some("start it with --host 0.0.0.0 to let phones and other machines in".to_owned()),
            );
            return;
        };
        match pairing.offer() {
            Ok(offer) => announcer.pairing(&offer),
            Err(error) => announcer.notice(format!("no random numbers for a code: {error}"), None),
        }
    }

    /// The next of the news; never where nothing can happen. What was missed by a reader that was late is let go.
    pub(super) async fn news(&mut self) -> PairingNews {
        let Some((_, news)) = &mut self.open else { return std::future::pending().await };
        loop {
            match news.recv().await {
                Ok(news) => return news,
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return std::future::pending().await,
            }
        }
    }
}

/// Says it in words.
pub(super) fn tell(news: PairingNews, announcer: &Announcer) {
    match news {
        PairingNews::Renewed(offer) => {
            announcer.notice("too many wrong codes came: this is a new one".to_owned(), None);
            announcer.pairing(&offer);
        }
        PairingNews::Closed => announcer.notice(
            "too many wrong codes came again: somebody on the network tries them".to_owned(),
            Some("press p, or run `dev-server pair`, when a device is to be let in".to_owned()),
        ),
        PairingNews::Paired { name, peer } => announcer.notice(
            format!("{name} at {peer} was paired"),
            Some(format!("it is sent away by: dev-server pair --forget \"{name}\"")),
        ),
        PairingNews::Failed { message, hint } => {
            announcer.notice(format!("a device could not be paired: {message}"), Some(hint));
        }
    }
}
