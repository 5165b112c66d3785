//! What a client says about the machine that it runs on, after it was checked.

use std::collections::BTreeMap;

use crate::name::{is_plain, is_text};

/// Most bytes in the name of a browser or platform.
pub const LONGEST_DEVICE_NAME: usize = 32;
/// Most custom attributes.
pub const MOST_ATTRIBUTES: usize = 16;
/// Most bytes in the key of a custom attribute.
pub const LONGEST_ATTRIBUTE_NAME: usize = 32;
/// Most bytes in the value of a custom attribute.
pub const LONGEST_ATTRIBUTE_VALUE: usize = 128;

/// What a client says about itself, as it arrived: unchecked, and borrowed from the message.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeviceReport<'a> {
    /// Family of the browser in lower case, such as `firefox`; empty when unknown.
    pub browser: &'a str,
    /// Its major version.
    pub version: Option<u32>,
    /// Logical processors (`navigator.hardwareConcurrency`).
    pub cores: Option<u32>,
    /// Memory in MiB. Browsers round it (`navigator.deviceMemory`), and some do not tell.
    pub memory: Option<u32>,
    /// Operating system in lower case, such as `linux`; empty when unknown.
    pub platform: &'a str,
    /// Is it a phone or a tablet?
    pub mobile: Option<bool>,
    /// Pairs of the page's own choice.
    pub custom: &'a [(&'a str, &'a str)],
}

/// Attributes by which rules choose clients. They come from the client, so that they choose between things it may have
/// anyway and never grant access to anything. [`Device::default`] knows nothing, and fits no condition about devices.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    pub(crate) browser: String,
    pub(crate) version: Option<u32>,
    pub(crate) cores: Option<u32>,
    pub(crate) memory: Option<u32>,
    pub(crate) platform: String,
    pub(crate) mobile: Option<bool>,
    pub(crate) custom: BTreeMap<String, String>,
}

/// A report is refused as a whole: half a device could fit a rule that the whole one does not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// A browser or platform is not a name as rules have it.
    #[error("{field} is not a lower-case name of at most {LONGEST_DEVICE_NAME} bytes")]
    Name {
        /// Which of them.
        field: &'static str,
    },
    /// There are too many custom attributes.
    #[error("{count} custom attributes, more than {MOST_ATTRIBUTES}")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// The key of a custom attribute is not one.
    #[error(
        "the key of custom attribute {number} is not a lower-case name of at most {LONGEST_ATTRIBUTE_NAME} bytes"
    )]
    Key {
        /// Which one, from 1. The key itself is not repeated: it may be of any length.
        number: usize,
    },
    /// The value of a custom attribute is too long, or has control characters.
    #[error("`{key}` is longer than {LONGEST_ATTRIBUTE_VALUE} bytes or has control characters")]
    Text {
        /// Its key.
        key: String,
    },
    /// Two values for one key.
    #[error("`{key}` is there twice")]
    Twice {
        /// The key.
        key: String,
    },
}

impl DeviceError {
    /// What the client's author can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Name { .. } => {
                "write it in lower case, such as `firefox`, or leave it empty when it is not known"
            }
            Self::TooMany { .. } => "send those that rules ask for",
            Self::Key { .. } => "write keys in lower case with digits, `.`, `_` and `-`, such as `team`",
            Self::Text { .. } => "send a short word in place of data",
            Self::Twice { .. } => "send one of them",
        }
    }
}

