//! The bill of all sub-merchants: asked for, downloaded part by part, and opened. The files are by
//! Python's `cryptography`.
#![cfg(feature = "aws-lc-rs")]

use crate::common::bills::FLOW;
use crate::common::{NOW, answer, key, merchant, pending, platform_keys, unsigned_answer};
use serde_json::{Value, json};
use wechatpay_core::api::bill::{AccountType, BillError, Packing, Sheet, TarType};
use wechatpay_core::api::ecommerce::bill::{
    Algorithm, EncryptedBill, EncryptedBillError, EncryptedBills, FundFlowBill,
};
use wechatpay_core::{
    Bytes, Open, OpenError, Opened, Opener, Operation, Replay, Sealed, Unverified,
};

const KEY: &str = include_str!("../encrypted_bills/encrypt_key");
const FILE_KEY: &str = include_str!("../encrypted_bills/key");

macro_rules! case {
    ($name:literal) => {
        (
            include_str!(concat!("../encrypted_bills/", $name, "/nonce")),
            include_str!(concat!("../encrypted_bills/", $name, "/sha1")),
            Unverified(Bytes::from_static(include_bytes!(concat!(
                "../encrypted_bills/",
                $name,
                "/file"
            )))),
        )
    };
}

fn part(nonce: &str, sha1: &str) -> EncryptedBill {
    serde_json::from_value(documented_part(nonce, sha1)).unwrap()
}

fn documented_part(nonce: &str, sha1: &str) -> Value {
    json!({
        "bill_sequence": 1, "hash_type": "SHA1", "hash_value": sha1,
        "download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=TOKEN",
        "encrypt_key": KEY, "nonce": nonce,
    })
}

fn opener() -> Opener {
    Opener::from_pem(&key("merchant_pkcs8.pem")).unwrap()
}

#[test]
fn it_is_asked_for_as_documented() {
    let bill = || FundFlowBill::builder().bill_date("2019-06-11");
    let draft = merchant().draft(&bill().build()).unwrap();
    assert_eq!(
        draft.target(),
        "/v3/ecommerce/bill/fundflowbill?account_type=ALL&algorithm=AEAD_AES_256_GCM&bill_date=2019-06-11"
    );
    let packed = bill().tar_type(TarType::Gzip).build();
    assert_eq!(
        merchant().draft(&packed).unwrap().target(),
        "/v3/ecommerce/bill/fundflowbill?account_type=ALL&algorithm=AEAD_AES_256_GCM&bill_date=2019-06-11&tar_type=GZIP"
    );
    assert_eq!(FundFlowBill::REPLAY, Replay::ReadOnly);

    let refused = |bill: &FundFlowBill, words: &str| {
        let error = merchant().draft(bill).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    let day = FundFlowBill::builder().bill_date("2019-6-11").build();
    refused(&day, "field bill_date must be a day as YYYY-MM-DD");
    let none = bill().account_type(AccountType::from("")).build();
    refused(&none, "field account_type must be 1 to 32");
    let none = bill().algorithm(Algorithm::from("")).build();
    refused(&none, "field algorithm must be 1 to 32");
}

#[test]
fn its_answer_is_kept_whole() {
    // The sealed key of the documents' example is of another key.
    let body = json!({
        "download_bill_count": 1,
        "download_bill_list": [documented_part(
            "a8607ef79034c49c", "79bb0f45fc4c42234a918000b2668d689e2bde04",
        )],
    });
    let question = FundFlowBill::builder().bill_date("2019-06-11").build();
    let answer = answer(200, body.to_string());
    let complete = pending(&question).complete(&answer, &platform_keys(), NOW);
    let bills = complete.unwrap().value;
    assert_eq!(serde_json::to_value(&bills).unwrap(), body);

    for empty in [
        json!({ "download_bill_count": 0 }),
        json!({ "download_bill_count": 0, "download_bill_list": null, "new": 1 }),
    ] {
        let bills: EncryptedBills = serde_json::from_value(empty).unwrap();
        assert!(bills.in_order().unwrap().is_empty());
    }
}

#[test]
fn each_part_is_there_once() {
    let bills = |count: u64, listed: &[u64]| {
        let parts = listed.iter().map(|&sequence| {
            let mut part = part("a8607ef79034c49c", "");
            part.bill_sequence = sequence;
            part
        });
        EncryptedBills::builder()
            .download_bill_count(count)
            .download_bill_list(parts.collect())
            .build()
    };
    let mixed = bills(3, &[2, 3, 1]);
    let order = mixed.in_order().unwrap();
    let order: Vec<u64> = order.iter().map(|part| part.bill_sequence).collect();
    assert_eq!(order, [1, 2, 3]);
    for (count, listed) in [
        (2, &[1][..]),
        (1, &[1, 2]),
        (2, &[1, 1]),
        (2, &[0, 1]),
        (1, &[u64::MAX]),
        (u64::MAX, &[]),
    ] {
        let error = bills(count, listed).in_order().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "the bill has {count} parts, and listed are {listed:?}: ask for the bill again"
            )
        );
    }
}

