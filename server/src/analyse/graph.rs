//! Programs, the files that decide their builds, and what to watch for them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::list::Package;
use super::module_file::{ReferenceKind, references};
use super::policy::lexical;
use super::{LoadOptions, PageFolder, embeds, naming};
use crate::diagnostic::Diagnostic;
use crate::watch::{self, Takes, WatchSet, WatchedFolder};

/// One main package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Plain and unique in its project: part of URLs.
    pub name: String,
    /// Folder of the main package.
    pub package_folder: PathBuf,
    /// Its import path.
    pub import_path: String,
    /// Every file of the user whose bytes decide the build: Go sources, embedded files, module files. The
    /// standard library and the module cache are left out: the Go version and go.sum stand for them.
    pub sources: BTreeSet<PathBuf>,
    /// Where its page lies.
    pub page: Option<PageFolder>,
}

/// The packages of a project, as far as the user wrote them.
#[derive(Debug, Clone)]
pub struct ProgramGraph {
    /// The project's root: nothing outside it is built unless it is trusted.
    pub root: PathBuf,
    /// Folder of the `go.mod` that the project's folder belongs to.
    pub module_root: PathBuf,
    /// In order of their folders.
    pub programs: Vec<Program>,
    /// What deserves a look although everything can be built.
    pub warnings: Vec<Diagnostic>,
    pub(super) go_version: String,
    pub(super) tags: Vec<String>,
    pub(super) packages: BTreeMap<PathBuf, OwnPackage>,
    pub(super) module_files: BTreeSet<PathBuf>,
    /// Where new main packages may appear.
    pub(super) nursery: Option<PathBuf>,
    /// Chosen page folders by package folder.
    pub(super) pages: BTreeMap<PathBuf, PathBuf>,
}

/// A package of the user.
#[derive(Debug, Clone, Default)]
pub(super) struct OwnPackage {
    /// Go files that build constraints keep out.
    pub(super) left_out: BTreeSet<PathBuf>,
    pub(super) embeds: Vec<WatchedFolder>,
}

/// Where things are, found before any tool ran.
#[derive(Debug, Clone)]
pub(super) struct Places {
    pub(super) root: PathBuf,
    pub(super) module_root: PathBuf,
    pub(super) workspace: Option<PathBuf>,
}

impl ProgramGraph {
    /// Builds the graph from what `go list` said; `mains` are import paths.
    pub(super) fn new(
        options: &LoadOptions,
        places: &Places,
        packages: &[Package],
        mains: &[String],
        nursery: Option<PathBuf>,
        warnings: Vec<Diagnostic>,
    ) -> Self {
        let by_path: BTreeMap<&str, &Package> =
            packages.iter().map(|package| (package.import_path.as_str(), package)).collect();
        let mut mains: Vec<&Package> =
            mains.iter().filter_map(|path| by_path.get(path.as_str()).copied()).collect();
        mains.sort_by(|left, right| left.dir.cmp(&right.dir));
        let names = naming::names(mains.iter().map(|main| main.dir.as_path()));
        let chosen = |main: &Package, name: String| {
            let by_folder = options.choices.iter().find(|(_, choice)| {
                choice
                    .package
                    .as_ref()
                    .is_some_and(|package| lexical(&options.folder.join(package)) == main.dir)
            });
            by_folder.map_or(name, |(chosen, _)| chosen.clone())
        };
        let mut graph = Self {
            root: places.root.clone(),
            module_root: places.module_root.clone(),
            programs: Vec::new(),
            warnings,
            go_version: options.go_version.clone(),
            tags: options.tags.clone(),
            packages: BTreeMap::new(),
            module_files: places.module_files(packages),
            nursery,
            pages: BTreeMap::new(),
        };
        for (main, name) in mains.into_iter().zip(names) {
            let name = chosen(main, name);
            if let Some(page) = options.choices.get(&name).and_then(|choice| choice.page.as_ref()) {
                graph.pages.insert(main.dir.clone(), lexical(&main.dir.join(page)));
            }
            let mut sources: BTreeSet<PathBuf> =
                graph.module_files.iter().filter(|path| path.is_file()).cloned().collect();
            let own = main.deps.iter().filter_map(|path| by_path.get(path.as_str()).copied()).chain([main]);
            for package in own.filter(|package| package.is_own()) {
                sources.extend(package.source_files());
                graph.packages.entry(package.dir.clone()).or_insert_with(|| package.own());
            }
            graph.programs.push(Program {
                name,
                package_folder: main.dir.clone(),
                import_path: main.import_path.clone(),
                sources,
                page: graph.page_of(&main.dir),
            });
        }
        graph
    }

    /// Where the page of the program in this folder lies now: the chosen place, else what is found. A place outside
    /// the project is none: its files would be served.
    pub(super) fn page_of(&self, package_folder: &Path) -> Option<PageFolder> {
        match self.pages.get(package_folder) {
            // A link on the way could lead anywhere.
            Some(path) if path.starts_with(&self.root) && is_real_folder(path) => {
                Some(PageFolder { path: path.clone(), is_package: path == package_folder })
            }
            Some(_) => None,
            None => PageFolder::of(package_folder),
        }
    }

