//! Bytes of a client to messages, for any way in which the bytes are cut.

use bytes::Bytes;

use super::super::session::LARGEST_MESSAGE;

/// Frames of one message. A browser sends one; a thousand empty ones cost time and say nothing.
const FRAGMENTS: u32 = 64;

/// RFC 6455, 5.5.
const LARGEST_CONTROL: u64 = 125;

/// What a client said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    Binary(Bytes),
    /// Its content is of no interest: this protocol is binary.
    Text,
    Ping(Bytes),
    Pong,
    /// With the code that it gave, if any.
    Close(Option<u16>),
}

/// What ends a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Violation {
    Protocol(&'static str),
    TooLong,
    NotUtf8,
}

impl Violation {
    /// RFC 6455, 7.4.1.
    pub(super) const fn code(self) -> u16 {
        match self {
            Self::Protocol(_) => 1002,
            Self::TooLong => 1009,
            Self::NotUtf8 => 1007,
        }
    }

    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Protocol(reason) => reason,
            Self::TooLong => "the message is too long",
            Self::NotUtf8 => "the reason is not UTF-8",
        }
    }
}

/// The longest head of a client's frame: two bytes, eight of length, four of the mask.
const HEAD: usize = 14;

#[derive(Debug, Default)]
pub(super) struct Reader {
    head: [u8; HEAD],
    head_length: u8,
    frame: Option<Frame>,
    control: Vec<u8>,
    message: Vec<u8>,
    /// Of the message that has begun; `None` between messages.
    kind: Option<Opcode>,
    fragments: u32,
    /// After a violation or a Close nothing is read.
    ended: bool,
}

#[derive(Debug, Clone, Copy)]
struct Frame {
    opcode: Opcode,
    last: bool,
    key: [u8; 4],
    read: u64,
    length: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

impl Opcode {
    const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

impl Reader {
    /// The next message of `bytes`, of which what was read is cut off; `None` when they are used up.
    pub(super) fn next(&mut self, bytes: &mut &[u8]) -> Result<Option<Heard>, Violation> {
        if self.ended {
            return Ok(None);
        }
        let heard = self.read(bytes);
        self.ended = matches!(heard, Err(_) | Ok(Some(Heard::Close(_))));
        heard
    }

    /// True when the beginning of a frame or message was read and its end was not.
    pub(super) fn is_amid(&self) -> bool {
        self.head_length > 0 || self.frame.is_some() || self.kind.is_some()
    }

    fn read(&mut self, bytes: &mut &[u8]) -> Result<Option<Heard>, Violation> {
        loop {
            let frame = match &mut self.frame {
                Some(frame) => frame,
                None => match self.begin(bytes)? {
                    Some(frame) => self.frame.insert(frame),
                    None => return Ok(None),
                },
            };
            let content = if frame.opcode.is_control() { &mut self.control } else { &mut self.message };
            let length = (frame.length - frame.read).min(bytes.len() as u64) as usize;
            let (part, rest) = bytes.split_at(length);
            *bytes = rest;
            let (at, key) = (frame.read as usize, frame.key);
            content.extend(part.iter().enumerate().map(|(index, byte)| byte ^ key[(at + index) % 4]));
            frame.read += length as u64;
            if frame.read < frame.length {
                return Ok(None);
            }
            let frame = *frame;
            self.frame = None;
            if let Some(heard) = self.end(frame)? {
                return Ok(Some(heard));
            }
        }
    }

    /// Reads the head of a frame; everything that can be wrong with it is told before any content is kept.
    fn begin(&mut self, bytes: &mut &[u8]) -> Result<Option<Frame>, Violation> {
        let mut need = 2;
        loop {
            let have = usize::from(self.head_length);
            let taken = need.min(HEAD).saturating_sub(have).min(bytes.len());
            self.head[have..have + taken].copy_from_slice(&bytes[..taken]);
            self.head_length += taken as u8;
            *bytes = &bytes[taken..];
            if usize::from(self.head_length) < need {
                return Ok(None);
            }
            if need == 2 {
                need += self.check()?;
                continue;
            }
            let head = &self.head;
            let (length, mask) = match head[1] & 0x7f {
                126 => (u64::from(u16::from_be_bytes([head[2], head[3]])), 4),
                127 => (u64::from_be_bytes(std::array::from_fn(|index| head[index + 2])), 10),
                short => (u64::from(short), 2),
            };
            let key = std::array::from_fn(|index| head[mask + index]);
            let frame = self.admit(length, key)?;
            self.head_length = 0;
            return Ok(Some(frame));
        }
    }

