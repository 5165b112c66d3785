//! Whether an update may reach a client as it was decided.

use crate::treatment::Treatment;

const HOT_PATCH: u8 = 2;
const MODULE_SWAP: u8 = 3;

/// What becomes of an update that was decided without regard to flags.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Permit {
    /// It goes out as it is.
    AsDecided,
    /// It goes out by another, more disruptive level.
    Raised {
        /// Which one.
        level: u8,
        /// Why, for people.
        reason: String,
    },
    /// It does not go out; the client stays where it is.
    Held {
        /// Why, for people.
        reason: String,
    },
}

impl Treatment {
    /// What becomes of an update of that level (0 to 4, as the ladder numbers them) with so many bytes of hot patches.
    ///
    /// Nothing is ever made less disruptive, since the level that was decided is the lowest correct one. What is below
    /// [`Treatment::lowest_level`], or a patch too large, becomes a module swap at least: that one stands for itself,
    /// while an asset swap cannot be made into a patch. What would then be above [`Treatment::highest_level`] is held.
    pub fn permit(&self, level: u8, patch_bytes: u64) -> Permit {
        if level == 0 {
            return Permit::AsDecided;
        }
        let mut wanted = level;
        let mut reason = String::new();
        if level < self.lowest_level {
            wanted = self.lowest_level.max(MODULE_SWAP);
            reason = format!("update.lowest_level is {} for this client", self.lowest_level);
        } else if level == HOT_PATCH && patch_bytes > self.largest_hot_patch {
            wanted = MODULE_SWAP;
            reason = match self.largest_hot_patch {
                0 => "hot_patch.largest_bytes allows this client no hot patch".to_owned(),
                most => format!("the patch has {patch_bytes} bytes, hot_patch.largest_bytes is {most}"),
            };
        }
        if wanted > self.highest_level {
            let highest = format!("update.highest_level is {} for this client", self.highest_level);
            let reason = if reason.is_empty() { highest } else { format!("{reason}; {highest}") };
            return Permit::Held { reason };
        }
        if wanted == level { Permit::AsDecided } else { Permit::Raised { level: wanted, reason } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::treatment::Channel;

    fn treatment(lowest_level: u8, highest_level: u8, largest_hot_patch: u64) -> Treatment {
        Treatment {
            highest_level,
            lowest_level,
            largest_hot_patch,
            trees: true,
            channel: Channel::Stable,
            telemetry: false,
        }
    }

    /// The level that goes out for each that was decided; nothing when it is held.
    fn table(treatment: Treatment, patch_bytes: u64) -> [Option<u8>; 5] {
        [0, 1, 2, 3, 4].map(|level| match treatment.permit(level, patch_bytes) {
            Permit::AsDecided => Some(level),
            Permit::Raised { level, reason } => Some(level).filter(|_| !reason.is_empty()),
            Permit::Held { .. } => None,
        })
    }

    #[test]
    fn levels_go_up_or_nowhere() {
        let some = |levels: [u8; 5]| levels.map(Some);
        assert_eq!(table(treatment(1, 4, 100), 100), some([0, 1, 2, 3, 4]));
        assert_eq!(table(treatment(1, 4, 99), 100), some([0, 1, 3, 3, 4]));
        assert_eq!(table(treatment(1, 4, 0), 1), some([0, 1, 3, 3, 4]));
        assert_eq!(table(treatment(2, 4, 100), 100), some([0, 3, 2, 3, 4]));
        assert_eq!(table(treatment(3, 4, 100), 100), some([0, 3, 3, 3, 4]));
        assert_eq!(table(treatment(4, 4, 100), 100), some([0, 4, 4, 4, 4]));
        assert_eq!(table(treatment(1, 3, 99), 100), [Some(0), Some(1), Some(3), Some(3), None]);
        assert_eq!(table(treatment(1, 2, 99), 100), [Some(0), Some(1), None, None, None]);
        assert_eq!(table(treatment(4, 3, 100), 100), [Some(0), None, None, None, None]);
        assert_eq!(table(treatment(1, 0, 100), 100), [Some(0), None, None, None, None]);
    }

    #[test]
    fn reasons_name_the_flag() {
        let reason = |permit| match permit {
            Permit::AsDecided => String::new(),
            Permit::Raised { reason, .. } | Permit::Held { reason } => reason,
        };
        assert_eq!(
            reason(treatment(1, 4, 99).permit(2, 100)),
            "the patch has 100 bytes, hot_patch.largest_bytes is 99"
        );
        assert_eq!(
            reason(treatment(3, 2, 99).permit(1, 0)),
            "update.lowest_level is 3 for this client; update.highest_level is 2 for this client"
        );
    }
}
