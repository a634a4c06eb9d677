//! A client: the transports' loop on the simulation's clock, and less where a protection is off.

use std::error::Error as StdError;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use wechatpay_core::http::{HeaderMap, Request, Response};
use wechatpay_core::{
    Answer, Attempt, Attempts, Bytes, CallError, Coverage, Decode, Draft, Fetch, Hosts, KeyId,
    Keyring, Merchant as Caller, Next, Nonce, Notice, NoticeError, Pending, PlatformKeys, Policy,
    Prepared, Refresh, RefreshError, ResponseError, Seal, Timestamp, ToDraft, Verifier,
    VerifyError, Wish, header_name,
};

use super::executor::Millis;
use super::network::Lost;
use super::oracle::{CallId, IntentId, Law};
use super::platform::{Origin, timestamp};
use super::protection::Protection;
use super::sealed::Envelopes;
use super::world::World;

type Failure = CallError<Lost>;

/// The longest attempt.
const ATTEMPT: Duration = Duration::from_secs(15);

pub(crate) struct Client {
    pub(crate) world: Rc<World>,
    pub(crate) caller: Caller,
    pub(crate) ring: Keyring,
    pub(crate) hosts: Hosts,
    pub(crate) policy: Policy,
    /// Which merchant it is, whose clock it reads.
    pub(crate) merchant: usize,
}

/// The keys of a ring, as a client looks at them.
struct Eyes<'a> {
    ring: &'a Keyring,
    envelopes: &'a Rc<Envelopes>,
    blind: bool,
}

impl Verifier for Eyes<'_> {
    fn verify(&self, serial: &str, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        if self.blind {
            return Ok(());
        }
        self.ring.verify(serial, message, signature)
    }

    fn declared(&self) -> Option<KeyId> {
        self.ring.declared()
    }

    fn sealer(&self) -> Option<Arc<dyn Seal>> {
        self.envelopes.of(&self.ring.declared()?)
    }

    fn keyring(&self) -> Option<&Keyring> {
        Some(self.ring)
    }
}

/// A call on its way.
struct Journey {
    began: Millis,
    at: Timestamp,
    from: Origin,
}

impl Client {
    pub(crate) fn now(&self) -> Timestamp {
        timestamp(self.world.executor.now(), self.skew())
    }

    fn skew(&self) -> i64 {
        self.world.merchants.borrow()[self.merchant].skew.get()
    }

