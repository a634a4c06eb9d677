//! The plan of a call: what follows which outcome, within which bounds.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::io;
use std::num::NonZeroU32;
use std::sync::LazyLock;
use std::time::Duration;

use proptest::prelude::*;
use wechatpay_core::{
    Answer, AnyOperation, Attempt, Attempts, CallError, Document, Draft, Effect, Host, Hosts,
    Merchant, Method, Next, Pending, Policy, Replay, RsaSigner, Timestamp, http,
};

use common::{NOW, answer, platform_keys, unsigned_answer};

type Failure = CallError<io::Error>;
type Outcome = Result<Answer<Document>, Failure>;

const IDEMPOTENT: Replay = Replay::Idempotent {
    key: "out_subsidy_no",
    window: None,
};
const ASK_FIRST: Replay = Replay::AskFirst {
    settle: "query the order",
};
const MS: Duration = Duration::from_millis(1);

fn draft(replay: Replay) -> Draft<Document> {
    let operation = AnyOperation::new(Method::POST, "/v3/ecommerce/subsidies/create");
    let merchant = Merchant::new("1900009191").unwrap();
    merchant.draft(&operation.replay(replay)).unwrap()
}

fn pending(replay: Replay) -> Pending<Document> {
    static SIGNER: LazyLock<RsaSigner> = LazyLock::new(common::signer);
    let unsigned = draft(replay).stamp(NOW, common::nonce());
    unsigned.sign(&*SIGNER).unwrap().pending
}

fn not_sent() -> Outcome {
    Err(CallError::NotSent {
        operation: draft(IDEMPOTENT).operation().clone(),
        source: io::ErrorKind::ConnectionRefused.into(),
    })
}

fn lost(replay: Replay) -> Outcome {
    Err(CallError::Unknown {
        operation: draft(replay).operation().clone(),
        replay,
        source: io::ErrorKind::ConnectionReset.into(),
    })
}

/// The platform's answer, as the core reads it.
fn answered(replay: Replay, response: &http::Response<Vec<u8>>) -> Outcome {
    let complete = pending(replay).complete(response, &platform_keys(), NOW);
    complete.map_err(CallError::from)
}

fn refused(replay: Replay, status: u16, code: &str) -> Outcome {
    let body = format!(r#"{{"code":"{code}","message":"m"}}"#);
    answered(replay, &answer(status, body))
}

/// An answer that the platform signed wrongly on purpose.
fn probe(status: u16) -> http::Response<Vec<u8>> {
    let mut probe = answer(status, "{}");
    let text = "WECHATPAY/SIGNTEST/c2ln".parse().unwrap();
    probe.headers_mut().insert("wechatpay-signature", text);
    probe
}

fn begin<'a>(policy: &'a Policy, hosts: &'a Hosts, replay: Replay) -> (Attempts<'a>, Attempt) {
    let mut attempts = Attempts::new(policy, hosts, &draft(replay), NOW);
    let first = sent(attempts.begin::<Document, io::Error>(&platform_keys(), None, Duration::ZERO));
    (attempts, first)
}

