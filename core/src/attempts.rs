use std::error::Error as StdError;
use std::time::Duration;

use http::StatusCode;

use crate::answer::{Answer, Earlier};
use crate::call::Draft;
use crate::error::{
    CallError, Effect, OperationName, Reason, RefreshError, ResponseError, VerifyError,
};
use crate::hosts::{Host, Hosts};
use crate::keyring::{Keyring, Wish};
use crate::keys::Verifier;
use crate::operation::Replay;
use crate::policy::Policy;
use crate::stamp::Timestamp;

/// The longest time that a call spends on fetching keys for its answer.
const REFRESH: Duration = Duration::from_secs(10);
/// The longest time that it waits before that, because they were fetched just now.
const PATIENCE: Duration = Duration::from_secs(5);

/// Plans a call: what comes next, from the outcome of what came before. Pure: it sends nothing and
/// waits for nothing; time and randomness are arguments.
///
/// A transport is a loop around it. Every attempt stamps the same [`Draft`], so none can differ
/// from another in its parameters. What is repeated is bounded by a [`Policy`] in count and in time,
/// and by the operation's [`Replay`]: where a repetition may act twice, an unknown outcome ends the
/// call.
///
/// | outcome | what comes next |
/// |---|---|
/// | not sent | the other access point, then again after a delay |
/// | unknown: no answer, 5xx, an answer that is not trusted | again after a delay, if the operation allows it |
/// | 429 | again after a delay, at least `Retry-After` |
/// | signed with a key that is not held | the keys are fetched once, and the same answer is completed again |
/// | an answer, or any other 4xx | the end |
///
/// ```
/// use std::io;
/// use std::time::Duration;
/// use wechatpay_core::api::certificates::{CertificateList, List};
/// use wechatpay_core::{Attempts, CallError, Host, Hosts, Merchant, Next, PlatformKeys, Policy, Timestamp};
///
/// let (hosts, policy) = (Hosts::new(), Policy::default());
/// let (keys, now) = (PlatformKeys::new(), Timestamp::from_secs(1_554_208_460));
/// let draft = Merchant::new("1900001109")?.draft(&List::new())?;
/// let mut attempts = Attempts::new(&policy, &hosts, &draft, now);
/// let begun = attempts.begin::<CertificateList, io::Error>(&keys, None, Duration::ZERO);
/// let Next::Send(first) = begun else { panic!() };
/// assert_eq!((first.number, first.host, first.after), (1, Host::Main, Duration::ZERO));
///
/// // The transport sends, and no connection is made.
/// let error = CallError::NotSent {
///     operation: draft.operation().clone(),
///     source: io::Error::from(io::ErrorKind::ConnectionRefused),
/// };
/// let elapsed = Duration::from_millis(3);
/// let Next::Send(second) = attempts.after::<CertificateList, _>(Err(error), elapsed, [7; 8]) else { panic!() };
/// assert_eq!((second.number, second.host), (2, Host::Backup));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Attempts<'a> {
    policy: &'a Policy,
    hosts: &'a Hosts,
    operation: OperationName,
    replay: Replay,
    has_backup: bool,
    began: Timestamp,
    host: Host,
    made: u32,
    refresh: RefreshRight,
    /// Whether an attempt before the last one may have moved money.
    unsettled: bool,
}

/// One refresh a call, and one more chance for the answer that wanted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RefreshRight {
    Unused,
    Used,
}

/// What a transport does next.
#[derive(Debug)]
#[allow(
    clippy::exhaustive_enums,
    reason = "a transport carries out every step"
)]
#[must_use = "a plan does nothing by itself"]
pub enum Next<T, E: StdError + 'static> {
    /// Wait, stamp the draft, sign, send; hand the outcome to [`Attempts::after`].
    Send(Attempt),
    /// The call's result.
    Finish(Result<Answer<T>, CallError<E>>),
}

/// Keys to fetch before an answer is completed again.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedKeys {
    /// How long to wait first.
    pub after: Duration,
    /// How long fetching may take after that.
    pub within: Duration,
}

/// An attempt to make.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// 1 for the first.
    pub number: u32,
    /// Where to.
    pub host: Host,
    /// How long to wait first.
    pub after: Duration,
    /// How long it may take after that, at most: what is left of the policy's time.
    pub within: Duration,
}

impl<'a> Attempts<'a> {
    /// Plans the call of a draft that began at `now`, from when the time that elapses counts.
    #[must_use]
    pub fn new<T>(policy: &'a Policy, hosts: &'a Hosts, draft: &Draft<T>, now: Timestamp) -> Self {
        let host = if draft.has_backup() {
            hosts.first(now)
        } else {
            Host::Main
        };
        Self {
            policy,
            hosts,
            operation: draft.operation().clone(),
            replay: draft.replay(),
            has_backup: draft.has_backup(),
            began: now,
            host,
            made: 0,
            refresh: RefreshRight::Unused,
            unsettled: false,
        }
    }

    /// The first attempt, whatever keys are held.
    pub fn first(&mut self) -> Attempt {
        self.attempt(Duration::ZERO, Duration::ZERO)
    }

