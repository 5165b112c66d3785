//! A guest that never ends, beside others: what they lose by it.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use wasm_host::{Compiled, Setup};

use crate::guest::Answering;

use super::super::super::CommandError;
use super::super::rows::{Row, Target};
use super::super::statistics::Sample;
use super::guests::{ENDLESS, answering, answers, compiled, host, request};
use super::{Ground, failed};

const LOSS: Target = ("target of 0.2", 0.2);

/// Clients that ask again as soon as they are answered: more than there are processors.
const CLIENTS: usize = 8;

/// Loops of the program before it answers, about a tenth of a millisecond.
const WORK: u32 = 100_000;

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let host = host()?;
    let answering = answers(compiled(&host, &answering('a', WORK))?);
    let endless = compiled(&host, ENDLESS)?;
    let mut losses = Sample::default();
    turn(&answering, ground.scale.turn / 4).await?;
    for _ in 0..ground.scale.rounds {
        let alone = turn(&answering, ground.scale.turn).await?;
        let looping = tokio::spawn(run(endless.clone()));
        let beside = turn(&answering, ground.scale.turn).await?;
        if looping.is_finished() {
            return Err(failed("the guest that never ends has ended"));
        }
        looping.abort();
        losses.add(1.0 - beside / alone);
    }
    Ok(vec![Row::new("loop_loss", losses.median(), ("of the requests", losses.len()), Some(LOSS))])
}

async fn run(endless: Compiled) {
    let ended = endless.run(Setup::default()).await;
    tracing::warn!(?ended, "the endless guest");
}

/// Answers a second.
async fn turn(answering: &Answering, time: Duration) -> Result<f64, CommandError> {
    let begun = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let answering = answering.clone();
        clients.spawn(async move {
            let mut answers = 0_u64;
            while begun.elapsed() < time {
                answering.ask(&request()).await?;
                answers += 1;
            }
            Ok::<_, crate::guest::AnswerError>(answers)
        });
    }
    let mut answers = 0;
    while let Some(client) = clients.join_next().await {
        answers += client.map_err(failed)?.map_err(failed)?;
    }
    Ok(answers as f64 / begun.elapsed().as_secs_f64())
}
