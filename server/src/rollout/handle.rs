//! The flags of a server: in force for everybody who looks, changed by one at a time.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Instant;

use gray_release::{
    Change, Condition, Decision, Document, Format, LONGEST_DOCUMENT, Percent, Revised, Value,
};

use super::experiment::Happened;
use super::kept::{self, Kept};
use super::merged::merged;
use super::trials::{Trials, Wanted};
use super::{Cause, Changed, InForce, Refused, Subject};
use crate::publish::Feed;
use crate::source_file;

/// Built-in flag that this server can have only one value of.
const CHANNEL: &str = "release.channel";

/// What is told of each change, in their order.
type Told = Box<dyn Fn(&Changed) + Send + Sync>;

/// Flags that are in force, and their changes.
#[derive(Default)]
pub struct Rollout {
    in_force: RwLock<Arc<InForce>>,
    /// What the file of the project says, and what was made of it. Held while something changes.
    kept: Mutex<Kept>,
    /// Taken after `kept`, where both are.
    trials: Mutex<Trials>,
    /// Where that is kept; nowhere in a test.
    path: Option<PathBuf>,
    feed: OnceLock<Feed>,
    told: OnceLock<Told>,
}

impl std::fmt::Debug for Rollout {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Rollout").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Rollout {
    /// Goes on with what is kept in the file `path`, which is made with the first change. What cannot be read is named, and
    /// is as good as nothing.
    pub fn open(path: &Path) -> (Self, Option<String>) {
        let (kept, problem) = match kept::read(path) {
            Ok(kept) => (kept.unwrap_or_default(), None),
            Err(error) => {
                let problem = format!("what was changed of the flags is lost: {}: {error}", path.display());
                (Kept::default(), Some(problem))
            }
        };
        let in_force = RwLock::new(Arc::new(InForce::new(kept.now.clone())));
        let mut trials = Trials::default();
        trials.follow(&kept.now, Instant::now());
        let rollout = Self {
            in_force,
            kept: Mutex::new(kept),
            trials: Mutex::new(trials),
            path: Some(path.to_owned()),
            ..Self::default()
        };
        (rollout, problem)
    }

    /// Sessions that listen to `feed` look at each change at once.
    pub fn wakes(&self, feed: Feed) {
        // A server has one feed.
        let _ = self.feed.set(feed);
    }

    /// `told` hears of each change, once those who are concerned have been woken. It must not block.
    pub fn tells(&self, told: impl Fn(&Changed) + Send + Sync + 'static) {
        let _ = self.told.set(Box::new(told));
    }

