//! Pairs for machines without a corpus: edits of a few kinds of this project's own Go sources, the same ones every time.

use super::super::tokens::{Kind, Token, tokens};
use super::layout::differs_only;

/// Files with their names in short.
const SOURCES: [(&str, &str); 12] = [
    ("actions", include_str!("../../../../../examples/todo/app/actions.go")),
    ("app", include_str!("../../../../../examples/todo/app/app.go")),
    ("changes", include_str!("../../../../../examples/todo/command/changes.go")),
    ("data", include_str!("../../../../../sdk/data.go")),
    ("document", include_str!("../../../../../examples/todo/model/document.go")),
    ("keep", include_str!("../../../../../sdk/keep.go")),
    ("list", include_str!("../../../../../examples/todo/app/list.go")),
    ("live", include_str!("../../../../../sdk/live.go")),
    ("renderer", include_str!("../../../../../examples/todo/view/renderer.go")),
    ("screen", include_str!("../../../../../examples/todo/app/screen.go")),
    ("tasks", include_str!("../../../../../examples/todo/query/tasks.go")),
    ("values", include_str!("../../../../../sdk/values_js.go")),
];

/// Makes the new text; `None` where the file has nothing of the kind.
type Edit = fn(&str) -> Option<String>;

const EDITS: [(&str, Edit); 9] = [
    ("comment", comment),
    ("deletion", deletion),
    ("insertion", insertion),
    ("layout", layout),
    ("literal", literal),
    ("move", move_function),
    ("rename", rename),
    ("several", several),
    ("wrap", wrap),
];

/// Name, old text and new text.
pub(super) fn pairs() -> Vec<(String, String, String)> {
    let edit = |(kind, edit): &(&str, Edit)| {
        SOURCES
            .iter()
            .filter_map(|(name, old)| Some((format!("{kind}_{name}"), (*old).to_owned(), edit(old)?)))
            .collect::<Vec<_>>()
    };
    EDITS.iter().flat_map(edit).collect()
}

fn comment(old: &str) -> Option<String> {
    let (before, function) = old.split_once("\nfunc ")?;
    Some(format!("{before}\n// It has one more remark.\nfunc {function}"))
}

fn layout(old: &str) -> Option<String> {
    let new = old.replace('\t', "    ").replace("\n\n", "\n\n\n");
    differs_only(old, &new).then_some(new)
}

fn literal(old: &str) -> Option<String> {
    let last = tokens(old).into_iter().rfind(|token| token.kind == Kind::Text)?;
    Some(format!("{}\"other words\"{}", &old[..last.range.start], &old[last.range.end..]))
}

/// The first variable that a function declares has another name in the whole file.
fn rename(old: &str) -> Option<String> {
    let tokens = tokens(old);
    let declared = tokens.windows(3).find(|window| {
        window[0].kind == Kind::Word
            && window[1].kind == Kind::Sign(b':')
            && window[2].kind == Kind::Sign(b'=')
    })?;
    let name = &old[declared[0].range.clone()];
    let is_field = |index: usize| index > 0 && tokens[index - 1].kind == Kind::Sign(b'.');
    let mut new = String::with_capacity(old.len());
    let mut at = 0;
    for (index, Token { range, .. }) in tokens.iter().enumerate() {
        if old[range.clone()] == *name && !is_field(index) {
            new.push_str(&old[at..range.start]);
            new.push_str("renamed");
            at = range.end;
        }
    }
    Some(new + &old[at..])
}

fn insertion(old: &str) -> Option<String> {
    let (start, _) = *functions(old).first()?;
    let body = start + old[start..].find("{\n")? + 2;
    Some(format!("{}\tprintln(\"reached\")\n{}", &old[..body], &old[body..]))
}

