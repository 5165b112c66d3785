//! A headless browser that shows one page.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::environment::Environment;
use crate::process::{Ending, Limits, Program};
use crate::toolchain::Browser;

/// Nothing of the user's browser, no traffic of its own.
const FLAGS: &[&str] = &[
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--password-store=basic",
    "--use-mock-keychain",
];

/// The browser ended before the measurement did.
#[derive(Debug, thiserror::Error)]
#[error("{browser} {reason}")]
pub(super) struct BrowserError {
    browser: String,
    reason: String,
}

/// Shows `url` until `cancel`. Returns only when the browser is gone; that is an error unless it was cancelled.
pub(super) async fn show(
    browser: &Browser,
    url: &str,
    profile: &Path,
    environment: &Environment,
    cancel: &CancellationToken,
) -> Result<(), BrowserError> {
    let fail = |reason: String| BrowserError { browser: browser.binary.display().to_string(), reason };
    let mut program = Program::new(&browser.binary, profile)
        .args(FLAGS)
        .arg(user_data(profile))
        .envs(variables(environment, profile));
    // The sandbox refuses to work for root, which is what containers run as.
    if rustix::process::geteuid().is_root() {
        program = program.arg("--no-sandbox");
    }
    // A browser reserves far more than it uses, and it lives as long as the measurement.
    let limits = Limits { time: Duration::from_hours(24), memory: u64::MAX, output: 64 * 1024 };
    match program.arg(url).run(limits, cancel).await {
        Ok(Ending::Cancelled) => Ok(()),
        Ok(Ending::Exited { status, stderr, .. }) => {
            let text = crate::diagnostic::plain(&stderr.text());
            let last: Vec<&str> = text.lines().rev().take(3).collect();
            Err(fail(format!(
                "ended with {status}: {}",
                last.into_iter().rev().collect::<Vec<_>>().join(" | ")
            )))
        }
        Ok(Ending::TimedOut { .. }) => Err(fail("ran for a whole day".to_owned())),
        Err(error) => Err(fail(error.to_string())),
    }
}

fn user_data(profile: &Path) -> OsString {
    let mut flag = OsString::from("--user-data-dir=");
    flag.push(profile);
    flag
}

/// A home of its own: nothing of the user's is read or written.
fn variables(environment: &Environment, profile: &Path) -> Vec<(OsString, OsString)> {
    let path = std::env::join_paths(&environment.search_path).unwrap_or_default();
    let mut variables = vec![
        ("PATH".into(), path),
        ("HOME".into(), profile.into()),
        ("XDG_CONFIG_HOME".into(), profile.join("config").into()),
        ("XDG_CACHE_HOME".into(), profile.join("cache").into()),
        ("TMPDIR".into(), profile.into()),
        ("LANG".into(), "C.UTF-8".into()),
    ];
    if let Some(library_path) = environment.variable("LD_LIBRARY_PATH") {
        variables.push(("LD_LIBRARY_PATH".into(), library_path.into()));
    }
    variables
}
