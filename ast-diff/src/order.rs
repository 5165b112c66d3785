//! Values in the order of numbers. Each type that is sorted for itself brings a copy of the algorithm with it, which pages
//! would have to load: here plain numbers are sorted, whatever they stand for.

/// Puts values in the order of their numbers, which have at most 96 bits; equal ones stay as they are.
pub(crate) fn sorted<T>(values: Vec<T>, number: impl Fn(&T) -> u128) -> Vec<T> {
    let mut order: Vec<u128> = (0..).zip(&values).map(|(index, value)| number(value) << 32 | index).collect();
    if order.is_sorted() {
        return values;
    }
    order.sort_unstable();
    let mut values: Vec<Option<T>> = values.into_iter().map(Some).collect();
    order.into_iter().filter_map(|number| values[number as u32 as usize].take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_keep_their_order() {
        let values = vec![(2, 'a'), (u64::MAX, 'b'), (1, 'c'), (2, 'd'), (0, 'e'), (1, 'f')];
        let letters: String =
            sorted(values, |value| value.0.into()).into_iter().map(|value| value.1).collect();
        assert_eq!(letters, "ecfadb");
    }
}
