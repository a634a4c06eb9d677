use std::env;
use std::fs;
use std::sync::Arc;

use wechatpay_core::{ApiV3Key, Keyring, Merchant, PlatformKeys, RsaSigner};
use wechatpay_gateway::{Running, credentials};

use super::Failure;
use super::books::{Books, Log};

/// What a callback server is made of.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) merchant: Merchant,
    pub(crate) signer: RsaSigner,
    pub(crate) keys: Keyring,
    pub(crate) api_v3_key: Arc<ApiV3Key>,
    pub(crate) books: Arc<Books>,
}

impl Setup {
    /// The merchant of the variables that `wechatpay.env` of the gateway sets.
    pub(super) fn from_env() -> Result<Self, Failure> {
        let text = |name: &str| env::var(name).map_err(|e| format!("variable {name}: {e}"));
        let file = |name: &str| -> Result<Vec<u8>, Failure> {
            let path = text(name)?;
            fs::read(&path).map_err(|e| format!("variable {name}: {path}: {e}").into())
        };
        let merchant = Merchant::new(text("WECHATPAY_MCHID")?)?;
        let keys = PlatformKeys::new().with_public_key(
            &text("WECHATPAY_PUBLIC_KEY_ID")?,
            &file("WECHATPAY_PUBLIC_KEY_FILE")?,
        )?;
        Ok(Self::new(
            merchant.at(&text("WECHATPAY_BASE_URL")?)?,
            RsaSigner::from_pem(
                &text("WECHATPAY_SERIAL_NO")?,
                &file("WECHATPAY_PRIVATE_KEY_FILE")?,
            )?,
            keys,
            ApiV3Key::new(text("WECHATPAY_APIV3_KEY")?)?,
            Log::Console,
        ))
    }

    /// The merchant of a gateway, with the public key and the certificate that it starts with.
    pub(super) fn of(gateway: &Running) -> Result<Self, Failure> {
        Ok(Self::new(
            Merchant::new(credentials::MCHID)?.at(&gateway.base_url())?,
            credentials::merchant_signer()?,
            credentials::platform_keys()?,
            credentials::api_v3_key()?,
            Log::Off,
        ))
    }

    fn new(
        merchant: Merchant,
        signer: RsaSigner,
        keys: PlatformKeys,
        key: ApiV3Key,
        log: Log,
    ) -> Self {
        let api_v3_key = Arc::new(key);
        Self {
            merchant,
            signer,
            keys: Keyring::new(keys).with_api_v3_key(Arc::clone(&api_v3_key)),
            api_v3_key,
            books: Arc::new(Books::new(log)),
        }
    }
}