#[track_caller]
fn sent(next: Next<Document, io::Error>) -> Attempt {
    match next {
        Next::Send(attempt) => attempt,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn failed(next: Next<Document, io::Error>) -> Failure {
    match next {
        Next::Finish(Err(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_an_outcome_means() {
    // Which outcomes are followed by another attempt, when the operation is deduplicated by the
    // platform, and when a repetition may act twice.
    type Case = (&'static str, fn(Replay) -> Outcome, bool, bool);
    let cases: [Case; 14] = [
        ("not sent", |_| not_sent(), true, true),
        ("no answer", lost, true, false),
        ("500", |r| refused(r, 500, "SYSTEM_ERROR"), true, false),
        (
            "503",
            |r| refused(r, 503, "SERVICE_UNAVAILABLE"),
            true,
            false,
        ),
        (
            "502 with HTML",
            |r| answered(r, &unsigned_answer(502, "<html>")),
            true,
            false,
        ),
        (
            "200 without a signature",
            |r| answered(r, &unsigned_answer(200, "{}")),
            true,
            false,
        ),
        ("a probe", |r| answered(r, &probe(200)), true, false),
        (
            "400 with a probe",
            |r| answered(r, &probe(400)),
            true,
            false,
        ),
        ("429", |r| refused(r, 429, "FREQUENCY_LIMITED"), true, true),
        (
            "429 of anyone",
            |r| answered(r, &unsigned_answer(429, "{}")),
            true,
            false,
        ),
        ("400", |r| refused(r, 400, "PARAM_ERROR"), false, false),
        ("401", |r| refused(r, 401, "SIGN_ERROR"), false, false),
        (
            "404 with HTML",
            |r| answered(r, &unsigned_answer(404, "<html>")),
            false,
            false,
        ),
        (
            "a success status rewritten over a system error",
            |r| refused(r, 400, "SYSTEM_ERROR"),
            true,
            false,
        ),
    ];
    for (name, outcome, idempotent, ask_first) in cases {
        for (replay, again) in [(IDEMPOTENT, idempotent), (ASK_FIRST, ask_first)] {
            let (policy, hosts) = (Policy::default(), Hosts::new());
            let (mut attempts, _) = begin(&policy, &hosts, replay);
            let next = attempts.after(outcome(replay), MS, [0; 8]);
            assert_eq!(matches!(next, Next::Send(_)), again, "{name}, {replay:?}");
        }
    }
}

#[test]
fn a_dead_access_point_is_left_at_once_and_tried_again_later() {
    let (policy, hosts) = (Policy::default(), Hosts::new());
    let (mut attempts, first) = begin(&policy, &hosts, ASK_FIRST);
    assert_eq!((first.number, first.host), (1, Host::Main));
    let second = sent(attempts.after(not_sent(), MS, [0; 8]));
    assert_eq!((second.host, second.after), (Host::Backup, Duration::ZERO));
    let third = sent(attempts.after(not_sent(), MS, [0; 8]));
    assert_eq!(third.host, Host::Main);
    assert!(third.after >= 100 * MS, "{third:?}");

    assert_eq!(hosts.first(NOW), Host::Backup, "other calls know it");
    assert_eq!(hosts.first(NOW.plus(Duration::from_secs(59))), Host::Backup);
    assert_eq!(hosts.first(NOW.plus(Duration::from_secs(60))), Host::Main);
    let set_back = Timestamp::from_secs(NOW.as_secs() - 3600);
    assert_eq!(
        hosts.first(set_back),
        Host::Main,
        "a clock that was set back"
    );
}

#[test]
fn an_unknown_outcome_stays_on_its_access_point() {
    let (policy, hosts) = (Policy::default(), Hosts::new());
    let (mut attempts, _) = begin(&policy, &hosts, IDEMPOTENT);
    for _ in 0..3 {
        let next = sent(attempts.after(lost(IDEMPOTENT), MS, [0; 8]));
        assert_eq!(next.host, Host::Main);
    }
    let broken = refused(IDEMPOTENT, 500, "SYSTEM_ERROR");
    failed(attempts.after(broken, MS, [0; 8]));
    assert_eq!(hosts.first(NOW), Host::Main);
}

#[test]
fn without_a_backup_the_main_access_point_is_tried_again() {
    let merchant = Merchant::new("1900009191")
        .unwrap()
        .at("http://127.0.0.1:1")
        .unwrap();
    let operation = AnyOperation::new(Method::GET, "/v3/x");
    let draft = merchant.draft(&operation).unwrap();
    let (policy, hosts) = (Policy::default(), Hosts::new());
    let mut attempts = Attempts::new(&policy, &hosts, &draft, NOW);
    sent(attempts.begin(&platform_keys(), None, Duration::ZERO));
    let second = sent(attempts.after(not_sent(), MS, [0; 8]));
    assert_eq!(second.host, Host::Main);
    assert!(second.after >= 100 * MS);
    assert_eq!(draft.authority(Host::Backup), "127.0.0.1:1");
}

#[test]
fn pauses_double_with_jitter_up_to_the_longest() {
    let policy = Policy::default()
        .with_attempts(NonZeroU32::new(9).unwrap())
        .with_pauses(200 * MS, 1000 * MS);
    for (entropy, expected) in [
        ([0; 8], [100, 200, 400, 500, 500, 500, 500, 500]),
        // One less than a multiple of every half: all that can be drawn, but for a nanosecond.
        (
            (2_000_000_000_u64 - 1).to_le_bytes(),
            [199, 399, 799, 999, 999, 999, 999, 999],
        ),
    ] {
        let hosts = Hosts::new();
        let (mut attempts, _) = begin(&policy, &hosts, IDEMPOTENT);
        let pauses = [(); 8].map(|()| {
            let next = sent(attempts.after(lost(IDEMPOTENT), MS, entropy));
            u64::try_from(next.after.as_millis()).unwrap()
        });
        assert_eq!(pauses, expected);
    }
}

#[test]
fn an_attempt_that_would_begin_when_time_is_over_is_not_made() {
    let policy = Policy::default().with_total(1_000 * MS);
    for (elapsed, again) in [(899, true), (900, false), (1_000, false), (5_000, false)] {
        let hosts = Hosts::new();
        let (mut attempts, _) = begin(&policy, &hosts, IDEMPOTENT);
        // The first pause is 100 ms, if nothing is drawn.
        let next = attempts.after(lost(IDEMPOTENT), elapsed * MS, [0; 8]);
        assert_eq!(matches!(next, Next::Send(_)), again, "{elapsed}");
    }
}

#[test]
fn retry_after_is_kept_to_or_the_call_ends() {
    let limited = |value: &str| {
        let mut response = answer(429, r#"{"code":"FREQUENCY_LIMITED","message":"m"}"#);
        let headers = response.headers_mut();
        headers.insert("retry-after", value.parse().unwrap());
        answered(ASK_FIRST, &response)
    };
    for (value, pause) in [
        ("7", Some(7_000)),
        ("0", Some(100)),
        // NOW is 1554208460.
        ("Tue, 02 Apr 2019 12:34:31 GMT", Some(11_000)),
        ("Tue, 02 Apr 2019 12:30:00 GMT", Some(100)),
        ("soon", Some(100)),
        ("-3", Some(100)),
        ("60", None),
        ("18446744073709551615", None),
    ] {
        let (policy, hosts) = (Policy::default(), Hosts::new());
        let (mut attempts, _) = begin(&policy, &hosts, ASK_FIRST);
        let next = attempts.after(limited(value), MS, [0; 8]);
        match pause {
            Some(ms) => assert_eq!(sent(next).after, ms * MS, "{value}"),
            None => {
                let error = failed(next);
                assert_eq!(error.effect(), Effect::None);
                assert!(
                    error.to_string().contains("429 FREQUENCY_LIMITED"),
                    "{error}"
                );
            }
        }
    }
}

#[test]
fn a_refusal_does_not_speak_for_an_earlier_attempt() {
    let (policy, hosts) = (Policy::default(), Hosts::new());
    let (mut attempts, _) = begin(&policy, &hosts, IDEMPOTENT);
    sent(attempts.after(lost(IDEMPOTENT), MS, [0; 8]));
    let error = failed(attempts.after(refused(IDEMPOTENT, 403, "NOT_ENOUGH"), MS, [0; 8]));
    assert_eq!(error.effect(), Effect::Unknown);
    assert_eq!(error.answered().unwrap().api().unwrap().code, "NOT_ENOUGH");
    assert_eq!(
        error.to_string(),
        "POST /v3/ecommerce/subsidies/create: 403 NOT_ENOUGH: m (request id 08F78BDBEB0510A1-0); \
         this attempt moved no money; but an earlier one of the 2 attempts may have arrived: the \
         outcome is unknown and money may have moved: repeat with identical parameters"
    );

    // The same refusal alone proves that nothing moved.
    let (mut attempts, _) = begin(&policy, &hosts, IDEMPOTENT);
    sent(attempts.after(not_sent(), MS, [0; 8]));
    let error = failed(attempts.after(refused(IDEMPOTENT, 403, "NOT_ENOUGH"), MS, [0; 8]));
    assert_eq!(error.effect(), Effect::None);
    assert!(matches!(error, CallError::Answered(_)));
}

#[test]
fn once_is_once() {
    for outcome in [
        not_sent(),
        lost(IDEMPOTENT),
        refused(IDEMPOTENT, 500, "SYSTEM_ERROR"),
    ] {
        let (policy, hosts) = (Policy::once(), Hosts::new());
        let (mut attempts, _) = begin(&policy, &hosts, IDEMPOTENT);
        failed(attempts.after(outcome, MS, [0; 8]));
    }
}

/// What the wire does to one attempt.
#[derive(Clone, Copy, Debug)]
enum Fate {
    NotSent,
    Lost,
    Broken,
    Limited,
    Refused,
    Done,
}

const FATES: [Fate; 6] = [
    Fate::NotSent,
    Fate::Lost,
    Fate::Broken,
    Fate::Limited,
    Fate::Refused,
    Fate::Done,
];

fn outcome(fate: Fate, replay: Replay) -> Outcome {
    static PENDING: LazyLock<[Pending<Document>; 2]> =
        LazyLock::new(|| [IDEMPOTENT, ASK_FIRST].map(pending));
    static ANSWERS: LazyLock<[http::Response<Vec<u8>>; 4]> = LazyLock::new(|| {
        [
            unsigned_answer(500, ""),
            answer(429, r#"{"code":"FREQUENCY_LIMITED","message":"m"}"#),
            answer(400, r#"{"code":"PARAM_ERROR","message":"m"}"#),
            answer(200, "{}"),
        ]
    });
    let [broken, limited, refused, done] = &*ANSWERS;
    let response = match fate {
        Fate::NotSent => return not_sent(),
        Fate::Lost => return lost(replay),
        Fate::Broken => broken,
        Fate::Limited => limited,
        Fate::Refused => refused,
        Fate::Done => done,
    };
    let pending = &PENDING[usize::from(replay == ASK_FIRST)];
    let complete = pending.complete(response, &platform_keys(), NOW);
    complete.map_err(CallError::from)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever happens: not more attempts than the policy has, not longer, none after an unknown
    /// outcome that must be asked about first, and an error that says what is known.
    #[test]
    fn every_call_ends_within_its_bounds_and_tells_the_truth(
        fates in proptest::collection::vec((prop::sample::select(&FATES[..]), 0_u32..5_000, any::<[u8; 8]>()), 12),
        most in 1_u32..8,
        total in 1_u32..20_000,
        ask_first in any::<bool>(),
    ) {
        let replay = if ask_first { ASK_FIRST } else { IDEMPOTENT };
        let total = total * MS;
        let policy = Policy::default()
            .with_attempts(NonZeroU32::new(most).unwrap())
            .with_total(total);
        let hosts = Hosts::new();
        let (mut attempts, mut attempt) = begin(&policy, &hosts, replay);
        let (mut elapsed, mut moved_maybe, mut sent) = (Duration::ZERO, false, 1);
        for (fate, takes, entropy) in fates {
            prop_assert_eq!(attempt.number, sent);
            elapsed += attempt.after;
            prop_assert!(elapsed + attempt.within <= total);
            elapsed += (takes * MS).min(attempt.within);
            moved_maybe |= matches!(fate, Fate::Lost | Fate::Broken);
            match attempts.after(outcome(fate, replay), elapsed, entropy) {
                Next::Send(next) => {
                    prop_assert!(!(ask_first && moved_maybe));
                    prop_assert!(!matches!(fate, Fate::Done | Fate::Refused));
                    sent += 1;
                    prop_assert!(sent <= most);
                    attempt = next;
                }
                Next::Finish(Ok(_)) => {
                    prop_assert!(matches!(fate, Fate::Done));
                    return Ok(());
                }
                Next::Finish(Err(error)) => {
                    let expected = if moved_maybe { Effect::Unknown } else { Effect::None };
                    prop_assert_eq!(error.effect(), expected);
                    return Ok(());
                }
            }
        }
        prop_assert!(false, "twelve attempts, and no end");
    }
}