    /// What is in force now.
    pub fn now(&self) -> Arc<InForce> {
        Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The file of the project says this; an empty text where there is none.
    pub fn declare(&self, text: &str) -> Result<Changed, Refused> {
        let file = served(Document::read(text, Format::Toml)?)?;
        self.make(Cause::File, None, |kept| {
            let revised = kept.now.replaced_by(merged(&kept.now, &kept.declared, &file)?)?;
            Ok((revised, Some(file)))
        })
    }

    /// The same of a file, which need not exist.
    pub fn declare_file(&self, path: &Path) -> Result<Changed, Refused> {
        let mut text = String::new();
        match source_file::open(path) {
            // One byte more, so that a longer one is refused as that.
            Ok(file) => match file.take(LONGEST_DOCUMENT as u64 + 1).read_to_string(&mut text) {
                Ok(_) => self.declare(&text),
                Err(error) => Err(Refused::File(Arc::new(error))),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.declare(""),
            Err(error) => Err(Refused::File(Arc::new(error))),
        }
    }

    /// Another server has put this in force, which keeps it and holds its trials.
    pub fn follow(&self, json: &str) -> Result<(), Refused> {
        let document = Document::read(json, Format::Json)?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.now != document {
            kept.now = document;
            self.put_in_force(&kept.now);
            self.wake();
        }
        Ok(())
    }

    /// What stands behind `dev-server flags`.
    pub fn order(&self, words: &[&str]) -> Result<Changed, Refused> {
        self.make(Cause::Command, None, |kept| {
            let revised = kept.now.change(&Change::parse(words, &kept.now)?)?;
            Ok((Revised { document: served(revised.document)?, ..revised }, None))
        })
    }

    /// A client that said who it is shows `program` from now on, and may take part in trials.
    pub fn joined(&self, session: u64, subject: Arc<Subject>, program: &str) {
        let now = self.now();
        self.trials().join(session, (subject, program), now.document(), Instant::now());
    }

    /// It is gone.
    pub fn left(&self, session: u64) {
        self.trials().leave(session);
    }

    /// Something became of it.
    pub fn happened(&self, session: u64, happened: Happened) {
        self.trials().note(session, happened, Instant::now());
    }

    /// Does what trials want. To be called every now and then.
    pub fn look(&self) {
        self.look_at(Instant::now());
    }

    fn look_at(&self, now: Instant) {
        let wanted = self.trials().decide(now);
        for Wanted { flag, rule, decision } in wanted {
            let reason = match &decision {
                Decision::RollBack(reason) => reason.to_string(),
                Decision::Promote => "nothing has spoken against it in all steps of its trial".to_owned(),
                Decision::Widen(_) | Decision::Continue => "nothing speaks against it".to_owned(),
            };
            let made = self.make(Cause::Trial, Some(reason), |kept| {
                Ok((after(&kept.now, &flag, rule, &decision)?, None))
            });
            if let Err(error) = made {
                // Somebody was faster, and has changed the rule.
                tracing::debug!(%flag, %error, "a trial ends otherwise");
            }
        }
    }

    fn put_in_force(&self, document: &Document) {
        let in_force = Arc::new(InForce::new(document.clone()));
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = in_force;
    }

    /// Sessions look at what is in force.
    fn wake(&self) {
        if let Some(feed) = self.feed.get() {
            feed.ring();
        }
    }

    fn trials(&self) -> MutexGuard<'_, Trials> {
        self.trials.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(
        &self,
        cause: Cause,
        reason: Option<String>,
        revise: impl FnOnce(&Kept) -> Result<(Revised, Option<Document>), Refused>,
    ) -> Result<Changed, Refused> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (Revised { document, differences }, declared) = revise(&kept)?;
        let next = Kept { declared: declared.unwrap_or_else(|| kept.declared.clone()), now: document };
        let mut changed = Changed {
            revision: next.now.revision(),
            cause,
            differences: differences.iter().map(ToString::to_string).collect(),
            reason,
            unkept: None,
        };
        if next == *kept {
            return Ok(changed);
        }
        // What cannot be kept is done all the same: somebody may be killing a flag, on a disk that is full.
        let written = self.path.as_ref().map_or(Ok(()), |path| kept::write(path, &next));
        changed.unkept = written.err().map(|error| error.to_string());
        *kept = next;
        if !changed.differences.is_empty() {
            self.put_in_force(&kept.now);
            self.trials().follow(&kept.now, Instant::now());
            self.wake();
            if let Some(told) = self.told.get() {
                told(&changed);
            }
        }
        Ok(changed)
    }
}

impl Default for InForce {
    fn default() -> Self {
        Self::new(Document::default())
    }
}

/// The document once a trial has its will. What was tried on everybody becomes the default, too.
fn after(now: &Document, flag: &str, rule: usize, decision: &Decision) -> Result<Revised, Refused> {
    if let Some(change) = decision.change(flag, rule) {
        return Ok(now.change(&change)?);
    }
    let everybody = Change::SetPercentage { flag: flag.to_owned(), rule, percent: Percent::ALL };
    let mut document = now.change(&everybody)?.document;
    let tried = document.flag(flag).and_then(|flag| flag.rules.get(rule.checked_sub(1)?));
    if let Some(tried) = tried.filter(|tried| tried.condition == Condition::default()) {
        let default = Change::SetDefault { flag: flag.to_owned(), value: tried.value.clone() };
        document = document.change(&default)?.document;
    }
    let differences = now.differences(&document);
    Ok(Revised { document, differences })
}

/// Nobody is promised a release that nobody gets.
fn served(document: Document) -> Result<Document, Refused> {
    let stable = Value::from("stable");
    let only_stable = document.flag(CHANNEL).is_none_or(|flag| {
        let rules = flag.rules.iter().map(|rule| &rule.value);
        rules.chain([&flag.default, &flag.off]).all(|value| *value == stable)
    });
    if only_stable { Ok(document) } else { Err(Refused::Channel) }
}

#[cfg(test)]
#[path = "handle_tests.rs"]
mod tests;
