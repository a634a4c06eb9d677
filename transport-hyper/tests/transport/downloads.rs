//! What both transports do with a bill: written as it comes, good only when its digest holds.
//! `crate::download` waits for the result, whichever the transport.

use wechatpay_core::api::bill::{BillError, BillFile, Packing};
use wechatpay_core::api::ecommerce::bill::{EncryptedBill, EncryptedBillError};
use wechatpay_core::{CallError, DownloadError, Effect, Open, OpenError, Opened};

use crate::server::{Act, Server, signed};
use crate::{TransportError, call, client, download};

/// A bill, and what `sha1sum` and Python's gzip say of it.
const BILL: &str = "\u{feff}交易时间,微信订单号,订单金额\r\n\
                    `2026-11-20 10:00:00,`4200000001,`19.90\r\n\
                    总交易单数,订单总金额\r\n`1,`19.90\r\n";
const SHA1: &str = "4c0b3608fe3500e7a9073aae6de2c7cee7bc8bc2";
const GZIP: &str = concat!(
    "1f8b08000000000002037bbf7bff935d4b9ecd98fc6cfab697d3b7e83cddb7eec9fe852fd62d7ada",
    "3bf569ff761d08eb65fbc4978be6f2722518191899e91a1aea1a1928181a581980904e8289910104",
    "18ea24185aea591af0723d6bd80d3116a8f9d9d40d506380a27093106a01b53942dd83000000",
);

fn bill(url: &str, sha1: &str) -> BillFile {
    serde_json::from_value(serde_json::json!({
        "hash_type": "SHA1", "hash_value": sha1, "download_url": url,
    }))
    .unwrap()
}

fn gzip() -> Vec<u8> {
    let digits = GZIP.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.map(byte).collect()
}

/// A server that gives this file, unsigned as the platform's is.
fn serving(status: &'static str, file: Vec<u8>) -> Server {
    Server::start(move |_| {
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n",
            file.len()
        );
        Act::Write([head.as_bytes(), &file].concat())
    })
}

fn url(server: &Server) -> String {
    format!("{}/v3/billdownload/file?token=a%2Fb+c", server.base_url())
}

#[test]
fn a_good_file_is_written_and_its_address_is_signed_as_given() {
    for (file, packing) in [
        (BILL.as_bytes().to_vec(), Packing::Plain),
        (gzip(), Packing::Gzip),
    ] {
        let server = serving("200 OK", file);
        let (client, bill) = (client(&server), bill(&url(&server), SHA1));
        let (checked, written) = download(&client, &bill, packing, 1 << 20);
        assert_eq!(checked.unwrap().size(), BILL.len() as u64);
        assert_eq!(written, BILL.as_bytes());
        let seen = String::from_utf8(server.seen()[0].bytes.clone()).unwrap();
        assert!(
            seen.starts_with("GET /v3/billdownload/file?token=a%2Fb+c HTTP/1.1\r\n"),
            "{seen}"
        );
        assert!(
            seen.to_lowercase()
                .contains("\r\nauthorization: wechatpay2-"),
            "{seen}"
        );
    }
}

#[test]
fn a_file_that_is_not_the_promised_one_is_never_good() {
    let mut changed = BILL.as_bytes().to_vec();
    changed[60] ^= 1;
    let cut = BILL.as_bytes()[..BILL.len() - 1].to_vec();
    for file in [changed, cut, Vec::new()] {
        let server = serving("200 OK", file);
        let (client, bill) = (client(&server), bill(&url(&server), SHA1));
        let (checked, _) = download(&client, &bill, Packing::Plain, 1 << 20);
        let error = checked.unwrap_err();
        assert!(matches!(error, DownloadError::Bill(_)), "{error}");
        assert!(error.to_string().contains(SHA1), "{error}");
    }
    let mut packed = gzip();
    packed.truncate(packed.len() - 9);
    let server = serving("200 OK", packed);
    let (client, bill) = (client(&server), bill(&url(&server), SHA1));
    let (checked, _) = download(&client, &bill, Packing::Gzip, 1 << 20);
    assert!(matches!(checked.unwrap_err(), DownloadError::Bill(_)));
}