/// A call in the middle of all those that stand alone on a line.
fn deletion(old: &str) -> Option<String> {
    let lines: Vec<&str> = old.split_inclusive('\n').collect();
    let is_call = |line: &str| {
        line.starts_with('\t')
            && line.ends_with(")\n")
            && !line.contains(['{', '}', '`'])
            && line.matches('(').count() == line.matches(')').count()
            && !line.trim_start().starts_with("return")
    };
    let calls: Vec<usize> = (0..lines.len()).filter(|index| is_call(lines[*index])).collect();
    let middle = *calls.get(calls.len() / 2)?;
    Some(lines[..middle].concat() + &lines[middle + 1..].concat())
}

/// The last function becomes the first.
fn move_function(old: &str) -> Option<String> {
    let functions = functions(old);
    let [(first, _), .., (start, end)] = functions.as_slice() else { return None };
    let moved = &old[*start..*end];
    Some(format!("{}{moved}\n{}{}", &old[..*first], &old[*first..*start], &old[*end..]))
}

/// What the last function does stands in a condition.
fn wrap(old: &str) -> Option<String> {
    let (start, end) = *functions(old).last()?;
    let body = start + old[start..end].find("{\n")? + 2;
    let close = end - "}\n".len();
    let deeper: String = old[body..close].split_inclusive('\n').flat_map(|line| ["\t", line]).collect();
    Some(format!("{}\tif true {{\n{deeper}\t}}\n{}", &old[..body], &old[close..]))
}

fn several(old: &str) -> Option<String> {
    rename(old).and_then(|new| insertion(&new)).and_then(|new| literal(&new))
}

/// Where functions that have several lines begin and end.
fn functions(text: &str) -> Vec<(usize, usize)> {
    text.match_indices("\nfunc ")
        .filter_map(|(at, _)| {
            let start = at + 1;
            let line = text[start..].lines().next()?;
            let end = start + text[start..].find("\n}\n")? + "\n}\n".len();
            line.ends_with('{').then_some((start, end))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::semantic::Semantic;
    use super::*;

    #[test]
    fn every_kind_of_edit_is_there_and_does_what_its_name_says() {
        let pairs = pairs();
        let mut semantic = Semantic::new();
        for (kind, _) in EDITS {
            let of_kind: Vec<_> = pairs.iter().filter(|(name, ..)| name.starts_with(kind)).collect();
            assert!(of_kind.len() >= 6, "{kind}: {}", of_kind.len());
            for (name, old, new) in of_kind {
                assert_ne!(old, new, "{name}");
                let nothing = matches!(kind, "comment" | "layout");
                assert_eq!(differs_only(old, new), nothing, "{name}");
                assert_eq!(semantic.bare(old, new).2, !nothing, "{name}: {new}");
            }
        }
        let mut names: Vec<_> = pairs.iter().map(|(name, ..)| name.as_str()).collect();
        assert!(names.is_sorted());
        names.dedup();
        assert_eq!(names.len(), pairs.len());
    }

    #[test]
    fn edits_are_made_where_they_are_meant() {
        let old = "package p\n\nfunc f() {\n\ta := 1\n\tg(a, b.a)\n}\n\nfunc h() {\n\tg(\"x\")\n}\n";
        assert!(rename(old).unwrap().contains("\trenamed := 1\n\tg(renamed, b.a)\n"));
        assert!(literal(old).unwrap().ends_with("g(\"other words\")\n}\n"));
        assert!(insertion(old).unwrap().contains("func f() {\n\tprintln(\"reached\")\n\ta"));
        assert!(wrap(old).unwrap().ends_with("func h() {\n\tif true {\n\t\tg(\"x\")\n\t}\n}\n"));
        let moved = move_function(old).unwrap();
        assert!(moved.contains("package p\n\nfunc h() {\n\tg(\"x\")\n}\n\nfunc f() {"), "{moved}");
        assert_eq!(deletion(old).unwrap(), old.replace("\tg(\"x\")\n", ""));
        assert_eq!(rename("package p\n"), None);
        assert_eq!(move_function("package p\n"), None);
    }
}
