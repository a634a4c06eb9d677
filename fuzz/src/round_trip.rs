//! Both ends of the wire: what `core` drafts and signs, `platform` reads and trusts; what `platform`
//! signs, `core` trusts and reads. Both saw the same, and one changed bit is seen.

mod told;

use std::fmt::Debug;
use std::sync::LazyLock;

use arbitrary::{Arbitrary, Unstructured};
use serde::Serialize;
use serde_json::json;
use wechatpay_core::api::ecommerce::profitsharing::orders;
use wechatpay_core::api::ecommerce::profitsharing::receivers::Kind;
use wechatpay_core::api::ecommerce::refunds;
use wechatpay_core::api::ecommerce::subsidies::{self, SubsidyState};
use wechatpay_core::api::merchant::media::UploadImage;
use wechatpay_core::http::{Request, Response};
use wechatpay_core::platform::{AnswerSignature, SignedRequest, Upload};
use wechatpay_core::{
    AnyOperation, Bytes, Certificate, DateTime, Decode, Document, Fen, KeyId, Method, Nonce,
    Prepared, PublicKey, RsaSigner, ToDraft,
};
use wechatpay_gateway::credentials;

use crate::stage::{MERCHANT, NOW, PLATFORM_KEYS, SIGNER};
use told::Told;

static MERCHANT_KEY: LazyLock<PublicKey> = LazyLock::new(|| {
    let certificate = Certificate::from_pem(credentials::MERCHANT_CERT_PEM.as_bytes());
    let certificate = certificate.expect("the development certificate is in order");
    certificate.public_key().clone()
});

static PLATFORM: LazyLock<(KeyId, RsaSigner)> = LazyLock::new(|| {
    let pem = include_bytes!("../../gateway/credentials/platform_key.pem");
    let signer = RsaSigner::from_pem(credentials::PLATFORM_CERT_SERIAL, pem);
    let id = KeyId::parse(credentials::PLATFORM_CERT_SERIAL).expect("hexadecimal digits");
    (id, signer.expect("the development key is in order"))
});

/// A call and its answer, or a callback: both sides see the same values, and a bit that is changed
/// under way is noticed.
pub fn round_trip(data: &[u8]) {
    let Ok(trip) = Trip::arbitrary_take_rest(Unstructured::new(data)) else {
        return;
    };
    match trip {
        Trip::Subsidy(fields, flip) => subsidy(fields, flip),
        Trip::Round(fields, flip) => round(fields, flip),
        Trip::Refund(fields, flip) => refund(&fields, flip),
        Trip::Any(fields, flip) => any(fields, flip),
        Trip::Image { name, file } => image(&format!("{}.png", name.0), &file),
        Trip::Notice(notice, flip) => notice.travels(flip),
    }
}

#[derive(Arbitrary, Debug)]
enum Trip {
    Subsidy(Subsidy, Flip),
    Round(Round, Flip),
    Refund(Refund, Flip),
    Any(Any, Flip),
    Image { name: Words, file: Vec<u8> },
    Notice(Told, Flip),
}

/// Which bit is changed: of all, at a place in proportion.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Flip {
    place: u16,
    bit: u8,
}

impl Flip {
    /// The same bytes with one bit changed; none when there is no bit.
    fn apply(self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = bytes.to_vec();
        let at = usize::from(self.place) % bytes.len().max(1);
        *bytes.get_mut(at)? ^= 1 << (self.bit % 8);
        Some(bytes)
    }
}

/// What identifiers consist of, most of the time.
#[derive(Debug)]
struct Id(String);

impl<'a> Arbitrary<'a> for Id {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let bytes = <&[u8]>::arbitrary(input)?;
        let visible = |byte: &u8| char::from(b'!' + byte % 94);
        Ok(Self(bytes.iter().map(visible).collect()))
    }
}

/// What the merchant's own numbers consist of.
#[derive(Debug)]
struct Number(String);

impl<'a> Arbitrary<'a> for Number {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        const SIGNS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-|*@";
        let bytes = <&[u8]>::arbitrary(input)?;
        let sign = |byte: &u8| char::from(SIGNS[usize::from(*byte) % SIGNS.len()]);
        Ok(Self(bytes.iter().map(sign).collect()))
    }
}

