//! A component that answers HTTP: as `serve --host-module` has it, with its token, guards and limits, against
//! `wasmtime serve` with the same file.

use super::super::super::CommandError;
use super::super::rows::{Row, Target};
use super::super::statistics::Sample;
use super::guests::{answering_http, is_answer_of};
use super::requests::{Asked, Seen};
use super::served::Served;
use super::wasmtime_serve::{self, WasmtimeServe};
use super::{Ground, failed};

const NAME: &str = "http_ratio_serve";
const RATE: Target = ("target of 0.95", 0.95);

/// Connections, each with one request at a time.
const CLIENTS: usize = 16;

const LETTER: char = 'h';

/// What was seen of one of the two.
#[derive(Debug, Default)]
struct Side {
    rate: Sample,
    p50: Sample,
    p99: Sample,
}

impl Side {
    fn add(&mut self, seen: &Seen) {
        self.rate.add(seen.per_second);
        self.p50.add(seen.percentile(50));
        self.p99.add(seen.percentile(99));
    }

    fn rows(&self, of: &str) -> [Row; 3] {
        let row = |name: &str, sample: &Sample, unit| {
            Row::new(&format!("http_{name}{of}"), sample.median(), (unit, sample.len()), None)
        };
        [row("rps", &self.rate, "a second"), row("p50", &self.p50, "ms"), row("p99", &self.p99, "ms")]
    }
}

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let file = ground.scratch.join("component.wasm");
    std::fs::write(&file, answering_http(LETTER)?).map_err(failed)?;
    let served = Served::start(ground, &file, &[]).await?;
    let ours = served.asked.clone();
    check(&ours).await?;
    let theirs = match wasmtime_serve::find(ground).await? {
        Ok(wasmtime) => Ok(WasmtimeServe::start(ground, &wasmtime, &file).await?),
        Err(why) => Err(why),
    };
    let mut rows = Vec::new();
    let (mut our_side, mut their_side, mut ratios) = (Side::default(), Side::default(), Sample::default());
    for round in 0..ground.scale.rounds {
        let asks_ours = async || ours.turn(CLIENTS, ground.scale.turn).await;
        let Ok(theirs) = &theirs else {
            our_side.add(&asks_ours().await?);
            continue;
        };
        let asked = Asked { address: theirs.address, path: "/".to_owned(), token: None };
        check(&asked).await?;
        // Who comes second finds a warmer machine.
        let (seen, other) = if round % 2 == 0 {
            let seen = asks_ours().await?;
            (seen, asked.turn(CLIENTS, ground.scale.turn).await?)
        } else {
            let other = asked.turn(CLIENTS, ground.scale.turn).await?;
            (asks_ours().await?, other)
        };
        ratios.add(seen.per_second / other.per_second);
        our_side.add(&seen);
        their_side.add(&other);
    }
    rows.push(match &theirs {
        Ok(_) => Row::new(NAME, ratios.median(), ("x wasmtime serve", ratios.len()), Some(RATE)),
        Err(why) => Row::left_out(NAME, why.clone(), RATE),
    });
    rows.extend(our_side.rows(""));
    if theirs.is_ok() {
        rows.extend(their_side.rows("_serve"));
    }
    Ok(rows)
}

async fn check(asked: &Asked) -> Result<(), CommandError> {
    let body = asked.once().await?;
    if is_answer_of(LETTER, &body) { Ok(()) } else { Err(failed("the component answers something else")) }
}
