//! How often the encoder of the animation allocates in a module, by its own count.

use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use wasm_host::{Functions, HostOptions, Input, Message, Outcome, Output, Setup};

use crate::guest::Workshop;

use super::super::super::CommandError;
use super::super::super::wasi::Found;
use super::super::rows::{Row, Target};
use super::animation::flags;
use super::{Ground, failed};

const NONE: Target = ("target of 0", 0.0);

/// What is asked: a count from the second frame to the last.
const REQUEST: &[u8] = br#"{"frames":101,"allocations":1}"#;
const FRAMES: u32 = 100;

#[derive(Deserialize)]
struct Header {
    allocations: u64,
}

pub(super) async fn measure(ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
    let found = Found::at(ground.gif, &flags(), ground.environment).await?;
    let host = found.host(&HostOptions::default())?;
    let mut workshop = Workshop::new(host, found.source, Functions::new());
    let made =
        workshop.make(&CancellationToken::new()).await.ok_or_else(super::super::serving::ended_early)?;
    let module = made.module.map_err(|reasons| failed(format!("it cannot be built: {reasons:?}")))?;
    let request = Message::encode(REQUEST, &[]).map_err(failed)?;
    let setup = Setup { stdin: Input::bytes(request), stdout: Output::buffer(64 << 20), ..Setup::default() };
    let done = module.run(setup).await.map_err(failed)?;
    if !matches!(done.outcome, Outcome::Finished | Outcome::Exited(0)) {
        return Err(failed(format!("the module {}", done.outcome)));
    }
    let answer = Message::decode(done.stdout.bytes.into()).map_err(failed)?;
    let Header { allocations } = serde_json::from_slice(&answer.header).map_err(failed)?;
    let each = allocations as f64 / f64::from(FRAMES);
    Ok(vec![Row::new("encoder_allocs_per_frame", each, ("allocations", FRAMES as usize), Some(NONE))])
}
