//! What two sides have in common and where they differ, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::animation::Animation;
use super::difference::Difference;
use super::sides::Answer;

/// Both sides.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Whether one passes for the other.
    pub(super) same: bool,
    handler: Side,
    program: Side,
    /// Pixels; null where they cannot be compared.
    pixels: Option<Pixels>,
    /// What differs, in words.
    pub(super) differs: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Side {
    status: u16,
    bytes: usize,
    width: Option<u16>,
    height: Option<u16>,
    frames: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Pixels {
    compared: u64,
    different: u64,
    percent: f64,
    tolerated_percent: f64,
    /// In a channel.
    greatest: u8,
}

impl Side {
    fn of(answer: &Answer, animation: Option<&Animation>) -> Self {
        Self {
            status: answer.status,
            bytes: answer.body.len(),
            width: animation.map(|animation| animation.width),
            height: animation.map(|animation| animation.height),
            frames: animation.map(|animation| animation.screens.len()),
        }
    }
}

impl Report {
    /// `animations`: what both answers are; `None` where both are something else than an animation.
    pub(super) fn of(
        [handler, program]: [&Answer; 2],
        animations: Option<[&Animation; 2]>,
        difference: Option<&Difference>,
        tolerance: f64,
    ) -> Self {
        let mut differs = Vec::new();
        let mut compare = |what: &str, handler: String, program: String| {
            if handler != program {
                differs.push(format!("{what}: {handler} and {program}"));
            }
        };
        compare("status", handler.status.to_string(), program.status.to_string());
        match animations {
            Some([one, other]) => {
                compare("size", size(one), size(other));
                compare("frames", one.screens.len().to_string(), other.screens.len().to_string());
                compare("delays", format!("{:?}", one.delays), format!("{:?}", other.delays));
                compare("repetitions", repetitions(one), repetitions(other));
            }
            // Texts of mistakes, for example: the ends of their lines are no difference.
            None if handler.body.trim_ascii() != program.body.trim_ascii() => {
                compare("what is said", text(handler), text(program));
            }
            None => {}
        }
        let pixels = difference.map(|difference| Pixels {
            compared: difference.pixels,
            different: difference.different,
            percent: difference.percent(),
            tolerated_percent: tolerance,
            greatest: difference.greatest,
        });
        if let Some(pixels) = pixels.as_ref().filter(|pixels| pixels.percent > tolerance) {
            differs.push(format!("{:.2} % of the pixels, and {tolerance} % are tolerated", pixels.percent));
        }
        let [one, other] = animations.map_or([None; 2], |[one, other]| [Some(one), Some(other)]);
        Self {
            same: differs.is_empty(),
            handler: Side::of(handler, one),
            program: Side::of(program, other),
            pixels,
            differs,
        }
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut out = format!("{:<8} {:>14} {:>14}\n", "", "handler", "program");
        let Self { handler, program, .. } = self;
        let mut line = |name: &str, handler: String, program: String| {
            let _ = writeln!(out, "{name:<8} {handler:>14} {program:>14}");
        };
        line("status", handler.status.to_string(), program.status.to_string());
        line("bytes", handler.bytes.to_string(), program.bytes.to_string());
        let size =
            |side: &Side| side.width.zip(side.height).map(|(width, height)| format!("{width} x {height}"));
        let frames = |side: &Side| side.frames.map(|frames| frames.to_string());
        if let (Some(one), Some(other)) = (size(handler), size(program)) {
            line("size", one, other);
        }
        if let (Some(one), Some(other)) = (frames(handler), frames(program)) {
            line("frames", one, other);
        }
        if let Some(Pixels { compared, different, percent, greatest, .. }) = &self.pixels {
            let _ = writeln!(
                out,
                "{different} of {compared} pixels differ ({percent:.2} %), by at most {greatest}"
            );
        }
        for what in &self.differs {
            let _ = writeln!(out, "differs: {what}");
        }
        if self.same {
            out.push_str("the same\n");
        }
        out
    }
}

fn size(animation: &Animation) -> String {
    format!("{} x {}", animation.width, animation.height)
}

fn repetitions(animation: &Animation) -> String {
    animation.repetitions.map_or_else(|| "for ever".to_owned(), |count| count.to_string())
}

fn text(answer: &Answer) -> String {
    const LONGEST: usize = 200;
    let body = &answer.body[..answer.body.len().min(LONGEST)];
    format!("{:?}", String::from_utf8_lossy(body).trim())
}
