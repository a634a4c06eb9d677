//! Platform keys with a life: the switch and its rollback, rotation, refreshes that are shared.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::io;
use std::time::Duration;

use wechatpay_core::api::certificates::{CertificateList, List};
use wechatpay_core::platform::AnswerSignature;
use wechatpay_core::{
    AnyOperation, ApiV3Key, Attempts, CallError, Certificate, Document, Fetch, Hosts, KeyId,
    Keyring, Method, Next, Pending, PlatformKeys, Policy, Refresh, RefreshError, ResponseError,
    SealedResource, Timestamp, Verifier, Wish, http,
};

use common::{PLATFORM_ID, key, merchant, nonce, platform_keys, platform_signer, signer};

const API_V3_KEY: &str = "0123456789abcdefGHIJKLMNOPQRSTUV";
/// Two certificates of the platform's, of one key.
const OLD: &str = "A15C2D3E4F60718293A4B5C6D7E8F901234567";
const NEW: &str = "A15C2D3E4F60718293A4B5C6D7E8F9012345678";
const OLD_FILE: &str = "platform_cert.pem";
const NEW_FILE: &str = "platform_cert_leading_zero.pem";

/// A time at which both certificates are valid.
fn now() -> Timestamp {
    let old = Certificate::from_pem(&key(OLD_FILE)).unwrap();
    let new = Certificate::from_pem(&key(NEW_FILE)).unwrap();
    let from = old.not_before().max(new.not_before());
    let now = from.plus(Duration::from_secs(24 * 60 * 60));
    assert!(old.is_valid_at(now) && new.is_valid_at(now));
    now
}

fn after(seconds: u64) -> Timestamp {
    now().plus(Duration::from_secs(seconds))
}

fn api_v3_key() -> ApiV3Key {
    ApiV3Key::new(API_V3_KEY).unwrap()
}

fn certificates(files: &[&str]) -> PlatformKeys {
    files.iter().fold(PlatformKeys::new(), |keys, file| {
        keys.with_certificate(&key(file)).unwrap()
    })
}

fn ring(keys: PlatformKeys) -> Keyring {
    Keyring::new(keys).with_api_v3_key(api_v3_key())
}

fn list_pending() -> Pending<CertificateList> {
    let unsigned = merchant().prepare(&List::new(), now(), nonce()).unwrap();
    unsigned.sign(&signer()).unwrap().pending
}

/// A list of certificates under these serial numbers, signed with the key of `signed_by`.
fn list(entries: &[(&str, &str)], signed_by: &str, at: Timestamp) -> http::Response<Vec<u8>> {
    let data: Vec<_> = entries
        .iter()
        .map(|(serial, file)| {
            let sealed =
                SealedResource::seal(&api_v3_key(), "61f9c719728a", "certificate", &key(file));
            serde_json::json!({
                "serial_no": serial,
                "effective_time": "2018-06-08T10:34:56+08:00",
                "expire_time": "2018-12-08T10:34:56+08:00",
                "encrypt_certificate": sealed.unwrap(),
            })
        })
        .collect();
    signed(
        200,
        serde_json::json!({ "data": data }).to_string(),
        signed_by,
        at,
    )
}

fn signed(status: u16, body: String, by: &str, at: Timestamp) -> http::Response<Vec<u8>> {
    let id = KeyId::parse(by).unwrap();
    let signature = AnswerSignature::new(body.as_bytes(), id, &platform_signer(), at, nonce());
    let mut response = common::unsigned_answer(status, body);
    signature.unwrap().write(&mut response);
    response
}

/// Fetches by this wish, and gets this answer.
fn fetch(
    ring: &Keyring,
    wish: Wish,
    response: &http::Response<Vec<u8>>,
    at: Timestamp,
) -> Result<(), RefreshError> {
    let fetch = begin(ring, wish, at);
    let read = fetch.read(&list_pending(), response, at);
    fetch.settle(read.map_err(CallError::<io::Error>::from), at)
}

