//! From flags, environment and files to who calls and with which keys. Nothing is sent here, and
//! nothing secret enters an error.

mod setting;

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use wechatpay_core::{ApiV3Key, Certificate, KeyError, Merchant, PlatformKeys, RsaSigner};
use zeroize::Zeroizing;

use crate::args::Connection;
use crate::redact;

pub(crate) use setting::{Setting, SettingError};

/// Where variables come from: the process, or a test's table.
pub(crate) type Environment<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The environment of this process.
pub(crate) fn process_environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Who calls, and how answers are verified.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) merchant: Merchant,
    pub(crate) signer: RsaSigner,
    pub(crate) trust: Trust,
}

/// How answers are verified.
#[derive(Debug)]
pub(crate) enum Trust {
    /// With these keys.
    Held(PlatformKeys),
    /// With the certificates that are downloaded first, and that this key opens.
    Download(Box<ApiV3Key>),
}

impl Config {
    /// Reads everything that a call needs.
    pub(crate) fn read(flags: &Connection, env: Environment<'_>) -> Result<Self, SettingError> {
        let source = Source { flags, env };
        let (merchant, signer) = source.caller()?;
        let keys = source.platform_keys()?;
        // Read where it is not needed too: a key of another length is a mistake anyway.
        let apiv3_key = source.apiv3_key()?;
        let trust = if keys.is_empty() {
            let key = apiv3_key.ok_or(SettingError::NoPlatformKey)?;
            Trust::Download(Box::new(key))
        } else {
            Trust::Held(keys)
        };
        Ok(Self {
            merchant,
            signer,
            trust,
        })
    }

    /// Reads what the download of certificates needs, whatever keys are configured.
    pub(crate) fn read_for_download(
        flags: &Connection,
        env: Environment<'_>,
    ) -> Result<(Merchant, RsaSigner, ApiV3Key), SettingError> {
        let source = Source { flags, env };
        let (merchant, signer) = source.caller()?;
        let missing = || SettingError::Missing(vec![Setting::Apiv3Key]);
        let key = source.apiv3_key()?.ok_or_else(missing)?;
        Ok((merchant, signer, key))
    }
}

/// Who calls and where to, as the flags alone have it. Without a merchant number it is anybody.
pub(crate) fn merchant_of(flags: &Connection) -> Result<Merchant, SettingError> {
    let source = Source {
        flags,
        env: &|_| None,
    };
    source.merchant(flags.mchid.as_deref().unwrap_or("1900000109"))
}

/// The flags, and behind them the environment.
struct Source<'a> {
    flags: &'a Connection,
    env: Environment<'a>,
}

