//! The things that stages tell what happens to.

use std::sync::Arc;

use super::attendance::Attendance;
use super::metrics::Metrics;
use super::recent::Recent;

/// What is counted, and what happened last; clones are of the same.
#[derive(Debug, Clone, Default)]
pub struct Telemetry {
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What happened last.
    pub recent: Arc<Recent>,
    /// Which clients are there.
    pub attendance: Arc<Attendance>,
}
