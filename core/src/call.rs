use std::fmt;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::uri::{InvalidUri, PathAndQuery};
use http::{HeaderValue, Method, Request, Uri};

use crate::authorization::Authorization;
use crate::canonical::request_message;
use crate::coverage::agree;
use crate::error::{DraftError, OperationName, SignError};
use crate::hosts::Host;
use crate::key_id::KeyId;
use crate::keys::Verifier;
use crate::merchant::{Merchant, declared};
use crate::operation::{Body, Decode, Replay};
use crate::pending::Pending;
use crate::sign::{Signature, Signer};
use crate::stamp::{Nonce, Timestamp, header_name};
use crate::target::Target;

/// A call whose target and body are frozen as bytes, before time, nonce and signature.
///
/// Every attempt stamps the same draft, so the parameters of a replay cannot differ: this is what
/// keeps a subsidy from being charged twice. `T` is what the answer will hold.
///
/// ```
/// use wechatpay_core::{Merchant, Nonce, Timestamp, api::certificates};
///
/// let draft = Merchant::new("1900001109")?.draft(&certificates::List::new())?;
/// let first = draft.stamp(Timestamp::from_secs(1_554_208_460), Nonce::from_entropy([1; 16]));
/// let again = draft.stamp(Timestamp::from_secs(1_554_208_475), Nonce::from_entropy([2; 16]));
/// assert_eq!(first.request().uri(), again.request().uri());
/// assert_ne!(first.message(), again.message());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a draft sends nothing"]
pub struct Draft<T> {
    request: Request<Bytes>,
    backup: Option<Uri>,
    /// The key that sealed fields, which no other may stand beside.
    pinned: Option<KeyId>,
    signed: Option<Bytes>,
    mchid: String,
    pending: Pending<T>,
}

impl<T: Decode> Draft<T> {
    pub(crate) fn freeze(
        merchant: &Merchant,
        operation: OperationName,
        replay: Replay,
        target: Target,
        body: Body,
    ) -> Result<Self, DraftError> {
        let known = [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ];
        let reason = if !known.contains(operation.method()) {
            Some("the method is none of GET, POST, PUT, PATCH and DELETE, in capitals")
        } else if *operation.method() == Method::GET && !body.sent.is_empty() {
            Some("a GET has no body")
        } else {
            None
        };
        if let Some(reason) = reason {
            return Err(DraftError::Method { operation, reason });
        }
        let refuse = |source| DraftError::Http {
            operation: operation.clone(),
            source,
        };
        agree(&operation, target.as_str(), T::COVERAGE)?;
        let target: PathAndQuery = target
            .as_str()
            .parse()
            .map_err(|e: InvalidUri| refuse(e.into()))?;
        let backup = match &merchant.backup {
            Some(backup) => Some(backup.uri(target.clone()).map_err(refuse)?),
            None => None,
        };
        let uri = merchant.main.uri(target).map_err(refuse)?;
        let mut request = Request::new(body.sent);
        *request.method_mut() = operation.method().clone();
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, merchant.user_agent.clone());
        if let Some(kind) = body.content_type {
            let kind = HeaderValue::try_from(kind).map_err(|e| refuse(e.into()))?;
            headers.insert(CONTENT_TYPE, kind);
        }
        if let Some(id) = &merchant.declared {
            headers.insert(header_name::SERIAL, id.clone());
        }
        Ok(Self {
            request,
            backup,
            pinned: None,
            signed: body.signed,
            mchid: merchant.mchid().to_owned(),
            pending: Pending::new(operation, replay),
        })
    }
}

impl<T> Draft<T> {
    /// Declares the platform key that `keys` verify with, as [`Merchant::declaring`] does for all
    /// calls. A draft with sealed fields keeps declaring the key that sealed them.
    pub fn declaring(mut self, keys: &(impl Verifier + ?Sized)) -> Self {
        self.declare(keys);
        self
    }

    /// As [`declaring`](Self::declaring), in place: between two attempts, when the keys changed.
    pub fn declare(&mut self, keys: &(impl Verifier + ?Sized)) {
        let headers = self.request.headers_mut();
        match declared(keys) {
            _ if self.pinned.is_some() => None,
            Some(id) => headers.insert(header_name::SERIAL, id),
            None => headers.remove(header_name::SERIAL),
        };
    }

    pub(crate) fn pinned_to(mut self, key: &KeyId) -> Self {
        let headers = self.request.headers_mut();
        headers.insert(header_name::SERIAL, key.to_header());
        self.pinned = Some(key.clone());
        self
    }

    /// Whether there is an access point to fall back on.
    #[must_use]
    pub fn has_backup(&self) -> bool {
        self.backup.is_some()
    }

