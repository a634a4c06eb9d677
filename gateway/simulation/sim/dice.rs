//! Everything that is left to chance, from one seed.

use std::cell::RefCell;
use std::ops::RangeInclusive;

/// Parts of a million.
pub(crate) type Millionths = u32;

pub(crate) struct Dice(RefCell<fastrand::Rng>);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(RefCell::new(fastrand::Rng::with_seed(seed)))
    }

    pub(crate) fn chance(&self, share: Millionths) -> bool {
        self.within(0..=999_999) < u64::from(share)
    }

    pub(crate) fn percent(&self, percent: u32) -> bool {
        self.chance(percent * 10_000)
    }

    pub(crate) fn within(&self, range: RangeInclusive<u64>) -> u64 {
        self.0.borrow_mut().u64(range)
    }

    pub(crate) fn index(&self, length: usize) -> Option<usize> {
        (length > 0).then(|| self.0.borrow_mut().usize(0..length))
    }

    pub(crate) fn pick<'a, T>(&self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.index(from.len())?)
    }

    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.borrow_mut().fill(&mut bytes);
        bytes
    }
}