/// Any text.
#[derive(Arbitrary, Debug)]
struct Words(String);

#[derive(Arbitrary, Debug)]
struct Subsidy {
    sub_mchid: Id,
    transaction_id: Id,
    amount: i64,
    description: Words,
    out_subsidy_no: Option<Number>,
    subsidy_id: Words,
    result: Words,
    success_time: Option<Words>,
}

fn subsidy(fields: Subsidy, flip: Flip) {
    let number = fields.out_subsidy_no.map(|number| number.0);
    let create = subsidies::Create::builder()
        .sub_mchid(&fields.sub_mchid.0)
        .transaction_id(&fields.transaction_id.0)
        .amount(Fen::new(fields.amount))
        .description(&fields.description.0)
        .maybe_out_subsidy_no(number.clone())
        .build();
    let answer = subsidies::Created::builder()
        .sub_mchid(fields.sub_mchid.0)
        .transaction_id(fields.transaction_id.0)
        .subsidy_id(fields.subsidy_id.0)
        .description(fields.description.0)
        .amount(Fen::new(fields.amount))
        .result(SubsidyState::from(fields.result.0))
        .maybe_success_time(fields.success_time.map(|time| DateTime::new(time.0)))
        .maybe_out_subsidy_no(number)
        .build();
    if let Some(request) = travel(&create, &answer, &written(&answer), flip) {
        assert_eq!(subsidies::Create::decode(request.body()).ok(), Some(create));
    }
}

#[derive(Arbitrary, Debug)]
struct Round {
    transaction_id: Id,
    out_order_no: Number,
    parts: Vec<(Id, i64, Words)>,
    finish: bool,
    notify_url: Option<Words>,
    order_id: Words,
    status: Option<Words>,
}

fn round(fields: Round, flip: Flip) {
    let part = |(account, amount, description): (Id, i64, Words)| {
        orders::Receiver::builder()
            .kind(Kind::MerchantId)
            .receiver_account(account.0)
            .amount(Fen::new(amount))
            .description(description.0)
            .build()
    };
    let create = orders::Create::builder()
        .sub_mchid("1900000109")
        .transaction_id(&fields.transaction_id.0)
        .out_order_no(&fields.out_order_no.0)
        .receivers(fields.parts.into_iter().map(part).collect())
        .finish(fields.finish)
        .maybe_notify_url(fields.notify_url.map(|url| url.0))
        .build();
    let answer = json!({
        "sub_mchid": "1900000109", "transaction_id": fields.transaction_id.0,
        "out_order_no": fields.out_order_no.0, "order_id": fields.order_id.0,
        "status": fields.status.map(|status| status.0),
    });
    let Ok(answer) = serde_json::from_value::<orders::Order>(answer) else {
        return;
    };
    if let Some(request) = travel(&create, &answer, &written(&answer), flip) {
        assert_eq!(orders::Create::decode(request.body()).ok(), Some(create));
    }
}

#[derive(Arbitrary, Debug)]
struct Refund {
    out_refund_no: Number,
    sub_mchid: Id,
    refunded: i64,
}

/// A question, whose fields go into the path and the query.
fn refund(fields: &Refund, flip: Flip) {
    let query = refunds::QueryByOutRefundNo::builder()
        .out_refund_no(&fields.out_refund_no.0)
        .sub_mchid(&fields.sub_mchid.0)
        .build();
    let answer = json!({
        "refund_id": "5", "out_refund_no": fields.out_refund_no.0, "transaction_id": "4",
        "out_trade_no": "1", "create_time": "", "status": "SUCCESS",
        "amount": { "refund": fields.refunded, "payer_refund": fields.refunded },
    });
    let answer: refunds::Refund = serde_json::from_value(answer).expect("a refund is complete");
    if let Some(request) = travel(&query, &answer, &written(&answer), flip) {
        let path = request.uri().path();
        let number = path.strip_prefix("/v3/ecommerce/refunds/out-refund-no/");
        assert_eq!(
            number.map(decoded),
            Some(fields.out_refund_no.0.clone().into_bytes())
        );
        let sub_mchid = request
            .uri()
            .query()
            .and_then(|query| query.strip_prefix("sub_mchid="));
        assert_eq!(
            sub_mchid.map(decoded),
            Some(fields.sub_mchid.0.clone().into_bytes())
        );
    }
}

