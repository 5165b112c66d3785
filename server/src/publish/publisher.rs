//! The one writer of the board.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

use crate::analyse::{PageManifest, ProgramTrees};
use crate::build::{Artifact, StageTime};
use crate::diagnostic::Diagnostic;
use crate::hot::Lineage;
use crate::revision::Revision;

use super::Release;
use super::bell::Bell;
use super::board::{Board, Building, Epoch, Order, OrderKind, ProgramBoard, Reported};
use super::events::Events;
use super::feed::Feed;
use super::journal::{Journal, Known};
use super::ledger::{Ledger, Remembered};

/// Owns the board and gives out sequences. Readers see each change whole or not at all.
#[derive(Debug)]
pub struct Publisher {
    board: watch::Sender<Arc<Board>>,
    bell: Arc<Bell>,
    events: Arc<Events>,
    ledger: Ledger,
    journal: Arc<Journal>,
}

/// What was made of a good text.
#[derive(Debug)]
pub struct Made {
    /// The newest module.
    pub artifact: Arc<Artifact>,
    /// The text.
    pub revision: Revision,
    /// Modules that become it by patches.
    pub lineages: Vec<Arc<Lineage>>,
    /// The module alone is of that text.
    pub whole: bool,
    /// Why programs that run could not be patched.
    pub refusals: Vec<String>,
    /// What each stage took.
    pub stages: Vec<StageTime>,
}

impl Made {
    /// A module of a compiler that makes no patches.
    pub fn whole(artifact: Arc<Artifact>, stages: Vec<StageTime>) -> Self {
        let revision = artifact.revision;
        Self { artifact, revision, lineages: Vec::new(), whole: true, refusals: Vec::new(), stages }
    }
}

impl Publisher {
    /// An empty board of a new epoch, of which nothing is kept.
    pub fn new(epoch: Epoch) -> Self {
        let known = Known { epoch, ledger: Ledger::default(), events: Vec::new() };
        Self::resume(known, Journal::none())
    }

    /// An empty board whose sequences go on after those that are known.
    pub fn resume(known: Known, journal: Journal) -> Self {
        let Known { epoch, ledger, events } = known;
        let journal = Arc::new(journal);
        Self {
            board: watch::Sender::new(Arc::new(Board { epoch, programs: BTreeMap::new() })),
            bell: Arc::default(),
            events: Arc::new(Events::new(epoch, events, Arc::clone(&journal))),
            ledger,
            journal,
        }
    }

    /// For readers, who see the present at once, are woken by each change, and may skip what was overtaken.
    pub fn feed(&self) -> Feed {
        Feed::new(self.board.subscribe(), Arc::clone(&self.bell), Arc::clone(&self.events))
    }

    /// What happens, to be told to those who ask.
    pub fn events(&self) -> &Arc<Events> {
        &self.events
    }

    /// What is true now.
    pub fn board(&self) -> Arc<Board> {
        Arc::clone(&self.board.borrow())
    }

    /// Sets which programs there are; those that stay keep what is known of them.
    pub fn set_programs(
        &self,
        revision: Revision,
        programs: impl IntoIterator<Item = (String, Arc<PageManifest>)>,
    ) {
        let programs: Vec<_> = programs.into_iter().collect();
        self.change(|board| {
            let mut old = std::mem::take(&mut board.programs);
            for (name, manifest) in programs {
                let program = old.remove(&name).unwrap_or_else(|| {
                    let remembered = self.ledger.program(&name);
                    Arc::new(ProgramBoard::remembered(name.clone(), Arc::clone(&manifest), &remembered))
                });
                board.programs.insert(name.clone(), program);
                set_manifest(board, &name, revision, manifest);
            }
        });
    }

    /// Files of a page changed.
    pub fn set_manifest(&self, program: &str, revision: Revision, manifest: Arc<PageManifest>) {
        self.change(|board| set_manifest(board, program, revision, manifest));
    }