#[test]
fn a_part_is_downloaded_like_any_bill() {
    let (nonce, sha1, file) = case!("sixteen");
    let part = part(nonce, sha1);
    let download = part.download();
    assert_eq!(
        merchant().draft(&download).unwrap().target(),
        "/v3/billdownload/file?token=TOKEN"
    );
    let response = unsigned_answer(200, file.0.to_vec());
    let complete = pending(&download).complete(&response, &platform_keys(), NOW);
    let opened = part.open(&complete.unwrap().value, Packing::Plain, 1 << 20, &opener());
    assert_eq!(opened.unwrap(), FLOW);
}

#[test]
fn files_of_another_tool_are_opened() {
    for ((nonce, sha1, file), packing, bill) in [
        (case!("twelve"), Packing::Plain, FLOW.to_owned()),
        (case!("sixteen"), Packing::Plain, FLOW.to_owned()),
        #[cfg(feature = "bills")]
        (case!("packed"), Packing::Gzip, FLOW.to_owned()),
        (case!("empty"), Packing::Plain, String::new()),
        // Its counter runs over within the file.
        (case!("wraps"), Packing::Plain, FLOW.repeat(22)),
    ] {
        let part = part(nonce, sha1);
        let limit = bill.len() as u64;
        assert_eq!(part.open(&file, packing, limit, &opener()).unwrap(), bill);
        if bill.is_empty() {
            continue;
        }
        let error = part.open(&file, packing, limit - 1, &opener()).unwrap_err();
        let EncryptedBillError::Bill(error) = error else {
            panic!("{error}");
        };
        assert_eq!(error, BillError::TooLarge { limit: limit - 1 });
    }
    let (nonce, sha1, file) = case!("sixteen");
    let opened = part(nonce, sha1).open(&file, Packing::Plain, 1 << 20, &opener());
    let opened = opened.unwrap();
    assert!(Sheet::read(&opened).unwrap().check_summary().is_ok());
}

#[test]
fn what_was_changed_or_cut_off_is_not_opened() {
    for (nonce, sha1, file) in [case!("twelve"), case!("sixteen"), case!("empty")] {
        let part = part(nonce, sha1);
        let whole = file.0.to_vec();
        let mut wrong = vec![Vec::new(), whole[..15.min(whole.len() - 1)].to_vec()];
        wrong.push(whole[..whole.len() - 1].to_vec());
        wrong.push(whole[1..].to_vec());
        wrong.push([&whole[..], b"\0"].concat());
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            wrong.push(changed);
        }
        for wrong in wrong {
            let size = wrong.len();
            let opened = part.open(
                &Unverified(wrong.into()),
                Packing::Plain,
                1 << 20,
                &opener(),
            );
            assert_eq!(
                opened.unwrap_err().to_string(),
                format!(
                    "the file of {size} bytes does not open with its key: it is another, is cut off \
                     or was changed; download it again"
                )
            );
        }
    }
    let (nonce, sha1, _) = case!("sixteen");
    let (_, _, other) = case!("twelve");
    let opened = part(nonce, sha1).open(&other, Packing::Plain, 1 << 20, &opener());
    assert!(matches!(
        opened.unwrap_err(),
        EncryptedBillError::Tag { .. }
    ));
}

