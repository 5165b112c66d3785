//! The test is the page: it holds the other end of a session's socket.

mod cost;
mod flags;
mod gestures;
mod page;
mod trees;
mod way;

use dev_server_proto::decode_server;
use dev_server_proto::v1::server_frame::Body as Said;

use bytes::Bytes;
use dev_server_proto::v1::protocol_error::Code;

use super::*;
use crate::analyse::{ManifestEntry, PageManifest};
use crate::content::ContentHash;
use crate::diagnostic::{Diagnostic, Origin, Position};
use crate::http::report::{Crash, ReportKind};
use crate::publish::{Level, OrderKind};
use crate::revision::Revision;
use page::{Message, Page, ROOM, applied, hello};

async fn next_update(page: &mut Page) -> v1::ServerFrame {
    loop {
        let Message::Binary(bytes) = page.message().await else { continue };
        let frame = decode_server(&bytes).unwrap();
        if matches!(frame.body, Some(Said::Update(_))) {
            return frame;
        }
    }
}

#[tokio::test]
async fn a_page_is_brought_to_what_is_true_and_told_nothing_twice() {
    let mut page = Page::greeted().await;
    let first = page.release(1);
    let update = next_update(&mut page).await;
    page.say(applied(&update, first)).await;
    let ReportKind::Applied(report) = page.report().await.kind else { panic!() };
    assert_eq!((report.base, report.level), (Some(first), Level::ModuleSwap));

    let second = page.release(2);
    let update = next_update(&mut page).await;
    assert_eq!(update.base, first.as_bytes().as_slice());
    let Some(Said::Update(body)) = &update.body else { panic!() };
    assert_eq!(body.level(), v1::Level::ModuleSwap);
    page.say(applied(&update, second)).await;
    page.report().await;
    // Anything that was sent twice would come before the answer to this.
    page.say(hello("app")).await;
    assert!(matches!(page.hear().await, Said::ProtocolError(_)));
}

#[tokio::test]
async fn an_update_that_failed_is_not_sent_again_until_there_is_a_newer_one() {
    let mut page = Page::greeted().await;
    page.release(1);
    let update = next_update(&mut page).await;
    page.say(Body::Failed(v1::Failed {
        sequence: update.sequence,
        stage: "link".into(),
        ..v1::Failed::default()
    }))
    .await;
    assert!(matches!(page.report().await.kind, ReportKind::Failed(failed) if failed.stage == "link"));
    page.say(hello("app")).await;
    assert!(matches!(page.hear().await, Said::ProtocolError(_)));
    page.release(2);
    assert!(next_update(&mut page).await.sequence > update.sequence);
}

#[tokio::test]
async fn a_slow_page_finds_only_the_newest_when_it_reads_again() {
    let mut page = Page::connect(64, 64).await;
    page.say(hello("app")).await;
    assert!(matches!(page.report().await.kind, ReportKind::Connected { .. }));
    // The session is stuck in writing its first frames while the board moves on.
    for byte in 1..=50 {
        page.release(byte);
    }
    let mut updates = Vec::new();
    while updates.last() != Some(&ContentHash::of(&[50])) {
        if let Said::Update(update) = page.hear().await {
            updates.push(ContentHash::from_slice(&update.module.unwrap().hash).unwrap());
        }
    }
    assert!(updates.len() <= 2, "{updates:?}");
}

#[tokio::test]
async fn orders_and_diagnostics_reach_the_page_and_old_orders_do_not() {
    let mut page = Page::greeted().await;
    page.publisher.order(OrderKind::Restart);
    let Said::Order(order) = page.hear().await else { panic!() };
    assert_eq!(order.kind(), v1::order::Kind::Restart);
    let broken = Diagnostic::error(Origin::Go, "broken");
    page.publisher.set_diagnostics("app", Revision::FIRST, vec![broken]);
    assert!(matches!(page.hear().await, Said::Diagnostics(list) if list.items.len() == 1));
    page.publisher.set_diagnostics("app", Revision::FIRST.next(), Vec::new());
    assert!(matches!(page.hear().await, Said::Diagnostics(list) if list.items.is_empty()));

    let mut late = Page::connect(ROOM, 64).await;
    late.publisher.order(OrderKind::Reload);
    late.say(hello("app")).await;
    assert!(matches!(late.hear().await, Said::Welcome(_)));
    assert!(matches!(late.hear().await, Said::Diagnostics(_)));
    late.say(hello("app")).await;
    assert!(matches!(late.hear().await, Said::ProtocolError(_)));
}

