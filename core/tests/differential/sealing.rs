//! RSAES-OAEP with SHA-1: what one seals the other opens, and what one refuses the other refuses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use wechatpay_core::{KeyId, Open, OpenError, Opener, Seal, SealError, Sealer};

use crate::cases::{Cases, times};
use crate::openssl::OpenSsl;
use crate::pool::{Key, private_keys, public_keys};

const DECRYPT: &str = "pkeyutl -decrypt -inkey private.pem -pkeyopt rsa_padding_mode:oaep \
                       -pkeyopt rsa_oaep_md:sha1 -pkeyopt rsa_mgf1_md:sha1";
const ENCRYPT: &str = "pkeyutl -encrypt -pubin -inkey public.pem -pkeyopt rsa_padding_mode:oaep";

fn sealer(key: &Key) -> Sealer {
    let id = KeyId::parse("PUB_KEY_ID_0114232134912410000000000000").unwrap();
    Sealer::new(id, &key.public)
}

fn opener(key: &Key) -> Opener {
    Opener::from_pem(&key.pkcs8_pem).unwrap()
}

#[test]
fn openssl_opens_what_is_sealed_here() {
    let Some(openssl) = OpenSsl::find("sealed-here") else {
        return;
    };
    let mut cases = Cases::of("sealed here");
    // Sealing takes keys that signing does not.
    for key in private_keys().iter().chain(public_keys()) {
        key.private_file(&openssl);
        let longest = key.size() - 42;
        for case in 0..times(60) {
            let length = match case {
                0 => 1,
                1 => longest,
                _ => cases.below(longest + 1),
            };
            let text = cases.text(length);
            let sealed = STANDARD.decode(sealer(key).seal(&text).unwrap()).unwrap();
            assert_eq!(sealed.len(), key.size());
            assert_eq!(
                openssl.says(DECRYPT, &sealed),
                text.as_bytes(),
                "{}",
                key.name
            );
        }
        let too_long = cases.text(longest + 1);
        let refused = sealer(key).seal(&too_long);
        assert!(matches!(refused, Err(SealError::TooLong { limit, .. }) if limit == longest));
        key.public_file(&openssl);
        assert_eq!(openssl.asked(ENCRYPT.split(' '), too_long.as_bytes()), None);
    }
}

#[test]
fn what_openssl_seals_is_opened_here() {
    let Some(openssl) = OpenSsl::find("sealed-there") else {
        return;
    };
    let mut cases = Cases::of("sealed there");
    for key in private_keys() {
        key.public_file(&openssl);
        let opener = opener(key);
        let longest = key.size() - 42;
        for case in 0..times(60) {
            let length = match case {
                0 => 0,
                1 => longest,
                _ => cases.below(longest + 1),
            };
            let text = cases.text(length);
            let sealed = STANDARD.encode(openssl.says(ENCRYPT, text.as_bytes()));
            assert_eq!(&*opener.open(&sealed).unwrap(), text, "{}", key.name);

            let bytes = cases.bytes(length);
            let sealed = STANDARD.encode(openssl.says(ENCRYPT, &bytes));
            match (opener.open(&sealed), std::str::from_utf8(&bytes)) {
                (Ok(opened), Ok(text)) => assert_eq!(&*opened, text),
                (Err(OpenError::NotText), Err(_)) => {}
                (opened, _) => panic!("{opened:?} of {bytes:02x?}"),
            }
        }
    }
}