    /// The access point's host and port.
    #[must_use]
    pub fn authority(&self, host: Host) -> &str {
        let uri = match (host, &self.backup) {
            (Host::Backup, Some(backup)) => backup,
            _ => self.request.uri(),
        };
        uri.authority().map_or("", |authority| authority.as_str())
    }

    /// What will read the answer.
    pub fn pending(&self) -> &Pending<T> {
        &self.pending
    }

    /// The operation.
    #[must_use]
    pub fn operation(&self) -> &OperationName {
        &self.pending.operation
    }

    /// What may be done when the outcome is unknown.
    #[must_use]
    pub fn replay(&self) -> Replay {
        self.pending.replay
    }

    /// The path and query, as signed and as sent.
    #[must_use]
    pub fn target(&self) -> &str {
        target_of(&self.request)
    }

    /// The body, as sent.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        self.request.body()
    }

    /// Phase two, once per attempt: the caller's clock and a fresh nonce make the message to sign.
    pub fn stamp(&self, now: Timestamp, nonce: Nonce) -> Unsigned<T> {
        self.stamp_for(Host::Main, now, nonce)
    }

    /// [`stamp`](Self::stamp) for one of the two access points. Where there is no backup, the main
    /// one is meant.
    pub fn stamp_for(&self, host: Host, now: Timestamp, nonce: Nonce) -> Unsigned<T> {
        let mut request = self.request.clone();
        if let (Host::Backup, Some(backup)) = (host, &self.backup) {
            *request.uri_mut() = backup.clone();
        }
        let timestamp = now.to_string();
        let message = request_message(
            self.request.method().as_str(),
            self.target(),
            &timestamp,
            nonce.as_str(),
            self.signed.as_ref().unwrap_or(self.request.body()),
        );
        Unsigned {
            request,
            message,
            mchid: self.mchid.clone(),
            timestamp,
            nonce,
            pending: self.pending.clone(),
        }
    }
}

/// What is signed is read off the request that is sent.
fn target_of<B>(request: &Request<B>) -> &str {
    request
        .uri()
        .path_and_query()
        .map_or("/", |target| target.as_str())
}

impl<T> fmt::Debug for Draft<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Draft({})", self.pending.operation)
    }
}

/// A stamped request that still wants its signature.
#[must_use = "a request is sent only after it is signed"]
pub struct Unsigned<T> {
    request: Request<Bytes>,
    message: Vec<u8>,
    mchid: String,
    timestamp: String,
    nonce: Nonce,
    pending: Pending<T>,
}

impl<T> Unsigned<T> {
    /// The canonical message: the bytes to sign, for a key that lives elsewhere; see
    /// [`attach`](Self::attach).
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The request as it stands, without `Authorization`.
    #[must_use]
    pub fn request(&self) -> &Request<Bytes> {
        &self.request
    }

    /// Phase three with a key at hand.
    ///
    /// # Errors
    ///
    /// [`SignError`] when the signer refuses.
    pub fn sign(self, signer: &(impl Signer + ?Sized)) -> Result<Prepared<T>, SignError> {
        let signature = signer.sign(&self.message)?;
        Ok(self.attach(&signature))
    }

    /// Phase three with a signature from outside: an HSM, a KMS, a remote service.
    ///
    /// The signature's scheme decides how the header names the caller: `mchid`, or `brand_id` under
    /// [`Scheme::BRAND`](crate::Scheme::BRAND). It is not held against the path.
    pub fn attach(mut self, signature: &Signature) -> Prepared<T> {
        let text = Authorization {
            scheme: signature.scheme().as_str(),
            mchid: &self.mchid,
            nonce: self.nonce.as_str(),
            timestamp: &self.timestamp,
            serial_no: signature.serial().as_str(),
            signature: &signature.to_base64(),
        }
        .to_string();
        let mut value =
            HeaderValue::try_from(text).expect("each part is visible ASCII by its type");
        value.set_sensitive(true);
        self.request.headers_mut().insert(AUTHORIZATION, value);
        Prepared {
            request: self.request,
            pending: self.pending,
        }
    }
}

impl<T> fmt::Debug for Unsigned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unsigned({})", self.pending.operation)
    }
}

/// A signed request, and what reads its answer.
#[allow(clippy::exhaustive_structs, reason = "taken apart by every transport")]
#[must_use = "a prepared request is not sent yet"]
pub struct Prepared<T> {
    /// Send this unchanged. The URI is absolute; a bare connection wants it in origin form.
    pub request: Request<Bytes>,
    /// Give the answer to this.
    pub pending: Pending<T>,
}

/// Without the body and the query, which may hold personal data.
impl<T> fmt::Debug for Prepared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared({})", self.pending.operation)
    }
}
