//! Laws that hold for every input.

use crate::common::{self, NOW, answer, any_post, merchant, platform_keys, signer};
use proptest::prelude::*;
use serde::Serialize;
use wechatpay_core::api::ecommerce::subsidies;
use wechatpay_core::http::{HeaderName, HeaderValue, Request, Response};
use wechatpay_core::platform::SignedRequest;
use wechatpay_core::{
    ApiV3Key, Authorization, Certificate, DateTime, Document, Fen, Method, Nonce, Notice,
    NoticeError, Operation, PublicKey, Replay, Reply, RsaSigner, Scheme, SerialNumber, Timestamp,
};

#[derive(Serialize)]
struct Query {
    #[serde(skip)]
    id: String,
    a: String,
    b: Option<u32>,
}

impl Operation for Query {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/x/{id}/y";
    const REPLAY: Replay = Replay::ReadOnly;
    type Response = Document;
    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("id", &self.id)]
    }
}

#[derive(Serialize)]
struct Post {
    text: String,
    number: i64,
}

impl Operation for Post {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/x";
    const REPLAY: Replay = Replay::ReadOnly;
    type Response = Document;
}

fn percent_decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
            out.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}

proptest! {
    /// The platform's end, which reads only the request, builds the message that was signed.
    #[test]
    fn what_is_signed_is_what_is_sent(
        id in "\\PC{1,20}", a in "\\PC*", b: Option<u32>, text in "\\PC*", number: i64,
        entropy: [u8; 16], now in 0u64..10_000_000_000,
    ) {
        prop_assume!(id != "." && id != "..");
        let nonce = || Nonce::from_entropy(entropy);
        let now = Timestamp::from_secs(now);

        let get = merchant().prepare(&Query { id: id.clone(), a: a.clone(), b }, now, nonce()).unwrap();
        let message = get.message().to_vec();
        let request = get.attach(&signature()).request;
        let target = request.uri().path_and_query().unwrap().as_str().to_owned();
        let segment = target.split('/').nth(3).unwrap();
        prop_assert_eq!(percent_decoded(segment), id);
        let value = target.split_once("?a=").unwrap().1.split('&').next().unwrap();
        prop_assert_eq!(percent_decoded(value), a);
        prop_assert_eq!(SignedRequest::read(&request).unwrap().message().to_vec(), message.clone());
        prop_assert_eq!(message.iter().filter(|b| **b == b'\n').count(), 5);

        let post = merchant().prepare(&Post { text: text.clone(), number }, now, nonce()).unwrap();
        let message = post.message().to_vec();
        let request = post.attach(&signature()).request;
        let sent: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        prop_assert_eq!(sent, serde_json::json!({"text": text, "number": number}));
        prop_assert_eq!(SignedRequest::read(&request).unwrap().message().to_vec(), message.clone());
    }

    /// Whatever differs between two attempts, it is not what the platform acts on.
    #[test]
    fn a_draft_stamped_twice_has_the_same_target_and_body(
        amount in 1i64.., number in "[a-zA-Z0-9_|*@-]{1,64}", description in "[^\u{10000}-\u{10FFFF}]{1,80}",
        first: [u8; 16], second: [u8; 16], wait in 0u64..1_000_000,
    ) {
        let create = subsidies::Create::builder()
            .sub_mchid("1900000109")
            .transaction_id("4208450740201411110007820472")
            .amount(Fen::new(amount))
            .description(description)
            .out_subsidy_no(number)
            .build();
        let draft = merchant().draft(&create).unwrap();
        let attempt = |entropy, wait| {
            let now = Timestamp::from_secs(NOW.as_secs() + wait);
            draft.stamp(now, Nonce::from_entropy(entropy)).attach(&signature()).request
        };
        let (one, two) = (attempt(first, 0), attempt(second, wait));
        prop_assert_eq!(one.method(), two.method());
        prop_assert_eq!(one.uri(), two.uri());
        prop_assert_eq!(one.body(), two.body());
        let read: subsidies::Create = serde_json::from_slice(one.body()).unwrap();
        prop_assert_eq!(read, create);
    }

    #[test]
    fn authorization_is_read_as_it_was_written(
        scheme in prop_oneof!["[A-Z0-9-]{1,30}", Just(Scheme::BRAND.as_str().to_owned())],
        mchid in "[0-9]{1,32}", nonce in "[a-zA-Z0-9]{1,64}",
        timestamp in "[0-9]{1,20}", serial in "[0-9A-F]{1,64}", signature in "[a-zA-Z0-9+/=]{0,344}",
    ) {
        let written = Authorization {
            scheme: &scheme, mchid: &mchid, nonce: &nonce, timestamp: &timestamp,
            serial_no: &serial, signature: &signature,
        };
        let text = written.to_string();
        prop_assert_eq!(Authorization::parse(&text).unwrap(), written);
    }

    #[test]
    fn authorization_is_read_in_any_order(
        order in Just(["mchid", "nonce_str", "timestamp", "serial_no", "signature"]).prop_shuffle(),
        gap in "[ \t]{0,3}",
    ) {
        let items: Vec<_> = order.iter().map(|name| format!("{name}=\"v-{name}\"")).collect();
        let text = format!("S {}", items.join(&format!("{gap},{gap}")));
        let read = Authorization::parse(&text).unwrap();
        prop_assert_eq!(read.mchid, "v-mchid");
        prop_assert_eq!(read.nonce, "v-nonce_str");
        prop_assert_eq!(read.timestamp, "v-timestamp");
        prop_assert_eq!(read.serial_no, "v-serial_no");
        prop_assert_eq!(read.signature, "v-signature");
    }

    #[test]
    fn no_text_panics_a_parser(text in "\\PC*", bytes: Vec<u8>) {
        let _ = Authorization::parse(&text);
        let _ = DateTime::new(text.as_str()).to_timestamp();
        let _ = text.parse::<Fen>();
        let _ = SerialNumber::parse(&text);
        let _ = wechatpay_core::KeyId::parse(&text);
        let _ = Certificate::from_der(&bytes);
        let _ = Certificate::from_pem(&bytes);
        let _ = PublicKey::from_pem(&bytes);
        let _ = RsaSigner::from_pkcs8_der("4B2C", &bytes);
        let _ = RsaSigner::from_pkcs1_der("4B2C", &bytes);
        let _ = ApiV3Key::new([b'k'; 32]).unwrap().open(&text, &text, &text);
    }

    #[test]
    fn a_resource_opens_to_what_was_sealed(plain: Vec<u8>, aad in "\\PC{0,40}", nonce in "[a-zA-Z0-9]{12}") {
        let key = ApiV3Key::new([b'k'; 32]).unwrap();
        let sealed = key.seal(&nonce, &aad, &plain).unwrap();
        prop_assert_eq!(key.open(&nonce, &aad, &sealed).unwrap(), plain);
    }

    /// RFC 3339 with every offset, with and without a fraction.
    #[test]
    fn times_convert(secs in 86_400u64..250_000_000_000, hours in 0u64..24, minutes in 0u64..60, east: bool, fraction in "(\\.[0-9]{1,9})?") {
        let offset = hours * 3600 + minutes * 60;
        let local = if east { secs + offset } else { secs.saturating_sub(offset) };
        let utc = DateTime::in_china(Timestamp::from_secs(local - 8 * 3600)).unwrap();
        let text = format!("{}{fraction}{}{hours:02}:{minutes:02}", &utc.as_str()[..19], if east { '+' } else { '-' });
        let expected = if east { local - offset } else { local + offset };
        prop_assert_eq!(DateTime::new(text).to_timestamp().unwrap(), Timestamp::from_secs(expected));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_tampered_byte_anywhere_is_refused(body in proptest::collection::vec(any::<u8>(), 1..200), at: prop::sample::Index, flip in 1u8..) {
        let mut response = answer(200, body);
        prop_assert!(
            any_post().complete(&response, &platform_keys(), NOW).is_ok()
                || serde_json::from_slice::<serde_json::Value>(response.body()).is_err()
        );
        let at = at.index(response.body().len());
        response.body_mut()[at] ^= flip;
        let error = any_post().complete(&response, &platform_keys(), NOW).unwrap_err();
        prop_assert!(error.to_string().contains("does not verify"), "{}", error);
    }

    #[test]
    fn a_tampered_signature_header_is_refused(
        which in 0usize..4, at: prop::sample::Index, other in "[0-9a-zA-Z/+]",
    ) {
        let name = ["wechatpay-serial", "wechatpay-timestamp", "wechatpay-nonce", "wechatpay-signature"][which];
        let mut response = answer(200, "{}");
        let mut text = response.headers()[name].to_str().unwrap().to_owned();
        let at = at.index(text.len());
        prop_assume!(!text[at..=at].eq_ignore_ascii_case(&other) && &text[at..=at] != "=");
        text.replace_range(at..=at, &other);
        response.headers_mut().insert(name, HeaderValue::from_str(&text).unwrap());
        prop_assert!(any_post().complete(&response, &platform_keys(), NOW).is_err());
    }

    #[test]
    fn a_tampered_request_is_refused(which in 0usize..4, other in "[0-9a-z]{1,9}") {
        let key = PublicKey::from_pem(&common::key("merchant_spki.pem")).unwrap();
        let post = Post { text: "a".into(), number: 1 };
        let mut request = merchant().prepare(&post, NOW, common::nonce()).unwrap().sign(signer()).unwrap().request;
        prop_assert!(SignedRequest::read(&request).unwrap().verify(&key, NOW).is_ok());
        match which {
            0 => *request.method_mut() = Method::PUT,
            1 => *request.uri_mut() = format!("https://h/v3/x{other}").parse().unwrap(),
            2 => *request.body_mut() = other.into(),
            _ => {
                let text = request.headers()["authorization"].to_str().unwrap();
                let text = text.replace("ABABAB", &other.to_uppercase());
                request.headers_mut().insert("authorization", text.parse().unwrap());
            }
        }
        prop_assert!(SignedRequest::read(&request).unwrap().verify(&key, NOW).is_err());
    }

    #[test]
    fn no_forged_answer_is_accepted(
        status in 100u16..1000,
        heads in proptest::collection::vec((0usize..6, "[ -~]{0,40}"), 0..8),
        body: Vec<u8>,
        now: u64,
    ) {
        let names = ["wechatpay-serial", "wechatpay-nonce", "wechatpay-timestamp",
            "wechatpay-signature", "wechatpay-signature-type", "request-id"];
        let mut response = Response::builder().status(status).body(body).unwrap();
        for (name, value) in heads {
            let name = HeaderName::from_static(names[name]);
            response.headers_mut().append(name, HeaderValue::from_str(&value).unwrap());
        }
        let done = any_post().complete(&response, &platform_keys(), Timestamp::from_secs(now));
        prop_assert!(done.is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the platform seals comes out as it was, or is refused with it.
    #[test]
    fn a_notice_opens_to_what_was_sealed(
        id in "\\PC{1,36}", event_type in "\\PC{0,20}|TRANSACTION.SUCCESS|REFUND.SUCCESS|PROFITSHARING",
        original in proptest::option::of("\\PC{0,9}|transaction|refund|profitsharing"),
        summary in proptest::option::of("\\PC{0,9}"), aad in "\\PC{0,20}", plain: Vec<u8>,
    ) {
        let key = ApiV3Key::new([b'k'; 32]).unwrap();
        let body = serde_json::json!({
            "id": id, "create_time": "", "event_type": event_type, "summary": summary,
            "resource": {
                "algorithm": "AEAD_AES_256_GCM", "nonce": "abcdefghijkl", "associated_data": aad,
                "ciphertext": key.seal("abcdefghijkl", &aad, &plain).unwrap(), "original_type": original,
            },
        });
        let request = common::signed_request(body.to_string());
        let notice = match Notice::open(&request, &platform_keys(), &key, NOW) {
            Ok(notice) => notice,
            Err(NoticeError::Payload { notice, .. }) => *notice,
            Err(other) => panic!("{other}"),
        };
        prop_assert_eq!(notice.id, id);
        prop_assert_eq!(notice.event_type.text(), event_type);
        prop_assert_eq!(notice.summary, summary);
        prop_assert_eq!(notice.original_type, original);
        prop_assert_eq!(notice.plaintext, plain);
    }

    #[test]
    fn a_tampered_notice_is_refused_before_it_is_read(at: prop::sample::Index, flip in 1u8..) {
        let key = ApiV3Key::new("0123456789abcdefGHIJKLMNOPQRSTUV").unwrap();
        let mut request = common::known_notice("payment_partner", common::PLATFORM_ID);
        let now = Timestamp::from_secs(1_795_219_502);
        prop_assert!(Notice::open(&request, &platform_keys(), &key, now).is_ok());
        let at = at.index(request.body().len());
        request.body_mut()[at] ^= flip;
        let error = Notice::open(&request, &platform_keys(), &key, now).unwrap_err();
        prop_assert!(matches!(error, NoticeError::Untrusted { .. }), "{}", error);
    }

    #[test]
    fn no_forged_notice_is_accepted(
        heads in proptest::collection::vec((0usize..6, "[ -~]{0,40}"), 0..8), body: Vec<u8>, now: u64,
    ) {
        let names = ["wechatpay-serial", "wechatpay-nonce", "wechatpay-timestamp",
            "wechatpay-signature", "wechatpay-signature-type", "request-id"];
        let mut request = Request::post("/notify").body(body).unwrap();
        for (name, value) in heads {
            let name = HeaderName::from_static(names[name]);
            request.headers_mut().append(name, HeaderValue::from_str(&value).unwrap());
        }
        let key = ApiV3Key::new([b'k'; 32]).unwrap();
        let error = Notice::open(&request, &platform_keys(), &key, Timestamp::from_secs(now)).unwrap_err();
        prop_assert_eq!(Reply::refuse(&error).status(), 401);
    }
}

fn signature() -> wechatpay_core::Signature {
    wechatpay_core::Signature::new(SerialNumber::parse("4B2C").unwrap(), b"any".to_vec())
}
