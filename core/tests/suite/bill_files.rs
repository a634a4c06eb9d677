//! Bill files: held against their digest, and unpacked. They come from `tests/bills/make.py`, their
//! digests from openssl.

use crate::common::bills::{TRADE, TRADE_SHA1, bill};
#[cfg(feature = "bills")]
use proptest::prelude::*;
use wechatpay_core::Unverified;
use wechatpay_core::api::bill::{BillCheck, BillError, HashType, Packing};

#[test]
fn a_file_with_another_digest_is_never_handed_over() {
    let open = |file: &[u8], limit| {
        let file = Unverified(file.to_vec().into());
        bill(TRADE_SHA1).open(&file, Packing::Plain, limit)
    };
    let size = TRADE.len() as u64;
    assert_eq!(open(TRADE, size).unwrap(), TRADE);
    assert_eq!(
        open(TRADE, size - 1),
        Err(BillError::TooLarge { limit: size - 1 })
    );
    let mut changed = TRADE.to_vec();
    changed[700] ^= 1;
    for wrong in [
        &changed,
        &TRADE[..TRADE.len() - 1],
        &[TRADE, b"\n"].concat(),
        b"",
    ] {
        let error = open(wrong, 10_000).unwrap_err();
        assert!(matches!(error, BillError::Digest { .. }), "{error}");
    }
    // printf '' | openssl dgst -sha1
    let nothing = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    assert_eq!(
        open(b"", 0).unwrap_err().to_string(),
        format!(
            "the file of 0 bytes has SHA-1 {nothing}, and the bill has {TRADE_SHA1}: it is cut off \
             or was changed; download it again"
        )
    );
    let upper = bill(&TRADE_SHA1.to_uppercase());
    let file = Unverified(TRADE.into());
    let kept = upper.open(&file, Packing::Plain, 10_000).unwrap();
    assert_eq!(kept.as_ptr(), file.0.as_ptr());
}

#[test]
fn only_a_digest_of_sha1_can_be_checked() {
    let mut other = bill(TRADE_SHA1);
    other.hash_type = HashType::from("SM3");
    let error = BillCheck::new(&other, Packing::Plain, 1).unwrap_err();
    assert_eq!(error, BillError::HashType("SM3".to_owned()));
    for digits in [
        "",
        &TRADE_SHA1[1..],
        &format!("{TRADE_SHA1}0"),
        &"z".repeat(40),
        &"\n".repeat(40),
    ] {
        let error = BillCheck::new(&bill(digits), Packing::Plain, 1).unwrap_err();
        assert!(matches!(error, BillError::HashValue(_)), "{digits}");
        assert!(!error.to_string().contains('\n'));
    }
}

#[test]
fn pieces_make_the_same_digest_and_a_failure_stays() {
    for size in [1, 2, 7, 4096] {
        let mut check = BillCheck::new(&bill(TRADE_SHA1), Packing::Plain, 10_000).unwrap();
        let mut kept = Vec::new();
        for piece in TRADE.chunks(size) {
            check
                .push(piece, |bytes| kept.extend_from_slice(bytes))
                .unwrap();
            check
                .push(b"", |_| panic!("nothing comes of nothing"))
                .unwrap();
        }
        let done = check.finish().unwrap();
        assert_eq!((done.size(), done.sha1()), (TRADE.len() as u64, TRADE_SHA1));
        assert_eq!(kept, TRADE);
    }
    let mut check = BillCheck::new(&bill(TRADE_SHA1), Packing::Plain, 3).unwrap();
    check.push(b"abc", |_| ()).unwrap();
    let mut over = 0;
    let error = check.push(b"d", |_| over += 1).unwrap_err();
    assert_eq!((error, over), (BillError::TooLarge { limit: 3 }, 0));
    assert_eq!(check.push(b"", |_| ()), Err(BillError::Failed));
    assert_eq!(check.finish(), Err(BillError::Failed));
}

#[cfg(feature = "bills")]
mod gzip {
    use super::*;

    const PACKED: &[u8] = include_bytes!("../bills/trade.csv.gz");
    /// 4,000,000 zeros.
    const ZEROS: &[u8] = include_bytes!("../bills/zeros.gz");
    const ZEROS_SHA1: &str = "cfe78845826845c0f76837eafdd964b8dc2ab337";

    fn open(file: &[u8]) -> Result<Vec<u8>, BillError> {
        let file = Unverified(file.to_vec().into());
        let open = bill(TRADE_SHA1).open(&file, Packing::Gzip, 10_000)?;
        Ok(open.to_vec())
    }

