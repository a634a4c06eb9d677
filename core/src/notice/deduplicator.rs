use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Response;

use super::Reply;
use crate::stamp::Timestamp;

/// Hands out each notice once: a notice that comes again, or several times at once, is told apart by
/// its [`id`](super::Notice::id).
///
/// It holds a bounded number of ids in memory, so it serves one process and forgets at a restart. At
/// the bound it forgets the notice that was dealt with the longest time ago, and never one that is
/// being dealt with. Since the platform repeats a notice for 24 hours, let it hold the notices of a
/// day. It is plain data: share it behind a lock of your own, held for [`claim`](Self::claim) and
/// not while the notice is dealt with.
///
/// ```
/// use std::num::NonZeroUsize;
/// use wechatpay_core::{Deduplicator, Timestamp};
///
/// let mut seen = Deduplicator::new(NonZeroUsize::new(100_000).expect("more than none"));
/// let now = Timestamp::from_secs(1_554_208_460);
/// let ticket = seen.claim("EV-2018022511223320873", now).into_ticket();
/// let ticket = ticket.expect("the first time it is fresh");
/// // While it is being dealt with, another delivery is asked to come again:
/// let meanwhile = seen.claim("EV-2018022511223320873", now);
/// assert_eq!(meanwhile.into_ticket().unwrap_err().status(), 503);
/// // Ship the goods, and then:
/// seen.done(ticket);
/// let after = seen.claim("EV-2018022511223320873", now);
/// assert_eq!(after.into_ticket().unwrap_err().status(), 204);
/// ```
///
/// # In a database
///
/// Several processes, and money, ask for a database. A unique key on the notice's id, written in
/// the transaction of the effect itself, lets the effect happen once whatever crashes:
///
/// ```sql
/// CREATE TABLE notice (id VARCHAR(36) PRIMARY KEY, at TIMESTAMP NOT NULL);
///
/// BEGIN;
/// INSERT INTO notice (id, at) VALUES (:id, CURRENT_TIMESTAMP);
/// -- The key is taken: ROLLBACK, and Reply::accept(); it was dealt with.
/// -- While another transaction holds it, this one waits, within the 5 seconds.
/// UPDATE orders SET state = 'paid' WHERE out_trade_no = :out_trade_no AND state = 'placed';
/// COMMIT;
/// -- Reply::accept(). After any error: ROLLBACK, and Reply::again(..).
/// ```
///
/// The condition on the order's own state is needed besides: one payment may be told by two notices
/// of different ids, and a query may have told it before.
#[derive(Clone, Debug)]
pub struct Deduplicator {
    capacity: NonZeroUsize,
    lease: Duration,
    states: BTreeMap<Arc<str>, State>,
    /// The notices that are being dealt with, by when their leases run out.
    leases: BTreeSet<(Timestamp, Arc<str>)>,
    /// The notices that were dealt with, the oldest first.
    done: VecDeque<Arc<str>>,
    claims: u64,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Underway { until: Timestamp, claim: u64 },
    Done,
}

/// What [`Deduplicator::claim`] says of a notice.
#[non_exhaustive]
#[must_use = "a fresh notice is dealt with, and its ticket given back"]
#[derive(Debug)]
pub enum Claim {
    /// Yours to deal with. Then give the ticket to [`Deduplicator::done`] or
    /// [`Deduplicator::failed`].
    Fresh(Ticket),
    /// Another delivery of it is being dealt with.
    Underway,
    /// It was dealt with.
    Done,
    /// As many notices as can be held are being dealt with.
    Full,
}

impl Claim {
    /// The ticket of a fresh notice.
    ///
    /// # Errors
    ///
    /// What to answer at once otherwise: done is accepted, and underway and full come again, because
    /// what is not kept yet may still fail.
    pub fn into_ticket(self) -> Result<Ticket, Response<Bytes>> {
        match self {
            Self::Fresh(ticket) => Ok(ticket),
            Self::Done => Err(Reply::accept()),
            Self::Underway => Err(Reply::again("another delivery is being dealt with")),
            Self::Full => Err(Reply::again("too many notices are being dealt with")),
        }
    }
}

