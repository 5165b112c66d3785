//! What the project's URLs stand for: pages, files of a page's closed list, modules by hash.
//!
//! No URL is ever made into a path of a file: a name is looked up in a list, and what is found is a hash.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use bytes::Bytes;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::answer::{self, Answer};
use super::blob::{self, Caching};
use super::guard::Guards;
use super::inspector;
use super::options::{Http3, PageOptions, PageScripts};
use super::page::{self, Document, Tag};
use super::path::RequestPath;
use super::source_maps::{SOURCE_MAP, SourceMaps};
use super::standby::Standby;
use crate::analyse::{ManifestEntry, PageManifest};
use crate::content::{BlobStore, ContentHash};
use crate::diagnostic::Severity;
use crate::publish::{Board, ProgramBoard};

/// Modules of earlier releases that can still be fetched: a page may have been told of one just before it was replaced.
const EARLIER_MODULES: usize = 64;

/// Time that a request for a module waits for the first release; a cold build takes about a minute at most.
const FIRST_RELEASE: Duration = Duration::from_mins(3);

/// Largest script of a page that is searched for the start of a Go program.
const SEARCHED_SCRIPT: u64 = 1 << 20;

/// Everything that can be fetched.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) board: watch::Receiver<Arc<Board>>,
    pub(super) store: BlobStore,
    pub(super) maps: SourceMaps,
    pub(super) scripts: PageScripts,
    pub(super) http3: Http3,
    /// Pages load what mirrors gestures.
    pub(super) mirrors: bool,
    pub(super) default_program: Option<String>,
    pub(super) pages: BTreeMap<String, PageOptions>,
    pub(super) guards: Guards,
    pub(super) cancel: CancellationToken,
    /// Pages with their tag, by program, with the digest of the manifest they were made from.
    /// The lock is held for a map lookup only and never over an await.
    pub(super) documents: Mutex<HashMap<String, (ContentHash, Arc<Document>)>>,
    pub(super) earlier: Arc<EarlierModules>,
    /// There is nothing to serve yet.
    pub(super) standby: Option<Standby>,
}

/// Hashes of modules and glue that were on the board.
///
/// The lock is held for a walk over some dozen hashes and never over an await.
#[derive(Debug, Default)]
pub(super) struct EarlierModules(Mutex<VecDeque<ContentHash>>);

impl EarlierModules {
    /// Keeps in mind what is on the board until it ends.
    pub(super) async fn follow(self: Arc<Self>, mut board: watch::Receiver<Arc<Board>>) {
        loop {
            let now = Arc::clone(&board.borrow_and_update());
            {
                let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                for hash in now.programs.values().flat_map(|program| offered(program)) {
                    if !known.contains(&hash) {
                        known.push_back(hash);
                    }
                }
                let surplus = known.len().saturating_sub(EARLIER_MODULES);
                known.drain(..surplus);
            }
            if board.changed().await.is_err() {
                return;
            }
        }
    }

    fn contains(&self, hash: ContentHash) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&hash)
    }
}

fn offered(program: &ProgramBoard) -> impl Iterator<Item = ContentHash> {
    program.release.iter().flat_map(|release| [release.artifact.module, release.artifact.glue.hash])
}

/// True for a patch that a program may run that is followed: those before the newest one included.
fn is_patch(board: &Board, hash: ContentHash) -> bool {
    let releases = board.programs.values().filter_map(|program| program.release.as_ref());
    let mut patches = releases.flat_map(|release| &release.lineages).flat_map(|lineage| &lineage.patches);
    patches.any(|patch| patch.hash == hash)
}

impl Site {
    fn now(&self) -> Arc<Board> {
        Arc::clone(&self.board.borrow())
    }

    /// True when `path` is that of a page, to which a link with the token may lead.
    pub(super) fn is_page(&self, path: &RequestPath) -> bool {
        match path.split_first() {
            ("", None) => true,
            ("__dev", rest) => rest.is_none_or(|rest| rest.is_empty()),
            (first, None) => is_program(&self.now(), first),
            (first, Some(rest)) => rest.is_empty() && is_program(&self.now(), first),
        }
    }

    /// Answers a GET or HEAD of `path`; `query` is kept in redirects.
    pub(super) async fn get(&self, path: &RequestPath, query: Option<&str>, request: &HeaderMap) -> Answer {
        if let Some(standby) = &self.standby
            && !matches!(path.split_first(), ("__dev", Some(_)))
        {
            return standby.page();
        }
        let board = match path.split_first() {
            ("" | "__dev" | "m", _) => self.now(),
            _ => self.loaded().await,
        };
        match path.split_first() {
            ("", None) => self.root(&board, query),
            ("__dev", None) => answer::redirect(StatusCode::TEMPORARY_REDIRECT, "/__dev/"),
            ("__dev", Some(rest)) if rest.is_empty() => inspector::page(request, self.guards.content_policy),
            ("__dev", Some(rest)) => self.script(&rest, request),
            ("m", Some(rest)) if query == Some(SOURCE_MAP) => self.map(&board, &rest, request).await,
            ("m", Some(rest)) => self.module(&board, &rest, request).await,
            (name, rest) => match (board.programs.get(name), rest) {
                (Some(program), Some(rest)) => self.file(program, &rest, request).await,
                (Some(program), None) => to_page(&program.name, query),
                // A page refers to its files from the root as well, as if it were the only one.
                (None, _) => match self.default_program(&board) {
                    Some(program) => self.file(program, &path.whole(), request).await,
                    None => answer::not_found(),
                },
            },
        }
    }

