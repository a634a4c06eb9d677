use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::RsaKeyPair;

use crate::error::{ConfigError, KeyError, SignError, Unfit};
use crate::key_id::SerialNumber;
use crate::private_key::{self, Layout};

/// Signs canonical messages with the merchant's API private key (商户API私钥).
///
/// Implement it for a key store of your own; a key that is reached asynchronously goes through
/// [`Unsigned::message`](crate::Unsigned::message) and [`attach`](crate::Unsigned::attach). The
/// example `remote_signer` of `wechatpay-ureq` keeps the key in another process.
pub trait Signer {
    /// Signs `message`, which is not hashed yet.
    ///
    /// # Errors
    ///
    /// [`SignError`] when the key store refuses.
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError>;
}

impl<S: Signer + ?Sized> Signer for &S {
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        (**self).sign(message)
    }
}

impl<S: Signer + ?Sized> Signer for std::sync::Arc<S> {
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        (**self).sign(message)
    }
}

impl<S: Signer + ?Sized> Signer for Box<S> {
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        (**self).sign(message)
    }
}

/// A signature, with the serial number of the certificate whose key made it and the scheme it is
/// of. They travel together, so a key rotation cannot pair the wrong ones.
///
/// ```
/// use wechatpay_core::{SerialNumber, Signature};
///
/// let serial = SerialNumber::parse("5A0E1C7B2D9F48E36B105C8D7F2A94E1B3C6D8F0")?;
/// let signature = Signature::new(serial, b"from the HSM".to_vec());
/// assert_eq!(signature.to_base64(), "ZnJvbSB0aGUgSFNN");
/// # Ok::<(), wechatpay_core::ConfigError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Signature {
    scheme: Scheme,
    serial: SerialNumber,
    bytes: Vec<u8>,
}

impl Signature {
    /// Pairs the raw bytes of an RSA signature (RSASSA-PKCS1-v1_5, SHA-256) with the serial number
    /// of the merchant's certificate.
    #[must_use]
    pub fn new(serial: SerialNumber, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            scheme: Scheme::RSA,
            serial,
            bytes: bytes.into(),
        }
    }

    /// The same signature under another scheme.
    #[must_use]
    pub fn with_scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// The scheme that the `Authorization` header names.
    #[must_use]
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// The serial number of the merchant's certificate.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// The signature as headers carry it.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.bytes)
    }
}

/// The bytes are left out: with them the request could be sent again.
impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature")
            .field("scheme", &self.scheme)
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

/// The name of a signature scheme, as the `Authorization` header begins with it.
///
/// ```
/// use wechatpay_core::Scheme;
///
/// assert_eq!(Scheme::RSA.as_str(), "WECHATPAY2-SHA256-RSA2048");
/// assert!(Scheme::parse("WECHATPAY2-SM2-WITH-SM3").is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme(std::borrow::Cow<'static, str>);

impl Scheme {
    /// RSA with SHA-256: what merchants have unless they arranged for another.
    pub const RSA: Self = Self(std::borrow::Cow::Borrowed("WECHATPAY2-SHA256-RSA2048"));

    /// RSA with SHA-256 for a brand (品牌商户): the scheme of the paths under `/brand/`, where the
    /// caller is a brand id (品牌ID) and no merchant number. See [`RsaSigner::for_brand`].
    pub const BRAND: Self = Self(std::borrow::Cow::Borrowed("WECHATPAY-BRAND-SHA256-RSA2048"));

