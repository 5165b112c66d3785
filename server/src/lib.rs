//! The library behind the `dev-server` command: stages from a saved file to a frame on a socket.
//!
//! A change walks through the modules in the order of their `mod` lines and never turns back:
//! `watch -> analyse -> build -> hot -> publish -> rollout -> http`. What stands before `watch` is vocabulary and tools
//! that every stage may use; `pipeline` is the only module that names all stages.

pub mod revision;
pub mod content;
pub mod diagnostic;
pub mod environment;
pub mod private_file;
pub mod source_file;
pub mod trust;
pub mod process;
pub mod telemetry;
pub mod toolchain;

pub mod watch;
pub mod analyse;
pub mod build;
pub mod hot;
pub mod publish;
pub mod backplane;
pub mod rollout;
pub mod guest;
pub mod http;

pub mod config;
pub mod printer;
pub mod exit;
pub mod cli;

pub mod pipeline;
pub mod commands;
