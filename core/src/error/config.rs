use thiserror::Error;

/// Who calls, where to, or what for, is not usable. Nothing was sent.
///
/// A text that is refused is described and not repeated: settings get swapped, and then it is a
/// secret.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The merchant number is not 1 to 32 decimal digits.
    #[error("the merchant number (mchid) is 1 to 32 decimal digits; the given text {0}")]
    Mchid(Unfit),
    /// The base URL is not `http://` or `https://` and a host, with an optional port.
    #[error(
        "the base URL is http:// or https:// with a host and an optional port, without user name, \
         query or fragment, and without a path, because the path is signed; the given text {0}"
    )]
    BaseUrl(Unfit),
    /// The product name does not fit into a `User-Agent` header.
    #[error("user agent {0:?} is empty or has characters that a header cannot carry")]
    UserAgent(String),
    /// A nonce is not 1 to 64 ASCII letters and digits.
    #[error("a nonce is 1 to 64 ASCII letters and digits; the given text {0}")]
    Nonce(Unfit),
    /// A signature scheme is not a token of an HTTP header.
    #[error("a signature scheme is 1 to 64 ASCII letters, digits and hyphens; the given text {0}")]
    Scheme(Unfit),
    /// A certificate serial number is not hexadecimal digits.
    #[error("a certificate's serial number is 1 to 64 hexadecimal digits; the given text {0}")]
    SerialNumber(Unfit),
    /// A key id is neither a certificate serial number nor `PUB_KEY_ID_…`.
    #[error(
        "a platform key's id is a certificate's serial number (hexadecimal digits) or a WeChat Pay \
         public key's id (PUB_KEY_ID_ and digits); the given text {0}"
    )]
    KeyId(Unfit),
    /// An app id is not 1 to 32 ASCII letters, digits, hyphens and underscores.
    #[error(
        "an app id is 1 to 32 ASCII letters, digits, hyphens and underscores; the given text {0}"
    )]
    AppId(Unfit),
    /// A prepay id is not 1 to 64 visible ASCII characters without `prepay_id=` before them.
    #[error(
        "a prepay id is 1 to 64 visible ASCII characters, without `prepay_id=` before them; the \
         given text {0}"
    )]
    PrepayId(Unfit),
}

/// How a text does not fit, without the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    characters: usize,
    wrong: Option<(usize, char)>,
    hint: &'static str,
}

impl Unfit {
    /// Describes `text`, of which only characters that are `fine` would fit.
    pub(crate) fn new(text: &str, fine: impl Fn(char) -> bool) -> Self {
        let hint = if text.starts_with("PUB_KEY_ID_") {
            ": it is the id of a WeChat Pay public key"
        } else if text.contains("prepay_id=") {
            ": it is a package value; leave `prepay_id=` off"
        } else if text.contains("-----BEGIN") {
            ": it is the contents of a PEM file"
        } else if text.len() != text.trim().len() {
            ": white space stands at its beginning or end"
        } else if text.contains(':') && text.bytes().all(|b| b == b':' || b.is_ascii_hexdigit()) {
            ": write the digits without colons"
        } else {
            ""
        };
        Self {
            characters: text.chars().count(),
            wrong: text.chars().enumerate().find(|(_, c)| !fine(*c)),
            hint,
        }
    }
}

impl std::fmt::Display for Unfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.characters, self.wrong) {
            (0, _) => f.write_str("is empty"),
            (1, _) => f.write_str("has one character"),
            (count, _) => write!(f, "has {count} characters"),
        }?;
        if let Some((at, wrong)) = self.wrong {
            write!(f, ", of which number {} ({wrong:?}) does not fit", at + 1)?;
        }
        f.write_str(self.hint)
    }
}

