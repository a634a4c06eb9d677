//! Whatever is shared, finished, given back, refunded and subsidised, in whatever order: what orders
//! hold is what lies in the purses, and no order shares more than it had.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::scene::{
    FINISH, MERCHANT, ORDERS, PERSON, PLATFORM, RETURNS, add_receivers, agree_on, finish,
    give_back, query, round, to,
};

const PAYEES: [&str; 2] = ["1900000109", "1900000108"];
const ROUNDS: usize = 6;

#[derive(Clone, Debug)]
enum Step {
    Place(Value),
    Share(usize, usize, Vec<(&'static str, i64)>, bool),
    Finish(usize, usize),
    GiveBack(usize, usize, &'static str, i64),
    Refund(usize, i64),
    Settle(usize),
    Subsidise(usize, i64),
    Cancel(usize),
    Delete(&'static str),
    Add,
    SetBalance(&'static str, i64),
    Advance(u64),
}

/// Three orders: the last is another sub-merchant's.
fn order() -> impl Strategy<Value = usize> {
    0_usize..3
}

fn payee(order: usize) -> &'static str {
    PAYEES[order / 2]
}

fn transaction(order: usize) -> String {
    format!("420000000000000000000000000{order}")
}

fn receiver() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        4 => Just(MERCHANT),
        2 => Just(PLATFORM),
        2 => Just(PERSON),
        1 => Just("1900000109"),
    ]
}

fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![8 => 1_i64..80, 1 => 80_i64..400, 1 => -1_i64..1]
}

fn step() -> impl Strategy<Value = Step> {
    let place = (
        order(),
        50_i64..300,
        prop::option::of(1_i64..50),
        any::<[bool; 2]>(),
    );
    let place = place.prop_map(|(order, total, promised, [asked, paid])| {
        let body = json!({
            "sub_mchid": payee(order), "transaction_id": transaction(order), "total": total,
            "subsidy_amount": promised, "profit_sharing": asked,
            "state": if paid { "paid" } else { "settled" },
        });
        Step::Place(body)
    });
    let parts = prop::collection::vec((receiver(), amount()), 1..4);
    let share = (order(), 0..ROUNDS, parts, prop::bool::weighted(0.1));
    let share = share.prop_map(|(order, n, parts, last)| Step::Share(order, n, parts, last));
    let back = (0..ROUNDS, 0_usize..5, receiver(), amount());
    let advance = prop_oneof![6 => 0_u64..70, 1 => Just(180 * 86_400)];
    prop_oneof![
        3 => place,
        8 => share,
        1 => (order(), 0..ROUNDS).prop_map(|(order, n)| Step::Finish(order, n)),
        4 => back.prop_map(|(n, back, who, amount)| Step::GiveBack(n, back, who, amount)),
        2 => (order(), amount()).prop_map(|(order, amount)| Step::Refund(order, amount)),
        1 => order().prop_map(Step::Settle),
        2 => (order(), amount()).prop_map(|(order, amount)| Step::Subsidise(order, amount)),
        1 => order().prop_map(Step::Cancel),
        1 => receiver().prop_map(Step::Delete),
        1 => Just(Step::Add),
        1 => amount().prop_map(|amount| Step::SetBalance("merchant:1900000110", amount)),
        6 => advance.prop_map(Step::Advance),
    ]
}

fn number(n: usize) -> String {
    format!("P{n}")
}

fn play(bench: &mut Bench, step: &Step) -> (u16, Value) {
    let on = |order: usize, mut request: Value| {
        request["sub_mchid"] = payee(order).into();
        request
    };
    let path = |order: usize| format!("/_gateway/orders/{}/{}", payee(order), transaction(order));
    match step {
        Step::Place(body) => {
            let mut body = body.clone();
            body.as_object_mut()
                .unwrap()
                .retain(|_, value| !value.is_null());
            bench.admin("POST", "/_gateway/orders", &body)
        }
        Step::Share(order, n, parts, last) => {
            let parts: Vec<Value> = parts.iter().map(|(who, amount)| to(who, *amount)).collect();
            let mut request = on(*order, round(&transaction(*order), &number(*n), &parts));
            request["finish"] = (*last).into();
            bench.post(ORDERS, &request)
        }
        Step::Finish(order, n) => {
            let request = on(*order, finish(&transaction(*order), &number(*n)));
            bench.post(FINISH, &request)
        }
        Step::GiveBack(n, back, who, amount) => {
            let request = give_back(&number(*n), &format!("R{back}"), who, *amount);
            bench.post(RETURNS, &request)
        }
        Step::Refund(order, amount) => bench.admin(
            "POST",
            &(path(*order) + "/refunds"),
            &json!({ "amount": amount }),
        ),
        Step::Settle(order) => bench.admin("POST", &(path(*order) + "/settle"), &Value::Null),
        Step::Subsidise(order, amount) => {
            let request = json!({
                "transaction_id": transaction(*order), "amount": amount, "description": "d",
            });
            bench.post("/v3/ecommerce/subsidies/create", &on(*order, request))
        }
        Step::Cancel(order) => {
            let request = json!({ "transaction_id": transaction(*order), "description": "d" });
            bench.post("/v3/ecommerce/subsidies/cancel", &on(*order, request))
        }
        Step::Delete(who) => {
            let kind = to(who, 1)["type"].clone();
            let request = json!({ "appid": crate::scene::APPID, "type": kind, "account": who });
            bench.post("/v3/ecommerce/profitsharing/receivers/delete", &request)
        }
        Step::Add => {
            add_receivers(bench);
            (200, Value::Null)
        }
        Step::SetBalance(account, balance) => {
            let body = json!({ "account": account, "balance": balance });
            bench.admin("PUT", "/_gateway/balances", &body)
        }
        Step::Advance(seconds) => bench.admin(
            "POST",
            "/_gateway/clock",
            &json!({ "advance_seconds": seconds }),
        ),
    }
}

/// What is to be paid by each sub-merchant, and what was paid of each order, by what the platform
/// answers.
fn shares(bench: &mut Bench) -> (BTreeMap<&'static str, i64>, [i64; 3]) {
    let (mut transit, mut shared) = (BTreeMap::new(), [0; 3]);
    for (order, shared) in shared.iter_mut().enumerate() {
        for n in 0..ROUNDS {
            let target = query(&transaction(order), &number(n));
            let target = target.replace("1900000109", payee(order));
            let (status, answer) = bench.get(&target);
            if status == 404 {
                continue;
            }
            for part in answer["receivers"].as_array().into_iter().flatten() {
                let amount = part["amount"].as_i64().unwrap();
                match part["result"].as_str().unwrap() {
                    "PENDING" => *transit.entry(payee(order)).or_insert(0) += amount,
                    "SUCCESS" => *shared += amount,
                    other => assert_eq!(other, "CLOSED"),
                }
            }
        }
    }
    (transit, shared)
}

/// What each order holds lies in its sub-merchant's purses, and nobody else's money does.
fn held_is_there(bench: &mut Bench) {
    let mut held = BTreeMap::new();
    for view in (0..3).filter_map(|order| view(bench, order)) {
        let fen = view["held"].as_i64().unwrap();
        assert!(fen >= 0);
        *held.entry(view["sub_mchid"].to_string()).or_insert(0) += fen;
        // The net, as what came back may be shared again.
        assert!(view["shared"].as_i64().unwrap() <= had(&view), "{view}");
    }
    for payee in PAYEES {
        let held = held.get(&json!(payee).to_string()).copied().unwrap_or(0);
        let lies = balance(bench, payee, "unsettled") + balance(bench, payee, "frozen");
        assert_eq!(held, lies);
    }
}

/// What the platform answers of all rounds and returns fits what moved.
fn told_is_there(bench: &mut Bench) {
    let (transit, shared) = shares(bench);
    for (order, shared) in shared.into_iter().enumerate() {
        let Some(view) = view(bench, order) else {
            continue;
        };
        let backs: i64 = (0..5).map(|back| returned(bench, order, back)).sum();
        assert!(shared - backs <= had(&view), "{shared} of {view}");
    }
    for payee in PAYEES {
        let pending = transit.get(payee).copied().unwrap_or(0);
        assert_eq!(pending, balance(bench, payee, "in-transit"));
    }
}

fn view(bench: &mut Bench, order: usize) -> Option<Value> {
    let path = format!("/_gateway/orders/{}/{}", payee(order), transaction(order));
    let (status, view) = bench.admin("GET", &path, &Value::Null);
    (status == 200).then_some(view)
}

fn had(view: &Value) -> i64 {
    view["total"].as_i64().unwrap() + view["subsidy"]["amount"].as_i64().unwrap_or(0)
}

fn balance(bench: &mut Bench, payee: &str, purse: &str) -> i64 {
    bench.balance(&format!("sub-merchant:{payee}:{purse}"))
}

/// What came back of an order by the return of this number.
fn returned(bench: &mut Bench, order: usize, back: usize) -> i64 {
    for n in 0..ROUNDS {
        let target = crate::scene::query_return(&number(n), &format!("R{back}"));
        let (status, answer) = bench.get(&target);
        if status != 200 || answer["result"] != "SUCCESS" {
            continue;
        }
        // The round of that number may be another order's.
        let (known, _) = bench.get(&query(&transaction(order), &number(n)));
        if known == 200 {
            return answer["amount"].as_i64().unwrap();
        }
    }
    0
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn what_orders_hold_is_what_lies_in_the_purses(
        percent in prop_oneof![Just(30.0), Just(100.0)],
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut bench = Bench::new();
        add_receivers(&mut bench);
        agree_on(&mut bench, percent);
        for order in 0..2 {
            let body = json!({
                "sub_mchid": payee(order), "transaction_id": transaction(order), "total": 200,
                "profit_sharing": true,
            });
            bench.admin("POST", "/_gateway/orders", &body);
        }
        bench.advance(60);
        for step in steps {
            let before = bench.ledger();
            let (status, answer) = play(&mut bench, &step);
            prop_assert!(matches!(status, 200 | 201 | 400 | 403 | 404 | 409), "{answer}");
            if status >= 400 {
                prop_assert_eq!(&before, &bench.ledger(), "{:?} moved money: {}", step, answer);
            }
            held_is_there(&mut bench);
        }
        told_is_there(&mut bench);
        // Nothing stays under way.
        bench.advance(5);
        held_is_there(&mut bench);
        told_is_there(&mut bench);
        for payee in PAYEES {
            prop_assert_eq!(balance(&mut bench, payee, "in-transit"), 0);
        }
    }
}
