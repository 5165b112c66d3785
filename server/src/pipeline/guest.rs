//! The program of this machine that answers requests: made at the start, and again with each save.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use wasm_host::Setup;

use crate::diagnostic::{Diagnostic, Origin};
use crate::guest::{Answering, Heard, Made, Words, Workshop};
use crate::http::{GuestRoute, Route};
use crate::printer::{DiagnosticRow, Event, milliseconds};
use crate::revision::Revision;

use super::Observer;

/// A program that answers, before it was made.
#[derive(Debug)]
pub struct GuestOptions {
    /// Makes it. It watches already.
    pub workshop: Workshop,
    /// Where it answers.
    pub route: Route,
    /// The compiler and its version; empty for a file.
    pub compiler: String,
    /// How many requests it answers at once.
    pub guests: usize,
}

pub(super) struct Guest {
    options: GuestOptions,
    answering: Answering,
    observer: Observer,
    /// Modules that have answered.
    number: u64,
}

impl Guest {
    /// What serves it, and what makes it.
    pub(super) fn new(options: GuestOptions, observer: Observer) -> (GuestRoute, Self) {
        let name = options.workshop.name();
        let answering = Answering::new(name.clone(), options.guests, heard(name, Arc::clone(&observer)));
        let route = GuestRoute::new(options.route.clone(), answering.clone());
        (route, Self { options, answering, observer, number: 0 })
    }

    /// Until `stop`.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut made = self.options.workshop.make(&stop).await;
        while let Some(new) = made {
            self.take(new).await;
            made = self.options.workshop.make_again(&stop).await;
        }
        stop.cancelled().await;
    }

    async fn take(&mut self, made: Made) {
        let (ms, program) = (milliseconds(made.took), self.options.workshop.name());
        let build = |status, items: &[Diagnostic]| Event::Build {
            revision: Revision::FIRST.get(),
            program: program.clone(),
            status,
            compiler: self.options.compiler.clone(),
            ms,
            from_cache: false,
            diagnostics: items.iter().map(DiagnosticRow::from).collect(),
        };
        let module = match made.module {
            Ok(module) => module,
            Err(reasons) => return (self.observer)(&build("failed", &reasons)),
        };
        if !module.is_command() && module.handler().is_none() {
            let message = "it has no `_start` and no `wasi:http/incoming-handler`: it is a library";
            let library = Diagnostic::error(Origin::Host, message)
                .hint("build a main package without -buildmode=c-shared, or a component that answers HTTP");
            return (self.observer)(&build("failed", &[library]));
        }
        // A guest of it comes about, or it does not take over.
        if let Err(error) = module.instantiate(Setup::default()).await {
            let reason = Diagnostic::error(Origin::Host, error.to_string());
            let reason = error.hint().into_iter().fold(reason, Diagnostic::hint);
            return (self.observer)(&build("failed", &[reason]));
        }
        self.answering.install(module);
        self.number += 1;
        (self.observer)(&build("built", &made.warnings));
        (self.observer)(&Event::Notice {
            message: format!(
                "{} is answered by {program}, module {} ({ms:.0} ms)",
                self.options.route, self.number
            ),
            hint: None,
        });
    }
}

/// Guests' words are told as those of programs in pages are.
fn heard(program: String, observer: Observer) -> Heard {
    Arc::new(move |words| {
        let log = |severity, text: String| Event::ClientLog {
            program: program.clone(),
            session: 0,
            severity,
            kind: None,
            text,
            frames: Vec::new(),
        };
        observer(&match words {
            Words::Line(text) => log("info", text),
            Words::Failed { message, hint } => {
                let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
                log("error", format!("a request failed: the program {message}{hint}"))
            }
            Words::Denied { address } => {
                log("error", format!("it wanted to ask {address}: programs here have no network"))
            }
            Words::GivenUp => Event::Notice {
                message: format!("{program} failed too often: the module before it answers again"),
                hint: Some("mend it and save: the next module is tried again".to_owned()),
            },
        });
    })
}
