//! What opens the cashier: the bytes that are signed, the bytes that the front end gets.

use std::path::{Path, PathBuf};

use crate::common::{MERCHANT_SERIAL, brand_signer, merchant, signer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use wechatpay_core::canonical::{app_message, jsapi_message};
use wechatpay_core::cashier::{AppId, AppPayment, JsapiPayment, PartnerId, PrepayId};
use wechatpay_core::{ConfigError, Nonce, Scheme, SerialNumber, Signature, Timestamp};

fn text(folder: &Path, file: &str) -> String {
    std::fs::read_to_string(folder.join(file)).unwrap()
}

struct Case {
    folder: PathBuf,
    app_id: AppId,
    prepay_id: PrepayId,
    now: Timestamp,
    nonce: Nonce,
}

impl Case {
    fn read(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/known_answers/payments");
        let folder = folder.join(name);
        Self {
            app_id: AppId::parse(text(&folder, "appid")).unwrap(),
            prepay_id: PrepayId::parse(text(&folder, "prepay_id")).unwrap(),
            now: Timestamp::from_secs(text(&folder, "timestamp").parse().unwrap()),
            nonce: Nonce::parse(text(&folder, "nonce")).unwrap(),
            folder,
        }
    }

    fn message(&self) -> String {
        text(&self.folder, "message")
    }

    fn parameters(&self) -> String {
        text(&self.folder, "parameters.json")
    }

    /// As openssl made it, for a key that lives elsewhere.
    fn signature(&self) -> Signature {
        let bytes = STANDARD.decode(text(&self.folder, "signature")).unwrap();
        Signature::new(SerialNumber::parse(MERCHANT_SERIAL).unwrap(), bytes)
    }
}

#[test]
fn a_page_and_a_mini_program() {
    let case = Case::read("jsapi");
    let unsigned = || JsapiPayment::unsigned(&case.app_id, &case.prepay_id, case.now, &case.nonce);
    assert_eq!(unsigned().message(), case.message().as_bytes());
    let signed = unsigned().sign(signer()).unwrap();
    assert_eq!(serde_json::to_string(&signed).unwrap(), case.parameters());
    assert_eq!(unsigned().attach(&case.signature()).unwrap(), signed);
}

#[test]
fn an_app() {
    let case = Case::read("app");
    let partner_id = PartnerId::from(&merchant());
    let unsigned = || {
        let (app_id, prepay_id) = (&case.app_id, &case.prepay_id);
        AppPayment::unsigned(app_id, &partner_id, prepay_id, case.now, &case.nonce)
    };
    assert_eq!(unsigned().message(), case.message().as_bytes());
    let signed = unsigned().sign(signer()).unwrap();
    assert_eq!(serde_json::to_string(&signed).unwrap(), case.parameters());
    assert_eq!(unsigned().attach(&case.signature()).unwrap(), signed);
}

/// The classic mistake: the one's fourth line under the other's parameters.
#[test]
fn a_package_value_is_no_prepay_id() {
    for text in [
        "prepay_id=wx201410272009395522657a690389285100",
        "prepay_id=",
        "package=prepay_id=wx2014",
    ] {
        let refused = PrepayId::parse(text).unwrap_err();
        assert!(matches!(refused, ConfigError::PrepayId(_)));
        let refused = refused.to_string();
        assert!(refused.ends_with("leave `prepay_id=` off"), "{refused}");
        assert!(!refused.contains("wx2014"), "{refused}");
    }
}

#[test]
fn texts_that_would_break_a_line_or_a_limit_are_refused() {
    for text in ["", "wx2014\n", "wx 2014", "wx2014\r", "wx２０１４", "\u{0}"] {
        assert!(
            matches!(PrepayId::parse(text), Err(ConfigError::PrepayId(_))),
            "{text:?}"
        );
        assert!(
            matches!(AppId::parse(text), Err(ConfigError::AppId(_))),
            "{text:?}"
        );
        assert!(
            matches!(PartnerId::parse(text), Err(ConfigError::Mchid(_))),
            "{text:?}"
        );
    }
    assert!(PrepayId::parse("x".repeat(64)).is_ok() && PrepayId::parse("x".repeat(65)).is_err());
    assert!(AppId::parse("x".repeat(32)).is_ok() && AppId::parse("x".repeat(33)).is_err());
    assert!(PartnerId::parse("1".repeat(32)).is_ok() && PartnerId::parse("1".repeat(33)).is_err());
    // Swapped, the two are refused too.
    let refused = AppId::parse("wx201410272009395522657a690389285100").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "an app id is 1 to 32 ASCII letters, digits, hyphens and underscores; the given text has \
         36 characters"
    );
}

