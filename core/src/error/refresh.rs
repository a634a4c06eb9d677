use std::error::Error as StdError;
use std::sync::Arc;

use thiserror::Error;

use super::ResponseError;

/// The platform's certificates could not be fetched. Whatever keys were held before stay.
#[non_exhaustive]
#[derive(Clone, Debug, Error)]
pub enum RefreshError {
    /// The platform has none for this merchant. It is not asked again.
    #[error(
        "the platform has no certificates for this merchant: those that joined since September 2024 \
         have none. Download the WeChat Pay public key from the merchant platform and add it with \
         its PUB_KEY_ID_… id. ({0})"
    )]
    NoCertificates(#[source] Arc<ResponseError>),
    /// The platform answered, and not with certificates that can be adopted.
    #[error(
        "the platform's certificates could not be fetched: {0}. If this goes on, the merchant may \
         have none, and needs the WeChat Pay public key with its PUB_KEY_ID_… id instead; once it is \
         mended, Keyring::forgive ends the waiting"
    )]
    Failed(#[source] Arc<ResponseError>),
    /// No answer came.
    #[error("the platform's certificates could not be fetched: {0}")]
    Unreached(#[source] Arc<dyn StdError + Send + Sync>),
    /// Without an APIv3 key certificates cannot be opened, so they are not fetched.
    #[error(
        "certificates are not fetched, because no APIv3 key is set (Keyring::with_api_v3_key); or add \
         the WeChat Pay public key"
    )]
    NoApiV3Key,
}
