//! One program with a warm compiler: its newest facts, bases of it, and patches for the bases that run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dev_server_proto::compiler::{self as wire, reply, request};
use hot_patch::{
    BaseInput, Facts, Library, Note, Object, PackageFacts, Patch, PatchInput, Plan, Refusal, World, link,
    make_base,
};
use tokio_util::sync::CancellationToken;

use super::HotError;
use super::facts::{closures, facts, known};
use super::laps::Laps;
use super::library::{LibraryFile, add, library, library_file, library_files, read, unreadable};
use super::sources::{Contents, difference};
use super::worker::{WarmTools, Worker, unexpected};
use crate::build::{StageTime, off_thread};

/// A program whose functions can be replaced while it runs.
#[derive(Debug)]
pub(super) struct HotProgram {
    tools: WarmTools,
    /// Of package main.
    folder: PathBuf,
    worker: Option<Worker>,
    /// What the worker has; empty for one that is not there.
    known: Contents,
    facts: Facts,
    /// Facts by package, as the worker has said them.
    said: BTreeMap<String, PackageFacts>,
    /// What the worker was told of running programs: their numbers, and the last patch.
    told: BTreeMap<u64, u32>,
    /// Number of the last program that came to run.
    last: u64,
    /// Import paths of all packages, each after those that it imports.
    closure: Vec<String>,
    /// Time of each stage since they were taken last.
    stages: Vec<StageTime>,
}

/// A base that runs on pages.
#[derive(Debug, Clone)]
pub(super) struct Live {
    /// What is known of it.
    pub(super) world: Arc<World>,
    /// Where code lies that it lacks.
    pub(super) library: Arc<Library>,
    /// What the library was read from.
    pub(super) files: Vec<LibraryFile>,
    /// Names it to the compiler; 0: it has none yet.
    pub(super) number: u64,
    /// Symbols that patches brought since it has that number, by the number of the patch.
    pub(super) brought: Arc<Vec<(u32, Vec<String>)>>,
}

/// A module to be started.
#[derive(Debug)]
pub(super) struct BaseModule {
    pub(super) module: Vec<u8>,
    /// What it was made from, with DWARF.
    pub(super) symbols: Vec<u8>,
    pub(super) live: Live,
}

/// A module to be applied to a base.
#[derive(Debug)]
pub(super) struct PatchModule {
    /// What it was made from, with DWARF.
    pub(super) objects: Vec<Vec<u8>>,
    pub(super) patch: Patch,
}

/// What an edit comes to for one base.
#[derive(Debug)]
pub(super) enum Patched {
    /// It runs the new text already: what is known of it then, and what stays as it was although the text has changed.
    Nothing(Live, Vec<Note>),
    /// Functions are to be replaced.
    Patch(Box<PatchModule>),
    /// It cannot follow.
    Refused(Vec<Refusal>),
}

impl HotProgram {
    /// The program with package main in `folder`. Nothing is started yet.
    pub(super) fn new(tools: WarmTools, folder: PathBuf) -> Self {
        Self {
            tools,
            folder,
            worker: None,
            known: Contents::new(),
            facts: Facts::default(),
            said: BTreeMap::new(),
            told: BTreeMap::new(),
            last: 0,
            closure: Vec::new(),
            stages: Vec::new(),
        }
    }

    /// Tools that it works with.
    pub(super) fn tools(&self) -> &WarmTools {
        &self.tools
    }

    /// Of package main.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// True while a compiler runs that has taken sources.
    pub(super) fn is_warm(&self) -> bool {
        !self.known.is_empty()
    }

    /// Time of each stage since this was asked last.
    pub(super) fn take_stages(&mut self) -> Vec<StageTime> {
        std::mem::take(&mut self.stages)
    }

    /// Takes new texts. The program is as it was when they have mistakes.
    pub(super) async fn revise(&mut self, wanted: &Contents) -> Result<(), HotError> {
        let changed = difference(&self.known, wanted)?;
        if self.worker.is_some() && changed.changed.is_empty() && !changed.list {
            return Ok(());
        }
        if self.worker.is_none() {
            let began = Instant::now();
            tracing::debug!(folder = %self.folder.display(), "the warm compiler is started");
            self.worker = Some(Worker::start(&self.tools, &self.folder).await?);
            self.lap("start", began);
            tracing::debug!(took = ?began.elapsed(), "it has opened the program");
        }
        let sources = changed.changed.into_iter().map(|(path, content)| wire::Source {
            path: path.to_string_lossy().into_owned(),
            content: content.into(),
        });
        let revise = wire::Revise { sources: sources.collect(), list: changed.list };
        match self.ask(request::Body::Revise(revise)).await? {
            reply::Body::Revised(mut revised) => {
                self.closure = std::mem::take(&mut revised.closure);
                let news = facts(revised).packages.into_iter();
                self.said.extend(news.map(|package| (package.path.clone(), package)));
                let packages = self.closure.iter().filter_map(|path| self.said.get(path).cloned());
                self.facts = Facts { packages: packages.collect() };
                self.known.clone_from(wanted);
                Ok(())
            }
            other => Err(unexpected(&other)),
        }
    }

