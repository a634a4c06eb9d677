//! What a draft does about sensitive fields.
#![cfg(feature = "aws-lc-rs")]

use std::error::Error as _;

use crate::common::{NOW, PLATFORM_ID, key, merchant, nonce, platform_keys};
use serde::Serialize;
use serde_json::{Value, json};
use wechatpay_core::api::ecommerce::profitsharing::receivers::{Add, Kind, Relation};
use wechatpay_core::{
    Document, Draft, DraftError, KeyId, Method, Nonce, Opener, Operation, PlatformKeys, Replay,
    Seal, SealError, Sealed, SealedFieldError, Timestamp, ToDraft, Verifier, VerifyError,
};

const OTHER_ID: &str = "F5765756002FDD77";

fn person() -> Add {
    Add::builder()
        .appid("wx8888888888888888")
        .kind(Kind::PersonalOpenid)
        .account("oxTWIuGaIt6gTKsQRLau2M0yL16E")
        .encrypted_name("张三")
        .relation_type(Relation::Distributor)
        .build()
}

fn other_keys() -> PlatformKeys {
    PlatformKeys::new()
        .with_certificate(&key("platform_cert_high_bit.pem"))
        .unwrap()
}

fn declared<T>(draft: &Draft<T>) -> String {
    let request = draft.stamp(NOW, nonce());
    let headers = request.request().headers();
    let mut ids = headers.get_all("wechatpay-serial").iter();
    let id = ids.next().map_or("", |id| id.to_str().unwrap()).to_owned();
    assert_eq!(ids.next(), None);
    id
}

fn body<T>(draft: &Draft<T>) -> Value {
    serde_json::from_slice(draft.body()).unwrap()
}

#[test]
fn a_draft_without_sensitive_fields_declares_what_it_is_told_to() {
    let mut add = person();
    add.encrypted_name = None;
    let draft = merchant().draft_for(&add, &platform_keys()).unwrap();
    assert_eq!(declared(&draft), PLATFORM_ID);
    assert_eq!(declared(&draft.declaring(&other_keys())), OTHER_ID);
}

#[test]
fn a_name_is_sealed_with_the_key_that_is_declared() {
    let draft = merchant().draft_for(&person(), &platform_keys()).unwrap();
    let sent = body(&draft);
    let sealed = sent["encrypted_name"].as_str().unwrap();
    assert_eq!(
        sent,
        json!({
            "appid": "wx8888888888888888", "type": "PERSONAL_OPENID",
            "account": "oxTWIuGaIt6gTKsQRLau2M0yL16E", "encrypted_name": sealed,
            "relation_type": "DISTRIBUTOR",
        })
    );
    let read: Add = serde_json::from_slice(draft.body()).unwrap();
    let opener = Opener::from_pem(&key("platform_pkcs8.pem")).unwrap();
    assert_eq!(
        &*read.encrypted_name.unwrap().open(&opener).unwrap(),
        "张三"
    );
    assert_eq!(declared(&draft), PLATFORM_ID);
    // Keys that change between two attempts do not change which key sealed.
    assert_eq!(
        declared(
            &draft
                .declaring(&other_keys())
                .declaring(&PlatformKeys::new())
        ),
        PLATFORM_ID
    );

    let other = merchant()
        .declaring(&platform_keys())
        .draft_for(&person(), &other_keys())
        .unwrap();
    assert_eq!(declared(&other), OTHER_ID);
}

#[test]
fn two_attempts_carry_the_same_bytes() {
    let draft = merchant().draft_for(&person(), &platform_keys()).unwrap();
    let first = draft.stamp(NOW, nonce());
    let again = draft.stamp(
        Timestamp::from_secs(NOW.as_secs() + 9),
        Nonce::from_entropy([1; 16]),
    );
    assert_eq!(first.request().body(), again.request().body());
    assert_eq!(first.request().uri(), again.request().uri());
    assert_ne!(first.message(), again.message());
    // Another draft of the same value is another text, which is why a replay is the same draft.
    let other = merchant().draft_for(&person(), &platform_keys()).unwrap();
    assert_ne!(draft.body(), other.body());
}

/// A verifier of the caller's own, which cannot seal.
struct Blind;

impl Verifier for Blind {
    fn verify(&self, serial: &str, _: &[u8], _: &[u8]) -> Result<(), VerifyError> {
        Err(VerifyError::BadSignature {
            serial: serial.to_owned(),
        })
    }
}

