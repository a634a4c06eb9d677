//! Platform keys with a life: the switch and its rollback, rotation, refreshes that are shared.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::io;
use std::time::Duration;

use wechatpay_core::api::certificates::{CertificateList, List};
use wechatpay_core::platform::AnswerSignature;
use wechatpay_core::{
    AnyOperation, ApiV3Key, Attempts, CallError, Certificate, Document, Hosts, KeyId, Keyring,
    Merchant, Method, Next, Pending, PlatformKeys, Policy, Refresh, RefreshError, SealedResource,
    Timestamp, Verifier, http,
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

fn adopt(
    ring: &Keyring,
    response: &http::Response<Vec<u8>>,
    at: Timestamp,
) -> Result<(), RefreshError> {
    let read = ring.read(&list_pending(), response, at);
    ring.settle(read.map_err(CallError::<io::Error>::from), at)
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

    let only_new = list(&[(NEW, NEW_FILE)], NEW, after(10));
    adopt(&ring, &only_new, after(10)).unwrap();
    assert_eq!(
        ids(&ring),
        [OLD, NEW],
        "messages signed with it may be on their way"
    );
    assert_eq!(declared(&ring), NEW, "what is not listed is not declared");

    let only_new = list(&[(NEW, NEW_FILE)], NEW, after(20));
    adopt(&ring, &only_new, after(20)).unwrap();
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
    let ring = ring(PlatformKeys::new());
    assert!(matches!(ring.refresh(0, now()), Refresh::Fetch(_)));
    let missing = common::unsigned_answer(404, r#"{"code":"RESOURCE_NOT_EXISTS","message":"m"}"#);
    let error = adopt(&ring, &missing, now()).unwrap_err();
    assert!(matches!(error, RefreshError::NoCertificates(_)));
    assert!(
        error
            .to_string()
            .starts_with("the platform has no certificates for this merchant"),
        "{error}"
    );
    assert!(
        error.to_string().contains("WeChat Pay public key"),
        "{error}"
    );
    assert_eq!(ring.next_refresh(after(1_000_000)), None);
    assert!(!ring.may_refresh(after(1_000_000)));

    // A call is not sent: nothing could verify its answer.
    let (policy, hosts) = (Policy::default(), Hosts::new());
    let draft = Merchant::new("1900009191")
        .unwrap()
        .draft(&List::new())
        .unwrap();
    let mut attempts = Attempts::new(&policy, &hosts, &draft, after(1_000_000));
    let next: Next<Document, io::Error> = attempts.begin(&ring);
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

#[test]
fn a_platform_that_answers_500_is_asked_ever_later_and_then_no_more() {
    let ring = ring(PlatformKeys::new());
    let (mut at, mut pauses) = (now(), Vec::new());
    while let Some(next) = ring.next_refresh(at) {
        pauses.push(next.as_secs() - at.as_secs());
        at = next;
        let broken = signed(
            500,
            r#"{"code":"SYSTEM_ERROR","message":"m"}"#.to_owned(),
            OLD,
            at,
        );
        let error = adopt(&ring, &broken, at).unwrap_err();
        assert!(matches!(error, RefreshError::Failed(_)), "{error}");
        assert!(pauses.len() < 100);
    }
    assert_eq!(pauses, [0, 1, 2, 4, 8, 16, 32, 64]);
    assert!(!ring.may_refresh(at.plus(Duration::from_secs(1_000_000))));
}

#[test]
fn who_had_certificates_once_asks_again() {
    let ring = ring(certificates(&[OLD_FILE]));
    let listed = list(&[(OLD, OLD_FILE)], OLD, now());
    adopt(&ring, &listed, now()).unwrap();
    let missing = common::unsigned_answer(404, "{}");
    adopt(&ring, &missing, after(10)).unwrap_err();
    assert!(!ring.may_refresh(after(10 + 3599)));
    assert!(ring.may_refresh(after(10 + 3600)));
    for at in 20..40 {
        let broken = common::unsigned_answer(500, "");
        adopt(&ring, &broken, after(at)).unwrap_err();
    }
    assert!(
        ring.may_refresh(after(39 + 3600)),
        "an hour is the longest pause"
    );
    assert!(verifies(&ring, OLD));
}

#[test]
fn a_platform_that_is_not_reached_is_never_given_up() {
    let ring = ring(PlatformKeys::new());
    for at in 0..30 {
        let unreached = CallError::NotSent {
            operation: list_pending().operation().clone(),
            source: io::Error::from(io::ErrorKind::ConnectionRefused),
        };
        ring.settle(Err(unreached), after(at)).unwrap_err();
    }
    assert!(ring.is_due(after(29 + 3600)));
}

#[test]
fn calls_side_by_side_share_one_refresh() {
    let ring = ring(certificates(&[OLD_FILE]));
    let (first, second) = (ring.edition(), ring.edition());
    assert!(matches!(ring.refresh(first, now()), Refresh::Fetch(_)));
    let both = list(&[(OLD, OLD_FILE), (NEW, NEW_FILE)], NEW, now());
    adopt(&ring, &both, now()).unwrap();
    assert!(matches!(
        ring.refresh(second, now()),
        Refresh::Settled(Ok(()))
    ));

    // A made-up serial number right after it causes no other.
    assert!(!ring.may_refresh(now()));
    assert!(matches!(
        ring.refresh(ring.edition(), now()),
        Refresh::Settled(Ok(()))
    ));
    assert!(ring.may_refresh(after(1)));

    // A failure is shared too.
    let (third, fourth) = (ring.edition(), ring.edition());
    assert!(matches!(ring.refresh(third, after(5)), Refresh::Fetch(_)));
    let unreached = CallError::NotSent {
        operation: list_pending().operation().clone(),
        source: io::Error::from(io::ErrorKind::ConnectionReset),
    };
    ring.settle(Err(unreached), after(5)).unwrap_err();
    assert!(matches!(
        ring.refresh(fourth, after(5)),
        Refresh::Settled(Err(RefreshError::Unreached(_)))
    ));
}

#[test]
fn made_up_serial_numbers_cause_fewer_and_fewer_refreshes() {
    let ring = ring(certificates(&[OLD_FILE]));
    let (mut at, mut pauses) = (now(), Vec::new());
    for _ in 0..9 {
        let from = at;
        while !ring.may_refresh(at) {
            at = at.plus(Duration::from_secs(1));
        }
        pauses.push(at.as_secs() - from.as_secs());
        adopt(&ring, &list(&[(OLD, OLD_FILE)], OLD, at), at).unwrap();
    }
    assert_eq!(pauses, [0, 1, 2, 4, 8, 16, 32, 64, 64]);

    // A list with a new certificate starts afresh.
    at = at.plus(Duration::from_secs(64));
    let both = list(&[(OLD, OLD_FILE), (NEW, NEW_FILE)], NEW, at);
    adopt(&ring, &both, at).unwrap();
    assert!(!ring.may_refresh(at) && ring.may_refresh(at.plus(Duration::from_secs(1))));
}

#[test]
fn of_the_calls_that_hold_keys_one_fetches_what_is_due_and_none_waits() {
    let ring = ring(certificates(&[OLD_FILE]));
    let (policy, hosts) = (Policy::default(), Hosts::new());
    let draft = merchant().draft(&List::new()).unwrap();
    let begin = |at| {
        let next: Next<CertificateList, io::Error> =
            Attempts::new(&policy, &hosts, &draft, at).begin(&ring);
        match next {
            Next::RefreshKeys { .. } => "fetches",
            Next::Send(_) => "sends",
            Next::Finish(_) => "ends",
        }
    };
    assert_eq!(
        [begin(now()), begin(now()), begin(after(59))],
        ["fetches", "sends", "sends"]
    );
    assert_eq!(begin(after(60)), "fetches", "the first one was given up");
    adopt(&ring, &list(&[(OLD, OLD_FILE)], OLD, after(61)), after(61)).unwrap();
    assert_eq!(begin(after(62)), "sends");
    let noon = after(61).plus(Keyring::FRESH);
    assert_eq!([begin(noon), begin(noon)], ["fetches", "sends"]);
}

#[test]
fn what_follows_a_refresh_that_came_before_the_first_attempt() {
    let draft = merchant().draft(&List::new()).unwrap();
    let hosts = Hosts::new();
    for (total, within) in [(60, 10), (8, 4)] {
        let policy = Policy::default().with_total(Duration::from_secs(total));
        let mut attempts = Attempts::new(&policy, &hosts, &draft, now());
        let next: Next<CertificateList, io::Error> = attempts.begin(&ring(PlatformKeys::new()));
        let Next::RefreshKeys { within: found } = next else {
            panic!("{next:?}");
        };
        assert_eq!(found, Duration::from_secs(within), "the call has time left");
    }

    let policy = Policy::default();
    let failed = || Err(RefreshError::NoApiV3Key);
    let second = Duration::from_secs(1);
    let after = |keys: PlatformKeys, refreshed| -> Next<CertificateList, io::Error> {
        let mut attempts = Attempts::new(&policy, &hosts, &draft, now());
        attempts.refreshed(refreshed, &ring(keys), second)
    };
    let Next::Send(attempt) = after(certificates(&[OLD_FILE]), failed()) else {
        panic!("the keys that are held will do");
    };
    assert_eq!(attempt.within, Duration::from_secs(59));
    assert!(matches!(
        after(certificates(&[OLD_FILE]), Ok(())),
        Next::Send(_)
    ));
    assert!(matches!(
        after(PlatformKeys::new(), failed()),
        Next::Finish(Err(CallError::Keys { .. }))
    ));
}

#[test]
fn an_answer_with_an_unknown_key_wants_keys_once() {
    let ring = ring(certificates(&[OLD_FILE]));
    let listed = list(&[(OLD, OLD_FILE)], OLD, now());
    adopt(&ring, &listed, now()).unwrap();
    let unknown = || {
        let unsigned = merchant().prepare(&AnyOperation::new(Method::GET, "/v3/x"), now(), nonce());
        let pending = unsigned.unwrap().sign(&signer()).unwrap().pending;
        pending
            .complete(&signed(200, "{}".to_owned(), NEW, now()), &ring, now())
            .unwrap_err()
    };
    let (policy, hosts) = (
        Policy::default().with_total(Duration::from_secs(30)),
        Hosts::new(),
    );
    let draft = merchant()
        .draft(&AnyOperation::new(Method::GET, "/v3/x"))
        .unwrap();
    let began = after(60);
    let mut attempts = Attempts::new(&policy, &hosts, &draft, began);
    let elapsed = Duration::from_secs(1);
    assert_eq!(
        attempts.wants_keys(&unknown(), &ring, None, elapsed),
        Some(Duration::from_secs(10)),
        "and no longer"
    );
    assert_eq!(
        attempts.wants_keys(&unknown(), &ring, None, elapsed),
        None,
        "once"
    );

    let mut late = Attempts::new(&policy, &hosts, &draft, began);
    assert_eq!(
        late.wants_keys(&unknown(), &ring, None, Duration::from_secs(30)),
        None
    );
    let mut fixed = Attempts::new(&policy, &hosts, &draft, began);
    assert_eq!(
        fixed.wants_keys(&unknown(), &certificates(&[OLD_FILE]), None, elapsed),
        None,
        "fixed keys are not refreshed"
    );
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
    assert!(!ring.may_refresh(now()));
    let (policy, hosts) = (Policy::default(), Hosts::new());
    let draft = merchant()
        .draft(&AnyOperation::new(Method::GET, "/v3/x"))
        .unwrap();
    let mut attempts = Attempts::new(&policy, &hosts, &draft, now());
    let wants = attempts.wants_keys(&error, &ring, Some(edition), Duration::ZERO);
    assert!(wants.is_some());
    assert!(matches!(
        ring.refresh(edition, now()),
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
