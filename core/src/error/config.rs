use thiserror::Error;

/// Who calls, or where to, is not usable. Nothing was sent.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The merchant number is not 1 to 32 decimal digits.
    #[error("merchant number (mchid) {0:?} is not 1 to 32 decimal digits")]
    Mchid(String),
    /// The base URL is not `http://` or `https://` and a host, with an optional port.
    #[error(
        "base URL {0:?} is not http:// or https:// with a host and an optional port; a path cannot \
         be part of it, because the path is signed"
    )]
    BaseUrl(String),
    /// The product name does not fit into a `User-Agent` header.
    #[error("user agent {0:?} is empty or has characters that a header cannot carry")]
    UserAgent(String),
    /// A nonce is not 1 to 64 ASCII letters and digits.
    #[error("nonce {0:?} is not 1 to 64 ASCII letters and digits")]
    Nonce(String),
    /// A signature scheme is not a token of an HTTP header.
    #[error("signature scheme {0:?} is not 1 to 64 ASCII letters, digits and hyphens")]
    Scheme(String),
    /// A certificate serial number is not hexadecimal digits.
    #[error("{}", serial_words(.0))]
    SerialNumber(String),
    /// A key id is neither a certificate serial number nor `PUB_KEY_ID_…`.
    #[error(
        "key id {0:?} is neither a certificate serial number (hexadecimal digits) nor a WeChat Pay \
         public key id (PUB_KEY_ID_ and digits)"
    )]
    KeyId(String),
}

fn serial_words(text: &str) -> String {
    let hint = if text.starts_with("PUB_KEY_ID_") {
        ": this is the id of a WeChat Pay public key; the merchant's API certificate has a serial \
         number of its own"
    } else if text.contains(':') {
        ": write the digits without colons"
    } else {
        ""
    };
    format!("serial number {text:?} is not 1 to 64 hexadecimal digits{hint}")
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
    /// The id of a public key does not begin with `PUB_KEY_ID_`.
    #[error(
        "id {id:?} does not fit a WeChat Pay public key: such an id is PUB_KEY_ID_ and digits; a \
         hexadecimal serial number belongs to a certificate"
    )]
    PublicKeyId {
        /// The id that was given.
        id: String,
    },
    /// The id is not of a key that is held.
    #[error("no platform key {id:?} is held, so it cannot be declared; held: {held}")]
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
    /// The serial number that goes with a key is not usable.
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
            other => Self::Other(super::excerpt(other)),
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
            ": take the password off first, with `openssl pkcs8 -in FILE -out apiclient_key.pem`"
        }
        _ => "",
    }
}
