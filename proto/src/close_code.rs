//! Why the server ends a connection. The range says whether the client comes back.

/// Close code of a WebSocket, in the private range of RFC 6455 section 7.4.2.
///
/// 4000 to 4499: the client must not come back by itself; a person has to act.
/// 4500 to 4999: the client comes back after a pause. 1001, 1006 and 1012 count as such too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// The first message was not a Hello.
    HelloExpected = 4000,
    /// The client speaks a version of the protocol that the server does not.
    UnsupportedVersion = 4001,
    /// The token was replaced while the connection was open.
    TokenReplaced = 4002,
    /// Text instead of binary, or a message over the size limit.
    BadMessage = 4003,
    /// No Hello came in time.
    HelloTimeout = 4500,
    /// The server is going to restart.
    Restart = 4501,
    /// The client did not read for too long.
    TooSlow = 4502,
}

impl CloseCode {
    /// Every code, for tests that compare both sides.
    pub const ALL: [Self; 7] = [
        Self::HelloExpected,
        Self::UnsupportedVersion,
        Self::TokenReplaced,
        Self::BadMessage,
        Self::HelloTimeout,
        Self::Restart,
        Self::TooSlow,
    ];

    /// The number on the wire.
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// One sentence for logs and for the close frame.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::HelloExpected => "the first message must be a Hello",
            Self::UnsupportedVersion => "protocol version not supported: reload the page",
            Self::TokenReplaced => "the token was replaced: open the new address",
            Self::BadMessage => "only binary messages of limited size are taken",
            Self::HelloTimeout => "no Hello came in time",
            Self::Restart => "the server restarts",
            Self::TooSlow => "the client did not read for too long",
        }
    }

    /// True when the client should connect again by itself.
    pub const fn reconnects(self) -> bool {
        reconnects(self.code())
    }
}

/// Whether a client comes back by itself after a close frame with `code`, known or not. Of the codes of RFC 6455 only
/// those that speak of a mistake of the client are final: 1002 (protocol), 1003 (unsupported data), 1007 (bad text), 1008
/// (policy), 1009 (too big), 1010 (extension).
pub const fn reconnects(code: u16) -> bool {
    match code {
        1002 | 1003 | 1007..=1010 => false,
        ..4000 => true,
        _ => code >= 4500,
    }
}
