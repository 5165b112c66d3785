//! Messages of a server in a stream of bytes, found without being copied.

use super::dialect::length;

/// Largest message that is kept when its end is still to come.
const LARGEST: usize = 16 << 20;

/// Opcodes with FIN, of messages that a server sends.
pub(super) const BINARY: u8 = 0x82;
pub(super) const PING: u8 = 0x89;

/// Cuts what comes into messages.
#[derive(Debug, Default)]
pub(super) struct Skimmer {
    /// The beginning of a message whose end has not come.
    begun: Vec<u8>,
}

impl Skimmer {
    /// Hands each message that ends in `bytes` to `take`, with its first byte. False when it is no WebSocket.
    pub(super) fn take(&mut self, mut bytes: &[u8], mut take: impl FnMut(u8, &[u8])) -> bool {
        while !self.begun.is_empty() {
            let Some(whole) = length(&self.begun) else {
                let Some((first, rest)) = bytes.split_first() else { return true };
                self.begun.push(*first);
                bytes = rest;
                continue;
            };
            let (head, whole) = whole;
            if whole > LARGEST {
                return false;
            }
            let (part, rest) = bytes.split_at(bytes.len().min(whole - self.begun.len()));
            self.begun.extend_from_slice(part);
            bytes = rest;
            if self.begun.len() < whole {
                return true;
            }
            take(self.begun[0], &self.begun[head..]);
            self.begun.clear();
        }
        while let Some((head, whole)) = length(bytes) {
            if whole > LARGEST {
                return false;
            }
            let Some((message, rest)) = bytes.split_at_checked(whole) else { break };
            take(message[0], &message[head..]);
            bytes = rest;
        }
        self.begun.extend_from_slice(bytes);
        if self.begun.is_empty() && self.begun.capacity() > 1 << 16 {
            self.begun = Vec::new();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::dialect;
    use super::*;

    #[test]
    fn messages_are_found_however_they_are_cut() {
        let messages: Vec<_> = [60, 256, 70_000]
            .into_iter()
            .zip(1..)
            .map(|(size, number)| dialect::event(number, "x".repeat(size)))
            .collect();
        let bytes: Vec<u8> = messages.iter().flat_map(|message| message.web_socket().to_vec()).collect();
        for size in [1, 2, 3, 5, 100, 300, 65_536, bytes.len()] {
            let mut skimmer = Skimmer::default();
            let mut found = Vec::new();
            for piece in bytes.chunks(size) {
                assert!(skimmer.take(piece, |opcode, payload| {
                    assert_eq!(opcode, BINARY);
                    found.push(payload.to_vec());
                }));
            }
            let wanted: Vec<_> = messages.iter().map(|message| message.payload().to_vec()).collect();
            assert_eq!(found, wanted, "{size}");
        }
    }

    #[test]
    fn what_is_too_large_is_none() {
        let mut skimmer = Skimmer::default();
        assert!(!skimmer.take(&[0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0, 1], |_, _| panic!()));
    }
}
