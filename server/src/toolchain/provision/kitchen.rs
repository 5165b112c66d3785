//! What every recipe works with, and how its programs are run.

use std::path::Path;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::super::go::GoTool;
use super::error::ProvisionError;
use super::ingredients::Ingredients;
use super::step::{Product, Step};
use crate::environment::Environment;
use crate::process::{Ending, Limits, Program};

/// Compiling TinyGo with its C++ bindings takes 25 s on a quiet machine with 2 cores, and its modules must be
/// downloaded first.
const TIME_LIMIT: Duration = Duration::from_mins(15);

/// Tools and ingredients, and who is told of the steps.
pub(in crate::toolchain) struct Kitchen<'a> {
    pub(in crate::toolchain) environment: &'a Environment,
    pub(in crate::toolchain) go: &'a GoTool,
    pub(in crate::toolchain) ingredients: &'a Ingredients,
    pub(in crate::toolchain) cancel: &'a CancellationToken,
    pub(in crate::toolchain) on_step: &'a (dyn Fn(Step) + Sync),
}

impl Kitchen<'_> {
    /// `go` in a module of the shelf, for programs of this machine that are linked with LLVM. The same settings for
    /// all of them: what one has compiled of the bindings, the other one finds in Go's cache.
    pub(super) fn go(&self, module: &Path) -> Program {
        let llvm = &self.ingredients.llvm;
        Program::new(&self.go.binary, module)
            .envs(self.go.host_environment(self.environment))
            // A workspace above the cache folder has nothing to say here.
            .env("GOWORK", "off")
            .env("CGO_ENABLED", "1")
            .env("CGO_CPPFLAGS", format!("-I{}", llvm.join("include").display()))
            .env("CGO_LDFLAGS", format!("-L{}", llvm.join("lib").display()))
    }

    /// What a program prints that does its work.
    pub(super) async fn run(
        &self,
        product: Product,
        what: &'static str,
        program: Program,
    ) -> Result<String, ProvisionError> {
        let failed = |output: String| ProvisionError::Run { what, output };
        let limits = Limits { time: TIME_LIMIT, ..Limits::default() };
        match program.run(limits, self.cancel).await {
            Ok(Ending::Exited { status, stdout, .. }) if status.success() => Ok(stdout.text()),
            Ok(Ending::Exited { stderr, .. }) => Err(failed(last_lines(&stderr.text()))),
            Ok(Ending::TimedOut { after, .. }) => Err(failed(format!("not done after {after:?}"))),
            Ok(Ending::Cancelled) => Err(ProvisionError::Cancelled(product)),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

/// What went wrong stands at the end; what comes before is the list of downloads.
fn last_lines(text: &str) -> String {
    let text = crate::diagnostic::plain(text);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}
