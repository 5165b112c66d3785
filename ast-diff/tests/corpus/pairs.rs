//! The real pairs of Go files that lie beside the repository and are no part of it.

use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use ast_diff::{Parser, Tree};

/// A file before and after an edit.
pub(crate) struct Pair {
    pub(crate) old: Tree,
    pub(crate) new: Tree,
}

/// All of them; none when they, or `zstd`, are not there. Reads the archive through `zstd` and `tar`, so that nothing is written anywhere.
pub(crate) fn pairs() -> Vec<Pair> {
    let archive = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/go-pairs-1000.tar.zst");
    let Ok(bytes) = read(&archive) else { return Vec::new() };
    let mut parser = Parser::new();
    let mut files: Vec<(String, Tree)> =
        entries(&bytes).into_iter().map(|(name, text)| (name, parser.parse(text).tree)).collect();
    files.sort_by(|left, right| left.0.cmp(&right.0));
    let mut pairs = Vec::new();
    let mut files = files.into_iter();
    while let (Some((_, old)), Some((_, new))) = (files.next(), files.next()) {
        pairs.push(Pair { old, new });
    }
    pairs
}

#[expect(clippy::disallowed_methods, reason = "a test that runs a program of the system")]
fn read(archive: &Path) -> std::io::Result<Vec<u8>> {
    std::fs::metadata(archive)?;
    let mut child =
        std::process::Command::new("zstd").arg("-dcq").arg(archive).stdout(Stdio::piped()).spawn()?;
    let mut bytes = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut bytes)?;
    child.wait()?;
    Ok(bytes)
}

/// Files of a tar archive: a head of 512 bytes with name and size, then the file, filled up to 512.
fn entries(mut bytes: &[u8]) -> Vec<(String, &[u8])> {
    let mut found = Vec::new();
    while let Some((head, rest)) = bytes.split_at_checked(512) {
        let text = |range: std::ops::Range<usize>| {
            let field = &head[range];
            String::from_utf8_lossy(field.split(|byte| *byte == 0).next().unwrap()).trim().to_owned()
        };
        let size = usize::from_str_radix(&text(124..136), 8).unwrap_or(0);
        let name = text(0..100);
        if Path::new(&name).extension().is_some_and(|extension| extension == "go") {
            found.push((name, &rest[..size]));
        }
        bytes = rest.get(size.next_multiple_of(512)..).unwrap_or_default();
    }
    found
}
