//! Items, scores, and what builds say to them.

use migration::{
    BackEnd, BackEnds, Complaint, Items, Judged, Kind, Outcome, Place, Reader, Score, Source, Verdict, judge,
    of_use,
};

fn source(name: &str, text: &str) -> Source {
    Source { name: name.to_owned(), taken: BackEnds::ALL, uses: Reader::new().read(text.as_bytes()).uses }
}

fn items(body: &str) -> Items {
    let imports = "\"fmt\"\n\"net\"\n\"os\"\n\"os/exec\"\n\"syscall\"\n\"time\"";
    Items::of(&[source("a.go", &format!("package p\n\nimport (\n{imports}\n)\n\nfunc f() {{\n{body}\n}}\n"))])
}

#[test]
fn uses_of_one_name_are_one_item() {
    let items = items("os.Open(\"a\")\nos.Open(\"b\")\ntime.Now()");
    let open = items.0.iter().find(|item| item.title == "os.Open").unwrap();
    assert_eq!(open.places.len(), 2);
    assert_eq!(open.best(), Some(Verdict::Flag));
    assert_eq!(items.0.len(), 2);
}

#[test]
fn what_costs_most_comes_first() {
    let items = items("time.Now()\nos.Open(\"a\")\nexec.Command(\"x\")");
    let titles: Vec<&str> = items.0.iter().map(|item| item.title.as_str()).collect();
    assert_eq!(titles, ["os/exec.Command", "os.Open", "time.Now"]);
    assert_eq!(items.verdict(BackEnd::GoPreview1), Verdict::Impossible);
}

#[test]
fn nothing_used_is_all_of_the_score() {
    let score = Score::of(&items(""), BackEnd::TinyGoPreview1);
    assert!((score.percent - 100.0).abs() < 1e-9, "{score:?}");
    assert_eq!(Kind::ALL.map(Kind::weight), [40, 35, 25, 0]);
}

#[test]
fn kinds_count_by_their_weights_and_names_once() {
    // Of IO one of two names needs a flag, of system calls the only one is impossible; there is nothing about time.
    let items =
        items("os.Open(\"a\")\nos.Open(\"b\")\nfmt.Println()\nexec.Command(\"x\")\nexec.Command(\"y\")");
    let score = Score::of(&items, BackEnd::GoPreview1);
    assert_eq!(score.shares[0].counts, [1, 1, 0, 0]);
    assert!((score.shares[0].percent - 95.0).abs() < 1e-9, "{score:?}");
    assert!(score.shares[1].percent.abs() < 1e-9, "{score:?}");
    assert!((score.percent - (0.4 * 95.0 + 0.25 * 100.0)).abs() < 1e-9, "{score:?}");
}

#[test]
fn files_that_a_back_end_does_not_take_are_nothing_to_it() {
    let mut other = source("b.go", "package p\n\nimport \"os/exec\"\n\nvar c = exec.Command(\"x\")\n");
    other.taken = [BackEnd::TinyGoPreview2].into_iter().collect();
    let items = Items::of(&[other]);
    assert_eq!(items.verdict(BackEnd::GoPreview1), Verdict::Works);
    assert_eq!(items.0[0].verdict(BackEnd::GoPreview1), None);
    assert_eq!(items.verdict(BackEnd::TinyGoPreview2), Verdict::Impossible);
    let mut none = source("c.go", "package p\n\nimport \"os/exec\"\n\nvar c = exec.Command(\"x\")\n");
    none.taken = BackEnds::NONE;
    assert_eq!(Items::of(&[none]).0[0].best(), None);
}

fn complaint(line: u32, column: u32, message: &str) -> Complaint {
    Complaint { place: Some((0, Place { line, column })), message: message.to_owned() }
}

#[test]
fn a_complaint_confirms_or_contradicts_what_stands_in_its_line() {
    // Lines 15 and 16.
    let items = items("\n\n_, _ = syscall.Mmap(-1, 0, 0, 0, 0)\n_ = time.Now()");
    let back_end = BackEnd::GoPreview1;
    assert_eq!(of_use("syscall", "Mmap").unwrap().outcome(back_end), Outcome::Refused);
    let said = [
        complaint(15, 16, "undefined: syscall.Mmap"),
        complaint(16, 5, "undefined: time.Now"),
        complaint(2, 1, "something else"),
        Complaint { place: None, message: "undefined symbol: syscall.Mmap".to_owned() },
        Complaint { place: None, message: "undefined symbol: mysyscall.Mmap2".to_owned() },
    ];
    let findings = judge(&items, back_end, false, &said);
    let judged: Vec<_> = findings.iter().map(|finding| finding.judged).collect();
    let expected = [Some(Judged::Confirmed), Some(Judged::Contradicted), None, Some(Judged::Confirmed), None];
    assert_eq!(judged, expected, "{items:#?}");
}

#[test]
fn a_build_that_goes_well_contradicts_what_says_that_it_cannot() {
    let items = items("syscall.Mmap(-1, 0, 0, 0, 0)\nexec.Command(\"x\")");
    let findings = judge(&items, BackEnd::GoPreview1, true, &[]);
    let [one] = &findings[..] else { panic!("{findings:?}") };
    assert_eq!(one.judged, Some(Judged::Compiled));
    assert!(items.0[one.item.unwrap()].title.starts_with("syscall.Mmap"));
}
