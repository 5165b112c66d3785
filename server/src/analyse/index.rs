//! Contents of sources by hash, and the verdict on changed files.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::header::Header;
use super::meaning::Meanings;
use super::text::Text;
use super::trees::{Following, ProgramTrees, Trees};
use super::{LoadOptions, Program, ProgramGraph, Verdict};
use crate::content::ContentHash;
use crate::revision::Revision;
use crate::watch::{Change, ChangeKind};

/// Hash over the relative path and the content hash of every source of a program, the version of Go and the
/// build tags. Equal digests mean equal input of the compiler; what else decides a build (compiler, mode,
/// flags) is the builder's to add. 256 bits: a collision would skip a needed build and is not to be expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceDigest(pub ContentHash);

/// Remembers what each source contained when it was last looked at, how the package graph saw it, and for
/// which input each program was last built well.
#[derive(Debug, Default)]
pub struct Index {
    root: PathBuf,
    settings: String,
    contents: BTreeMap<PathBuf, Option<ContentHash>>,
    /// Headers of Go files, and hashes of module files, as they were when the graph was loaded.
    loaded: BTreeMap<PathBuf, Loaded>,
    good: BTreeMap<String, Good>,
    meanings: Meanings,
    trees: Trees,
    /// Positions of panics are to be exact: lines that moved are an edit then.
    exact_positions: bool,
}

/// The input of a good build.
#[derive(Debug)]
struct Good {
    digest: SourceDigest,
    /// All of it that is not the text of a Go file of the user's: equal ones leave only those to compare.
    frame: SourceDigest,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Loaded {
    Go(Header),
    Other(ContentHash),
    Missing,
}

impl fmt::Display for SourceDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl SourceDigest {
    /// Reads every source anew. Equal before and after a build, it shows that the compiler saw these bytes.
    pub fn read(graph: &ProgramGraph, program: &Program) -> Self {
        digest(&graph.root, &settings(graph), program, |path| read(path).map(|bytes| ContentHash::of(&bytes)))
    }
}

impl Index {
    /// With nothing in it.
    pub fn new(options: &LoadOptions) -> Self {
        Self { exact_positions: options.exact_positions, ..Self::default() }
    }

    /// Takes in a graph that was just loaded and reads all its sources. What was judged good stays so.
    pub fn refresh(&mut self, graph: &ProgramGraph) {
        self.root.clone_from(&graph.root);
        self.settings = settings(graph);
        self.contents.clear();
        self.loaded.clear();
        self.trees.settle();
        let sources = graph.programs.iter().flat_map(|program| &program.sources);
        let left_out = graph.packages.values().flat_map(|package| &package.left_out);
        let files: BTreeSet<&PathBuf> = sources.chain(left_out).chain(&graph.module_files).collect();
        for path in files {
            let state = self.look(graph, path);
            self.loaded.insert(path.clone(), state);
        }
        let programs = &graph.programs;
        self.meanings.retain(|path| programs.iter().any(|program| program.sources.contains(path)));
    }

    /// The input that the compiler would get now, by the contents last looked at.
    pub fn digest(&self, program: &Program) -> SourceDigest {
        digest(&self.root, &self.settings, program, |path| self.contents.get(path).copied().flatten())
    }

    /// What each source of a program contained when it was last looked at; those that are not there are left out.
    pub fn contents(&self, program: &Program) -> BTreeMap<PathBuf, ContentHash> {
        let known = |path: &PathBuf| Some((path.clone(), self.contents.get(path).copied().flatten()?));
        program.sources.iter().filter_map(known).collect()
    }

    /// True when the compiler would get what it got for the last good build. To be asked after a graph was
    /// loaded again: an edit that was undone meanwhile needs no build.
    pub fn is_good(&self, program: &Program) -> bool {
        self.good.get(&program.name).is_some_and(|good| good.digest == self.digest(program))
    }

    /// Remembers that a build of this input went well, and was not superseded.
    pub fn judged_good(&mut self, program: &Program, digest: SourceDigest) {
        let name = &program.name;
        // Texts that have changed since are not those that were built.
        if self.digest(program) == digest {
            self.meanings.judged_good(name, &program.sources);
        } else {
            self.meanings.forget(name);
        }
        self.good.insert(name.clone(), Good { digest, frame: self.frame(program) });
    }

    /// Forgets what was good, so that the next verdict builds.
    pub fn forget(&mut self, program: &str) {
        self.good.remove(program);
        self.meanings.forget(program);
    }

    fn frame(&self, program: &Program) -> SourceDigest {
        digest(&self.root, &self.settings, program, |path| {
            let is_text = self.meanings.has(path);
            if is_text { None } else { self.contents.get(path).copied().flatten() }
        })
    }

