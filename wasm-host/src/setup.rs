//! What one guest is given at its start.

use crate::clock::Clock;
use crate::error::Error;
use crate::input::Input;
use crate::limits::Limits;
use crate::output::Output;
use crate::permissions::Permissions;
use crate::recorder::Recorder;

/// The default gives nothing: see [`Permissions`], [`Limits`] and [`Output::discard`].
#[derive(Debug, Clone)]
pub struct Setup {
    pub permissions: Permissions,
    pub limits: Limits,
    pub clock: Clock,
    pub stdin: Input,
    pub stdout: Output,
    pub stderr: Output,
    /// Sees where it computes and what it does with its memory. For hosts that are made for it:
    /// [`HostOptions::deep_stacks`](crate::HostOptions::deep_stacks).
    pub recorder: Option<Recorder>,
}

impl Setup {
    /// Of each stream, when nothing else is said.
    pub const OUTPUT: usize = 1 << 20;

    /// One whose stdout and stderr are kept.
    pub fn kept() -> Self {
        Self { stdout: Output::buffer(Self::OUTPUT), stderr: Output::buffer(Self::OUTPUT), ..Self::default() }
    }

    pub(crate) fn check(&self, module: &str) -> Result<(), Error> {
        let (bytes, limit) = (self.permissions.bytes(), Permissions::MOST_BYTES);
        if bytes > limit {
            return Err(Error::Arguments { module: module.to_owned(), bytes, limit });
        }
        Ok(())
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            permissions: Permissions::default(),
            limits: Limits::default(),
            clock: Clock::real(),
            stdin: Input::empty(),
            stdout: Output::discard(Self::OUTPUT),
            stderr: Output::discard(Self::OUTPUT),
            recorder: None,
        }
    }
}
