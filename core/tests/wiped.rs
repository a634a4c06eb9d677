//! What held a key leaves none of it in memory when it is dropped: the whole memory of this process
//! is searched, as the kernel shows it.
//!
//! The one test of this file, so that no other thread holds the same keys meanwhile.
#![cfg(all(target_os = "linux", feature = "aws-lc-rs"))]
#![allow(clippy::unwrap_used, missing_docs)]
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "it looks at the process from outside the core"
)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom};
use std::thread;

use wechatpay_core::{
    ApiV3Key, AwsLcSigner, Certificate, KeyError, Open as _, Opened, Opener, PlatformKeys,
    PublicKey, RsaSigner, Sealed, SealedResource, Signer as _, Verifier as _,
};
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

// Constants are not in the memory that is searched, which is what this process can write.
const PKCS8: &str = include_str!("known_answers/keys/merchant_pkcs8.pem");
const PKCS1: &str = include_str!("known_answers/keys/merchant_pkcs1.pem");
const PKCS1_DER: &[u8] = include_bytes!("known_answers/keys/merchant_pkcs1.der");
const SERIAL: &str = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D";
const APIV3_KEY: &str = "d6Jx0QvT9mYb3Kc8LwZ1RgUe5HsNa7Pf";
const NAME: &str = "欧阳锋与欧阳克，身份证同名";

/// Where the private exponent begins; before it are the public numbers.
const PRIVATE: usize = 0x115;

#[test]
fn what_held_a_key_leaves_none_of_it_in_memory() {
    fn wiped<T: ZeroizeOnDrop>() {}
    wiped::<ApiV3Key>();
    wiped::<Sealed>();
    wiped::<Opened>();

    let lines = PKCS8.lines().chain(PKCS1.lines());
    let lines = lines.filter(|line| !line.starts_with("-----"));
    let text = Pieces::of(lines.map(str::as_bytes));
    let key = Pieces::of([&PKCS1_DER[PRIVATE..]]);
    let apiv3 = Pieces::of([APIV3_KEY.as_bytes()]);
    let name = Pieces::of([NAME.as_bytes()]);
    the_search_finds_what_is_there(&text, &key);

    after(a_signer_on_ring);
    assert_eq!((text.found(), key.found()), (0, 0), "a signer on ring");
    after(files_that_are_refused);
    assert_eq!((text.found(), key.found()), (0, 0), "a refused file");
    after(a_signer_and_an_opener_on_aws_lc);
    assert_eq!((text.found(), key.found()), (0, 0), "aws-lc");
    after(an_api_v3_key);
    assert_eq!(apiv3.found(), 0, "the APIv3 key");
    after(sensitive_fields);
    assert_eq!(name.found(), 0, "sensitive fields");
}

fn the_search_finds_what_is_there(text: &Pieces, key: &Pieces) {
    let mut held = (PKCS8.to_owned(), PKCS1_DER.to_vec());
    assert!(text.found() > 90, "{}", text.found());
    assert!(key.found() > 50, "{}", key.found());
    held.zeroize();
}

/// On a thread that ends: a stack may keep what libraries moved about on it.
fn after(work: fn()) {
    thread::spawn(work).join().unwrap();
}

fn a_signer_on_ring() {
    for pem in [PKCS8, PKCS1] {
        let signer = RsaSigner::from_pem(SERIAL, pem.as_bytes()).unwrap();
        signer.sign(b"message").unwrap();
    }
    RsaSigner::from_pem("not a serial number", PKCS8.as_bytes()).unwrap_err();
}