#[test]
fn a_signature_of_another_scheme_is_refused() {
    let case = Case::read("jsapi");
    let unsigned = || JsapiPayment::unsigned(&case.app_id, &case.prepay_id, case.now, &case.nonce);
    let sm2 = Scheme::parse("WECHATPAY2-SM2-WITH-SM3").unwrap();
    let refused = unsigned()
        .attach(&case.signature().with_scheme(sm2))
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the signer failed: the cashier takes signatures of WECHATPAY2-SHA256-RSA2048, and this \
         one is of WECHATPAY2-SM2-WITH-SM3; nothing was sent"
    );
    assert!(unsigned().sign(&brand_signer()).is_err());
}

#[test]
fn the_signature_never_shows_in_debug() {
    let case = Case::read("jsapi");
    let unsigned = JsapiPayment::unsigned(&case.app_id, &case.prepay_id, case.now, &case.nonce);
    let before = format!("{unsigned:?}");
    let after = format!("{:?}", unsigned.attach(&case.signature()).unwrap());
    assert_eq!(before, format!("UnsignedPayment({after})"));
    assert!(!after.contains(&text(&case.folder, "signature")), "{after}");

    let partner_id = PartnerId::parse("1900009191").unwrap();
    let app = AppPayment::unsigned(
        &case.app_id,
        &partner_id,
        &case.prepay_id,
        case.now,
        &case.nonce,
    );
    let after = format!("{:?}", app.attach(&case.signature()).unwrap());
    assert!(
        !after.contains(&text(&case.folder, "signature")) && after.contains("1900009191"),
        "{after}"
    );
}

proptest! {
    /// Four lines, whatever the ids; and no message of one kind is ever one of the other's.
    #[test]
    fn two_kinds_of_message(
        app_id in "[a-zA-Z0-9_-]{1,32}", one in "[!-~]{1,64}", other in "[!-~]{1,64}",
        secs: u64, nonce in "[a-zA-Z0-9]{1,64}",
    ) {
        let parse = |id: &str| PrepayId::parse(id);
        let (Ok(one), Ok(other)) = (parse(&one), parse(&other)) else { return Ok(()) };
        let app_id = AppId::parse(app_id).unwrap();
        let (now, nonce) = (Timestamp::from_secs(secs), Nonce::parse(nonce).unwrap());
        let jsapi = jsapi_message(&app_id, now, &nonce, &one);
        let app = app_message(&app_id, now, &nonce, &other);
        let expected = format!(
            "{}\n{secs}\n{}\nprepay_id={}\n", app_id.as_str(), nonce.as_str(), one.as_str()
        );
        prop_assert_eq!(&jsapi, expected.as_bytes());
        for message in [&jsapi, &app] {
            prop_assert_eq!(message.iter().filter(|byte| **byte == b'\n').count(), 4);
            prop_assert_eq!(message.last(), Some(&b'\n'));
        }
        prop_assert_ne!(jsapi, app);
    }

    /// The front end's JSON says what was signed.
    #[test]
    fn what_is_shown_is_what_was_signed(id in "[!-~]{1,64}", secs: u64) {
        let Ok(prepay_id) = PrepayId::parse(id.as_str()) else { return Ok(()) };
        let app_id = AppId::parse("wx2421b1c4370ec43b").unwrap();
        let (now, nonce) = (Timestamp::from_secs(secs), Nonce::from_entropy([7; 16]));
        let signature = Case::read("jsapi").signature();
        let unsigned = JsapiPayment::unsigned(&app_id, &prepay_id, now, &nonce);
        let message = String::from_utf8(unsigned.message().to_vec()).unwrap();
        let shown = serde_json::to_value(unsigned.attach(&signature).unwrap()).unwrap();
        let lines: Vec<_> = ["appId", "timeStamp", "nonceStr", "package"]
            .map(|name| shown[name].as_str().unwrap())
            .into();
        prop_assert_eq!(message, lines.join("\n") + "\n");
    }
}
