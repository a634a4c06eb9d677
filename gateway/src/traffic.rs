use std::collections::BTreeMap;

use http::Method;

use crate::problem::clipped;

/// How many requests came, by method and path. Those that failed by a fault count too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traffic {
    counts: BTreeMap<String, u64>,
    total: u64,
}

/// So many different paths are told apart. Whoever asks for more makes them up.
const MOST_PATHS: usize = 1_000;
/// Where the rest is counted.
const OTHERS: &str = "others";

impl Traffic {
    pub(crate) fn count(&mut self, method: &Method, path: &str) {
        self.total += 1;
        let name = clipped(&format!("{method} {path}"));
        let known = self.counts.contains_key(&name);
        let name = if known || self.counts.len() < MOST_PATHS {
            name
        } else {
            OTHERS.to_owned()
        };
        *self.counts.entry(name).or_default() += 1;
    }

    pub(crate) fn counts(&self) -> &BTreeMap<String, u64> {
        &self.counts
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }
}
