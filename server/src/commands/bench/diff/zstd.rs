//! zstd with the old text as what the new one is a patch of.

use std::path::Path;

use super::answer::{Answer, Found, PatchSize};
use super::outside::Outside;
use super::pair::Texts;

/// As hard as it tries without more memory than usual.
const LEVEL: &str = "-19";

/// The magic number and the checksum of a frame.
const BESIDE: usize = 4 + 4;

/// Makes a patch, and follows it. Files are written to `scratch`.
pub(super) async fn compare(zstd: &Outside, texts: &Texts, scratch: &Path) -> Answer {
    let (packed, unpacked) = (scratch.join("patch.zst"), scratch.join("unpacked.go"));
    let mut from = std::ffi::OsString::from("--patch-from=");
    from.push(&texts.old_path);
    let quiet = ["-q", "-f"];
    let pack = |program: crate::process::Program| {
        program.args(quiet).arg(LEVEL).arg(&from).arg(&texts.new_path).arg("-o").arg(&packed)
    };
    let ran = match zstd.run(pack).await {
        Ok(ran) if ran.code == Some(0) => ran,
        Ok(ran) => return ran.refused(),
        Err(answer) => return answer,
    };
    let Ok(whole) = std::fs::metadata(&packed).map(|file| file.len() as usize) else {
        return Answer::failed(Some(ran.spent), "it made no patch");
    };
    let unpack = |program: crate::process::Program| {
        program.args(quiet).arg("-d").arg(&from).arg(&packed).arg("-o").arg(&unpacked)
    };
    let unpacking = zstd.run(unpack).await;
    let applies = unpacking.is_ok_and(|ran| ran.code == Some(0))
        && std::fs::read(&unpacked).is_ok_and(|text| text == texts.new.as_bytes());
    let patch = PatchSize { whole, bare: whole.saturating_sub(BESIDE) };
    Answer::new(ran.spent, Found { patch: Some(patch), applies: Some(applies), ..Found::default() })
}
