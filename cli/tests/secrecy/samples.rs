//! Values of the public types, each with a secret in every place that can take one.

use std::io;
use std::path::Path;

use serde_json::json;
use wechatpay_core::api::bill::BillFile;
use wechatpay_core::api::certificates;
use wechatpay_core::api::ecommerce::bill::EncryptedBill;
use wechatpay_core::api::ecommerce::profitsharing::{orders, receivers};
use wechatpay_core::api::ecommerce::refunds::abnormal;
use wechatpay_core::api::merchant::media::{UploadImage, UploadVideo};
use wechatpay_core::cashier::{AppId, AppPayment, JsapiPayment, PartnerId, PrepayId};
use wechatpay_core::http::{Request, Response};
use wechatpay_core::notice::Event;
use wechatpay_core::platform::{AnswerSignature, SignedRequest};
use wechatpay_core::{
    AnyOperation, ApiV3Key, Authorization, AwsLcSigner, Body, CallError, Certificate, ConfigError,
    DownloadError, DraftError, KeyError, KeyId, Keyring, Merchant, Method, Nonce, Notice,
    Open as _, OpenError, Opener, PlatformKeys, Prepared, PublicKey, Reason, Refresh, RefreshError,
    Reply, RsaSigner, SealError, Sealed, SealedResource, Sealer, SerialNumber, SignError,
    Signer as _, Timestamp, Verifier as _, Wish,
};

use crate::types::Shown;

pub(crate) const API_V3_KEY: &str = "0123456789abcdefSECRETSECRETSECR";
pub(crate) const NAME: &str = "欧阳锋与欧阳克";
/// What a request or an answer carried.
pub(crate) const PERSONAL: &str = "PERSONAL";

const NOW: Timestamp = Timestamp::from_secs(1_554_208_460);
const SERIAL: &str = "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D";
const PLATFORM_ID: &str = "PUB_KEY_ID_0114232134912410000000000000";

pub(crate) fn file(name: &str) -> Vec<u8> {
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/tests/known_answers/keys");
    std::fs::read(keys.join(name)).unwrap()
}

pub(crate) fn text(name: &str) -> String {
    String::from_utf8(file(name)).unwrap()
}

fn signer() -> RsaSigner {
    RsaSigner::from_pem(SERIAL, &file("merchant_pkcs8.pem")).unwrap()
}

fn merchant() -> Merchant {
    Merchant::new("1900009191").unwrap()
}

fn nonce() -> Nonce {
    Nonce::from_entropy([0xAB; 16])
}

fn keys() -> PlatformKeys {
    let keys = PlatformKeys::new().with_public_key(PLATFORM_ID, &file("platform_spki.pem"));
    let keys = keys.unwrap().with_certificate(&file("platform_cert.pem"));
    keys.unwrap()
}

fn key() -> ApiV3Key {
    ApiV3Key::new(API_V3_KEY).unwrap()
}