/// A key, a certificate or their file is not usable. Nothing was sent.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum KeyError {
    /// The text is not PEM, or is damaged.
    #[error("this is not a PEM file of one {expected}: {reason}")]
    Pem {
        /// What the file should hold.
        expected: KeyKind,
        /// What the PEM reader said.
        reason: String,
    },
    /// The PEM file holds something else.
    #[error("this file holds {found}, where {expected} belongs{}", confusion(.expected, .found))]
    Kind {
        /// What the file should hold.
        expected: KeyKind,
        /// What it holds.
        found: KeyKind,
    },
    /// The contents are damaged, or of another algorithm.
    #[error("this {kind} is damaged or not RSA: {reason}")]
    Damaged {
        /// What was read.
        kind: KeyKind,
        /// What the reader said.
        reason: String,
    },
    /// The RSA key has fewer than 2048 bits, or more than 8192.
    #[error("this {kind} has {bits} bits; RSA keys of 2048 to 8192 bits are accepted")]
    Size {
        /// What was read.
        kind: KeyKind,
        /// The modulus's length in bits.
        bits: usize,
    },
    /// The certificate is a merchant's, where the platform's belongs.
    #[error(
        "certificate {serial} belongs to merchant {mchid}: it is the merchant's own API certificate \
         (apiclient_cert.pem), where the platform's certificate belongs; the merchant's serves only \
         to read its serial number"
    )]
    MerchantCertificate {
        /// The certificate's serial number.
        serial: String,
        /// The merchant that it names.
        mchid: String,
    },
    /// The id is a certificate's serial number, where the id of a public key belongs.
    #[error(
        "id {id} does not fit a WeChat Pay public key: such an id is PUB_KEY_ID_ and digits; a \
         hexadecimal serial number belongs to a certificate"
    )]
    PublicKeyId {
        /// The id that was given.
        id: String,
    },
    /// The id is not of a key that is held.
    #[error("no platform key {id} is held, so it cannot be declared; held: {held}")]
    NotHeld {
        /// The id that was given.
        id: String,
        /// The ids that are held.
        held: String,
    },
    /// The APIv3 key is not 32 bytes.
    #[error(
        "the APIv3 key has {length} bytes, where it has exactly 32{}",
        if *.spaces { "; it begins or ends with a space or a line break" } else { "" }
    )]
    ApiV3KeyLength {
        /// How many bytes were given.
        length: usize,
        /// Whether white space stands at either end.
        spaces: bool,
    },
    /// The id or serial number that goes with a key is not usable.
    #[error(transparent)]
    Config(#[from] super::ConfigError),
}

/// What a key file can hold.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// A private key in clear, PKCS#8 or PKCS#1.
    PrivateKey,
    /// A private key under a password.
    EncryptedPrivateKey,
    /// A public key, SPKI or PKCS#1.
    PublicKey,
    /// An X.509 certificate.
    Certificate,
    /// Some other PEM section, by its label.
    Other(String),
}

impl KeyKind {
    pub(crate) fn of_label(label: &str) -> Self {
        match label {
            "PRIVATE KEY" | "RSA PRIVATE KEY" => Self::PrivateKey,
            "ENCRYPTED PRIVATE KEY" => Self::EncryptedPrivateKey,
            "PUBLIC KEY" | "RSA PUBLIC KEY" => Self::PublicKey,
            "CERTIFICATE" => Self::Certificate,
            // A label is capitals; anything else got there by damage, and may be part of a key.
            other if other.bytes().all(|b| b.is_ascii_uppercase() || b == b' ') => {
                Self::Other(super::excerpt(other))
            }
            _ => Self::Other("damaged".to_owned()),
        }
    }
}

impl std::fmt::Display for KeyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::PrivateKey => f.write_str("private key"),
            Self::EncryptedPrivateKey => f.write_str("private key under a password"),
            Self::PublicKey => f.write_str("public key"),
            Self::Certificate => f.write_str("certificate"),
            Self::Other(label) => write!(f, "{label:?} section"),
        }
    }
}

fn confusion(expected: &KeyKind, found: &KeyKind) -> &'static str {
    match (expected, found) {
        (KeyKind::PublicKey, KeyKind::PrivateKey) => {
            ": the platform's public key is downloaded from the merchant platform (pub_key.pem); \
             never hand a private key to anything that verifies"
        }
        (KeyKind::PublicKey, KeyKind::Certificate) => {
            ": a platform certificate is added as a certificate, under its own serial number"
        }
        (KeyKind::Certificate, KeyKind::PublicKey) => {
            ": a WeChat Pay public key is added as a public key, with its PUB_KEY_ID_… id"
        }
        (KeyKind::Certificate, KeyKind::PrivateKey) => {
            ": apiclient_key.pem is the merchant's private key"
        }
        (KeyKind::PrivateKey, KeyKind::Certificate) => {
            ": the merchant's private key is apiclient_key.pem, its certificate apiclient_cert.pem"
        }
        (KeyKind::PrivateKey, KeyKind::EncryptedPrivateKey) => {
            ": take the password off first, with `openssl pkey -in FILE -out apiclient_key.pem`"
        }
        _ => "",
    }
}
