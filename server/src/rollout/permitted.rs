//! What flags make of an update: it goes out as it was decided, by another level, or not at all.

use gray_release::{Permit, Treatment};

use crate::hot::Patch;
use crate::publish::{ClientView, Decision, Level, ProgramBoard, decide};

/// What a client is to do, as far as its flags let it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Permitted {
    /// Nothing: it is there.
    Nothing,
    /// This.
    Update(Decision),
    /// This, once there is a module that stands for itself: patches alone would bring it there, and it may have none.
    Awaits,
    /// Nothing: it stays where it is, for this reason.
    Held(String),
}

/// What `client` has to do to be at what is true in `board`.
pub fn permitted(client: &ClientView, board: &ProgramBoard, treatment: &Treatment) -> Permitted {
    let Some(decided) = decide(client, board) else { return Permitted::Nothing };
    // The start of a program updates nothing.
    if client.base.is_none() || client.ended {
        return Permitted::Update(decided);
    }
    match treatment.permit(decided.level.number(), patch_bytes(client, board)) {
        Permit::AsDecided => Permitted::Update(decided),
        Permit::Held { reason } => Permitted::Held(reason),
        Permit::Raised { level, reason } => raised(client, board, treatment, (decided, level), &reason),
    }
}

fn raised(
    client: &ClientView,
    board: &ProgramBoard,
    treatment: &Treatment,
    (decided, level): (Decision, u8),
    because: &str,
) -> Permitted {
    let whole = ClientView { wants_whole: true, ..client.clone() };
    let is_reload = level >= Level::PageReload.number();
    // Files of the page alone are not exchanged by a module that is there already.
    let only_files = decided.level == Level::AssetSwap;
    let swap =
        decide(&whole, board).filter(|swap| !is_reload && !only_files && swap.level >= Level::ModuleSwap);
    if swap.is_none() && decided.level == Level::HotPatch && !is_reload {
        return Permitted::Awaits;
    }
    let swap = swap.unwrap_or_else(|| Decision {
        level: Level::PageReload,
        reason: decided.reason.clone(),
        assets: Vec::new(),
    });
    if swap.level.number() > treatment.highest_level {
        let highest = treatment.highest_level;
        return Permitted::Held(format!("{because}; update.highest_level is {highest} for this client"));
    }
    Permitted::Update(Decision { reason: format!("{because}; {}", swap.reason), ..swap })
}

/// Bytes of the patches that the client lacks; 0 when it gets none.
fn patch_bytes(client: &ClientView, board: &ProgramBoard) -> u64 {
    let lineage = client.base.and_then(|base| board.release.as_ref()?.lineage(base));
    let lacking = lineage.and_then(|lineage| lineage.after(client.patch)).unwrap_or_default();
    lacking.iter().map(Patch::size).sum()
}

#[cfg(test)]
#[path = "permitted_tests.rs"]
mod tests;
