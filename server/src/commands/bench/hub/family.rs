//! The measurements, and which rows each of them fills.

use super::super::super::CommandError;
use super::super::rows::Row;
use super::{Ground, burst, cuts, hubs, idle, kills, one, priority, slow, storm, switch, telemetry};

/// What is measured together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Idle,
    Burst,
    One,
    Slow,
    Cuts,
    Kills,
    Storm,
    Priority,
    Hubs,
    Switch,
    Telemetry,
}

impl Family {
    pub(super) const ALL: [Self; 11] = [
        Self::Idle,
        Self::Burst,
        Self::One,
        Self::Slow,
        Self::Cuts,
        Self::Kills,
        Self::Storm,
        Self::Priority,
        Self::Hubs,
        Self::Switch,
        Self::Telemetry,
    ];

    /// The rows that somebody may ask for; those behind them are printed with them.
    pub(super) const fn rows(self) -> &'static [&'static str] {
        match self {
            Self::Idle => &["idle_kib_per_connection"],
            Self::Burst => &["burst_ratio_raw", "burst_deliveries_per_s"],
            Self::One => &["one_p99_ratio_raw", "one_p99_ratio_broadcast"],
            Self::Slow => &["slow_p99_ratio", "slow_growth_mib"],
            Self::Cuts => &["cuts_lost"],
            Self::Kills => &["kills_lost"],
            Self::Storm => &["storm_s"],
            Self::Priority => &["priority_wt_ratio", "priority_ws_ratio"],
            Self::Hubs => &["nats_lost"],
            Self::Switch => &["kill_switch_p99_s"],
            Self::Telemetry => &["telemetry_cost"],
        }
    }

    /// The measurement that fills a row.
    pub(super) fn of(row: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.rows().contains(&row))
    }

    pub(super) async fn measure(self, ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
        match self {
            Self::Idle => idle::measure(ground).await,
            Self::Burst => burst::measure(ground).await,
            Self::One => one::measure(ground).await,
            Self::Slow => slow::measure(ground).await,
            Self::Cuts => cuts::measure(ground).await,
            Self::Kills => kills::measure(ground).await,
            Self::Storm => storm::measure(ground).await,
            Self::Priority => priority::measure(ground).await,
            Self::Hubs => hubs::measure(ground).await,
            Self::Switch => switch::measure(ground).await,
            Self::Telemetry => telemetry::measure(ground).await,
        }
    }
}
