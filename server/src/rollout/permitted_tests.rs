//! What becomes of each level under flags.

use std::sync::Arc;

use bytes::Bytes;
use gray_release::{Document, Format};

use super::*;
use crate::analyse::{ManifestEntry, PageManifest};
use crate::build::{Artifact, Glue, GlueKind};
use crate::content::ContentHash;
use crate::hot::Lineage;
use crate::publish::Release;
use crate::revision::Revision;
use crate::rollout::{InForce, Subject};

fn hash(byte: u8) -> ContentHash {
    ContentHash::of(&[byte])
}

fn treatment(flags: &str) -> Treatment {
    let in_force = InForce::new(Document::read(flags, Format::Toml).unwrap());
    in_force.treatment(&Subject::default(), "app")
}

fn manifest(style: u8) -> Arc<PageManifest> {
    let entry = ManifestEntry { hash: hash(style), media_type: "text/css".into(), size: 1 };
    Arc::new(PageManifest::new([("style.css".to_owned(), entry)].into()))
}

/// Module 2 is out. Module 1 becomes it by a patch of 100 bytes.
fn board(whole: bool) -> ProgramBoard {
    let mut board = ProgramBoard::new("app".into(), manifest(1));
    let artifact = Artifact {
        revision: Revision::FIRST,
        program: "app".into(),
        module: hash(2),
        size: 1,
        glue: Glue { kind: GlueKind::TinyGo, hash: hash(99), size: 1 },
        symbols: None,
        stages: Vec::new(),
        warnings: Vec::new(),
        from_cache: false,
    };
    let patch = Patch {
        number: 1,
        follows: 0,
        module: Bytes::from_static(&[0; 100]),
        hash: hash(50),
        table_length: 1,
        table_growth: 0,
        writes: Vec::new(),
        has_initializer: false,
        stack_chain: 0,
        functions: vec!["main.render".into()],
        notes: Vec::new(),
    };
    board.release = Some(Arc::new(Release {
        sequence: 1,
        revision: Revision::FIRST,
        artifact: Arc::new(artifact),
        lineages: vec![Arc::new(Lineage { base: hash(1), patches: vec![patch] })],
        whole,
        refusals: Vec::new(),
        stages: Vec::new(),
    }));
    board
}

fn page(accepts: bool) -> ClientView {
    ClientView { base: Some(hash(1)), accepts, manifest: Some(manifest(1).digest), ..ClientView::default() }
}

fn level(permitted: &Permitted) -> Option<Level> {
    if let Permitted::Update(decision) = permitted { Some(decision.level) } else { None }
}

#[test]
fn a_patch_that_is_too_large_becomes_a_module_swap() {
    let flags = treatment("[flags.'hot_patch.largest_bytes']\ndefault = 99");
    let with = |whole, accepts| permitted(&page(accepts), &board(whole), &flags);
    let Permitted::Update(swap) = with(true, true) else { panic!("{:?}", with(true, true)) };
    assert_eq!(swap.level, Level::ModuleSwap);
    assert!(swap.reason.starts_with("the patch has 100 bytes, hot_patch.largest_bytes is 99; "), "{swap:?}");
    assert_eq!(level(&with(true, false)), Some(Level::PageReload), "it hands nothing over");
    assert_eq!(with(false, true), Permitted::Awaits, "no module is of this text yet");
    let flags = treatment("[flags.'hot_patch.largest_bytes']\ndefault = 100");
    assert_eq!(level(&permitted(&page(true), &board(false), &flags)), Some(Level::HotPatch));
}

#[test]
fn what_needs_more_than_is_allowed_is_held() {
    let most = |highest: u8, more: &str| {
        treatment(&format!("[flags.'update.highest_level']\ndefault = {highest}\n{more}"))
    };
    let held = |permitted: Permitted| match permitted {
        Permitted::Held(reason) => reason,
        other => panic!("{other:?}"),
    };
    let no_patch = "[flags.'hot_patch.largest_bytes']\ndefault = 0";
    assert_eq!(
        held(permitted(&page(true), &board(false), &most(1, ""))),
        "update.highest_level is 1 for this client"
    );
    assert!(held(permitted(&page(true), &board(true), &most(2, no_patch))).contains("no hot patch; "));
    let reload = held(permitted(&page(false), &board(true), &most(3, no_patch)));
    assert!(reload.ends_with("update.highest_level is 3 for this client"), "{reload}");
    let fresh = ClientView { manifest: page(true).manifest, ..ClientView::default() };
    assert_eq!(level(&permitted(&fresh, &board(true), &most(0, ""))), Some(Level::ModuleSwap));
    let there = ClientView { base: Some(hash(2)), ..page(true) };
    assert_eq!(permitted(&there, &board(true), &most(0, "")), Permitted::Nothing);
}

#[test]
fn files_of_the_page_that_may_not_be_swapped_are_brought_by_a_reload() {
    let flags = |least: u8| treatment(&format!("[flags.'update.lowest_level']\ndefault = {least}"));
    let mut board = board(true);
    board.manifest = manifest(2);
    board.earlier_manifests.push_front(manifest(1));
    let there = ClientView { base: Some(hash(2)), ..page(true) };
    assert_eq!(level(&permitted(&there, &board, &flags(1))), Some(Level::AssetSwap));
    assert_eq!(level(&permitted(&there, &board, &flags(3))), Some(Level::PageReload));
    assert_eq!(level(&permitted(&page(true), &board, &flags(3))), Some(Level::ModuleSwap));
    assert_eq!(level(&permitted(&page(true), &board, &flags(4))), Some(Level::PageReload));
}
