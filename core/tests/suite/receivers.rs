//! The receivers of profit sharing: what is sent, refused and read.
#![cfg(feature = "aws-lc-rs")]

use crate::common::{NOW, answer, merchant, pending, platform_keys};
use wechatpay_core::api::ecommerce::profitsharing::receivers::{
    Add, Delete, Kind, Receiver, Relation,
};
use wechatpay_core::{Method, Operation, Replay};

fn company() -> Add {
    Add::builder()
        .appid("wx8888888888888888")
        .kind(Kind::MerchantId)
        .account("190001001")
        .name("张三网络公司")
        .relation_type(Relation::Supplier)
        .build()
}

fn delete() -> Delete {
    Delete::builder()
        .appid("wx8888888888888888")
        .kind(Kind::MerchantId)
        .account("190001001")
        .build()
}

#[test]
fn what_needs_no_seal_is_sent_as_documented() {
    for draft in [
        merchant().draft(&company()).unwrap(),
        merchant().draft_for(&company(), &platform_keys()).unwrap(),
    ] {
        assert_eq!(draft.operation().method(), Method::POST);
        assert_eq!(draft.target(), "/v3/ecommerce/profitsharing/receivers/add");
        assert_eq!(
            std::str::from_utf8(draft.body()).unwrap(),
            r#"{"appid":"wx8888888888888888","type":"MERCHANT_ID","account":"190001001","name":"张三网络公司","relation_type":"SUPPLIER"}"#,
        );
    }
    let draft = merchant().draft(&delete()).unwrap();
    assert_eq!(
        draft.target(),
        "/v3/ecommerce/profitsharing/receivers/delete"
    );
    assert_eq!(
        std::str::from_utf8(draft.body()).unwrap(),
        r#"{"appid":"wx8888888888888888","type":"MERCHANT_ID","account":"190001001"}"#,
    );
}

#[track_caller]
fn refused(change: impl Fn(&mut Add), field: &str, limit: &str) {
    let mut add = company();
    change(&mut add);
    let error = merchant().draft(&add).unwrap_err().to_string();
    assert!(
        error.contains(&format!("field {field} must be {limit}")),
        "{error}"
    );
}

#[test]
fn limits_are_those_of_the_documents() {
    refused(|add| add.appid = String::new(), "appid", "1 to 32");
    refused(|add| add.appid = "a".repeat(33), "appid", "1 to 32");
    refused(|add| add.account = String::new(), "account", "1 to 64");
    refused(|add| add.account = "1".repeat(65), "account", "1 to 64");
    refused(
        |add| add.account = "张三".into(),
        "account",
        "visible ASCII",
    );
    refused(|add| add.name = Some(String::new()), "name", "1 to 256");
    refused(|add| add.name = Some("名".repeat(257)), "name", "1 to 256");
    refused(|add| add.name = Some("😀".into()), "name", "without");
    let person = |add: &mut Add| {
        add.kind = Kind::PersonalOpenid;
        add.name = Some("张三".into());
    };
    refused(
        person,
        "name",
        "left out for a person, whose name goes sealed in encrypted_name",
    );
    refused(|add| add.kind = Kind::from(""), "type", "1 to 32");
    refused(
        |add| add.relation_type = Relation::from(""),
        "relation_type",
        "1 to 32",
    );

    let mut longest = company();
    longest.appid = "a".repeat(32);
    longest.account = "1".repeat(64);
    longest.name = Some("名".repeat(256));
    assert!(merchant().draft(&longest).is_ok());

    let mut remove = delete();
    remove.account = String::new();
    let error = merchant().draft(&remove).unwrap_err().to_string();
    assert!(error.contains("field account must be 1 to 64"), "{error}");
}

#[test]
fn adding_twice_is_adding_once() {
    for replay in [
        merchant().draft(&company()).unwrap().replay(),
        merchant().draft(&delete()).unwrap().replay(),
    ] {
        let Replay::Idempotent { key, window: None } = replay else {
            panic!("{replay:?}");
        };
        assert_eq!(key, "appid, type and account");
    }
    assert_eq!(Add::SEALED, ["encrypted_name"]);
}

#[test]
fn values_on_the_wire() {
    let kinds = ["MERCHANT_ID", "PERSONAL_OPENID"];
    assert_eq!(
        kinds.map(Kind::from),
        [Kind::MerchantId, Kind::PersonalOpenid]
    );
    let relations = [
        "SUPPLIER",
        "DISTRIBUTOR",
        "SERVICE_PROVIDER",
        "PLATFORM",
        "OTHERS",
    ];
    assert_eq!(
        relations.map(Relation::from),
        [
            Relation::Supplier,
            Relation::Distributor,
            Relation::ServiceProvider,
            Relation::Platform,
            Relation::Others,
        ]
    );
    assert_eq!(Relation::from("NEW"), Relation::Other("NEW".into()));

    let text = r#"{"type":"MERCHANT_ID","account":"190001001"}"#;
    let done = pending(&company())
        .complete(&answer(200, text), &platform_keys(), NOW)
        .unwrap();
    let expected = Receiver::builder()
        .kind(Kind::MerchantId)
        .account("190001001")
        .build();
    assert_eq!(done.value, expected);
    assert_eq!(serde_json::to_string(&done.value).unwrap(), text);
}
