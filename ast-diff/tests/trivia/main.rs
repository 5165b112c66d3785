//! A tree and its trivia are the text, byte for byte, whatever the text is.

#![cfg(feature = "parse")]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

#[path = "../reading/corpus.rs"]
mod corpus;
#[expect(dead_code, reason = "others make trees and scripts too")]
#[path = "../random/mod.rs"]
mod random;

mod exact;
mod following;
mod messages;

use std::sync::Arc;

use ast_diff::{ExactText, Parser, Trivia, structure_root};

/// A text as it is followed.
fn read(parser: &mut Parser, source: &[u8]) -> ExactText {
    let parsed = parser.parse(source);
    let trivia = Trivia::of(&parsed.tree, &parsed.spans, source);
    let root = structure_root(&parsed.tree);
    ExactText::new(Arc::new(parsed.tree), root, trivia)
}

fn percentile<T: Ord + Copy>(values: &mut [T], percent: usize) -> T {
    values.sort_unstable();
    values[(values.len() * percent / 100).min(values.len() - 1)]
}
