//! Which clients a rule is about.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::client::Client;
use crate::device::{LONGEST_ATTRIBUTE_NAME, LONGEST_ATTRIBUTE_VALUE, LONGEST_DEVICE_NAME, MOST_ATTRIBUTES};
use crate::fault::{DocumentError, Fault};
use crate::name::{is_plain, is_text};
use crate::versions::Versions;

/// Most members of a set in a condition, and most ranges of versions.
pub const LARGEST_SET: usize = 32;

/// Most bytes in the name of a program.
const LONGEST_PROGRAM: usize = 128;

/// All of its parts must hold. A part that is empty, or 0, always does; any other does not hold for a client that does not
/// say what it asks for. [`Condition::default`] is every client.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Condition {
    /// The browser is one of these.
    pub browser: BTreeSet<String>,
    /// The browser's major version is one of these.
    pub version: Versions,
    /// There are at least so many logical processors.
    pub cores: u32,
    /// There are at least so many MiB of memory.
    pub memory: u32,
    /// The platform is one of these.
    pub platform: BTreeSet<String>,
    /// It is a phone or tablet, or it is not.
    pub mobile: Option<bool>,
    /// The page's own attributes have exactly these values.
    pub custom: BTreeMap<String, String>,
    /// The page's program is one of these.
    pub program: BTreeSet<String>,
}

impl Condition {
    /// Does it hold for this client?
    pub fn holds(&self, client: &Client<'_>) -> bool {
        let device = client.device;
        let any = |set: &BTreeSet<String>, name: &str| set.is_empty() || set.contains(name);
        let at_least =
            |least: u32, known: Option<u32>| least == 0 || known.is_some_and(|known| known >= least);
        any(&self.browser, &device.browser)
            && self.version.contains(device.version)
            && at_least(self.cores, device.cores)
            && at_least(self.memory, device.memory)
            && any(&self.platform, &device.platform)
            && self.mobile.is_none_or(|mobile| device.mobile == Some(mobile))
            && self.custom.iter().all(|(key, value)| device.custom.get(key) == Some(value))
            && any(&self.program, client.program)
    }

    /// Refuses what no client could ever fulfil, and what would make evaluating slow.
    pub(crate) fn check(&self) -> Result<(), DocumentError> {
        for (key, set) in [("browser", &self.browser), ("platform", &self.platform)] {
            at_most(key, set.len(), LARGEST_SET)?;
            if let Some(name) = set.iter().find(|name| !is_plain(name, LONGEST_DEVICE_NAME)) {
                let found = shortened(name);
                return Err(DocumentError::at(key, Fault::Name { found, longest: LONGEST_DEVICE_NAME }));
            }
        }
        at_most("version", self.version.ranges().len(), LARGEST_SET)?;
        at_most("program", self.program.len(), LARGEST_SET)?;
        if self.program.iter().any(|name| name.is_empty() || !is_text(name, LONGEST_PROGRAM)) {
            return Err(DocumentError::at("program", Fault::Text { longest: LONGEST_PROGRAM }));
        }
        at_most("custom", self.custom.len(), MOST_ATTRIBUTES)?;
        for (key, text) in &self.custom {
            if !is_plain(key, LONGEST_ATTRIBUTE_NAME) {
                let found = shortened(key);
                return Err(DocumentError::at(
                    "custom",
                    Fault::Name { found, longest: LONGEST_ATTRIBUTE_NAME },
                ));
            }
            if !is_text(text, LONGEST_ATTRIBUTE_VALUE) {
                let fault = Fault::Text { longest: LONGEST_ATTRIBUTE_VALUE };
                return Err(DocumentError::at(key, fault).within("custom"));
            }
        }
        Ok(())
    }
}

fn at_most(key: &str, count: usize, most: usize) -> Result<(), DocumentError> {
    if count <= most { Ok(()) } else { Err(DocumentError::at(key, Fault::TooMany { count, most })) }
}

/// Enough of a name to find it by, in messages.
fn shortened(name: &str) -> String {
    name.chars().take(40).collect()
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let one_of = |what: &str, set: &BTreeSet<String>| {
            let names: Vec<&str> = set.iter().map(String::as_str).collect();
            format!("{what} is {}", names.join(" or "))
        };
        if !self.browser.is_empty() {
            parts.push(one_of("browser", &self.browser));
        }
        if !self.version.ranges().is_empty() {
            parts.push(format!("version is {}", self.version));
        }
        if self.cores > 0 {
            parts.push(format!("cores are at least {}", self.cores));
        }
        if self.memory > 0 {
            parts.push(format!("memory is at least {} MiB", self.memory));
        }
        if !self.platform.is_empty() {
            parts.push(one_of("platform", &self.platform));
        }
        match self.mobile {
            Some(true) => parts.push("the device is mobile".to_owned()),
            Some(false) => parts.push("the device is not mobile".to_owned()),
            None => {}
        }
        parts.extend(self.custom.iter().map(|(key, value)| format!("{key} is {value:?}")));
        if !self.program.is_empty() {
            parts.push(one_of("program", &self.program));
        }
        formatter.write_str(&parts.join(" and "))
    }
}
