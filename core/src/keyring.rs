use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use http::{Response, StatusCode};

use crate::answer::{Answer, AnswerBody};
use crate::api::certificates::{CertificateList, List};
use crate::error::{CallError, KeyError, RefreshError, ResponseError, VerifyError};
use crate::key_id::KeyId;
use crate::keys::{PlatformKeys, Verifier};
use crate::pending::Pending;
use crate::resource::ApiV3Key;
use crate::sealing::Seal;
use crate::stamp::Timestamp;

/// The platform keys of a running service: read by every call and callback, and replaced as a whole
/// when the platform rotates its certificates or the merchant switches to the public key (灰度切换).
///
/// Reading never waits: a message is verified with the set that is current at that moment. Give the
/// APIv3 key, and certificates are fetched by themselves: before the first call when none is held,
/// twice a day while one is declared, and when a message names a key that is not held. A refresh is
/// a value here, [`Refresh`]: the transports carry it out, and calls side by side share one.
///
/// ```
/// use wechatpay_core::{ApiV3Key, Keyring, PlatformKeys, Verifier};
/// # let public_key = include_bytes!("../tests/known_answers/keys/platform_spki.pem");
/// # let certificate = include_bytes!("../tests/known_answers/keys/platform_cert.pem");
///
/// let keys = PlatformKeys::new().with_certificate(certificate)?;
/// let ring = Keyring::new(keys).with_api_v3_key(ApiV3Key::new("0123456789abcdef0123456789abcdef")?);
/// let before = ring.declared();
///
/// // The switch to the public key, and back: one call each, while messages of both kinds arrive.
/// let id = "PUB_KEY_ID_0114232134912410000000000000";
/// ring.add_public_key(id, public_key)?;
/// assert_eq!(ring.declared().unwrap().as_str(), id);
/// ring.declare(before.unwrap().as_str())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Keyring {
    keys: ArcSwap<PlatformKeys>,
    api_v3_key: Option<Arc<ApiV3Key>>,
    record: ArcSwap<Record>,
}

/// What became of the refreshes so far.
#[derive(Clone, Debug, Default)]
struct Record {
    /// Counts refreshes, those that failed too.
    edition: u64,
    adopted: Option<Timestamp>,
    /// How many lists in a row brought no new key.
    idle: u32,
    trouble: Option<Trouble>,
    /// Until when a call is taken to be at it.
    claimed: Option<Timestamp>,
}

/// Refreshes that failed, one after the other.
#[derive(Clone, Debug)]
struct Trouble {
    at: Timestamp,
    times: u32,
    why: RefreshError,
}

/// What to do about a wish for fresh keys.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "a transport carries out every one")]
#[must_use = "a refresh does nothing by itself"]
pub enum Refresh {
    /// Send this operation, at most a few times ([`Policy::for_refresh`](crate::Policy)), each answer
    /// to [`Keyring::read`] and the outcome to [`Keyring::settle`].
    Fetch(List),
    /// Another call has done it meanwhile, or it is not to be done again.
    Settled(Result<(), RefreshError>),
}

impl Keyring {
    /// How long an adopted list counts as fresh: twelve hours.
    pub const FRESH: Duration = Duration::from_secs(12 * 60 * 60);

    /// At most one refresh in this time, and twice as long for each list that brought nothing new, up
    /// to a minute: forged messages with made-up serial numbers cannot cause many.
    const PAUSE: Duration = Duration::from_secs(1);
    const MOST_DOUBLINGS: u32 = 6;

    /// Failures are followed by pauses of 1 s, 2 s, 4 s, up to this.
    const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

    /// So many errors in a row, and never a list, are the end of trying.
    const MOST_FAILURES: u32 = 8;

    /// A ring of these keys. Without an [APIv3 key](Self::with_api_v3_key) it never fetches others.
    #[must_use]
    pub fn new(keys: PlatformKeys) -> Self {
        Self {
            keys: ArcSwap::from_pointee(keys),
            api_v3_key: None,
            record: ArcSwap::from_pointee(Record::default()),
        }
    }

    /// Fetches certificates when they are needed, and opens them with this key.
    #[must_use]
    pub fn with_api_v3_key(mut self, key: impl Into<Arc<ApiV3Key>>) -> Self {
        self.api_v3_key = Some(key.into());
        self
    }

    /// The APIv3 key, where there is one: it opens callbacks too.
    #[must_use]
    pub fn api_v3_key(&self) -> Option<&Arc<ApiV3Key>> {
        self.api_v3_key.as_ref()
    }

    /// The keys as they are now. They do not change in the hands of the caller.
    #[must_use]
    pub fn current(&self) -> Arc<PlatformKeys> {
        self.keys.load_full()
    }

