//! Random numbers, clients and documents; the same on every machine.

use gray_release::{ClientId, Device, DeviceReport};

/// splitmix64.
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    pub(crate) fn id(&mut self) -> ClientId {
        let bytes: Vec<u8> = (0..self.below(20)).map(|_| self.next() as u8).collect();
        ClientId::new(&bytes).unwrap()
    }

    pub(crate) fn device(&mut self) -> Device {
        let number = |random: &mut Self, limit| Some(random.below(limit) as u32).filter(|number| *number > 0);
        Device::new(&DeviceReport {
            browser: self.pick(&["", "firefox", "chrome", "safari"]),
            version: number(self, 200),
            cores: number(self, 17),
            memory: number(self, 9).map(|gibibytes| gibibytes * 1024),
            platform: self.pick(&["", "linux", "android", "macos"]),
            mobile: [None, Some(true), Some(false)][self.below(3)],
            custom: &[("team", self.pick(&["blue", "red"])), ("stage", self.pick(&["1", "2"]))],
        })
        .unwrap()
    }
}

pub(crate) fn id(text: &str) -> ClientId {
    ClientId::new(text.as_bytes()).unwrap()
}