    /// Takes another scheme's name: ASCII letters, digits and hyphens.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Scheme`] for any other text.
    pub fn parse(text: impl Into<String>) -> Result<Self, ConfigError> {
        let text = text.into();
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if text.chars().all(fine) && (1..=64).contains(&text.len()) {
            Ok(Self(text.into()))
        } else {
            Err(ConfigError::Scheme(Unfit::new(&text, fine)))
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An RSA private key held in memory, on ring: RSASSA-PKCS1-v1_5 with SHA-256.
///
/// Keys of 2048 to 4096 bits, PKCS#8 or PKCS#1, PEM or DER. The key never shows in `Debug`.
///
/// ```no_run
/// use wechatpay_core::RsaSigner;
///
/// let pem = std::fs::read("apiclient_key.pem")?;
/// let signer = RsaSigner::from_pem("5A0E1C7B2D9F48E36B105C8D7F2A94E1B3C6D8F0", &pem)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RsaSigner {
    scheme: Scheme,
    serial: SerialNumber,
    key: RsaKeyPair,
}

impl RsaSigner {
    /// Reads a private key from PEM (`apiclient_key.pem`): `PRIVATE KEY` or `RSA PRIVATE KEY`.
    ///
    /// `serial` is the serial number of the merchant's API certificate (商户API证书序列号).
    ///
    /// # Errors
    ///
    /// [`KeyError`], which names what the file holds instead, or what is wrong with the key.
    pub fn from_pem(serial: &str, pem: &[u8]) -> Result<Self, KeyError> {
        let (layout, der) = private_key::from_pem(pem)?;
        Self::new(serial, layout, &der)
    }

    /// Reads a private key from PKCS#8 DER.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn from_pkcs8_der(serial: &str, der: &[u8]) -> Result<Self, KeyError> {
        Self::new(serial, Layout::Pkcs8, der)
    }

    /// Reads a private key from PKCS#1 DER.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn from_pkcs1_der(serial: &str, der: &[u8]) -> Result<Self, KeyError> {
        Self::new(serial, Layout::Pkcs1, der)
    }

    fn new(serial: &str, layout: Layout, der: &[u8]) -> Result<Self, KeyError> {
        let key = private_key::checked(layout, der)?;
        let serial = SerialNumber::parse(serial)?;
        Ok(Self {
            scheme: Scheme::RSA,
            serial,
            key,
        })
    }

    /// The same key as a brand's: signatures are of [`Scheme::BRAND`], and `Authorization` names
    /// the caller as `brand_id`. The serial number is that of the brand's API certificate.
    ///
    /// Scheme and path are not held against each other: a path under `/brand/` that is signed
    /// without this, or another path that is signed with it, is refused by the platform with 401
    /// before anything else happens. Keep one [`Merchant`](crate::Merchant) and one signer for each
    /// role.
    ///
    /// ```
    /// use wechatpay_core::{AnyOperation, Merchant, Method, Nonce, RsaSigner, Timestamp};
    /// # let pem = include_bytes!("../tests/known_answers/keys/merchant_pkcs8.pem");
    /// # let (now, nonce) = (Timestamp::from_secs(1_554_208_460), Nonce::from_entropy([7; 16]));
    ///
    /// let serial = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D";
    /// let signer = RsaSigner::from_pem(serial, pem)?.for_brand();
    /// // Where a merchant gives its merchant number, a brand gives its brand id.
    /// let brand = Merchant::new("123456789")?;
    /// let query = AnyOperation::new(Method::GET, "/brand/marketing/product-coupon/product-coupons/1");
    /// let request = brand.prepare(&query, now, nonce)?.sign(&signer)?.request;
    /// let header = request.headers()["authorization"].to_str()?;
    /// assert!(header.starts_with("WECHATPAY-BRAND-SHA256-RSA2048 brand_id=\"123456789\","));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn for_brand(mut self) -> Self {
        self.scheme = Scheme::BRAND;
        self
    }

    /// The scheme that signatures carry.
    #[must_use]
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// The serial number that signatures carry.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// The public half as PKCS#1 DER, to hold against a certificate.
    #[must_use]
    pub fn public_key_der(&self) -> &[u8] {
        use ring::signature::KeyPair as _;
        self.key.public_key().as_ref()
    }
}

impl Signer for RsaSigner {
    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        let bytes = private_key::signature(&self.key, message)
            .map_err(|_| SignError::new("the private key's numbers do not belong together"))?;
        Ok(Signature::new(self.serial.clone(), bytes).with_scheme(self.scheme.clone()))
    }
}

impl fmt::Debug for RsaSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaSigner")
            .field("scheme", &self.scheme)
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}