    /// A base of the newest sources that were right: the module to start, and what is known of it.
    pub(super) async fn base(&mut self, cancel: &CancellationToken) -> Result<BaseModule, HotError> {
        let folder = self.scratch()?;
        let output = folder.path().join("linked.wasm");
        let request = wire::Link { output: output.to_string_lossy().into_owned() };
        let linked = match self.ask(request::Body::Link(request)).await? {
            reply::Body::Linked(linked) => linked,
            other => return Err(unexpected(&other)),
        };
        if cancel.is_cancelled() {
            return Err(HotError::Cancelled);
        }
        let began = Instant::now();
        let (facts, packages) = (self.facts.clone(), self.closure.clone());
        let making = move || {
            let laps = Laps::since(began);
            let files = library_files(&linked);
            let library = library(&files)?;
            let symbols = read(&output)?;
            let made = make_base(&BaseInput {
                linked: &symbols,
                library: &library,
                facts: &facts,
                closures: &closures(linked.closures),
                placeholders: &linked.placeholders,
                packages: &packages,
                done: &|step| laps.done(step),
            });
            let base = made.map_err(|error| HotError::Unsupported(error.to_string()))?;
            let live = Live::new(Arc::new(base.world), Arc::new(library), files);
            Ok::<_, HotError>((base.module, live, symbols, laps.asyncify()))
        };
        let (module, live, symbols, asyncify) = off_thread(making).await.ok_or(HotError::Cancelled)??;
        self.lap_with("base", began, asyncify);
        Ok(BaseModule { module, symbols, live })
    }

    /// What brings a base to the newest sources that were right. It becomes that when the patch is published.
    /// `offers` tells which functions the page has.
    pub(super) async fn patch(
        &mut self,
        live: &mut Live,
        offers: &(dyn Fn(&str, &str) -> bool + Sync),
        cancel: &CancellationToken,
    ) -> Result<Patched, HotError> {
        let began = Instant::now();
        let plan = match live.world.facts.plan(&self.facts) {
            Ok(plan) => plan,
            Err(refusals) => return Ok(Patched::Refused(refusals)),
        };
        self.lap("plan", began);
        if plan.is_empty() {
            return Ok(self.nothing(live, plan.notes));
        }
        let new_packages: Vec<String> =
            self.closure.iter().filter(|path| !live.world.has_package(path)).cloned().collect();
        let compiled = self.compile(live, &plan, new_packages.clone()).await?;
        if cancel.is_cancelled() {
            return Err(HotError::Cancelled);
        }
        let began = Instant::now();
        let (mut objects, mut symbols) = (Vec::new(), Vec::new());
        for object in compiled.objects {
            objects.push(Object::read(&object.content).map_err(|error| unreadable(&error))?);
            symbols.push(object.content.to_vec());
        }
        let added: Vec<LibraryFile> = compiled.added.iter().map(library_file).collect();
        for file in added {
            if !live.files.contains(&file) {
                add(Arc::make_mut(&mut live.library), &file)?;
                live.files.push(file);
            }
        }
        let laps = Laps::since(began);
        let linked = link(
            &live.world,
            &PatchInput {
                objects: &objects,
                library: &live.library,
                facts: &self.facts,
                closures: &closures(compiled.closures),
                new_packages: &new_packages,
                initializer: Some(compiled.initializer.as_str()).filter(|name| !name.is_empty()),
                done: &|step| laps.done(step),
            },
        );
        self.lap_with("link", began, laps.asyncify());
        let mut patch = match linked {
            Ok(patch) => patch,
            Err(refusals) => return Ok(Patched::Refused(refusals)),
        };
        let missing = patch.hosts.iter().filter(|(module, field)| !offers(module, field));
        let missing: Vec<_> =
            missing.map(|(module, field)| Refusal::HostImport(format!("{module}.{field}"))).collect();
        if !missing.is_empty() {
            return Ok(Patched::Refused(missing));
        }
        patch.notes.extend(plan.notes);
        if patch.is_empty() {
            // Other words, the same code.
            return Ok(self.nothing(live, patch.notes));
        }
        Ok(Patched::Patch(Box::new(PatchModule { objects: symbols, patch })))
    }

    /// The base itself stays as it is until this is published: a build that is overtaken says its notes to nobody, and the
    /// next one has to say them.
    fn nothing(&self, live: &Live, notes: Vec<Note>) -> Patched {
        let mut live = live.clone();
        Arc::make_mut(&mut live.world).facts.commit(&self.facts);
        Patched::Nothing(live, notes)
    }

