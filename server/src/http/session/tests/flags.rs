//! What flags make of a page, and what it is told of them.

use dev_server_proto::v1::flag::Value;

use super::*;
use crate::analyse::Following;

const FORM: &str = "[flags.form]\ntype = 'bool'\ndefault = false\noff = false\n\
                    [[flags.form.rules]]\nvalue = true\nwhere = { browser = ['firefox'] }\n";

fn hello_of(browser: &str) -> Body {
    let Body::Hello(hello) = hello("app") else { unreachable!() };
    let device = Some(v1::Device { browser: browser.into(), ..v1::Device::default() });
    Body::Hello(v1::Hello { client_id: Bytes::from_static(b"a client"), device, ..hello })
}

/// What a page hears until it hears that.
async fn until<Answer>(page: &mut Page, wanted: impl Fn(Said) -> Option<Answer>) -> Answer {
    loop {
        if let Some(answer) = wanted(page.hear().await) {
            return answer;
        }
    }
}

async fn form(page: &mut Page) -> Option<Value> {
    let flags = until(page, |said| if let Said::Flags(flags) = said { Some(flags) } else { None }).await;
    flags.flags.into_iter().find(|flag| flag.name == "form").and_then(|flag| flag.value)
}

#[tokio::test]
async fn a_page_is_told_its_values_when_they_are_others_and_at_no_other_time() {
    let mut page = Page::connect(ROOM, 64).await;
    page.rollout.declare(FORM).unwrap();
    page.say(hello_of("firefox")).await;
    assert!(matches!(page.hear().await, Said::Welcome(_)));
    assert_eq!(form(&mut page).await, Some(Value::BoolValue(true)));
    assert!(matches!(page.hear().await, Said::Diagnostics(_)));
    // For other browsers only.
    page.rollout.order(&["set", "form", "true", "--where", "browser=chrome"]).unwrap();
    page.say(hello("app")).await;
    assert!(matches!(page.hear().await, Said::ProtocolError(_)), "nothing came before the answer to this");
    page.rollout.order(&["kill", "form"]).unwrap();
    assert_eq!(form(&mut page).await, Some(Value::BoolValue(false)));
}

#[tokio::test]
async fn without_flags_nothing_is_told_of_them() {
    let mut page = Page::greeted().await;
    page.rollout.order(&["set", "telemetry.sample", "1"]).unwrap();
    assert_eq!(form(&mut page).await, None, "those that are built in are, once one was changed");
}

#[tokio::test]
async fn a_client_that_misdescribes_itself_is_told_and_has_no_device() {
    let mut page = Page::connect(ROOM, 64).await;
    page.rollout.declare(FORM).unwrap();
    page.say(hello_of("Firefox")).await;
    assert!(matches!(page.hear().await, Said::Welcome(_)));
    let Said::ProtocolError(error) = page.hear().await else { panic!() };
    assert!(error.message.contains("lower case"), "{error:?}");
    assert_eq!(form(&mut page).await, Some(Value::BoolValue(false)));
}

#[tokio::test]
async fn a_page_stays_where_it_is_while_its_flags_say_so() {
    let mut page = Page::greeted().await;
    let first = page.release(1);
    let update = next_update(&mut page).await;
    page.say(applied(&update, first)).await;
    page.report().await;
    page.rollout.order(&["set", "update.highest_level", "2"]).unwrap();
    page.release(2);
    let held = |said| if let Said::Held(held) = said { Some(held.reason) } else { None };
    assert_eq!(until(&mut page, held).await, "update.highest_level is 2 for this client");
    page.rollout.order(&["set", "update.highest_level", "4"]).unwrap();
    assert_eq!(until(&mut page, held).await, "");
    assert_eq!(next_update(&mut page).await.base, first.as_bytes().as_slice());
}

#[tokio::test]
async fn trees_are_followed_while_flags_let_it() {
    let mut page = Page::greeted().await;
    page.say(Body::FollowTrees(v1::FollowTrees::default())).await;
    let following =
        |kind| if let ReportKind::Follows(following) = kind { following } else { panic!("{kind:?}") };
    assert_eq!(following(page.report().await.kind), Some(Following::Trees));
    page.rollout.order(&["kill", "trees.enabled"]).unwrap();
    assert_eq!(following(page.report().await.kind), None);
    page.rollout.order(&["revive", "trees.enabled"]).unwrap();
    assert_eq!(following(page.report().await.kind), Some(Following::Trees));
}
