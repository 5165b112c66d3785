//! Pages that follow syntax trees.

use std::collections::BTreeMap;

use ast_diff::{Fed, Head, Limits, Parser, Part, Priority, Replica, Root, structure_root};
use dev_server_proto::v1::tree_piece::Piece;

use super::*;
use crate::analyse::{Following, WrittenTrees};

const FILE: &str = "/project/main.go";

fn source(number: usize) -> String {
    format!("package main\n\nfunc main() {{\n\tprintln({number})\n}}\n")
}

fn root(source: &str) -> Root {
    structure_root(&Parser::new().parse(source.as_bytes()).tree).into()
}

fn want(file: &str, only_trivia: bool) -> v1::WantSnapshot {
    v1::WantSnapshot { file: file.to_owned(), only_trivia }
}

/// What a page does with what it hears about trees.
struct Follower {
    page: Page,
    written: WrittenTrees,
    following: Following,
    replica: Replica,
    files: Vec<String>,
    snapshots: usize,
    patches: usize,
    /// Bytes of each message about trivia.
    trivia: Vec<usize>,
}

impl Follower {
    /// The report of the session is awaited, as the pipeline would before it reads trees.
    async fn greeted(room: usize) -> Self {
        Self::following(room, Following::Trees).await
    }

    async fn following(room: usize, following: Following) -> Self {
        let mut page = Page::connect(room, 64).await;
        page.say(hello("app")).await;
        assert!(matches!(page.report().await.kind, ReportKind::Connected { .. }));
        assert!(matches!(page.hear().await, Said::Welcome(_)));
        assert!(matches!(page.hear().await, Said::Diagnostics(_)));
        let replica = Replica::new(Limits::default(), 1 << 20);
        let mut follower = Self {
            page,
            written: WrittenTrees::default(),
            following,
            replica,
            files: Vec::new(),
            snapshots: 0,
            patches: 0,
            trivia: Vec::new(),
        };
        follower.follow(following).await;
        follower
    }

    async fn follow(&mut self, following: Following) {
        self.following = following;
        let with_trivia = following == Following::Texts;
        self.page.say(Body::FollowTrees(v1::FollowTrees { with_trivia })).await;
        let kind = self.page.report().await.kind;
        assert!(matches!(kind, ReportKind::Follows(Some(said)) if said == following), "{kind:?}");
    }

    fn save(&mut self, path: &str, source: Option<&str>) {
        let trees = self.written.save_for(self.following, path, source);
        self.page.publisher.set_trees(BTreeMap::from([("app".to_owned(), trees)]));
    }

    fn take(&mut self, piece: v1::TreePiece) -> Fed {
        assert_eq!(piece.file, "main.go");
        let root = |bytes: &[u8]| Root(bytes.try_into().unwrap());
        let is_trivia = matches!(piece.piece, Some(Piece::Trivia(_)));
        let part = |message, number, is_last, head, bytes: &[u8]| Part {
            message,
            number,
            is_last,
            priority: if is_trivia { Priority::Trivia } else { Priority::Tree },
            head: (number == 0).then_some(head).flatten(),
            bytes: bytes.to_vec(),
        };
        let part = match piece.piece.unwrap() {
            Piece::Snapshot(whole) => {
                self.snapshots += usize::from(whole.piece == 0);
                let head = (whole.piece == 0).then(|| Head::Snapshot(root(&whole.root)));
                part(whole.message, whole.piece, whole.last, head, &whole.nodes)
            }
            Piece::Patch(patch) => {
                self.patches += usize::from(patch.piece == 0);
                let head = (patch.piece == 0)
                    .then(|| Head::Patch(patch.base[..].try_into().unwrap(), root(&patch.target)));
                part(patch.message, patch.piece, patch.last, head, &patch.operations)
            }
            Piece::Trivia(trivia) => {
                assert_eq!((trivia.piece, trivia.last), (0, true));
                assert_eq!(trivia.priority(), v1::TreePriority::Trivia);
                self.trivia.push(trivia.content.len());
                let base = trivia.base[..].try_into().ok();
                let head = Head::Trivia { tree: root(&trivia.tree), root: root(&trivia.root), base };
                part(trivia.message, trivia.piece, trivia.last, Some(head), &trivia.content)
            }
        };
        self.replica.feed(part)
    }