    async fn compile(
        &mut self,
        live: &mut Live,
        plan: &Plan,
        new_packages: Vec<String>,
    ) -> Result<wire::Compiled, HotError> {
        let world = &live.world;
        // Literals turn values into interfaces, too: all of them are compiled where that has to be done anew.
        let anew = !plan.method_types.is_empty() || !plan.generics.is_empty();
        let part = |part: &hot_patch::PackagePlan| wire::Part {
            path: part.path.clone(),
            functions: part.functions.clone(),
            variables: part.new_variables.clone(),
            literals: if anew { Vec::new() } else { known(world.literals(&part.functions)) },
        };
        if live.number == 0 {
            self.last += 1;
            live.number = self.last;
        }
        let patch = live.world.patch;
        let news = self.told.get(&live.number).map(|told| live.since(*told));
        let request = wire::Compile {
            program: live.number,
            all_live: news.is_none(),
            live: news.unwrap_or_else(|| live.world.symbols().map(str::to_owned).collect()),
            parts: plan.packages.iter().map(part).collect(),
            patch: live.world.patch + 1,
            renewed: plan.generics.iter().chain(&plan.method_types).cloned().collect(),
            new_packages,
        };
        match self.ask(request::Body::Compile(request)).await? {
            reply::Body::Compiled(compiled) => {
                self.told.insert(live.number, patch);
                Ok(compiled)
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Asks the worker. One that has stopped is forgotten, with its last words.
    async fn ask(&mut self, body: request::Body) -> Result<reply::Body, HotError> {
        let Some(worker) = &mut self.worker else {
            return Err(HotError::Stopped("it was not started".to_owned()));
        };
        let began = Instant::now();
        tracing::debug!(request = asked(&body), "the warm compiler is asked");
        match worker.ask(body).await {
            Ok((body, stages)) => {
                tracing::debug!(took = ?began.elapsed(), "it has answered");
                let known: Duration = stages.iter().map(|stage| stage.elapsed).sum();
                self.stages.push(StageTime { name: "talk", elapsed: began.elapsed().saturating_sub(known) });
                self.stages.extend(stages);
                Ok(body)
            }
            Err(HotError::Stopped(words)) => {
                self.known.clear();
                self.said.clear();
                self.told.clear();
                let last = match self.worker.take() {
                    Some(worker) => worker.end().await,
                    None => String::new(),
                };
                tracing::debug!(%last, "the warm compiler's last words");
                let mut lines = last.lines();
                let status = lines.next().unwrap_or_default();
                // Of a stack, the first line says what happened.
                let said = lines.next().map(|line| format!(": {line}")).unwrap_or_default();
                Err(HotError::Stopped(format!("{words} ({status}){said}")))
            }
            Err(error) => Err(error),
        }
    }

    fn lap(&mut self, name: &'static str, began: Instant) {
        self.stages.push(StageTime { name, elapsed: began.elapsed() });
    }

    /// A stage of which a part is one of its own.
    fn lap_with(&mut self, name: &'static str, began: Instant, asyncify: Duration) {
        self.stages.push(StageTime { name, elapsed: began.elapsed().saturating_sub(asyncify) });
        self.stages.push(StageTime { name: "asyncify", elapsed: asyncify });
    }

    fn scratch(&self) -> Result<tempfile::TempDir, HotError> {
        let parent = &self.tools.cache;
        let made = std::fs::create_dir_all(parent)
            .and_then(|()| tempfile::Builder::new().prefix(".link-").tempdir_in(parent));
        made.map_err(|source| HotError::File { path: parent.clone(), source })
    }
}

/// Name of a request, for the log.
fn asked(body: &request::Body) -> &'static str {
    match body {
        request::Body::Open(_) => "open",
        request::Body::Revise(_) => "revise",
        request::Body::Compile(_) => "compile",
        request::Body::Link(_) => "link",
        request::Body::Measure(_) => "measure",
    }
}

impl Live {
    pub(super) fn new(world: Arc<World>, library: Arc<Library>, files: Vec<LibraryFile>) -> Self {
        Self { world, library, files, number: 0, brought: Arc::default() }
    }

    /// The same program, with a patch.
    pub(super) fn patched(&self, patch: Patch) -> Self {
        let mut brought = Vec::clone(&self.brought);
        brought.push((patch.number, patch.symbols));
        Self { world: Arc::new(patch.next), brought: Arc::new(brought), ..self.clone() }
    }

    /// Symbols that came after a patch.
    fn since(&self, patch: u32) -> Vec<String> {
        let news = self.brought.iter().filter(|(number, _)| *number > patch);
        news.flat_map(|(_, symbols)| symbols).cloned().collect()
    }
}
