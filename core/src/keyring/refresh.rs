use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use http::{Response, StatusCode};

use super::Keyring;
use super::record::{News, Wish};
use crate::answer::{Answer, AnswerBody};
use crate::api::certificates::{CertificateList, List};
use crate::error::{CallError, RefreshError, ResponseError};
use crate::keys::PlatformKeys;
use crate::pending::Pending;
use crate::resource::ApiV3Key;
use crate::stamp::Timestamp;

/// What to do about a wish for fresh keys.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "a transport carries out every one")]
#[must_use = "a refresh does nothing by itself"]
pub enum Refresh<'a> {
    /// Fetch certificates.
    Fetch(Fetch<'a>),
    /// Somebody else is at it: ask again in a moment.
    Underway,
    /// Somebody has done it meanwhile, or it is not to be done now.
    Settled(Result<(), RefreshError>),
}

/// The right to fetch certificates, which one holds at a time. Whoever drops it has given up, and
/// another one may fetch.
///
/// Send [`list`](Self::list), at most a few times ([`Policy::for_refresh`](crate::Policy)), hand each
/// answer to [`read`](Self::read), and the outcome to [`settle`](Self::settle).
#[must_use = "nothing is fetched by itself"]
pub struct Fetch<'a> {
    ring: &'a Keyring,
    key: &'a ApiV3Key,
    wish: Wish,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Settled,
}

impl<'a> Fetch<'a> {
    pub(super) fn new(ring: &'a Keyring, key: &'a ApiV3Key, wish: Wish) -> Self {
        Self {
            ring,
            key,
            wish,
            state: State::Open,
        }
    }

    /// The operation to send.
    #[must_use]
    pub fn list(&self) -> List {
        List::new()
    }

    /// Reads the answer, and trusts it once all of this holds: each certificate opens with the APIv3
    /// key, its serial number is the one beside it, and the answer's own signature verifies with the
    /// key that it names, of this list or held before. Those that are not valid at `now` are left
    /// out.
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
        pending.adopt(response, self.key, &self.ring.current(), now)
    }

    /// Adopts what [`read`](Self::read) trusted, or notes why there is nothing to adopt, for those who
    /// wait for it too. The old set stays until the new one is complete. Public keys stay, and a
    /// certificate that is no longer listed stays for an hour, for messages on their way.
    ///
    /// # Errors
    ///
    /// [`RefreshError`]; then the keys are as they were.
    pub fn settle<E: StdError + Send + Sync + 'static>(
        mut self,
        outcome: Result<Answer<PlatformKeys>, CallError<E>>,
        now: Timestamp,
    ) -> Result<(), RefreshError> {
        self.state = State::Settled;
        let ring = self.ring;
        let why = match outcome {
            Ok(listed) => {
                let before = ring.keys.rcu(|held| held.adopting(&listed.value, now));
                let mut ids = listed.value.iter().map(|(id, _)| id.as_str());
                let news = if ids.any(|id| before.get(id).is_none()) {
                    News::NewKey
                } else {
                    News::Nothing
                };
                ring.record.rcu(|record| record.adopted_at(now, news));
                return Ok(());
            }
            Err(CallError::Answered(error)) if self.tells_of_none(&error) => {
                RefreshError::NoCertificates(Arc::new(error))
            }
            Err(CallError::Answered(error)) => RefreshError::Failed(Arc::new(error)),
            Err(error) => RefreshError::Unreached(Arc::new(error)),
        };
        ring.record.rcu(|record| record.failed_at(now, why.clone()));
        Err(why)
    }

    /// Whether the platform says that the merchant has no certificates. While a key is held the
    /// answer could be verified, so it has to be.
    fn tells_of_none(&self, error: &ResponseError) -> bool {
        let keyless = self.ring.current().is_empty();
        error.api().is_some_and(|api| {
            api.status == StatusCode::NOT_FOUND
                && matches!(api.code.as_str(), "RESOURCE_NOT_EXISTS" | "NOT_FOUND")
                && (keyless || api.is_verified())
        })
    }
}

impl Drop for Fetch<'_> {
    fn drop(&mut self) {
        if self.state == State::Open {
            self.ring.record.rcu(|record| record.given_up());
        }
    }
}

impl fmt::Debug for Fetch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch")
            .field("wish", &self.wish)
            .finish_non_exhaustive()
    }
}