    /// Bytes of the head after the first two.
    fn check(&self) -> Result<usize, Violation> {
        let [first, second, ..] = self.head;
        if first & 0x70 != 0 {
            return Err(Violation::Protocol("no extension was agreed on"));
        }
        if second & 0x80 == 0 {
            return Err(Violation::Protocol("a client's frames are masked"));
        }
        let opcode = opcode(first & 0x0f).ok_or(Violation::Protocol("an opcode that is not defined"))?;
        let last = first & 0x80 != 0;
        let length = second & 0x7f;
        if opcode.is_control() && (!last || u64::from(length) > LARGEST_CONTROL) {
            return Err(Violation::Protocol("a control frame is whole and short"));
        }
        match (opcode, self.kind) {
            (Opcode::Continuation, None) => Err(Violation::Protocol("nothing to continue")),
            (Opcode::Text | Opcode::Binary, Some(_)) => {
                Err(Violation::Protocol("the last message has not ended"))
            }
            _ => Ok(4 + match length {
                126 => 2,
                127 => 8,
                _ => 0,
            }),
        }
    }

    fn admit(&mut self, length: u64, key: [u8; 4]) -> Result<Frame, Violation> {
        let [first, second, ..] = self.head;
        let opcode = opcode(first & 0x0f).unwrap_or(Opcode::Continuation);
        let shortest = match second & 0x7f {
            126 => 126,
            127 => 1 << 16,
            _ => 0,
        };
        if length < shortest || length >> 63 == 1 {
            return Err(Violation::Protocol("the length is not written as it has to be"));
        }
        if !opcode.is_control() {
            self.fragments += 1;
            if self.message.len() as u64 + length > LARGEST_MESSAGE as u64 || self.fragments > FRAGMENTS {
                return Err(Violation::TooLong);
            }
            if opcode != Opcode::Continuation {
                self.kind = Some(opcode);
            }
        }
        Ok(Frame { opcode, last: first & 0x80 != 0, key, read: 0, length })
    }

    fn end(&mut self, frame: Frame) -> Result<Option<Heard>, Violation> {
        let heard = match frame.opcode {
            Opcode::Ping => Heard::Ping(std::mem::take(&mut self.control).into()),
            Opcode::Pong => {
                self.control = Vec::new();
                Heard::Pong
            }
            Opcode::Close => Heard::Close(close_code(&std::mem::take(&mut self.control))?),
            Opcode::Continuation | Opcode::Text | Opcode::Binary if !frame.last => return Ok(None),
            Opcode::Continuation | Opcode::Text | Opcode::Binary => {
                self.fragments = 0;
                let content = std::mem::take(&mut self.message);
                match self.kind.take() {
                    Some(Opcode::Text) => Heard::Text,
                    _ => Heard::Binary(content.into()),
                }
            }
        };
        Ok(Some(heard))
    }
}

const fn opcode(bits: u8) -> Option<Opcode> {
    Some(match bits {
        0 => Opcode::Continuation,
        1 => Opcode::Text,
        2 => Opcode::Binary,
        8 => Opcode::Close,
        9 => Opcode::Ping,
        10 => Opcode::Pong,
        _ => return None,
    })
}

/// RFC 6455, 7.4: which codes a client may send.
fn close_code(content: &[u8]) -> Result<Option<u16>, Violation> {
    let (code, reason) = match content {
        [] => return Ok(None),
        [_] => return Err(Violation::Protocol("half a close code")),
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
    };
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Violation::Protocol("a close code that nobody may send"));
    }
    std::str::from_utf8(reason).map_err(|_| Violation::NotUtf8)?;
    Ok(Some(code))
}
