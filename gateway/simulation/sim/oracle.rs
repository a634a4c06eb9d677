//! What has to hold, checked after every step. It knows what really happened: the ledger, which
//! request came from which undertaking, and which messages the platform signed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ring::digest::{Context, SHA256};
use wechatpay_core::http::HeaderMap;
use wechatpay_core::{Fen, header_name};
use wechatpay_gateway::{Account, Entry, Ledger};

use super::executor::Millis;

/// Something that a merchant undertakes once, however many requests it takes.
pub(crate) type IntentId = usize;

/// One call of a client: its attempts, and what it fetches on the way.
pub(crate) type CallId = u64;

/// A rule that was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Law {
    LedgerSum,
    LedgerBooks,
    ExecutedOnce,
    DoneIsDone,
    RefusedIsNot,
    Settles,
    Policy,
    Trust,
    AppliedOnce,
    Delivered,
    Restart,
}

impl Law {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::LedgerSum => "the ledger sums to zero",
            Self::LedgerBooks => "balances follow from the entries",
            Self::ExecutedOnce => "an undertaking is carried out at most once",
            Self::DoneIsDone => "what is held as done is in the ledger",
            Self::RefusedIsNot => "what is held as refused is not in the ledger",
            Self::Settles => "what is unknown is settled once the network heals",
            Self::Policy => "no attempt goes beyond the policy and the operation's replay",
            Self::Trust => "no answer is trusted that the platform did not sign for this call",
            Self::AppliedOnce => "equal notices are applied once",
            Self::Delivered => "each callback is delivered or given up in the end",
            Self::Restart => "a restart keeps what was kept",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) law: Law,
    at: Millis,
    words: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (law, at) = (self.law.words(), self.at);
        write!(f, "at {at} ms, against \"{law}\": {}", self.words)
    }
}

/// What a merchant knows of its undertaking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    Unknown,
    Done,
    Refused,
}

/// What an undertaking leaves in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expects {
    /// One entry of this amount, before it is answered.
    Entry(Fen),
    /// So many entries at least, in the end.
    Later { least: usize },
    /// No money moves.
    Nothing,
}

#[derive(Debug)]
struct Watched {
    name: String,
    expects: Expects,
    held: Held,
    /// The requests that moved something for it.
    executions: BTreeSet<String>,
    entries: Vec<(String, String)>,
    moved: i64,
}

#[derive(Default)]
pub(crate) struct Oracle {
    violations: Vec<Violation>,
    intents: Vec<Watched>,
    requests: BTreeMap<String, IntentId>,
    books: BTreeMap<Account, i64>,
    seen: usize,
    signed: BTreeMap<[u8; 32], CallId>,
    applied: BTreeMap<(usize, String), u32>,
    pub(crate) now: Millis,
    pub(crate) steps: u64,
}

impl Oracle {
    pub(crate) fn violations(&self) -> &[Violation] {
        &self.violations
    }

    pub(crate) fn broken(&mut self, law: Law, words: impl Into<String>) {
        let (at, words) = (self.now, words.into());
        self.violations.push(Violation { law, at, words });
    }

    /// A merchant undertakes something.
    pub(crate) fn intends(&mut self, name: String, expects: Expects) -> IntentId {
        self.intents.push(Watched {
            name,
            expects,
            held: Held::Unknown,
            executions: BTreeSet::new(),
            entries: Vec::new(),
            moved: 0,
        });
        self.intents.len() - 1
    }

    /// The platform gets a request, which it will know by this id.
    pub(crate) fn arrives(&mut self, request_id: String, intent: IntentId) {
        self.requests.insert(request_id, intent);
    }

    /// Reads what the ledger has of new entries.
    pub(crate) fn reads(&mut self, ledger: &Ledger) {
        self.steps += 1;
        if ledger.sum() != Fen::ZERO {
            self.broken(Law::LedgerSum, format!("the sum is {}", ledger.sum()));
        }
        let entries = ledger.entries();
        let new = entries.get(self.seen..).unwrap_or_default();
        if new.is_empty() {
            return;
        }
        self.seen = entries.len();
        let mut touched = BTreeSet::new();
        for entry in new {
            for transfer in &entry.transfers {
                let amount = transfer.amount.get();
                *self.books.entry(transfer.from.clone()).or_default() -= amount;
                *self.books.entry(transfer.to.clone()).or_default() += amount;
                touched.extend([transfer.from.clone(), transfer.to.clone()]);
            }
            self.attribute(entry);
        }
        for account in touched {
            let (there, here) = (ledger.balance(&account).get(), self.books[&account]);
            if there != here {
                let words = format!("{account} holds {there}, and its entries make {here}");
                self.broken(Law::LedgerBooks, words);
            }
        }
    }

