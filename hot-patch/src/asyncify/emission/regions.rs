//! Labels of regions: where they are opened, and the branches that reach a call which is resumed.

use super::{UNWIND, Writing};
use crate::asyncify::frame::Frame;
use crate::asyncify::instruction::{self as op, signed, unsigned};
use crate::asyncify::outline::Label;
use crate::asyncify::value::Value;

const I32_SUB: u8 = 0x6b;

impl Writing<'_> {
    /// What happens before anything else: nothing in normal times.
    pub(super) fn enter(&self, frame: &Frame<'_>, output: &mut Vec<u8>) {
        output.push(op::GLOBAL_GET);
        unsigned(output, self.program.shared.state);
        let nesting = UNWIND + 1 + self.outline.regions[0].labels.len() as u32;
        let ways = self.ways(0);
        let single = ways.iter().all(|way| *way == ways[0]);
        if frame.saved.is_empty() && !self.has_call() && !self.has_loops() {
            output.push(op::BR_IF);
            unsigned(output, nesting - 1 - ways[0]);
            return;
        }
        output.extend([op::IF, op::EMPTY as u8]);
        frame.restore(output);
        if self.has_loops() {
            if !self.has_call() {
                output.extend([op::I32_CONST, 1]);
            }
            output.push(if single { op::LOCAL_SET } else { op::LOCAL_TEE });
            unsigned(output, self.resume);
        }
        if single {
            output.push(op::BR);
            unsigned(output, nesting - ways[0]);
        } else {
            // Calls count from one where zero has to stand for none.
            branch_by_number(output, nesting, &ways, self.has_loops());
        }
        output.push(op::END);
    }

    /// For each call of a region, in order: the nesting of the label from which it is reached.
    fn ways(&self, region: u32) -> Vec<u32> {
        let mut ways = Vec::new();
        let labels = &self.outline.regions[region as usize].labels;
        for (label, nesting) in labels.iter().zip(self.nestings(region)) {
            match label {
                Label::Call(_) => ways.push(nesting),
                Label::Loop(construct) => {
                    let known = &self.outline.constructs[*construct as usize];
                    ways.extend((known.first_call..known.end_call).map(|_| nesting));
                }
                Label::Else(_) | Label::End(_) => {}
            }
        }
        ways
    }

    /// The nesting of each label of a region, of which the code is about to be written.
    fn nestings(&self, region: u32) -> impl Iterator<Item = u32> + use<> {
        let count = self.outline.regions[region as usize].labels.len() as u32;
        let first = if region == 0 { UNWIND + 1 } else { self.emission.nesting - count };
        (first..first + count).rev()
    }

    pub(super) fn place_labels(&mut self, region: u32) {
        let labels = &self.outline.regions[region as usize].labels;
        for (label, nesting) in labels.iter().zip(self.nestings(region)) {
            match label {
                Label::Else(construct) => self.emission.elses[*construct as usize] = nesting,
                Label::End(construct) => self.emission.ends[*construct as usize] = nesting,
                Label::Call(_) | Label::Loop(_) => {}
            }
        }
    }

    pub(super) fn open_labels(&self, region: u32, output: &mut Vec<u8>) {
        for label in self.outline.regions[region as usize].labels.iter().rev() {
            let result = match label {
                Label::End(construct) => self.outline.constructs[*construct as usize].result,
                Label::Call(_) | Label::Loop(_) | Label::Else(_) => None,
            };
            output.extend([op::BLOCK, result.map_or(op::EMPTY as u8, Value::byte)]);
        }
    }

    /// At the head of a loop: on to the call that is resumed, if one is.
    pub(super) fn find_way(&self, region: u32, first_call: u32, code: &mut Vec<u8>) {
        let nesting = self.emission.nesting;
        let ways = self.ways(region);
        code.push(op::LOCAL_GET);
        unsigned(code, self.resume);
        if ways.iter().all(|way| *way == ways[0]) {
            code.push(op::BR_IF);
            unsigned(code, nesting - 1 - ways[0]);
            return;
        }
        code.extend([op::IF, op::EMPTY as u8, op::LOCAL_GET]);
        unsigned(code, self.resume);
        if first_call > 0 {
            code.push(op::I32_CONST);
            signed(code, i64::from(first_call + 1));
            code.push(I32_SUB);
        }
        if self.resets_at_head(region) {
            code.extend([op::I32_CONST, 0, op::LOCAL_SET]);
            unsigned(code, self.resume);
        }
        branch_by_number(code, nesting, &ways, first_call == 0);
        code.push(op::END);
    }

    /// The way is at its end behind the head of this region, whichever call is resumed. Otherwise the call says so.
    pub(super) fn resets_at_head(&self, region: u32) -> bool {
        let known = &self.outline.regions[region as usize];
        let calls = known.labels.iter().filter(|label| matches!(label, Label::Call(_))).count();
        region > 0 && !known.has_loops && calls > 1
    }
}

/// A branch to one of several labels by the number on the operand stack. If the first has the number one, zero does not
/// occur.
fn branch_by_number(code: &mut Vec<u8>, nesting: u32, ways: &[u32], from_one: bool) {
    code.push(op::BR_TABLE);
    // All but the last, for which the one that is taken by any other number serves.
    let listed = from_one.then(|| ways[0]).into_iter().chain(ways[..ways.len() - 1].iter().copied());
    unsigned(code, ways.len() as u32 - u32::from(!from_one));
    for way in listed.chain(ways.last().copied()) {
        unsigned(code, nesting - way);
    }
}
