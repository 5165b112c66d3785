//! How far two animations are from looking the same, and where.

use super::animation::Animation;

/// Between two animations of one size, with as many frames.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    /// All that were compared.
    pub(super) pixels: u64,
    /// Those that differ in any channel.
    pub(super) different: u64,
    /// The greatest difference in a channel.
    pub(super) greatest: u8,
    /// The same of each place of the screen, over all frames.
    pub(super) heat: Vec<u8>,
}

impl Difference {
    /// `None` where there is nothing to be compared: their sizes or numbers of frames differ.
    pub(super) fn between(one: &Animation, other: &Animation) -> Option<Self> {
        if (one.width, one.height, one.screens.len()) != (other.width, other.height, other.screens.len()) {
            return None;
        }
        let places = usize::from(one.width) * usize::from(one.height);
        let mut difference = Self { pixels: 0, different: 0, greatest: 0, heat: vec![0; places] };
        for (one, other) in one.screens.iter().zip(&other.screens) {
            let pixels = one.chunks_exact(4).zip(other.chunks_exact(4));
            for (heat, (one, other)) in difference.heat.iter_mut().zip(pixels) {
                let apart = one.iter().zip(other).map(|(one, other)| one.abs_diff(*other)).max();
                let apart = apart.unwrap_or_default();
                difference.pixels += 1;
                difference.different += u64::from(apart > 0);
                difference.greatest = difference.greatest.max(apart);
                *heat = apart.max(*heat);
            }
        }
        Some(difference)
    }

    /// Of all pixels, in percent.
    pub(super) fn percent(&self) -> f64 {
        100.0 * self.different as f64 / (self.pixels as f64).max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn animation(width: u16, screens: &[&[u8]]) -> Animation {
        Animation {
            width,
            height: 1,
            delays: vec![1; screens.len()],
            repetitions: None,
            screens: screens.iter().map(|screen| screen.to_vec()).collect(),
        }
    }

    #[test]
    fn pixels_are_counted_once_and_the_heat_is_the_most_of_all_frames() {
        let one = animation(2, &[&[1, 2, 3, 4, 5, 6, 7, 8], &[0; 8]]);
        assert_eq!(Difference::between(&one, &one).unwrap().different, 0);
        let other = animation(2, &[&[1, 2, 3, 4, 15, 6, 0, 8], &[0, 0, 0, 0, 3, 200, 0, 0]]);
        let difference = Difference::between(&one, &other).unwrap();
        assert_eq!((difference.pixels, difference.different, difference.greatest), (4, 2, 200));
        assert_eq!(difference.heat, [0, 200]);
        assert!((difference.percent() - 50.0).abs() < 1e-9);
    }

    #[test]
    fn what_has_another_size_cannot_be_compared() {
        let one = animation(1, &[&[0; 4]]);
        assert_eq!(Difference::between(&one, &animation(2, &[&[0; 8]])), None);
        assert_eq!(Difference::between(&one, &animation(1, &[&[0; 4], &[0; 4]])), None);
    }
}
