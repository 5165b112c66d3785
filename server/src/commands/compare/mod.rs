//! `compare`: does a program of this machine show what a handler shows?

mod animation;
mod difference;
mod heat_map;
mod sides;
mod report;

use std::fmt::Write as _;
use std::io::Write;

use tokio_util::sync::CancellationToken;

use crate::cli::CompareArgs;
use crate::environment::Environment;
use crate::exit::ExitStatus;

use super::CommandError;

use animation::Animation;
use difference::Difference;
use report::Report;

/// Asks both, and says where they differ. Ends with 0 when one passes for the other.
pub(super) async fn run(
    arguments: &CompareArgs,
    environment: &Environment,
    shutdown: CancellationToken,
    output: &mut impl Write,
) -> Result<ExitStatus, CommandError> {
    let uri = sides::address(&arguments.url)?;
    // First the handler: that it is not there is known at once.
    let handler = sides::handler(&uri, environment).await?;
    let program = sides::program(&uri, arguments, environment, &shutdown).await?;
    let shown = [Animation::read(&handler.body), Animation::read(&program.body)];
    let animations = match &shown {
        [Ok(one), Ok(other)] => Some([one, other]),
        [Err(_), Err(_)] => None,
        [Err(error), Ok(_)] => return Err(no_animation("handler", error)),
        [Ok(_), Err(error)] => return Err(no_animation("program", error)),
    };
    let difference = animations.and_then(|[one, other]| Difference::between(one, other));
    let report = Report::of([&handler, &program], animations, difference.as_ref(), arguments.tolerance);
    let mut text = if arguments.json {
        serde_json::to_string(&report).unwrap_or_default() + "\n"
    } else {
        report.text()
    };
    if let (Some(difference), Some([one, _])) = (&difference, animations)
        && difference.percent() > arguments.tolerance
    {
        let path = &arguments.heat_map;
        heat_map::write(path, (one.width, one.height), &difference.heat).map_err(|error| {
            CommandError::new(ExitStatus::Environment, format!("cannot write {}: {error}", path.display()))
                .with_hint("choose another file with --heat-map".to_owned())
        })?;
        if !arguments.json {
            let _ = writeln!(text, "{} shows where", path.display());
        }
    }
    output.write_all(text.as_bytes()).map_err(|error| CommandError::output(&error))?;
    Ok(if report.same { ExitStatus::Success } else { ExitStatus::Failure })
}

fn no_animation(who: &str, error: &animation::NoAnimation) -> CommandError {
    CommandError::new(ExitStatus::Failure, format!("what the {who} answers is no animation: {error}"))
}