#[tokio::test]
async fn a_page_that_reads_slowly_gets_each_event_once_and_diagnostics_before_them() {
    let mut page = Page::connect(256, 64).await;
    page.say(hello("app")).await;
    page.report().await;
    assert!(matches!(page.hear().await, Said::Welcome(_)));
    assert!(matches!(page.hear().await, Said::Diagnostics(_)));
    page.say(Body::FollowEvents(v1::FollowEvents::default())).await;
    for _ in 0..300 {
        page.publisher.events().add("x".repeat(1000));
    }
    let (mut last, mut diagnosed) = (0, None);
    while last < 300 {
        match page.hear().await {
            Said::Event(event) => {
                assert_eq!(event.number, last + 1);
                last = event.number;
                if last == 10 {
                    let broken = Diagnostic::error(Origin::Go, "broken");
                    page.publisher.set_diagnostics("app", Revision::FIRST, vec![broken]);
                }
            }
            Said::Diagnostics(_) => diagnosed = Some(last),
            other => panic!("{other:?}"),
        }
    }
    // No more than what was being written when it became true.
    assert!(diagnosed.is_some_and(|at| at < 15), "{diagnosed:?}");
}

#[tokio::test]
async fn a_page_that_does_not_read_is_told_once_what_it_missed() {
    let mut page = Page::connect(256, 64).await;
    page.say(hello("app")).await;
    page.report().await;
    page.say(Body::FollowEvents(v1::FollowEvents::default())).await;
    // Four times what is kept, and the session looks at each of them.
    for _ in 0..512 {
        page.publisher.events().add("x".repeat(32 << 10));
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
    }
    let (mut last, mut skips) = (0, 0);
    while last < 512 {
        match page.hear().await {
            Said::Event(event) => {
                assert_eq!(event.number, last + 1);
                last = event.number;
            }
            Said::EventsSkipped(skipped) => {
                assert_eq!(skipped.first, last + 1);
                (last, skips) = (skipped.last, skips + 1);
            }
            _ => {}
        }
    }
    assert_eq!(skips, 1);
}

#[tokio::test]
async fn what_is_not_understood_is_answered_and_the_connection_stays() {
    let mut page = Page::greeted().await;
    for (bytes, code) in [
        (Bytes::from_static(b"\xff\xff"), Code::Malformed),
        (Bytes::from_static(&[0xfa, 0x06, 0x00]), Code::UnknownMessage),
        (vec![0; LARGEST_MESSAGE].into(), Code::Malformed),
    ] {
        page.send(Message::Binary(bytes)).await;
        let Said::ProtocolError(error) = page.hear().await else { panic!() };
        assert_eq!(error.code(), code);
    }
    page.say(Body::Log(v1::Log { text: "\u{1b}[1mhi".into(), ..v1::Log::default() })).await;
    assert!(matches!(page.report().await.kind, ReportKind::Log { text, .. } if text == "hi"));
}

#[tokio::test]
async fn a_program_that_appears_later_is_picked_up() {
    let mut page = Page::connect(ROOM, 64).await;
    page.say(hello("other")).await;
    assert!(matches!(page.hear().await, Said::Welcome(_)));
    assert!(matches!(page.hear().await, Said::ProtocolError(error) if error.code() == Code::UnknownProgram));
    page.publisher
        .set_programs(Revision::FIRST, [("other".to_owned(), Arc::new(PageManifest::new([].into())))]);
    assert!(matches!(page.hear().await, Said::Diagnostics(_)));
}

#[tokio::test]
async fn a_client_without_a_program_is_told_only_what_it_follows() {
    let mut page = Page::connect(ROOM, 64).await;
    page.say(hello("")).await;
    assert!(matches!(page.hear().await, Said::Welcome(_)));
    page.release(1);
    page.publisher.events().add("{}".into());
    page.say(Body::FollowEvents(v1::FollowEvents::default())).await;
    assert!(matches!(page.hear().await, Said::Event(event) if event.number == 1));
}

