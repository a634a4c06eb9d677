//! Who calls, where to, and which headers go out.

use std::sync::Arc;

use crate::common::{self, NOW, PLATFORM_ID, key, merchant, nonce, platform_keys, signer};
use wechatpay_core::api::certificates::List;
use wechatpay_core::{
    AnyOperation, ConfigError, KeyId, Merchant, Method, Nonce, PlatformKeys, Prepared,
    SerialNumber, SignError, Signature, Signer, Verifier, VerifyError,
};

fn serial_header<T>(prepared: &Prepared<T>) -> Option<&str> {
    prepared
        .request
        .headers()
        .get("wechatpay-serial")
        .map(|value| value.to_str().unwrap())
}

#[test]
fn the_platform_key_that_can_be_verified_is_declared() {
    let keys = platform_keys();
    let by_merchant = merchant()
        .declaring(&keys)
        .prepare(&List::new(), NOW, nonce())
        .unwrap();
    assert_eq!(
        serial_header(&by_merchant.sign(signer()).unwrap()),
        Some(PLATFORM_ID)
    );

    let draft = merchant().draft(&List::new()).unwrap().declaring(&keys);
    assert_eq!(
        serial_header(&draft.stamp(NOW, nonce()).sign(signer()).unwrap()),
        Some(PLATFORM_ID)
    );

    // The draft's word is the later one, and the certificate's digits go out as they came.
    let certificate = key("platform_cert_leading_zero.pem");
    let certificates = PlatformKeys::new().with_certificate(&certificate).unwrap();
    let draft = draft.declaring(&certificates);
    assert_eq!(
        serial_header(&draft.stamp(NOW, nonce()).sign(signer()).unwrap()),
        Some("0A15C2D3E4F60718293A4B5C6D7E8F9012345678")
    );

    let none = draft.declaring(&PlatformKeys::new());
    assert_eq!(
        serial_header(&none.stamp(NOW, nonce()).sign(signer()).unwrap()),
        None
    );
}

#[test]
fn a_merchant_number_is_digits() {
    for mchid in [
        "",
        "19000 01109",
        "1900001109\n",
        "１９",
        "mchid",
        "-1",
        &"1".repeat(33),
    ] {
        let error = Merchant::new(mchid).unwrap_err();
        assert!(matches!(error, ConfigError::Mchid(_)), "{mchid:?}");
    }
    assert_eq!(Merchant::new("1900001109").unwrap().mchid(), "1900001109");
}

#[test]
fn an_access_point_is_a_scheme_and_a_host() {
    let at = |url: &str| merchant().at(url).map(|merchant| merchant.base_url());
    for (url, base) in [
        (
            "https://api2.mch.weixin.qq.com",
            "https://api2.mch.weixin.qq.com",
        ),
        (
            "https://api2.mch.weixin.qq.com/",
            "https://api2.mch.weixin.qq.com",
        ),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ] {
        assert_eq!(at(url).unwrap(), base);
    }
    for url in [
        "",
        "api.mch.weixin.qq.com",
        "/v3",
        "ftp://host",
        "https://",
        "https://host/prefix",
        "https://host/?a=1",
        "https://user:password@host",
        "https://host#fragment",
        "https://host:",
        "https://ho st",
        "http://host:port",
    ] {
        let error = at(url).unwrap_err();
        assert!(
            error.to_string().contains("the path is signed"),
            "{url}: {error}"
        );
    }
    let call = merchant()
        .at("http://127.0.0.1:8080")
        .unwrap()
        .draft(&List::new())
        .unwrap();
    let request = call.stamp(NOW, nonce()).sign(signer()).unwrap().request;
    assert_eq!(request.uri(), "http://127.0.0.1:8080/v3/certificates");
}

#[test]
fn a_product_of_ones_own_is_named_first() {
    let named = merchant().with_user_agent("shop/1.2").unwrap();
    let request = named
        .prepare(&List::new(), NOW, nonce())
        .unwrap()
        .sign(signer())
        .unwrap()
        .request;
    assert_eq!(
        request.headers()["user-agent"],
        "shop/1.2 wechatpay-core/0.1.0"
    );
    for product in ["", " ", "a\r\nX: y", "商店"] {
        assert!(merchant().with_user_agent(product).is_err(), "{product:?}");
    }
}