    /// Looks at the changed files and says what they mean. Programs that none of them concerns are left out.
    pub fn judge(&mut self, graph: &ProgramGraph, changes: &[Change]) -> Vec<(String, Verdict)> {
        let mut states = BTreeMap::new();
        for change in changes {
            states.insert(change.path.as_path(), self.look(graph, &change.path));
        }
        let mut verdicts = Vec::new();
        for program in &graph.programs {
            if let Some(verdict) = self.judge_program(graph, program, changes, &states) {
                verdicts.push((program.name.clone(), self.refine(program, verdict)));
            }
        }
        verdicts
    }

    /// What reading Go files as trees, and comparing these, has taken in verdicts since this was asked last.
    pub fn take_spent(&mut self) -> [Duration; 2] {
        self.meanings.take_spent()
    }

    /// Looks into Go files that changed, when nothing else did.
    fn refine(&mut self, program: &Program, verdict: Verdict) -> Verdict {
        let Verdict::Whole(files) = &verdict else { return verdict };
        let same_frame = self.good.get(&program.name).is_some_and(|good| good.frame == self.frame(program));
        if !same_frame {
            return verdict;
        }
        let Some(meaning) = self.meanings.judge(&program.name, &program.sources) else { return verdict };
        match meaning.effect {
            // Nobody asked for the old positions to be right.
            None if !self.exact_positions => {
                self.judged_good(program, self.digest(program));
                Verdict::Same
            }
            None => verdict,
            Some(effect) if meaning.words.is_empty() => Verdict::Code(effect, files.clone()),
            Some(effect) => Verdict::Code(effect, meaning.words),
        }
    }

    fn judge_program(
        &self,
        graph: &ProgramGraph,
        program: &Program,
        changes: &[Change],
        states: &BTreeMap<&Path, Loaded>,
    ) -> Option<Verdict> {
        let mut assets = Vec::new();
        let mut graph_changed = false;
        let mut reasons = Vec::new();
        for change in changes {
            let path = change.path.as_path();
            let is_source = program.sources.contains(path);
            if let Some(asset) = program.page.as_ref().and_then(|page| page.asset(path)) {
                assets.push(asset);
            }
            if self.changes_graph(graph, program, change, states) {
                graph_changed = true;
            }
            if is_source {
                reasons.push(words(graph, change));
            }
        }
        if graph.page_of(&program.package_folder) != program.page {
            return Some(Verdict::Graph);
        }
        if graph_changed {
            return Some(Verdict::Graph);
        }
        assets.sort();
        assets.dedup();
        if reasons.is_empty() {
            return (!assets.is_empty()).then_some(Verdict::Asset(assets));
        }
        if self.is_good(program) {
            return Some(if assets.is_empty() { Verdict::Nothing } else { Verdict::Asset(assets) });
        }
        let more = reasons.len() - 1;
        let first = reasons.swap_remove(0);
        Some(Verdict::Whole(if more == 0 { first } else { format!("{first} and {more} more") }))
    }

    /// True when the file is not to the package graph what it was when that was loaded.
    fn changes_graph(
        &self,
        graph: &ProgramGraph,
        program: &Program,
        change: &Change,
        states: &BTreeMap<&Path, Loaded>,
    ) -> bool {
        let path = change.path.as_path();
        let now = states.get(path);
        if let Some(before) = self.loaded.get(path) {
            let own = program.sources.contains(path)
                || graph.module_files.contains(path)
                || is_left_out(graph, path);
            return own
                && match (before, now) {
                    (Loaded::Go(before), Some(Loaded::Go(now))) => before != now,
                    // An embedded file is only content; a module file says what else is read.
                    (Loaded::Other(before), Some(Loaded::Other(now))) => {
                        before != now && graph.module_files.contains(path)
                    }
                    (Loaded::Missing, Some(Loaded::Missing)) => false,
                    _ => true,
                };
        }
        // A file that the graph does not know: gone again, it never mattered.
        if matches!(now, Some(Loaded::Missing) | None) && change.kind != ChangeKind::Removed {
            return false;
        }
        is_for_a_package(graph, path)
    }

