//! A notice that comes again is handled once.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use proptest::prelude::*;
use wechatpay_core::notice::{Claim, Ticket};
use wechatpay_core::{Deduplicator, Timestamp};

const LEASE: u64 = 60;

fn holding(capacity: usize) -> Deduplicator {
    Deduplicator::new(NonZeroUsize::new(capacity).unwrap())
}

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(secs)
}

fn fresh(seen: &mut Deduplicator, id: &str, now: u64) -> Ticket {
    match seen.claim(id, at(now)) {
        Claim::Fresh(ticket) => ticket,
        other => panic!("{id} is {other:?}"),
    }
}

fn name(claim: &Claim) -> &'static str {
    match claim {
        Claim::Fresh(_) => "fresh",
        Claim::Underway => "underway",
        Claim::Done => "done",
        Claim::Full => "full",
        _ => "new",
    }
}

fn claim(seen: &mut Deduplicator, id: &str, now: u64) -> &'static str {
    name(&seen.claim(id, at(now)))
}

#[test]
fn a_notice_is_fresh_then_underway_then_done() {
    let mut seen = holding(10);
    assert!(seen.is_empty());
    let ticket = fresh(&mut seen, "a", 100);
    assert_eq!(ticket.id(), "a");
    assert_eq!(claim(&mut seen, "a", 100), "underway");
    assert_eq!(claim(&mut seen, "A", 100), "fresh");
    seen.done(ticket);
    assert_eq!(claim(&mut seen, "a", 100), "done");
    assert_eq!(claim(&mut seen, "a", 1_000_000), "done");
    assert_eq!(seen.len(), 2);
}

#[test]
fn what_failed_is_fresh_again() {
    let mut seen = holding(10);
    let ticket = fresh(&mut seen, "a", 100);
    seen.failed(ticket);
    assert!(seen.is_empty());
    let ticket = fresh(&mut seen, "a", 100);
    seen.done(ticket);
    assert_eq!(claim(&mut seen, "a", 100), "done");
}

#[test]
fn a_lease_ends_after_sixty_seconds_or_as_said() {
    let mut seen = holding(10);
    let _lost = fresh(&mut seen, "a", 100);
    assert_eq!(claim(&mut seen, "a", 159), "underway");
    assert_eq!(claim(&mut seen, "a", 160), "fresh");
    let mut short = holding(10).with_lease(Duration::from_secs(5));
    let _lost = fresh(&mut short, "a", 100);
    assert_eq!(claim(&mut short, "a", 104), "underway");
    assert_eq!(claim(&mut short, "a", 105), "fresh");
    let mut endless = holding(10).with_lease(Duration::MAX);
    let _lost = fresh(&mut endless, "a", 100);
    assert_eq!(claim(&mut endless, "a", u64::MAX - 1), "underway");
}

#[test]
fn a_late_ticket_does_not_take_the_next_one_s_claim() {
    let mut seen = holding(10);
    let late = fresh(&mut seen, "a", 100);
    let next = fresh(&mut seen, "a", 160);
    seen.failed(late);
    assert_eq!(claim(&mut seen, "a", 161), "underway");
    seen.done(next);

    let late = fresh(&mut seen, "b", 100);
    let next = fresh(&mut seen, "b", 160);
    seen.done(late);
    assert_eq!(claim(&mut seen, "b", 161), "done");
    seen.failed(next);
    assert_eq!(claim(&mut seen, "b", 161), "done");
}

#[test]
fn at_the_bound_the_oldest_done_is_forgotten_and_nothing_underway() {
    let mut seen = holding(2);
    let a = fresh(&mut seen, "a", 100);
    let b = fresh(&mut seen, "b", 100);
    assert_eq!(claim(&mut seen, "c", 100), "full");
    assert_eq!(claim(&mut seen, "a", 100), "underway");
    seen.done(b);
    seen.done(a);
    let c = fresh(&mut seen, "c", 101);
    assert_eq!(claim(&mut seen, "a", 101), "done");
    seen.done(c);
    let _b = fresh(&mut seen, "b", 101);
    assert_eq!(claim(&mut seen, "c", 101), "done");
    assert_eq!(seen.len(), 2);
}

#[test]
fn a_lease_that_ran_out_makes_room() {
    let mut seen = holding(1);
    let lost = fresh(&mut seen, "a", 100);
    assert_eq!(claim(&mut seen, "b", 159), "full");
    let b = fresh(&mut seen, "b", 160);
    seen.done(lost);
    assert_eq!(claim(&mut seen, "b", 160), "underway");
    seen.done(b);
    assert_eq!(claim(&mut seen, "b", 160), "done");
    assert_eq!(seen.len(), 1);
}

