//! QR codes out of half blocks, two modules a character. The only file that knows the library that makes them.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// Columns before the picture.
const MARGIN: usize = 2;

/// The picture, with an empty line before it; `None` where it does not fit.
///
/// With colours it is black on white whatever the terminal's own are; without, it is right on a dark one, which most are.
pub(super) fn picture(text: &str, colour: bool, columns: usize, rows: usize) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    // Four modules of quiet zone on either side (ISO 18004).
    let width = code.width() + 8;
    if width + MARGIN > columns || width.div_ceil(2) > rows {
        return None;
    }
    let (dark, light) =
        if colour { (Dense1x2::Dark, Dense1x2::Light) } else { (Dense1x2::Light, Dense1x2::Dark) };
    let drawn = code.render::<Dense1x2>().dark_color(dark).light_color(light).build();
    let (begin, end) = if colour { ("\u{1b}[38;5;16;48;5;231m", "\u{1b}[0m") } else { ("", "") };
    let lines = drawn.lines().map(|line| format!("{:MARGIN$}{begin}{line}{end}\n", ""));
    Some(lines.fold("\n".to_owned(), |all, line| all + &line))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://192.168.100.100:7700/__dev/pair?code=AAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn it_is_square_and_drawn_where_it_fits() {
        let text = picture(LINK, false, 80, 30).unwrap();
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let width = lines[0].chars().count() - MARGIN;
        assert!(lines.iter().all(|line| line.chars().count() == width + MARGIN), "{text}");
        assert_eq!(lines.len(), width.div_ceil(2));
        assert_eq!(picture(LINK, false, width + MARGIN - 1, 30), None);
        assert_eq!(picture(LINK, false, 80, lines.len() - 1), None);
    }

    #[test]
    fn dark_modules_are_dark_with_and_without_colours() {
        let plain = picture(LINK, false, 80, 30).unwrap();
        let painted = picture(LINK, true, 80, 30).unwrap();
        // The quiet zone: blocks of light where the terminal is dark, nothing where the background is white.
        assert!(
            plain.lines().nth(1).unwrap().trim_start().chars().all(|block| block == '\u{2588}'),
            "{plain}"
        );
        let first = painted.lines().nth(1).unwrap().trim_start();
        assert!(first.starts_with("\u{1b}[38;5;16;48;5;231m ") && first.ends_with(" \u{1b}[0m"), "{painted}");
    }
}
