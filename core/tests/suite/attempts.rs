//! The plan of a call: what follows which outcome, within which bounds.

use std::io;
use std::num::NonZeroU32;
use std::time::Duration;

use wechatpay_core::{
    AnyOperation, Attempts, CallError, Document, Earlier, Effect, Host, Hosts, Merchant, Method,
    Next, Policy, Replay, Timestamp, http,
};

use crate::common::outcomes::{
    ASK_FIRST, Failure, IDEMPOTENT, MS, Outcome, answered, begin, lost, not_sent, refused, sent,
};
use crate::common::{NOW, answer, platform_keys, unsigned_answer};

/// An answer that the platform signed wrongly on purpose.
fn probe(status: u16) -> http::Response<Vec<u8>> {
    let mut probe = answer(status, "{}");
    let text = "WECHATPAY/SIGNTEST/c2ln".parse().unwrap();
    probe.headers_mut().insert("wechatpay-signature", text);
    probe
}

#[track_caller]
fn failed(next: Next<Document, io::Error>) -> Failure {
    match next {
        Next::Finish(Err(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// Found by simulation: an answer that says no under 200 spoke for an earlier attempt that was still on
/// its way, and was carried out when the reason was gone.
#[test]
fn an_answer_tells_that_an_earlier_attempt_is_open() {
    let says_no = || answered(IDEMPOTENT, &answer(200, r#"{"status":"FAIL"}"#));
    let refused = || refused(IDEMPOTENT, 429, "FREQUENCY_LIMITED");
    let cases: [(Vec<Outcome>, Earlier); 4] = [
        (vec![], Earlier::Settled),
        (vec![not_sent(), refused()], Earlier::Settled),
        (vec![lost(IDEMPOTENT)], Earlier::MayHaveArrived),
        (vec![lost(IDEMPOTENT), refused()], Earlier::MayHaveArrived),
    ];
    for (before, earlier) in cases {
        let (policy, hosts) = (Policy::default(), Hosts::new());
        let (mut attempts, _) = begin(&policy, &hosts, IDEMPOTENT);
        for outcome in before {
            sent(attempts.after(outcome, MS, [0; 8]));
        }
        let Next::Finish(Ok(answer)) = attempts.after(says_no(), MS, [0; 8]) else {
            panic!("an answer ends the call");
        };
        assert_eq!(answer.earlier, earlier);
    }
}

#[test]
fn what_an_outcome_means() {
    // Which outcomes are followed by another attempt, when the operation is deduplicated by the
    // platform, and when a repetition may act twice.
    type Case = (&'static str, fn(Replay) -> Outcome, bool, bool);
    let cases: [Case; 15] = [
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
        (
            "a signed error under 200",
            |r| refused(r, 200, "PARAM_ERROR"),
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
