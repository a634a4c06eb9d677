//! The reckoning: what each call claimed, held against the ledger, as a table.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::Value;
use wechatpay_gateway::{Running, credentials};

use crate::clients::{Claim, Known};
use crate::storm::Storm;
use crate::work::{Counts, Work};

/// From so many calls on, everything has to have happened at least once.
const MANY: usize = 3_000;

/// What came of it.
pub(crate) struct Report {
    pub(crate) storm: Storm,
    pub(crate) took: Duration,
    pub(crate) phases: Vec<(String, String)>,
    pub(crate) injected: Value,
    pub(crate) requests: Value,
    pub(crate) claims: BTreeMap<&'static str, usize>,
    pub(crate) attempts: BTreeMap<u32, usize>,
    pub(crate) settled: usize,
    pub(crate) faults: Vec<String>,
}

impl Report {
    /// What does not hold; empty when all is well.
    pub(crate) fn faults(&self) -> &[String] {
        &self.faults
    }

    fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(otherwise());
        }
    }

    /// Holds each claim against the ledger.
    pub(crate) fn reckon(&mut self, works: &[Work], claims: &[Claim], counts: &Counts) {
        self.expect(claims.len() == works.len(), || {
            "a call has no end".to_owned()
        });
        let most = Storm::policy().attempts();
        let mut sent = 0;
        for (number, (work, claim)) in works.iter().zip(claims).enumerate() {
            let name = match claim.known {
                Known::Done => "done",
                Known::NotDone => "not done",
                Known::Unknown => "unknown",
            };
            *self.claims.entry(name).or_default() += 1;
            *self.attempts.entry(claim.attempts).or_default() += 1;
            sent += claim.attempts - claim.unsent.min(claim.attempts);
            self.expect(claim.attempts <= most, || {
                format!("call {number} took {} attempts of {most}", claim.attempts)
            });
            let found = counts.of_work(work);
            let true_claim = !work.moves_money()
                || match claim.known {
                    Known::Done => found == 1,
                    Known::NotDone => found == 0,
                    Known::Unknown => found <= 1,
                };
            self.expect(true_claim, || {
                format!(
                    "call {number} says {name} and is in the ledger {found} times: {}",
                    claim.words
                )
            });
        }
        let requests = self.requests["total"].as_u64().unwrap_or(u64::MAX);
        let fetches = self.fetches();
        self.expect(requests.saturating_sub(fetches) <= u64::from(sent), || {
            format!("{requests} requests ({fetches} for certificates) for {sent} attempts")
        });
    }

    /// Holds the end against what was asked for.
    pub(crate) fn close(&mut self, works: &[Work], gateway: &Running) {
        let engine = gateway.engine().lock();
        let (counts, sum) = (Counts::of(engine.ledger()), engine.ledger().sum());
        for (number, work) in works
            .iter()
            .enumerate()
            .filter(|(_, work)| work.moves_money())
        {
            let found = counts.of_work(work);
            self.expect(found == 1, || {
                format!("in the end, call {number} is in the ledger {found} times")
            });
        }
        self.expect(sum.get() == 0, || format!("the ledger's sum is {sum}"));
        let turned = self
            .phases
            .iter()
            .any(|(_, declared)| declared == credentials::SECOND_PLATFORM_CERT_SERIAL);
        self.expect(turned || works.len() < MANY, || {
            "the new certificate was never declared".to_owned()
        });
        let injected = self.injected.clone();
        for kind in ["probe_signature", "cut_before", "cut_after", "rate_limited"] {
            let some = injected[kind].as_u64().unwrap_or(0) > 0;
            self.expect(some || works.len() < MANY, || {
                format!("no {kind} was injected")
            });
        }
    }

    fn fetches(&self) -> u64 {
        let requests = &self.requests["requests"];
        requests["GET /v3/certificates"].as_u64().unwrap_or(0)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Storm {
            calls,
            concurrency,
            transport,
        } = &self.storm;
        let seconds = self.took.as_secs_f64();
        writeln!(
            f,
            "{calls} calls over {transport:?}, {concurrency} at a time, in {seconds:.1} s"
        )?;
        writeln!(
            f,
            "\nthe keys, at a share of the calls, and what requests declare then"
        )?;
        for (what, declared) in &self.phases {
            writeln!(f, "  {what:<40} {declared}")?;
        }
        writeln!(f, "\nwhat the platform did wrong, in requests")?;
        for (kind, count) in self.injected.as_object().into_iter().flatten() {
            writeln!(f, "  {kind:<40} {count:>8}")?;
        }
        writeln!(f, "  {:<40} {:>8}", "of all", self.requests["total"])?;
        writeln!(
            f,
            "  {:<40} {:>8}",
            "fetches of certificates",
            self.fetches()
        )?;
        writeln!(f, "\nhow calls ended, each claim held against the ledger")?;
        for (name, count) in &self.claims {
            writeln!(f, "  {name:<40} {count:>8}")?;
        }
        writeln!(
            f,
            "  {:<40} {:>8}",
            "settled by the same call later", self.settled
        )?;
        writeln!(
            f,
            "\nattempts of a call, {} at most",
            Storm::policy().attempts()
        )?;
        for (attempts, count) in &self.attempts {
            writeln!(f, "  {attempts:<40} {count:>8}")?;
        }
        if self.faults.is_empty() {
            writeln!(
                f,
                "\nevery claim is true, and every operation is in the ledger exactly once"
            )
        } else {
            writeln!(f, "\n{} things do not hold:", self.faults.len())?;
            for fault in self.faults.iter().take(20) {
                writeln!(f, "  {fault}")?;
            }
            Ok(())
        }
    }
}