#[test]
fn without_a_sealer_nothing_is_drafted() {
    for error in [
        merchant().draft(&person()).unwrap_err(),
        merchant().draft_for(&person(), &Blind).unwrap_err(),
        merchant()
            .draft_for(&person(), &PlatformKeys::new())
            .unwrap_err(),
        merchant().prepare(&person(), NOW, nonce()).unwrap_err(),
    ] {
        assert_eq!(
            error.to_string(),
            "POST /v3/ecommerce/profitsharing/receivers/add: sensitive field encrypted_name cannot \
             be sealed: there is no key to seal it with; draft with `Merchant::draft_for` and keys \
             that seal, such as `PlatformKeys` with the feature `aws-lc-rs`; nothing was sent",
        );
        let DraftError::Seal { source, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(source.field(), "encrypted_name");
        assert!(matches!(source.reason(), SealError::NoSealer));
    }
}

#[test]
fn a_name_that_is_too_long_is_counted_and_not_repeated() {
    let mut add = person();
    add.encrypted_name = Some(Sealed::plain("长".repeat(72)));
    let error = merchant().draft_for(&add, &platform_keys()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "POST /v3/ecommerce/profitsharing/receivers/add: sensitive field encrypted_name cannot be \
         sealed: it has 216 bytes of UTF-8, and a key of this size seals at most 214; nothing was \
         sent",
    );
    assert!(!format!("{error:?}").contains('长'));
}

#[test]
fn text_that_is_sealed_already_goes_out_as_it_stands() {
    let text = include_str!("../known_answers/sealed/for_the_platform/ciphertext");
    let mut add = person();
    add.encrypted_name = Some(Sealed::from_wire(text));
    let keys = platform_keys();
    for draft in [
        merchant().declaring(&keys).draft(&add).unwrap(),
        merchant().draft_for(&add, &keys).unwrap(),
    ] {
        assert_eq!(body(&draft)["encrypted_name"], text);
        assert_eq!(declared(&draft), PLATFORM_ID);
    }
    add.encrypted_name = Some(Sealed::plain(""));
    let draft = merchant().draft(&add).unwrap();
    assert_eq!(body(&draft)["encrypted_name"], "");

    // A name in clear, in a file that is read as a request.
    let add: Add = serde_json::from_value(json!({
        "appid": "wx8888888888888888", "type": "PERSONAL_OPENID", "account": "o",
        "encrypted_name": "张三", "relation_type": "OTHERS",
    }))
    .unwrap();
    let error = merchant().draft_for(&add, &keys).unwrap_err().to_string();
    assert!(error.contains("encrypted_name cannot be sealed"), "{error}");
    assert!(error.contains("given as sealed already"), "{error}");
    assert!(!error.contains("张三"), "{error}");
}

/// A key store that is locked.
struct Locked(KeyId);

impl Seal for Locked {
    fn key_id(&self) -> &KeyId {
        &self.0
    }
    fn seal(&self, _: &str) -> Result<String, SealError> {
        Err(SealError::new(std::io::Error::other("slot 3 is locked")))
    }
}

#[test]
fn a_key_store_says_why_it_refuses() {
    let locked = Locked(KeyId::parse(PLATFORM_ID).unwrap());
    let error = person().to_draft(&merchant(), Some(&locked)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "POST /v3/ecommerce/profitsharing/receivers/add: sensitive field encrypted_name cannot be \
         sealed: slot 3 is locked; nothing was sent",
    );
    let reason = error.source().unwrap().source().unwrap();
    let cause = reason.source().unwrap();
    assert!(cause.downcast_ref::<std::io::Error>().is_some());
}

/// An operation whose author forgot `sealed_with`.
#[derive(Serialize)]
struct Forgetful {
    bank_account: Sealed,
}

impl Operation for Forgetful {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/applyment4sub/applyment/";
    const REPLAY: Replay = Replay::AskFirst { settle: "query" };
    type Response = Document;
}

#[test]
fn plain_text_is_not_sent_even_when_nobody_seals_it() {
    let forgetful = Forgetful {
        bank_account: "6222000000000000".into(),
    };
    let error = merchant()
        .draft_for(&forgetful, &platform_keys())
        .unwrap_err();
    assert!(matches!(error, DraftError::Json { .. }));
    let text = format!("{error} {error:?}");
    assert!(text.contains("still plain text"), "{text}");
    assert!(!text.contains("6222"), "{text}");
}

/// Several sensitive fields, in a list and in a query.
#[derive(Clone, Serialize)]
struct Query {
    names: Vec<Sealed>,
    real_name: Sealed,
}

impl Operation for Query {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/x";
    const REPLAY: Replay = Replay::ReadOnly;
    const SEALED: &'static [&'static str] = &["names", "real_name"];
    type Response = Document;

    fn sealed_with(&self, sealer: Option<&dyn Seal>) -> Result<Option<Self>, SealedFieldError> {
        let names = self.names.iter().enumerate();
        Ok(Some(Self {
            names: names
                .map(|(at, name)| name.seal_with(format!("names[{at}]"), sealer))
                .collect::<Result<_, _>>()?,
            real_name: self.real_name.seal_with("real_name", sealer)?,
        }))
    }
}

#[test]
fn fields_in_a_list_are_named_by_their_place() {
    let mut query = Query {
        names: vec!["张三".into(), "李四".into()],
        real_name: "王五".into(),
    };
    let sent = body(&merchant().draft_for(&query, &platform_keys()).unwrap());
    let opener = Opener::from_pem(&key("platform_pkcs8.pem")).unwrap();
    for (place, name) in [
        ("/names/0", "张三"),
        ("/names/1", "李四"),
        ("/real_name", "王五"),
    ] {
        let sealed: Sealed = serde_json::from_value(sent.pointer(place).unwrap().clone()).unwrap();
        assert_eq!(&*sealed.open(&opener).unwrap(), name);
    }
    query.names[1] = Sealed::plain("x".repeat(215));
    let error = merchant().draft_for(&query, &platform_keys()).unwrap_err();
    assert!(error.to_string().contains("field names[1]"), "{error}");
}
