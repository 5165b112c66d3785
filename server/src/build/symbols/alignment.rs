//! Which instruction of a function as the compiler wrote it an instruction of the published one is.
//!
//! On the way there functions get other indices and addresses, and code that saves and restores them while they are
//! suspended. What was there stays there, mostly in its order: only constants and reads of locals may be written later.
//! So instructions are compared by what they do without what they do it to. Where the two differ, the longest common
//! subsequence is taken between one call and the next. Time and memory of a stretch grow with the product of its lengths,
//! so long ones that differ are known at their ends only.

use std::ops::Range;

use crate::build::module::{Opcode, instructions};

/// Cells of the table for one stretch.
const CELLS: usize = 1 << 20;

/// An instruction of a function: where it is, from its locals on, and what it does.
pub(super) type Instruction = (usize, Opcode);

/// Offsets of instructions in both functions, of the published one first and growing. `added`: functions that the
/// published module alone calls.
pub(super) fn aligned(before: &[u8], after: &[u8], added: &[u32]) -> Vec<(usize, usize)> {
    let (old, new) = (instructions(before, &[]), instructions(after, added));
    let mut found = Vec::new();
    if old.iter().map(|(_, what)| what).eq(new.iter().map(|(_, what)| what)) {
        found.extend(new.iter().zip(&old).map(|(new, old)| (new.0, old.0)));
        return found;
    }
    // Locals that were put in lie behind those that were there.
    let locals = old.iter().filter_map(|(_, what)| what.assigned()).max();
    let stays = |(_, what): &Instruction| match what {
        Opcode::Call => true,
        Opcode::Assign(local) => Some(*local) <= locals,
        Opcode::Other(code) => !moves(*code),
    };
    let old: Vec<_> = old.into_iter().filter(stays).collect();
    let new: Vec<_> = new.into_iter().filter(stays).collect();
    let (old_stretches, new_stretches) = (stretches(&old), stretches(&new));
    if old_stretches.len() != new_stretches.len() {
        common(&old, &new, &mut found);
        return found;
    }
    for (old_stretch, new_stretch) in old_stretches.into_iter().zip(new_stretches) {
        common(&old[old_stretch], &new[new_stretch], &mut found);
    }
    found
}

/// Whether it may be written at another place, or anew around what is there: what traps, blocks and branches, what is
/// dropped, reads of locals and globals, constants, and the comparison with nothing that looks at a state.
fn moves(code: u16) -> bool {
    matches!(code >> 8, 0x00..=0x05 | 0x0b..=0x0f | 0x1a | 0x20 | 0x23 | 0x41..=0x45)
}

/// From behind one call up to the next, with it.
fn stretches(instructions: &[Instruction]) -> Vec<Range<usize>> {
    let calls = instructions.iter().enumerate().filter(|(_, (_, what))| *what == Opcode::Call);
    let mut from = 0;
    let mut found: Vec<_> = calls.map(|(at, _)| std::mem::replace(&mut from, at + 1)..at + 1).collect();
    found.push(from..instructions.len());
    found
}

/// Adds the pairs of the longest common subsequence.
fn common(mut old: &[Instruction], mut new: &[Instruction], found: &mut Vec<(usize, usize)>) {
    while let ([one, old_rest @ ..], [other, new_rest @ ..]) = (old, new)
        && one.1 == other.1
    {
        found.push((other.0, one.0));
        (old, new) = (old_rest, new_rest);
    }
    let mut behind = Vec::new();
    while let ([old_rest @ .., one], [new_rest @ .., other]) = (old, new)
        && one.1 == other.1
    {
        behind.push((other.0, one.0));
        (old, new) = (old_rest, new_rest);
    }
    let columns = new.len() + 1;
    if (old.len() + 1).saturating_mul(columns) <= CELLS {
        // The length of the longest one of what is left from here on, by places in both.
        let mut lengths = vec![0_u32; (old.len() + 1) * columns];
        for (row, one) in old.iter().enumerate().rev() {
            for (column, other) in new.iter().enumerate().rev() {
                let at = row * columns + column;
                lengths[at] = if one.1 == other.1 {
                    lengths[at + columns + 1] + 1
                } else {
                    lengths[at + columns].max(lengths[at + 1])
                };
            }
        }
        let (mut row, mut column) = (0, 0);
        while row < old.len() && column < new.len() {
            let at = row * columns + column;
            if old[row].1 == new[column].1 {
                found.push((new[column].0, old[row].0));
                (row, column) = (row + 1, column + 1);
            } else if lengths[at + columns] >= lengths[at + 1] {
                row += 1;
            } else {
                column += 1;
            }
        }
    }
    found.extend(behind.into_iter().rev());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No locals: constants dropped around two calls and an addition.
    const BEFORE: &[u8] = &[0, 0x10, 1, 0x41, 7, 0x41, 1, 0x6a, 0x1a, 0x10, 2, 0x0b];

    #[test]
    fn the_same_instructions_are_aligned_one_by_one_though_their_numbers_are_longer() {
        let after = [0, 0x10, 0x81, 0, 0x41, 7, 0x41, 1, 0x6a, 0x1a, 0x10, 2, 0x0b];
        let expected = [(1, 1), (4, 3), (6, 5), (8, 7), (9, 8), (10, 9), (12, 11)];
        assert_eq!(aligned(BEFORE, &after, &[]), expected);
    }

    #[test]
    fn around_what_was_put_in_what_was_there_is_found_again() {
        // Behind each call: a block around a constant that is dropped, and a call of function 9.
        let put_in = [0x02, 0x40, 0x41, 0, 0x1a, 0x0b, 0x10, 9];
        let mut after = vec![0, 0x10, 1];
        after.extend(put_in);
        let middle = after.len();
        after.extend([0x41, 7, 0x41, 1, 0x6a, 0x1a, 0x10, 2]);
        after.extend(put_in);
        after.push(0x0b);
        // Calls, and the addition; what may be written elsewhere is not looked for.
        assert_eq!(aligned(BEFORE, &after, &[9]), [(1, 1), (middle + 4, 7), (middle + 6, 9)]);
        // Not knowing what was put in, calls are instructions like others: the first ones fit.
        assert_eq!(aligned(BEFORE, &after, &[]).first(), Some(&(1, 1)));
    }

    #[test]
    fn the_longest_common_subsequence_is_found_between_the_ends() {
        let of = |text: &str| -> Vec<Instruction> {
            text.bytes().enumerate().map(|(at, byte)| (at, Opcode::Other(byte.into()))).collect()
        };
        let mut found = Vec::new();
        common(&of("abcde"), &of("axbcydxe"), &mut found);
        assert_eq!(found, [(0, 0), (2, 1), (3, 2), (5, 3), (7, 4)]);
        found.clear();
        common(&of(""), &of("abc"), &mut found);
        common(&of("abc"), &of("xyz"), &mut found);
        assert!(found.is_empty());
    }

    #[test]
    fn what_is_no_function_is_aligned_with_nothing() {
        assert!(aligned(&[], &[0, 0x0b], &[]).is_empty());
        assert!(aligned(&[0xff; 20], &[0xff; 20], &[]).is_empty());
    }
}
