//! Which files a published program consists of: its page, its module, its glue, and what starts it.

use std::collections::{BTreeMap, BTreeSet};

use crate::analyse::PageManifest;
use crate::build::Artifact;
use crate::content::{BlobStore, ContentHash};
use crate::http::{PageOptions, blank_page, insert_scripts};

use super::references::{GLUE, References};

/// Longest script or page that is looked through for names; what is longer was made by a bundler.
const LONGEST_TEXT: u64 = 8 << 20;

/// Names for what a page of its own does not have yet, the preferred one first.
const MODULE_NAMES: &[&str] = &["main.wasm", "program.wasm", "dev-server.wasm"];
const BOOT_NAMES: &[&str] = &["boot.js", "start.js", "dev-server-boot.js"];
const WORKER_NAMES: &[&str] = &["worker.js", "program-worker.js", "dev-server-worker.js"];
const GLUE_NAMES: &[&str] = &[GLUE, "go/wasm_exec.js"];

/// What the bytes of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// Those of a blob.
    Blob(ContentHash),
    /// These.
    Text(Vec<u8>),
}

/// A program ready to be written down.
#[derive(Debug, Default)]
pub(super) struct Site {
    /// By path relative to the page.
    pub(super) files: BTreeMap<String, Content>,
    /// What the user should know.
    pub(super) notices: Vec<String>,
}

/// What decides a site besides the page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Program<'a> {
    pub(super) artifact: &'a Artifact,
    pub(super) options: PageOptions,
}

impl Site {
    /// Puts the page of a program together. No file of it knows of the server that developed it.
    pub(super) fn assemble(program: Program<'_>, page: &PageManifest, store: &BlobStore) -> Self {
        let mut site = Self::default();
        for (path, entry) in &page.entries {
            site.files.insert(path.clone(), Content::Blob(entry.hash));
        }
        let html = page.html().and_then(|entry| std::fs::read(store.path(entry.hash)).ok());
        let html = html.unwrap_or_else(|| blank_page(&program.artifact.program).into_bytes());
        let script_of = |path: &str| {
            let entry = page.entries.get(path).filter(|entry| entry.size <= LONGEST_TEXT)?;
            String::from_utf8(std::fs::read(store.path(entry.hash)).ok()?).ok()
        };
        let (boots, _) = insert_scripts(&html, "", script_of);
        if program.options.boots.unwrap_or(boots) {
            site.serve_references(program.artifact, &references(page, store));
            site.files.entry("index.html".to_owned()).or_insert(Content::Text(html));
        } else {
            let tags = site.add_boot(program);
            let (_, html) = insert_scripts(&html, &tags, script_of);
            site.files.insert("index.html".to_owned(), Content::Text(html));
        }
        site
    }

    /// Puts module and glue where the page's own script looks for them. What lies there already is something else's:
    /// copies that an older build of the program left behind are no part of a page.
    fn serve_references(&mut self, artifact: &Artifact, named: &References) {
        let modules = self.missing(&named.modules);
        if modules.is_empty() {
            let path = self.free(MODULE_NAMES);
            self.notices
                .push(format!("the page's own script names no module that is missing: it is in {path}"));
            self.files.insert(path, Content::Blob(artifact.module));
        }
        for path in modules {
            self.files.insert(path, Content::Blob(artifact.module));
        }
        let scripts = self.missing(&named.glue);
        let scripts = if scripts.is_empty() { vec![self.free(GLUE_NAMES)] } else { scripts };
        for path in scripts {
            self.files.insert(path, Content::Blob(artifact.glue.hash));
        }
    }

    fn missing(&self, paths: &BTreeSet<String>) -> Vec<String> {
        paths.iter().filter(|path| !self.files.contains_key(*path)).cloned().collect()
    }