#[track_caller]
fn begin(ring: &Keyring, wish: Wish, at: Timestamp) -> Fetch<'_> {
    match ring.refresh(ring.edition(), wish, at) {
        Refresh::Fetch(fetch) => fetch,
        other => panic!("{other:?}"),
    }
}

fn adopt(
    ring: &Keyring,
    response: &http::Response<Vec<u8>>,
    at: Timestamp,
) -> Result<(), RefreshError> {
    fetch(ring, Wish::Due, response, at)
}

/// No connection is made.
fn unreached(ring: &Keyring, at: Timestamp) {
    let error = CallError::NotSent {
        operation: list_pending().operation().clone(),
        source: io::Error::from(io::ErrorKind::ConnectionRefused),
    };
    begin(ring, Wish::Due, at)
        .settle(Err(error), at)
        .unwrap_err();
}

/// How long until certificates may be fetched for an answer.
fn pause(ring: &Keyring, at: Timestamp) -> Option<u64> {
    ring.wait(Wish::Answer, at).map(|wait| wait.as_secs())
}

fn ids(ring: &Keyring) -> Vec<String> {
    ring.current()
        .iter()
        .map(|(id, _)| id.to_string())
        .collect()
}

fn declared(ring: &Keyring) -> String {
    ring.declared().unwrap().to_string()
}

/// Whether an answer that names this key verifies.
fn verifies(ring: &Keyring, by: &str) -> bool {
    let unsigned = merchant().prepare(&AnyOperation::new(Method::GET, "/v3/x"), now(), nonce());
    let pending = unsigned.unwrap().sign(&signer()).unwrap().pending;
    let response = signed(200, "{}".to_owned(), by, now());
    pending.complete(&response, ring, now()).is_ok()
}

#[test]
fn switching_to_the_public_key_and_back_fails_no_message_in_flight() {
    let ring = ring(certificates(&[OLD_FILE]));
    assert_eq!(declared(&ring), OLD);

    ring.add_public_key(PLATFORM_ID, &key("platform_spki.pem"))
        .unwrap();
    assert_eq!(declared(&ring), PLATFORM_ID);
    assert!(
        verifies(&ring, OLD),
        "an answer that was asked for before the switch"
    );
    assert!(verifies(&ring, PLATFORM_ID));

    ring.declare(OLD).unwrap();
    assert_eq!(declared(&ring), OLD);
    assert!(
        verifies(&ring, PLATFORM_ID),
        "an answer that was asked for before the rollback"
    );

    let error = ring.declare("PUB_KEY_ID_77").unwrap_err();
    assert!(error.to_string().contains("PUB_KEY_ID_77"), "{error}");
    assert_eq!(declared(&ring), OLD, "what fails changes nothing");
}

#[test]
fn a_snapshot_stays_what_it_was() {
    let ring = ring(certificates(&[OLD_FILE]));
    let before = ring.current();
    ring.replace(platform_keys());
    assert_eq!(before.iter().count(), 1);
    assert_eq!(before.declared().unwrap().as_str(), OLD);
    assert_eq!(ids(&ring), [PLATFORM_ID]);
}

#[test]
fn certificates_rotate_and_the_old_one_stays_for_messages_on_their_way() {
    let ring = ring(certificates(&[OLD_FILE]));
    let both = list(&[(OLD, OLD_FILE), (NEW, NEW_FILE)], NEW, now());
    adopt(&ring, &both, now()).unwrap();
    assert_eq!(ids(&ring), [OLD, NEW]);

    let only_new = |at| adopt(&ring, &list(&[(NEW, NEW_FILE)], NEW, at), at).unwrap();
    only_new(after(10));
    assert_eq!(declared(&ring), NEW, "what is not listed is not declared");
    for at in [11, 20, 10 + 3599] {
        only_new(after(at));
        assert_eq!(
            ids(&ring),
            [OLD, NEW],
            "messages signed with it may be on their way"
        );
    }
    only_new(after(10 + 3600));
    assert_eq!(ids(&ring), [NEW]);
}