fn files_that_are_refused() {
    let pem = PKCS8.as_bytes();
    let is_a_private_key = |error| {
        let found = matches!(error, KeyError::Kind { .. });
        assert!(found, "{error}");
    };
    is_a_private_key(Certificate::from_pem(pem).unwrap_err());
    is_a_private_key(PublicKey::from_pem(pem).unwrap_err());
    is_a_private_key(PlatformKeys::new().with_certificate(pem).unwrap_err());
    let at = pem.len() - 40;
    let stray = Zeroizing::new([&pem[..at], b"*", &pem[at..]].concat());
    let damaged = Zeroizing::new([&pem[..at], b"A", &pem[at + 1..]].concat());
    let two = Zeroizing::new([pem, pem].concat());
    for file in [stray, damaged, two] {
        RsaSigner::from_pem(SERIAL, &file).unwrap_err();
        Opener::from_pem(&file).unwrap_err();
    }
}

fn a_signer_and_an_opener_on_aws_lc() {
    for pem in [PKCS8, PKCS1] {
        let signer = AwsLcSigner::from_pem(SERIAL, pem.as_bytes()).unwrap();
        signer.sign(b"message").unwrap();
        let opener = Opener::from_pem(pem.as_bytes()).unwrap();
        opener.open("138****0000").unwrap_err();
    }
}

fn an_api_v3_key() {
    let key = ApiV3Key::new(APIV3_KEY).unwrap();
    let sealed = SealedResource::seal(&key, "fdasflkja484", "", b"plain").unwrap();
    sealed.open(&key).unwrap();
    ApiV3Key::new(&APIV3_KEY[1..]).unwrap_err();
}

fn sensitive_fields() {
    let platform = include_bytes!("known_answers/keys/platform_spki.pem");
    let keys = PlatformKeys::new().with_public_key("PUB_KEY_ID_01", platform);
    let sealed = Sealed::plain(NAME);
    let copy = sealed.clone();
    let sealer = keys.unwrap().sealer();
    let sealed = sealed.seal_with("name", sealer.as_deref()).unwrap();
    let opener = include_bytes!("known_answers/keys/platform_pkcs8.pem");
    let opened = sealed.open(&Opener::from_pem(opener).unwrap()).unwrap();
    assert!(*opened == *NAME && copy != sealed);
}

/// A secret, cut into pieces that are searched wherever they stand. They are kept under a mask, so
/// that the search does not find its own.
struct Pieces(BTreeSet<[u8; PIECE]>);

const PIECE: usize = 16;
const MASK: u8 = 0xA5;

impl Pieces {
    fn of<'a>(secrets: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let secrets = secrets.into_iter();
        let pieces = secrets.flat_map(|secret| secret.chunks_exact(PIECE));
        Self(pieces.map(masked).collect())
    }

    /// How often a piece stands in the memory that this process can write.
    fn found(&self) -> usize {
        let mut begins = [false; 1 << 8];
        for piece in &self.0 {
            begins[usize::from(piece[0] ^ MASK)] = true;
        }
        let mut memory = File::open("/proc/self/mem").unwrap();
        let mut buffer = vec![0; 1 << 16];
        let mut found = 0;
        for (start, end) in writable() {
            let mut at = start;
            while at < end {
                let length = buffer.len().min((end - at) as usize);
                memory.seek(SeekFrom::Start(at)).unwrap();
                // A stack's guard, or what was unmapped meanwhile.
                let Ok(length) = memory.read(&mut buffer[..length]) else {
                    break;
                };
                let windows = buffer[..length].windows(PIECE);
                found += windows
                    .filter(|window| begins[usize::from(window[0])])
                    .filter(|window| self.0.contains(&masked(window)))
                    .count();
                if length < PIECE {
                    break;
                }
                at += (length - PIECE + 1) as u64;
            }
        }
        buffer.zeroize();
        found
    }
}

fn masked(piece: &[u8]) -> [u8; PIECE] {
    std::array::from_fn(|at| piece[at] ^ MASK)
}

fn writable() -> Vec<(u64, u64)> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let lines = maps.lines().filter(|line| line.contains(" rw"));
    lines
        .map(|line| {
            let (start, rest) = line.split_once('-').unwrap();
            let (end, _) = rest.split_once(' ').unwrap();
            let number = |text| u64::from_str_radix(text, 16).unwrap();
            (number(start), number(end))
        })
        .collect()
}
