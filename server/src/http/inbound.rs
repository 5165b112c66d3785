//! From the client's frames to reports: every text cut to its limit and made plain, every number checked.

use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use dev_server_proto::{Encoded, is_gesture, v1};
use tokio::sync::mpsc;

use super::report::{Applied, Crash, Failed, LogSeverity, WasmFrame};
use crate::content::ContentHash;
use crate::diagnostic::plain;
use crate::publish::Level;
use crate::rollout::{Said, Subject, SubjectError};
use crate::telemetry::ProgramMemory;

/// Limits of the schema.
const LOG_TEXT: usize = 8 * 1024;
const STACK_TEXT: usize = 16 * 1024;
const STACK_FRAMES: usize = 64;
/// Reasons, messages and names: what fits on a badge or in a line of the terminal.
const SHORT_TEXT: usize = 1024;
/// Of what was done on a page; the text of a field is a part of it.
const GESTURE: usize = 16 * 1024;
/// A page has four stages; more than this is no page of ours.
const STAGES: usize = 16;

/// The longest beginning of `text` within `limit` bytes, without control characters and terminal codes.
pub(super) fn text(text: &str, limit: usize) -> String {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    plain(&text[..end])
}

pub(super) fn short(value: &str) -> String {
    text(value, SHORT_TEXT)
}

/// What the other pages can read. The error says why they could not.
pub(super) fn gesture(gesture: Bytes) -> Result<Bytes, &'static str> {
    if gesture.len() > GESTURE {
        return Err("a gesture that is longer than 16 KiB");
    }
    if is_gesture(&gesture) { Ok(gesture) } else { Err("a gesture that no page could read") }
}

pub(super) fn log(log: &v1::Log) -> (LogSeverity, String) {
    let severity = match log.severity() {
        v1::log::Severity::Unspecified | v1::log::Severity::Info => LogSeverity::Info,
        v1::log::Severity::Debug => LogSeverity::Debug,
        v1::log::Severity::Warning => LogSeverity::Warning,
        v1::log::Severity::Error => LogSeverity::Error,
    };
    (severity, text(&log.text, LOG_TEXT))
}

pub(super) fn applied(applied: &v1::Applied) -> Applied {
    let stages = applied.stages.iter().take(STAGES);
    Applied {
        sequence: applied.sequence,
        base: ContentHash::from_slice(&applied.base),
        patch: applied.patch,
        level: match applied.level() {
            v1::Level::None => Level::None,
            v1::Level::AssetSwap => Level::AssetSwap,
            v1::Level::HotPatch => Level::HotPatch,
            v1::Level::ModuleSwap => Level::ModuleSwap,
            v1::Level::Unspecified | v1::Level::PageReload => Level::PageReload,
        },
        reason: short(&applied.reason),
        stages: stages
            .map(|stage| (text(&stage.name, 64), Duration::from_micros(stage.microseconds)))
            .collect(),
        first_frame_at: match applied.first_frame_at_us {
            0 => None,
            microseconds => UNIX_EPOCH.checked_add(Duration::from_micros(microseconds)),
        },
        since_sent: None,
        comparable: None,
        memory: applied.memory.map(|v1::Memory { pages, values, functions, table }| ProgramMemory {
            pages,
            values,
            functions,
            table,
        }),
    }
}

pub(super) fn failed(failed: &v1::Failed) -> Failed {
    Failed { sequence: failed.sequence, stage: text(&failed.stage, 64), message: short(&failed.message) }
}

pub(super) fn crash(crash: &v1::Crash, answers: mpsc::Sender<Encoded>) -> Crash {
    let frames = crash.frames.iter().take(STACK_FRAMES).filter_map(|frame| {
        let module = ContentHash::from_slice(&frame.module)?;
        Some(WasmFrame { module, patch: frame.patch, function: frame.function, offset: frame.offset })
    });
    Crash {
        number: crash.crash_id,
        kind: text(&crash.kind, 64),
        message: text(&crash.message, LOG_TEXT),
        stack: text(&crash.stack, STACK_TEXT),
        frames: frames.collect(),
        answers,
    }
}

/// What a client says about itself; nothing when it says nothing.
pub(super) fn subject(hello: &v1::Hello) -> Result<Option<Subject>, SubjectError> {
    if hello.client_id.is_empty() && hello.device.is_none() {
        return Ok(None);
    }
    let said = Said { id: &hello.client_id, ..Said::default() };
    let Some(device) = &hello.device else { return Subject::new(&said).map(Some) };
    let custom: Vec<_> = device.custom.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
    Subject::new(&Said {
        browser: &device.browser,
        version: device.browser_version,
        cores: device.cores,
        memory: device.memory_mib,
        platform: &device.platform,
        mobile: Some(device.mobile),
        custom: &custom,
        ..said
    })
    .map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters_and_made_plain() {
        assert_eq!(text("a\u{e9}b", 2), "a");
        assert_eq!(text("\u{1b}[31mred\u{7}", 100), "red");
    }

    #[test]
    fn a_crash_is_bounded() {
        let frame = v1::WasmFrame { module: vec![7; 32].into(), function: 1, offset: 2, patch: 0 };
        let broken = v1::WasmFrame { module: vec![7; 31].into(), ..frame.clone() };
        let mut frames = vec![frame; STACK_FRAMES + 9];
        frames[0] = broken;
        let stack = "x".repeat(STACK_TEXT + 1);
        let sent = v1::Crash { stack, frames, crash_id: 3, ..v1::Crash::default() };
        let crash = crash(&sent, mpsc::channel(1).0);
        assert_eq!((crash.number, crash.stack.len(), crash.frames.len()), (3, STACK_TEXT, STACK_FRAMES - 1));
    }
}
