//! What is answered to those who are not in yet: the page where a device brings its code, how to trust the certificate, and
//! a code for whoever has the token.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use bytes::Bytes;

use super::answer::{self, Answer};
use super::credential::{self, Credential, Source};
use super::guard::{self, Guards};
use super::pairing::{self, KEPT, Pairing, Redeemed};
use super::path::RequestPath;
use super::service::Ends;
use super::throttle::{Throttle, WRONG_CODES};
use super::tls::Tls;
use super::token::Token;

/// Path where a new code is asked for by `dev-server pair`.
const OFFER: &str = "__dev/pairing";

/// Page that says how to trust the certificate that was made here.
const TRUST: &str = "__dev/trust";

/// The certificate itself.
const AUTHORITY: &str = "__dev/authority.crt";

const WRONG: &str =
    "This code is wrong, was used, or is older than ten minutes. Press p in the terminal for another one.";

/// The door for devices of the network. Without one there is nothing here.
#[derive(Debug)]
pub(super) struct Doorstep {
    pairing: Option<Arc<Pairing>>,
    tls: Option<Arc<Tls>>,
    wrong_codes: Throttle,
}

impl Doorstep {
    pub(super) fn new(pairing: Option<Arc<Pairing>>, tls: Option<Arc<Tls>>) -> Self {
        Self { pairing, tls, wrong_codes: Throttle::new(WRONG_CODES) }
    }

    pub(super) fn pairing(&self) -> Option<&Pairing> {
        self.pairing.as_deref()
    }

    /// Path of the page, where there is one.
    pub(super) fn page(&self) -> Option<&'static str> {
        self.pairing.as_ref().map(|_| pairing::PAGE)
    }

    /// Does this request come from this machine? Where nobody else is let in, all do.
    ///
    /// A connection between two ends of one address stays on one machine. Of the loopback device only the addresses that
    /// browsers use count: the others belong to programs, some of which forward for somebody.
    pub(super) fn is_at_home(&self, ends: Ends, headers: &HeaderMap) -> bool {
        let (peer, local) = (ends.peer.ip().to_canonical(), ends.local.ip().to_canonical());
        let is_usual =
            peer == IpAddr::from([127, 0, 0, 1]) || peer == IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1_u16]);
        self.pairing.is_none() || is_usual || peer == local || guard::asks_loopback(headers)
    }

    /// A path as it may be logged: somebody may put a code behind the page's name.
    pub(super) fn shown(path: String) -> String {
        if path.trim_start_matches('/').starts_with(pairing::PAGE) {
            format!("/{}", pairing::PAGE)
        } else {
            path
        }
    }

    /// The certificate that devices may trust, where one was made here.
    fn authority(&self) -> Option<&Bytes> {
        self.tls.as_ref()?.authority()
    }

    pub(super) fn is_asked(&self, path: &RequestPath) -> bool {
        match path.whole().as_str() {
            pairing::PAGE | OFFER => self.pairing.is_some(),
            TRUST | AUTHORITY => self.authority().is_some(),
            _ => false,
        }
    }

    /// Answers what [`Self::is_asked`] is true for.
    pub(super) async fn answer(
        &self,
        path: &RequestPath,
        request: Request<Body>,
        credential: Credential,
        peer: IpAddr,
        token: &Token,
        guards: Guards,
    ) -> Answer {
        let path = path.whole();
        if let (TRUST | AUTHORITY, Some(authority)) = (path.as_str(), self.authority()) {
            return match *request.method() {
                Method::GET | Method::HEAD if path == AUTHORITY => certificate(authority.clone()),
                Method::GET | Method::HEAD => self.how_to_trust(),
                _ => not_allowed("GET, HEAD"),
            };
        }
        let Some(pairing) = &self.pairing else { return answer::not_found() };
        if path == OFFER {
            return offer(pairing, request.method(), credential);
        }
        match *request.method() {
            Method::GET | Method::HEAD => {
                pairing::answer_form(StatusCode::OK, None, request.uri().query(), request.headers())
            }
            Method::POST => self.redeem(pairing, request, peer, token, guards).await,
            _ => not_allowed("GET, HEAD, POST"),
        }
    }

    fn how_to_trust(&self) -> Answer {
        let fingerprint = self.tls.as_ref().map(|tls| tls.fingerprint()).unwrap_or_default();
        answer::trust(AUTHORITY, &fingerprint)
    }

    async fn redeem(
        &self,
        pairing: &Arc<Pairing>,
        request: Request<Body>,
        peer: IpAddr,
        token: &Token,
        guards: Guards,
    ) -> Answer {
        // Every try counts, before it is looked at: many at once must not be more than many after one another.
        if guards.wrong_codes && self.wrong_codes.note(peer, Instant::now()) {
            return answer::slow_down("Too many wrong codes. Wait a minute.");
        }
        let headers = request.headers().clone();
        let form = match pairing::read_form(request).await {
            Ok(form) => form,
            Err(status) => return answer::refused(status, "Only the form of this page is read here."),
        };
        let redeemed = {
            let pairing = Arc::clone(pairing);
            let redeem = move || pairing.redeem(&form.code, &form.name, peer, Instant::now());
            tokio::task::spawn_blocking(redeem).await
        };
        match redeemed {
            Ok(Redeemed::Paired { name, secret }) => {
                tracing::info!(name, %peer, "a device was paired");
                let mut answer = answer::redirect(StatusCode::SEE_OTHER, "/");
                answer::set_cookie(&mut answer, token.cookie_name(), &secret, KEPT.as_secs());
                answer
            }
            Ok(Redeemed::Wrong) => pairing::answer_form(StatusCode::FORBIDDEN, Some(WRONG), None, &headers),
            Ok(Redeemed::Failed) | Err(_) => {
                let problem = "The device could not be kept. The terminal says why.";
                pairing::answer_form(StatusCode::CONFLICT, Some(problem), None, &headers)
            }
        }
    }

    /// Takes the secret of a device out of a request that a backend is going to see. That of the cookie goes with the
    /// cookie's name.
    pub(super) fn without_secret(&self, mut request: Request<Body>) -> Request<Body> {
        let bearer =
            request.headers().get(header::AUTHORIZATION).map(|value| credential::bearer(value.as_bytes()));
        let known = bearer
            .flatten()
            .is_some_and(|secret| self.pairing().is_some_and(|pairing| pairing.knows(secret)));
        if known {
            request.headers_mut().remove(header::AUTHORIZATION);
        }
        request
    }
}

/// As phones and other systems take it.
fn certificate(authority: Bytes) -> Answer {
    let mut answer = Answer::new(Body::from(authority));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-x509-ca-cert"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"dev-server-authority.crt\""),
    );
    answer
}

/// For whoever has the token itself and puts it where no browser does by itself. A device that was let in lets nobody in.
fn offer(pairing: &Pairing, method: &Method, credential: Credential) -> Answer {
    if credential != Credential::Right(Source::Bearer) {
        return answer::unauthorized(Some(pairing::PAGE));
    }
    if *method != Method::POST {
        return not_allowed("POST");
    }
    match pairing.offer() {
        Ok(offer) => answer::json(
            serde_json::json!({
                "page": offer.page,
                "code": offer.code,
                "link": offer.link,
                "seconds": offer.valid.as_secs(),
            })
            .to_string(),
        ),
        Err(_) => answer::refused(StatusCode::SERVICE_UNAVAILABLE, "The system has no random numbers."),
    }
}

fn not_allowed(methods: &'static str) -> Answer {
    let mut answer = answer::refused(StatusCode::METHOD_NOT_ALLOWED, "Another method is answered here.");
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    answer
}