#[test]
fn public_keys_stay_beside_adopted_certificates_and_stay_declared() {
    let ring = ring(platform_keys());
    let listed = list(&[(OLD, OLD_FILE)], PLATFORM_ID, now());
    adopt(&ring, &listed, now()).unwrap();
    assert_eq!(ids(&ring), [OLD, PLATFORM_ID]);
    assert_eq!(declared(&ring), PLATFORM_ID);
}

#[test]
fn a_list_that_cannot_be_trusted_whole_changes_nothing() {
    let other_serial = [(NEW, OLD_FILE)];
    let expired = [(
        "3F2E1D0C5B4A69788796A5B4C3D2E1F00F1E2D3C",
        "platform_cert_expired.pem",
    )];
    let merchants_own = [(common::MERCHANT_SERIAL, "merchant_cert.pem")];
    let good = [(OLD, OLD_FILE), (NEW, NEW_FILE)];
    let with_a_bad_one = [(NEW, NEW_FILE), ("4B2C", OLD_FILE)];
    let changed = |mut response: http::Response<Vec<u8>>| {
        let at = response.body().len() - 2;
        response.body_mut().insert(at, b' ');
        response
    };
    let cases = [
        (
            "another serial number",
            list(&other_serial, OLD, now()),
            "has the serial number",
        ),
        (
            "expired",
            list(&expired, OLD, now()),
            "none of the 1 listed certificates is valid now",
        ),
        (
            "the merchant's own",
            list(&merchants_own, OLD, now()),
            "belongs to merchant",
        ),
        (
            "one of them bad",
            list(&with_a_bad_one, OLD, now()),
            "has the serial number",
        ),
        (
            "an unknown key",
            list(&good, "7777", now()),
            "platform key \"7777\" is not held",
        ),
        (
            "a changed byte",
            changed(list(&good, NEW, now())),
            "does not verify",
        ),
        (
            "an old answer",
            list(&good, NEW, Timestamp::from_secs(now().as_secs() - 300)),
            "300 s apart",
        ),
        (
            "no signature",
            common::unsigned_answer(200, list(&good, NEW, now()).into_body()),
            "is missing",
        ),
        (
            "no list",
            signed(200, "[1]".to_owned(), OLD, now()),
            "not a certificate list",
        ),
        ("empty", list(&[], OLD, now()), "none of the 0 listed"),
    ];
    for (name, response, words) in cases {
        let ring = ring(certificates(&[OLD_FILE]));
        let error = adopt(&ring, &response, now()).unwrap_err();
        assert!(error.to_string().contains(words), "{name}: {error}");
        assert_eq!(ids(&ring), [OLD], "{name}");
        assert!(verifies(&ring, OLD), "{name}");
    }
    let other_key = Keyring::new(certificates(&[OLD_FILE]))
        .with_api_v3_key(ApiV3Key::new("another key that has 32 bytes!!!").unwrap());
    let error = adopt(&other_key, &list(&good, NEW, now()), now()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("does not open with this APIv3 key"),
        "{error}"
    );
    assert_eq!(ids(&other_key), [OLD]);
}

#[test]
fn a_refresh_is_due_when_certificates_are_and_not_for_public_keys() {
    let noon = Duration::from_secs(12 * 60 * 60);
    assert_eq!(ring(PlatformKeys::new()).next_refresh(now()), Some(now()));
    assert_eq!(ring(platform_keys()).next_refresh(now()), None);
    assert_eq!(
        Keyring::new(PlatformKeys::new()).next_refresh(now()),
        None,
        "no APIv3 key"
    );

    let ring = ring(certificates(&[OLD_FILE]));
    assert!(ring.is_due(now()), "it never saw a list");
    let listed = list(&[(OLD, OLD_FILE)], OLD, now());
    adopt(&ring, &listed, now()).unwrap();
    assert_eq!(ring.next_refresh(now()), Some(now().plus(noon)));
    assert!(!ring.is_due(after(1)) && ring.is_due(now().plus(noon)));

    let certificate = Certificate::from_pem(&key(OLD_FILE)).unwrap();
    let keys = certificates(&[OLD_FILE]);
    let eve = Timestamp::from_secs(certificate.not_after().as_secs() - 24 * 60 * 60);
    assert_eq!(keys.next_refresh(now()), Some(now().plus(noon)));
    let hour = Duration::from_secs(60 * 60);
    assert_eq!(
        keys.next_refresh(eve),
        Some(eve.plus(hour)),
        "in its last day"
    );
    assert_eq!(
        platform_keys().next_refresh(now()),
        None,
        "public keys do not expire"
    );
}

