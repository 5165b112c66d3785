//! From a program to a checked module.
//!
//! A [`Compiler`] writes a module into a private folder; [`Builder`] decides whether it has to run at
//! all, checks what it wrote ([`preflight`]), takes the debug sections out ([`strip`]) and keeps both
//! forms in the blob store. What a compiler prints becomes diagnostics; a failed build is an outcome,
//! not an error. [`Symbolizer`] is the way back: from an offset in a published module to a Go line, for one place or for
//! all of them as a source map; [`printed_frames`] is the same for standard Go, whose modules have no lines, and
//! [`import_site`] for what a page cannot link.

mod artifact;
mod compiler;
mod flags;
mod declarations;
mod import_site;
mod hints;
mod diagnostics;
mod run;
mod shrink;
mod go;
mod tinygo;
mod scripted;
mod module;
mod glue;
mod preflight;
mod strip;
mod workspace;
mod cache;
mod keeping;
mod source_texts;
mod builder;
mod wasi;
mod symbols;
mod trace;

pub use artifact::{Artifact, BuildOutcome, Glue, GlueKind, StageTime};
pub(crate) use builder::off_thread;
pub use builder::{BuildOptions, Builder, BuilderError, Made};
pub use compiler::{BuildRequest, CompileOutcome, Compiler, CompilerKind, Compiling, Listing, Mode};
pub use diagnostics::{CompilerOutput, parse_output};
pub use flags::{BuildFlags, RefusedFlag};
pub use glue::GlueImports;
pub use go::GoCompiler;
pub use import_site::import_site;
pub use scripted::{Script, ScriptedCompiler};
pub use shrink::shrunk;
pub use symbols::{GoFrame, Symbolizer};
pub use tinygo::TinyGoCompiler;
pub use trace::printed_frames;
pub use wasi::{WasiBuilder, WasiOutcome};
