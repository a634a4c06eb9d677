//! The simulation in small: it repeats, it reaches everything, it holds, and it does not when a
//! protection is turned off. `cargo run --release -p wechatpay-gateway --bin simulate` does more of it.
#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code, reason = "the binary tells what happened")]
mod sim;

use std::collections::BTreeSet;

use sim::{Ended, Fault, Law, Protection, Tell, Work};

fn run(seed: u64) -> Ended {
    sim::run(seed, None, &sim::keys().unwrap(), Tell::Nothing)
}

#[test]
fn a_seed_repeats_byte_for_byte() {
    for seed in [1, 36, u64::MAX] {
        let (once, again) = (run(seed), run(seed));
        assert_eq!(once.digest, again.digest);
        assert_eq!(once.injected, again.injected);
        assert_eq!(once.requests, again.requests);
    }
    assert_ne!(run(1).digest, run(2).digest);
}

#[test]
fn everything_goes_wrong_and_everything_holds() {
    let keys = sim::keys().unwrap();
    let (mut faults, mut calls) = (BTreeSet::new(), BTreeSet::new());
    for seed in 0..120 {
        let ended = sim::run(seed, None, &keys, Tell::Nothing);
        assert!(
            ended.violations.is_empty(),
            "seed {seed}: {:#?}",
            ended.violations
        );
        faults.extend(ended.injected.keys().copied());
        calls.extend(ended.calls.keys().map(|(work, _)| *work));
    }
    let missing = |fault: &&Fault| !faults.contains(*fault);
    let missing: Vec<_> = Fault::ALL.iter().filter(missing).collect();
    assert!(missing.is_empty(), "never injected: {missing:?}");
    let missing = |work: &&&str| !calls.contains(**work);
    let missing: Vec<_> = Work::KINDS.iter().filter(missing).collect();
    assert!(missing.is_empty(), "never called: {missing:?}");
}

/// Turns a protection off: within so many seeds one of these laws is broken.
#[track_caller]
fn shows(off: Protection, within: u64, laws: &[Law]) {
    let keys = sim::keys().unwrap();
    for seed in 0..within {
        let ended = sim::run(seed, Some(off), &keys, Tell::Nothing);
        if let Some(violation) = ended.violations.first() {
            assert!(laws.contains(&violation.law), "seed {seed}: {violation}");
            return;
        }
    }
    panic!("{within} seeds passed without {}", off.name());
}

macro_rules! protections {
    ($($test:ident: $protection:ident within $seeds:literal breaks $($law:ident)|+;)+) => {$(
        #[test]
        fn $test() {
            shows(Protection::$protection, $seeds, &[$(Law::$law),+]);
        }
    )+

        #[test]
        fn no_protection_is_left_out() {
            let shown = [$(Protection::$protection),+];
            assert_eq!(shown, Protection::ALL);
        }
    };
}

protections! {
    a_draft_that_is_not_frozen_pays_twice: FrozenDraft within 30 breaks ExecutedOnce | RefusedIsNot | DoneIsDone;
    answers_that_are_not_verified_are_believed: Verification within 5 breaks Trust;
    old_answers_are_believed: ClockWindow within 20 breaks Trust;
    old_requests_are_carried_out: PlatformClockWindow within 60 breaks RefusedIsNot | ExecutedOnce;
    notices_are_applied_twice: Deduplication within 5 breaks AppliedOnce;
    another_number_pays_twice: SameNumber within 20 breaks ExecutedOnce | RefusedIsNot;
    the_last_attempt_does_not_speak_for_all: EarlierAttempts within 60 breaks RefusedIsNot;
    what_must_be_asked_about_goes_out_again: AskFirst within 40 breaks Policy;
    without_new_certificates_nothing_settles: Adoption within 20 breaks Settles;
    what_was_not_saved_is_forgotten: SavedBeforeSent within 20 breaks Settles;
    what_was_not_kept_is_gone: KeptBeforeAnswered within 60 breaks Restart | LedgerBooks | DoneIsDone;
    a_refusal_in_a_hurry_is_wrong: Patience within 40 breaks RefusedIsNot;
}
