//! The fixed development credentials. They protect nothing: everyone can read them.
//!
//! The merchant, the platform's three keys and the APIv3 key are part of this crate, so that a new
//! user needs nothing, and so that a client which was set up once keeps working.

use std::fs;
use std::io;
use std::path::Path;

use wechatpay_core::{
    ApiV3Key, AwsLcSigner, Certificate, KeyError, Opener, PlatformKeys, RsaSigner, Sealer,
};

use crate::rotation::{Generation, SigningKey};

/// The merchant number (商户号) of the one caller that the gateway knows: an e-commerce platform.
pub const MCHID: &str = "1900001109";

/// The serial number of the merchant's API certificate.
pub const MERCHANT_SERIAL: &str = "5A0E1C7B2D9F48E36B105C8D7F2A94E1B3C6D8F0";

/// The serial number of the platform certificate.
pub const PLATFORM_CERT_SERIAL: &str = "7132D72A03E93CDDF8C03BBD1F37EEDF00A1B2C3";

/// The serial number of the platform certificate that the first one is rotated to, on demand.
pub const SECOND_PLATFORM_CERT_SERIAL: &str = "4E9C05B81A7D36F2C4086EAF91D3527B00D4E5F6";

/// The id of the platform's public key.
pub const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0119000011092026112100000000000000";

/// The APIv3 key: 32 bytes of text.
pub const API_V3_KEY: &str = "DEVELOPMENT0ONLY0APIV3KEY0123456";

/// The merchant's private key as PEM (`apiclient_key.pem`).
pub const MERCHANT_KEY_PEM: &str = include_str!("../credentials/merchant_key.pem");

/// The merchant's certificate as PEM (`apiclient_cert.pem`).
pub const MERCHANT_CERT_PEM: &str = include_str!("../credentials/merchant_cert.pem");

/// The platform certificate as PEM.
pub const PLATFORM_CERT_PEM: &str = include_str!("../credentials/platform_cert.pem");

/// The platform certificate that the first one is rotated to, as PEM. A client learns of it from
/// the list of certificates.
pub const SECOND_PLATFORM_CERT_PEM: &str = include_str!("../credentials/second_platform_cert.pem");

/// The platform's public key as PEM.
pub const PUBLIC_KEY_PEM: &str = include_str!("../credentials/public_key.pem");

const PLATFORM_KEY_PEM: &str = include_str!("../credentials/platform_key.pem");
const SECOND_PLATFORM_KEY_PEM: &str = include_str!("../credentials/second_platform_key.pem");
const PUBLIC_KEY_PRIVATE_PEM: &str = include_str!("../credentials/public_key_private.pem");

/// Signs as the merchant.
///
/// # Errors
///
/// [`KeyError`] when the PEM file of this crate is damaged.
pub fn merchant_signer() -> Result<RsaSigner, KeyError> {
    RsaSigner::from_pem(MERCHANT_SERIAL, MERCHANT_KEY_PEM.as_bytes())
}

/// What a client verifies with: the public key, which is declared in requests, and the
/// certificate.
///
/// # Errors
///
/// [`KeyError`] when a PEM file of this crate is damaged.
pub fn platform_keys() -> Result<PlatformKeys, KeyError> {
    PlatformKeys::new()
        .with_public_key(PUBLIC_KEY_ID, PUBLIC_KEY_PEM.as_bytes())?
        .with_certificate(PLATFORM_CERT_PEM.as_bytes())
}

/// The APIv3 key, ready to open what the gateway sealed.
///
/// # Errors
///
/// [`KeyError`] when the text is not 32 bytes.
pub fn api_v3_key() -> Result<ApiV3Key, KeyError> {
    ApiV3Key::new(API_V3_KEY)
}

pub(crate) fn merchant_certificate() -> Result<Certificate, KeyError> {
    Certificate::from_pem(MERCHANT_CERT_PEM.as_bytes())
}

/// Seals for the merchant's own certificate, as the keys of encrypted bills are.
pub(crate) fn merchant_sealer() -> Result<Sealer, KeyError> {
    let certificate = merchant_certificate()?;
    let id = certificate.serial().clone().into();
    Ok(Sealer::new(id, certificate.public_key()))
}