#[derive(Arbitrary, Debug)]
struct Any {
    post: bool,
    path: Id,
    query: Vec<(Words, Words)>,
    body: Vec<u8>,
    answer: Words,
}

fn any(fields: Any, flip: Flip) {
    let method = if fields.post {
        Method::POST
    } else {
        Method::GET
    };
    let mut operation = AnyOperation::new(method, format!("/v3/{}", fields.path.0));
    for (name, value) in &fields.query {
        operation = operation.query(&name.0, &value.0);
    }
    if fields.post {
        operation = operation.json_bytes(fields.body.clone());
    }
    let answer = Document(json!({ "answer": fields.answer.0 }));
    if let Some(request) = travel(&operation, &answer, &written(&answer.0), flip) {
        if fields.post {
            assert_eq!(request.body(), &fields.body);
        }
        let query = request.uri().query().unwrap_or_default();
        let mut given = fields.query.iter().rev();
        for pair in query.split('&').rev().take(fields.query.len()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (known, text) = given.next().expect("no more than were given");
            assert_eq!(decoded(name), known.0.as_bytes());
            assert_eq!(decoded(value), text.0.as_bytes());
        }
    }
}

fn image(name: &str, file: &[u8]) {
    let Ok(image) = UploadImage::new(name, file) else {
        return;
    };
    let prepared = prepare(&image).expect("an image that was made is drafted");
    let upload = Upload::read(&prepared.request).expect("what is written is read");
    assert_eq!((upload.filename(), upload.file()), (name, file));
    assert_eq!(upload.check(), Ok(()));
    let signed = SignedRequest::read_signing(&prepared.request, upload.meta());
    let signed = signed.expect("what is written is read");
    assert_eq!(signed.verify(&MERCHANT_KEY, NOW), Ok(()));
}

/// Takes a call to the platform and its answer back; none when it breaks a documented limit.
fn travel<O>(operation: &O, answer: &O::Response, body: &[u8], flip: Flip) -> Option<Request<Bytes>>
where
    O: ToDraft,
    O::Response: PartialEq + Debug,
{
    let Prepared {
        mut request,
        pending,
    } = prepare(operation)?;
    let trusted = |request: &Request<Bytes>| {
        let signed = SignedRequest::read(request).expect("what is written is read");
        assert_eq!(signed.authorization().mchid, credentials::MCHID);
        signed.verify(&MERCHANT_KEY, NOW)
    };
    assert_eq!(trusted(&request), Ok(()));
    let seen = request.clone();
    if let Some(changed) = flip.apply(request.body()) {
        *request.body_mut() = changed.into();
        assert!(trusted(&request).is_err(), "a changed body is trusted");
    }
    let mut response = Response::new(body);
    signature(body).write(&mut response);
    let answered = pending.complete(&response, &*PLATFORM_KEYS, NOW);
    let answered = answered.expect("what the platform signed is trusted, and read");
    assert_eq!(&answered.value, answer);
    let changed = flip.apply(body).expect("an answer has bytes");
    let (head, _) = response.into_parts();
    let response = Response::from_parts(head, &changed[..]);
    assert!(pending.complete(&response, &*PLATFORM_KEYS, NOW).is_err());
    Some(seen)
}

fn written(answer: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(answer).expect("an answer is written")
}

fn prepare<O: ToDraft>(operation: &O) -> Option<Prepared<O::Response>> {
    let draft = MERCHANT.draft(operation).ok()?;
    let unsigned = draft.stamp(NOW, Nonce::from_entropy([7; 16]));
    Some(unsigned.sign(&*SIGNER).expect("the key signs"))
}

fn signature(body: &[u8]) -> AnswerSignature {
    let (id, signer) = &*PLATFORM;
    let nonce = Nonce::from_entropy([9; 16]);
    let signature = AnswerSignature::new(body, id.clone(), signer, NOW, nonce);
    signature.expect("the key signs")
}

/// Percent-decodes, by the grammar and not by what encodes.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                let (high, low) = (digit(high).expect("a digit"), digit(low).expect("a digit"));
                bytes.push(u8::try_from(high * 16 + low).expect("two digits"));
                after
            }
            _ => {
                bytes.push(*first);
                after
            }
        };
    }
    bytes
}