#[test]
fn a_lease_lasts_a_second_at_least() {
    for (lease, until) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (2_500, 3)] {
        let mut seen = holding(1).with_lease(Duration::from_millis(lease));
        let _ticket = fresh(&mut seen, "a", 100);
        assert_eq!(
            claim(&mut seen, "a", 100 + until - 1),
            "underway",
            "{lease} ms"
        );
        assert_eq!(claim(&mut seen, "a", 100 + until), "fresh", "{lease} ms");
    }
}

#[test]
fn what_to_reply_at_once() {
    let mut seen = holding(1);
    let ticket = seen.claim("a", at(0)).into_ticket().unwrap();
    assert_eq!(ticket.id(), "a");
    let status = |claim: Claim| claim.into_ticket().unwrap_err().status().as_u16();
    assert_eq!(status(seen.claim("a", at(0))), 503);
    assert_eq!(status(seen.claim("b", at(0))), 503);
    seen.done(ticket);
    assert_eq!(status(seen.claim("a", at(0))), 204);
}

#[derive(Clone, Debug)]
enum Step {
    Claim(u8),
    Done(prop::sample::Index),
    Failed(prop::sample::Index),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0u8..12).prop_map(Step::Claim),
        2 => any::<prop::sample::Index>().prop_map(Step::Done),
        1 => any::<prop::sample::Index>().prop_map(Step::Failed),
        1 => (0u64..LEASE * 2).prop_map(Step::Wait),
    ]
}

/// What is known of an id without the bound: who holds it until when, and whether it was handled.
#[derive(Default)]
struct Known {
    held: Option<(usize, u64)>,
    handled: bool,
}

/// Runs the steps against the simplest bookkeeping there is. With `forgets`, ids outnumber the
/// capacity, so that what was handled may be fresh again.
fn run(capacity: usize, steps: Vec<Step>, forgets: bool) -> Result<(), TestCaseError> {
    let mut seen = holding(capacity).with_lease(Duration::from_secs(LEASE));
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let mut tickets: Vec<(usize, Ticket)> = Vec::new();
    let (mut now, mut grants) = (1_000, 0);
    for step in steps {
        match step {
            Step::Wait(secs) => now += secs,
            Step::Claim(id) => {
                let id = id.to_string();
                let live = known
                    .values()
                    .filter(|of| of.held.is_some_and(|(_, until)| now < until))
                    .count();
                let of = known.entry(id.clone()).or_default();
                let underway = of.held.is_some_and(|(_, until)| now < until);
                let claimed = seen.claim(&id, at(now));
                match (&claimed, forgets) {
                    (Claim::Fresh(_), true) => prop_assert!(!underway),
                    (Claim::Fresh(_), false) => prop_assert!(!underway && !of.handled),
                    (Claim::Underway, _) => prop_assert!(underway && !of.handled),
                    (Claim::Done, _) => prop_assert!(of.handled && !underway),
                    (Claim::Full, _) => prop_assert!(forgets && live == capacity && !underway),
                    (other, _) => prop_assert!(false, "{:?}", other),
                }
                if let Claim::Fresh(ticket) = claimed {
                    of.held = Some((grants, now + LEASE));
                    of.handled = false;
                    tickets.push((grants, ticket));
                    grants += 1;
                }
            }
            Step::Done(at) if !tickets.is_empty() => {
                let (_, ticket) = tickets.swap_remove(at.index(tickets.len()));
                let of = known.get_mut(ticket.id()).unwrap();
                (of.held, of.handled) = (None, true);
                seen.done(ticket);
            }
            Step::Failed(at) if !tickets.is_empty() => {
                let (grant, ticket) = tickets.swap_remove(at.index(tickets.len()));
                let of = known.get_mut(ticket.id()).unwrap();
                if of.held.is_some_and(|(holder, _)| holder == grant) {
                    of.held = None;
                }
                seen.failed(ticket);
            }
            Step::Done(_) | Step::Failed(_) => {}
        }
        prop_assert!(seen.len() <= capacity);
    }
    Ok(())
}

proptest! {
    /// Each id is handed out once, unless it failed or its lease ran out.
    #[test]
    fn each_notice_is_handled_once(steps in proptest::collection::vec(step(), 0..200)) {
        run(12, steps, false)?;
    }

    /// With more ids than it holds: never more than the capacity, and none underway handed out twice.
    #[test]
    fn the_bound_holds(capacity in 1usize..6, steps in proptest::collection::vec(step(), 0..200)) {
        run(capacity, steps, true)?;
    }
}
