//! What is read from files, and from downloads.

use wechatpay_core::api::bill::{BillCheck, BillError, BillFile, HashType, Packing, Sheet};
use wechatpay_core::{Certificate, PlatformKeys, PublicKey, RsaSigner, SerialNumber};

/// PEM, X.509, SPKI and private keys: an error for anything else, and never a panic.
pub fn key_files(data: &[u8]) {
    if let Ok(certificate) = Certificate::from_pem(data) {
        let serial = certificate.serial().as_str();
        assert_eq!(
            SerialNumber::parse(serial).as_ref(),
            Ok(certificate.serial())
        );
    }
    let _ = Certificate::from_der(data);
    let _ = PublicKey::from_pem(data);
    let _ = PlatformKeys::new().with_certificate(data);
    let _ = PlatformKeys::new().with_public_key("PUB_KEY_ID_01", data);
    let _ = RsaSigner::from_pem("4B2C", data);
    let _ = RsaSigner::from_pkcs8_der("4B2C", data);
    let _ = RsaSigner::from_pkcs1_der("4B2C", data);
}

/// A bill file: nothing passes without its digest, pieces do not matter, and every row has a value
/// for each column.
pub fn bill(data: &[u8]) {
    const LIMIT: u64 = 1 << 20;
    let other = BillFile::builder()
        .hash_type(HashType::Sha1)
        .hash_value("0".repeat(40))
        .download_url("")
        .build();
    let unpack = |size: usize| {
        let mut check = BillCheck::new(&other, Packing::Gzip, LIMIT).expect("SHA-1 is known");
        let mut text = Vec::new();
        for piece in data.chunks(size) {
            if let Err(error) = check.push(piece, |bytes| text.extend_from_slice(bytes)) {
                return (text, error);
            }
        }
        let error = check.finish().expect_err("the digest is another");
        (text, error)
    };
    let (text, error) = unpack(data.len().max(1));
    assert!(u64::try_from(text.len()).is_ok_and(|size| size <= LIMIT));
    if data.len() < 4096 {
        let (pieces, in_pieces) = unpack(1);
        // Of a file that is damaged and too large, either may be met first.
        let large = BillError::TooLarge { limit: LIMIT };
        assert!(in_pieces == error || in_pieces == large);
        if error.to_string().contains("SHA-1") {
            assert_eq!(pieces, text);
        }
    }
    for text in [data, &text] {
        let Ok(sheet) = Sheet::read(text) else {
            continue;
        };
        let mut line = 0;
        for row in sheet.rows().flatten() {
            assert!(row.line() > line, "lines are counted");
            line = row.line();
            assert_eq!(row.iter().count(), sheet.columns().len());
        }
        let _ = sheet.check_summary();
        let _ = sheet.trade_rows().count() + sheet.fund_flow_rows().count();
    }
}
