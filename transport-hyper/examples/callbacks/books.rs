//! A stand-in for the shop's database and its log: it remembers what a rehearsal asks about.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wechatpay_core::notice::{Event, Payment, RefundStatus};
use wechatpay_core::{Notice, NoticeError, VerifyError};

/// Where the effects of notices are kept.
#[derive(Debug)]
pub(crate) struct Books {
    state: Mutex<State>,
    log: Log,
}

/// Whether somebody watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Log {
    Off,
    Console,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// By the notice's id: what it changed, as often as it did.
    pub(crate) entries: BTreeMap<String, Vec<Entry>>,
    attempts: usize,
    pub(crate) busy: usize,
    pub(crate) probes: usize,
    /// Requests that were refused though they were no probes, and why.
    pub(crate) refused: Vec<String>,
}

/// What a notice changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Paid,
    PaidTogether,
    Refunded,
    RefundStuck,
    RefundClosed,
    Shared,
    Nothing,
}

/// The database is down, or another transaction holds the row.
#[derive(Debug)]
pub(crate) struct Busy;

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the books are busy")
    }
}

impl Books {
    /// One attempt in so many finds them busy.
    const BUSY: usize = 40;

    pub(crate) fn new(log: Log) -> Self {
        Self {
            state: Mutex::default(),
            log,
        }
    }

    /// Applies a notice, even twice: that is what a rehearsal looks for. A real database would let an
    /// order's own state decide, and keep the notice's id under a unique key in the same transaction.
    pub(crate) fn apply(&self, notice: &Notice) -> Result<(), Busy> {
        let entry = Entry::of(&notice.event);
        if self.log == Log::Console {
            println!("{}: {entry:?}", notice.id);
        }
        let mut state = self.lock();
        state.attempts += 1;
        if state.attempts.is_multiple_of(Self::BUSY) {
            state.busy += 1;
            return Err(Busy);
        }
        let entries = state.entries.entry(notice.id.clone()).or_default();
        entries.push(entry);
        Ok(())
    }

    /// Logs a request that was refused. Probes come every day, and anyone may post: that is a line in
    /// the log and not an alarm.
    pub(crate) fn note(&self, error: &NoticeError) {
        if self.log == Log::Console {
            println!("refused: {error}");
        }
        let mut state = self.lock();
        match error {
            NoticeError::Untrusted {
                source: VerifyError::Probe,
                ..
            } => state.probes += 1,
            _ => state.refused.push(error.to_string()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().entries.len()
    }

    pub(crate) fn state(&self) -> State {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn of(event: &Event) -> Self {
        match event {
            Event::Payment(Payment::Combined(_)) => Self::PaidTogether,
            Event::Payment(_) => Self::Paid,
            Event::Refund(refund) => match refund.refund_status {
                RefundStatus::Success => Self::Refunded,
                RefundStatus::Abnormal => Self::RefundStuck,
                RefundStatus::Closed => Self::RefundClosed,
                _ => Self::Nothing,
            },
            Event::ProfitSharing(_) => Self::Shared,
            _ => Self::Nothing,
        }
    }
}
