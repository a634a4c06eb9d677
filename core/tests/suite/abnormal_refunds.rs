//! Abnormal refunds: which fields a bank card wants, and that they are sealed.
#![cfg(feature = "aws-lc-rs")]

use crate::common::{NOW, PLATFORM_ID, key, merchant, nonce, platform_keys, refuses};
use serde_json::{Value, json};
use wechatpay_core::api::ecommerce::refunds::abnormal::{self, Destination};
use wechatpay_core::{DraftError, Opener, Operation};

const REFUND_ID: &str = "50000000382019052709732678859";
const NUMBER: &str = "1217752501201407033233368018";

fn elsewhere() -> abnormal::Apply {
    abnormal::Apply::builder()
        .refund_id(REFUND_ID)
        .sub_mchid("1900000109")
        .out_refund_no(NUMBER)
        .destination(Destination::UserBankCard)
        .bank_type("ICBC_DEBIT")
        .bank_account("6222020000000000001")
        .real_name("张三")
        .build()
}

#[test]
fn a_card_of_the_payers_wants_its_bank_number_and_name() {
    for (change, words) in [
        (
            (|a| a.bank_type = None) as fn(&mut abnormal::Apply),
            "bank_type must be given",
        ),
        (|a| a.bank_account = None, "bank_account must be given"),
        (
            |a| a.bank_account = Some("".into()),
            "bank_account must be given",
        ),
        (|a| a.real_name = None, "real_name must be given"),
        (
            |a| a.bank_type = Some("A".repeat(17)),
            "bank_type must be 1 to 16",
        ),
        (|a| a.destination = "".into(), "type must be 1 to 32"),
        (
            |a| a.out_refund_no = "#".into(),
            "out_refund_no must be letters",
        ),
    ] {
        let mut abnormal = elsewhere();
        change(&mut abnormal);
        refuses(&abnormal, &format!("field {words}"));
    }
}

#[test]
fn a_card_and_its_name_are_sealed_or_nothing_is_drafted() {
    assert_eq!(abnormal::Apply::SEALED, ["bank_account", "real_name"]);
    let error = merchant().draft(&elsewhere()).unwrap_err();
    assert!(matches!(error, DraftError::Seal { .. }), "{error:?}");
    let texts = format!("{error} {error:?} {:?}", elsewhere());
    assert!(
        texts.contains("sensitive field bank_account cannot be sealed"),
        "{texts}"
    );
    assert!(
        !texts.contains("6222") && !texts.contains("张三"),
        "{texts}"
    );

    let draft = merchant()
        .draft_for(&elsewhere(), &platform_keys())
        .unwrap();
    let sent: Value = serde_json::from_slice(draft.body()).unwrap();
    assert_eq!(
        sent,
        json!({
            "sub_mchid": "1900000109", "out_refund_no": NUMBER, "type": "USER_BANK_CARD",
            "bank_type": "ICBC_DEBIT", "bank_account": sent["bank_account"],
            "real_name": sent["real_name"],
        })
    );
    let request = draft.stamp(NOW, nonce());
    assert_eq!(request.request().headers()["wechatpay-serial"], PLATFORM_ID);
    let read: abnormal::Apply = serde_json::from_slice(draft.body()).unwrap();
    let opener = Opener::from_pem(&key("platform_pkcs8.pem")).unwrap();
    let account = read.bank_account.unwrap().open(&opener).unwrap();
    assert_eq!(&*account, "6222020000000000001");
    assert_eq!(&*read.real_name.unwrap().open(&opener).unwrap(), "张三");

    let mut account_only = elsewhere();
    account_only.destination = Destination::MerchantBankCard;
    account_only.real_name = None;
    let draft = merchant()
        .draft_for(&account_only, &platform_keys())
        .unwrap();
    let sent: Value = serde_json::from_slice(draft.body()).unwrap();
    assert_eq!(sent["bank_account"].as_str().unwrap().len(), 344);
    assert_eq!(sent.get("real_name"), None);
}
