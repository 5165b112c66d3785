//! `pair`: a code for a device from the server that runs, and the list of devices that were let in.

use std::io::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_body_util::Full;
use hyper::{Request, StatusCode};
use serde::Deserialize;

use crate::cli::PairArgs;
use crate::environment::Environment;
use crate::exit::ExitStatus;
use crate::http::{DevicesError, Token};
use crate::printer::{Event, Printer};

use super::CommandError;
use super::ask::ask;
use super::lan::open_devices;
use super::reach::Reach;
use super::running::Running;

/// For a server on the same machine.
const WAIT: Duration = Duration::from_secs(10);

const LONGEST_ANSWER: usize = 64 * 1024;

/// What the server answers.
#[derive(Deserialize)]
struct Offered {
    page: String,
    code: String,
    link: String,
    seconds: u64,
}

/// Shows a new code, or looks at the list.
pub(super) async fn run(
    arguments: PairArgs,
    environment: &Environment,
    output: &mut impl Write,
) -> Result<ExitStatus, CommandError> {
    let folder = match arguments.folder.canonicalize() {
        Ok(path) if path.is_dir() => path,
        _ => return Err(CommandError::no_folder(&arguments.folder)),
    };
    let token = Token::open(&environment.state_folder, &folder)
        .map_err(|error| CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint()))?;
    let failed =
        |error: DevicesError| CommandError::new(ExitStatus::Environment, &error).with_hint(error.hint());
    if let Some(name) = &arguments.forget {
        let devices = open_devices(&environment.state_folder, &token)?;
        if !devices.forget(name).map_err(failed)? {
            return Err(CommandError::new(
                ExitStatus::Usage,
                format!("no device `{name}` is paired with this project"),
            )
            .with_hint("see `dev-server pair --list`".to_owned()));
        }
        return print(output, &format!("{name} was forgotten: it gets no answer any more"));
    }
    if arguments.list {
        let devices = open_devices(&environment.state_folder, &token)?.list().map_err(failed)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if arguments.json {
            let rows: Vec<_> = devices
                .iter()
                .map(|device| serde_json::json!({"name": device.name, "paired": device.paired}))
                .collect();
            return print(output, &serde_json::Value::from(rows).to_string());
        }
        if devices.is_empty() {
            return print(output, "no device is paired with this project");
        }
        let rows: Vec<_> = devices
            .iter()
            .map(|device| format!("{}  paired {} ago", device.name, words(now.saturating_sub(device.paired))))
            .collect();
        return print(output, &rows.join("\n"));
    }
    let offered = new_code(environment, &token).await?;
    let Offered { page, code, link, seconds } = offered;
    let printer = Printer::new(arguments.json, environment.variable("NO_COLOR").is_some());
    printer.print(&Event::Pairing { page, code, link, seconds });
    Ok(ExitStatus::Success)
}

fn print(output: &mut impl Write, text: &str) -> Result<ExitStatus, CommandError> {
    writeln!(output, "{text}").map_err(|error| CommandError::output(&error))?;
    Ok(ExitStatus::Success)
}

fn words(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Asks the project's server for a code.
async fn new_code(environment: &Environment, token: &Token) -> Result<Offered, CommandError> {
    let nobody = || {
        CommandError::new(ExitStatus::Usage, "no server of this project runs").with_hint(
            "start it with `dev-server serve --host 0.0.0.0`, or name the project's folder".to_owned(),
        )
    };
    let running = Running::find(&environment.state_folder, token.project()).ok_or_else(nobody)?;
    let reach = Reach::of_running(&running, token.reveal()).ok_or_else(nobody)?;
    let request = Request::post("/__dev/pairing").body(Full::default()).map_err(|_| nobody())?;
    let answer = tokio::time::timeout(WAIT, ask(&reach, request, LONGEST_ANSWER)).await;
    let (status, body) = answer.ok().and_then(Result::ok).ok_or_else(nobody)?;
    let offered = serde_json::from_slice(&body).ok().filter(|_| status == StatusCode::OK);
    offered.ok_or_else(|| {
        CommandError::new(ExitStatus::Usage, "the server of this project is for this machine alone")
            .with_hint(
                "start it with `dev-server serve --host 0.0.0.0` to let phones and other machines in"
                    .to_owned(),
            )
    })
}
