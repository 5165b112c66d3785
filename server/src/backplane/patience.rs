//! A broker that is away: said once, and waited for.

use std::time::Duration;

use super::broker::BrokerError;

/// Before it is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// One who tries until it is done.
#[derive(Debug)]
pub(super) struct Patience {
    /// What people have to do without meanwhile.
    consequence: &'static str,
    told: bool,
}

impl Patience {
    pub(super) const fn new(consequence: &'static str) -> Self {
        Self { consequence, told: false }
    }

    /// It is done.
    pub(super) fn end(&mut self) {
        if std::mem::replace(&mut self.told, false) {
            tracing::warn!("the broker is back");
        }
    }

    /// Waits before it is tried again.
    pub(super) async fn wait(&mut self, error: BrokerError) {
        if std::mem::replace(&mut self.told, true) {
            tracing::debug!(%error, "trying again");
        } else {
            tracing::warn!(%error, "{}", self.consequence);
        }
        tokio::time::sleep(AGAIN).await;
    }
}