    #[test]
    fn the_digest_is_of_the_unpacked_bytes() {
        assert_eq!(open(PACKED).unwrap(), TRADE);
        for size in [1, 2, 3, 17, 4096] {
            let mut check = BillCheck::new(&bill(TRADE_SHA1), Packing::Gzip, 10_000).unwrap();
            let mut kept = Vec::new();
            for piece in PACKED.chunks(size) {
                check
                    .push(piece, |bytes| kept.extend_from_slice(bytes))
                    .unwrap();
            }
            assert_eq!(check.finish().unwrap().size(), TRADE.len() as u64);
            assert_eq!(kept, TRADE);
        }
        // The digest of the packed bytes is another.
        let packed = bill("f399ac2581c4b8ba9a6acbfe7750e5f530764378");
        let error = packed.open(&Unverified(PACKED.into()), Packing::Gzip, 10_000);
        assert!(matches!(error, Err(BillError::Digest { found, .. }) if found == TRADE_SHA1));
    }

    #[test]
    fn what_is_cut_off_or_goes_on_is_refused() {
        for end in 0..PACKED.len() {
            assert_eq!(open(&PACKED[..end]), Err(BillError::Truncated), "{end}");
        }
        for more in [&b"\0"[..], b"\n", PACKED] {
            assert_eq!(open(&[PACKED, more].concat()), Err(BillError::Trailing));
        }
    }

    #[test]
    fn a_changed_bit_is_never_another_bill() {
        for bit in 0..PACKED.len() * 8 {
            let mut changed = PACKED.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(text) = open(&changed) {
                assert_eq!(text, TRADE, "bit {bit}");
            }
        }
        let mut checksum = PACKED.to_vec();
        let at = checksum.len() - 8;
        checksum[at] ^= 1;
        assert!(matches!(open(&checksum), Err(BillError::Damaged(_))));
    }

    #[test]
    fn what_is_not_gzip_says_so() {
        for file in [
            TRADE,
            b"<html>",
            br#"{"code":"x"}"#,
            b"\x1f\x8c",
            b"PK\x03\x04",
        ] {
            assert_eq!(open(file), Err(BillError::NotGzip));
        }
        assert_eq!(open(b""), Err(BillError::Truncated));
        let file = Unverified(PACKED.into());
        let plain = bill(TRADE_SHA1).open(&file, Packing::Plain, 10_000);
        assert!(matches!(plain, Err(BillError::Digest { .. })));
    }

    /// RFC 1952, 2.3: extra field, name, comment and the head's own checksum.
    #[test]
    fn every_head_is_read() {
        let with = |flags: u8, fields: &[u8]| {
            let head = [&PACKED[..3], &[flags], &PACKED[4..10], fields].concat();
            open(&[&head, &PACKED[10..]].concat())
        };
        assert_eq!(with(8, b"bill.csv\0").unwrap(), TRADE);
        assert_eq!(with(16, b"\0").unwrap(), TRADE);
        assert_eq!(with(4, b"\x03\0abc").unwrap(), TRADE);
        assert_eq!(with(2, b"\xAB\xCD").unwrap(), TRADE);
        assert_eq!(
            with(1 | 2 | 4 | 8 | 16, b"\0\0n\0c\0\xAB\xCD").unwrap(),
            TRADE
        );
        assert_eq!(with(0x20, b""), Err(BillError::NotGzip));
        assert_eq!(with(8, &[b'a'; 2000]), Err(BillError::NotGzip));
        assert_eq!(with(4, &[0xFF; 2000]), Err(BillError::NotGzip));
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let file = bill(ZEROS_SHA1);
        let zeros = Unverified(ZEROS.into());
        let open = file.open(&zeros, Packing::Gzip, 4_000_000).unwrap();
        assert!(open.len() == 4_000_000 && open.iter().all(|byte| *byte == 0));
        let error = file.open(&zeros, Packing::Gzip, 3_999_999).unwrap_err();
        assert_eq!(error, BillError::TooLarge { limit: 3_999_999 });

        let mut check = BillCheck::new(&file, Packing::Gzip, 100_000).unwrap();
        let (mut received, mut largest) = (0, 0);
        let error = check.push(ZEROS, |bytes| {
            received += bytes.len();
            largest = largest.max(bytes.len());
        });
        assert_eq!(error, Err(BillError::TooLarge { limit: 100_000 }));
        assert!(
            received <= 100_000 && largest <= 16 * 1024,
            "{received} {largest}"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused(head in any::<bool>(), file in proptest::collection::vec(any::<u8>(), 0..300)) {
            let file = if head { [&PACKED[..10], &file].concat() } else { file };
            prop_assert!(open(&file).is_err());
        }

        #[test]
        fn pieces_do_not_matter(cuts in proptest::collection::vec(0..PACKED.len(), 0..6)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            cuts.push(PACKED.len());
            let mut check = BillCheck::new(&bill(TRADE_SHA1), Packing::Gzip, 10_000).unwrap();
            let mut start = 0;
            for cut in cuts {
                check.push(&PACKED[start..cut], |_| ()).unwrap();
                start = cut;
            }
            prop_assert!(check.finish().is_ok());
        }
    }
}