impl Source<'_> {
    fn caller(&self) -> Result<(Merchant, RsaSigner), SettingError> {
        let mchid = self.text(&self.flags.mchid, Setting::Mchid)?;
        let serial = self.text(&self.flags.serial_no, Setting::SerialNo)?;
        let key = self.path(&self.flags.private_key_file, Setting::PrivateKeyFile)?;
        let (Some(mchid), Some(serial), Some(key)) = (&mchid, &serial, &key) else {
            let missing = [
                mchid.is_none().then_some(Setting::Mchid),
                serial.is_none().then_some(Setting::SerialNo),
                key.is_none().then_some(Setting::PrivateKeyFile),
            ];
            let missing = missing.into_iter().flatten().collect();
            return Err(SettingError::Missing(missing));
        };
        let merchant = self.merchant(mchid)?;
        let signer = signer(serial, key)?;
        self.check_certificate(&merchant, &signer)?;
        Ok((merchant, signer))
    }

    fn merchant(&self, mchid: &str) -> Result<Merchant, SettingError> {
        let refuse = |setting| move |source| SettingError::Value { setting, source };
        let merchant = Merchant::new(mchid)
            .and_then(|merchant| merchant.with_user_agent(PRODUCT))
            .map_err(refuse(Setting::Mchid))?;
        match self.text(&self.flags.base_url, Setting::BaseUrl)? {
            Some(url) => merchant.at(&url).map_err(refuse(Setting::BaseUrl)),
            None => Ok(merchant),
        }
    }

    /// Holds the merchant's own certificate, where it is given, against what else is configured.
    fn check_certificate(
        &self,
        merchant: &Merchant,
        signer: &RsaSigner,
    ) -> Result<(), SettingError> {
        let setting = Setting::MerchantCertFile;
        let Some(path) = self.path(&self.flags.merchant_cert_file, setting)? else {
            return Ok(());
        };
        let pem = read_file(setting, &path)?;
        let certificate = Certificate::from_pem(&pem).map_err(|source| SettingError::KeyFile {
            setting,
            path: path.clone(),
            source,
        })?;
        if certificate.serial() != signer.serial() {
            if certificate.merchant().is_none() {
                return Err(SettingError::NotMerchantCertificate { path });
            }
            return Err(SettingError::CertificateSerial {
                configured: signer.serial().to_string(),
                found: certificate.serial().to_string(),
                path,
            });
        }
        if certificate.public_key().as_pkcs1_der() != signer.public_key_der() {
            return Err(SettingError::CertificateKey { path });
        }
        match certificate.merchant() {
            Some(found) if found != merchant.mchid() => Err(SettingError::CertificateMerchant {
                configured: merchant.mchid().to_owned(),
                found: found.to_owned(),
                path,
            }),
            _ => Ok(()),
        }
    }

    fn platform_keys(&self) -> Result<PlatformKeys, SettingError> {
        let mut keys = PlatformKeys::new();
        let id = self.text(&self.flags.public_key_id, Setting::PublicKeyId)?;
        let file = self.path(&self.flags.public_key_file, Setting::PublicKeyFile)?;
        match (id, file) {
            (Some(id), Some(path)) => {
                let setting = Setting::PublicKeyFile;
                let pem = read_file(setting, &path)?;
                let added = keys.with_public_key(&id, &pem);
                keys = added.map_err(|source| public_key_error(path, source))?;
            }
            (Some(_), None) => return Err(SettingError::Missing(vec![Setting::PublicKeyFile])),
            (None, Some(_)) => return Err(SettingError::Missing(vec![Setting::PublicKeyId])),
            (None, None) => {}
        }
        let setting = Setting::PlatformCertFile;
        if let Some(path) = self.path(&self.flags.platform_cert_file, setting)? {
            let pem = read_file(setting, &path)?;
            keys = keys
                .with_certificate(&pem)
                .map_err(|source| SettingError::KeyFile {
                    setting,
                    path,
                    source,
                })?;
        }
        Ok(keys)
    }

    fn apiv3_key(&self) -> Result<Option<ApiV3Key>, SettingError> {
        let setting = Setting::Apiv3Key;
        let bytes = match &self.flags.apiv3_key_file {
            Some(path) => {
                let mut bytes = read_file(setting, path)?;
                let text = bytes.trim_ascii_end().len();
                bytes.truncate(text);
                Some(bytes)
            }
            None => {
                let text = self.text(&None, setting)?;
                text.map(|text| Zeroizing::new(text.into_bytes()))
            }
        };
        bytes
            .map(|bytes| ApiV3Key::new(&*bytes))
            .transpose()
            .map_err(|source| SettingError::Key { setting, source })
    }

    fn text(
        &self,
        flag: &Option<String>,
        setting: Setting,
    ) -> Result<Option<String>, SettingError> {
        if let Some(text) = flag {
            return Ok(Some(text.clone()));
        }
        match self.variable(setting).map(OsString::into_string) {
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(_)) => Err(SettingError::NotText(setting)),
            None => Ok(None),
        }
    }

    fn path(
        &self,
        flag: &Option<PathBuf>,
        setting: Setting,
    ) -> Result<Option<PathBuf>, SettingError> {
        let path = flag.clone();
        let path = path.or_else(|| self.variable(setting).map(PathBuf::from));
        match path {
            Some(path) if is_text_of_key(&path.to_string_lossy()) => {
                Err(SettingError::TextForPath(setting))
            }
            path => Ok(path),
        }
    }

    fn variable(&self, setting: Setting) -> Option<OsString> {
        (self.env)(setting.variable()).filter(|value| !value.is_empty())
    }
}

/// With its frame, or without, as other libraries take it.
fn is_text_of_key(path: &str) -> bool {
    path.contains("-----BEGIN") || redact::redact(path) != path
}

const PRODUCT: &str = concat!("wxpay/", env!("CARGO_PKG_VERSION"));

fn signer(serial: &str, path: &Path) -> Result<RsaSigner, SettingError> {
    let setting = Setting::PrivateKeyFile;
    let pem = read_file(setting, path)?;
    RsaSigner::from_pem(serial, &pem).map_err(|source| match source {
        // The serial number is a setting of its own.
        KeyError::Config(source) => SettingError::Value {
            setting: Setting::SerialNo,
            source,
        },
        source => SettingError::KeyFile {
            setting,
            path: path.to_owned(),
            source,
        },
    })
}

fn public_key_error(path: PathBuf, source: KeyError) -> SettingError {
    match source {
        source @ KeyError::PublicKeyId { .. } => SettingError::Key {
            setting: Setting::PublicKeyId,
            source,
        },
        source => SettingError::KeyFile {
            setting: Setting::PublicKeyFile,
            path,
            source,
        },
    }
}

fn read_file(setting: Setting, path: &Path) -> Result<Zeroizing<Vec<u8>>, SettingError> {
    match whole_file(path) {
        Ok(bytes) => Ok(bytes),
        Err(source) if setting == Setting::Apiv3Key => Err(SettingError::Apiv3KeyFile { source }),
        Err(source) => Err(SettingError::File {
            setting,
            path: path.to_owned(),
            source,
        }),
    }
}

/// The buffer has room from the start, for a pipe does not tell its size: one that grows leaves its
/// old place unwiped.
fn whole_file(path: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
    const ROOM: u64 = 1 << 16;
    let mut file = File::open(path)?;
    let room = file
        .metadata()?
        .len()
        .saturating_add(1)
        .clamp(ROOM, 1 << 20);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room as usize));
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
