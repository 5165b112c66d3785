//! The watcher on a real file system, with what real editors do to a file when it is saved.

#![expect(clippy::unwrap_used, reason = "a test")]

mod editors;
mod folders;
mod measure;
mod project;
mod seams;
