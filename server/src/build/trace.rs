//! The stacks that the runtime of standard Go prints when a program goes down, as frames.
//!
//! Modules of standard Go have no DWARF, so an offset leads to a function and no further; what the runtime prints
//! has file and line of each.

use std::path::PathBuf;

use super::GoFrame;
use crate::diagnostic::Position;

/// The frames of the first goroutine in `text`, which is the one that went down, innermost first; empty when there is no
/// such text. It comes from a page: nothing in it is believed beyond being shown, and places are opened only when
/// they are in the program's own files.
pub fn printed_frames(text: &str) -> Vec<GoFrame> {
    let mut lines = text.lines().skip_while(|line| !is_head(line)).skip(1).peekable();
    let mut frames = Vec::new();
    while let Some(line) = lines.next_if(|line| !line.is_empty()) {
        // Who has started the goroutine is not on its stack.
        let Some(function) = function(line).filter(|_| !line.starts_with("created by ")) else { break };
        let position = lines.next_if(|line| line.starts_with('\t')).and_then(position);
        frames.push(GoFrame { function, position });
    }
    frames
}

/// `goroutine 7 [running]:`
fn is_head(line: &str) -> bool {
    line.starts_with("goroutine ") && line.ends_with("]:")
}

/// `main.(*Board).Step(0x1, {0x2, 0x3})`
fn function(line: &str) -> Option<String> {
    let name = &line[..line.ends_with(')').then(|| line.rfind('('))??];
    (!name.is_empty() && !name.starts_with(char::is_whitespace)).then(|| name.to_owned())
}

/// A tab, then `/project/main.go:58 +0x9`.
fn position(line: &str) -> Option<Position> {
    let place = line.trim_start();
    let place = place.rsplit_once(" +0x").map_or(place, |(place, _)| place);
    let (file, line) = place.rsplit_once(':')?;
    let file = PathBuf::from(file);
    Some(Position { file: file.is_absolute().then_some(file)?, line: line.parse().ok()?, column: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let frames = printed_frames(text);
        let place = |frame: &GoFrame| {
            frame.position.as_ref().map(|place| format!("{}:{}", place.file.display(), place.line))
        };
        frames
            .iter()
            .map(|frame| format!("{} {}", frame.function, place(frame).unwrap_or_default()))
            .collect()
    }

    #[test]
    fn the_goroutine_that_panics_is_read_and_no_other() {
        let text = "panic: fell at 1\n\ngoroutine 7 [running]:\n\
            main.fall(0x1)\n\t/a b/main.go:58 +0x9\n\
            main.(*Board).Step(...)\n\t/a b/board.go:7\n\
            main.main.func5({{}, 0x7ff8, 0x20}, {0x21, 0x1, 0x1})\n\t/a b/main.go:35 +0x2\n\
            main.Map[...](0x2)\n\t/a b/map.go:1 +0x1\n\
            created by main.main in goroutine 1\n\t/a b/main.go:12 +0x5\n\n\
            goroutine 1 [select (no cases)]:\nmain.main()\n\t/a b/main.go:50 +0x2\n\
            Error: unreachable\n    at main.fall (http://127.0.0.1/m/00.wasm:wasm-function[1]:0x1)";
        assert_eq!(
            shown(text),
            [
                "main.fall /a b/main.go:58",
                "main.(*Board).Step /a b/board.go:7",
                "main.main.func5 /a b/main.go:35",
                "main.Map[...] /a b/map.go:1",
            ]
        );
    }

    #[test]
    fn what_is_no_trace_gives_no_frames() {
        for text in [
            "",
            "panic: goroutine 7 [running]:\nno frame",
            "goroutine 1 [running]:",
            "goroutine 1 [running]:\n\t/main.go:1",
            "goroutine 1 [running]:\n(\n)",
            "Error: x\n    at f (http://127.0.0.1/client.js:1:2)",
        ] {
            assert_eq!(shown(text), [""; 0], "{text}");
        }
        assert_eq!(shown("goroutine 1 [running]:\nmain.f()\n\trelative.go:1 +0x1"), ["main.f "]);
        assert_eq!(shown("goroutine 1 [running]:\nmain.f()\n\t/a.go:99999999999 +0x1"), ["main.f "]);
    }
}