#[tokio::test]
async fn only_places_that_were_given_out_can_be_opened() {
    let mut page = Page::greeted().await;
    page.say(Body::OpenLocation(v1::OpenLocation { location: 7 })).await;
    assert!(matches!(page.hear().await, Said::ProtocolError(error) if error.code() == Code::UnknownLocation));
    let position = Position { file: "/project/main.go".into(), line: 1, column: 1 };
    let location = page.frames.locations().number(&position);
    page.say(Body::OpenLocation(v1::OpenLocation { location })).await;
    assert!(
        matches!(page.report().await.kind, ReportKind::OpenLocation { location: said } if said == location)
    );
}

#[tokio::test]
async fn crash_reports_are_limited_and_answered() {
    let mut page = Page::greeted().await;
    for crash_id in 0..40 {
        page.say(Body::Crash(v1::Crash { crash_id, ..v1::Crash::default() })).await;
    }
    assert!(matches!(page.hear().await, Said::ProtocolError(error) if error.code() == Code::RateLimited));
    let ReportKind::Crash(Crash { answers, number: 0, .. }) = page.report().await.kind else { panic!() };
    let report = crate::publish::ErrorReport {
        crash: 0,
        kind: "panic".into(),
        message: "boom".into(),
        frames: Vec::new(),
        code: None,
    };
    answers.try_send(page.frames.error_report("app", &report)).unwrap();
    assert!(matches!(page.hear().await, Said::ErrorReport(report) if report.message == "boom"));
}

#[tokio::test]
async fn a_full_channel_of_reports_drops_logs_and_holds_everything_else() {
    let mut page = Page::connect(ROOM, 1).await;
    page.say(hello("app")).await;
    for number in 0..20 {
        page.say(Body::Log(v1::Log { text: number.to_string(), ..v1::Log::default() })).await;
    }
    page.say(Body::Status(v1::Status { accepts: true, ..v1::Status::default() })).await;
    page.say(Body::Invalidate(v1::Invalidate { reason: "why".into() })).await;
    let mut kinds = Vec::new();
    while !matches!(kinds.last(), Some(ReportKind::Invalidate { .. })) {
        kinds.push(page.report().await.kind);
    }
    let logs = kinds.iter().filter(|kind| matches!(kind, ReportKind::Log { .. })).count();
    assert!(logs < 20, "{kinds:?}");
    assert!(kinds.iter().any(|kind| matches!(kind, ReportKind::Status { accepts: true, .. })), "{kinds:?}");
}

#[tokio::test]
async fn a_closed_channel_of_reports_does_not_end_the_session() {
    let mut page = Page::greeted().await;
    page.reports = None;
    page.say(Body::Invalidate(v1::Invalidate::default())).await;
    page.release(1);
    next_update(&mut page).await;
}

#[tokio::test]
async fn the_first_message_must_be_a_hello_of_this_version() {
    let old = Body::Hello(v1::Hello { protocol_version: 99, ..v1::Hello::default() });
    for (body, code) in [
        (Body::Status(v1::Status::default()), CloseCode::HelloExpected),
        (old, CloseCode::UnsupportedVersion),
    ] {
        let mut page = Page::connect(ROOM, 64).await;
        page.say(body).await;
        assert_eq!(page.closed().await, code.code());
    }
    let mut page = Page::connect(ROOM, 64).await;
    page.send(Message::Text("hello".into())).await;
    assert_eq!(page.closed().await, CloseCode::BadMessage.code());
}

#[tokio::test(start_paused = true)]
async fn a_page_that_says_nothing_is_closed() {
    let mut page = Page::connect(ROOM, 64).await;
    assert_eq!(page.closed().await, CloseCode::HelloTimeout.code());
    let mut page = Page::greeted().await;
    page.say(Body::Status(v1::Status::default())).await;
    for _ in 0..5 {
        // Reading on answers the ping before.
        assert!(matches!(page.message().await, Message::Ping(_)));
    }
    page.report().await;
    let silent = Instant::now();
    assert!(matches!(page.report().await.kind, ReportKind::Disconnected));
    assert!((20..60).contains(&silent.elapsed().as_secs()), "{:?}", silent.elapsed());
}

