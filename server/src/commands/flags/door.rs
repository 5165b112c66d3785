//! The door of a server for flags: one request on a connection of its own.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Request, StatusCode, header};
use serde::Deserialize;

use crate::commands::CommandError;
use crate::commands::ask::ask;
use crate::commands::reach::{self, Reach};
use crate::exit::ExitStatus;
use crate::trust::is_distrust;

const PATH: &str = "/__dev/flags";

/// Longest answer that is read: more than the largest document.
const LONGEST: usize = 2 << 20;

/// For the whole exchange.
const TIME: Duration = Duration::from_secs(10);

/// The flags of one server.
pub(super) struct Door {
    reach: Reach,
}

/// A change that was made.
#[derive(Debug, Deserialize)]
pub(super) struct Made {
    pub(super) revision: u64,
    pub(super) differences: Vec<String>,
    pub(super) unkept: Option<String>,
}

/// One that was not.
#[derive(Deserialize)]
struct Unmade {
    error: String,
    hint: String,
}

impl Door {
    pub(super) fn new(reach: Reach) -> Self {
        Self { reach }
    }

    /// All flags, as JSON.
    pub(super) async fn document(&self) -> Result<String, CommandError> {
        match self.exchange(Method::GET, Bytes::new()).await? {
            (StatusCode::OK, text) => Ok(text),
            (status, _) => Err(strange(status)),
        }
    }

    /// Makes a change.
    pub(super) async fn change(&self, words: &[String]) -> Result<Made, CommandError> {
        let body = serde_json::json!({ "words": words }).to_string();
        let (status, text) = self.exchange(Method::POST, body.into()).await?;
        if status == StatusCode::OK {
            return serde_json::from_str(&text).map_err(|_| strange(status));
        }
        let Ok(Unmade { error, hint }) = serde_json::from_str(&text) else { return Err(strange(status)) };
        let exit = if status == StatusCode::CONFLICT { ExitStatus::Failure } else { ExitStatus::Usage };
        Err(CommandError::new(exit, error).with_hint(hint))
    }

    async fn exchange(&self, method: Method, body: Bytes) -> Result<(StatusCode, String), CommandError> {
        let address = self.reach.address();
        let nobody = |error: String| {
            CommandError::new(ExitStatus::Usage, format!("nobody answers at {address}: {error}"))
                .with_hint("start it by `dev-server serve`, or name another one by --server".to_owned())
        };
        match tokio::time::timeout(TIME, self.ask(method, body)).await {
            Ok(Ok((StatusCode::UNAUTHORIZED, _))) => {
                let hint = "copy the whole address that `dev-server serve` has printed, token included";
                let refused = CommandError::new(ExitStatus::Usage, "the server does not know this token");
                Err(refused.with_hint(hint.to_owned()))
            }
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) if error.downcast_ref().is_some_and(is_distrust) => {
                let refused = CommandError::new(ExitStatus::Usage, reach::not_believed(address));
                Err(refused.with_hint(reach::BELIEVE.to_owned()))
            }
            Ok(Err(error)) => Err(nobody(error.to_string())),
            Err(_) => Err(nobody("no answer in ten seconds".to_owned())),
        }
    }

    async fn ask(
        &self,
        method: Method,
        body: Bytes,
    ) -> Result<(StatusCode, String), Box<dyn std::error::Error + Send + Sync>> {
        let request = Request::builder()
            .method(method)
            .uri(PATH)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))?;
        let (status, bytes) = ask(&self.reach, request, LONGEST).await?;
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }
}

fn strange(status: StatusCode) -> CommandError {
    CommandError::new(ExitStatus::Usage, format!("the server answered {status}"))
        .with_hint("is it the address of a dev-server of this version?".to_owned())
}
