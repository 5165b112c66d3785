//! The measurements, and which rows each of them fills.

use super::super::super::CommandError;
use super::super::rows::Row;
use super::{Ground, animation, encoder, endless, exchange, instantiate, serve};

/// What is measured together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Instantiate,
    Animation,
    Serve,
    Exchange,
    Endless,
    Encoder,
}

impl Family {
    pub(super) const ALL: [Self; 6] =
        [Self::Instantiate, Self::Animation, Self::Serve, Self::Exchange, Self::Endless, Self::Encoder];

    /// The rows that somebody may ask for; those behind them are printed with them.
    pub(super) const fn rows(self) -> &'static [&'static str] {
        match self {
            Self::Instantiate => &["instantiate_ratio"],
            Self::Animation => &["gif_rps_ratio", "gif_p95_ratio"],
            Self::Serve => &["http_ratio_serve"],
            Self::Exchange => &["swap_failed", "swap_p99_ratio"],
            Self::Endless => &["loop_loss"],
            Self::Encoder => &["encoder_allocs_per_frame"],
        }
    }

    /// The measurement that fills a row.
    pub(super) fn of(row: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.rows().contains(&row))
    }

    pub(super) async fn measure(self, ground: &Ground<'_>) -> Result<Vec<Row>, CommandError> {
        match self {
            Self::Instantiate => instantiate::measure(ground).await,
            Self::Animation => animation::measure(ground).await,
            Self::Serve => serve::measure(ground).await,
            Self::Exchange => exchange::measure(ground).await,
            Self::Endless => endless::measure(ground).await,
            Self::Encoder => encoder::measure(ground).await,
        }
    }
}