#[test]
fn a_merchant_without_certificates_is_told_once_and_not_asked_for_ever() {
    let missing = |code| {
        let body = format!(r#"{{"code":"{code}","message":"m"}}"#);
        common::unsigned_answer(404, body)
    };
    for code in ["RESOURCE_NOT_EXISTS", "NOT_FOUND"] {
        let ring = ring(PlatformKeys::new());
        let error = adopt(&ring, &missing(code), now()).unwrap_err();
        assert!(matches!(error, RefreshError::NoCertificates(_)), "{error}");
        let words = error.to_string();
        assert!(
            words.starts_with("the platform has no certificates for this merchant"),
            "{words}"
        );
        assert!(words.contains("WeChat Pay public key"), "{words}");
        assert_eq!(ring.next_refresh(after(1_000_000)), None);
        assert_eq!(pause(&ring, after(1_000_000)), None);

        // A call is not sent: nothing could verify its answer.
        let (policy, hosts) = (Policy::default(), Hosts::new());
        let draft = merchant().draft(&List::new()).unwrap();
        assert_eq!(ring.before_a_call(&policy, after(1_000_000)), None);
        let mut attempts = Attempts::new(&policy, &hosts, &draft, after(1_000_000));
        let next: Next<Document, io::Error> = attempts.begin(&ring, None, Duration::ZERO);
        let Next::Finish(Err(error @ CallError::Keys { .. })) = next else {
            panic!("{next:?}");
        };
        assert!(
            error
                .to_string()
                .contains("no certificates for this merchant"),
            "{error}"
        );

        ring.forgive();
        assert!(ring.is_due(after(1_000_000)), "but on request");
    }

    // What anyone on the way could have written is no proof while a key is held.
    let holding = ring(certificates(&[OLD_FILE]));
    let error = adopt(&holding, &missing("RESOURCE_NOT_EXISTS"), now()).unwrap_err();
    assert!(matches!(error, RefreshError::Failed(_)), "{error}");
    let keyless = ring(PlatformKeys::new());
    let html = common::unsigned_answer(404, "<html>");
    let error = adopt(&keyless, &html, now()).unwrap_err();
    assert!(matches!(error, RefreshError::Failed(_)), "{error}");
    let body = r#"{"code":"RESOURCE_NOT_EXISTS","message":"m"}"#;
    let proof = signed(404, body.to_owned(), OLD, after(1));
    let error = adopt(&holding, &proof, after(1)).unwrap_err();
    assert!(matches!(error, RefreshError::NoCertificates(_)), "{error}");
}

#[test]
fn a_platform_that_answers_500_is_asked_ever_later_and_then_no_more() {
    let ring = ring(PlatformKeys::new());
    let (mut at, mut pauses) = (now(), Vec::new());
    while let Some(next) = ring.next_refresh(at) {
        pauses.push(next.as_secs() - at.as_secs());
        at = next;
        let broken = common::unsigned_answer(500, r#"{"code":"SYSTEM_ERROR","message":"m"}"#);
        let error = adopt(&ring, &broken, at).unwrap_err();
        assert!(matches!(error, RefreshError::Failed(_)), "{error}");
        assert!(pauses.len() < 100);
    }
    let begins = [
        0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600,
    ];
    assert_eq!(pauses[..15], begins);
    assert_eq!(pauses.len(), 36, "about a day");
    let error = ring.trouble().unwrap().to_string();
    assert!(error.contains("Keyring::forgive"), "{error}");
}

#[test]
fn a_platform_that_is_not_reached_is_never_given_up() {
    let ring = ring(PlatformKeys::new());
    let (mut at, mut pauses) = (now(), Vec::new());
    for _ in 0..60 {
        let next = ring.next_refresh(at).unwrap();
        pauses.push(next.as_secs() - at.as_secs());
        at = next;
        unreached(&ring, at);
    }
    assert_eq!(pauses[..9], [0, 1, 2, 4, 8, 16, 32, 60, 60]);
    // And one error after it begins to count where errors begin.
    at = ring.next_refresh(at).unwrap();
    adopt(&ring, &common::unsigned_answer(502, "<html>"), at).unwrap_err();
    assert_eq!(pause(&ring, at), Some(1));
}

#[test]
fn who_had_certificates_once_asks_again() {
    let ring = ring(certificates(&[OLD_FILE]));
    adopt(&ring, &list(&[(OLD, OLD_FILE)], OLD, now()), now()).unwrap();
    let body = r#"{"code":"NOT_FOUND","message":"m"}"#;
    adopt(
        &ring,
        &signed(404, body.to_owned(), OLD, after(10)),
        after(10),
    )
    .unwrap_err();
    assert_eq!(pause(&ring, after(10)), Some(3600));
    let mut at = after(10 + 3600);
    for _ in 0..50 {
        adopt(&ring, &common::unsigned_answer(500, ""), at).unwrap_err();
        let wait = pause(&ring, at).unwrap();
        assert!(wait <= 3600, "an hour is the longest pause");
        at = at.plus(Duration::from_secs(wait));
    }
    assert!(verifies(&ring, OLD));
}

#[test]
fn a_clock_that_was_ahead_holds_up_nothing() {
    let year = Duration::from_secs(365 * 24 * 60 * 60);
    let ring = ring(PlatformKeys::new());
    unreached(&ring, now().plus(year));
    assert!(ring.is_due(now()));
    let given_up = begin(&ring, Wish::Notice, after(1).plus(year));
    assert_eq!(ring.wait(Wish::Notice, now()), Some(Duration::ZERO));
    assert!(matches!(
        ring.refresh(ring.edition(), Wish::Answer, now()),
        Refresh::Fetch(_)
    ));
    drop(given_up);
}

#[test]
fn all_who_share_a_ring_share_one_fetch() {
    let ring = ring(certificates(&[OLD_FILE]));
    let edition = ring.edition();
    let first = begin(&ring, Wish::Answer, now());
    assert!(matches!(
        ring.refresh(edition, Wish::Answer, now()),
        Refresh::Underway
    ));
    let both = list(&[(OLD, OLD_FILE), (NEW, NEW_FILE)], NEW, now());
    let read = first.read(&list_pending(), &both, now());
    first
        .settle(read.map_err(CallError::<io::Error>::from), now())
        .unwrap();
    assert!(matches!(
        ring.refresh(edition, Wish::Answer, now()),
        Refresh::Settled(Ok(()))
    ));
    assert_eq!(pause(&ring, now()), Some(1), "no other right after it");

    // A failure is shared too.
    let edition = ring.edition();
    unreached(&ring, after(1));
    assert!(matches!(
        ring.refresh(edition, Wish::Answer, after(1)),
        Refresh::Settled(Err(RefreshError::Unreached(_)))
    ));
}

#[test]
fn a_fetch_that_is_given_up_in_the_middle_is_taken_over() {
    let ring = ring(certificates(&[OLD_FILE]));
    drop(begin(&ring, Wish::Answer, now()));
    drop(begin(&ring, Wish::Answer, now()));
    let forgotten = begin(&ring, Wish::Answer, now());
    std::mem::forget(forgotten);
    assert!(matches!(
        ring.refresh(ring.edition(), Wish::Answer, after(59)),
        Refresh::Underway
    ));
    drop(begin(&ring, Wish::Answer, after(60)));
}

/// Anyone can send a callback, with any serial number, and hang up.
#[test]
fn strangers_cause_fewer_and_fewer_fetches_and_delay_no_answers() {
    let ring = ring(certificates(&[OLD_FILE]));
    let (mut at, mut pauses) = (now(), Vec::new());
    for give_up in [true, true, false, true, false, false, true, true, true] {
        let wait = ring.wait(Wish::Notice, at).unwrap();
        pauses.push(wait.as_secs());
        at = at.plus(wait);
        if give_up {
            drop(begin(&ring, Wish::Notice, at));
        } else {
            fetch(&ring, Wish::Notice, &list(&[(OLD, OLD_FILE)], OLD, at), at).unwrap();
        }
        assert!(
            pause(&ring, at).unwrap() <= 1,
            "answers have a budget of their own"
        );
    }
    assert_eq!(pauses, [0, 2, 4, 8, 16, 32, 64, 64, 64]);

    // A list with a new certificate starts afresh.
    at = at.plus(Duration::from_secs(64));
    let both = list(&[(OLD, OLD_FILE), (NEW, NEW_FILE)], NEW, at);
    fetch(&ring, Wish::Notice, &both, at).unwrap();
    assert_eq!(ring.wait(Wish::Notice, at), Some(Duration::from_secs(1)));
}

#[test]
fn of_the_calls_that_hold_keys_one_fetches_what_is_due_and_none_waits() {
    let policy = Policy::default();
    let holding = ring(certificates(&[OLD_FILE]));
    let two = Some(Duration::from_secs(2));
    assert_eq!(holding.before_a_call(&policy, now()), two);
    let underway = begin(&holding, Wish::Due, now());
    assert_eq!(holding.before_a_call(&policy, now()), None);
    drop(underway);
    assert_eq!(holding.before_a_call(&policy, now()), two);
    adopt(&holding, &list(&[(OLD, OLD_FILE)], OLD, now()), now()).unwrap();
    assert_eq!(holding.before_a_call(&policy, after(1)), None);
    let noon = now().plus(Keyring::FRESH);
    assert_eq!(holding.before_a_call(&policy, noon), two);
    let short = Policy::default().with_total(Duration::from_secs(1));
    let half = Some(Duration::from_millis(500));
    assert_eq!(holding.before_a_call(&short, noon), half);

    // Without keys all of them wait.
    let keyless = ring(PlatformKeys::new());
    let ten = Some(Duration::from_secs(10));
    let underway = begin(&keyless, Wish::Due, now());
    assert_eq!(keyless.before_a_call(&policy, now()), ten);
    drop(underway);
}

#[test]
fn a_call_begins_unless_no_key_is_held() {
    let draft = merchant().draft(&List::new()).unwrap();
    let (policy, hosts) = (Policy::default(), Hosts::new());
    let begin = |keys: PlatformKeys| -> Next<CertificateList, io::Error> {
        let mut attempts = Attempts::new(&policy, &hosts, &draft, now());
        let trouble = Some(RefreshError::NoApiV3Key);
        attempts.begin(&ring(keys), trouble, Duration::from_secs(1))
    };
    let Next::Send(attempt) = begin(certificates(&[OLD_FILE])) else {
        panic!("the keys that are held will do");
    };
    assert_eq!(attempt.within, Duration::from_secs(59));
    assert!(matches!(
        begin(PlatformKeys::new()),
        Next::Finish(Err(CallError::Keys { .. }))
    ));
}

/// The answer to a call that was signed with a certificate that is not held.
fn unknown(ring: &Keyring, by: &str) -> ResponseError {
    let unsigned = merchant().prepare(&AnyOperation::new(Method::GET, "/v3/x"), now(), nonce());
    let pending = unsigned.unwrap().sign(&signer()).unwrap().pending;
    let answer = signed(200, "{}".to_owned(), by, now());
    pending.complete(&answer, ring, now()).unwrap_err()
}

#[test]
fn an_answer_with_an_unknown_key_wants_keys_once() {
    let ring = ring(certificates(&[OLD_FILE]));
    adopt(&ring, &list(&[(OLD, OLD_FILE)], OLD, now()), now()).unwrap();
    let (policy, hosts) = (
        Policy::default().with_total(Duration::from_secs(30)),
        Hosts::new(),
    );
    let draft = merchant()
        .draft(&AnyOperation::new(Method::GET, "/v3/x"))
        .unwrap();
    let wants = |began, keys: &dyn Verifier, elapsed| {
        let mut attempts = Attempts::new(&policy, &hosts, &draft, began);
        let first = attempts.wants_keys(&unknown(&ring, NEW), keys, None, elapsed);
        let again = attempts.wants_keys(&unknown(&ring, NEW), keys, None, elapsed);
        assert!(first.is_none() || again.is_none(), "once");
        first.map(|wanted| (wanted.after.as_secs(), wanted.within.as_secs()))
    };
    let secs = Duration::from_secs;
    assert_eq!(wants(after(60), &ring, secs(1)), Some((0, 10)));
    assert_eq!(
        wants(after(60), &ring, secs(25)),
        Some((0, 5)),
        "what is left"
    );
    assert_eq!(wants(after(60), &ring, secs(30)), None);
    assert_eq!(
        wants(now(), &ring, secs(0)),
        Some((1, 10)),
        "waits out the pause"
    );
    let fixed = certificates(&[OLD_FILE]);
    assert_eq!(
        wants(after(60), &fixed, secs(1)),
        None,
        "fixed keys are not refreshed"
    );
    adopt(&ring, &common::unsigned_answer(500, ""), after(60)).unwrap_err();
    for at in [61, 63, 67] {
        adopt(&ring, &common::unsigned_answer(500, ""), after(at)).unwrap_err();
    }
    assert_eq!(
        wants(after(67), &ring, secs(0)),
        None,
        "8 seconds are more than it waits"
    );

    // A public key is not among the certificates.
    let mut attempts = Attempts::new(&policy, &hosts, &draft, after(600));
    let error = unknown(&ring, PLATFORM_ID);
    assert_eq!(attempts.wants_keys(&error, &ring, None, secs(0)), None);
    assert!(error.to_string().contains("added by hand"), "{error}");
}

/// Another call fetched them between this answer's verification and its question.
#[test]
fn keys_that_came_in_the_meantime_are_tried_at_once() {
    let ring = ring(certificates(&[OLD_FILE]));
    let edition = ring.edition();
    let unsigned = merchant().prepare(&AnyOperation::new(Method::GET, "/v3/x"), now(), nonce());
    let pending = unsigned.unwrap().sign(&signer()).unwrap().pending;
    let answer = signed(200, "{}".to_owned(), NEW, now());
    let error = pending.complete(&answer, &ring, now()).unwrap_err();

    let both = list(&[(OLD, OLD_FILE), (NEW, NEW_FILE)], NEW, now());
    adopt(&ring, &both, now()).unwrap();
    assert_eq!(pause(&ring, now()), Some(1));
    let (policy, hosts) = (Policy::default(), Hosts::new());
    let draft = merchant()
        .draft(&AnyOperation::new(Method::GET, "/v3/x"))
        .unwrap();
    let mut attempts = Attempts::new(&policy, &hosts, &draft, now());
    let wants = attempts.wants_keys(&error, &ring, Some(edition), Duration::ZERO);
    assert_eq!(wants.unwrap().after, Duration::ZERO);
    assert!(matches!(
        ring.refresh(edition, Wish::Answer, now()),
        Refresh::Settled(Ok(()))
    ));
    assert!(pending.complete(&answer, &ring, now()).is_ok());
}

#[test]
fn debug_names_the_keys_and_shows_none() {
    let shown = format!("{:?}", ring(platform_keys()));
    assert!(shown.contains(PLATFORM_ID), "{shown}");
    assert!(!shown.contains(API_V3_KEY), "{shown}");
}
