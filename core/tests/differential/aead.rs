//! AEAD_AES_256_GCM: resources of callbacks and certificate lists, and files with a long nonce.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wechatpay_core::api::bill::{HashType, Packing};
use wechatpay_core::api::ecommerce::bill::{EncryptedBill, EncryptedBillError};
use wechatpay_core::{ApiV3Key, Open, OpenError, Opened, ResourceError, Sealed, Unverified};

use crate::cases::{Cases, times};
use crate::ghash::{Gcm, hex};
use crate::openssl::OpenSsl;

#[test]
fn resources_are_sealed_and_opened_as_openssl_has_it() {
    let Some(openssl) = OpenSsl::find("resources") else {
        return;
    };
    let mut cases = Cases::of("resources");
    for _ in 0..times(150) {
        let key_bytes = cases.bytes(32);
        let key = ApiV3Key::new(&key_bytes).unwrap();
        let nonce = cases.text(12);
        let longest = 1 << cases.below(13);
        let gcm = Gcm::new(&openssl, &key_bytes, nonce.as_bytes(), longest);
        for _ in 0..8 {
            let plain = cases.message(longest);
            let length = cases.below(64);
            let associated = cases.text(length);
            let sealed = gcm.sealed(associated.as_bytes(), &plain);
            let text = STANDARD.encode(&sealed);
            assert_eq!(key.seal(&nonce, &associated, &plain).unwrap(), text);
            assert_eq!(key.open(&nonce, &associated, &text).unwrap(), plain);

            let refused = |nonce: &str, associated: &str, sealed: &[u8]| {
                let opened = key.open(nonce, associated, &STANDARD.encode(sealed));
                assert!(matches!(opened, Err(ResourceError::Tag)), "{opened:?}");
            };
            let cut = cases.below(sealed.len());
            for broken in [
                cases.flipped(&sealed),
                sealed[..cut].to_vec(),
                sealed[1..].to_vec(),
                [&sealed[..], &[0]].concat(),
                [&[0], &sealed[..]].concat(),
            ] {
                if let Some((text, tag)) = broken.split_last_chunk::<16>() {
                    assert_ne!(gcm.tag(associated.as_bytes(), text), *tag);
                }
                refused(&nonce, &associated, &broken);
            }
            let other_nonce = cases.text(12);
            if other_nonce != nonce {
                refused(&other_nonce, &associated, &sealed);
            }
            refused(&nonce, &(associated + "x"), &sealed);
        }
    }
}

/// Whoever asks gets the file's key.
struct FileKey(String);

impl Open for FileKey {
    fn open(&self, _: &str) -> Result<Opened, OpenError> {
        Ok(Opened::new(&self.0))
    }
}

#[test]
fn files_open_with_either_length_of_nonce() {
    let Some(openssl) = OpenSsl::find("files") else {
        return;
    };
    let mut cases = Cases::of("files");
    for _ in 0..times(100) {
        let key = cases.text(32);
        let length = *cases.one_of(&[12, 16]);
        let nonce = cases.text(length);
        let plain = cases.message(1 << 14);
        let sealed =
            Gcm::new(&openssl, key.as_bytes(), nonce.as_bytes(), plain.len()).sealed(b"", &plain);
        let part = EncryptedBill::builder()
            .bill_sequence(1)
            .hash_type(HashType::Sha1)
            .hash_value(hex(&openssl.says("dgst -sha1 -binary", &plain)))
            .download_url("https://api.mch.weixin.qq.com/v3/billdownload/file?token=TOKEN")
            .encrypt_key(Sealed::from_wire("sealed"))
            .nonce(&nonce)
            .build();
        let opened = |file: Vec<u8>| {
            part.open(
                &Unverified(file.into()),
                Packing::Plain,
                1 << 20,
                &FileKey(key.clone()),
            )
        };
        assert_eq!(opened(sealed.clone()).unwrap(), plain);
        let cut = cases.below(sealed.len());
        for broken in [
            cases.flipped(&sealed),
            sealed[..cut].to_vec(),
            [&sealed[..], &[0]].concat(),
        ] {
            let refused = opened(broken).unwrap_err();
            assert!(
                matches!(refused, EncryptedBillError::Tag { .. }),
                "{refused}"
            );
        }
    }
}