impl Device {
    /// Checks a report. The number of attributes and every length are looked at before anything is copied.
    pub fn new(report: &DeviceReport<'_>) -> Result<Self, DeviceError> {
        for (field, name) in [("browser", report.browser), ("platform", report.platform)] {
            if !name.is_empty() && !is_plain(name, LONGEST_DEVICE_NAME) {
                return Err(DeviceError::Name { field });
            }
        }
        if report.custom.len() > MOST_ATTRIBUTES {
            return Err(DeviceError::TooMany { count: report.custom.len() });
        }
        let mut custom = BTreeMap::new();
        for (number, (key, text)) in (1..).zip(report.custom) {
            if !is_plain(key, LONGEST_ATTRIBUTE_NAME) {
                return Err(DeviceError::Key { number });
            }
            let key = (*key).to_owned();
            if !is_text(text, LONGEST_ATTRIBUTE_VALUE) {
                return Err(DeviceError::Text { key });
            }
            if custom.insert(key.clone(), (*text).to_owned()).is_some() {
                return Err(DeviceError::Twice { key });
            }
        }
        Ok(Self {
            browser: report.browser.to_owned(),
            version: report.version,
            cores: report.cores,
            memory: report.memory,
            platform: report.platform.to_owned(),
            mobile: report.mobile,
            custom,
        })
    }

    /// The same as a report, for another server that has to know of the client; its attributes are put into `custom`.
    pub fn report<'a>(&'a self, custom: &'a mut Vec<(&'a str, &'a str)>) -> DeviceReport<'a> {
        custom.extend(self.custom.iter().map(|(key, text)| (key.as_str(), text.as_str())));
        let Self { browser, version, cores, memory, platform, mobile, custom: _ } = self;
        DeviceReport {
            browser,
            version: *version,
            cores: *cores,
            memory: *memory,
            platform,
            mobile: *mobile,
            custom,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_reports_are_refused() {
        fn custom(custom: &[(&str, &str)]) -> DeviceError {
            Device::new(&DeviceReport { custom, ..DeviceReport::default() }).unwrap_err()
        }
        let huge = "x".repeat(100 * 1024);
        let refused = |report: DeviceReport<'_>| Device::new(&report).unwrap_err();
        for name in [&huge, "Firefox", "fire\u{0}fox", "fürfox", " firefox", "fire\nfox", &"x".repeat(33)] {
            let report = DeviceReport { browser: name, ..DeviceReport::default() };
            assert_eq!(refused(report), DeviceError::Name { field: "browser" });
            let report = DeviceReport { platform: name, ..DeviceReport::default() };
            assert_eq!(refused(report), DeviceError::Name { field: "platform" });
        }
        // 100 KB of attributes, as many small ones and as few large ones.
        let many: Vec<String> = (0..20_000).map(|number| format!("k{number}")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|key| (key.as_str(), "")).collect();
        assert_eq!(custom(&many), DeviceError::TooMany { count: 20_000 });
        assert_eq!(custom(&[("team", huge.as_str())]), DeviceError::Text { key: "team".into() });
        assert_eq!(custom(&[("team", "blue"), (huge.as_str(), "")]), DeviceError::Key { number: 2 });
        assert_eq!(custom(&[("", "")]), DeviceError::Key { number: 1 });
        assert_eq!(custom(&[("a", "1"), ("a", "2")]), DeviceError::Twice { key: "a".into() });
        assert_eq!(custom(&[("a", "1\u{7f}")]), DeviceError::Text { key: "a".into() });
        assert!(custom(&[("a", huge.as_str())]).to_string().len() < 100, "the message repeats nothing long");
    }

    #[test]
    fn what_fits_is_taken() {
        let keys: Vec<String> = (0..MOST_ATTRIBUTES).map(|number| format!("key-{number}")).collect();
        let longest = "é".repeat(LONGEST_ATTRIBUTE_VALUE / 2);
        let custom: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), longest.as_str())).collect();
        let report = DeviceReport { browser: "samsung internet", custom: &custom, ..DeviceReport::default() };
        let device = Device::new(&report).unwrap();
        assert_eq!(device.custom.len(), MOST_ATTRIBUTES);
        assert_eq!(Device::new(&device.report(&mut Vec::new())), Ok(device.clone()));
        assert_eq!(Device::new(&DeviceReport::default()), Ok(Device::default()));
    }
}
