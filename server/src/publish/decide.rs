//! Which update a client needs: one pure function of what it has and what is true.

use crate::analyse::PageManifest;
use crate::content::ContentHash;
use crate::hot::Lineage;

use super::{Level, ProgramBoard, Release};

/// What the server knows of one page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientView {
    /// The module that runs there.
    pub base: Option<ContentHash>,
    /// Number of the last patch on it that runs.
    pub patch: u32,
    /// A patch or an asset could not be applied: only a whole module helps.
    pub wants_whole: bool,
    /// Digest of the manifest that the page was made from or brought up to; `None` when the page does not know.
    pub manifest: Option<ContentHash>,
    /// Those of updates that it was given and has not answered: it may be at any of them.
    pub unanswered: Vec<ContentHash>,
    /// The running program takes a hand-over.
    pub accepts: bool,
    /// The page's own script starts the program.
    pub page_boots: bool,
    /// The program has ended or panicked.
    pub ended: bool,
}

/// What a page is told to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decision {
    /// How.
    pub level: Level,
    /// Why this level and not a lower one.
    pub reason: String,
    /// Paths of the manifest to exchange; a path that is gone has no entry there any more.
    pub assets: Vec<String>,
}

impl Decision {
    fn new(level: Level, reason: impl Into<String>) -> Self {
        Self { level, reason: reason.into(), assets: Vec::new() }
    }
}

/// What `client` has to do to be at what is true in `board`; `None` when it is there.
pub fn decide(client: &ClientView, board: &ProgramBoard) -> Option<Decision> {
    let program = match program_level(client, board) {
        // Files alone would bring it to a sequence that stands for another program, too.
        Program::Awaited => return None,
        Program::Here => None,
        Program::Comes(decision) => Some(decision),
    };
    let assets = match changed_assets(client, board) {
        Ok(assets) => assets,
        Err(reason) => {
            // What it would start with is of another text, or does not build: it stays as it is until there is a module of
            // this one. Where nothing runs nothing is lost.
            let can_start = board.release.as_ref().map_or(client.base.is_none(), |release| release.whole);
            return can_start.then(|| Decision::new(Level::PageReload, reason));
        }
    };
    match program {
        None if assets.is_empty() => None,
        // It would not take them: only what presupposes nothing makes good what could not be applied.
        None if client.wants_whole => {
            board.release.as_ref()?;
            let reason = "files of the page changed, and an update before could not be applied";
            Some(if client.accepts {
                Decision { assets, ..Decision::new(Level::ModuleSwap, reason) }
            } else {
                Decision::new(Level::PageReload, reason)
            })
        }
        None => {
            let reason = format!("only files of the page changed: {}", assets.join(", "));
            Some(Decision { assets, ..Decision::new(Level::AssetSwap, reason) })
        }
        Some(mut decision) => {
            // A page that is loaded anew fetches its files by itself.
            if decision.level < Level::PageReload {
                decision.assets = assets;
            }
            Some(decision)
        }
    }
}

/// How a page comes to the program that is true.
enum Program {
    /// There is nothing to do.
    Here,
    /// So.
    Comes(Decision),
    /// By a module that is being built; the page stays as it is until then.
    Awaited,
}

fn program_level(client: &ClientView, board: &ProgramBoard) -> Program {
    let Some(release) = board.release.as_ref() else { return Program::Here };
    let lineage = client.base.and_then(|base| release.lineage(base));
    let lacking = lineage.and_then(|lineage| lineage.after(client.patch));
    match lacking {
        _ if client.wants_whole => {}
        // Also where it has gone down: it would with this text again, and what it said of that has to be read first.
        Some([]) => return Program::Here,
        _ if client.ended => {}
        Some(patches) => {
            return Program::Comes(Decision::new(Level::HotPatch, Lineage::summary(patches)));
        }
        None => {}
    }
    if !release.whole {
        return Program::Awaited;
    }
    whole_level(client, release).map_or(Program::Here, Program::Comes)
}

