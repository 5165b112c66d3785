//! What a frame of the server is about, for whoever counts them.

use crate::v1::{ServerFrame, server_frame::Body};

/// The kinds of what a server says: one for each message of the schema, and one for frames without any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is named like the message that it stands for")]
pub enum FrameKind {
    Welcome,
    Building,
    Update,
    Diagnostics,
    ErrorReport,
    ProtocolError,
    Order,
    TreeFiles,
    TreePiece,
    Event,
    EventsSkipped,
    Flags,
    Held,
    Gesture,
    Empty,
}

impl FrameKind {
    /// All of them, each at the place of its number.
    pub const ALL: [Self; 15] = [
        Self::Welcome,
        Self::Building,
        Self::Update,
        Self::Diagnostics,
        Self::ErrorReport,
        Self::ProtocolError,
        Self::Order,
        Self::TreeFiles,
        Self::TreePiece,
        Self::Event,
        Self::EventsSkipped,
        Self::Flags,
        Self::Held,
        Self::Gesture,
        Self::Empty,
    ];

    /// Of a frame.
    pub fn of(frame: &ServerFrame) -> Self {
        match &frame.body {
            Some(Body::Welcome(_)) => Self::Welcome,
            Some(Body::Building(_)) => Self::Building,
            Some(Body::Update(_)) => Self::Update,
            Some(Body::Diagnostics(_)) => Self::Diagnostics,
            Some(Body::ErrorReport(_)) => Self::ErrorReport,
            Some(Body::ProtocolError(_)) => Self::ProtocolError,
            Some(Body::Order(_)) => Self::Order,
            Some(Body::TreeFiles(_)) => Self::TreeFiles,
            Some(Body::TreePiece(_)) => Self::TreePiece,
            Some(Body::Event(_)) => Self::Event,
            Some(Body::EventsSkipped(_)) => Self::EventsSkipped,
            Some(Body::Flags(_)) => Self::Flags,
            Some(Body::Held(_)) => Self::Held,
            Some(Body::Gesture(_)) => Self::Gesture,
            None => Self::Empty,
        }
    }

    /// In words of the schema.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Building => "building",
            Self::Update => "update",
            Self::Diagnostics => "diagnostics",
            Self::ErrorReport => "error_report",
            Self::ProtocolError => "protocol_error",
            Self::Order => "order",
            Self::TreeFiles => "tree_files",
            Self::TreePiece => "tree_piece",
            Self::Event => "event",
            Self::EventsSkipped => "events_skipped",
            Self::Flags => "flags",
            Self::Held => "held",
            Self::Gesture => "gesture",
            Self::Empty => "empty",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_place_and_a_name_of_its_own() {
        for (place, kind) in FrameKind::ALL.iter().enumerate() {
            assert_eq!(*kind as usize, place);
            assert_eq!(FrameKind::ALL.iter().filter(|other| other.name() == kind.name()).count(), 1);
        }
    }
}
