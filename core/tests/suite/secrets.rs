//! Nothing secret reaches `Debug`, `Display` or an error: all texts are collected and searched.

use std::error::Error;
use std::fmt::{Debug, Display};

use crate::common::{
    self, NOW, answer, key, merchant, nonce, platform_keys, signer, unsigned_answer,
};
use wechatpay_core::api::ecommerce::profitsharing::receivers;
use wechatpay_core::platform::{AnswerSignature, SignedRequest};
use wechatpay_core::{
    AnyOperation, ApiV3Key, Authorization, AwsLcSigner, Certificate, KeyId, Keyring, Method, Nonce,
    Notice, Open, Opener, PlatformKeys, PublicKey, Reply, RsaSigner, Sealed, SealedResource,
    SerialNumber, Signature, Signer, Timestamp, Verifier, api,
};

const APIV3_KEY: &str = "0123456789abcdefSECRETSECRETSECR";
const NAME: &str = "欧阳锋";

#[derive(Default)]
struct Texts(Vec<String>);

impl Texts {
    fn debug(&mut self, value: &impl Debug) {
        self.0.push(format!("{value:?} {value:#?}"));
    }

    fn error(&mut self, error: &(dyn Error + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.0.push(format!("{error} {error:?} {error:#?}"));
            next = error.source();
        }
    }

    fn display(&mut self, value: &impl Display) {
        self.0.push(value.to_string());
    }
}

