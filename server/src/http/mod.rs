//! From what is true now to sockets and pages.

mod authority;
mod guard;
mod token;
mod credential;
mod throttle;
mod path;
mod request_line;
mod answer;
mod blob;
mod page;
mod site;
mod report;
mod inbound;
mod budget;
mod told;
mod wire;
mod told_trees;
mod session;
mod web_socket;
mod web_transport;
mod proxy_rule;
mod proxy;
mod options;
mod service;
mod server;
mod listen;

pub use authority::{Authority, AuthorityError, Origin};
pub use guard::Guards;
pub use listen::{ListenError, ListenOptions, exposure, listen};
pub use options::{Http3, HttpOptions, PageOptions, PageScripts};
pub use page::{blank_page, insert_scripts};
pub use proxy_rule::{ProxyRule, ProxyRuleError};
pub use report::{Applied, ClientReport, Crash, Failed, LogSeverity, ReportKind, WasmFrame};
pub use server::serve;
pub use token::{Token, TokenError};
