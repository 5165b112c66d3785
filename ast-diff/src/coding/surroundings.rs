//! What surrounds a node: the nodes before it, its parent and what is known of that one's children.

/// How many kinds of surroundings there are, from the longest to the loosest.
pub(crate) const SURROUNDINGS: usize = 6;
/// How many tokens before a node are compared.
pub(crate) const BEFORE: usize = 5;

/// A node without its place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Token {
    pub(crate) kind: u8,
    pub(crate) label: u32,
}

/// No kind has that number.
pub(crate) const NOTHING: u8 = 127;

impl Token {
    pub(crate) const NONE: Self = Self { kind: NOTHING, label: 0 };

    fn hash(self) -> u32 {
        mix(u32::from(self.kind) + 1, self.label)
    }
}

/// One step of a multiplicative hash; the upper bits are the good ones.
fn mix(hash: u32, value: u32) -> u32 {
    (hash.rotate_left(11) ^ value).wrapping_mul(0x9E37_79B1)
}

/// The last nodes in preorder before a place, the nearest one first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Before(pub(crate) [Token; BEFORE]);

impl Before {
    pub(crate) fn push(&mut self, token: Token) {
        self.0.rotate_right(1);
        self.0[0] = token;
    }
}

/// A node some of whose children are known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Open {
    pub(crate) kind: u8,
    /// Kind of its parent.
    pub(crate) above: u8,
    /// How many children are known.
    pub(crate) seen: u32,
    /// Kind of the last of them.
    pub(crate) last: u8,
    /// What the first of them ends with, once there is a second one.
    pub(crate) head: Token,
    /// How many are still to come.
    pub(crate) rest: u32,
}

impl Open {
    pub(crate) fn new(kind: u8, above: u8, rest: u32) -> Self {
        Self { kind, above, seen: 0, last: NOTHING, head: Token::NONE, rest }
    }

    /// A child of that kind comes next.
    pub(crate) fn step(&mut self, kind: u8, before: &Before) {
        if self.seen == 1 {
            self.head = before.0[0];
        }
        self.seen += 1;
        self.last = kind;
    }

    /// What the first child ends with.
    pub(crate) fn head(&self, before: &Before) -> Token {
        if self.seen == 1 { before.0[0] } else { self.head }
    }
}

/// Hashes of what surrounds a node.
pub(crate) type Hashes = [u32; SURROUNDINGS];

/// All hashes of what surrounds the next child of `parent`.
pub(crate) fn hashes(parent: &Open, before: &Before) -> Hashes {
    let token = |back: usize| before.0[back - 1].hash();
    let (kind, above, last) = (u32::from(parent.kind), u32::from(parent.above), u32::from(parent.last));
    let one = mix(kind, token(1));
    let two = mix(one, token(2));
    let three = mix(two, token(3));
    let five = mix(mix(three, token(4)), token(5));
    let step = parent.seen.min(3);
    [
        five,
        three,
        two,
        mix(one, step),
        mix(mix(kind << 7 | above, last), step),
        mix(mix(mix(kind, parent.head(before).hash()), parent.seen.min(7)), last),
    ]
}
