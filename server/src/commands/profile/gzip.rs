//! The form in which profiles are kept: RFC 1952 around a stream of RFC 1951.

use miniz_oxide::deflate::compress_to_vec;

/// Of the levels of zlib, the one between quick and small.
const LEVEL: u8 = 6;

/// One member without a name and a time.
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    // Magic, deflate, no flags, no time, no extra flags, an unknown system.
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    out.extend(compress_to_vec(bytes, LEVEL));
    out.extend(checksum(bytes).to_le_bytes());
    // By the format the length modulo 2^32.
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}

/// CRC-32 of ISO 3309, bit by bit: a profile has some hundred kilobytes.
fn checksum(bytes: &[u8]) -> u32 {
    let rest = bytes.iter().fold(u32::MAX, |rest, byte| {
        (0..8).fold(rest ^ u32::from(*byte), |rest, _| {
            let divisor = if rest & 1 == 1 { 0xedb8_8320 } else { 0 };
            (rest >> 1) ^ divisor
        })
    });
    !rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_can_be_taken_apart_again() {
        // The check value of the catalogue of parametrised CRC algorithms.
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        let text = b"burn ".repeat(1000);
        let bytes = gzip(&text);
        let body = &bytes[10..bytes.len() - 8];
        assert_eq!(miniz_oxide::inflate::decompress_to_vec(body).unwrap(), text);
        assert_eq!(bytes[bytes.len() - 4..], 5000_u32.to_le_bytes());
        assert!(bytes.len() < 100);
    }
}
