//! Real files: 1,000 old and new ones from the histories of programs, beside this repository and not in it.

use std::io::Read;
use std::path::Path;

/// A file, and what became of it.
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) old: Vec<u8>,
    pub(crate) new: Vec<u8>,
}

impl Pair {
    pub(crate) fn files(&self) -> [(&'static str, &[u8]); 2] {
        [("a", &self.old), ("b", &self.new)]
    }
}

/// All pairs, by name; none, and a word about it, where the archive is not there.
pub(crate) fn pairs() -> Vec<Pair> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus/go-pairs-1000.tar.zst");
    let Ok(packed) = std::fs::read(&path) else {
        println!("skipped: there is no corpus at {}", path.display());
        return Vec::new();
    };
    let mut archive = Vec::new();
    ruzstd::decoding::StreamingDecoder::new(&packed[..]).unwrap().read_to_end(&mut archive).unwrap();
    let mut pairs = std::collections::BTreeMap::<String, [Vec<u8>; 2]>::new();
    for (path, content) in files(&archive) {
        let name = path.rsplit('/').next().unwrap_or(path);
        for (index, ending) in [".a.go", ".b.go"].into_iter().enumerate() {
            if let Some(name) = name.strip_suffix(ending) {
                pairs.entry(name.to_owned()).or_default()[index] = content.to_vec();
            }
        }
    }
    pairs.into_iter().map(|(name, [old, new])| Pair { name, old, new }).collect()
}

/// The files of a tar archive with short names.
fn files(mut archive: &[u8]) -> Vec<(&str, &[u8])> {
    const BLOCK: usize = 512;
    let mut files = Vec::new();
    while archive.len() >= BLOCK && archive[0] != 0 {
        let (header, rest) = archive.split_at(BLOCK);
        let text = |range: std::ops::Range<usize>| {
            std::str::from_utf8(&header[range]).unwrap().trim_end_matches(['\0', ' '])
        };
        let length = usize::from_str_radix(text(124..136), 8).unwrap();
        if header[156] == b'0' {
            files.push((text(0..100), &rest[..length]));
        }
        archive = &rest[length.next_multiple_of(BLOCK).min(rest.len())..];
    }
    files
}
