//! Pages that are on their way from one module to another.

use super::*;
use crate::hot::{Lineage, Patch};

/// One patch on a module.
fn patched(base: ContentHash) -> Arc<Lineage> {
    let patch = Patch {
        number: 1,
        follows: 0,
        module: Bytes::new(),
        hash: base,
        table_length: 0,
        table_growth: 0,
        writes: Vec::new(),
        has_initializer: false,
        stack_chain: 0,
        functions: Vec::new(),
        notes: Vec::new(),
    };
    Arc::new(Lineage { base, patches: vec![patch] })
}

#[tokio::test]
async fn what_a_page_was_told_twice_on_its_way_is_answered_once() {
    let mut page = Page::greeted().await;
    let first = page.release(1);
    let former = next_update(&mut page).await;
    let second = page.release(2);
    let update = next_update(&mut page).await;
    // Another module runs than the server knew, so it decides anew.
    page.say(applied(&former, first)).await;
    page.report().await;
    let again = next_update(&mut page).await;
    assert_eq!(again.sequence, update.sequence);
    page.say(applied(&update, second)).await;
    page.report().await;
    page.release_with(3, vec![patched(second)]);
    let Some(Said::Update(body)) = next_update(&mut page).await.body else { panic!() };
    assert_eq!(body.level(), v1::Level::HotPatch);
}

#[tokio::test(start_paused = true)]
async fn a_page_that_does_not_answer_is_told_of_patches_after_a_while() {
    let mut page = Page::greeted().await;
    let first = page.release(1);
    let update = next_update(&mut page).await;
    page.say(applied(&update, first)).await;
    page.report().await;
    page.release(2);
    next_update(&mut page).await;
    page.release_with(3, vec![patched(first)]);
    let begun = Instant::now();
    let Some(Said::Update(body)) = next_update(&mut page).await.body else { panic!() };
    assert_eq!(body.level(), v1::Level::HotPatch);
    assert!((9..21).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_page_that_is_on_its_way_to_a_module_is_given_nothing_for_the_one_before() {
    let mut page = Page::greeted().await;
    let first = page.release(1);
    let update = next_update(&mut page).await;
    page.say(applied(&update, first)).await;
    page.report().await;
    let second = page.release(2);
    let update = next_update(&mut page).await;
    page.release_with(3, vec![patched(first)]);
    // What is sent would come before the answer to this.
    page.say(hello("app")).await;
    assert!(matches!(page.hear().await, Said::ProtocolError(_)));
    page.say(applied(&update, second)).await;
    let update = next_update(&mut page).await;
    let Some(Said::Update(body)) = &update.body else { panic!() };
    assert_eq!(body.level(), v1::Level::ModuleSwap);
    assert_eq!(update.base, second.as_bytes().as_slice());
}