#[test]
fn a_nonce_cannot_break_a_message_or_a_header() {
    for text in ["", "a b", "a\nb", "a\"b", "ü", &"a".repeat(65)] {
        let error = Nonce::parse(text).unwrap_err();
        assert!(matches!(error, ConfigError::Nonce(_)), "{text:?}");
    }
    assert_eq!(
        Nonce::from_entropy([0; 16]).as_str(),
        "00000000000000000000000000000000"
    );
}

/// A scheme that this crate does not know needs no change here.
#[test]
fn another_scheme_is_a_signer_and_a_verifier_of_ones_own() {
    struct Sm2;
    impl Signer for Sm2 {
        fn sign(&self, _: &[u8]) -> Result<Signature, SignError> {
            let serial = SerialNumber::parse("4B2C").map_err(SignError::new)?;
            let scheme = wechatpay_core::Scheme::parse("WECHATPAY2-SM2-WITH-SM3");
            Ok(
                Signature::new(serial, b"sm2".to_vec())
                    .with_scheme(scheme.map_err(SignError::new)?),
            )
        }
    }
    impl Verifier for Sm2 {
        fn verify(&self, _: &str, _: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
            assert_eq!(signature, b"sm2");
            Ok(())
        }
        fn declared(&self) -> Option<KeyId> {
            None
        }
        fn accepts(&self, signature_type: &str) -> bool {
            signature_type == "WECHATPAY2-SM2-WITH-SM3"
        }
    }
    let operation = AnyOperation::new(Method::GET, "/v3/x");
    let Prepared { request, pending } = merchant()
        .prepare(&operation, NOW, nonce())
        .unwrap()
        .sign(&Sm2)
        .unwrap();
    let text = request.headers()["authorization"].to_str().unwrap();
    assert!(
        text.starts_with("WECHATPAY2-SM2-WITH-SM3 mchid=\"1900009191\""),
        "{text}"
    );

    let mut response = common::answer(200, "{}");
    let headers = response.headers_mut();
    headers.insert("wechatpay-signature", "c20y".parse().unwrap());
    headers.insert(
        "wechatpay-signature-type",
        "WECHATPAY2-SM2-WITH-SM3".parse().unwrap(),
    );
    assert!(pending.complete(&response, &Sm2, NOW).is_ok());
}

#[test]
fn signers_and_keys_are_shared_behind_pointers() {
    let shared: Arc<dyn Signer + Send + Sync> = Arc::new(signer());
    let boxed: Box<dyn Signer> = Box::new(signer());
    let one = merchant()
        .prepare(&List::new(), NOW, nonce())
        .unwrap()
        .sign(&shared)
        .unwrap();
    let two = merchant()
        .prepare(&List::new(), NOW, nonce())
        .unwrap()
        .sign(&boxed)
        .unwrap();
    assert_eq!(one.request.headers(), two.request.headers());
    let keys = Arc::new(platform_keys());
    assert_eq!(
        keys.declared().as_ref().map(KeyId::as_str),
        Some(PLATFORM_ID)
    );
    let keys: Box<dyn Verifier> = Box::new(keys);
    assert_eq!(
        keys.declared().as_ref().map(KeyId::as_str),
        Some(PLATFORM_ID)
    );
    assert!(keys.accepts("WECHATPAY2-SHA256-RSA2048") && !keys.accepts("WECHATPAY2-SM2-WITH-SM3"));
    assert!(keys.verify("0A15", b"", b"").is_err());
}

#[test]
fn what_waits_in_a_table_is_plain_data() {
    fn travels<T: Send + Sync + 'static>(_: &T) {}
    let draft = merchant().draft(&List::new()).unwrap();
    travels(&draft);
    let unsigned = draft.stamp(NOW, nonce());
    travels(&unsigned);
    let prepared = unsigned.sign(signer()).unwrap();
    travels(&prepared.pending);
    travels(&prepared);
}