/// The right to deal with a notice, until its lease runs out. One that is lost counts as a handler
/// that crashed.
#[must_use = "without its ticket the notice is underway until the lease runs out"]
#[derive(Debug)]
pub struct Ticket {
    id: Arc<str>,
    claim: u64,
}

impl Ticket {
    /// The notice's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl Deduplicator {
    /// How long a claim holds unless [`with_lease`](Self::with_lease) says otherwise: 60 seconds.
    pub const LEASE: Duration = Duration::from_secs(60);

    /// Holds at most `capacity` ids.
    #[must_use]
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self {
            capacity,
            lease: Self::LEASE,
            states: BTreeMap::new(),
            leases: BTreeSet::new(),
            done: VecDeque::new(),
            claims: 0,
        }
    }

    /// How long a claim holds, rounded up to whole seconds, and at least one: longer than dealing with
    /// a notice ever takes. After it, the notice is handed out again, since its handler may have
    /// crashed.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        let whole = lease
            .as_secs()
            .saturating_add(u64::from(lease.subsec_nanos() > 0));
        self.lease = Duration::from_secs(whole.max(1));
        self
    }

    /// Asks for the notice of this id.
    pub fn claim(&mut self, id: &str, now: Timestamp) -> Claim {
        match self.states.get(id).copied() {
            Some(State::Done) => return Claim::Done,
            Some(State::Underway { until, .. }) if now < until => return Claim::Underway,
            Some(State::Underway { until, .. }) => self.release(id, until),
            None => {}
        }
        if !self.make_room(now) {
            return Claim::Full;
        }
        let id = Arc::<str>::from(id);
        let (until, claim) = (now.plus(self.lease), self.claims);
        self.claims = claim.wrapping_add(1);
        self.leases.insert((until, Arc::clone(&id)));
        let state = State::Underway { until, claim };
        self.states.insert(Arc::clone(&id), state);
        Claim::Fresh(Ticket { id, claim })
    }

    /// The notice was dealt with, even if the lease ran out meanwhile: it is not handed out again.
    pub fn done(&mut self, ticket: Ticket) {
        match self.states.get(&ticket.id).copied() {
            Some(State::Done) => return,
            Some(State::Underway { until, .. }) => self.release(&ticket.id, until),
            None if self.is_full() && !self.forget_done() => return,
            None => {}
        }
        self.states.insert(Arc::clone(&ticket.id), State::Done);
        self.done.push_back(ticket.id);
    }

    /// The notice was not dealt with: the next delivery is fresh. A ticket whose lease ran out
    /// changes nothing for the one who claimed after it.
    pub fn failed(&mut self, ticket: Ticket) {
        match self.states.get(&ticket.id).copied() {
            Some(State::Underway { until, claim }) if claim == ticket.claim => {
                self.release(&ticket.id, until);
            }
            _ => {}
        }
    }

    /// How many ids are held, at most the capacity.
    #[must_use]
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether no id is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    fn is_full(&self) -> bool {
        self.states.len() >= self.capacity.get()
    }

    /// A claim whose lease ran out goes first: forgetting it changes no answer.
    fn make_room(&mut self, now: Timestamp) -> bool {
        if !self.is_full() {
            return true;
        }
        match self.leases.first().cloned() {
            Some((until, id)) if until <= now => {
                self.release(&id, until);
                true
            }
            _ => self.forget_done(),
        }
    }

    fn forget_done(&mut self) -> bool {
        match self.done.pop_front() {
            Some(oldest) => self.states.remove(&oldest).is_some(),
            None => false,
        }
    }

    fn release(&mut self, id: &str, until: Timestamp) {
        if let Some((id, _)) = self.states.remove_entry(id) {
            self.leases.remove(&(until, id));
        }
    }
}