    /// Adds module, glue and boot script; returns the tags that load them. Deferred scripts run in order when the page
    /// has been read, as the program expects.
    fn add_boot(&mut self, program: Program<'_>) -> String {
        let module = self.free(MODULE_NAMES);
        let glue = self.free(GLUE_NAMES);
        let boot = self.free(BOOT_NAMES);
        self.files.insert(module.clone(), Content::Blob(program.artifact.module));
        self.files.insert(glue.clone(), Content::Blob(program.artifact.glue.hash));
        if program.options.worker {
            let worker = self.free(WORKER_NAMES);
            let inner = format!("importScripts(\"{glue}\");\n{}", starter(&module));
            self.files.insert(worker.clone(), Content::Text(inner.into_bytes()));
            // The page's own scripts find the worker where they find it during development.
            let outer = format!("window.devServer = {{ worker: new Worker(\"{worker}\") }};\n");
            self.files.insert(boot.clone(), Content::Text(outer.into_bytes()));
            // Not deferred: the page's scripts expect it.
            return format!("<script src=\"{boot}\"></script>");
        }
        self.files.insert(boot.clone(), Content::Text(starter(&module).into_bytes()));
        format!("<script src=\"{glue}\" defer></script><script src=\"{boot}\" defer></script>")
    }

    fn free(&self, names: &[&str]) -> String {
        let free = names.iter().find(|name| !self.files.contains_key(**name));
        // The last name is nobody else's.
        (*free.or(names.last()).unwrap_or(&"")).to_owned()
    }
}

/// Starts the program. Hosts that do not know the media type of modules are not rare, hence the second way.
fn starter(module: &str) -> String {
    format!(
        "(async () => {{\n\
         \u{20} const go = new Go();\n\
         \u{20} const response = await fetch(\"{module}\");\n\
         \u{20} const typed = response.headers.get(\"Content-Type\")?.startsWith(\"application/wasm\");\n\
         \u{20} const {{ instance }} = typed\n\
         \u{20}   ? await WebAssembly.instantiateStreaming(response, go.importObject)\n\
         \u{20}   : await WebAssembly.instantiate(await response.arrayBuffer(), go.importObject);\n\
         \u{20} await go.run(instance);\n\
         }})();\n"
    )
}