#[test]
fn no_text_holds_a_secret() {
    let mut texts = Texts::default();
    let pem = String::from_utf8(key("merchant_pkcs8.pem")).unwrap();
    let apiv3 = ApiV3Key::new(APIV3_KEY).unwrap();

    texts.debug(signer());
    texts.debug(&AwsLcSigner::from_pem("4B2C", pem.as_bytes()).unwrap());
    texts.debug(&Opener::from_pem(pem.as_bytes()).unwrap());
    texts.debug(
        &platform_keys()
            .sealer()
            .map(|sealer| sealer.key_id().clone()),
    );
    texts.debug(&apiv3);
    texts.debug(&platform_keys());
    texts.debug(&Certificate::from_pem(&key("platform_cert.pem")).unwrap());
    texts.debug(&PublicKey::from_pem(&key("platform_spki.pem")).unwrap());
    texts.debug(&merchant());
    texts.debug(&nonce());

    let signature = signer().sign(b"message").unwrap();
    let mut secrets = vec![signature.to_base64()];
    texts.debug(&signature);

    let operation = AnyOperation::new(Method::POST, "/v3/x").json_bytes("{}");
    texts.debug(&operation);
    let draft = merchant().draft(&operation).unwrap();
    texts.debug(&draft);
    let unsigned = draft.stamp(NOW, nonce());
    texts.debug(&unsigned);
    let prepared = unsigned.sign(signer()).unwrap();
    texts.debug(&prepared);
    texts.debug(&prepared.pending);
    let value = prepared.request.headers()["authorization"]
        .to_str()
        .unwrap()
        .to_owned();
    let parsed = Authorization::parse(&value).unwrap();
    secrets.push(parsed.signature.to_owned());
    texts.debug(&parsed);
    let read = SignedRequest::read(&prepared.request).unwrap();
    texts.debug(&read);
    let other = PublicKey::from_pem(&key("platform_spki.pem")).unwrap();
    texts.error(&read.verify(&other, NOW).unwrap_err());
    texts.error(&read.verify(&other, Timestamp::from_secs(0)).unwrap_err());
    let id = KeyId::parse(common::PLATFORM_ID).unwrap();
    texts.debug(&AnswerSignature::new(b"", id, signer(), NOW, nonce()).unwrap());

    for broken in [
        "",
        "x",
        &value[..60],
        &value.replace('"', ""),
        &format!("{value},{value}"),
    ] {
        texts.error(&Authorization::parse(broken).unwrap_err());
    }
    for length in [0, 100, 800, pem.len() - 30] {
        texts.error(&RsaSigner::from_pem("4B2C", &pem.as_bytes()[..length]).unwrap_err());
    }
    for at in (30..pem.len() - 30).step_by(160) {
        let mut damaged = pem.clone().into_bytes();
        damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
        if let Err(error) = RsaSigner::from_pem("4B2C", &damaged) {
            texts.error(&error);
        }
        if let Err(error) = Opener::from_pem(&damaged) {
            texts.error(&error);
        }
    }
    let unwrapped = pem
        .replace('\n', "")
        .replace("-----M", "-----\nM")
        .replace("=-----", "=\n-----");
    for pem in [pem.as_str(), &unwrapped] {
        for at in (0..=pem.len())
            .step_by(23)
            .chain([pem.len() - 26, pem.len() - 25])
        {
            for stray in ["\n", "\n\n", ":", ": ", "\n\n:", "-----", "\u{0}", "é"] {
                let mut damaged = pem.to_owned();
                damaged.insert_str(at, stray);
                if let Err(error) = RsaSigner::from_pem("4B2C", damaged.as_bytes()) {
                    texts.error(&error);
                }
                if let Err(error) = PlatformKeys::new().with_certificate(damaged.as_bytes()) {
                    texts.error(&error);
                }
            }
        }
    }
    // Secrets in the places of other settings.
    for line in pem.lines().chain([APIV3_KEY, pem.as_str()]) {
        texts.error(&wechatpay_core::Merchant::new(line).unwrap_err());
        texts.error(&merchant().at(line).unwrap_err());
        texts.error(&SerialNumber::parse(line).unwrap_err());
        texts.error(&KeyId::parse(line).unwrap_err());
        let platform = key("platform_spki.pem");
        texts.error(
            &PlatformKeys::new()
                .with_public_key(line, &platform)
                .unwrap_err(),
        );
        texts.error(&platform_keys().declare(line).unwrap_err());
        texts.error(&RsaSigner::from_pem(line, pem.as_bytes()).unwrap_err());
    }
    texts.error(
        &PlatformKeys::new()
            .with_certificate(pem.as_bytes())
            .unwrap_err(),
    );
    texts.error(
        &PlatformKeys::new()
            .with_public_key("PUB_KEY_ID_01", pem.as_bytes())
            .unwrap_err(),
    );
    texts.error(&ApiV3Key::new(format!("{APIV3_KEY}\n")).unwrap_err());
    texts.error(&ApiV3Key::new(&APIV3_KEY[1..]).unwrap_err());
    texts.error(&apiv3.open("fdasflkja484", "", "AAAA").unwrap_err());
    let sealed = SealedResource::seal(&apiv3, "fdasflkja484", "", b"plain").unwrap();
    texts.debug(&sealed);

    let pending = common::any_post();
    for response in [
        unsigned_answer(200, "{}"),
        unsigned_answer(502, "<html>"),
        answer(200, "not json"),
        answer(401, r#"{"code":"SIGN_ERROR","message":"x"}"#),
    ] {
        let error = pending
            .complete(&response, &platform_keys(), NOW)
            .unwrap_err();
        texts.error(&error);
    }
    let list = common::pending(&api::certificates::List::new());
    let refused = list
        .bootstrap(&answer(200, r#"{"data":[]}"#), &apiv3, NOW)
        .unwrap_err();
    texts.error(&refused);
    texts.display(&refused);
    texts.debug(&Signature::new(
        SerialNumber::parse("4B2C").unwrap(),
        b"bytes".to_vec(),
    ));
    texts.debug(&Nonce::parse("abc").unwrap());

    sensitive_fields(&mut texts);

    secrets.push(NAME.to_owned());
    secrets.push(APIV3_KEY.to_owned());
    secrets.push(APIV3_KEY[1..].to_owned());
    secrets.extend(
        pem.lines()
            .filter(|line| !line.starts_with("-----"))
            .map(str::to_owned),
    );
    assert!(texts.0.len() > 60, "{} texts were collected", texts.0.len());
    for text in &texts.0 {
        for secret in &secrets {
            assert!(
                !text.contains(secret.as_str()),
                "{secret:?} shows in {text:?}"
            );
        }
    }
}

#[test]
fn a_notice_is_told_apart_by_its_debug_text() {
    let key = ApiV3Key::new(common::lists::API_V3_KEY).unwrap();
    let request = common::known_notice("payment_direct", common::PLATFORM_ID);
    let at = common::notice_file("payment_direct", "timestamp");
    let now = Timestamp::from_secs(at.parse().unwrap());
    let notice = Notice::open(&request, &platform_keys(), &key, now).unwrap();
    assert_eq!(
        format!("{notice:?}"),
        "Notice { id: \"EV-1795219501\", create_time: DateTime(\"2026-11-21T08:00:00+08:00\"), \
         event_type: \"TRANSACTION.SUCCESS\", summary: Some(\"支付成功\"), \
         original_type: Some(\"transaction\"), request_id: Some(\"08F78BDBEB0510A1-0\"), \
         event: Payment(Direct(..)), .. }"
    );
}

/// What a notice holds is personal data: it shows where the caller prints it, and nowhere else.
#[test]
fn no_text_holds_what_a_notice_sealed() {
    let apiv3 = ApiV3Key::new(APIV3_KEY).unwrap();
    let mut texts = Texts::default();
    let mut replies = vec![Reply::accept()];
    let mut take = |event_type: &str, plain: &str, sealed_with: &ApiV3Key| {
        let sealed = sealed_with.seal("fdasflkja484", "", plain.as_bytes());
        let body = serde_json::json!({
            "id": "1", "create_time": "x", "event_type": event_type,
            "resource": {
                "algorithm": "AEAD_AES_256_GCM", "nonce": "fdasflkja484", "ciphertext": sealed.unwrap(),
            },
        });
        let request = common::signed_request(body.to_string());
        match Notice::open(&request, &platform_keys(), &apiv3, NOW) {
            Ok(notice) => {
                texts.debug(&notice);
                texts.debug(&notice.event);
                texts.error(&notice.decode::<Vec<u8>>().unwrap_err());
                texts.error(&notice.decode::<String>().unwrap_err());
            }
            Err(error) => {
                texts.error(&error);
                replies.push(Reply::refuse(&error));
            }
        }
    };
    let order = r#""out_trade_no":"PERSONAL","trade_state":"PERSONAL","attach":"PERSONAL""#;
    let direct = format!(r#"{{"mchid":"PERSONAL",{order},"payer":{{"openid":"PERSONAL"}}}}"#);
    let partner = format!(r#"{{"sp_mchid":"PERSONAL","sub_mchid":"PERSONAL",{order}}}"#);
    let combined = format!(
        r#"{{"combine_mchid":"PERSONAL","combine_out_trade_no":"PERSONAL","sub_orders":[{{"mchid":"PERSONAL",{order}}}]}}"#
    );
    let refund = r#"{"out_refund_no":"PERSONAL","refund_id":"PERSONAL","refund_status":"SUCCESS","user_received_account":"PERSONAL"}"#;
    let moved = r#"{"order_id":"PERSONAL","out_order_no":"PERSONAL","receiver":{"type":"PERSONAL","account":"PERSONAL","amount":1}}"#;
    for plain in [direct.as_str(), &partner, &combined] {
        take("TRANSACTION.SUCCESS", plain, &apiv3);
    }
    take("REFUND.SUCCESS", refund, &apiv3);
    take("PROFITSHARING.SUCCESS", moved, &apiv3);
    take("ANOTHER.EVENT", "\"PERSONAL", &apiv3);
    take("ANOTHER.EVENT", r#"{"PERSONAL":"PERSONAL"}"#, &apiv3);
    for wrong in [
        r#""PERSONAL""#,
        "PERSONAL",
        r#"{"mchid":[{"PERSONAL":"PERSONAL"}]}"#,
        r#"{"mchid":"1","out_trade_no":"2","trade_state":"3","amount":"PERSONAL"}"#,
        r#"{"mchid":"1","out_trade_no":"2","trade_state":"3","amount":{"total":"PERSONAL, expected PERSONAL`\"'"}}"#,
        r#"{"mchid":"1","out_trade_no":"2","trade_state":"3","promotion_detail":"PERSONAL"}"#,
        r#"{"mchid":"1","PERSONAL":{"PERSONAL":}}"#,
        r#"{"mchid":20201229,"out_trade_no":"2","trade_state":"3"}"#,
        r#"{"mchid":2020.1229,"out_trade_no":"2","trade_state":"3"}"#,
    ] {
        take("TRANSACTION.SUCCESS", wrong, &apiv3);
    }
    let other = ApiV3Key::new(APIV3_KEY.to_lowercase()).unwrap();
    take("TRANSACTION.SUCCESS", &direct, &other);

    assert!(texts.0.len() > 30, "{} texts were collected", texts.0.len());
    assert!(replies.len() > 8, "{} replies were made", replies.len());
    for reply in &replies {
        texts.debug(reply);
    }
    for text in &texts.0 {
        for secret in ["PERSONAL", "20201229", "2020.1229", APIV3_KEY] {
            assert!(!text.contains(secret), "{secret:?} shows in {text:?}");
        }
    }
}

/// A name in clear goes through everything that handles it, and fails wherever it can.
fn sensitive_fields(texts: &mut Texts) {
    let add = receivers::Add::builder()
        .appid("wx8888888888888888")
        .kind(receivers::Kind::PersonalOpenid)
        .account("oxTWIuGaIt6gTKsQRLau2M0yL16E")
        .encrypted_name(NAME)
        .relation_type(receivers::Relation::Others)
        .build();
    texts.debug(&add);
    texts.debug(&Sealed::plain(NAME));
    texts.debug(&Sealed::from_wire(NAME));
    texts.error(&serde_json::to_string(&add).unwrap_err());
    texts.error(&merchant().draft(&add).unwrap_err());

    let draft = merchant().draft_for(&add, &platform_keys()).unwrap();
    texts.debug(&draft);
    let prepared = draft.stamp(NOW, nonce()).sign(signer()).unwrap();
    texts.debug(&prepared);
    texts.display(&String::from_utf8_lossy(prepared.request.body()));
    for value in prepared.request.headers().values() {
        texts.display(&String::from_utf8_lossy(value.as_bytes()));
    }

    for name in [NAME.repeat(24), NAME.repeat(10_000)] {
        let mut add = add.clone();
        add.encrypted_name = Some(name.into());
        texts.error(&merchant().draft_for(&add, &platform_keys()).unwrap_err());
    }
    let mut add = add;
    add.encrypted_name = Some(Sealed::from_wire(NAME));
    texts.error(&merchant().draft_for(&add, &platform_keys()).unwrap_err());

    let opener = Opener::from_pem(&key("platform_pkcs8.pem")).unwrap();
    let read: receivers::Add = serde_json::from_slice(draft.body()).unwrap();
    let opened = read.encrypted_name.unwrap().open(&opener).unwrap();
    assert_eq!(&*opened, NAME);
    texts.debug(&opened);
    texts.error(&opener.open(NAME).unwrap_err());
}

/// What a request or an answer carried may be personal data, and a file's token opens it.
#[test]
fn no_debug_holds_what_was_carried() {
    let mut texts = Texts::default();
    let operation = AnyOperation::new(Method::POST, "/v3/x?openid=PERSONAL")
        .query("openid", "PERSONAL")
        .json(&serde_json::json!({ "name": "PERSONAL" }))
        .unwrap();
    texts.debug(&operation);
    texts.debug(&merchant().draft(&operation).unwrap());

    let list = common::pending(&api::certificates::List::new());
    let answer = common::answer(200, r#"{"data":7,"name":"PERSONAL"}"#);
    let error = list.complete(&answer, &platform_keys(), NOW).unwrap_err();
    texts.debug(&error);
    texts.debug(&error.reason);

    let file: api::bill::BillFile = serde_json::from_value(serde_json::json!({
        "hash_type": "SHA1", "hash_value": "08bd1f364d0d9c401d11defb5ad43ebb472b5a0f",
        "download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=PERSONAL",
    }))
    .unwrap();
    texts.debug(&file);
    texts.debug(&file.download());

    let key = ApiV3Key::new(APIV3_KEY).unwrap();
    texts.debug(&Keyring::new(platform_keys()).with_api_v3_key(key));
    assert_eq!(texts.0.len(), 7);
    for text in &texts.0 {
        for secret in ["PERSONAL", APIV3_KEY] {
            assert!(!text.contains(secret), "{secret:?} shows in {text:?}");
        }
    }
}
