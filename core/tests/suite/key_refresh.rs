//! When certificates are fetched, by whom, and what an answer waits for.

use std::io;
use std::time::Duration;

use wechatpay_core::api::certificates::{CertificateList, List};
use wechatpay_core::{
    AnyOperation, Attempts, CallError, Document, Hosts, Keyring, Method, Next, PlatformKeys,
    Policy, Refresh, RefreshError, ResponseError, Verifier, Wish,
};

use crate::common::lists::{
    NEW, NEW_FILE, OLD, OLD_FILE, adopt, after, begin, certificates, fetch, list, list_pending,
    now, pause, ring, signed, unreached, verifies,
};
use crate::common::{self, PLATFORM_ID, merchant, nonce, signer};

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
        assert_eq!(pause(&ring, now()), Some(3600), "once an hour");

        // A call is not sent: nothing could verify its answer.
        let (policy, hosts) = (Policy::default(), Hosts::new());
        let draft = merchant().draft(&List::new()).unwrap();
        assert_eq!(ring.before_a_call(&policy, after(3599)), None);
        let mut attempts = Attempts::new(&policy, &hosts, &draft, after(3599));
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

        let mut asked = 1;
        let mut at = now();
        while let Some(next) = ring.next_refresh(at) {
            at = next;
            adopt(&ring, &missing(code), at).unwrap_err();
            asked += 1;
            assert!(asked < 100);
        }
        assert_eq!(asked, 36, "a day and a half");
        ring.forgive();
        assert!(ring.is_due(at), "but on request");
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

/// Found by simulation: a first answer that nothing could verify kept a process without keys for
/// ever, though the platform had its certificates back.
#[test]
fn a_platform_that_was_switched_back_is_found_again() {
    let ring = ring(PlatformKeys::new());
    let missing = r#"{"code":"RESOURCE_NOT_EXISTS","message":"m"}"#;
    adopt(&ring, &common::unsigned_answer(404, missing), now()).unwrap_err();
    let at = after(3600);
    adopt(&ring, &list(&[(OLD, OLD_FILE)], OLD, at), at).unwrap();
    assert!(verifies(&ring, OLD));
}

/// Found by simulation: a process that held the public key and had been told of no certificates never
/// fetched any, though the switch was taken back and answers named one.
#[test]
fn an_answer_that_names_a_certificate_is_a_sign_of_them() {
    let public_key = include_bytes!("../known_answers/keys/platform_spki.pem");
    let keys = PlatformKeys::new().with_public_key(PLATFORM_ID, public_key);
    let ring = ring(keys.unwrap());
    let missing = r#"{"code":"RESOURCE_NOT_EXISTS","message":"m"}"#.to_owned();
    adopt(&ring, &signed(404, missing, PLATFORM_ID, now()), now()).unwrap_err();
    let due = ring.wait(Wish::Due, after(1_000_000));
    assert_eq!(due, None, "what a held key verified is final");
    assert_eq!(pause(&ring, now()), Some(3600), "but for an answer");
    let (at, listed) = (after(3600), list(&[(OLD, OLD_FILE)], OLD, after(3600)));
    fetch(&ring, Wish::Answer, &listed, at).unwrap();
    assert!(verifies(&ring, OLD));
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
    let pending = unsigned.unwrap().sign(signer()).unwrap().pending;
    let answer = signed(200, "{}".to_owned(), by, now());
    pending.complete(&answer, ring, now()).unwrap_err()
}

/// A ring that has just seen the list that says so.
fn with_the_old_certificate() -> Keyring {
    let ring = ring(certificates(&[OLD_FILE]));
    adopt(&ring, &list(&[(OLD, OLD_FILE)], OLD, now()), now()).unwrap();
    ring
}

#[test]
fn an_answer_with_an_unknown_key_wants_keys_once() {
    let ring = with_the_old_certificate();
    let (policy, hosts) = (
        Policy::default().with_total(Duration::from_secs(30)),
        Hosts::new(),
    );
    let draft = merchant()
        .draft(&AnyOperation::new(Method::GET, "/v3/x"))
        .unwrap();
    let wants = |began, elapsed| {
        let mut attempts = Attempts::new(&policy, &hosts, &draft, began);
        let first = attempts.wants_keys(&unknown(&ring, NEW), &ring, ring.edition(), elapsed);
        let again = attempts.wants_keys(&unknown(&ring, NEW), &ring, ring.edition(), elapsed);
        assert!(first.is_none() || again.is_none(), "once");
        first.map(|wanted| (wanted.after.as_secs(), wanted.within.as_secs()))
    };
    let secs = Duration::from_secs;
    assert_eq!(wants(after(60), secs(1)), Some((0, 10)));
    assert_eq!(wants(after(60), secs(25)), Some((0, 5)), "what is left");
    assert_eq!(wants(after(60), secs(30)), None);
    assert_eq!(wants(now(), secs(0)), Some((1, 10)), "waits out the pause");
    let fixed = certificates(&[OLD_FILE]);
    assert!(fixed.keyring().is_none(), "fixed keys are not refreshed");
    adopt(&ring, &common::unsigned_answer(500, ""), after(60)).unwrap_err();
    for at in [61, 63, 67] {
        adopt(&ring, &common::unsigned_answer(500, ""), after(at)).unwrap_err();
    }
    assert_eq!(
        wants(after(67), secs(0)),
        None,
        "8 seconds are more than it waits"
    );

    assert_eq!(
        wants(after(70), secs(0)),
        Some((5, 10)),
        "5 seconds are not"
    );

    // Nobody has fetched since: the pause is waited out.
    let fresh = with_the_old_certificate();
    let mut attempts = Attempts::new(&policy, &hosts, &draft, now());
    let edition = fresh.edition();
    let wanted = attempts.wants_keys(&unknown(&fresh, NEW), &fresh, edition, secs(0));
    assert_eq!(wanted.unwrap().after, secs(1));

    // A public key is not among the certificates.
    let mut attempts = Attempts::new(&policy, &hosts, &draft, after(600));
    let error = unknown(&ring, PLATFORM_ID);
    assert_eq!(
        attempts.wants_keys(&error, &ring, ring.edition(), secs(0)),
        None
    );
    assert!(error.to_string().contains("added by hand"), "{error}");
}

/// Another call fetched them between this answer's verification and its question.
#[test]
fn keys_that_came_in_the_meantime_are_tried_at_once() {
    let ring = ring(certificates(&[OLD_FILE]));
    let edition = ring.edition();
    let unsigned = merchant().prepare(&AnyOperation::new(Method::GET, "/v3/x"), now(), nonce());
    let pending = unsigned.unwrap().sign(signer()).unwrap().pending;
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
    let wants = attempts.wants_keys(&error, &ring, edition, Duration::ZERO);
    assert_eq!(wants.unwrap().after, Duration::ZERO);
    assert!(matches!(
        ring.refresh(edition, Wish::Answer, now()),
        Refresh::Settled(Ok(()))
    ));
    assert!(pending.complete(&answer, &ring, now()).is_ok());
}
