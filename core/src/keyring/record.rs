use std::time::Duration;

use crate::error::RefreshError;
use crate::stamp::Timestamp;

/// What wants fresh keys.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// It is time: see [`Keyring::next_refresh`](crate::Keyring::next_refresh).
    Due,
    /// An answer names a key that is not held. It came over the caller's own connection, so it is
    /// believed at once.
    Answer,
    /// A callback does. Anyone can send one, so what it may cause is bounded apart.
    Notice,
}

/// What became of the refreshes so far. Times that lie after `now` were noted by a clock that was
/// wrong, and count for nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    /// Counts refreshes that were settled, those that failed too.
    pub(super) edition: u64,
    adopted: Option<Timestamp>,
    trouble: Option<Trouble>,
    /// Since when somebody fetches.
    fetching: Option<Timestamp>,
    strangers: Strangers,
}

/// Refreshes that failed, one after the other.
#[derive(Clone, Debug)]
struct Trouble {
    at: Timestamp,
    /// Answers that were no list.
    failed: u32,
    /// Fetches without an answer.
    unreached: u32,
    why: RefreshError,
}

/// What callbacks caused.
#[derive(Clone, Copy, Debug, Default)]
struct Strangers {
    last: Option<Timestamp>,
    /// Fetches in a row that brought no new key.
    fruitless: u32,
}

/// At most one fetch in this time.
const PAUSE: Duration = Duration::from_secs(1);
/// For callbacks the pause doubles so often with each fetch that brings nothing: to a minute.
const MOST_DOUBLINGS: u32 = 6;
/// A platform that is not reached is tried again after 1 s, 2 s, 4 s, up to this.
const UNREACHED: Duration = Duration::from_secs(60);
/// One that answers with something else, up to this.
const FAILED: Duration = Duration::from_secs(60 * 60);
/// So many such answers in a row, about a day, and never a list, are the end of trying.
const MOST_FAILURES: u32 = 36;
/// A fetch that takes longer was forgotten.
const LONGEST_FETCH: Duration = Duration::from_secs(60);

impl Record {
    /// When a list was adopted last.
    pub(super) fn adopted(&self, now: Timestamp) -> Option<Timestamp> {
        self.adopted.filter(|at| *at <= now)
    }

    pub(super) fn is_underway(&self, now: Timestamp) -> bool {
        let still = |at: Timestamp| at <= now && now < at.plus(LONGEST_FETCH);
        self.fetching.is_some_and(still)
    }

    /// The earliest time of a fetch for this wish; none when there shall be no other.
    pub(super) fn not_before(&self, wish: Wish, now: Timestamp) -> Option<Timestamp> {
        let after = |at: Timestamp, pause| if at > now { now } else { at.plus(pause) };
        let from = match &self.trouble {
            // Who had certificates once will have them again, and a message that names one is a sign
            // of them: the switch to the public key may have been taken back.
            Some(trouble) if wish == Wish::Due && self.adopted.is_none() && trouble.is_final() => {
                return None;
            }
            Some(trouble) => after(trouble.at, trouble.pause()),
            None => self.adopted.map_or(now, |at| after(at, PAUSE)),
        };
        let strangers = match (wish, self.strangers.last) {
            (Wish::Notice, Some(at)) => {
                let doublings = self.strangers.fruitless.min(MOST_DOUBLINGS);
                after(at, PAUSE * (1 << doublings))
            }
            _ => now,
        };
        Some(from.max(strangers))
    }

    /// What the last refresh came to.
    pub(super) fn outcome(&self) -> Result<(), RefreshError> {
        match &self.trouble {
            Some(trouble) => Err(trouble.why.clone()),
            None => Ok(()),
        }
    }

    pub(super) fn begun(&self, wish: Wish, now: Timestamp) -> Self {
        let mut next = self.clone();
        next.fetching = Some(now);
        if wish == Wish::Notice {
            next.strangers.last = Some(now);
            // Until it turns out otherwise; nobody may come back to say so.
            next.strangers.fruitless = next.strangers.fruitless.saturating_add(1);
        }
        next
    }

    /// The fetch was given up in the middle: another one may begin at once.
    pub(super) fn given_up(&self) -> Self {
        Self {
            fetching: None,
            ..self.clone()
        }
    }

    pub(super) fn adopted_at(&self, now: Timestamp, news: News) -> Self {
        let mut next = self.given_up();
        next.edition += 1;
        next.adopted = Some(now);
        next.trouble = None;
        if news == News::NewKey {
            next.strangers.fruitless = 0;
        }
        next
    }

    pub(super) fn failed_at(&self, now: Timestamp, why: RefreshError) -> Self {
        let mut next = self.given_up();
        next.edition += 1;
        let mut trouble = next.trouble.take().unwrap_or(Trouble {
            at: now,
            failed: 0,
            unreached: 0,
            why: why.clone(),
        });
        match why {
            RefreshError::Unreached(_) => trouble.unreached += 1,
            _ => trouble.failed += 1,
        }
        next.trouble = Some(Trouble {
            at: now,
            why,
            ..trouble
        });
        next
    }

    pub(super) fn forgiven(&self) -> Self {
        Self {
            trouble: None,
            ..self.clone()
        }
    }
}

/// What a list brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    NewKey,
    Nothing,
}

impl Trouble {
    fn is_final(&self) -> bool {
        let proved = match &self.why {
            RefreshError::NoCertificates(error) => error.api().is_some_and(|api| api.is_verified()),
            _ => false,
        };
        proved || self.failed >= MOST_FAILURES
    }

    fn pause(&self) -> Duration {
        let doubled = |times: u32| Duration::from_secs(1 << times.saturating_sub(1).min(16));
        match self.why {
            RefreshError::NoCertificates(_) => FAILED,
            RefreshError::Unreached(_) => doubled(self.unreached).min(UNREACHED),
            _ => doubled(self.failed).min(FAILED),
        }
    }
}
