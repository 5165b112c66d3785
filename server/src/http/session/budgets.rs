//! How often a client may say what. A page that behaves stays far below these.

use std::time::Instant;

use dev_server_proto::v1::client_frame::Body;

use crate::http::budget::Budget;

/// Of one connection, by kind of message.
pub(super) struct Budgets {
    logs: Budget,
    crashes: Budget,
    locations: Budget,
    follows: Budget,
    gestures: Budget,
    others: Budget,
    /// What cannot be understood.
    pub(super) mistakes: Budget,
    /// Pings and pongs.
    pub(super) signs: Budget,
}

impl Budgets {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            logs: Budget::new(200, 100.0, now),
            crashes: Budget::new(20, 1.0, now),
            locations: Budget::new(5, 2.0, now),
            follows: Budget::new(100, 5.0, now),
            gestures: Budget::new(500, 150.0, now),
            others: Budget::new(200, 50.0, now),
            mistakes: Budget::new(20, 1.0, now),
            signs: Budget::new(1000, 20.0, now),
        }
    }

    /// That of a message.
    pub(super) fn of(&mut self, body: &Body) -> &mut Budget {
        match body {
            Body::Log(_) => &mut self.logs,
            Body::Crash(_) => &mut self.crashes,
            Body::OpenLocation(_) => &mut self.locations,
            Body::FollowTrees(_) | Body::UnfollowTrees(_) | Body::FollowEvents(_) | Body::WantSnapshot(_) => {
                &mut self.follows
            }
            Body::Gesture(_) => &mut self.gestures,
            Body::Hello(_) => &mut self.mistakes,
            Body::Applied(_) | Body::Failed(_) | Body::Status(_) | Body::Invalidate(_) => &mut self.others,
        }
    }
}