#[test]
fn a_file_that_ends_early_or_never_ends_is_an_error() {
    let short =
        Server::start(|_| Act::Close(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc".to_vec()));
    let (checked, _) = download(
        &client(&short),
        &bill(&url(&short), SHA1),
        Packing::Plain,
        99,
    );
    assert!(matches!(
        checked.unwrap_err(),
        DownloadError::Call(CallError::Unknown {
            source: TransportError::Closed(_),
            ..
        })
    ));

    let long = serving("200 OK", vec![b'x'; 200_000]);
    let (checked, written) = download(
        &client(&long),
        &bill(&url(&long), SHA1),
        Packing::Plain,
        100_000,
    );
    let error = checked.unwrap_err();
    assert!(
        matches!(error, DownloadError::Bill(BillError::TooLarge { .. })),
        "{error}"
    );
    assert!(written.len() <= 100_000);
}

#[test]
fn an_error_answer_is_told_and_writes_nothing() {
    let refusal = br#"{"code":"NO_AUTH","message":"m"}"#;
    let server = Server::start(|_| Act::Write(signed("403 Forbidden", refusal)));
    let (checked, written) = download(
        &client(&server),
        &bill(&url(&server), SHA1),
        Packing::Plain,
        1 << 20,
    );
    let DownloadError::Call(error) = checked.unwrap_err() else {
        panic!("not the platform's error");
    };
    assert_eq!(error.effect(), Effect::None);
    assert_eq!(error.answered().unwrap().api().unwrap().code, "NO_AUTH");
    assert!(written.is_empty());
}

#[test]
fn no_other_path_is_asked() {
    let server = serving("200 OK", BILL.as_bytes().to_vec());
    let elsewhere = format!("{}/v3/ecommerce/subsidies/create", server.base_url());
    let (checked, _) = download(
        &client(&server),
        &bill(&elsewhere, SHA1),
        Packing::Plain,
        1 << 20,
    );
    assert!(matches!(
        checked.unwrap_err(),
        DownloadError::Call(CallError::Draft(_))
    ));
    assert!(server.seen().is_empty());
}

/// Encrypted by another tool; so is the key, which needs no private key here.
const FOLDER: &str = "../core/tests/encrypted_bills";

struct Key;

impl Open for Key {
    fn open(&self, sealed: &str) -> Result<Opened, OpenError> {
        assert_eq!(sealed, "c2VhbGVk");
        Ok(Opened::new(
            std::fs::read_to_string(format!("{FOLDER}/key")).unwrap(),
        ))
    }
}

#[test]
fn an_encrypted_file_is_called_for_and_opened() {
    let read = |name: &str| std::fs::read(format!("{FOLDER}/twelve/{name}")).unwrap();
    let text = |name: &str| String::from_utf8(read(name)).unwrap();
    let bill = std::fs::read("../core/tests/bills/fund_flow.csv").unwrap();
    let mut changed = read("file");
    changed[100] ^= 1;
    for (file, good) in [(read("file"), true), (changed, false), (Vec::new(), false)] {
        let server = serving("200 OK", file);
        let part: EncryptedBill = serde_json::from_value(serde_json::json!({
            "bill_sequence": 1, "hash_type": "SHA1", "hash_value": text("sha1"),
            "download_url": url(&server), "encrypt_key": "c2VhbGVk", "nonce": text("nonce"),
        }))
        .unwrap();
        let file = call(&client(&server), &part.download()).unwrap();
        match part.open(&file, Packing::Plain, 1 << 20, &Key) {
            Ok(opened) => assert!(good && opened == bill),
            Err(EncryptedBillError::Tag { size }) => assert!(!good && size == file.0.len()),
            Err(error) => panic!("{error}"),
        }
    }
}
