//! This program, run like the others: what its start costs beside the diff.

use std::path::Path;

use serde::Deserialize;

use super::answer::{Answer, Found};
use super::outside::Outside;
use super::pair::Texts;

#[derive(Deserialize)]
struct Printed {
    round_trip: bool,
}

/// Compares a pair and writes the patch to `scratch`.
pub(super) async fn compare(program: &Outside, texts: &Texts, scratch: &Path) -> Answer {
    let arguments = |program: crate::process::Program| {
        let program = program.arg("diff").arg(&texts.old_path).arg(&texts.new_path);
        program.arg("--patch").arg(scratch.join("patch")).arg("--json")
    };
    match program.run(arguments).await {
        Ok(ran) if ran.code == Some(0) => match serde_json::from_slice::<Printed>(&ran.stdout) {
            Ok(printed) => {
                Answer::new(ran.spent, Found { applies: Some(printed.round_trip), ..Found::default() })
            }
            Err(error) => Answer::failed(Some(ran.spent), format!("its JSON is not understood: {error}")),
        },
        Ok(ran) => ran.refused(),
        Err(answer) => answer,
    }
}
