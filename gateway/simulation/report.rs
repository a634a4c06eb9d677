//! What is said of the seeds that were run.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::options::Options;
use crate::sim::{Ended, Fault, Protection, Told, Work};

#[derive(Debug, Default)]
pub(crate) struct Report {
    seeds: u64,
    requests: u64,
    undertakings: usize,
    checks: u64,
    failed: Vec<u64>,
    injected: BTreeMap<Fault, u64>,
    calls: BTreeMap<(&'static str, Told), u64>,
}

impl Report {
    pub(crate) fn add(&mut self, ended: &Ended) {
        self.seeds += 1;
        self.requests += ended.requests;
        self.undertakings += ended.undertakings;
        self.checks += ended.steps;
        if !ended.violations.is_empty() {
            self.failed.push(ended.seed);
        }
        for (call, times) in &ended.calls {
            *self.calls.entry(*call).or_default() += times;
        }
        for (fault, times) in &ended.injected {
            *self.injected.entry(*fault).or_default() += times;
        }
    }

    pub(crate) fn held(&self) -> bool {
        self.failed.is_empty()
    }

    pub(crate) fn progress(&self, of: u64, took: Duration) -> String {
        let (rate, failed) = (self.rate(self.seeds, took), self.failed.len());
        let faults = self.injected.iter();
        let faults: Vec<_> = faults
            .map(|(fault, times)| format!("{} {times}", fault.name()))
            .collect();
        let (seeds, faults) = (self.seeds, faults.join(", "));
        format!("{seeds} of {of} seeds, {rate:.1} a second, {failed} failed; {faults}")
    }

    fn rate(&self, count: u64, took: Duration) -> f64 {
        count as f64 / took.as_secs_f64().max(0.001)
    }

    pub(crate) fn summary(&self, took: Duration) -> String {
        let mut text = String::from("| fault | injected |\n|---|---:|\n");
        for fault in Fault::ALL {
            let times = self.injected.get(fault).copied().unwrap_or_default();
            let _ = writeln!(text, "| {} | {times} |", fault.name());
        }
        text.push_str(
            "\n| call | done | refused | not done | unknown |\n|---|---:|---:|---:|---:|\n",
        );
        for kind in Work::KINDS {
            let ended = |told| self.calls.get(&(*kind, told)).copied().unwrap_or_default();
            let [done, refused] = [ended(Told::Done), ended(Told::Refused)];
            let [not, unknown] = [ended(Told::NotDone), ended(Told::Unknown)];
            let _ = writeln!(text, "| {kind} | {done} | {refused} | {not} | {unknown} |");
        }
        let _ = writeln!(
            text,
            "\n{} seeds in {:.1} s: {:.1} seeds and {:.0} requests a second\n\
             {} undertakings, {} requests, the ledger checked {} times",
            self.seeds,
            took.as_secs_f64(),
            self.rate(self.seeds, took),
            self.rate(self.requests, took),
            self.undertakings,
            self.requests,
            self.checks
        );
        match self.failed.as_slice() {
            [] => text.push_str("everything held\n"),
            failed => {
                let _ = writeln!(text, "{} seeds failed: {failed:?}", failed.len());
            }
        }
        text
    }
}

/// What was broken in one seed.
pub(crate) fn verdict(ended: &Ended) -> String {
    let digest: String = ended.digest.iter().map(|b| format!("{b:02x}")).collect();
    let mut text = format!("seed {}, digest {digest}\n", ended.seed);
    for violation in &ended.violations {
        let _ = writeln!(text, "  {violation}");
    }
    text
}

/// The command that repeats a seed.
pub(crate) fn repeat(seed: u64, without: Option<Protection>) -> String {
    let without = without.map(|off| format!(" --without {:?}", off.name()));
    format!(
        "to repeat it: cargo run --release -p wechatpay-gateway --bin simulate -- --tell --first \
         {seed}{}\n",
        without.unwrap_or_default()
    )
}

/// A line of the table of protections.
pub(crate) fn row(protection: Protection, options: &Options, shown: Option<&Ended>) -> String {
    let (name, without) = (protection.name(), protection.without());
    match shown {
        Some(ended) => {
            let seeds = ended.seed.wrapping_sub(options.first) + 1;
            let mut laws: Vec<_> = ended.violations.iter().map(|v| v.law).collect();
            laws.sort_unstable();
            laws.dedup();
            let laws: Vec<_> = laws.iter().map(|law| law.words()).collect();
            format!("| {name} | {without} | {seeds} | {} |", laws.join("; "))
        }
        None => format!("| {name} | {without} | not within {} | |", options.seeds),
    }
}
