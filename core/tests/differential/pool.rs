//! RSA keys of openssl's making.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use wechatpay_core::PublicKey;

use crate::openssl::OpenSsl;

/// One key, in every form that is asked for.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) bits: usize,
    pub(crate) pkcs8_pem: Vec<u8>,
    pub(crate) spki_pem: Vec<u8>,
    pub(crate) public: PublicKey,
}

impl Key {
    /// The length of a signature, and of what is sealed.
    pub(crate) fn size(&self) -> usize {
        self.bits.div_ceil(8)
    }

    pub(crate) fn private_file(&self, openssl: &OpenSsl) {
        openssl.file("private.pem", &self.pkcs8_pem);
    }

    pub(crate) fn public_file(&self, openssl: &OpenSsl) {
        openssl.file("public.pem", &self.spki_pem);
    }
}

/// Keys that sign and open, here and there.
pub(crate) fn private_keys() -> &'static [Key] {
    static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
        let keys = [
            ("a_2048", 2048),
            ("b_2048", 2048),
            ("c_2048", 2048),
            ("a_3072", 3072),
            ("a_4096", 4096),
        ];
        keys.map(|(name, bits)| key(name, bits, 65537)).into()
    });
    &KEYS
}

/// Keys that are good for verifying only: ring signs with none of these.
pub(crate) fn public_keys() -> &'static [Key] {
    static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
        let keys = [
            ("e_3", 2048, 3),
            ("e_17", 3072, 17),
            ("odd_2056", 2056, 65537),
            ("odd_2050", 2050, 65537),
        ];
        keys.map(|(name, bits, exponent)| key(name, bits, exponent))
            .into()
    });
    &KEYS
}

/// The key of an earlier run, or a new one.
fn key(name: &'static str, bits: usize, exponent: u32) -> Key {
    let openssl = OpenSsl::find(name).unwrap();
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("differential-key-{name}.pem"));
    if !kept.exists() {
        openssl.says(
            &format!(
                "genpkey -algorithm RSA -out new.pem -pkeyopt rsa_keygen_bits:{bits} \
                 -pkeyopt rsa_keygen_pubexp:{exponent}"
            ),
            b"",
        );
        fs::rename(openssl.path("new.pem"), &kept).unwrap();
    }
    let pkcs8_pem = fs::read(&kept).unwrap();
    let spki_pem = openssl.says("pkey -pubout", &pkcs8_pem);
    let public = PublicKey::from_pem(&spki_pem).unwrap();
    assert_eq!(public.bits(), bits);
    Key {
        name,
        bits,
        pkcs8_pem,
        spki_pem,
        public,
    }
}
