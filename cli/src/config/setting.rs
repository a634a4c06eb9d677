//! The settings by name, and what can be wrong with them.

use std::path::PathBuf;

use thiserror::Error;
use wechatpay_core::{ConfigError, KeyError};

/// The settings, by the variable that carries them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    BaseUrl,
    Mchid,
    SerialNo,
    PrivateKeyFile,
    PublicKeyId,
    PublicKeyFile,
    PlatformCertFile,
    Apiv3Key,
    MerchantCertFile,
}

impl Setting {
    /// The environment variable.
    pub(crate) const fn variable(self) -> &'static str {
        match self {
            Self::BaseUrl => "WECHATPAY_BASE_URL",
            Self::Mchid => "WECHATPAY_MCHID",
            Self::SerialNo => "WECHATPAY_SERIAL_NO",
            Self::PrivateKeyFile => "WECHATPAY_PRIVATE_KEY_FILE",
            Self::PublicKeyId => "WECHATPAY_PUBLIC_KEY_ID",
            Self::PublicKeyFile => "WECHATPAY_PUBLIC_KEY_FILE",
            Self::PlatformCertFile => "WECHATPAY_PLATFORM_CERT_FILE",
            Self::Apiv3Key => "WECHATPAY_APIV3_KEY",
            Self::MerchantCertFile => "WECHATPAY_MERCHANT_CERT_FILE",
        }
    }

    const fn flag(self) -> &'static str {
        match self {
            Self::BaseUrl => "--base-url",
            Self::Mchid => "--mchid",
            Self::SerialNo => "--serial-no",
            Self::PrivateKeyFile => "--private-key-file",
            Self::PublicKeyId => "--public-key-id",
            Self::PublicKeyFile => "--public-key-file",
            Self::PlatformCertFile => "--platform-cert-file",
            Self::Apiv3Key => "--apiv3-key-file",
            Self::MerchantCertFile => "--merchant-cert-file",
        }
    }
}

impl std::fmt::Display for Setting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.variable(), self.flag())
    }
}

/// Why the configuration is not usable. Nothing was sent.
#[derive(Debug, Error)]
pub(crate) enum SettingError {
    #[error("not configured: {}", list(.0))]
    Missing(Vec<Setting>),
    #[error(
        "nothing is configured that answers could be verified with: set {} and {}, or {}, or {} to \
         download the platform certificates first",
        Setting::PublicKeyId.variable(), Setting::PublicKeyFile.variable(),
        Setting::PlatformCertFile.variable(), Setting::Apiv3Key.variable()
    )]
    NoPlatformKey,
    #[error("{0} is not UTF-8 text")]
    NotText(Setting),
    #[error("{0} holds the text of a key, and takes the path of the file")]
    TextForPath(Setting),
    #[error("{setting}: cannot read {}: {source}", .path.display())]
    File {
        setting: Setting,
        path: PathBuf,
        source: std::io::Error,
    },
    /// The path is left out: it may be the key itself, given where its file belongs.
    #[error("{}: cannot read the file: {source}", Setting::Apiv3Key)]
    Apiv3KeyFile { source: std::io::Error },
    #[error("{setting}: {}: {source}", .path.display())]
    KeyFile {
        setting: Setting,
        path: PathBuf,
        source: KeyError,
    },
    #[error("{setting}: {source}")]
    Key { setting: Setting, source: KeyError },
    #[error("{setting}: {source}")]
    Value {
        setting: Setting,
        source: ConfigError,
    },
    #[error(
        "{}: {} has the serial number {found}, and {} is {configured}: set the certificate's",
        Setting::MerchantCertFile, .path.display(), Setting::SerialNo.variable()
    )]
    CertificateSerial {
        configured: String,
        found: String,
        path: PathBuf,
    },
    #[error(
        "{}: {} names no merchant, so it is not the merchant's API certificate \
         (apiclient_cert.pem), whose serial number is {}; is it the platform's?",
        Setting::MerchantCertFile, .path.display(), Setting::SerialNo.variable()
    )]
    NotMerchantCertificate { path: PathBuf },
    #[error(
        "the private key of {} is not the one of the certificate {}: their public keys differ; the \
         two files come from different applications for a certificate",
        Setting::PrivateKeyFile, .path.display()
    )]
    CertificateKey { path: PathBuf },
    #[error(
        "{} is {configured}, and the certificate {} belongs to merchant {found}",
        Setting::Mchid, .path.display()
    )]
    CertificateMerchant {
        configured: String,
        found: String,
        path: PathBuf,
    },
}

impl SettingError {
    /// What to do about it, where the error itself does not say so.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Missing(_) | Self::NoPlatformKey => Some(
                "source the wechatpay.env that `wxpay gateway --credentials DIR` writes, or see \
                 `wxpay call --help` for all settings",
            ),
            Self::KeyFile {
                setting: Setting::PrivateKeyFile,
                source: KeyError::Pem { .. } | KeyError::Damaged { .. },
                ..
            } => Some(
                "the private key file is damaged: copy apiclient_key.pem again from where it was \
                 made; a key that is lost is replaced in the merchant platform (API安全), with a \
                 new certificate",
            ),
            Self::KeyFile {
                setting: Setting::PublicKeyFile,
                source: KeyError::Pem { .. } | KeyError::Damaged { .. },
                ..
            } => Some(
                "the public key file is damaged: download pub_key.pem again from the merchant \
                 platform (API安全)",
            ),
            Self::Key {
                setting: Setting::Apiv3Key,
                ..
            } => Some(
                "the APIv3 key is the 32 characters that were set in the merchant platform \
                 (API安全, APIv3密钥), neither hashed nor decoded",
            ),
            _ => None,
        }
    }
}

fn list(settings: &[Setting]) -> String {
    let names: Vec<String> = settings.iter().map(Setting::to_string).collect();
    names.join(", ")
}