#[tokio::test]
async fn the_end_of_the_server_is_said() {
    for greeted in [false, true] {
        let mut page = if greeted { Page::greeted().await } else { Page::connect(ROOM, 64).await };
        page.end_server();
        assert_eq!(page.closed().await, SERVICE_RESTART);
    }
}

#[tokio::test]
async fn a_page_that_leaves_is_reported() {
    let mut page = Page::greeted().await;
    page.send(Message::Close(None)).await;
    assert!(matches!(page.report().await.kind, ReportKind::Disconnected));
}

#[tokio::test]
async fn files_of_the_page_are_compared_with_what_the_page_has_now() {
    let manifest = |files: &[(&str, u8)]| {
        let entries = files.iter().map(|(path, byte)| {
            let hash = ContentHash::of(&[*byte]);
            ((*path).to_owned(), ManifestEntry { hash, media_type: "text/css".into(), size: 1 })
        });
        Arc::new(PageManifest::new(entries.collect()))
    };
    let paths = |update: &v1::ServerFrame| {
        let Some(Said::Update(update)) = &update.body else { panic!() };
        assert_eq!(update.level(), v1::Level::AssetSwap);
        update.assets.iter().map(|asset| asset.path.clone()).collect::<Vec<_>>()
    };
    let mut page = Page::connect(ROOM, 64).await;
    page.publisher.set_manifest("app", Revision::FIRST, manifest(&[("a.css", 1), ("b.css", 1)]));
    page.say(hello("app")).await;
    // Made after the session has read the board for the first time.
    assert!(matches!(page.hear().await, Said::Welcome(_)));
    page.report().await;
    page.publisher.set_manifest("app", Revision::FIRST, manifest(&[("a.css", 2), ("b.css", 1)]));
    let first = next_update(&mut page).await;
    assert_eq!(paths(&first), ["/app/a.css"]);
    let done = v1::Applied {
        sequence: first.sequence,
        level: v1::Level::AssetSwap.into(),
        ..v1::Applied::default()
    };
    page.say(Body::Applied(done)).await;
    page.report().await;
    page.publisher.set_manifest("app", Revision::FIRST, manifest(&[("a.css", 2), ("b.css", 2)]));
    assert_eq!(paths(&next_update(&mut page).await), ["/app/b.css"]);
    // That one is not answered: the next holds both files.
    page.publisher.set_manifest("app", Revision::FIRST, manifest(&[("a.css", 3), ("b.css", 2)]));
    assert_eq!(paths(&next_update(&mut page).await), ["/app/a.css", "/app/b.css"]);
}

#[tokio::test]
async fn who_only_looks_on_is_told_what_is_true_and_given_nothing_to_run() {
    let mut page = Page::connect(ROOM, 64).await;
    let Body::Hello(said) = hello("app") else { panic!() };
    page.say(Body::Hello(v1::Hello { looks_on: true, ..said })).await;
    assert!(matches!(page.report().await.kind, ReportKind::LooksOn(true)));
    assert!(matches!(page.hear().await, Said::Welcome(_)));
    assert!(matches!(page.hear().await, Said::Diagnostics(_)));
    let module = page.release(1);
    let mistake = Diagnostic::error(Origin::Go, "broken");
    page.publisher.set_diagnostics("app", Revision::FIRST.next(), vec![mistake]);
    // An update would come before.
    loop {
        let Said::Diagnostics(said) = page.hear().await else { panic!("it is given something else") };
        if said.items.len() == 1 {
            break;
        }
    }
    page.say(Body::FollowTrees(v1::FollowTrees::default())).await;
    assert!(matches!(page.report().await.kind, ReportKind::Follows(Some(_))));
    let update = v1::ServerFrame::default();
    page.say(applied(&update, module)).await;
    assert!(matches!(page.hear().await, Said::ProtocolError(error) if error.code() == Code::Malformed));
    let mut reports = page.reports.take().unwrap();
    drop(page);
    let last = tokio::time::timeout(Duration::from_mins(2), reports.recv()).await.unwrap().unwrap();
    assert!(matches!(last.kind, ReportKind::LooksOn(false)), "{:?}", last.kind);
}
