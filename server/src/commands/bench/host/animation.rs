//! The animation at fifty clients: as a module that is made anew for each request, against Go handlers in a process.

use crate::cli::{CompileFlags, ProgramFlags, WasiBuildFlags};
use crate::config::CompilerChoice;

use super::super::super::CommandError;
use super::super::rows::{Row, Target};
use super::super::statistics::Sample;
use super::handlers::Handlers;
use super::requests::Asked;
use super::served::Served;
use super::{Ground, failed};

const PLAIN: Target = ("target of 3", 3.0);
const POOLED: Target = ("target of 0.5", 0.5);
const P95: Target = ("target of 2", 2.0);

const CLIENTS: usize = 50;

/// One request ends with its program, which has no goroutines: what it allocates need not be collected.
const FLAGS: [&str; 6] =
    ["--release", "--compiler=tinygo", "--opt=2", "--gc=leaking", "--scheduler=none", "--ldflags=-s"];

/// The same for who builds here.
pub(super) fn flags() -> WasiBuildFlags {
    let compile = CompileFlags {
        compiler: Some(CompilerChoice::TinyGo),
        ldflags: Some("-s".to_owned()),
        ..CompileFlags::default()
    };
    let word = |word: &str| Some(word.to_owned());
    let (opt, gc, scheduler) = (word("2"), word("leaking"), word("none"));
    WasiBuildFlags { target: None, how: ProgramFlags { compile, release: true, opt, gc, scheduler } }
}

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let handlers = Handlers::start(ground).await?;
    let served = Served::start(ground, &ground.gif.join("endpoint"), &FLAGS).await?;
    let at = |path: &str| Asked { address: handlers.address, path: path.to_owned(), token: None };
    let (plain, pooled, tuned) = (at("/plain"), at("/pooled"), at("/tuned"));
    if served.asked.once().await? != tuned.once().await? {
        return Err(failed("the module draws something else than the handler"));
    }
    let [mut of_plain, mut of_pooled, mut of_tuned, mut p95, mut rate] = [(); 5].map(|()| Sample::default());
    for _ in 0..ground.scale.rounds {
        let ours = served.asked.turn(CLIENTS, ground.scale.turn).await?;
        let plain = plain.turn(CLIENTS, ground.scale.turn).await?;
        let pooled = pooled.turn(CLIENTS, ground.scale.turn).await?;
        let tuned = tuned.turn(CLIENTS, ground.scale.turn).await?;
        of_plain.add(ours.per_second / plain.per_second);
        of_pooled.add(ours.per_second / pooled.per_second);
        of_tuned.add(ours.per_second / tuned.per_second);
        p95.add(ours.percentile(95) / pooled.percentile(95));
        rate.add(ours.per_second);
    }
    let row =
        |name, sample: &Sample, unit, target| Row::new(name, sample.median(), (unit, sample.len()), target);
    Ok(vec![
        row("gif_rps_ratio", &of_plain, "x plain", Some(PLAIN)),
        row("gif_rps_ratio_pooled", &of_pooled, "x pooled", Some(POOLED)),
        row("gif_rps_ratio_tuned", &of_tuned, "x the same code in Go", None),
        row("gif_p95_ratio", &p95, "x pooled", Some(P95)),
        row("gif_rps", &rate, "a second", None),
    ])
}