    fn eyes(&self) -> Eyes<'_> {
        Eyes {
            ring: &self.ring,
            envelopes: &self.world.envelopes,
            blind: self.world.is_off(Protection::Verification),
        }
    }

    fn elapsed(&self, since: Millis) -> Duration {
        Duration::from_millis(self.world.executor.now() - since)
    }

    async fn pause(&self, time: Duration) {
        let time = Millis::try_from(time.as_millis()).unwrap_or(Millis::MAX);
        self.world.executor.sleep(time).await;
    }

    /// Runs an operation. `another` makes the same one under another number, which nobody should.
    pub(crate) async fn call<O: ToDraft>(
        &self,
        operation: &O,
        intent: Option<IntentId>,
        rule: Rule,
        another: impl Fn(&O, u32) -> O,
    ) -> Result<Answer<O::Response>, Failure> {
        let journey = Journey {
            began: self.world.executor.now(),
            at: self.now(),
            from: Origin {
                call: self.world.next_call(),
                intent,
            },
        };
        let trouble = self.freshen().await;
        let mut draft = self.caller.draft_for(operation, &self.eyes())?;
        let mut attempts = Attempts::new(&self.policy, &self.hosts, &draft, journey.at);
        let elapsed = self.elapsed(journey.began);
        let mut next = attempts.begin(&self.ring, trouble, elapsed);
        let mut rules = Rules::new(rule, &self.policy);
        loop {
            next = match next {
                Next::Finish(result) => return result,
                Next::Send(attempt) => {
                    if attempt.number > 1 {
                        self.pause(attempt.after).await;
                        draft.declare(&self.eyes());
                        if self.world.is_off(Protection::FrozenDraft) {
                            let operation = another(operation, attempt.number);
                            draft = self.caller.draft_for(&operation, &self.eyes())?;
                        }
                    }
                    rules.attempts(self, attempt, &journey);
                    let result = self.attempt(&draft, attempt, &mut attempts, &journey).await;
                    rules.ended(&result);
                    let jitter = self.world.dice.bytes();
                    attempts.after(result, self.elapsed(journey.began), jitter)
                }
            };
        }
    }

    async fn attempt<T: Decode>(
        &self,
        draft: &Draft<T>,
        attempt: Attempt,
        attempts: &mut Attempts<'_>,
        journey: &Journey,
    ) -> Result<Answer<T>, Failure> {
        let exchanged = self.exchange(draft, attempt, journey.from).await;
        let (pending, response) = exchanged?;
        let edition = self.ring.edition();
        let completed = self.complete(&pending, &response, journey.from.call);
        let Err(error) = completed else {
            return completed.map_err(CallError::from);
        };
        let elapsed = self.elapsed(journey.began);
        let wanted = attempts.wants_keys(&error, &self.ring, edition, elapsed);
        let completed = match wanted {
            Some(wanted) if !self.world.is_off(Protection::Adoption) => {
                self.pause(wanted.after).await;
                let _ = self.refresh(edition, Wish::Answer, wanted.within).await;
                self.complete(&pending, &response, journey.from.call)
            }
            _ => Err(error),
        };
        completed.map_err(|error| self.ring.explain(error).into())
    }

    /// Completes an answer, and says so when it is trusted.
    fn complete<T: Decode>(
        &self,
        pending: &Pending<T>,
        response: &Response<Bytes>,
        call: CallId,
    ) -> Result<Answer<T>, ResponseError> {
        let completed = pending.complete(response, &self.eyes(), self.reading(response.headers()));
        let trusted = match &completed {
            Ok(_) => T::COVERAGE == Coverage::Body,
            Err(error) => error.api().is_some_and(|api| api.is_verified()),
        };
        if trusted {
            let what = pending.operation().to_string();
            let mut oracle = self.world.oracle.borrow_mut();
            oracle.now = self.world.executor.now();
            oracle.trusts(call, &what, response.headers(), response.body());
        }
        completed
    }

    /// The time that a message is held against.
    fn reading(&self, headers: &HeaderMap) -> Timestamp {
        let told = || {
            let text = headers.get(header_name::TIMESTAMP)?.to_str().ok()?;
            text.parse().ok().map(Timestamp::from_secs)
        };
        match self.world.off {
            Some(Protection::ClockWindow) => told().unwrap_or_else(|| self.now()),
            _ => self.now(),
        }
    }

    async fn exchange<T: Decode>(
        &self,
        draft: &Draft<T>,
        attempt: Attempt,
        from: Origin,
    ) -> Result<(Pending<T>, Response<Bytes>), Failure> {
        let nonce = Nonce::from_entropy(self.world.dice.bytes());
        let unsigned = draft.stamp_for(attempt.host, self.now(), nonce);
        let Prepared { request, pending } = unsigned.sign(&*self.world.signer)?;
        self.world.note(&format!(
            "merchant {} sends {} (call {}, attempt {})",
            self.merchant,
            pending.operation(),
            from.call,
            attempt.number
        ));
        let within = ATTEMPT.min(attempt.within);
        let exchanged = self
            .world
            .exchange(request, attempt.host, from, self.skew(), within)
            .await;
        let (operation, replay) = (pending.operation().clone(), pending.replay());
        match exchanged {
            Ok(response) => Ok((pending, response)),
            Err(source) if source.was_unsent() => Err(CallError::NotSent { operation, source }),
            Err(source) => Err(CallError::Unknown {
                operation,
                replay,
                source,
            }),
        }
    }

    async fn freshen(&self) -> Option<RefreshError> {
        if self.world.is_off(Protection::Adoption) {
            return None;
        }
        let within = self.ring.before_a_call(&self.policy, self.now())?;
        let refreshed = self.refresh(self.ring.edition(), Wish::Due, within).await;
        refreshed.err()
    }

    /// Fetches certificates, whatever the time.
    pub(crate) async fn renew_keys(&self) {
        if !self.world.is_off(Protection::Adoption) {
            let within = Duration::from_secs(10);
            let _ = self
                .refresh(self.ring.edition(), Wish::Answer, within)
                .await;
        }
    }

    async fn refresh(
        &self,
        edition: u64,
        wish: Wish,
        within: Duration,
    ) -> Result<(), RefreshError> {
        let began = self.world.executor.now();
        let fetch = loop {
            match self.ring.refresh(edition, wish, self.now()) {
                Refresh::Settled(outcome) => return outcome,
                Refresh::Fetch(fetch) => break fetch,
                Refresh::Underway if self.elapsed(began) < within => {
                    self.world.executor.sleep(20).await;
                }
                Refresh::Underway => return Err(RefreshError::Unreached(Arc::new(Lost::Late))),
            }
        };
        let left = within.saturating_sub(self.elapsed(began));
        let fetched = self.fetch(&fetch, left).await;
        let outcome = fetch.settle(fetched, self.now());
        self.world.note(&format!(
            "merchant {} fetched certificates: {}",
            self.merchant,
            if outcome.is_ok() {
                "adopted"
            } else {
                "nothing"
            }
        ));
        outcome
    }

    async fn fetch(
        &self,
        fetch: &Fetch<'_>,
        within: Duration,
    ) -> Result<Answer<PlatformKeys>, Failure> {
        let journey = Journey {
            began: self.world.executor.now(),
            at: self.now(),
            from: Origin {
                call: self.world.next_call(),
                intent: None,
            },
        };
        let draft = self.caller.draft_for(&fetch.list(), &self.ring)?;
        let policy = self.policy.for_refresh(within);
        let mut attempts = Attempts::new(&policy, &self.hosts, &draft, journey.at);
        let mut attempt = attempts.first();
        loop {
            self.pause(attempt.after).await;
            let exchanged = self.exchange(&draft, attempt, journey.from).await;
            let result = exchanged.and_then(|(pending, response)| {
                let read = fetch.read(&pending, &response, self.now())?;
                let mut oracle = self.world.oracle.borrow_mut();
                oracle.now = self.world.executor.now();
                let (headers, body) = (response.headers(), response.body());
                oracle.trusts(journey.from.call, "the list of certificates", headers, body);
                Ok(read)
            });
            let jitter = self.world.dice.bytes();
            match attempts.after(result, self.elapsed(journey.began), jitter) {
                Next::Send(next) => attempt = next,
                Next::Finish(result) => return result,
            }
        }
    }

    /// Opens a callback, and fetches the key that it wants.
    pub(crate) async fn open_notice(
        &self,
        request: &Request<Bytes>,
    ) -> Result<Notice, NoticeError> {
        let Some(key) = self.ring.api_v3_key() else {
            unreachable!("each merchant has the APIv3 key");
        };
        let edition = self.ring.edition();
        let at = self.reading(request.headers());
        let error = match Notice::open(request, &self.eyes(), key, at) {
            Ok(notice) => return Ok(notice),
            Err(error) => error,
        };
        let helps = error.unknown_key().is_some_and(Keyring::could_fetch);
        if !helps || self.world.is_off(Protection::Adoption) {
            return Err(error);
        }
        let within = Duration::from_secs(3);
        let _ = self.refresh(edition, Wish::Notice, within).await;
        Notice::open(request, &self.eyes(), key, self.reading(request.headers()))
    }
}