    /// The first step. Without any platform key no answer could be verified, so then nothing is
    /// sent: `trouble` says why there is none, where that was tried to be mended
    /// ([`Keyring::before_a_call`](crate::Keyring::before_a_call)).
    pub fn begin<T, E: StdError + 'static>(
        &mut self,
        keys: &(impl Verifier + ?Sized),
        trouble: Option<RefreshError>,
        elapsed: Duration,
    ) -> Next<T, E> {
        match keys.keyring() {
            Some(ring) if ring.current().is_empty() => {
                let why = trouble.or_else(|| ring.trouble());
                Next::Finish(Err(CallError::Keys {
                    operation: self.operation.clone(),
                    source: why.unwrap_or(RefreshError::NoApiV3Key),
                }))
            }
            _ => self.send(Duration::ZERO, elapsed),
        }
    }

    /// Whether fresh keys may help: the answer was signed with a certificate that is not held. Then
    /// wait, fetch the platform's certificates, complete the same answer again without sending
    /// anything, and hand that to [`after`](Self::after). Once a call at most.
    ///
    /// `edition` is the [ring's](crate::Keyring::edition) from before the answer was completed: when
    /// another call has fetched keys since, they may be the ones.
    pub fn wants_keys(
        &mut self,
        error: &ResponseError,
        ring: &Keyring,
        edition: u64,
        elapsed: Duration,
    ) -> Option<WantedKeys> {
        if !error.unknown_key().is_some_and(Keyring::could_fetch)
            || self.refresh == RefreshRight::Used
        {
            return None;
        }
        let after = if edition == ring.edition() {
            ring.wait(Wish::Answer, self.began.plus(elapsed))?
        } else {
            Duration::ZERO
        };
        let spent = elapsed.saturating_add(after);
        let left = self.policy.total().saturating_sub(spent);
        if left.is_zero() || after > PATIENCE {
            return None;
        }
        self.refresh = RefreshRight::Used;
        Some(WantedKeys {
            after,
            within: REFRESH.min(left),
        })
    }

    /// The step after an attempt: another one, or the end.
    ///
    /// `elapsed` is the time since the call began, `entropy` 8 random bytes, which spread the
    /// repetitions of many callers.
    pub fn after<T, E: StdError + 'static>(
        &mut self,
        result: Result<Answer<T>, CallError<E>>,
        elapsed: Duration,
        entropy: [u8; 8],
    ) -> Next<T, E> {
        let error = match result {
            Ok(mut answer) => {
                if self.unsettled {
                    answer.earlier = Earlier::MayHaveArrived;
                }
                return Next::Finish(Ok(answer));
            }
            Err(error) => error,
        };
        let now = self.began.plus(elapsed);
        let mut delay = self.policy.delay(self.made, entropy);
        let again = match Verdict::of(&error) {
            Verdict::Final => false,
            Verdict::Unreached => {
                let (other, at_once) = self.switch_host(now);
                self.host = other;
                if at_once {
                    delay = Duration::ZERO;
                }
                true
            }
            Verdict::Unknown { wait } => {
                delay = delay.max(wait);
                !matches!(self.replay, Replay::AskFirst { .. })
            }
            Verdict::Refused { wait } => {
                delay = delay.max(wait);
                true
            }
        };
        let in_time = elapsed
            .checked_add(delay)
            .is_some_and(|at| at < self.policy.total());
        if !again || !in_time || self.made >= self.policy.attempts() {
            return Next::Finish(Err(self.conclude(error)));
        }
        self.unsettled |= error.effect() != Effect::None;
        self.send(delay, elapsed)
    }

    fn send<T, E: StdError + 'static>(&mut self, after: Duration, elapsed: Duration) -> Next<T, E> {
        Next::Send(self.attempt(after, elapsed))
    }

    fn attempt(&mut self, after: Duration, elapsed: Duration) -> Attempt {
        self.made += 1;
        let spent = elapsed.saturating_add(after);
        Attempt {
            number: self.made,
            host: self.host,
            after,
            within: self.policy.total().saturating_sub(spent),
        }
    }

    /// The other access point, and whether it is tried at once: only on the first way there.
    fn switch_host(&self, now: Timestamp) -> (Host, bool) {
        match self.host {
            Host::Main if self.has_backup => {
                self.hosts.avoid_main(now);
                (Host::Backup, self.made == 1)
            }
            Host::Main => (Host::Main, false),
            Host::Backup => (Host::Main, self.made == 1),
        }
    }

    /// A last attempt that moved nothing does not speak for the earlier ones.
    fn conclude<E: StdError + 'static>(&self, last: CallError<E>) -> CallError<E> {
        if self.unsettled && last.effect() == Effect::None {
            CallError::Unsettled {
                replay: self.replay,
                attempts: self.made,
                last: Box::new(last),
            }
        } else {
            last
        }
    }
}

/// What an error means for the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Another attempt would end alike, or is not to be made.
    Final,
    /// Nothing was sent.
    Unreached,
    /// The platform may have acted.
    Unknown { wait: Duration },
    /// The platform has not acted, and asks to come later.
    Refused { wait: Duration },
}

impl Verdict {
    fn of<E: StdError + 'static>(error: &CallError<E>) -> Self {
        match error {
            CallError::NotSent { .. } => Self::Unreached,
            CallError::Unknown { .. } => Self::Unknown {
                wait: Duration::ZERO,
            },
            CallError::Answered(error) => Self::of_answer(error),
            _ => Self::Final,
        }
    }

    fn of_answer(error: &ResponseError) -> Self {
        let wait = error.retry_after.unwrap_or_default();
        match &error.reason {
            Reason::Untrusted { .. } => Self::Unknown { wait },
            Reason::Api(api) => {
                let later = api.status == StatusCode::TOO_MANY_REQUESTS;
                // The signature covers the code and not the status.
                let broken = !api.status.is_client_error() || api.code == "SYSTEM_ERROR";
                if later && api.is_refusal() {
                    Self::Refused { wait }
                } else if later || broken || api.untrusted == Some(VerifyError::Probe) {
                    Self::Unknown { wait }
                } else {
                    Self::Final
                }
            }
            _ => Self::Final,
        }
    }
}
