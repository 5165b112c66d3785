//! What flags make of one client, and which of their values it was told.

use std::sync::Arc;

use dev_server_proto::Encoded;
use gray_release::Treatment;

use crate::content::ContentHash;
use crate::rollout::{InForce, Rollout, Subject};

/// The server's knowledge of one client's flags.
#[derive(Debug)]
pub(super) struct ToldFlags {
    /// `None`: it said nothing about itself, as most clients that are no browsers.
    subject: Option<Arc<Subject>>,
    treatment: Treatment,
    /// Number of the document that was looked at last.
    revision: u64,
    /// Beginning of the digest of the values that the client was told; 0: none.
    told: u64,
}

impl ToldFlags {
    /// Nothing was told yet to a client that shows `program`.
    pub(super) fn new(subject: Option<Subject>, program: &str, rollout: &Rollout) -> Self {
        let subject = subject.map(Arc::new);
        let now = rollout.now();
        let treatment = treatment(subject.as_deref(), program, &now);
        Self { subject, treatment, revision: 0, told: 0 }
    }

    /// Who it is, if it said so.
    pub(super) fn subject(&self) -> Option<&Arc<Subject>> {
        self.subject.as_ref()
    }

    /// What the server does for the client.
    pub(super) fn treatment(&self) -> Treatment {
        self.treatment
    }

    /// Looks at what is in force. Returns what the client is to be told: values that are others than those it knows.
    pub(super) fn catch_up(&mut self, program: &str, rollout: &Rollout) -> Option<Encoded> {
        let now = rollout.now();
        if now.revision() == self.revision {
            return None;
        }
        self.revision = now.revision();
        self.treatment = treatment(self.subject.as_deref(), program, &now);
        let values = match &self.subject {
            Some(subject) => now.values(subject, program),
            None => now.values(&Subject::default(), program),
        };
        let digest = beginning(values.digest);
        (std::mem::replace(&mut self.told, digest) != digest).then(|| values.frame.clone())
    }
}

fn treatment(subject: Option<&Subject>, program: &str, now: &InForce) -> Treatment {
    match subject {
        Some(subject) => now.treatment(subject, program),
        None => now.treatment(&Subject::default(), program),
    }
}

/// Enough to tell a few lists of values apart; never 0.
fn beginning(digest: ContentHash) -> u64 {
    let (bytes, _) = digest.as_bytes().split_first_chunk().unwrap_or((&[0; 8], &[]));
    u64::from_le_bytes(*bytes) | 1
}
