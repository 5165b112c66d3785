//! Bounds, reports, large programs, and more servers than there should be.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_keeps_what_it_needs_and_so_much_of_what_was_before() {
    let folder = tempfile::tempdir().unwrap();
    let nats = broker(folder.path()).await;
    let key = key(folder.path());
    let builder = Builder::start(&nats, &key, &folder.path().join("a"), Known::nothing().unwrap()).await;
    let style = builder.store.put(b"style").unwrap();
    builder.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest(&[("a.css", style)]))]);
    let mut hub = Hub::start(&nats, &key, &folder.path().join("b")).await;
    let mut modules = Vec::new();
    for number in 0..20 {
        let module = builder.release(&format!("{number:030000}"));
        hub.until(|board, _| running(board) == Some(module)).await;
        modules.push(module);
    }
    let here = || modules.iter().filter(|module| hub.store.contains(**module)).count();
    // Tidied after each eighth of the bound: one module more than that may be there.
    assert!((3..=5).contains(&here()), "{}", here());
    assert!(hub.store.contains(modules[19]) && hub.store.contains(modules[18]));
    assert!(hub.store.contains(style), "it was fetched first, and is still needed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flags_reach_hubs_and_what_hubs_say_reaches_the_server_once() {
    let folder = tempfile::tempdir().unwrap();
    let nats = broker(folder.path()).await;
    let key = key(folder.path());
    let known = || Known { epoch: Epoch::from_bytes([7; 16]), ..Known::nothing().unwrap() };
    let mut builder = Builder::start(&nats, &key, &folder.path().join("a"), known()).await;
    builder.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest(&[]))]);
    let first = builder.release("one");
    let mut hub = Hub::start(&nats, &key, &folder.path().join("b")).await;
    hub.until(|board, _| running(board) == Some(first)).await;
    let other = Nats::connect(&nats.url(), key.name()).await.unwrap();
    assert_eq!(flags(&other, &key).await.unwrap().unwrap().1, "{}");
    builder.flags.send_replace("{\"killed\":1}".into());
    let second = builder.release("two");
    hub.until(|board, _| running(board) == Some(second)).await;
    let (born, json) = hub.flags.clone().unwrap();
    assert_eq!(json, "{\"killed\":1}");

    let (sender, said) = mpsc::channel(4);
    tokio::spawn(report(other.clone(), key.clone(), 5, said));
    let hear = async |builder: &mut Builder| {
        let heard = tokio::time::timeout(PATIENCE, builder.heard.recv()).await.unwrap().unwrap();
        (heard.hub, String::from_utf8(heard.content).unwrap())
    };
    for text in ["a", "b"] {
        sender.send((born, text.into())).await.unwrap();
        assert_eq!(hear(&mut builder).await, (5, text.into()));
    }
    // The same again, by somebody who can only copy; something without a seal; and what is for an earlier server.
    let subject = entry::Place::Report(5).subject(key.name());
    let copied = other.last(broker::Kept::Reports, &subject).await.unwrap().unwrap().content;
    for (name, content) in [("x", copied), ("y", "junk".into())] {
        let follows = broker::Follows::Anything(name);
        other.write(subject.clone(), content, follows).await.unwrap().taken().await.unwrap();
    }
    sender.send((born - 1, "late".into())).await.unwrap();
    sender.send((born, "c".into())).await.unwrap();
    assert_eq!(hear(&mut builder).await, (5, "c".into()));
    drop(builder);

    // One that begins anew says so by the flags, and hears only what is for it.
    let mut builder = Builder::start(&nats, &key, &folder.path().join("a"), known()).await;
    builder.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest(&[]))]);
    let third = builder.release("three");
    hub.until(|board, _| running(board) == Some(third)).await;
    let (again, _) = hub.flags.clone().unwrap();
    assert!(again > born);
    sender.send((born, "old".into())).await.unwrap();
    sender.send((again, "new".into())).await.unwrap();
    assert_eq!(hear(&mut builder).await, (5, "new".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_is_too_large_for_a_message_comes_through_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let nats = broker(folder.path()).await;
    let key = key(folder.path());
    let builder = Builder::start(&nats, &key, &folder.path().join("a"), Known::nothing().unwrap()).await;
    let style = builder.store.put(b"style").unwrap();
    let files = |count: usize| {
        let names: Vec<_> = (0..count).map(|number| format!("pictures/of/{number:040}.css")).collect();
        manifest(&names.iter().map(|name| (name.as_str(), style)).collect::<Vec<_>>())
    };
    builder.publisher.set_programs(Revision::FIRST, [("app".to_owned(), files(10_000))]);
    let first = builder.release("one");
    let mut hub = Hub::start(&nats, &key, &folder.path().join("b")).await;
    let count = |board: &Board| board.programs.get("app").map_or(0, |program| program.manifest.entries.len());
    hub.until(|board, _| running(board) == Some(first) && count(board) == 10_000).await;
    let other = Nats::connect(&nats.url(), key.name()).await.unwrap();
    let last =
        entry::Entry::last(&other, &key, entry::Place::Program("app")).await.unwrap().unwrap().1.unwrap();
    let entry::Body::StoredProgram(stored) = last.body else { panic!("it fits into a message") };
    assert!(other.blob(stored).await.is_ok() && hub.store.contains(style));
    // Each picture replaces the one before, and one that is small enough is in a message again.
    builder.publisher.set_manifest("app", Revision::FIRST, files(9_000));
    hub.until(|board, _| count(board) == 9_000).await;
    builder.publisher.set_manifest("app", Revision::FIRST, files(1));
    hub.until(|board, _| count(board) == 1).await;
    let mut late = Hub::start(&nats, &key, &folder.path().join("c")).await;
    late.until(|board, _| running(board) == Some(first) && count(board) == 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_servers_with_one_key_the_later_one_is_followed_and_nothing_is_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let nats = broker(folder.path()).await;
    let key = key(folder.path());
    let first = Builder::start(&nats, &key, &folder.path().join("a"), Known::nothing().unwrap()).await;
    first.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest(&[]))]);
    let one = first.release("one");
    first.publisher.events().add("of the first".into());
    let mut hub = Hub::start(&nats, &key, &folder.path().join("b")).await;
    hub.until(|board, events| running(board) == Some(one) && events.len() == 1).await;

    let second = Builder::start(&nats, &key, &folder.path().join("c"), Known::nothing().unwrap()).await;
    second.publisher.set_programs(Revision::FIRST, [("app".to_owned(), manifest(&[]))]);
    let two = second.release("two");
    second.publisher.events().add("of the second".into());
    let begun = Instant::now();
    while hub.next.is_none() {
        assert!(begun.elapsed() < PATIENCE);
        let change = tokio::time::timeout(PATIENCE, hub.changes.recv()).await.unwrap().unwrap();
        hub.next = hub.follower.show(change);
    }
    let mut hub = Hub::start(&nats, &key, &folder.path().join("b")).await;
    assert_eq!(hub.follower.mirror().feed().board().epoch, second.publisher.board().epoch);
    hub.until(|board, events| running(board) == Some(two) && events.len() == 1).await;
    tokio::time::timeout(PATIENCE, first.replaced.cancelled()).await.expect("the first one is told");
    assert!(!second.replaced.is_cancelled());
    // The first one goes on, before and after it has seen that it is not followed any more.
    for number in 0..16 {
        first.release(&format!("late {number}"));
        first.publisher.events().add(format!("late {number}"));
        first.flags.send_replace(format!("{{\"late\":{number}}}").into());
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let three = second.release("three");
    second.publisher.events().add("of the second again".into());
    hub.until(|board, events| running(board) == Some(three) && events.len() == 2).await;
    assert_eq!(hub.events, [(1, "of the second".to_owned()), (2, "of the second again".to_owned())]);
    assert_eq!(hub.flags.unwrap().1, "{}");
}