fn references(page: &PageManifest, store: &BlobStore) -> References {
    let mut found = References::default();
    for (path, entry) in &page.entries {
        let is_text = [".html", ".htm", ".js", ".mjs"].iter().any(|ending| path.ends_with(ending));
        // The glue names modules in its comments only.
        if !is_text || entry.size > LONGEST_TEXT || path.rsplit('/').next() == Some(GLUE) {
            continue;
        }
        if let Ok(bytes) = std::fs::read(store.path(entry.hash)) {
            found.scan(path, &String::from_utf8_lossy(&bytes));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::analyse::{ManifestLimits, PageFolder};
    use crate::build::{Glue, GlueKind};
    use crate::revision::Revision;

    use super::*;

    struct Bench {
        folder: tempfile::TempDir,
        store: BlobStore,
        artifact: Artifact,
    }

    impl Bench {
        fn new(files: &[(&str, &str)]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let store = BlobStore::open(folder.path().join("store")).unwrap();
            for (path, text) in files {
                let path = folder.path().join("page").join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, text).unwrap();
            }
            let glue = Glue { kind: GlueKind::Go, hash: store.put(b"the glue").unwrap(), size: 8 };
            let artifact = Artifact {
                revision: Revision::FIRST,
                program: "app".to_owned(),
                module: store.put(b"the module").unwrap(),
                size: 10,
                glue,
                symbols: None,
                stages: Vec::new(),
                warnings: Vec::new(),
                from_cache: false,
            };
            Self { folder, store, artifact }
        }

        fn site(&self, options: PageOptions) -> Site {
            let page = PageFolder { path: self.folder.path().join("page"), is_package: false };
            let manifest = if Path::exists(&page.path) {
                PageManifest::scan(&page, &self.store, &ManifestLimits::default()).unwrap().0
            } else {
                PageManifest::new(BTreeMap::new())
            };
            Site::assemble(Program { artifact: &self.artifact, options }, &manifest, &self.store)
        }

        fn text(&self, site: &Site, path: &str) -> String {
            let bytes = match &site.files[path] {
                Content::Blob(hash) => std::fs::read(self.store.path(*hash)).unwrap(),
                Content::Text(bytes) => bytes.clone(),
            };
            String::from_utf8(bytes).unwrap()
        }
    }

    fn names(site: &Site) -> Vec<&str> {
        site.files.keys().map(String::as_str).collect()
    }

    #[test]
    fn without_a_page_there_is_one_that_starts_the_program() {
        let bench = Bench::new(&[]);
        let site = bench.site(PageOptions::default());
        assert_eq!(names(&site), ["boot.js", "index.html", "main.wasm", "wasm_exec.js"]);
        let html = bench.text(&site, "index.html");
        assert!(
            html.contains("<script src=\"wasm_exec.js\" defer></script><script src=\"boot.js\" defer>"),
            "{html}"
        );
        assert!(!html.contains("__dev") && !html.contains("token"), "{html}");
        assert!(bench.text(&site, "boot.js").contains("fetch(\"main.wasm\")"));
        assert_eq!(bench.text(&site, "main.wasm"), "the module");
    }

    #[test]
    fn a_page_that_starts_nothing_gets_the_scripts_and_keeps_its_files() {
        let page = "<!doctype html><html><head><title>x</title></head><body>hello</body></html>";
        let bench = Bench::new(&[("index.html", page), ("boot.js", "mine"), ("img/a.svg", "<svg/>")]);
        let site = bench.site(PageOptions::default());
        assert_eq!(
            names(&site),
            ["boot.js", "img/a.svg", "index.html", "main.wasm", "start.js", "wasm_exec.js"]
        );
        assert_eq!(bench.text(&site, "boot.js"), "mine");
        let html = bench.text(&site, "index.html");
        assert!(
            html.contains("<head><script src=\"wasm_exec.js\" defer>") && html.contains("start.js"),
            "{html}"
        );
    }

    #[test]
    fn a_page_that_starts_go_itself_finds_what_it_names() {
        let page = "<script src=\"lib/wasm_exec.js\"></script><script src=\"run.js\"></script>";
        let run =
            "const go = new Go(); WebAssembly.instantiateStreaming(fetch('bin/app.wasm'), go.importObject)";
        let bench = Bench::new(&[("index.html", page), ("run.js", run), ("other.wasm", "another")]);
        let site = bench.site(PageOptions::default());
        assert_eq!(names(&site), ["bin/app.wasm", "index.html", "lib/wasm_exec.js", "other.wasm", "run.js"]);
        assert_eq!(bench.text(&site, "index.html"), page, "not a byte is changed");
        assert_eq!(bench.text(&site, "bin/app.wasm"), "the module");
        assert_eq!(bench.text(&site, "lib/wasm_exec.js"), "the glue");
        assert!(site.notices.is_empty(), "{:?}", site.notices);
    }

    #[test]
    fn leftovers_of_hand_made_builds_give_way() {
        let page = "<script src=\"wasm_exec.js\"></script><script>new Go(); fetch('main.wasm')</script>";
        let bench =
            Bench::new(&[("index.html", page), ("wasm_exec.js", "old"), ("main.wasm", "\0asm\x04gojs")]);
        let site = bench.site(PageOptions::default());
        assert_eq!(bench.text(&site, "main.wasm"), "the module");
        assert_eq!(bench.text(&site, "wasm_exec.js"), "the glue");
    }

    #[test]
    fn a_module_that_no_script_names_is_told() {
        let page = "<script src=\"wasm_exec.js\"></script><script>new Go(); fetch(name())</script>";
        let bench = Bench::new(&[("index.html", page), ("other.wasm", "another")]);
        let site = bench.site(PageOptions::default());
        assert_eq!(names(&site), ["index.html", "main.wasm", "other.wasm", "wasm_exec.js"]);
        assert!(site.notices[0].ends_with("it is in main.wasm"), "{:?}", site.notices);
    }

    #[test]
    fn a_worker_is_started_by_the_page() {
        let bench = Bench::new(&[]);
        let site = bench.site(PageOptions { worker: true, boots: Some(false) });
        assert_eq!(names(&site), ["boot.js", "index.html", "main.wasm", "wasm_exec.js", "worker.js"]);
        assert!(bench.text(&site, "boot.js").contains("new Worker(\"worker.js\")"));
        assert!(bench.text(&site, "worker.js").starts_with("importScripts(\"wasm_exec.js\");"));
    }
}