#[test]
fn targets_chosen_at_run_time_are_held_to_what_can_be_signed() {
    let target = |text: &str| {
        let operation = AnyOperation::new(Method::GET, text);
        merchant()
            .draft(&operation)
            .map(|draft| draft.target().to_owned())
    };
    for fine in [
        "/",
        "/v3/x?a=%E6%B5%8B&b=",
        "/v3/x/a%2Fb",
        "/v3/x?token=a/b+c==",
    ] {
        assert_eq!(target(fine).unwrap(), fine);
    }
    for (text, words) in [
        ("", "begins with one slash"),
        ("v3/x", "begins with one slash"),
        ("//v3/x", "begins with one slash"),
        (
            "https://api.mch.weixin.qq.com/v3/x",
            "without scheme and host",
        ),
        ("/v3/测", "percent-encode"),
        ("/v3/x y", "percent-encode"),
        ("/v3/x\r\nHost: evil", "percent-encode"),
        ("/v3/x#a", "fragment"),
        ("/v3/x?", "question mark without a query"),
        ("/v3/../x", "dot segments"),
    ] {
        let error = target(text).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let query = AnyOperation::new(Method::GET, "/v3/x?a=1").query("b c", "测/+&=");
    assert_eq!(
        merchant().draft(&query).unwrap().target(),
        "/v3/x?a=1&b%20c=%E6%B5%8B%2F%2B%26%3D"
    );
}

/// Settings get swapped, and then the text that does not fit is a secret.
#[test]
fn a_text_that_does_not_fit_is_described_and_not_repeated() {
    let say = |error: ConfigError| error.to_string();
    assert_eq!(
        say(Merchant::new("DEVELOPMENT0ONLY0APIV3KEY0123456").unwrap_err()),
        "the merchant number (mchid) is 1 to 32 decimal digits; the given text has 32 characters, \
         of which number 1 ('D') does not fit"
    );
    assert_eq!(
        say(SerialNumber::parse("5A:0E").unwrap_err()),
        "a certificate's serial number is 1 to 64 hexadecimal digits; the given text has 5 \
         characters, of which number 3 (':') does not fit: write the digits without colons"
    );
    assert!(say(Merchant::new("").unwrap_err()).ends_with("the given text is empty"));
    let url = merchant().at("http://user:hunter2@host").unwrap_err();
    assert!(!format!("{url} {url:?}").contains("hunter2"), "{url:?}");
}

#[test]
fn an_operations_own_path_is_held_to_the_same_rules() {
    macro_rules! operation {
        ($name:ident, $path:literal) => {
            #[derive(serde::Serialize)]
            struct $name {
                a: &'static str,
            }
            impl wechatpay_core::Operation for $name {
                const METHOD: Method = Method::GET;
                const PATH: &'static str = $path;
                const REPLAY: wechatpay_core::Replay = wechatpay_core::Replay::ReadOnly;
                type Response = wechatpay_core::Document;
            }
        };
    }
    operation!(Fragment, "/v3/x#frag");
    operation!(Question, "/v3/x?");
    operation!(Chinese, "/v3/中");
    operation!(Relative, "v3/x");
    let refused = [
        merchant().draft(&Fragment { a: "1" }).unwrap_err(),
        merchant().draft(&Question { a: "1" }).unwrap_err(),
        merchant().draft(&Chinese { a: "1" }).unwrap_err(),
        merchant().draft(&Relative { a: "1" }).unwrap_err(),
    ];
    for error in refused {
        assert!(error.to_string().contains("the request target"), "{error}");
    }
}

#[test]
fn methods_are_those_of_the_protocol() {
    for method in ["CONNECT", "OPTIONS", "HEAD", "get", "Post", "TRACE"] {
        let operation = AnyOperation::new(method.parse().unwrap(), "/v3/x");
        let error = merchant().draft(&operation).unwrap_err();
        assert!(
            error.to_string().contains("none of GET, POST, PUT"),
            "{error}"
        );
    }
    let get = AnyOperation::new(Method::GET, "/v3/x").json_bytes("{}");
    assert!(
        merchant()
            .draft(&get)
            .unwrap_err()
            .to_string()
            .contains("a GET has no body")
    );
}