    /// A build was started, or ended without anything new when `None`.
    pub fn set_building(&self, program: &str, building: Option<Building>) {
        self.change(|board| {
            edit(board, program, |program| {
                if program.building == building {
                    return false;
                }
                program.building = building;
                program.sequence += 1;
                true
            });
        });
    }

    /// A good text: what was wrong before is wrong no more. Returns the sequence of the release.
    /// The same again changes nothing but the diagnostics.
    pub fn release(&self, made: Made) -> Option<u64> {
        let mut sequence = None;
        self.change(|board| {
            let Made { artifact, revision, lineages, whole, refusals, stages } = made;
            edit(board, &artifact.program, |program| {
                end_building(program);
                program.revision = revision;
                report(program, revision, artifact.warnings.clone());
                let same = |release: &Arc<Release>| {
                    release.artifact.module == artifact.module
                        && release.artifact.glue == artifact.glue
                        && release.lineages == lineages
                        && release.whole == whole
                };
                let before = program.release.as_ref().filter(|release| same(release));
                let artifact = Arc::clone(&artifact);
                program.release = Some(Arc::new(if let Some(before) = before {
                    // Other lines can give the same bytes, and warnings name lines.
                    Release { artifact, ..Release::clone(before) }
                } else {
                    let sequence = program.sequence + 1;
                    let mut release =
                        Release { sequence, revision, artifact, lineages, whole, refusals, stages };
                    // The first of this run may be the last one of the run before. Where files are newer than that, pages
                    // may have been given them alone meanwhile, and would take what has no higher sequence for known.
                    let known = || self.ledger.program(&program.name).sequence_of_release(&release);
                    let known = program.release.is_none().then(known).flatten();
                    if let Some(known) = known.filter(|known| *known > program.manifest_sequence) {
                        release.sequence = known;
                    } else {
                        program.sequence = sequence;
                    }
                    release
                }));
                sequence = program.release.as_ref().map(|release| release.sequence);
                true
            });
        });
        sequence
    }

    /// Says all that is wrong now; nothing when the list is empty. The last good module stays.
    pub fn set_diagnostics(&self, program: &str, revision: Revision, items: Vec<Diagnostic>) {
        self.change(|board| {
            edit(board, program, |program| {
                let was_building = end_building(program);
                program.revision = revision;
                report(program, revision, items) || was_building
            });
        });
    }

    /// Syntax trees of those programs whose trees somebody follows. They are not part of the sequence: each says itself
    /// which one it is.
    pub fn set_trees(&self, mut trees: BTreeMap<String, ProgramTrees>) {
        self.change(|board| {
            let names: Vec<String> = board.programs.keys().cloned().collect();
            for name in names {
                let trees = trees.remove(&name);
                edit(board, &name, |program| {
                    let same = match (program.trees.as_deref(), &trees) {
                        (None, None) => true,
                        (Some(old), Some(new)) => same_trees(old, new),
                        _ => false,
                    };
                    if !same {
                        program.trees = trees.map(Arc::new);
                    }
                    !same
                });
            }
        });
    }

