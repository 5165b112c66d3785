//! Go's own parser and type checker see in real files what is in trees and contracts.

use std::collections::BTreeMap;
use std::path::Path;

use ast_diff::{Digest, Outline, Parser, print};

use crate::corpus::pairs;
use crate::directives::go;

/// All that others can see, and functions that run by themselves aside.
fn contracts(outline: &Outline) -> (String, Vec<(String, Digest)>) {
    let mut contracts: Vec<_> = outline
        .declarations
        .iter()
        .map(|declaration| (declaration.name.clone(), declaration.contract))
        .collect();
    contracts.retain(|(name, _)| name != "init");
    contracts.sort();
    (outline.package.clone(), contracts)
}

#[test]
fn go_sees_what_we_see() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oracle");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("pairs")).unwrap();
    std::fs::write(folder.join("go.mod"), "module oracle\n\ngo 1.24\n").unwrap();
    std::fs::write(folder.join("main.go"), include_str!("oracle/main.go")).unwrap();
    let mut parser = Parser::new();
    let mut ours = BTreeMap::new();
    for pair in pairs().iter().step_by(3) {
        let mut outlines = Vec::new();
        for (side, source) in pair.files() {
            let tree = parser.parse(source).tree;
            let file = folder.join(format!("pairs/{}.{side}.go", pair.name));
            std::fs::write(&file, source).unwrap();
            std::fs::write(file.with_extension("go.printed"), print(&tree)).unwrap();
            outlines.push(contracts(&Outline::of(&tree)));
        }
        ours.insert(pair.name.clone(), outlines[0] == outlines[1]);
    }
    if ours.is_empty() {
        return;
    }
    let Some(theirs) = go(&folder, &["run", ".", "pairs"]) else {
        println!("skipped: there is no go");
        return;
    };
    let mut count = 0;
    for line in theirs.lines() {
        let [name, is_printed, is_same, is_body] = line.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let is_ours = ours[name];
        assert_eq!(is_printed, "true", "{name}: Go reads something else in what was printed");
        assert!(is_same == "true" || !is_ours, "{name}: Go sees another exported API");
        assert!(is_body != "true" || is_ours, "{name}: only bodies differ");
        count += 1;
    }
    assert_eq!(count, ours.len());
}