/// The same with a module that stands for itself.
fn whole_level(client: &ClientView, release: &Release) -> Option<Decision> {
    let newest = release.artifact.module;
    let same = client.patch == 0;
    match client.base {
        Some(base) if base == newest && same && !client.ended => None,
        // The page may have fetched an older module before the newest one was there; it will say so.
        None if client.page_boots => None,
        None => Some(Decision::new(Level::ModuleSwap, "the program starts")),
        // Not even an accepting program can hand anything over once it has ended, and saving the same text again
        // gives the same module: nothing to do until it changes.
        Some(base) if base == newest && same => None,
        Some(_) if client.ended && client.accepts => {
            Some(Decision::new(Level::ModuleSwap, "the program had ended, so it starts afresh"))
        }
        Some(_) if !client.accepts => {
            let reason = because(release, "the program does not call live.Accept");
            Some(Decision::new(Level::PageReload, reason))
        }
        Some(_) => {
            let reason = because(release, "the program changed and takes over its state");
            Some(Decision::new(Level::ModuleSwap, reason))
        }
    }
}

/// `words`, and in front of them why the program could not be patched.
fn because(release: &Release, words: &str) -> String {
    match release.refusals.as_slice() {
        [] => words.to_owned(),
        [first] => format!("{first}; {words}"),
        [first, _] => format!("{first}, and 1 more reason; {words}"),
        [first, rest @ ..] => format!("{first}, and {} more reasons; {words}", rest.len()),
    }
}

/// Paths whose content differs between what the page has, or may have by now, and what is true; an error is the reason for
/// a reload.
fn changed_assets(client: &ClientView, board: &ProgramBoard) -> Result<Vec<String>, String> {
    let Some(has) = client.manifest else { return Ok(Vec::new()) };
    let mut changed = changed_since(has, board)?;
    for given in &client.unanswered {
        changed.extend(changed_since(*given, board)?);
    }
    changed.sort_unstable();
    changed.dedup();
    Ok(changed)
}

fn changed_since(has: ContentHash, board: &ProgramBoard) -> Result<Vec<String>, String> {
    if has == board.manifest.digest {
        return Ok(Vec::new());
    }
    let Some(earlier) = board.earlier_manifests.iter().find(|manifest| manifest.digest == has) else {
        return Err("the page is of a time that the server does not remember".to_owned());
    };
    let changed = difference(earlier, &board.manifest);
    match changed.iter().find(|path| !can_be_swapped(path)) {
        Some(path) => Err(format!("{path} changed, which only a reload brings in")),
        None => Ok(changed),
    }
}

fn difference(old: &PageManifest, new: &PageManifest) -> Vec<String> {
    let gone = old.entries.keys().filter(|path| !new.entries.contains_key(*path));
    let mut changed: Vec<String> = new
        .entries
        .iter()
        .filter(|(path, entry)| old.entries.get(*path).map(|old| old.hash) != Some(entry.hash))
        .map(|(path, _)| path)
        .chain(gone)
        .cloned()
        .collect();
    changed.sort_unstable();
    changed
}

