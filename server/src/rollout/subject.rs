//! Who a client is for flags: what it said about itself, checked.

use gray_release::{Client, ClientId, ClientIdError, Device, DeviceError, DeviceReport};
use serde::{Deserialize, Serialize};

/// A client that said something about itself. It chooses flags and grants nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    id: ClientId,
    device: Device,
}

/// What a client said, as it came: unchecked, borrowed from the message; what is 0 or empty is not known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said<'a> {
    /// Bytes that it made once and keeps.
    pub id: &'a [u8],
    /// Family of the browser.
    pub browser: &'a str,
    /// Its major version.
    pub version: u32,
    /// Logical processors.
    pub cores: u32,
    /// Memory in MiB.
    pub memory: u32,
    /// System.
    pub platform: &'a str,
    /// A phone or a tablet; nothing when nothing was said of the device.
    pub mobile: Option<bool>,
    /// Pairs of the page's own choice.
    pub custom: &'a [(&'a str, &'a str)],
}

/// What a client said cannot be used, and all of it is left out: half of it could fit a rule that the whole does not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubjectError {
    /// The id.
    #[error("{0}; {hint}", hint = .0.hint())]
    Id(#[from] ClientIdError),
    /// The device.
    #[error("{0}; {hint}", hint = .0.hint())]
    Device(#[from] DeviceError),
}

#[derive(Serialize, Deserialize)]
struct Written<'a> {
    id: &'a [u8],
    browser: &'a str,
    version: Option<u32>,
    cores: Option<u32>,
    memory: Option<u32>,
    platform: &'a str,
    mobile: Option<bool>,
    #[serde(borrow)]
    custom: Vec<(&'a str, &'a str)>,
}

/// A client that says nothing.
impl Default for Subject {
    fn default() -> Self {
        Self::new(&Said::default()).unwrap_or_else(|_| unreachable!("nothing is too long about nothing"))
    }
}

impl Subject {
    /// Checks what a client said, before anything of it is copied.
    pub fn new(said: &Said<'_>) -> Result<Self, SubjectError> {
        let id = ClientId::new(said.id)?;
        let known = |number: u32| Some(number).filter(|number| *number > 0);
        let device = Device::new(&DeviceReport {
            browser: said.browser,
            version: known(said.version),
            cores: known(said.cores),
            memory: known(said.memory),
            platform: said.platform,
            mobile: said.mobile,
            custom: said.custom,
        })?;
        Ok(Self { id, device })
    }

    /// For another server that has to know who the client is.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut custom = Vec::new();
        let DeviceReport { browser, version, cores, memory, platform, mobile, custom } =
            self.device.report(&mut custom);
        let (id, custom) = (self.id.bytes(), custom.to_vec());
        let written = Written { id, browser, version, cores, memory, platform, mobile, custom };
        // There is nothing in it that the format cannot say.
        postcard::to_stdvec(&written).unwrap_or_default()
    }

    /// Checked as if the client had said it here; `None` when it is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let Written { id, browser, version, cores, memory, platform, mobile, custom } =
            postcard::from_bytes(bytes).ok()?;
        let device = DeviceReport { browser, version, cores, memory, platform, mobile, custom: &custom };
        Some(Self { id: ClientId::new(id).ok()?, device: Device::new(&device).ok()? })
    }

    /// What it runs on, for people; empty when it said nothing of that.
    pub fn device_in_words(&self) -> String {
        let mut custom = Vec::new();
        let DeviceReport { browser, version, platform, .. } = self.device.report(&mut custom);
        let version = version.map(|version| version.to_string()).unwrap_or_default();
        [browser, &version, platform]
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }

    pub(super) fn client<'a>(&'a self, program: &'a str) -> Client<'a> {
        Client { id: &self.id, device: &self.device, program }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_refused_with_a_remedy() {
        let refused = |said: Said<'_>| Subject::new(&said).unwrap_err().to_string();
        let long = refused(Said { id: &[0; 65], ..Said::default() });
        assert_eq!(
            long,
            "the client id has 65 bytes, more than 64; make an id of 16 random bytes and keep it"
        );
        let upper = refused(Said { browser: "Firefox", ..Said::default() });
        assert!(upper.contains("write it in lower case"), "{upper}");
        assert_eq!(Subject::new(&Said::default()), Ok(Subject::default()));
    }

    #[test]
    fn another_server_knows_the_same_client() {
        let custom = [("team", "blue"), ("desk", "3")];
        let said = Said {
            id: b"me",
            browser: "firefox",
            version: 140,
            mobile: Some(true),
            custom: &custom,
            ..Said::default()
        };
        let subject = Subject::new(&said).unwrap();
        let bytes = subject.to_bytes();
        assert_eq!(Subject::from_bytes(&bytes), Some(subject));
        assert_eq!(Subject::from_bytes(&bytes[..bytes.len() - 1]), None);
    }
}
