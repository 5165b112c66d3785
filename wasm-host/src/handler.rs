//! A component that answers requests of HTTP, each in a guest of its own.
//!
//! A guest that gets to its end without waiting is answered for on the spot, with the whole body. One that waits, for its
//! clock or for who reads its answer, gets a task from the moment on at which the head of its answer is known: limits hold
//! for it also while nobody asks for more of the body. Dropping what was asked, before the head or after it, ends the guest.

mod asked;
mod answer_body;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Instant;

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Body;
use tokio::sync::oneshot;
use wasmtime::component::Resource;
use wasmtime::{PoolConcurrencyLimitError, Store};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;
use wasmtime_wasi_http::p2::types::{HostIncomingRequest, HostResponseOutparam};

use crate::error::Error;
use crate::failure::Failure;
use crate::guest::{Times, enter, store};
use crate::meter::{Metered, metered};
use crate::module::{Code, Compiled};
use crate::outcome::{Outcome, classify};
use crate::setup::Setup;
use crate::state::{State, on_tick};

use answer_body::{Stop, whole};
use asked::{Asked, Excess};

pub use answer_body::{AnswerBody, Cut};

/// What errors call the function that is called.
const HANDLE: &str = "wasi:http/incoming-handler#handle";

/// The right to ask a component: it exports `wasi:http/incoming-handler`. Clones are the same.
#[derive(Debug, Clone)]
pub struct Handler {
    module: Compiled,
}

/// What became of a guest that was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handled {
    pub outcome: Outcome,
    pub times: Times,
    /// The first address that it wanted to ask itself, which it may not.
    pub denied: Option<String>,
}

type Ended = Box<dyn FnOnce(Handled) + Send>;
type Head = Result<Response<HyperOutgoingBody>, ErrorCode>;

impl Handler {
    pub(crate) fn of(module: &Compiled) -> Option<Self> {
        match module.code() {
            Code::Component(linked) if linked.proxy().is_some() => Some(Self { module: module.clone() }),
            _ => None,
        }
    }

    pub fn module(&self) -> &Compiled {
        &self.module
    }

    /// Asks a guest that is made for this request. Its answer is there when its head is; the body comes as it is read.
    ///
    /// `ended` is called when the guest has ended, which is after this returns when the body is still on its way. It is
    /// dropped instead when nobody waited for the answer, and when it was not the guest that failed. What it holds is held as
    /// long as the guest has its slot.
    ///
    /// In a runtime of tokio with time.
    pub async fn answer<B>(
        &self,
        setup: Setup,
        request: Request<B>,
        ended: impl FnOnce(Handled) + Send + 'static,
    ) -> Result<Response<AnswerBody>, Error>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
    {
        let (limit, is_head) = (setup.limits.request_bytes, request.method() == Method::HEAD);
        let too_long = || Error::RequestTooLong { module: self.module.name().to_owned(), limit };
        if request.body().size_hint().lower() > limit {
            return Err(too_long());
        }
        let most = setup.limits.response_bytes;
        let mut store = store(&self.module, setup)?;
        store.epoch_deadline_callback(on_tick);
        let excess = Excess::default();
        let request = request.map(|body| Asked::new(body, limit, excess.clone()));
        let (sender, mut head) = oneshot::channel();
        let (request, out) = resources(&mut store, request, sender).map_err(|error| Error::Request {
            module: self.module.name().to_owned(),
            detail: error.to_string(),
        })?;
        let verdict = Verdict::default();
        let running = Box::pin(run(self.module.clone(), store, request, out, Arc::clone(&verdict)));
        let mut underway = Underway { running, ended: Box::new(ended) };
        let first = poll_fn(|context| {
            let polled = underway.running.as_mut().poll(context);
            Poll::Ready(match (polled, head.try_recv()) {
                // Whatever it made of that: it has not seen the request.
                _ if excess.is_seen() => First::TooLong,
                (Poll::Ready(handled), head) => First::Ended(handled, head.ok()),
                (Poll::Pending, Ok(head)) => First::Head(head),
                // It wakes this when it goes on, and only then it sets one.
                (Poll::Pending, Err(_)) => return Poll::Pending,
            })
        });
        match first.await {
            First::TooLong => Err(too_long()),
            First::Ended(Err(error), _) => Err(error),
            First::Ended(Ok(handled), head) => {
                let answer = head.ok_or(Failure::NoAnswer).and_then(final_head);
                let answer = answer.and_then(|answer| whole(answer, most, is_head));
                let answer = if handled.outcome.is_success() { answer } else { Err(Failure::NoAnswer) };
                self.told(underway.ended, handled, answer)
            }
            First::Head(head) => match final_head(head) {
                Ok(head) => {
                    let (parts, body) = head.into_parts();
                    let (stop, stopped) = oneshot::channel();
                    let body = AnswerBody::streamed(body, &parts.headers, most, verdict, stop);
                    tokio::spawn(rest(underway, stopped));
                    // Nobody reads it, and with it the guest ends.
                    let body = if is_head { body.without_data() } else { body };
                    Ok(Response::from_parts(parts, body))
                }
                Err(failure) => {
                    let handled = Handled::failed(failure.clone());
                    drop(underway.running);
                    self.told(underway.ended, handled, Err(failure))
                }
            },
        }
    }

