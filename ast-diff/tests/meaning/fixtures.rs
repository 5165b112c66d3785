//! `tests/fixtures/{same,different,known-wrong}/<case>/{before,after}.go`. The first line of a `why.md` is the verdict,
//! where it is not `Nothing`; what is on the shelf `known-wrong` means less than that.

use std::path::{Path, PathBuf};

use ast_diff::{File, Outline, Parser, Verdict, judge, print};

fn cases(shelf: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(shelf);
    let mut cases: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

struct Case {
    name: String,
    before: Vec<u8>,
    after: Vec<u8>,
    why: String,
}

impl Case {
    fn read(folder: &Path) -> Self {
        let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
        Self {
            name: folder.file_name().unwrap().to_string_lossy().into_owned(),
            before: read("before.go"),
            after: read("after.go"),
            why: String::from_utf8(read("why.md")).unwrap(),
        }
    }

    fn verdict(&self, parser: &mut Parser) -> String {
        let (before, after) = (parser.parse(&self.before).tree, parser.parse(&self.after).tree);
        let (before, after) = (Outline::of(&before), Outline::of(&after));
        let file = |outline| [File { name: "a.go", outline }];
        let meaning = judge(&file(&before), &file(&after));
        assert_eq!(before.meaning == after.meaning, meaning.verdict == Verdict::Nothing, "{}", self.name);
        // There and back are the same edit.
        let back = judge(&file(&after), &file(&before)).verdict;
        assert_eq!(shown(&meaning.verdict), shown(&back), "{}", self.name);
        shown(&meaning.verdict)
    }
}

fn shown(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Body(functions) => format!("Body {}", functions.join(" ")),
        Verdict::Whole(_) => "Whole".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn what_is_the_same_means_nothing() {
    let mut parser = Parser::new();
    for folder in cases("same") {
        let case = Case::read(&folder);
        assert_eq!(case.verdict(&mut parser), "Nothing", "{}: {}", case.name, case.why);
    }
}

#[test]
fn what_differs_means_what_is_said() {
    let mut parser = Parser::new();
    let mut wrong = Vec::new();
    for folder in cases("different").into_iter().chain(cases("known-wrong")) {
        let case = Case::read(&folder);
        let expected = case.why.lines().next().unwrap_or("");
        let verdict = case.verdict(&mut parser);
        if verdict != expected {
            wrong.push(format!("{}: {verdict}, not {expected}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_are_enough_of_them() {
    let count: usize = ["same", "different", "known-wrong"].into_iter().map(|shelf| cases(shelf).len()).sum();
    assert!(count >= 60, "{count}");
}

/// Writing a tree anew changes all layout, and no meaning.
#[test]
fn layout_means_nothing() {
    let mut parser = Parser::new();
    for folder in ["same", "different", "known-wrong"].into_iter().flat_map(cases) {
        let case = Case::read(&folder);
        for source in [&case.before, &case.after] {
            let tree = parser.parse(source).tree;
            let printed = parser.parse(&print(&tree)).tree;
            assert_eq!(Outline::of(&tree), Outline::of(&printed), "{}", case.name);
        }
    }
}
