//! The plan of a call under any outcomes: its bounds hold.

use std::num::NonZeroU32;
use std::sync::LazyLock;
use std::time::Duration;

use proptest::prelude::*;
use wechatpay_core::{CallError, Document, Effect, Hosts, Next, Pending, Policy, Replay, http};

use crate::common::outcomes::{ASK_FIRST, IDEMPOTENT, MS, Outcome, begin, lost, not_sent, pending};
use crate::common::{NOW, answer, platform_keys, unsigned_answer};
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