/// What may be done with an operation whose outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// What it declares.
    AsPlanned,
    /// It is never repeated before it was asked about, whatever it declares.
    AskFirst,
}

/// Holds a call against its policy, independently of the planner.
struct Rules {
    most: u32,
    total: Duration,
    rule: Rule,
    made: u32,
    /// An attempt that may have arrived.
    open: bool,
}

impl Rules {
    fn new(rule: Rule, policy: &Policy) -> Self {
        Self {
            most: policy.attempts(),
            total: policy.total(),
            rule,
            made: 0,
            open: false,
        }
    }

    fn attempts(&mut self, client: &Client, attempt: Attempt, journey: &Journey) {
        self.made += 1;
        let elapsed = client.elapsed(journey.began);
        let words = if self.made > self.most || self.made != attempt.number {
            format!("attempt {} of at most {}", self.made, self.most)
        } else if elapsed > self.total {
            format!("attempt {} began after {elapsed:?}", self.made)
        } else if self.rule == Rule::AskFirst && self.open {
            "an operation that must be asked about went out again".to_owned()
        } else {
            return;
        };
        let mut oracle = client.world.oracle.borrow_mut();
        oracle.now = client.world.executor.now();
        oracle.broken(Law::Policy, words);
    }

    fn ended<T, E: StdError>(&mut self, result: &Result<Answer<T>, CallError<E>>) {
        if let Err(error) = result {
            self.open |= error.effect() != wechatpay_core::Effect::None;
        }
    }
}
