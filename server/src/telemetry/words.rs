//! The closed lists of what is told apart.

/// What a session is carried by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// A WebSocket.
    WebSocket,
    /// Streams of HTTP/3.
    WebTransport,
}

impl Transport {
    /// All of them, each at the place of its number.
    pub const ALL: [Self; 2] = [Self::WebSocket, Self::WebTransport];

    /// As a label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebSocket => "websocket",
            Self::WebTransport => "webtransport",
        }
    }
}

/// What a client came for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// It shows a program.
    Page,
    /// It wants only what happens.
    Follower,
}

impl Audience {
    /// All of them, each at the place of its number.
    pub const ALL: [Self; 2] = [Self::Page, Self::Follower];

    /// As a label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Follower => "follower",
        }
    }
}

/// What has sent somebody away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named like the guard that it stands for")]
pub enum Refused {
    Host,
    Target,
    Origin,
    CookieOrigin,
    FetchMetadata,
    Path,
    Token,
    WrongTokens,
    Messages,
    /// Of a session over HTTP/3.
    Ticket,
    /// There were too many sessions.
    Seats,
    /// A machine of the network had too many connections or sessions.
    Peers,
}

impl Refused {
    /// All of them, each at the place of its number.
    pub const ALL: [Self; 12] = [
        Self::Host,
        Self::Target,
        Self::Origin,
        Self::CookieOrigin,
        Self::FetchMetadata,
        Self::Path,
        Self::Token,
        Self::WrongTokens,
        Self::Messages,
        Self::Ticket,
        Self::Seats,
        Self::Peers,
    ];

    /// As a label.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Target => "target",
            Self::Origin => "origin",
            Self::CookieOrigin => "cookie_origin",
            Self::FetchMetadata => "fetch_metadata",
            Self::Path => "path",
            Self::Token => "token",
            Self::WrongTokens => "wrong_tokens",
            Self::Messages => "messages",
            Self::Ticket => "ticket",
            Self::Seats => "seats",
            Self::Peers => "peers",
        }
    }
}

/// A stage between save and screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stage {
    /// As a label, and as the name of a span.
    pub name: &'static str,
    /// Pages tell what it took.
    pub on_page: bool,
}

/// Stages by the names that they have in events.
const STAGES: [(&str, Stage); 25] = [
    ("watch", server("watch")),
    ("parse", server("parse")),
    ("diff", server("diff")),
    ("analyse", server("analyse")),
    ("graph", server("graph")),
    ("lookup", server("lookup")),
    ("build", server("build")),
    ("start", server("start")),
    ("talk", server("talk")),
    ("front end", server("check")),
    ("packages", server("packages")),
    ("new packages", server("new_packages")),
    ("codegen", server("codegen")),
    ("base objects", server("base_objects")),
    ("base", server("base")),
    ("plan", server("plan")),
    ("link", server("link")),
    ("asyncify", server("asyncify")),
    ("preflight", server("preflight")),
    ("transfer", page("transfer")),
    ("compile", page("compile")),
    ("swap", page("swap")),
    ("program_start", page("program_start")),
    ("apply", page("apply")),
    ("first_frame", page("first_frame")),
];

const fn server(name: &'static str) -> Stage {
    Stage { name, on_page: false }
}

const fn page(name: &'static str) -> Stage {
    Stage { name, on_page: true }
}

/// The stage of a name that an event has. What a page makes up is "other", on the page.
pub fn stage(name: &str) -> Stage {
    STAGES.iter().find(|(known, _)| *known == name).map_or(page("other"), |(_, stage)| *stage)
}

/// `word` when it is one of `words`, else "other".
pub(super) fn one_of(words: &[&'static str], word: &str) -> &'static str {
    words.iter().find(|known| **known == word).copied().unwrap_or("other")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_knows_is_one_word() {
        assert_eq!(stage("front end"), server("check"));
        assert_eq!(stage("a\nb 1\n"), page("other"));
        assert_eq!(one_of(&["fetch", "link"], "link"), "link");
        assert_eq!(one_of(&["fetch", "link"], "secret"), "other");
    }

    #[test]
    fn each_has_its_place() {
        assert!(Refused::ALL.iter().enumerate().all(|(place, word)| *word as usize == place));
        assert!(Transport::ALL.iter().enumerate().all(|(place, word)| *word as usize == place));
        assert!(Audience::ALL.iter().enumerate().all(|(place, word)| *word as usize == place));
    }
}
