//! Linear memory as the data of a module fills it, read in place: an address costs no memory, however high it is.

use crate::module::Module;

/// Longest text that is read.
const LONGEST_TEXT: usize = 4096;

#[derive(Debug)]
pub(crate) struct Memory<'a> {
    /// By address; what lies between is zero.
    pieces: Vec<(u64, &'a [u8])>,
}

impl<'a> Memory<'a> {
    pub(crate) fn of(module: &Module<'a>) -> Self {
        let mut pieces: Vec<_> = module
            .segments
            .iter()
            .filter_map(|segment| Some((segment.address?, module.bytes.get(segment.contents.clone())?)))
            .filter(|(_, bytes)| !bytes.is_empty())
            .collect();
        pieces.sort_by_key(|(address, _)| *address);
        Self { pieces }
    }

    /// Bytes of the file that begin with these, by address.
    pub(crate) fn find(&self, wanted: &[u8]) -> Vec<u64> {
        let found = self.pieces.iter().flat_map(|(address, bytes)| {
            let places = bytes.windows(wanted.len()).enumerate().filter(|(_, window)| *window == wanted);
            places.map(move |(place, _)| address.saturating_add(place as u64))
        });
        found.collect()
    }

    /// Zero where no data is.
    pub(crate) fn byte(&self, address: u64) -> u8 {
        let next = self.pieces.partition_point(|(start, _)| *start <= address);
        let Some((start, bytes)) = next.checked_sub(1).map(|index| self.pieces[index]) else { return 0 };
        usize::try_from(address - start).ok().and_then(|offset| bytes.get(offset)).copied().unwrap_or(0)
    }

    fn bytes<const N: usize>(&self, address: u64) -> [u8; N] {
        let mut place = address;
        std::array::from_fn(|_| {
            let byte = self.byte(place);
            place = place.wrapping_add(1);
            byte
        })
    }

    pub(crate) fn u32(&self, address: u64) -> u32 {
        u32::from_le_bytes(self.bytes(address))
    }

    pub(crate) fn u64(&self, address: u64) -> u64 {
        u64::from_le_bytes(self.bytes(address))
    }

    /// Up to the zero at its end.
    pub(crate) fn text(&self, address: u64) -> String {
        let bytes: Vec<u8> = (0..LONGEST_TEXT as u64)
            .map(|offset| self.byte(address.wrapping_add(offset)))
            .take_while(|byte| *byte != 0)
            .collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A number of variable length, and the address behind it.
    pub(crate) fn number(&self, mut address: u64) -> (u32, u64) {
        let (mut value, mut shift) = (0_u32, 0);
        while shift < 32 {
            let byte = self.byte(address);
            address = address.wrapping_add(1);
            value |= u32::from(byte & 0x7f).wrapping_shl(shift);
            if byte & 0x80 == 0 {
                break;
            }
            shift += 7;
        }
        (value, address)
    }
}