    /// Declares in requests from now on the held key of this id: the switch to the public key, or
    /// the way back. The others still verify.
    ///
    /// # Errors
    ///
    /// [`KeyError::NotHeld`] when there is none; then nothing changes.
    pub fn declare(&self, id: &str) -> Result<(), KeyError> {
        self.change(|keys| {
            let mut keys = keys.clone();
            keys.declare(id)?;
            Ok(keys)
        })
    }

    /// Adds a WeChat Pay public key, and declares it from now on. The others still verify.
    ///
    /// # Errors
    ///
    /// As [`PlatformKeys::with_public_key`]; then nothing changes.
    pub fn add_public_key(&self, id: &str, pem: &[u8]) -> Result<(), KeyError> {
        self.change(|keys| {
            let mut keys = keys.clone().with_public_key(id, pem)?;
            keys.declare(id)?;
            Ok(keys)
        })
    }

    /// Replaces the keys as a whole.
    pub fn replace(&self, keys: PlatformKeys) {
        self.keys.store(Arc::new(keys));
    }

    fn change(
        &self,
        next: impl Fn(&PlatformKeys) -> Result<PlatformKeys, KeyError>,
    ) -> Result<(), KeyError> {
        loop {
            let before = self.keys.load();
            let after = Arc::new(next(&before)?);
            let found = self.keys.compare_and_swap(&*before, after);
            if Arc::ptr_eq(&before, &found) {
                return Ok(());
            }
        }
    }

    /// When certificates are to be fetched next; `None` when they are not: without an APIv3 key,
    /// while a public key is declared, and after the platform said that it has none.
    #[must_use]
    pub fn next_refresh(&self, now: Timestamp) -> Option<Timestamp> {
        self.api_v3_key.as_ref()?;
        let keys = self.keys.load();
        let wanted = keys.is_empty() || keys.declared().is_some_and(|id| !id.is_public_key());
        if !wanted {
            return None;
        }
        let record = self.record.load();
        let due = match record.adopted {
            Some(at) => keys.next_refresh(at).unwrap_or(at),
            None => now,
        };
        Some(due.max(record.not_before()?))
    }