    /// What is followed of the programs' own Go files, of the texts as they were last looked at. What nobody follows is
    /// forgotten.
    pub fn trees(
        &mut self,
        programs: &[(Arc<Program>, Following)],
        revision: Revision,
    ) -> BTreeMap<String, ProgramTrees> {
        let root = self.root.clone();
        let own = |program: &'_ Arc<Program>| -> Vec<PathBuf> {
            program.sources.iter().filter(|path| is_go(path) && path.starts_with(&root)).cloned().collect()
        };
        let files: Vec<Vec<PathBuf>> = programs.iter().map(|(program, _)| own(program)).collect();
        self.trees.retain(&files.iter().flatten().collect());
        if programs.iter().all(|(_, following)| *following == Following::Trees) {
            self.trees.forget_trivia();
        }
        let mut trees = BTreeMap::new();
        for ((program, following), files) in programs.iter().zip(files) {
            let of_program = files.into_iter().filter_map(|path| {
                let file = self.trees.of(&path, self.meanings.text(&path), revision, *following)?;
                Some((path, file))
            });
            trees.insert(program.name.clone(), of_program.collect());
        }
        trees
    }

    /// Looks at changed files for their trees alone: the package graph is of an earlier time, and says nothing of them.
    /// Also while nobody follows trees, for whoever asks next; nothing is parsed here.
    pub fn look_for_trees(&mut self, changes: &[Change]) {
        for path in changes.iter().map(|change| change.path.as_path()).filter(|path| is_go(path)) {
            let text = read(path).map(|bytes| {
                let hash = ContentHash::of(&bytes);
                Text::new(bytes, hash)
            });
            self.trees.look(path, text);
        }
    }

    /// Reads the file, keeps its hash, and returns what of it concerns the graph.
    fn look(&mut self, graph: &ProgramGraph, path: &Path) -> Loaded {
        let bytes = read(path);
        let hash = bytes.as_deref().map(ContentHash::of);
        self.contents.insert(path.to_owned(), hash);
        // An embedded one is content of the program, to its last blank.
        if is_go(path) && !is_embedded(graph, path) {
            self.meanings.look(path, bytes.as_deref().zip(hash));
        }
        match (bytes, hash) {
            (Some(bytes), _)
                if is_go(path) && path.parent().is_some_and(|folder| graph.packages.contains_key(folder)) =>
            {
                Loaded::Go(Header::of(&bytes))
            }
            (_, Some(hash)) => Loaded::Other(hash),
            (_, None) => Loaded::Missing,
        }
    }
}

fn is_go(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("go"))
}

fn is_embedded(graph: &ProgramGraph, path: &Path) -> bool {
    graph.packages.values().flat_map(|package| &package.embeds).any(|embed| embed.takes_file(path))
}

fn is_left_out(graph: &ProgramGraph, path: &Path) -> bool {
    path.parent()
        .and_then(|folder| graph.packages.get(folder))
        .is_some_and(|package| package.left_out.contains(path))
}

/// True when a file that was not listed may belong to a package: beside its sources, among its embedded
/// files, or where new programs are looked for.
fn is_for_a_package(graph: &ProgramGraph, path: &Path) -> bool {
    let Some(folder) = path.parent() else { return false };
    let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let is_source = matches!(
        extension,
        "go" | "s"
            | "S"
            | "sx"
            | "c"
            | "cc"
            | "cpp"
            | "cxx"
            | "m"
            | "f"
            | "F"
            | "for"
            | "syso"
            | "swig"
            | "swigcxx"
    ) || matches!(name, "go.mod" | "go.work");
    let in_nursery = graph.nursery.as_ref().is_some_and(|nursery| path.starts_with(nursery));
    (is_source && !name.ends_with("_test.go") && (in_nursery || graph.packages.contains_key(folder)))
        || is_embedded(graph, path)
}

fn words(graph: &ProgramGraph, change: &Change) -> String {
    let path = change.path.strip_prefix(&graph.module_root).unwrap_or(&change.path).display();
    match change.kind {
        ChangeKind::Created => format!("{path} is new"),
        ChangeKind::Modified => format!("{path} changed"),
        ChangeKind::Removed => format!("{path} is gone"),
    }
}

fn settings(graph: &ProgramGraph) -> String {
    format!("go {}\ntags {}\n", graph.go_version, graph.tags.join(","))
}

fn digest(
    root: &Path,
    settings: &str,
    program: &Program,
    content: impl Fn(&Path) -> Option<ContentHash>,
) -> SourceDigest {
    let mut hasher = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        // With its length in front no part can pass for the end of the one before it.
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(settings.as_bytes());
    part(program.import_path.as_bytes());
    for path in &program.sources {
        part(path.strip_prefix(root).unwrap_or(path).as_os_str().as_bytes());
        match content(path) {
            Some(hash) => part(hash.as_bytes()),
            None => part(b"missing"),
        }
    }
    SourceDigest(hasher.finalize().into())
}

fn read(path: &Path) -> Option<Vec<u8>> {
    // A FIFO in the place of a source would hold up the caller for ever.
    std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    std::fs::read(path).ok()
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
