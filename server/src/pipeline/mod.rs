//! The one place that names all stages and moves values between them.

mod desktop;
mod keys;