#[test]
fn what_opens_is_held_against_the_digest() {
    let (nonce, sha1, file) = case!("sixteen");
    let open = |part: &EncryptedBill, packing| {
        let error = part.open(&file, packing, 1 << 20, &opener()).unwrap_err();
        let EncryptedBillError::Bill(error) = error else {
            panic!("{error}");
        };
        error
    };
    let other = "79bb0f45fc4c42234a918000b2668d689e2bde04";
    assert!(matches!(
        open(&part(nonce, other), Packing::Plain),
        BillError::Digest { expected, found, size: 763 } if expected == other && found == sha1
    ));
    #[cfg(feature = "bills")]
    assert_eq!(open(&part(nonce, sha1), Packing::Gzip), BillError::NotGzip);
    let mut unknown = part(nonce, sha1);
    unknown.hash_type = "SHA256".into();
    assert_eq!(
        open(&unknown, Packing::Plain),
        BillError::HashType("SHA256".into())
    );
}

struct Says(&'static str);

impl Open for Says {
    fn open(&self, _: &str) -> Result<Opened, OpenError> {
        Ok(Opened::new(self.0))
    }
}

#[test]
fn a_key_or_nonce_that_does_not_fit_is_told_and_not_shown() {
    let (nonce, sha1, file) = case!("sixteen");
    let fails = |part: &EncryptedBill, opener: &dyn Open| {
        let error = part
            .open(&file, Packing::Plain, 1 << 20, opener)
            .unwrap_err();
        let texts = format!("{error} {error:?}");
        assert!(!texts.contains(&FILE_KEY[..8]), "{texts}");
        assert!(!texts.contains("TOKEN"), "{texts}");
        error.to_string()
    };
    let mut short = part(nonce, sha1);
    short.encrypt_key =
        Sealed::from_wire(include_str!("../encrypted_bills/encrypt_key_of_16_bytes"));
    let length = "bytes, and one of AES-256 has 32: was the bill asked for with";
    let words = fails(&short, &opener());
    assert!(words.contains(&format!("has 16 {length}")), "{words}");
    for (key, bytes) in [("", 0), ("GHIJKLMNOPQRSTUV0123456789abcdef0", 33)] {
        let words = fails(&part(nonce, sha1), &Says(key));
        assert!(words.contains(&format!("has {bytes} {length}")), "{words}");
    }
    let mut foreign = part(nonce, sha1);
    foreign.encrypt_key = Sealed::from_wire("not base64!");
    assert_eq!(
        fails(&foreign, &opener()),
        "the file's key (encrypt_key) does not open: the sealed text is not base64"
    );
    let other = Opener::from_pem(&key("platform_pkcs8.pem")).unwrap();
    let words = fails(&part(nonce, sha1), &other);
    assert!(words.contains("sealed for another key"), "{words}");
    let long = "n".repeat(100_000);
    for (nonce, bytes) in [
        ("", 0),
        ("a8607ef7", 8),
        ("a8607ef79034c49c\0", 17),
        (&long, 100_000),
    ] {
        let words = fails(&part(nonce, sha1), &opener());
        let length = format!("the file's nonce has {bytes} bytes, and 12 or 16 are good");
        assert!(words.starts_with(&length), "{words}");
    }
    let tag = "the file of 779 bytes does not open with its key";
    for nonce in ["a8607ef79034c49d", "a8607ef79034", "长长长长"] {
        let words = fails(&part(nonce, sha1), &opener());
        assert!(words.starts_with(tag), "{words}");
    }
}

#[test]
fn neither_key_nor_token_shows() {
    let (nonce, sha1, _) = case!("sixteen");
    assert_eq!(
        format!("{:?}", part(nonce, sha1)),
        format!(
            "EncryptedBill {{ bill_sequence: 1, hash_type: Sha1, hash_value: \"{sha1}\", \
             download_url: Download(https://api.mch.weixin.qq.com/v3/billdownload/file), \
             encrypt_key: Sealed(sealed), nonce: \"a8607ef79034c49c\" }}"
        )
    );
}
