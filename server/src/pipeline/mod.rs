//! The one place that names all stages and moves values between them.

mod schedule;
mod timeline;
mod desktop;
mod keys;
