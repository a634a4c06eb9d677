use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use serde::{Deserialize, Serialize};
use wechatpay_core::Timestamp;

use super::{DeliveryId, DeliveryOutcome, Event};
use crate::moment::Entropy;
use crate::percent::Percent;
use crate::rotation::SigningKey;
use crate::table::{Change, Table};
use crate::wire;

/// How long the platform waits before each further attempt, in seconds: 24 h 4 min in all.
const LADDER: [u64; 15] = [
    15, 15, 30, 180, 600, 1_200, 1_800, 1_800, 1_800, 3_600, 10_800, 10_800, 10_800, 21_600, 21_600,
];

/// All notices since the start, in the order they were queued.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    notices: Table<usize, Notice>,
    /// When which notice is due, the soonest first.
    due: BTreeSet<(Timestamp, usize)>,
    /// Which notice, and which attempt at it, waits for an answer.
    underway: BTreeMap<DeliveryId, (usize, usize)>,
    deliveries: u64,
}

/// A notice and what became of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Notice {
    pub(crate) id: String,
    pub(crate) event: Event,
    #[serde(with = "wire::uri")]
    pub(crate) url: Uri,
    /// The envelope, sealed; let go once the notice has ended.
    #[serde(with = "wire::base64")]
    pub(crate) body: Bytes,
    copies: Copies,
    probes: Percent,
    pub(crate) standing: Standing,
    /// How many rounds of deliveries failed.
    failed: usize,
    pub(crate) attempts: Vec<Attempt>,
}

/// A notice to be queued.
#[derive(Clone, Debug)]
pub(crate) struct NewNotice {
    pub(crate) id: String,
    pub(crate) event: Event,
    pub(crate) url: Uri,
    pub(crate) body: Bytes,
    pub(crate) copies: Copies,
    /// How many of the deliveries carry a probe.
    pub(crate) probes: Percent,
}

/// How many deliveries one round has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Copies {
    One,
    Two,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Standing {
    Waiting(Timestamp),
    /// So many deliveries of this round have no answer yet.
    Underway(usize),
    Delivered,
    GivenUp,
}

/// One delivery of a notice.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    round: usize,
    /// On the gateway's clock.
    pub(crate) at: Timestamp,
    pub(crate) key: SigningKey,
    pub(crate) signature: SignatureKind,
    pub(crate) outcome: Option<DeliveryOutcome>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SignatureKind {
    Right,
    Probe,
}

impl Outbox {
    pub(crate) const NAME: &str = "notices";

    /// The first attempt is due at once.
    pub(crate) fn push(&mut self, new: NewNotice, at: Timestamp) {
        let index = self.notices.len();
        self.due.insert((at, index));
        let notice = Notice {
            id: new.id,
            event: new.event,
            url: new.url,
            body: new.body,
            copies: new.copies,
            probes: new.probes,
            standing: Standing::Waiting(at),
            failed: 0,
            attempts: Vec::new(),
        };
        self.notices.insert(index, notice);
    }

    pub(crate) fn is_due(&self, at: Timestamp) -> bool {
        self.due.first().is_some_and(|(due, _)| *due <= at)
    }

    /// The notice that has been due for longest, and how many deliveries it gets.
    pub(super) fn take_due(&mut self, at: Timestamp) -> Option<(usize, usize)> {
        if !self.is_due(at) {
            return None;
        }
        let (_, index) = self.due.pop_first()?;
        let notice = self.notices.get_mut(&index)?;
        let copies = match notice.copies {
            Copies::One => 1,
            Copies::Two => 2,
        };
        notice.standing = Standing::Underway(copies);
        Some((index, copies))
    }

    pub(super) fn next_delivery(&mut self) -> usize {
        self.deliveries += 1;
        usize::try_from(self.deliveries).unwrap_or(usize::MAX)
    }

    /// Notes a delivery. `probe` decides whether its signature is a probe; after one, the next round
    /// is signed rightly.
    pub(super) fn begin(
        &mut self,
        index: usize,
        key: SigningKey,
        probe: &Entropy,
        at: Timestamp,
    ) -> Option<(DeliveryId, SignatureKind, &Notice)> {
        let id = DeliveryId(self.deliveries);
        let notice = self.notices.get_mut(&index)?;
        let signature = if notice.may_be_probed() && notice.probes.is_drawn(probe) {
            SignatureKind::Probe
        } else {
            SignatureKind::Right
        };
        self.underway.insert(id, (index, notice.attempts.len()));
        notice.attempts.push(Attempt {
            round: notice.failed,
            at,
            key,
            signature,
            outcome: None,
        });
        Some((id, signature, notice))
    }

    pub(super) fn answered(&mut self, id: DeliveryId, outcome: DeliveryOutcome, at: Timestamp) {
        let Some((index, attempt)) = self.underway.remove(&id) else {
            return;
        };
        let Some(notice) = self.notices.get_mut(&index) else {
            return;
        };
        let success = outcome.is_success();
        if let Some(attempt) = notice.attempts.get_mut(attempt) {
            attempt.outcome = Some(outcome);
        }
        match notice.standing {
            Standing::Underway(_) if success => notice.end(Standing::Delivered),
            Standing::Underway(left) if left > 1 => notice.standing = Standing::Underway(left - 1),
            Standing::Underway(_) => match LADDER.get(notice.failed) {
                Some(seconds) => {
                    let due = at.plus(Duration::from_secs(*seconds));
                    notice.failed += 1;
                    notice.standing = Standing::Waiting(due);
                    self.due.insert((due, index));
                }
                None => notice.end(Standing::GivenUp),
            },
            // The other delivery of the pair ended it.
            Standing::Waiting(_) | Standing::Delivered | Standing::GivenUp => {}
        }
    }

    pub(crate) fn notices(&self) -> impl Iterator<Item = &Notice> {
        self.notices.iter().map(|(_, notice)| notice)
    }

    pub(crate) fn len(&self) -> usize {
        self.notices.len()
    }

    /// How many deliveries there were: the number of the next must be a new one.
    pub(crate) fn deliveries(&self) -> u64 {
        self.deliveries
    }

    pub(crate) fn set_deliveries(&mut self, deliveries: u64) {
        self.deliveries = deliveries;
    }

    /// Forgets all notices. The numbers of deliveries go on, so that late answers find nothing.
    pub(crate) fn clear(&mut self) {
        *self = Self {
            deliveries: self.deliveries,
            ..Self::default()
        };
    }

    pub(crate) fn changes(&mut self, filed: &mut Vec<Change>) {
        self.notices.changes(filed);
    }

    /// Takes a filed notice in. What was underway then got lost, and goes out once more.
    pub(crate) fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), serde_json::Error> {
        let index = self.notices.load(key, value)?;
        if let Some(notice) = self.notices.get_mut(&index) {
            if let Standing::Underway(_) = notice.standing {
                notice.standing = Standing::Waiting(Timestamp::from_secs(0));
            }
            if let Standing::Waiting(at) = notice.standing {
                self.due.insert((at, index));
            }
        }
        Ok(())
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            notices: Table::new(Self::NAME),
            due: BTreeSet::new(),
            underway: BTreeMap::new(),
            deliveries: 0,
        }
    }
}

impl Notice {
    fn may_be_probed(&self) -> bool {
        let before = |attempt: &&Attempt| attempt.round + 1 == self.failed;
        let mut before = self.attempts.iter().filter(before);
        before.all(|attempt| attempt.signature == SignatureKind::Right)
    }

    fn end(&mut self, standing: Standing) {
        self.standing = standing;
        self.body = Bytes::new();
    }
}
