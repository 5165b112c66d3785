//! Source maps of modules, made when a debugger asks for them.

use std::path::Path;
use std::sync::Arc;

use axum::http::HeaderMap;
use tokio::sync::Semaphore;

use super::answer::{self, Answer};
use super::blob::{self, Caching};
use crate::build::{Symbolizer, off_thread};
use crate::content::ContentHash;
use crate::publish::Frames;

/// The query of a module's address that stands for its map: so a module can name it without knowing its own hash.
pub(super) const SOURCE_MAP: &str = "map";

/// Makes maps, one at a time: reading the lines of a large module takes a second of a processor and some 100 MiB.
#[derive(Debug)]
pub(super) struct SourceMaps {
    symbolizer: Option<Arc<Symbolizer>>,
    frames: Arc<Frames>,
    turn: Semaphore,
}

impl SourceMaps {
    pub(super) fn new(symbolizer: Option<Arc<Symbolizer>>, frames: Arc<Frames>) -> Self {
        Self { symbolizer, frames, turn: Semaphore::new(1) }
    }

    /// That of a module which was made public.
    pub(super) async fn answer(&self, module: ContentHash, request: &HeaderMap) -> Answer {
        let Some(symbolizer) = self.symbolizer.clone() else { return answer::not_found() };
        let Ok(_turn) = self.turn.acquire().await else { return answer::not_found() };
        let frames = Arc::clone(&self.frames);
        let making = off_thread(move || {
            let shown = |path: &Path| frames.shown(path);
            symbolizer.source_map(module, &shown)
        });
        match making.await.flatten() {
            Some(map) => {
                let hash = ContentHash::of(&map);
                blob::serve_bytes(map.into(), hash, "application/json", Caching::Immutable, request)
            }
            None => answer::not_found(),
        }
    }
}
