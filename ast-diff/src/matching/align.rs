//! Which of two lists' elements are the same, in order.

use std::collections::HashMap;

/// Largest table of the exact algorithm, in cells: 256 KiB.
const TABLE: usize = 1 << 17;

/// Pairs of positions of equal elements, both growing: a longest common subsequence where the lists are short enough, else
/// one through the elements that occur once in both (patience diff), and a greedy one where there are none.
///
/// Time and memory are linear in the lengths but for the table, whose size is bounded.
pub(super) fn align(left: &[u64], right: &[u64]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let mut ranges = vec![(0, left.len(), 0, right.len())];
    while let Some((mut from, mut to, mut other_from, mut other_to)) = ranges.pop() {
        while from < to && other_from < other_to && left[from] == right[other_from] {
            pairs.push((from, other_from));
            (from, other_from) = (from + 1, other_from + 1);
        }
        while from < to && other_from < other_to && left[to - 1] == right[other_to - 1] {
            (to, other_to) = (to - 1, other_to - 1);
            pairs.push((to, other_to));
        }
        let (ours, theirs) = (&left[from..to], &right[other_from..other_to]);
        if ours.is_empty() || theirs.is_empty() {
            continue;
        }
        let found = if (ours.len() + 1) * (theirs.len() + 1) <= TABLE {
            exact(ours, theirs)
        } else {
            let anchors = unique(ours, theirs);
            if !anchors.is_empty() {
                let mut start = (from, other_from);
                for (here, there) in anchors.iter().map(|(here, there)| (from + here, other_from + there)) {
                    ranges.push((start.0, here, start.1, there));
                    pairs.push((here, there));
                    start = (here + 1, there + 1);
                }
                ranges.push((start.0, to, start.1, other_to));
                continue;
            }
            greedy(ours, theirs)
        };
        pairs.extend(found.into_iter().map(|(here, there)| (from + here, other_from + there)));
    }
    pairs.sort_unstable();
    pairs
}

/// Longest common subsequence by the textbook table.
fn exact(left: &[u64], right: &[u64]) -> Vec<(usize, usize)> {
    let width = right.len() + 1;
    let mut table = vec![0_u16; (left.len() + 1) * width];
    for here in (0..left.len()).rev() {
        for there in (0..right.len()).rev() {
            table[here * width + there] = if left[here] == right[there] {
                table[(here + 1) * width + there + 1] + 1
            } else {
                table[(here + 1) * width + there].max(table[here * width + there + 1])
            };
        }
    }
    let (mut here, mut there, mut pairs) = (0, 0, Vec::new());
    while here < left.len() && there < right.len() {
        if left[here] == right[there] {
            pairs.push((here, there));
            (here, there) = (here + 1, there + 1);
        } else if table[(here + 1) * width + there] >= table[here * width + there + 1] {
            here += 1;
        } else {
            there += 1;
        }
    }
    pairs
}

/// The longest increasing run of pairs of elements that occur once on either side.
fn unique(left: &[u64], right: &[u64]) -> Vec<(usize, usize)> {
    #[derive(Default)]
    struct Seen {
        counts: [u32; 2],
        places: [usize; 2],
    }
    let mut seen: HashMap<u64, Seen> = HashMap::with_capacity(left.len());
    for (side, list) in [left, right].into_iter().enumerate() {
        for (place, element) in list.iter().enumerate() {
            let seen = seen.entry(*element).or_default();
            seen.counts[side] += 1;
            seen.places[side] = place;
        }
    }
    let pairs: Vec<(usize, usize)> = left
        .iter()
        .enumerate()
        .filter_map(|(here, element)| {
            seen.get(element).filter(|seen| seen.counts == [1, 1]).map(|seen| (here, seen.places[1]))
        })
        .collect();
    let places: Vec<usize> = pairs.iter().map(|(_, there)| *there).collect();
    increasing(&places).into_iter().map(|index| pairs[index]).collect()
}

/// Each element of the left one takes the next equal one of the right.
fn greedy(left: &[u64], right: &[u64]) -> Vec<(usize, usize)> {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (there, element) in right.iter().enumerate().rev() {
        places.entry(*element).or_default().push(there);
    }
    let (mut next, mut pairs) = (0, Vec::new());
    for (here, element) in left.iter().enumerate() {
        let Some(places) = places.get_mut(element) else { continue };
        while places.last().is_some_and(|there| *there < next) {
            places.pop();
        }
        // One that lies far ahead would cut off all that is between.
        if let Some(there) = places.last().copied().filter(|there| *there < next + 64) {
            pairs.push((here, there));
            next = there + 1;
        }
    }
    pairs
}

/// Indices of a longest strictly increasing subsequence (M. Fredman, "On computing the length of longest increasing
/// subsequences", Discrete Mathematics 11(1), 1975): n log n.
pub(crate) fn increasing(numbers: &[usize]) -> Vec<usize> {
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<usize> = vec![usize::MAX; numbers.len()];
    for (index, number) in numbers.iter().enumerate() {
        let length = tails.partition_point(|tail| numbers[*tail] < *number);
        if length > 0 {
            before[index] = tails[length - 1];
        }
        if length == tails.len() {
            tails.push(index);
        } else {
            tails[length] = index;
        }
    }
    let mut chain = Vec::with_capacity(tails.len());
    let mut index = tails.last().copied().unwrap_or(usize::MAX);
    while index != usize::MAX {
        chain.push(index);
        index = before[index];
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::{align, increasing};

    fn numbers(text: &str) -> Vec<u64> {
        text.bytes().map(u64::from).collect()
    }

    fn common(left: &str, right: &str) -> String {
        let (left, right) = (numbers(left), numbers(right));
        let pairs = align(&left, &right);
        assert!(pairs.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1), "{pairs:?}");
        assert!(pairs.iter().all(|(here, there)| left[*here] == right[*there]));
        pairs.iter().map(|(here, _)| left[*here] as u8 as char).collect()
    }

    #[test]
    fn short_lists_have_a_longest_common_subsequence() {
        assert_eq!(common("", "abc"), "");
        assert_eq!(common("abcabba", "cbabac").len(), 4);
        assert_eq!(common("xaxbxcx", "abc"), "abc");
        assert_eq!(common("abc", "abc"), "abc");
        assert_eq!(common("abcd", "dabc"), "abc");
    }

    #[test]
    fn long_lists_go_through_what_is_unique() {
        let left: Vec<u64> = (0..5000).collect();
        let right: Vec<u64> = (0..5000).filter(|number| number % 7 != 0).chain(9000..9100).collect();
        let pairs = align(&left, &right);
        assert_eq!(pairs.len(), 5000 - 5000_usize.div_ceil(7));
    }

    #[test]
    fn equal_elements_in_great_number_end_soon() {
        let left = vec![1; 100_000];
        let mut right = left.clone();
        right.insert(50_000, 2);
        right.remove(10);
        assert_eq!(align(&left, &right).len(), 99_999);
        let mixed: Vec<u64> = (0..100_000).map(|number| number % 3).collect();
        assert!(align(&left, &mixed).len() > 30_000);
    }

    #[test]
    fn the_longest_increasing_run_is_found() {
        assert_eq!(increasing(&[]), [0; 0]);
        assert_eq!(increasing(&[5, 1, 2, 0, 3]), [1, 2, 4]);
        assert_eq!(increasing(&[2, 2, 2]).len(), 1);
    }
}
