//! Random cases that can be had again.

use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

/// The cases of one test.
pub(crate) struct Cases(TestRng);

impl Cases {
    /// Every test has its own, so that it gets the same ones alone.
    pub(crate) fn of(test: &str) -> Self {
        let seed = match std::env::var("WECHATPAY_SEED") {
            Ok(seed) => seed.parse().unwrap(),
            Err(_) => TestRunner::default().rng().next_u64(),
        };
        println!("{test}: WECHATPAY_SEED={seed}");
        let mut bytes = [0; 32];
        for (byte, from) in bytes
            .iter_mut()
            .zip(seed.to_le_bytes().iter().chain(test.as_bytes()))
        {
            *byte = *from;
        }
        Self(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.0.next_u64() % u64::try_from(bound).unwrap()).unwrap()
    }

    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// Any bytes, from none to `limit`, and as many short ones as long ones.
    pub(crate) fn message(&mut self, limit: usize) -> Vec<u8> {
        let longest = 1 << self.below(limit.ilog2() as usize + 1);
        let length = self.below(longest + 1);
        self.bytes(length)
    }

    /// Text of exactly so many bytes of UTF-8.
    pub(crate) fn text(&mut self, bytes: usize) -> String {
        let mut text = String::new();
        while text.len() < bytes {
            let room = bytes - text.len();
            let next = *self.one_of(&['a', '7', ' ', '\n', '"', '\0', 'é', '张', '三', '𠮷']);
            if next.len_utf8() <= room {
                text.push(next);
            }
        }
        text
    }

    /// The same with one bit changed. There has to be one.
    pub(crate) fn flipped(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        let at = self.below(bytes.len());
        bytes[at] ^= 1 << self.below(8);
        bytes
    }
}

/// So many cases, or a multiple of that.
pub(crate) fn times(cases: usize) -> usize {
    match std::env::var("WECHATPAY_CASES") {
        Ok(factor) => cases * factor.parse::<usize>().unwrap(),
        Err(_) => cases,
    }
}
