//! A picture of where animations differ: black where they do not, then red, yellow and white. The only file that knows how
//! one is written.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

/// Writes it; `heat` has a byte for each pixel, by rows.
pub(super) fn write(path: &Path, (width, height): (u16, u16), heat: &[u8]) -> io::Result<()> {
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(file, width.into(), height.into());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    let pixels: Vec<u8> = heat.iter().flat_map(|heat| colour(*heat)).collect();
    writer.write_image_data(&pixels).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)
}

/// The least difference can be seen: it begins with a third of red.
fn colour(heat: u8) -> [u8; 3] {
    if heat == 0 {
        return [0; 3];
    }
    let warmth = 85 + u32::from(heat) * 680 / 255;
    let channel = |from: u32| u8::try_from(warmth.saturating_sub(from).min(255)).unwrap_or(u8::MAX);
    [channel(0), channel(255), channel(510)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_brighter_and_all_of_it_is_seen() {
        assert_eq!(colour(0), [0, 0, 0]);
        assert_eq!(colour(1), [87, 0, 0]);
        assert_eq!(colour(255), [255, 255, 255]);
        let brightness = |heat| colour(heat).iter().map(|channel| u32::from(*channel)).sum::<u32>();
        assert!((0..255).all(|heat| brightness(heat) < brightness(heat + 1)));
    }

    #[test]
    fn a_file_has_the_size_of_the_screen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.png");
        write(&path, (3, 2), &[0, 1, 2, 3, 4, 255]).unwrap();
        let decoder = png::Decoder::new(io::BufReader::new(File::open(&path).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (3, 2));
        assert_eq!(pixels[15..18], [255; 3]);
    }
}