/// The document itself and scripts have run already: their effects cannot be taken back. A fragment that the program
/// fetches, a style sheet, a picture or data can be offered to the page, which asks for a reload when nothing there
/// takes it.
fn can_be_swapped(path: &str) -> bool {
    let script = [".js", ".mjs", ".wasm"].iter().any(|ending| path.ends_with(ending));
    !script && path != "index.html"
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::analyse::ManifestEntry;
    use crate::build::{Artifact, Glue, GlueKind};
    use crate::hot::Patch;
    use crate::revision::Revision;

    fn hash(byte: u8) -> ContentHash {
        ContentHash::of(&[byte])
    }

    fn manifest(entries: &[(&str, u8)]) -> Arc<PageManifest> {
        let entries = entries
            .iter()
            .map(|(path, byte)| {
                let entry = ManifestEntry { hash: hash(*byte), media_type: "text/plain".into(), size: 1 };
                ((*path).to_owned(), entry)
            })
            .collect();
        Arc::new(PageManifest::new(entries))
    }

    fn board(module: u8, pages: &[&[(&str, u8)]]) -> ProgramBoard {
        let mut board = ProgramBoard::new("app".into(), manifest(pages[0]));
        for page in &pages[1..] {
            board.replace_manifest(manifest(page));
        }
        let artifact = Artifact {
            revision: Revision::FIRST,
            program: "app".into(),
            module: hash(module),
            size: 1,
            glue: Glue { kind: GlueKind::Go, hash: hash(99), size: 1 },
            symbols: None,
            stages: Vec::new(),
            warnings: Vec::new(),
            from_cache: false,
        };
        board.release = Some(Arc::new(Release {
            sequence: 1,
            revision: Revision::FIRST,
            artifact: Arc::new(artifact),
            lineages: Vec::new(),
            whole: true,
            refusals: Vec::new(),
            stages: Vec::new(),
        }));
        board
    }

    fn client(base: Option<u8>, accepts: bool) -> ClientView {
        ClientView { base: base.map(hash), accepts, ..ClientView::default() }
    }

    #[test]
    fn the_ladder() {
        let at = |client: &ClientView| decide(client, &board(2, &[&[]])).map(|decision| decision.level);
        assert_eq!(at(&client(Some(2), true)), None, "it runs already");
        assert_eq!(at(&client(Some(2), false)), None, "it runs already");
        assert_eq!(at(&client(None, false)), Some(Level::ModuleSwap), "first start");
        assert_eq!(at(&ClientView { page_boots: true, ..client(None, false) }), None, "the page starts it");
        assert_eq!(at(&client(Some(1), true)), Some(Level::ModuleSwap));
        assert_eq!(at(&client(Some(1), false)), Some(Level::PageReload));
        assert_eq!(at(&ClientView { ended: true, ..client(Some(1), true) }), Some(Level::ModuleSwap));
        assert_eq!(at(&ClientView { ended: true, ..client(Some(1), false) }), Some(Level::PageReload));
        assert_eq!(at(&ClientView { ended: true, ..client(Some(2), true) }), None, "no loop of crashes");
    }

    /// A release of the second revision, to which patches lead from module 1 while no module is of it yet.
    fn patched(board: &mut ProgramBoard, patches: u32, whole: bool) {
        let patch = |number| Patch {
            number,
            follows: number - 1,
            module: bytes::Bytes::new(),
            hash: hash(50),
            table_length: 0,
            table_growth: 0,
            writes: Vec::new(),
            has_initializer: false,
            stack_chain: 0,
            functions: vec![format!("main.f{number}")],
            notes: Vec::new(),
        };
        let release = Release::clone(board.release.as_ref().unwrap());
        let lineage = Lineage { base: hash(1), patches: (1..=patches).map(patch).collect() };
        board.release = Some(Arc::new(Release { whole, lineages: vec![Arc::new(lineage)], ..release }));
    }

    #[test]
    fn patches_for_those_who_run_their_base_and_a_whole_module_for_the_rest() {
        let mut board = board(1, &[&[]]);
        patched(&mut board, 2, false);
        let with = |patch, accepts| ClientView { patch, ..client(Some(1), accepts) };
        let at = |client: &ClientView, board: &ProgramBoard| {
            decide(client, board).map(|decision| (decision.level, decision.reason))
        };
        let hot = |reason: &str| Some((Level::HotPatch, reason.to_owned()));
        assert_eq!(at(&with(0, false), &board), hot("2 functions"), "a program need not accept anything");
        assert_eq!(at(&with(1, true), &board), hot("main.f2"));
        assert_eq!(at(&with(2, true), &board), None, "it is there");
        // Nobody is given a module that is not of this text.
        let latecomer = client(None, false);
        let failed = ClientView { wants_whole: true, ..with(1, true) };
        let ended = ClientView { ended: true, ..with(1, true) };
        let ahead = with(3, true);
        let old = client(Some(7), true);
        for waiting in [&latecomer, &failed, &ended, &ahead, &old] {
            assert_eq!(at(waiting, &board), None, "{waiting:?}");
        }
        let mut whole = super::tests::board(2, &[&[]]);
        patched(&mut whole, 2, true);
        assert_eq!(at(&with(2, true), &whole), None, "who was patched is not disturbed");
        let fallen = ClientView { ended: true, ..with(2, true) };
        assert_eq!(at(&fallen, &whole), None, "nor who went down with this very text");
        assert_eq!(at(&with(1, true), &whole), hot("main.f2"));
        for waiting in [&latecomer, &failed, &ended, &ahead, &old] {
            let level = decide(waiting, &whole).map(|decision| decision.level);
            assert_eq!(level, Some(Level::ModuleSwap), "{waiting:?}");
        }
    }

    #[test]
    fn a_page_with_patches_that_nobody_knows_is_given_the_module_it_began_with() {
        let unknown = ClientView { patch: 4, ..client(Some(2), true) };
        let level = decide(&unknown, &board(2, &[&[]])).map(|decision| decision.level);
        assert_eq!(level, Some(Level::ModuleSwap));
    }

    #[test]
    fn without_a_release_there_is_nothing_to_do() {
        let mut board = board(1, &[&[]]);
        board.release = None;
        assert_eq!(decide(&client(None, false), &board), None);
    }

    #[test]
    fn files_of_the_page() {
        let board = board(
            2,
            &[
                &[("index.html", 1), ("style.css", 1), ("a.png", 1)],
                &[("index.html", 2), ("style.css", 1), ("a.png", 1)],
                &[("index.html", 2), ("style.css", 2), ("b.png", 1)],
            ],
        );
        let with =
            |manifest: ContentHash, base| ClientView { manifest: Some(manifest), ..client(Some(base), true) };
        let (newest, middle, oldest) =
            (board.manifest.digest, board.earlier_manifests[0].digest, board.earlier_manifests[1].digest);
        assert_eq!(decide(&with(newest, 2), &board), None);
        let decision = decide(&with(middle, 2), &board).unwrap();
        assert_eq!(decision.level, Level::AssetSwap);
        assert_eq!(decision.assets, ["a.png", "b.png", "style.css"]);
        let decision = decide(&with(middle, 1), &board).unwrap();
        assert_eq!((decision.level, decision.assets.len()), (Level::ModuleSwap, 3), "both at once");
        let given = ClientView { unanswered: vec![middle], ..with(newest, 2) };
        assert_eq!(decide(&given, &board).unwrap().assets.len(), 3, "it may be at what it was given last");
        let awaits = ClientView { wants_whole: true, ..with(middle, 2) };
        let decision = decide(&awaits, &board).unwrap();
        assert_eq!(
            (decision.level, decision.assets.len()),
            (Level::ModuleSwap, 3),
            "files alone are not taken"
        );
        let decision = decide(&ClientView { accepts: false, ..awaits }, &board).unwrap();
        assert_eq!(decision.level, Level::PageReload);
        let decision = decide(&with(oldest, 2), &board).unwrap();
        assert_eq!(decision.level, Level::PageReload);
        let mut unfinished = board.clone();
        patched(&mut unfinished, 2, false);
        assert_eq!(decide(&with(oldest, 2), &unfinished), None, "it would start an older text");
        let unbuilt = ProgramBoard { release: None, ..board.clone() };
        assert_eq!(decide(&with(oldest, 2), &unbuilt), None, "there may never be what it would start");
        let empty = ClientView { base: None, ..with(oldest, 2) };
        assert_eq!(decide(&empty, &unbuilt).unwrap().level, Level::PageReload, "nothing runs there");
        assert_eq!(
            decide(&with(middle, 3), &unfinished),
            None,
            "its sequence would stand for another program"
        );
        assert!(decision.reason.contains("index.html"), "{}", decision.reason);
        assert_eq!(decide(&with(hash(77), 2), &board).unwrap().level, Level::PageReload);
    }
}
