//! The grammar of the header, held against what real clients send and what nobody should.

use wechatpay_core::{Authorization, AuthorizationError};

const ITEMS: &str = r#"mchid="1900009191",nonce_str="593BEC0C",timestamp="1554208460",serial_no="4B2C",signature="c2ln""#;

fn refused(text: &str) -> AuthorizationError {
    Authorization::parse(text).unwrap_err()
}

#[test]
fn what_clients_send_is_read() {
    let expected = Authorization {
        scheme: "WECHATPAY2-SHA256-RSA2048",
        mchid: "1900009191",
        nonce: "593BEC0C",
        timestamp: "1554208460",
        serial_no: "4B2C",
        signature: "c2ln",
    };
    let reversed = ITEMS.split(',').rev().collect::<Vec<_>>();
    for items in [
        ITEMS.to_owned(),
        reversed.join(","),
        ITEMS.replace(',', ", "),
        ITEMS.replace(',', " ,  "),
        format!(" {ITEMS} "),
        format!("{ITEMS},extra=\"1\""),
    ] {
        let text = format!("WECHATPAY2-SHA256-RSA2048 {items}");
        assert_eq!(Authorization::parse(&text), Ok(expected), "{text}");
    }
}

/// Each scheme names its caller by an item of its own, and the other's is an unknown item.
#[test]
fn a_brand_names_itself_by_its_brand_id() {
    const BRAND: &str = "WECHATPAY-BRAND-SHA256-RSA2048";
    let items = ITEMS.replace("mchid=\"1900009191\"", "brand_id=\"123456789\"");
    let text = format!("{BRAND} {items}");
    let read = Authorization::parse(&text).unwrap();
    assert_eq!(
        (read.scheme, read.mchid, read.serial_no),
        (BRAND, "123456789", "4B2C")
    );
    assert_eq!(read.to_string(), text);

    let both = format!("{BRAND} {items},mchid=\"1900009191\"");
    assert_eq!(Authorization::parse(&both), Ok(read));
    assert_eq!(
        refused(&format!("{BRAND} {ITEMS}")),
        AuthorizationError::Missing("brand_id")
    );
    let twice = format!("{text},brand_id=\"1\"");
    assert_eq!(refused(&twice), AuthorizationError::Twice("brand_id"));
    let merchant = format!("WECHATPAY2-SHA256-RSA2048 {items}");
    assert_eq!(refused(&merchant), AuthorizationError::Missing("mchid"));
}

#[test]
fn each_item_is_needed_once() {
    for name in ["mchid", "nonce_str", "timestamp", "serial_no", "signature"] {
        let without: Vec<_> = ITEMS
            .split(',')
            .filter(|item| !item.starts_with(name))
            .collect();
        let text = format!("S {}", without.join(","));
        assert_eq!(refused(&text), AuthorizationError::Missing(name));
        let text = format!("S {ITEMS},{name}=\"again\"");
        assert_eq!(refused(&text), AuthorizationError::Twice(name));
    }
}

#[test]
fn junk_is_refused() {
    assert_eq!(refused(""), AuthorizationError::Scheme);
    assert_eq!(
        refused("WECHATPAY2-SHA256-RSA2048"),
        AuthorizationError::Scheme
    );
    for junk in [
        "S x",
        "S mchid=1",
        "S mchid=\"1",
        "S =\"\"\"",
        "S mchid=\"1\" nonce_str=\"2\"",
        "S ,",
        "S mchid=\"1\",",
    ] {
        assert!(
            matches!(
                refused(junk),
                AuthorizationError::Item | AuthorizationError::Missing(_)
            ),
            "{junk}"
        );
    }
}

#[test]
fn a_refusal_says_what_is_wrong() {
    for (error, words) in [
        (
            AuthorizationError::Scheme,
            "Authorization has no scheme followed by a space",
        ),
        (
            AuthorizationError::Item,
            "Authorization is not a list of name=\"value\" items",
        ),
        (
            AuthorizationError::Missing("timestamp"),
            "Authorization has no timestamp",
        ),
        (
            AuthorizationError::Twice("mchid"),
            "Authorization has mchid twice",
        ),
    ] {
        assert_eq!(error.to_string(), words);
    }
}

#[test]
fn debug_leaves_out_what_could_be_sent_again() {
    let text = format!("S {ITEMS}");
    assert_eq!(
        format!("{:?}", Authorization::parse(&text).unwrap()),
        "Authorization { scheme: \"S\", mchid: \"1900009191\", timestamp: \"1554208460\", \
         serial_no: \"4B2C\", .. }"
    );
}
