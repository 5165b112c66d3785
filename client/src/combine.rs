//! Two updates of which the first has not been taken yet, as one.

use dev_server_proto::v1::{self, Level};

use crate::event::Update;

/// A newer update takes the place of one that still waits. Its module stands for both, but the server may have made its
/// list of assets after the other one was sent, and what had to be started anew still has to be.
pub(crate) fn combine(waiting: Update, mut newer: Update) -> Update {
    if waiting.envelope.epoch != newer.envelope.epoch {
        return newer;
    }
    let named = |asset: &v1::Asset| newer.body.assets.iter().any(|other| other.path == asset.path);
    let mut assets: Vec<_> = waiting.body.assets.iter().filter(|asset| !named(asset)).cloned().collect();
    assets.append(&mut newer.body.assets);
    newer.body.assets = assets;
    // Patches are a list for what runs now, and stand for themselves; where the other one was a whole module, their base
    // is another and they are refused.
    let stands = newer.level() == Level::HotPatch && waiting.level() != Level::PageReload;
    if !stands && gravity(&waiting) > gravity(&newer) {
        newer.body.level = waiting.body.level;
        newer.body.reason = waiting.body.reason;
        newer.body.patches = waiting.body.patches;
    }
    newer
}

/// The numbers of the wire grow with the disruption.
fn gravity(update: &Update) -> i32 {
    update.level().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Envelope;

    fn update(sequence: u64, level: Level, paths: &[&str]) -> Update {
        let assets = paths.iter().map(|path| v1::Asset { path: (*path).into(), ..v1::Asset::default() });
        let update = v1::Update {
            level: level.into(),
            reason: format!("because of {sequence}"),
            assets: assets.collect(),
            ..v1::Update::default()
        };
        let envelope = Envelope { epoch: "e".into(), sequence, ..Envelope::default() };
        Update { envelope, body: update, number: sequence }
    }

    #[test]
    fn assets_of_both_are_kept_and_the_graver_level_stays() {
        let both = combine(
            update(6, Level::PageReload, &["/a.css", "/b.css"]),
            update(7, Level::AssetSwap, &["/b.css"]),
        );
        let paths: Vec<_> = both.body.assets.iter().map(|asset| asset.path.as_str()).collect();
        assert_eq!((both.envelope.sequence, paths), (7, vec!["/a.css", "/b.css"]));
        assert_eq!((both.body.level(), both.body.reason.as_str()), (Level::PageReload, "because of 6"));
    }

    #[test]
    fn patches_stand_for_themselves_except_after_a_reload() {
        let newer = || update(7, Level::HotPatch, &[]);
        assert_eq!(combine(update(6, Level::ModuleSwap, &[]), newer()).body.level(), Level::HotPatch);
        assert_eq!(combine(update(6, Level::PageReload, &[]), newer()).body.level(), Level::PageReload);
    }

    #[test]
    fn another_epoch_stands_for_itself() {
        let mut newer = update(1, Level::AssetSwap, &[]);
        newer.envelope.epoch = "f".into();
        assert_eq!(combine(update(6, Level::PageReload, &["/a"]), newer.clone()), newer);
    }
}
