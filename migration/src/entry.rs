//! A row of the catalogue.

use crate::back_end::BackEnd;
use crate::kind::Kind;
use crate::verdict::{Outcome, Verdict};

/// Uses that fare alike.
#[derive(PartialEq, Eq, Debug)]
pub struct Entry {
    /// Import path; empty for the language, texts and files.
    pub package: &'static str,
    /// Names in the package. `import`: that it is imported at all; one that ends in `*`: all that begin so.
    pub names: &'static [&'static str],
    /// What it is about.
    pub kind: Kind,
    /// What becomes of it, in the order of [`BackEnd::ALL`].
    pub outcomes: [Outcome; 3],
    /// WASI has nothing in its place.
    pub is_final: bool,
    /// What to do, or why nothing can be done; empty where nothing needs to.
    pub remedy: &'static str,
}

impl Entry {
    /// With something in its place where it does not work.
    pub(crate) const fn new(
        package: &'static str,
        names: &'static [&'static str],
        kind: Kind,
        outcomes: [Outcome; 3],
        remedy: &'static str,
    ) -> Self {
        Self { package, names, kind, outcomes, is_final: false, remedy }
    }

    /// With nothing in its place.
    pub(crate) const fn finally(mut self) -> Self {
        self.is_final = true;
        self
    }

    /// What becomes of it.
    pub const fn outcome(&self, back_end: BackEnd) -> Outcome {
        self.outcomes[back_end.number()]
    }

    /// What that means.
    pub const fn verdict(&self, back_end: BackEnd) -> Verdict {
        match self.outcome(back_end) {
            Outcome::Works => Verdict::Works,
            Outcome::Given => Verdict::Flag,
            Outcome::Fails | Outcome::Refused if self.is_final => Verdict::Impossible,
            Outcome::Fails | Outcome::Refused => Verdict::Change,
        }
    }

    /// How a use of it is called: with the name of its package, as in a source.
    pub fn title(&self, name: &str) -> String {
        match self.package {
            "" => name.to_owned(),
            package if name == "import" => format!("import \"{package}\""),
            package => format!("{package}.{name}"),
        }
    }
}