fn operation() -> AnyOperation {
    AnyOperation::new(Method::POST, "/v3/x?openid=PERSONAL").json_bytes(r#"{"name":"PERSONAL"}"#)
}

fn prepared() -> Prepared<wechatpay_core::Document> {
    let unsigned = merchant().prepare(&operation(), NOW, nonce()).unwrap();
    unsigned.sign(&signer()).unwrap()
}

fn answer_signature(body: &str) -> AnswerSignature {
    let platform = RsaSigner::from_pem("00", &file("platform_pkcs8.pem")).unwrap();
    let id = KeyId::parse(PLATFORM_ID).unwrap();
    AnswerSignature::new(body.as_bytes(), id, &platform, NOW, nonce()).unwrap()
}

fn answer(status: u16, body: &str) -> Response<Vec<u8>> {
    let mut response = Response::builder().status(status);
    answer_signature(body).write_headers(response.headers_mut().unwrap());
    response.body(body.as_bytes().to_vec()).unwrap()
}

/// What stands in `Authorization`.
pub(crate) fn authorization() -> String {
    let request = prepared().request;
    let value = request.headers()["authorization"].to_str().unwrap();
    let signature = Authorization::parse(value).unwrap().signature;
    signature.to_owned()
}

pub(crate) fn signature_of_an_answer() -> String {
    let headers = answer(200, r#"{"data":7,"name":"PERSONAL"}"#)
        .into_parts()
        .0
        .headers;
    headers["wechatpay-signature"].to_str().unwrap().to_owned()
}

pub(crate) fn show(shown: &mut Shown) {
    keys_and_their_errors(shown);
    calls(shown);
    answers(shown);
    sensitive_fields(shown);
    notices(shown);
    clients(shown);
}

fn keys_and_their_errors(shown: &mut Shown) {
    let pem = text("merchant_pkcs8.pem");
    shown.debug(&signer());
    shown.debug(&AwsLcSigner::from_pem(SERIAL, pem.as_bytes()).unwrap());
    shown.debug(&Opener::from_pem(pem.as_bytes()).unwrap());
    shown.debug(&key());
    shown.debug(&keys());
    for (id, key) in keys().iter() {
        shown.debug(id);
        shown.debug(key);
        shown.debug(key.public_key());
        shown.debug(&Sealer::new(id.clone(), key.public_key()));
    }
    let ring = Keyring::new(PlatformKeys::new()).with_api_v3_key(key());
    shown.debug(&ring);
    let refresh = ring.refresh(ring.edition(), Wish::Answer, NOW);
    let Refresh::Fetch(fetch) = refresh else {
        panic!("{refresh:?}");
    };
    shown.debug(&fetch);
    shown.debug(&Refresh::Fetch(fetch));
    shown.debug(&Certificate::from_pem(&file("platform_cert.pem")).unwrap());
    shown.debug(&nonce());
    shown.debug(&SerialNumber::parse(SERIAL).unwrap());
    shown.debug(&merchant());

    let bare: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    for secret in pem.lines().chain([API_V3_KEY, &pem, &bare]) {
        let refused = [
            Merchant::new(secret).unwrap_err(),
            merchant().at(secret).unwrap_err(),
            SerialNumber::parse(secret).unwrap_err(),
            AppId::parse(format!(" {secret}")).unwrap_err(),
            PrepayId::parse(format!(" {secret}")).unwrap_err(),
        ];
        for error in refused {
            if let ConfigError::Mchid(unfit) | ConfigError::SerialNumber(unfit) = &error {
                shown.debug(unfit);
            }
            shown.error(&error);
        }
        let platform = file("platform_spki.pem");
        for error in [
            PlatformKeys::new()
                .with_public_key(secret, &platform)
                .unwrap_err(),
            keys().declare(secret).unwrap_err(),
            RsaSigner::from_pem(secret, pem.as_bytes()).unwrap_err(),
            RsaSigner::from_pem(SERIAL, &secret.as_bytes()[..secret.len() / 2]).unwrap_err(),
            PublicKey::from_pem(secret.as_bytes()).unwrap_err(),
            ApiV3Key::new(format!("{secret} ")).unwrap_err(),
        ] {
            if let KeyError::Kind { found, .. } = &error {
                shown.debug(found);
            }
            shown.error(&error);
        }
    }
}

fn calls(shown: &mut Shown) {
    shown.debug(&operation());
    shown.debug(&Body::json_bytes(r#"{"name":"PERSONAL"}"#));
    let draft = merchant().draft(&operation()).unwrap();
    shown.debug(&draft);
    shown.debug(draft.operation());
    shown.debug(&draft.stamp(NOW, nonce()));
    let prepared = prepared();
    shown.debug(&prepared);
    shown.debug(&prepared.pending);
    shown.debug(&signer().sign(b"message").unwrap());

    let request = &prepared.request;
    let value = request.headers()["authorization"].to_str().unwrap();
    shown.debug(&Authorization::parse(value).unwrap());
    for broken in [
        &value[..60],
        &value[..value.len() - 1],
        &value.replace('"', ""),
    ] {
        shown.error(&Authorization::parse(broken).unwrap_err());
    }
    let signed = SignedRequest::read(request).unwrap();
    shown.debug(&signed);
    let other = PublicKey::from_pem(&file("platform_spki.pem")).unwrap();
    for now in [NOW, Timestamp::from_secs(0)] {
        shown.error(&signed.verify(&other, now).unwrap_err());
    }

    let (app, prepay) = (
        AppId::parse("wx1").unwrap(),
        PrepayId::parse("wx2").unwrap(),
    );
    shown.debug(&app);
    shown.debug(&prepay);
    let unsigned = JsapiPayment::unsigned(&app, &prepay, NOW, &nonce());
    shown.debug(&unsigned);
    shown.debug(&unsigned.sign(&signer()).unwrap());
    let partner = PartnerId::parse("1900009191").unwrap();
    let unsigned = AppPayment::unsigned(&app, &partner, &prepay, NOW, &nonce());
    shown.debug(&unsigned.sign(&signer()).unwrap());

    for refused in ["/v3/{x}", "v3/x", "/v3/x?y=\u{0}", "/v3/../x"] {
        let refused = AnyOperation::new(Method::POST, refused).json_bytes(r#"{"PERSONAL":1}"#);
        if let Err(error) = merchant().draft(&refused) {
            shown.error(&error);
        }
    }
    shown.error(&SignError::new("the key store is locked"));
    shown.debug(&UploadImage::new("licence.png", b"PERSONAL").unwrap());
    shown.debug(&UploadVideo::new("licence.avi", b"PERSONAL").unwrap());
}

fn answers(shown: &mut Shown) {
    let mut changed = answer(200, "{}");
    *changed.body_mut() = br#"{"name":"PERSONAL"}"#.to_vec();
    let unsigned = |status, body: &str| {
        let response = Response::builder().status(status);
        response.body(body.as_bytes().to_vec()).unwrap()
    };
    let list = certificates::List::new();
    let pending = merchant().prepare(&list, NOW, nonce()).unwrap();
    let pending = pending.sign(&signer()).unwrap().pending;
    for answer in [
        answer(200, r#"{"data":7,"name":"PERSONAL"}"#),
        changed,
        unsigned(200, r#"{"name":"PERSONAL"}"#),
        unsigned(502, "<html>"),
        answer(
            401,
            r#"{"code":"SIGN_ERROR","message":"no","detail":{"issue":"no"}}"#,
        ),
    ] {
        for now in [NOW, Timestamp::from_secs(0)] {
            let error = pending.complete(&answer, &keys(), now).unwrap_err();
            match &error.reason {
                Reason::Api(error) => shown.debug(&**error),
                Reason::Untrusted { source, .. } => shown.error(source),
                Reason::Decode { source, .. } => shown.error(source),
                _ => {}
            }
            shown.debug(&error.reason);
            shown.error(&RefreshError::Failed(std::sync::Arc::new(error)));
            let error = pending.complete(&answer, &keys(), now).unwrap_err();
            shown.error(&error);
            let error = CallError::<io::Error>::from(error);
            shown.error(&error);
            shown.error(&DownloadError::from(error));
        }
    }
    shown.debug(&answer_signature(r#"{"data":7,"name":"PERSONAL"}"#));
    let bill: BillFile = serde_json::from_value(json!({
        "hash_type": "SHA1", "hash_value": "08bd1f364d0d9c401d11defb5ad43ebb472b5a0f",
        "download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=PERSONAL",
    }))
    .unwrap();
    shown.debug(&bill);
    shown.debug(&bill.download());
}

fn sensitive_fields(shown: &mut Shown) {
    let sealed = Sealed::plain(NAME);
    shown.debug(&sealed);
    shown.debug(&Sealed::from_wire(NAME));
    let named = json!({ "type": "PERSONAL_OPENID", "receiver_account": "o", "amount": 1,
        "description": "d", "receiver_name": NAME });
    let receiver: orders::Receiver = serde_json::from_value(named).unwrap();
    shown.debug(&receiver);
    let add = receivers::Add::builder()
        .appid("wx8888888888888888")
        .kind(receivers::Kind::PersonalOpenid)
        .account("o")
        .encrypted_name(NAME)
        .relation_type(receivers::Relation::Others)
        .build();
    shown.debug(&add);
    shown.error(&merchant().draft(&add).unwrap_err());
    let elsewhere = abnormal::Apply::builder()
        .refund_id("1")
        .sub_mchid("2")
        .out_refund_no("3")
        .destination(abnormal::Destination::UserBankCard)
        .bank_account(NAME)
        .real_name(NAME)
        .build();
    shown.debug(&elsewhere);
    shown.error(&merchant().draft(&elsewhere).unwrap_err());
    let part: EncryptedBill = serde_json::from_value(json!({
        "bill_sequence": 1, "hash_type": "SHA1", "hash_value": "00", "encrypt_key": NAME,
        "nonce": "n", "download_url": "https://api.mch.weixin.qq.com/v3/x?token=PERSONAL",
    }))
    .unwrap();
    shown.debug(&part);

    let mut endless = add;
    endless.encrypted_name = Some(NAME.repeat(10_000).into());
    match merchant().draft_for(&endless, &keys()).unwrap_err() {
        DraftError::Field { source, .. } => shown.error(&source),
        error => shown.error(&error),
    }

    let error = sealed.seal_with("name", None).unwrap_err();
    shown.error(&error);
    shown.error(&SealError::new("the vault is locked"));
    shown.error(&OpenError::new("the vault is locked"));
    let opener = Opener::from_pem(&file("platform_pkcs8.pem")).unwrap();
    shown.error(&opener.open(NAME).unwrap_err());
    let sealed = sealed
        .seal_with("name", keys().sealer().as_deref())
        .unwrap();
    shown.debug(&sealed.open(&opener).unwrap());
}

fn notices(shown: &mut Shown) {
    let resource =
        |plain: &str| SealedResource::seal(&key(), "fdasflkja484", "", plain.as_bytes()).unwrap();
    shown.debug(&resource(PERSONAL));
    shown.error(&key().open("fdasflkja484", "", "AAAA").unwrap_err());
    let order = r#"{"mchid":"1","out_trade_no":"PERSONAL","trade_state":"PERSONAL"}"#;
    for (kind, plain) in [
        ("TRANSACTION.SUCCESS", order),
        ("TRANSACTION.SUCCESS", r#"{"mchid":["PERSONAL"]}"#),
        ("ANOTHER.EVENT", r#"{"PERSONAL":"PERSONAL"}"#),
    ] {
        let body = json!({ "id": "1", "create_time": "x", "event_type": kind,
            "resource": resource(plain) });
        let body = body.to_string();
        let mut request = Request::post("/notify");
        answer_signature(&body).write_headers(request.headers_mut().unwrap());
        let request = request.body(body.into_bytes()).unwrap();
        match Notice::open(&request, &keys(), &key(), NOW) {
            Ok(notice) => {
                shown.debug::<Event>(&notice.event);
                shown.debug(&notice);
            }
            Err(error) => {
                shown.debug(&Reply::refuse(&error));
                shown.error(&error);
            }
        }
        let wrong = ApiV3Key::new(API_V3_KEY.to_lowercase()).unwrap();
        shown.error(&Notice::open(&request, &keys(), &wrong, NOW).unwrap_err());
    }
}

fn clients(shown: &mut Shown) {
    let ring = || Keyring::new(keys()).with_api_v3_key(key());
    let hyper = wechatpay_hyper::Client::new(merchant(), signer(), ring());
    shown.debug(&hyper);
    shown.debug(&wechatpay_hyper::Pool::default());
    let ureq = wechatpay_ureq::Client::new(merchant(), signer(), ring());
    shown.debug(&ureq);
    let nowhere = merchant().at("http://127.0.0.1:9").unwrap();
    let client = wechatpay_ureq::Client::new(nowhere.clone(), signer(), ring());
    let client = client.with_policy(wechatpay_core::Policy::once());
    match client.call(&operation()).unwrap_err() {
        CallError::NotSent { source, .. } => shown.error(&source),
        error => panic!("{error:?}"),
    }
    let client = wechatpay_hyper::Client::new(nowhere, signer(), ring());
    let client = client.with_policy(wechatpay_core::Policy::once());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match runtime.block_on(client.call(&operation())).unwrap_err() {
        CallError::NotSent { source, .. } => shown.error(&source),
        error => panic!("{error:?}"),
    }
    let gateway = wechatpay_gateway::Gateway::start().unwrap();
    shown.debug(&gateway);
    shown.debug(gateway.engine());
    shown.debug(&wechatpay_gateway::Engine::new());
}