pub(crate) fn platform_certificate() -> Result<Certificate, KeyError> {
    Certificate::from_pem(PLATFORM_CERT_PEM.as_bytes())
}

pub(crate) fn second_platform_certificate() -> Result<Certificate, KeyError> {
    Certificate::from_pem(SECOND_PLATFORM_CERT_PEM.as_bytes())
}

pub(crate) fn certificate_signer() -> Result<AwsLcSigner, KeyError> {
    AwsLcSigner::from_pem(PLATFORM_CERT_SERIAL, PLATFORM_KEY_PEM.as_bytes())
}

pub(crate) fn second_certificate_signer() -> Result<AwsLcSigner, KeyError> {
    let pem = SECOND_PLATFORM_KEY_PEM.as_bytes();
    AwsLcSigner::from_pem(SECOND_PLATFORM_CERT_SERIAL, pem)
}

/// A public key has no serial number; what an answer is signed with is told by its id instead.
pub(crate) fn public_key_signer() -> Result<AwsLcSigner, KeyError> {
    AwsLcSigner::from_pem(PLATFORM_CERT_SERIAL, PUBLIC_KEY_PRIVATE_PEM.as_bytes())
}

/// Opens what was sealed for one of the platform's keys.
pub(crate) fn opener(key: SigningKey) -> Result<Opener, KeyError> {
    let pem = match key {
        SigningKey::Certificate(Generation::First) => PLATFORM_KEY_PEM,
        SigningKey::Certificate(Generation::Second) => SECOND_PLATFORM_KEY_PEM,
        SigningKey::PublicKey => PUBLIC_KEY_PRIVATE_PEM,
    };
    Opener::from_pem(pem.as_bytes())
}

/// Writes what a client needs into `dir`, which is made if it is not there: the PEM files, and a
/// `wechatpay.env` that any POSIX shell can source.
///
/// # Errors
///
/// [`io::Error`] when a file cannot be written, or the path is not UTF-8.
pub fn write_to(dir: &Path, base_url: &str) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    let dir = std::path::absolute(dir)?;
    let path = |name: &str| -> io::Result<String> {
        let path = dir.join(name);
        path.to_str().map(str::to_owned).ok_or_else(|| {
            let reason = "the credentials directory's path is not UTF-8, so no file can name it";
            io::Error::new(io::ErrorKind::InvalidInput, reason)
        })
    };
    let variables = [
        ("WECHATPAY_BASE_URL", base_url.to_owned()),
        ("WECHATPAY_MCHID", MCHID.to_owned()),
        ("WECHATPAY_SERIAL_NO", MERCHANT_SERIAL.to_owned()),
        ("WECHATPAY_PRIVATE_KEY_FILE", path("apiclient_key.pem")?),
        ("WECHATPAY_MERCHANT_CERT_FILE", path("apiclient_cert.pem")?),
        ("WECHATPAY_PUBLIC_KEY_ID", PUBLIC_KEY_ID.to_owned()),
        ("WECHATPAY_PUBLIC_KEY_FILE", path("pub_key.pem")?),
        ("WECHATPAY_PLATFORM_CERT_FILE", path("platform_cert.pem")?),
        (
            "WECHATPAY_PLATFORM_CERT_SERIAL_NO",
            PLATFORM_CERT_SERIAL.to_owned(),
        ),
        ("WECHATPAY_APIV3_KEY", API_V3_KEY.to_owned()),
    ];
    let lines: String = variables
        .iter()
        .map(|(name, value)| format!("{name}={}\n", quoted(value)))
        .collect();
    write_secret(&dir.join("apiclient_key.pem"), MERCHANT_KEY_PEM)?;
    fs::write(dir.join("apiclient_cert.pem"), MERCHANT_CERT_PEM)?;
    fs::write(dir.join("pub_key.pem"), PUBLIC_KEY_PEM)?;
    fs::write(dir.join("platform_cert.pem"), PLATFORM_CERT_PEM)?;
    write_secret(&dir.join("wechatpay.env"), &lines)
}

/// Quotes only what a shell would read otherwise, so that readers which know no quotes get on with
/// ordinary paths.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,".contains(c);
    if value.chars().all(plain) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(unix)]
fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};

    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut file = options.open(path)?;
    // The mode above is that of a new file only.
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}

#[cfg(not(unix))]
fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text)
}
