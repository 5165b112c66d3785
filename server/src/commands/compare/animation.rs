//! An animated GIF as a viewer shows it: a whole screen for each frame. The only file that knows how one is read.

use gif::{ColorOutput, DecodeOptions, DisposalMethod, MemoryLimit, Repeat};

/// Bytes of all screens together: what tests and people compare is far below.
const MOST: u64 = 1 << 30;

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Animation {
    pub(super) width: u16,
    pub(super) height: u16,
    /// In 1/100 s, of each frame.
    pub(super) delays: Vec<u16>,
    /// How often it is shown; `None`: for ever.
    pub(super) repetitions: Option<u16>,
    /// Red, green, blue and alpha of each pixel, by rows, of each frame.
    pub(super) screens: Vec<Vec<u8>>,
}

/// The bytes are no animation.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnimation {
    #[error("it is no GIF: {0}")]
    Gif(#[from] gif::DecodingError),
    #[error("it has no frame")]
    Empty,
    #[error("its frames have more than {} MiB of pixels", MOST >> 20)]
    TooLarge,
}

impl Animation {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, NoAnimation> {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::RGBA);
        // A size that only the header claims takes no memory.
        options.set_memory_limit(MemoryLimit::Bytes(
            std::num::NonZeroU64::new(MOST).ok_or(NoAnimation::TooLarge)?,
        ));
        let mut decoder = options.read_info(bytes)?;
        let (width, height) = (decoder.width(), decoder.height());
        let size = usize::from(width) * usize::from(height) * 4;
        let (mut delays, mut screens, mut screen) = (Vec::new(), Vec::new(), Vec::new());
        while let Some(frame) = decoder.read_next_frame()? {
            if (screens.len() as u64 + 2) * size as u64 > MOST {
                return Err(NoAnimation::TooLarge);
            }
            screen.resize(size, 0);
            let before = matches!(frame.dispose, DisposalMethod::Previous).then(|| screen.clone());
            for_pixels(frame, width, height, |at, pixel| {
                if pixel[3] > 0 {
                    screen[at..at + 4].copy_from_slice(pixel);
                }
            });
            delays.push(frame.delay);
            screens.push(screen.clone());
            match before {
                Some(before) => screen = before,
                None if frame.dispose == DisposalMethod::Background => {
                    for_pixels(frame, width, height, |at, _| screen[at..at + 4].fill(0));
                }
                None => {}
            }
        }
        if screens.is_empty() {
            return Err(NoAnimation::Empty);
        }
        let repetitions = match decoder.repeat() {
            Repeat::Infinite => None,
            Repeat::Finite(count) => Some(count),
        };
        Ok(Self { width, height, delays, repetitions, screens })
    }
}

/// Each pixel of a frame that lies on the screen, with its place there in bytes.
fn for_pixels(frame: &gif::Frame<'_>, width: u16, height: u16, mut each: impl FnMut(usize, &[u8])) {
    let rows = frame.buffer.chunks_exact(4 * usize::from(frame.width).max(1));
    for (row, pixels) in rows.enumerate() {
        let y = usize::from(frame.top) + row;
        for (column, pixel) in pixels.chunks_exact(4).enumerate() {
            let x = usize::from(frame.left) + column;
            if x < usize::from(width) && y < usize::from(height) {
                each(4 * (y * usize::from(width) + x), pixel);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Black and white, with colour 2 transparent.
    const PALETTE: [u8; 9] = [0, 0, 0, 255, 255, 255, 9, 9, 9];

    /// Place, size, what becomes of it, and its colours.
    type Part<'a> = ((u16, u16), (u16, u16), DisposalMethod, &'a [u8]);

    fn gif((width, height): (u16, u16), frames: &[Part<'_>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = gif::Encoder::new(&mut bytes, width, height, &PALETTE).unwrap();
        encoder.set_repeat(Repeat::Infinite).unwrap();
        for ((left, top), (width, height), dispose, pixels) in frames {
            let frame = gif::Frame {
                left: *left,
                top: *top,
                width: *width,
                height: *height,
                dispose: *dispose,
                transparent: Some(2),
                delay: 7,
                buffer: pixels.to_vec().into(),
                ..gif::Frame::default()
            };
            encoder.write_frame(&frame).unwrap();
        }
        drop(encoder);
        bytes
    }

    fn whites(screen: &[u8]) -> Vec<u8> {
        screen.chunks_exact(4).map(|pixel| if pixel[3] == 0 { 9 } else { pixel[0] / 255 }).collect()
    }

    #[test]
    fn frames_are_put_on_what_was_there_before() {
        let bytes = gif(
            (3, 1),
            &[
                ((0, 0), (3, 1), DisposalMethod::Keep, &[0, 0, 0]),
                ((1, 0), (2, 1), DisposalMethod::Previous, &[1, 2]),
                ((0, 0), (1, 1), DisposalMethod::Background, &[1]),
                ((2, 0), (1, 1), DisposalMethod::Any, &[1]),
            ],
        );
        let animation = Animation::read(&bytes).unwrap();
        assert_eq!((animation.width, animation.height, animation.repetitions), (3, 1, None));
        assert_eq!(animation.delays, [7; 4]);
        let shown: Vec<_> = animation.screens.iter().map(|screen| whites(screen)).collect();
        assert_eq!(shown, [[0, 0, 0], [0, 1, 0], [1, 0, 0], [9, 0, 1]]);
    }

    #[test]
    fn what_is_none_is_said() {
        assert!(matches!(Animation::read(b"<html>"), Err(NoAnimation::Gif(_))));
        assert!(matches!(Animation::read(b""), Err(NoAnimation::Gif(_))));
        let whole = gif((2, 2), &[((0, 0), (2, 2), DisposalMethod::Keep, &[0, 1, 0, 1])]);
        assert!(Animation::read(&whole[..whole.len() - 4]).is_err());
        assert!(matches!(Animation::read(&gif((2, 2), &[])), Err(NoAnimation::Empty)));
        let claims = gif((u16::MAX, u16::MAX), &[((0, 0), (1, 1), DisposalMethod::Keep, &[0])]);
        assert!(matches!(Animation::read(&claims), Err(NoAnimation::TooLarge)));
    }
}