#[test]
fn broken_ones_are_refused_by_both() {
    let Some(openssl) = OpenSsl::find("sealed-broken") else {
        return;
    };
    let mut cases = Cases::of("sealed broken");
    for key in private_keys() {
        key.private_file(&openssl);
        key.public_file(&openssl);
        let opener = opener(key);
        let other = &private_keys()[usize::from(key.name == "a_2048")];
        openssl.file("other.pem", &other.spki_pem);
        for _ in 0..times(10) {
            let length = cases.below(128);
            let text = cases.text(length);
            let sealed = openssl.says(ENCRYPT, text.as_bytes());
            let cut = cases.below(sealed.len());
            let otherwise = |options: &str| {
                let command = format!("pkeyutl -encrypt -pubin -inkey {options}");
                openssl.says(&command, text.as_bytes())
            };
            // Whatever number is left: here the length of the key is asked for.
            let shorter = opener.open(&STANDARD.encode(&sealed[1..]));
            assert!(matches!(shorter, Err(OpenError::Length { .. })));
            for broken in [
                cases.flipped(&sealed),
                cases.flipped(&sealed),
                sealed[..cut].to_vec(),
                [&sealed[..], &cases.bytes(1)].concat(),
                vec![0; key.size()],
                vec![0xff; key.size()],
                cases.bytes(key.size()),
                otherwise("other.pem -pkeyopt rsa_padding_mode:oaep"),
                otherwise("public.pem -pkeyopt rsa_padding_mode:pkcs1"),
                otherwise("public.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256"),
                otherwise("public.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_mgf1_md:sha256"),
                otherwise("public.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_label:00"),
            ] {
                let theirs = openssl.asked(DECRYPT.split(' '), &broken);
                assert_eq!(theirs, None, "{}: {broken:02x?}", key.name);
                let ours = opener.open(&STANDARD.encode(&broken));
                assert!(
                    matches!(ours, Err(OpenError::Refused | OpenError::Length { .. })),
                    "{}: {ours:?} of {broken:02x?}",
                    key.name
                );
            }
        }
    }
}

/// MGF1, with openssl's SHA-1.
fn mask(openssl: &OpenSsl, seed: &[u8], length: usize) -> Vec<u8> {
    let mut mask = Vec::new();
    for counter in 0u32.. {
        if mask.len() >= length {
            break;
        }
        let input = [seed, &counter.to_be_bytes()].concat();
        mask.extend(openssl.says("dgst -sha1 -binary", &input));
    }
    mask.truncate(length);
    mask
}

fn xor(bytes: &[u8], mask: &[u8]) -> Vec<u8> {
    bytes.iter().zip(mask).map(|(a, b)| a ^ b).collect()
}

/// Blocks that fit the key and are masked as they should be, but say something else inside.
#[test]
fn one_block_is_right() {
    let Some(openssl) = OpenSsl::find("sealed-blocks") else {
        return;
    };
    let mut cases = Cases::of("sealed blocks");
    let label = openssl.says("dgst -sha1 -binary", b"");
    for key in private_keys().iter().take(times(2)) {
        key.private_file(&openssl);
        key.public_file(&openssl);
        let opener = opener(key);
        let text = "张三";
        let zeros = vec![0; key.size() - 2 * 20 - 2 - text.len()];
        let of = |parts: &[&[u8]]| parts.concat();
        let right = of(&[&label, &zeros, &[1], text.as_bytes()]);
        let mut not_zero = right.clone();
        not_zero[20 + cases.below(zeros.len())] = 2;
        for (first, data, good) in [
            (0, right.clone(), true),
            (1, right.clone(), false),
            (
                0,
                cases
                    .flipped(&label)
                    .into_iter()
                    .chain(right[20..].to_vec())
                    .collect(),
                false,
            ),
            (0, not_zero, false),
            (0, of(&[&label, &zeros, &[2], text.as_bytes()]), false),
            (0, of(&[&label, &zeros, &[0; 7]]), false),
        ] {
            let seed = cases.bytes(20);
            let data = xor(&data, &mask(&openssl, &seed, data.len()));
            let seed = xor(&seed, &mask(&openssl, &data, seed.len()));
            let block = [&[first], &seed[..], &data].concat();
            let raw = "pkeyutl -encrypt -pubin -inkey public.pem -pkeyopt rsa_padding_mode:none";
            let sealed = openssl.says(raw, &block);
            let theirs = openssl.asked(DECRYPT.split(' '), &sealed);
            assert_eq!(theirs, good.then(|| text.as_bytes().to_vec()));
            match opener.open(&STANDARD.encode(sealed)) {
                Ok(opened) => assert!(good && &*opened == text),
                Err(error) => assert!(!good && matches!(error, OpenError::Refused)),
            }
        }
    }
}
