use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::error::{KeyError, RefreshError, ResponseError, VerifyError};
use crate::key_id::KeyId;
use crate::keys::{PlatformKeys, Verifier};
use crate::policy::Policy;
use crate::resource::ApiV3Key;
use crate::sealing::Seal;
use crate::stamp::Timestamp;

mod record;
mod refresh;

use record::Record;

pub use record::Wish;
pub use refresh::{Fetch, Refresh};

/// The platform keys of a running service: read by every call and callback, and replaced as a whole
/// when the platform rotates its certificates or the merchant switches to the public key (灰度切换).
///
/// Reading never waits: a message is verified with the set that is current at that moment. Give the
/// APIv3 key, and certificates are fetched by themselves: before the first call when none is held,
/// twice a day while one is declared, and when a message names a key that is not held. A refresh is
/// a value here, [`Refresh`]: the transports carry it out. Share a ring in an `Arc`: all clients
/// that hold it share its keys and its refreshes.
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

impl Keyring {
    /// How long an adopted list counts as fresh: twelve hours.
    pub const FRESH: Duration = Duration::from_secs(12 * 60 * 60);

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
    /// the way back. The others still verify. Of certificates, the next list declares the newest.
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

    /// Adds a platform certificate. As long as certificates are declared, the newest one is.
    ///
    /// # Errors
    ///
    /// As [`PlatformKeys::with_certificate`]; then nothing changes.
    pub fn add_certificate(&self, pem: &[u8]) -> Result<(), KeyError> {
        self.change(|keys| keys.clone().with_certificate(pem))
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
        let due = record.adopted(now).and_then(|at| keys.next_refresh(at));
        let not_before = record.not_before(Wish::Due, now)?;
        Some(due.unwrap_or(now).max(not_before))
    }

    /// Whether certificates are due to be fetched.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next_refresh(now).is_some_and(|at| at <= now)
    }

    /// How long a call that begins now may spend on certificates that are due, before it is drafted;
    /// `None` when it is sent at once. Without keys all calls wait for them. While keys are held one
    /// call fetches, and not for long.
    #[must_use]
    pub fn before_a_call(&self, policy: &Policy, now: Timestamp) -> Option<Duration> {
        let most = if self.keys.load().is_empty() {
            Duration::from_secs(10)
        } else if self.record.load().is_underway(now) {
            return None;
        } else {
            Duration::from_secs(2)
        };
        // The call itself shall have time left.
        self.is_due(now).then(|| most.min(policy.total() / 2))
    }

    /// How long to wait until certificates may be fetched for this wish; `None` when they are not to
    /// be fetched again.
    #[must_use]
    pub fn wait(&self, wish: Wish, now: Timestamp) -> Option<Duration> {
        self.api_v3_key.as_ref()?;
        let from = self.record.load().not_before(wish, now)?;
        Some(Duration::from_secs(
            from.as_secs().saturating_sub(now.as_secs()),
        ))
    }

    /// Whether a message that names this platform key can be helped by fetching certificates: public
    /// keys are not among them, and are added by hand.
    #[must_use]
    pub fn could_fetch(id: &str) -> bool {
        !KeyId::names_public_key(id)
    }

    /// Why the last refresh failed, if it did.
    #[must_use]
    pub fn trouble(&self) -> Option<RefreshError> {
        self.record.load().outcome().err()
    }

    /// Adds to an error why the key that its answer wanted could not be fetched, if that is known.
    #[must_use]
    pub fn explain(&self, mut error: ResponseError) -> ResponseError {
        if error.unknown_key().is_some() {
            error.trouble = self.trouble();
        }
        error
    }

    /// How many refreshes there were. Read it before a message is verified, and hand it to
    /// [`refresh`](Self::refresh) when the message's key is not held.
    #[must_use]
    pub fn edition(&self) -> u64 {
        self.record.load().edition
    }

    /// What to do about a wish for fresh keys by one who last looked at this
    /// [`edition`](Self::edition). All who share the ring share one fetch.
    pub fn refresh(&self, edition: u64, wish: Wish, now: Timestamp) -> Refresh<'_> {
        let Some(key) = &self.api_v3_key else {
            return Refresh::Settled(Err(RefreshError::NoApiV3Key));
        };
        loop {
            let before = self.record.load();
            if before.edition != edition {
                return Refresh::Settled(before.outcome());
            }
            if before.is_underway(now) {
                return Refresh::Underway;
            }
            if before.not_before(wish, now).is_none_or(|from| from > now) {
                return Refresh::Settled(before.outcome());
            }
            let found = self
                .record
                .compare_and_swap(&*before, Arc::new(before.begun(wish, now)));
            if Arc::ptr_eq(&before, &found) {
                return Refresh::Fetch(Fetch::new(self, key, wish));
            }
        }
    }

    /// Forgets the failures, so that certificates are fetched again when they are needed.
    pub fn forgive(&self) {
        self.record.rcu(|record| record.forgiven());
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
