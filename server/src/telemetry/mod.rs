//! What operators see of a server that runs: counters, what happened last, and traces.
//!
//! Nothing here knows the stages that it counts, and nothing of a client, a file or a text becomes the value of a label:
//! those are of closed lists ([`Transport`], [`Refused`], [`stage`]), so that what is kept does not grow with those who
//! come, and cannot carry a token.

mod words;
mod sharded;
mod families;
mod metrics;
mod recent;
mod attendance;
mod handles;
mod span;
mod message;
mod endpoint;
mod collector;
mod exporter;

pub use attendance::{Attendance, Attendant, AttendantUpdate, ProgramMemory};
pub use endpoint::{Endpoint, EndpointError};
pub use exporter::{Exporter, Tracer};
pub use handles::Telemetry;
pub use metrics::{Attending, Metrics, Observed};
pub use recent::{LastBuild, LastUpdate, ProgramRecent, Recent};
pub use sharded::Deliveries;
pub use span::{Attribute, Span};
pub use words::{Audience, Refused, Stage, Transport, stage};