    /// What is true once the programs are known: a tab that outlived a restart of the server asks before that.
    async fn loaded(&self) -> Arc<Board> {
        let mut board = self.board.clone();
        let known = board.wait_for(|board| !board.programs.is_empty());
        let known = async { tokio::time::timeout(FIRST_RELEASE, known).await.is_ok() };
        let _ = self.cancel.run_until_cancelled(known).await;
        self.now()
    }

    /// Pages lie below their program's name, so that relative references and the paths in frames are the same for
    /// one program and for several.
    fn root(&self, board: &Board, query: Option<&str>) -> Answer {
        if let Some(program) = self.default_program(board) {
            return to_page(&program.name, query);
        }
        if board.programs.is_empty() {
            let text = "No program of this project is known yet; the terminal says more. This page looks again by itself.";
            let mut answer = answer::page(StatusCode::OK, "Programs", &[text]);
            answer.headers_mut().insert(header::REFRESH, HeaderValue::from_static("2"));
            return answer;
        }
        answer::list(board.programs.keys().map(String::as_str))
    }

    fn default_program<'a>(&self, board: &'a Board) -> Option<&'a ProgramBoard> {
        let named = self.default_program.as_ref().and_then(|name| board.programs.get(name));
        let only = || (board.programs.len() == 1).then(|| board.programs.values().next()).flatten();
        named.or_else(only).map(|program| &**program)
    }

    fn script(&self, name: &str, request: &HeaderMap) -> Answer {
        let script = match name {
            "client.js" => &self.scripts.client,
            "worker.js" => &self.scripts.worker,
            "trees.js" => &self.scripts.trees,
            "events.js" => &self.scripts.events,
            "digest.js" => &self.scripts.digest,
            "mirror.js" => &self.scripts.mirror,
            "explain.js" => &self.scripts.explain,
            "measures.js" => &self.scripts.measures,
            "http3.js" => &self.scripts.http3,
            "inspector.js" => &self.scripts.inspector,
            _ => return answer::not_found(),
        };
        let hash = ContentHash::of(script);
        blob::serve_bytes(script.clone(), hash, "text/javascript", Caching::Revalidate, request)
    }

    async fn module(&self, board: &Board, name: &str, request: &HeaderMap) -> Answer {
        let (hash, media_type) = match name.rsplit_once('.') {
            Some((hash, "wasm")) => (hash, "application/wasm"),
            Some((hash, "js")) => (hash, "text/javascript"),
            _ => return answer::not_found(),
        };
        let Ok(hash) = hash.parse::<ContentHash>() else { return answer::not_found() };
        if hash == ContentHash::of(&self.scripts.receiver) {
            let receiver = self.scripts.receiver.clone();
            return blob::serve_bytes(receiver, hash, media_type, Caching::Immutable, request);
        }
        if !self.is_offered(board, hash) {
            return answer::not_found();
        }
        self.blob(hash, media_type, Caching::Immutable, request).await
    }

    /// The source map of a module, or of a patch of one.
    async fn map(&self, board: &Board, name: &str, request: &HeaderMap) -> Answer {
        let hash = name.strip_suffix(".wasm").and_then(|hash| hash.parse::<ContentHash>().ok());
        let known = |hash: &ContentHash| self.is_offered(board, *hash) || is_patch(board, *hash);
        match hash.filter(known) {
            Some(hash) => self.maps.answer(hash, request).await,
            None => answer::not_found(),
        }
    }

    fn is_offered(&self, board: &Board, hash: ContentHash) -> bool {
        let current = board.programs.values().any(|program| offered(program).any(|known| known == hash));
        current || self.earlier.contains(hash)
    }

    async fn file(&self, program: &ProgramBoard, path: &str, request: &HeaderMap) -> Answer {
        if matches!(path, "" | "index.html") {
            return self.page(program, request).await;
        }
        if let Some(entry) = program.manifest.entries.get(path) {
            if entry.media_type == "text/html" && is_document(request) {
                let Some(html) = self.read(entry).await else { return answer::not_found() };
                return self.document(&self.prepare(program, html).await, request);
            }
            return self.blob(entry.hash, &entry.media_type, Caching::Revalidate, request).await;
        }
        if path.rsplit('/').next() == Some("wasm_exec.js") {
            self.newest(&program.name, "js").await
        } else if ending(path) == "wasm" {
            self.newest(&program.name, "wasm").await
        } else {
            answer::not_found()
        }
    }

    async fn blob(
        &self,
        hash: ContentHash,
        media_type: &str,
        caching: Caching,
        request: &HeaderMap,
    ) -> Answer {
        blob::serve(&self.store, hash, media_type, caching, request, self.guards.range).await
    }

    async fn page(&self, program: &ProgramBoard, request: &HeaderMap) -> Answer {
        let digest = program.manifest.digest;
        let kept = {
            let documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
            documents
                .get(&program.name)
                .filter(|(made_from, _)| *made_from == digest)
                .map(|(_, kept)| Arc::clone(kept))
        };
        if let Some(document) = kept {
            return self.document(&document, request);
        }
        let html = match program.manifest.entries.get("index.html") {
            Some(entry) => match self.read(entry).await {
                Some(html) => html,
                None => return answer::not_found(),
            },
            None => page::blank_page(&program.name).into(),
        };
        let document = Arc::new(self.prepare(program, html).await);
        let answer = self.document(&document, request);
        self.documents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(program.name.clone(), (digest, document));
        answer
    }

    async fn prepare(&self, program: &ProgramBoard, html: Bytes) -> Document {
        let scripts = self.own_scripts(&program.manifest).await;
        let options = self.pages.get(&program.name).copied().unwrap_or_default();
        let (http3, manifest) = (self.http3, program.manifest.digest);
        let tag = Tag { program: &program.name, options, http3, mirrors: self.mirrors, manifest };
        page::prepare(&html, tag, |path| scripts.get(path).cloned())
    }

    /// Texts of the page's own scripts, for the question whether one of them starts the program.
    async fn own_scripts(&self, manifest: &PageManifest) -> HashMap<String, String> {
        let mut texts = HashMap::new();
        for (path, entry) in &manifest.entries {
            let script = matches!(ending(path), "js" | "mjs");
            if script
                && entry.size <= SEARCHED_SCRIPT
                && let Some(bytes) = self.read(entry).await
            {
                texts.insert(path.clone(), String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        texts
    }

    async fn read(&self, entry: &ManifestEntry) -> Option<Bytes> {
        tokio::fs::read(self.store.path(entry.hash)).await.ok().map(Bytes::from)
    }

    fn document(&self, document: &Document, request: &HeaderMap) -> Answer {
        let mut answer = blob::serve_bytes(
            document.body.clone(),
            document.hash,
            "text/html",
            Caching::Revalidate,
            request,
        );
        if self.guards.content_policy
            && let Ok(policy) = HeaderValue::from_str(&document.content_policy)
        {
            answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        answer.headers_mut().insert(header::VARY, HeaderValue::from_static(NAMES_PURPOSE));
        answer
    }

    /// Leads a user's own boot script to the newest module, for which it waits when there is none yet.
    async fn newest(&self, program: &str, kind: &str) -> Answer {
        let mut board = self.board.clone();
        let decided = async {
            loop {
                let now = Arc::clone(&board.borrow_and_update());
                let Some(program) = now.programs.get(program) else { return answer::not_found() };
                if let Some(release) = &program.release {
                    let artifact = &release.artifact;
                    let hash = if kind == "js" { artifact.glue.hash } else { artifact.module };
                    return answer::redirect(StatusCode::FOUND, &format!("/m/{hash}.{kind}"));
                }
                let broken = program.reported.items.iter().any(|item| item.severity == Severity::Error);
                if broken && program.building.is_none() {
                    return unavailable("The program cannot be built; the page and the terminal say why.");
                }
                if board.changed().await.is_err() {
                    return unavailable("The server ends.");
                }
            }
        };
        tokio::select! {
            decided = tokio::time::timeout(FIRST_RELEASE, decided) => {
                decided.unwrap_or_else(|_| unavailable("The first build is not done yet."))
            }
            () = self.cancel.cancelled() => unavailable("The server ends."),
        }
    }
}

/// In doubt it is one: before the programs are known every name may be.
fn is_program(board: &Board, name: &str) -> bool {
    board.programs.is_empty() || board.programs.contains_key(name)
}

/// What stands after the last dot; letters in another case are another name, as everywhere in the list.
fn ending(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn unavailable(reason: &str) -> Answer {
    answer::page(StatusCode::SERVICE_UNAVAILABLE, "No module", &[reason])
}

fn to_page(program: &str, query: Option<&str>) -> Answer {
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    answer::redirect(StatusCode::TEMPORARY_REDIRECT, &format!("/{program}/{query}"))
}

/// Headers by which a document is told from the same file as text.
const NAMES_PURPOSE: &str = "sec-fetch-dest, sec-fetch-mode, accept";
/// How what browsers accept in the place of a page begins; scripts ask for less.
const SHOWN: &[u8] = b"text/html,application/xhtml+xml,application/xml";

/// A browser that shows the file, and not a script that reads a fragment of HTML.
fn is_document(request: &HeaderMap) -> bool {
    let said = |name: &str| request.get(name).map_or(&b""[..], HeaderValue::as_bytes);
    match said("sec-fetch-dest") {
        b"document" | b"iframe" | b"frame" => true,
        // A service worker passes a page on as something that it fetches. Chrome still calls it a navigation, Firefox
        // leaves what only a browser that shows pages asks for.
        b"empty" => said("sec-fetch-mode") == b"navigate" || said("accept").starts_with(SHOWN),
        _ => false,
    }
}