    /// Tells what became of a guest that has ended, and answers for it.
    fn told(
        &self,
        ended: Ended,
        handled: Handled,
        answer: Result<Response<AnswerBody>, Failure>,
    ) -> Result<Response<AnswerBody>, Error> {
        let outcome = match (&handled.outcome, &answer) {
            (outcome, _) if !outcome.is_success() => outcome.clone(),
            (_, Err(failure)) => Outcome::Failed(failure.clone()),
            (outcome, Ok(_)) => outcome.clone(),
        };
        ended(Handled { outcome: outcome.clone(), ..handled });
        let (module, export) = (self.module.name().to_owned(), HANDLE.to_owned());
        answer.map_err(|_| Error::CallFailed { module, export, outcome })
    }
}

impl Handled {
    fn failed(failure: Failure) -> Self {
        Self { outcome: Outcome::Failed(failure), times: Times::default(), denied: None }
    }
}

enum First {
    Ended(Result<Handled, Error>, Option<Head>),
    Head(Head),
    TooLong,
}

/// Whether a guest that has ended did so well: known before the last of its body is.
type Verdict = Arc<OnceLock<bool>>;

/// Fields are dropped in this order: who counts slots is told when there is one again.
struct Underway {
    running: Pin<Box<dyn Future<Output = Result<Handled, Error>> + Send>>,
    ended: Ended,
}

/// What the guest of a streamed answer still does.
async fn rest(mut underway: Underway, stopped: oneshot::Receiver<Stop>) {
    let handled = tokio::select! {
        // First: a guest that finds nobody who reads fails by that, which is not its fault.
        biased;
        stop = stopped => match stop {
            Ok(Stop::Whole) => underway.running.as_mut().await,
            Ok(Stop::Failed(failure)) => Ok(Handled::failed(failure)),
            // Nobody reads it any more.
            Err(_) => return,
        },
        handled = &mut underway.running => handled,
    };
    let Underway { running, ended } = underway;
    drop(running);
    // It has begun, so that no error of the host is left.
    if let Ok(handled) = handled {
        ended(handled);
    }
}

fn resources<B>(
    store: &mut Store<State>,
    request: Request<Asked<B>>,
    head: oneshot::Sender<Head>,
) -> wasmtime::Result<(Resource<HostIncomingRequest>, Resource<HostResponseOutparam>)>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    let scheme = match request.uri().scheme_str() {
        Some("https") => Scheme::Https,
        _ => Scheme::Http,
    };
    let mut http = store.data_mut().http();
    Ok((http.new_incoming_request(scheme, request)?, http.new_response_outparam(head)?))
}

/// From the first instruction of its guest to the last.
async fn run(
    module: Compiled,
    mut store: Store<State>,
    request: Resource<HostIncomingRequest>,
    out: Resource<HostResponseOutparam>,
    verdict: Verdict,
) -> Result<Handled, Error> {
    let begun = Instant::now();
    let mut ready = begun;
    let proxy = match module.code() {
        Code::Component(linked) => linked.proxy(),
        Code::Core(_) => None,
    };
    let Some(proxy) = proxy else { unreachable!("looked at when the handler was made") };
    let awake = enter(&mut store);
    let lifetime = store.data().setup.limits.lifetime;
    let Metered { result, busy } = metered(lifetime, async {
        let guest = proxy.instantiate_async(&mut store).await?;
        ready = Instant::now();
        guest.wasi_http_incoming_handler().call_handle(&mut store, request, out).await
    })
    .await;
    drop(awake);
    if let Some(Err(error)) = &result
        && error.is::<PoolConcurrencyLimitError>()
    {
        return Err(Error::Busy { module: module.name().to_owned() });
    }
    let outcome = classify(result, store.data());
    let times = Times {
        compile: module.took(),
        instantiate: ready - begun,
        run: ready.elapsed(),
        busy,
        ..Times::default()
    };
    let (name, run) = (module.name(), times.run);
    tracing::debug!(module = name, ?run, ?busy, ?outcome, "asked");
    let _ = verdict.set(outcome.is_success());
    let denied = store.data_mut().denied();
    let setup = &store.data().setup;
    drop((setup.stdout.finish(), setup.stderr.finish()));
    Ok(Handled { outcome, times, denied })
}

/// One that a server may send.
fn final_head(head: Head) -> Result<Response<HyperOutgoingBody>, Failure> {
    let head = head.map_err(|code| {
        let code = format!("{code:?}");
        Failure::Declined { code: code.trim_start_matches("ErrorCode::").to_owned() }
    })?;
    let status = head.status().as_u16();
    if (200..=599).contains(&status) { Ok(head) } else { Err(Failure::Status { status }) }
}