    /// An order of the terminal to the pages of every program.
    pub fn order(&self, kind: OrderKind) {
        self.change(|board| {
            for program in board.programs.values_mut() {
                let program = Arc::make_mut(program);
                program.sequence += 1;
                program.order = Some(Order { sequence: program.sequence, kind });
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut Board)) {
        let modified = self.board.send_if_modified(|board| {
            let mut next = Board::clone(board);
            change(&mut next);
            let mut modified = next.programs.len() != board.programs.len();
            for (name, program) in &next.programs {
                let old = board.programs.get(name);
                if old.is_some_and(|old| Arc::ptr_eq(old, program)) {
                    continue;
                }
                modified = true;
                if old.is_none_or(|old| old.sequence != program.sequence) {
                    self.journal.remember(name, &Remembered::of(program, &self.ledger.program(name)));
                }
            }
            if modified {
                *board = Arc::new(next);
            }
            modified
        });
        if modified {
            self.bell.ring();
        }
    }
}

/// Changes one program in place; `change` says whether it did anything. A program that is gone is left alone:
/// a result of a build may arrive after its package was deleted.
fn edit(board: &mut Board, name: &str, change: impl FnOnce(&mut ProgramBoard) -> bool) {
    if let Some(program) = board.programs.get_mut(name) {
        let mut next = ProgramBoard::clone(program);
        if change(&mut next) {
            *program = Arc::new(next);
        }
    }
}

fn same_trees(old: &ProgramTrees, new: &ProgramTrees) -> bool {
    let mut pairs = old.iter().zip(new);
    old.len() == new.len() && pairs.all(|(old, new)| old.0 == new.0 && old.1.is_same(new.1))
}

fn set_manifest(board: &mut Board, name: &str, revision: Revision, manifest: Arc<PageManifest>) {
    edit(board, name, |program| {
        if program.manifest.digest == manifest.digest {
            return false;
        }
        program.replace_manifest(manifest);
        program.sequence += 1;
        program.manifest_sequence = program.sequence;
        program.manifest_revision = revision;
        true
    });
}

/// With a sequence of its own: frames of equal sequences are one frame, and this one says the opposite of the last.
fn end_building(program: &mut ProgramBoard) -> bool {
    let was_building = program.building.take().is_some();
    program.sequence += u64::from(was_building);
    was_building
}

fn report(program: &mut ProgramBoard, revision: Revision, items: Vec<Diagnostic>) -> bool {
    if program.reported.items == items {
        return false;
    }
    program.sequence += 1;
    program.reported = Arc::new(Reported { sequence: program.sequence, revision, items });
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::{Glue, GlueKind};
    use crate::content::ContentHash;
    use crate::diagnostic::Origin;

    fn manifest() -> Arc<PageManifest> {
        Arc::new(PageManifest::new(BTreeMap::new()))
    }

    fn artifact(revision: Revision, module: &[u8]) -> Arc<Artifact> {
        Arc::new(Artifact {
            revision,
            program: "app".into(),
            module: ContentHash::of(module),
            size: module.len() as u64,
            glue: Glue { kind: GlueKind::Go, hash: ContentHash::of(b"glue"), size: 4 },
            symbols: None,
            stages: Vec::new(),
            warnings: Vec::new(),
            from_cache: false,
        })
    }

    fn publisher() -> Publisher {
        let publisher = Publisher::new(Epoch::random().unwrap());
        publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest())]);
        publisher
    }

    fn app(publisher: &Publisher) -> Arc<ProgramBoard> {
        Arc::clone(&publisher.board().programs["app"])
    }

    #[test]
    fn a_failure_keeps_the_last_good_module_and_a_good_text_clears_it() {
        let publisher = publisher();
        let first = Revision::FIRST;
        let release = publisher.release(Made::whole(artifact(first, b"one"), Vec::new())).unwrap();
        publisher.set_diagnostics("app", first.next(), vec![Diagnostic::error(Origin::Go, "broken")]);
        let failed = app(&publisher);
        assert_eq!(failed.reported.items.len(), 1);
        assert_eq!(failed.release.as_ref().unwrap().sequence, release);
        // The mistake is undone: the same module again is the same release, and the list is empty.
        assert_eq!(
            publisher.release(Made::whole(artifact(first.next().next(), b"one"), Vec::new())),
            Some(release)
        );
        let mended = app(&publisher);
        assert!(mended.reported.items.is_empty());
        assert!(mended.reported.sequence > failed.reported.sequence);
    }

    #[test]
    fn a_build_that_brings_nothing_new_ends_in_a_sequence_of_its_own() {
        let publisher = publisher();
        let building = Some(Building { revision: Revision::FIRST, expected: None });
        let broken = || vec![Diagnostic::error(Origin::Go, "broken")];
        publisher.release(Made::whole(artifact(Revision::FIRST, b"one"), Vec::new()));
        publisher.set_building("app", building);
        let started = app(&publisher).sequence;
        publisher.release(Made::whole(artifact(Revision::FIRST.next(), b"one"), Vec::new()));
        assert!(app(&publisher).sequence > started && app(&publisher).building.is_none());
        publisher.set_diagnostics("app", Revision::FIRST, broken());
        publisher.set_building("app", building);
        let started = app(&publisher).sequence;
        publisher.set_diagnostics("app", Revision::FIRST, broken());
        assert!(app(&publisher).sequence > started && app(&publisher).building.is_none());
    }

    #[test]
    fn the_same_has_the_same_sequence_after_a_restart_and_another_a_higher_one() {
        let folder = tempfile::tempdir().unwrap();
        let start = || {
            let (journal, known) = Journal::open(folder.path()).unwrap();
            let publisher = Publisher::resume(known, journal);
            publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest())]);
            publisher
        };
        let publisher = start();
        let epoch = publisher.board().epoch;
        publisher.release(Made::whole(artifact(Revision::FIRST, b"one"), Vec::new()));
        let two = publisher.release(Made::whole(artifact(Revision::FIRST, b"two"), Vec::new())).unwrap();
        publisher.order(OrderKind::Restart);
        let highest = app(&publisher).sequence;
        drop(publisher);

        let publisher = start();
        assert_eq!(publisher.board().epoch, epoch);
        assert_eq!((app(&publisher).sequence, app(&publisher).manifest_sequence), (highest, 0));
        assert_eq!(publisher.release(Made::whole(artifact(Revision::FIRST, b"two"), Vec::new())), Some(two));
        let three = publisher.release(Made::whole(artifact(Revision::FIRST, b"three"), Vec::new())).unwrap();
        assert!(three > highest);
        drop(publisher);

        let publisher = start();
        let again = publisher.release(Made::whole(artifact(Revision::FIRST, b"two"), Vec::new())).unwrap();
        assert!(again > three, "pages run the third one");
        drop(publisher);
        std::fs::remove_file(folder.path().join("current")).unwrap();
        assert_ne!(start().board().epoch, epoch, "a log of which nothing is known has another life");
    }

    #[test]
    fn a_page_that_was_given_files_before_the_first_build_of_a_run_is_given_the_module_too() {
        let folder = tempfile::tempdir().unwrap();
        let files = |path: &str| {
            let entry = crate::analyse::ManifestEntry {
                hash: ContentHash::of(b"a"),
                media_type: "text/css".into(),
                size: 1,
            };
            Arc::new(PageManifest::new([(path.to_owned(), entry)].into()))
        };
        let start = || {
            let (journal, known) = Journal::open(folder.path()).unwrap();
            Publisher::resume(known, journal)
        };
        let publisher = start();
        publisher.set_programs(Revision::FIRST, [("app".to_owned(), files("a.css"))]);
        publisher.release(Made::whole(artifact(Revision::FIRST, b"one"), Vec::new()));
        publisher.set_manifest("app", Revision::FIRST, files("b.css"));
        drop(publisher);
        let publisher = start();
        publisher.set_programs(Revision::FIRST, [("app".to_owned(), files("b.css"))]);
        let given = app(&publisher).update_sequence();
        publisher.release(Made::whole(artifact(Revision::FIRST, b"one"), Vec::new()));
        assert!(app(&publisher).update_sequence() > given);
    }

    #[test]
    fn sequences_only_grow_and_what_changes_nothing_wakes_nobody() {
        let publisher = publisher();
        let mut reader = publisher.feed().watch();
        reader.mark_unchanged();
        let one = publisher.release(Made::whole(artifact(Revision::FIRST, b"one"), Vec::new())).unwrap();
        let two =
            publisher.release(Made::whole(artifact(Revision::FIRST.next(), b"two"), Vec::new())).unwrap();
        assert!(two > one);
        publisher.order(OrderKind::Restart);
        assert!(app(&publisher).order.unwrap().sequence > two);
        assert!(reader.has_changed().unwrap());
        reader.mark_unchanged();
        publisher.set_diagnostics("app", Revision::FIRST.next(), Vec::new());
        publisher.set_manifest("app", Revision::FIRST, manifest());
        publisher.set_diagnostics("gone", Revision::FIRST, Vec::new());
        assert_eq!(app(&publisher).sequence, app(&publisher).order.unwrap().sequence);
    }
}