    /// Whether certificates are due to be fetched.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next_refresh(now).is_some_and(|at| at <= now)
    }

    /// Whether certificates are due, and nobody is at it: says so to one caller, and to the next one
    /// only after a minute in which nothing was settled. Calls need not wait for it while keys are
    /// held.
    pub(crate) fn claim(&self, now: Timestamp) -> bool {
        loop {
            let before = self.record.load();
            if !self.is_due(now) || before.claimed.is_some_and(|until| now < until) {
                return false;
            }
            let after = Arc::new(Record {
                claimed: Some(now.plus(Duration::from_secs(60))),
                ..Record::clone(&before)
            });
            let found = self.record.compare_and_swap(&*before, after);
            if Arc::ptr_eq(&before, &found) {
                return true;
            }
        }
    }

    /// Whether certificates may be fetched, for a message that names a key which is not held.
    #[must_use]
    pub fn may_refresh(&self, now: Timestamp) -> bool {
        let from = || self.record.load().not_before();
        self.api_v3_key.is_some() && from().is_some_and(|from| from <= now)
    }

    /// Why the last refresh failed, if it did.
    #[must_use]
    pub fn trouble(&self) -> Option<RefreshError> {
        let record = self.record.load();
        record.trouble.as_ref().map(|trouble| trouble.why.clone())
    }

    /// How many refreshes there were. Read it before a message is verified, and hand it to
    /// [`refresh`](Self::refresh) when the message's key is not held.
    #[must_use]
    pub fn edition(&self) -> u64 {
        self.record.load().edition
    }

    /// What to do about a wish for fresh keys by one who last looked at this
    /// [`edition`](Self::edition). Transports ask while they hold a gate, so that calls side by side
    /// share one refresh: whoever waited at the gate finds it settled.
    pub fn refresh(&self, edition: u64, now: Timestamp) -> Refresh {
        let record = self.record.load();
        let outcome = || match &record.trouble {
            Some(trouble) => Err(trouble.why.clone()),
            None => Ok(()),
        };
        if self.api_v3_key.is_none() {
            Refresh::Settled(Err(RefreshError::NoApiV3Key))
        } else if record.edition != edition || !self.may_refresh(now) {
            Refresh::Settled(outcome())
        } else {
            Refresh::Fetch(List::new())
        }
    }

    /// Reads the answer to a list, and trusts it once all of this holds: each certificate opens with
    /// the APIv3 key, its serial number is the one beside it, and the answer's own signature
    /// verifies with the key that it names, of this list or held before. Those that are not valid at
    /// `now` are left out.
    ///
    /// # Errors
    ///
    /// [`ResponseError`]; [`Reason::Certificates`](crate::Reason) when the list cannot be opened.
    pub fn read(
        &self,
        pending: &Pending<CertificateList>,
        response: &Response<impl AnswerBody>,
        now: Timestamp,
    ) -> Result<Answer<PlatformKeys>, ResponseError> {
        match &self.api_v3_key {
            Some(key) => pending.adopt(response, key, &self.current(), now),
            // It opens nothing.
            None => pending
                .complete(response, self, now)
                .map(|answer| answer.map(|_| PlatformKeys::new())),
        }
    }

    /// Settles a refresh: adopts what [`read`](Self::read) trusted, or notes why there is nothing to
    /// adopt, for the calls that wait for it too. The old set stays until the new one is complete.
    /// Public keys stay, and a certificate that is no longer listed stays for one more list, for
    /// messages on their way.
    ///
    /// # Errors
    ///
    /// [`RefreshError`]; then the keys are as they were.
    pub fn settle<E: StdError + Send + Sync + 'static>(
        &self,
        outcome: Result<Answer<PlatformKeys>, CallError<E>>,
        now: Timestamp,
    ) -> Result<(), RefreshError> {
        let why = match outcome {
            Ok(listed) => {
                let before = self.keys.rcu(|held| held.adopting(&listed.value, now));
                let new = listed
                    .value
                    .iter()
                    .any(|(id, _)| before.get(id.as_str()).is_none());
                self.record.rcu(|record| Record {
                    edition: record.edition + 1,
                    adopted: Some(now),
                    idle: match record.adopted {
                        Some(_) if !new => record.idle + 1,
                        _ => 0,
                    },
                    trouble: None,
                    claimed: None,
                });
                return Ok(());
            }
            Err(CallError::Answered(error)) if error.status == StatusCode::NOT_FOUND => {
                RefreshError::NoCertificates(Arc::new(error))
            }
            Err(CallError::Answered(error)) => RefreshError::Failed(Arc::new(error)),
            Err(error) => RefreshError::Unreached(Arc::new(error)),
        };
        self.record.rcu(|record| Record {
            edition: record.edition + 1,
            adopted: record.adopted,
            idle: record.idle,
            trouble: Some(Trouble {
                at: now,
                times: record.trouble.as_ref().map_or(0, |t| t.times) + 1,
                why: why.clone(),
            }),
            claimed: None,
        });
        Err(why)
    }

    /// Forgets the failures, so that certificates are fetched again when they are needed.
    pub fn forgive(&self) {
        self.record.rcu(|record| Record {
            trouble: None,
            ..Record::clone(record)
        });
    }
}

impl Record {
    /// The earliest time of the next refresh; none when there shall be no other.
    fn not_before(&self) -> Option<Timestamp> {
        let Some(trouble) = &self.trouble else {
            let pause = Keyring::PAUSE * (1 << self.idle.min(Keyring::MOST_DOUBLINGS));
            let adopted = self.adopted.map(|at| at.plus(pause));
            return Some(adopted.unwrap_or(Timestamp::from_secs(0)));
        };
        // Who had certificates once will have them again.
        if self.adopted.is_none() && trouble.is_final() {
            return None;
        }
        let pause = match trouble.why {
            RefreshError::NoCertificates(_) => Keyring::LONGEST_PAUSE,
            _ => Duration::from_secs(1 << (trouble.times - 1).min(16)),
        };
        Some(trouble.at.plus(pause.min(Keyring::LONGEST_PAUSE)))
    }
}

impl Trouble {
    fn is_final(&self) -> bool {
        match self.why {
            RefreshError::NoCertificates(_) => true,
            RefreshError::Failed(_) => self.times >= Keyring::MOST_FAILURES,
            _ => false,
        }
    }
}

impl Verifier for Keyring {
    fn verify(&self, serial: &str, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        self.keys.load().verify(serial, message, signature)
    }

    fn declared(&self) -> Option<KeyId> {
        self.keys.load().declared()
    }

    fn sealer(&self) -> Option<Arc<dyn Seal>> {
        self.keys.load().sealer()
    }

    fn keyring(&self) -> Option<&Keyring> {
        Some(self)
    }
}

impl From<PlatformKeys> for Keyring {
    fn from(keys: PlatformKeys) -> Self {
        Self::new(keys)
    }
}

/// The ids of the keys, and neither the keys nor the APIv3 key.
impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("keys", &self.keys.load())
            .field("record", &self.record.load())
            .finish_non_exhaustive()
    }
}