    /// Reads until the tree is that of `source`.
    async fn until(&mut self, source: &str) {
        while self.replica.root().map(Root::from) != Some(root(source)) {
            match self.page.hear().await {
                Said::TreeFiles(list) => self.files = list.files,
                Said::TreePiece(piece) => {
                    let fed = self.take(piece);
                    assert!(!matches!(fed, Fed::Stuck(_)), "{fed:?}");
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn text(&self) -> Option<String> {
        self.replica.text().map(|text| String::from_utf8(text.print(usize::MAX).unwrap()).unwrap())
    }

    /// Reads until the text is that.
    async fn until_text(&mut self, source: &str) {
        self.until(source).await;
        while self.text().as_deref() != Some(source) {
            let piece = self.next_piece().await;
            let fed = self.take(piece);
            assert!(!matches!(fed, Fed::Stuck(_) | Fed::TextStuck(_)), "{fed:?}");
        }
    }

    async fn next_piece(&mut self) -> v1::TreePiece {
        let Said::TreePiece(piece) = self.page.hear().await else { panic!() };
        piece
    }
}

#[tokio::test]
async fn a_page_that_asks_is_given_a_snapshot_and_then_patches() {
    let mut follower = Follower::greeted(ROOM).await;
    follower.save(FILE, Some(&source(0)));
    follower.until(&source(0)).await;
    assert_eq!(follower.files, ["main.go"]);
    for number in 1..5 {
        follower.save(FILE, Some(&source(number)));
        follower.until(&source(number)).await;
    }
    // What means nothing is not sent: the next thing that is heard is about the next edit.
    follower.save(FILE, Some(&format!("// Says a number.\n{}", source(4))));
    follower.save(FILE, Some("package main\n\nfunc main( {\n"));
    follower.until("package main\n\nfunc main( {\n").await;
    assert_eq!((follower.snapshots, follower.patches), (1, 5));
}

#[tokio::test]
async fn a_page_that_does_not_ask_hears_nothing() {
    let mut page = Page::greeted().await;
    let trees = WrittenTrees::default().save(FILE, Some(&source(0)));
    page.publisher.set_trees(BTreeMap::from([("app".to_owned(), trees)]));
    page.say(Body::WantSnapshot(want("main.go", false))).await;
    page.say(hello("app")).await;
    assert!(matches!(page.hear().await, Said::ProtocolError(_)));
}

#[tokio::test]
async fn a_page_that_lost_a_piece_asks_for_the_whole_tree() {
    let mut follower = Follower::greeted(ROOM).await;
    follower.save(FILE, Some(&source(0)));
    follower.until(&source(0)).await;
    follower.save(FILE, Some(&source(1)));
    follower.next_piece().await;
    follower.save(FILE, Some(&source(2)));
    let late = follower.next_piece().await;
    assert_eq!(follower.take(late), Fed::Waiting);
    follower.replica = Replica::new(Limits::default(), 1 << 20);
    follower.page.say(Body::WantSnapshot(want("other.go", false))).await;
    follower.page.say(Body::WantSnapshot(want("main.go", false))).await;
    follower.until(&source(2)).await;
    assert_eq!(follower.snapshots, 2);
    follower.save(FILE, Some(&source(3)));
    follower.until(&source(3)).await;
    assert_eq!((follower.snapshots, follower.patches), (2, 2), "one of the patches was lost, one not taken");
}

#[tokio::test]
async fn a_slow_page_skips_to_the_newest_tree() {
    let mut follower = Follower::greeted(256).await;
    follower.save(FILE, Some(&source(0)));
    follower.until(&source(0)).await;
    // More than is kept as patches, and more than fits into the channel.
    for number in 1..=200 {
        follower.save(FILE, Some(&source(number)));
    }
    follower.until(&source(200)).await;
    assert!(follower.snapshots <= 2 && follower.patches <= 4, "{} {}", follower.snapshots, follower.patches);
}

#[tokio::test]
async fn files_come_and_go() {
    let mut follower = Follower::greeted(ROOM).await;
    follower.save(FILE, Some(&source(0)));
    follower.until(&source(0)).await;
    follower.save("/project/lib/lib.go", Some("package lib\n"));
    let Said::TreeFiles(list) = follower.page.hear().await else { panic!() };
    assert_eq!(list.files, ["lib/lib.go", "main.go"]);
    assert_eq!(follower.next_piece().await.file, "lib/lib.go");
    follower.save(FILE, None);
    let Said::TreeFiles(list) = follower.page.hear().await else { panic!() };
    assert_eq!(list.files, ["lib/lib.go"]);
    follower.save(FILE, Some(&source(0)));
    let Said::TreeFiles(list) = follower.page.hear().await else { panic!() };
    assert_eq!(list.files.len(), 2);
    assert!(matches!(follower.next_piece().await.piece, Some(Piece::Snapshot(_))));
}

#[tokio::test]
async fn what_is_wrong_comes_before_trees_and_roots_before_the_rest() {
    let mut follower = Follower::greeted(64).await;
    let long = |name: &str| {
        use std::fmt::Write as _;
        let mut text = format!("package {name}\n");
        for number in 0..4000u32 {
            let value = number.wrapping_mul(2_654_435_761);
            writeln!(text, "var v{value:08x} = \"{:08x}\"", value.rotate_left(13)).unwrap();
        }
        text
    };
    follower.save("/project/a.go", Some(&long("a")));
    follower.save("/project/b.go", Some(&long("b")));
    // The session is stuck in its first frames about trees; what comes now has to wait for no more than those.
    let broken = Diagnostic::error(Origin::Go, "broken");
    follower.page.publisher.set_diagnostics("app", Revision::FIRST, vec![broken]);
    let mut heard = Vec::new();
    for text in [long("c"), long("d")] {
        follower.save("/project/c.go", Some(&text));
    }
    loop {
        match follower.page.hear().await {
            Said::TreePiece(v1::TreePiece { file, piece: Some(Piece::Snapshot(whole)) }) => {
                heard.push((file.clone(), whole.piece));
                if file == "c.go" && whole.last {
                    break;
                }
            }
            Said::Diagnostics(_) => heard.push((String::new(), 0)),
            _ => {}
        }
    }
    let at = |wanted: &str| heard.iter().position(|(file, piece)| file == wanted && *piece == 0);
    assert!(at("").unwrap() < at("c.go").unwrap(), "{heard:?}");
    if let Some(second) = heard.iter().position(|(_, piece)| *piece > 0) {
        assert!(at("a.go").unwrap() < second, "{heard:?}");
    }
}

#[tokio::test]
async fn a_page_that_asks_for_texts_is_given_comments_last() {
    let mut follower = Follower::following(64, Following::Texts).await;
    let text = |comment: &str, number| format!("// {comment}\n{}", source(number));
    follower.save(FILE, Some(&text("Says a number.", 0)));
    follower.until(&source(0)).await;
    assert_eq!(follower.text(), None, "the tree comes first");
    follower.until_text(&text("Says a number.", 0)).await;
    // A comment is not a message about the tree.
    follower.save(FILE, Some(&text("Says another number.", 0)));
    follower.until_text(&text("Says another number.", 0)).await;
    assert_eq!((follower.snapshots, follower.patches), (1, 0));
    follower.save(FILE, Some(&text("Says another number.", 1)));
    follower.until_text(&text("Says another number.", 1)).await;
    assert_eq!((follower.snapshots, follower.patches), (1, 1));
    assert!(follower.trivia[1..].iter().all(|bytes| *bytes < 20), "{:?}", follower.trivia);
}

#[tokio::test]
async fn a_page_that_lost_trivia_asks_for_whole_ones() {
    let mut follower = Follower::following(64, Following::Texts).await;
    let text = |number: usize| format!("{}// {number}\n", source(0));
    follower.save(FILE, Some(&text(0)));
    follower.until_text(&text(0)).await;
    follower.save(FILE, Some(&text(1)));
    follower.next_piece().await;
    follower.save(FILE, Some(&text(2)));
    let late = follower.next_piece().await;
    assert!(matches!(follower.take(late), Fed::TextStuck(_)));
    follower.page.say(Body::WantSnapshot(want("main.go", true))).await;
    follower.until_text(&text(2)).await;
    assert_eq!((follower.snapshots, follower.patches), (1, 0));
    follower.save(FILE, Some(&text(3)));
    follower.until_text(&text(3)).await;
}

#[tokio::test]
async fn a_page_takes_back_what_it_asked_for() {
    let mut follower = Follower::greeted(64).await;
    let text = |number: usize| format!("{}// {number}\n", source(number));
    follower.save(FILE, Some(&text(0)));
    follower.until(&text(0)).await;
    follower.follow(Following::Texts).await;
    follower.save(FILE, Some(&text(0)));
    follower.until_text(&text(0)).await;
    follower.follow(Following::Trees).await;
    follower.save(FILE, Some(&text(1)));
    follower.until(&text(1)).await;
    // Saying it again is no news.
    follower.page.say(Body::FollowTrees(v1::FollowTrees { with_trivia: false })).await;
    follower.page.say(Body::UnfollowTrees(v1::UnfollowTrees {})).await;
    assert!(matches!(follower.page.report().await.kind, ReportKind::Follows(None)));
    follower.save(FILE, Some(&text(2)));
    follower.page.say(hello("app")).await;
    assert!(matches!(follower.page.hear().await, Said::ProtocolError(_)), "nothing is sent any more");
    follower.replica = Replica::new(Limits::default(), 1 << 20);
    follower.follow(Following::Texts).await;
    follower.save(FILE, Some(&text(3)));
    follower.until_text(&text(3)).await;
}