    fn attribute(&mut self, entry: &Entry) {
        let Some(intent) = self.requests.get(&entry.request_id).copied() else {
            return;
        };
        let watched = &mut self.intents[intent];
        let (name, held) = (watched.name.clone(), watched.held);
        watched.executions.insert(entry.request_id.clone());
        let once = (entry.request_id.clone(), entry.operation.clone());
        let again = watched.entries.contains(&once);
        watched.entries.push(once);
        watched.moved += entry.transfers.iter().map(|t| t.amount.get()).sum::<i64>();
        let executions = watched.executions.len();
        let what = format!("{name}: {:?} moved", entry.operation);
        if executions > 1 || again {
            let words = format!("{what} again, by request {}", entry.request_id);
            self.broken(Law::ExecutedOnce, words);
        }
        if held == Held::Refused {
            let words = format!("{what} money after it was held as refused");
            self.broken(Law::RefusedIsNot, words);
        }
    }

    /// A merchant's knowledge of its undertaking changed.
    pub(crate) fn holds(&mut self, intent: IntentId, held: Held) {
        self.intents[intent].held = held;
        self.judge(intent);
    }

    fn judge(&mut self, intent: IntentId) {
        let watched = &self.intents[intent];
        let (name, entries) = (&watched.name, watched.entries.len());
        let broken = match (watched.held, watched.expects) {
            (Held::Done, Expects::Entry(amount)) if entries == 0 => Some((
                Law::DoneIsDone,
                format!("{name} is held as done, and {amount} never moved"),
            )),
            (Held::Done, Expects::Entry(amount)) if watched.moved != amount.get() => Some((
                Law::DoneIsDone,
                format!("{name} moved {} in place of {amount}", watched.moved),
            )),
            (Held::Refused, _) if entries > 0 => Some((
                Law::RefusedIsNot,
                format!("{name} is held as refused, and {} moved", watched.moved),
            )),
            _ => None,
        };
        if let Some((law, words)) = broken {
            self.broken(law, words);
        }
    }

    /// At the very end nothing may be open any more.
    pub(crate) fn reckons(&mut self) {
        for intent in 0..self.intents.len() {
            self.judge(intent);
            let watched = &self.intents[intent];
            let (name, entries) = (watched.name.clone(), watched.entries.len());
            match (watched.held, watched.expects) {
                (Held::Unknown, _) => self.broken(Law::Settles, format!("{name} is unknown")),
                (Held::Done, Expects::Later { least }) if entries < least => {
                    let words = format!("{name} is held as done, and has {entries} entries");
                    self.broken(Law::DoneIsDone, words);
                }
                _ => {}
            }
        }
    }

    /// The platform signed an answer to a call.
    pub(crate) fn signs(&mut self, call: CallId, headers: &HeaderMap, body: &[u8]) {
        self.signed.insert(digest(headers, body), call);
    }

    /// A client trusts an answer.
    pub(crate) fn trusts(&mut self, call: CallId, what: &str, headers: &HeaderMap, body: &[u8]) {
        match self.signed.get(&digest(headers, body)) {
            Some(of) if *of == call => {}
            Some(_) => self.broken(Law::Trust, format!("{what}: the answer to another call")),
            None => self.broken(
                Law::Trust,
                format!("{what}: an answer that was never signed"),
            ),
        }
    }

    /// A merchant acts on a notice.
    pub(crate) fn applies(&mut self, merchant: usize, notice: &str) {
        let times = self.applied.entry((merchant, notice.to_owned()));
        let times = times.or_default();
        *times += 1;
        if *times > 1 {
            let words = format!("merchant {merchant} acts on notice {notice} again");
            self.broken(Law::AppliedOnce, words);
        }
    }

    /// A platform that comes back has what it had kept, and nothing else.
    pub(crate) fn restarts(&mut self, ledger: &Ledger) {
        let books = ledger.balances().all(|(account, balance)| {
            self.books.get(account).copied().unwrap_or_default() == balance.get()
        });
        if ledger.entries().len() != self.seen || !books {
            let (kept, back) = (self.seen, ledger.entries().len());
            let words = format!("{kept} entries were kept, and {back} came back");
            self.broken(Law::Restart, words);
        }
    }

    pub(crate) fn intents(&self) -> usize {
        self.intents.len()
    }
}

/// What the platform's signature covers.
fn digest(headers: &HeaderMap, body: &[u8]) -> [u8; 32] {
    let mut digest = Context::new(&SHA256);
    for name in [header_name::TIMESTAMP, header_name::NONCE] {
        digest.update(headers.get(name).map_or(b"".as_slice(), |v| v.as_bytes()));
        digest.update(b"\n");
    }
    digest.update(body);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest.finish().as_ref());
    bytes
}