    /// Sources, module files and package folders that were written at `start` or later, with the time of it: whether
    /// the load that began then has seen them is not known.
    pub fn written_since(&self, start: SystemTime) -> BTreeMap<PathBuf, SystemTime> {
        let sources = self.programs.iter().flat_map(|program| &program.sources);
        let left_out = self.packages.values().flat_map(|package| &package.left_out);
        let paths: BTreeSet<&PathBuf> =
            sources.chain(left_out).chain(&self.module_files).chain(self.packages.keys()).collect();
        watch::written_since(paths.into_iter().cloned(), start)
    }

    /// What has to be watched so that no change of this graph is missed.
    pub fn watch_set(&self) -> WatchSet {
        let mut set = WatchSet { files: self.module_files.clone(), folders: Vec::new() };
        for (folder, package) in &self.packages {
            set.folders.push(go_folder(folder, false));
            set.folders.extend(package.embeds.iter().cloned());
        }
        for program in &self.programs {
            set.files.extend(program.sources.iter().cloned());
            // A page may appear in a better place.
            set.files.extend(PageFolder::possible(&program.package_folder).map(|page| page.index()));
            if let Some(page) = &program.page {
                set.folders.push(WatchedFolder {
                    path: page.path.clone(),
                    recursive: true,
                    takes: Takes::Assets,
                });
            }
        }
        if let Some(nursery) = &self.nursery {
            set.folders.push(go_folder(nursery, true));
        }
        set.folders.sort();
        set.folders.dedup();
        set
    }
}

fn is_real_folder(path: &Path) -> bool {
    path.is_dir() && path.canonicalize().is_ok_and(|real| real == path)
}

impl Places {
    /// Files that decide which modules are used, whether they exist or not.
    pub(super) fn module_files(&self, packages: &[Package]) -> BTreeSet<PathBuf> {
        let own = packages.iter().filter(|package| package.is_own()).filter_map(Package::module_file);
        let mut files = BTreeSet::new();
        for file in own.chain([self.module_root.join("go.mod").as_path()]) {
            files.insert(file.to_owned());
            files.insert(file.with_file_name("go.sum"));
        }
        let workspace = self.workspace.clone().unwrap_or_else(|| self.module_root.join("go.work"));
        files.insert(workspace.with_extension("work.sum"));
        for folder in [&self.module_root, &workspace.parent().unwrap_or(&self.root).to_owned()] {
            files.insert(folder.join("vendor/modules.txt"));
        }
        files.insert(workspace);
        files
    }

    /// Module files of the folders that go.mod and go.work name.
    fn referred_modules(&self) -> BTreeSet<PathBuf> {
        let files = [Some(self.module_root.join("go.mod")), self.workspace.clone()];
        let mut found = BTreeSet::new();
        for file in files.into_iter().flatten() {
            let Ok(text) = std::fs::read_to_string(&file) else { continue };
            let folder = file.parent().unwrap_or(&self.root);
            found.extend(references(&text).into_iter().filter_map(|reference| match reference.kind {
                ReferenceKind::Replace(target) | ReferenceKind::Use(target) => {
                    Some(lexical(&folder.join(target)).join("go.mod"))
                }
                ReferenceKind::Toolchain(_) => None,
            }));
        }
        found
    }

    /// What to watch when the graph could not be loaded, so that the mend is seen.
    pub(super) fn watch_set(&self, folder: &Path, packages: &[Package]) -> WatchSet {
        let mut set = WatchSet { files: self.module_files(packages), folders: Vec::new() };
        set.files.insert(folder.join("go.mod"));
        set.files.insert(self.root.join("go.work"));
        // Nothing is known of their packages, but a module file that is broken there is mended there.
        set.files.extend(self.referred_modules());
        set.folders.push(go_folder(folder, true));
        set.folders.push(go_folder(&self.module_root, true));
        for package in packages.iter().filter(|package| package.is_own()) {
            set.folders.push(go_folder(&package.dir, false));
            set.folders.extend(package.own().embeds);
        }
        set.folders.sort();
        set.folders.dedup();
        set
    }
}

impl Package {
    fn source_files(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.go_files
            .iter()
            .chain(self.foreign_files())
            .chain(&self.embed_files)
            .map(|name| self.dir.join(name))
    }

    fn own(&self) -> OwnPackage {
        OwnPackage {
            left_out: self
                .ignored_go_files
                .iter()
                .filter(|name| !name.ends_with("_test.go"))
                .map(|name| self.dir.join(name))
                .collect(),
            embeds: embeds::folders(&self.dir, &self.embed_patterns),
        }
    }
}

fn go_folder(path: &Path, recursive: bool) -> WatchedFolder {
    WatchedFolder { path: path.to_owned(), recursive, takes: Takes::GoSources }
}
