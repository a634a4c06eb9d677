//! Whatever is placed, paid, refunded, settled, closed or left alone, in whatever order: what the
//! orders of a sub-merchant hold is what lies in its unsettled and frozen accounts.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::bench::Bench;
use crate::ordering::{
    COMBINED, OTHER_SHOP, SHOP, SINGLE, close_combined, close_single, combined, single, subsidised,
};

#[derive(Clone, Debug)]
enum Step {
    /// Alone, or combined; with profit sharing, or without.
    Place(u8, bool, bool),
    Pay(u8, bool, &'static str),
    Close(u8, bool),
    /// Of the paid orders, which one; how much.
    Refund(usize, i64),
    Settle(usize),
    Subsidise(usize),
    Cancel(usize),
    ReturnSubsidy(usize, i64),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let number = || 0..4_u8;
    let outcome = prop_oneof![4 => Just("paid"), 1 => Just("failed")];
    let seconds = prop_oneof![
        Just(1_u64),
        Just(60),
        Just(7_200),
        Just(7 * 86_400),
        Just(180 * 86_400),
    ];
    let amount = prop_oneof![1..60_i64, Just(100), Just(251)];
    prop_oneof![
        4 => (number(), any::<bool>(), any::<bool>()).prop_map(|(n, c, s)| Step::Place(n, c, s)),
        5 => (number(), any::<bool>(), outcome).prop_map(|(n, c, o)| Step::Pay(n, c, o)),
        1 => (number(), any::<bool>()).prop_map(|(n, c)| Step::Close(n, c)),
        3 => (any::<usize>(), amount.clone()).prop_map(|(at, fen)| Step::Refund(at, fen)),
        1 => any::<usize>().prop_map(Step::Settle),
        2 => any::<usize>().prop_map(Step::Subsidise),
        1 => any::<usize>().prop_map(Step::Cancel),
        1 => (any::<usize>(), amount).prop_map(|(at, fen)| Step::ReturnSubsidy(at, fen)),
        2 => seconds.prop_map(Step::Wait),
    ]
}

/// A paid order: its sub-merchant and its transaction id.
type Paid = (String, String);

fn play(bench: &mut Bench, paid: &mut Vec<Paid>, step: &Step) -> (u16, Value) {
    let chosen = |at: usize| match paid.len() {
        0 => (SHOP.to_owned(), "1".to_owned()),
        many => paid[at % many].clone(),
    };
    let scene = |(shop, id): Paid, name: &str| format!("/_gateway/orders/{shop}/{id}/{name}");
    match *step {
        Step::Place(number, true, _) => bench.post(
            &format!("{COMBINED}/jsapi"),
            &combined(&format!("C{number}")),
        ),
        Step::Place(number, false, shared) => {
            let number = format!("A{number}");
            let order = if shared {
                subsidised(&number)
            } else {
                single(&number)
            };
            bench.post(&format!("{SINGLE}/jsapi"), &order)
        }
        Step::Pay(number, together, outcome) => {
            let mut order = if together {
                json!({ "combine_out_trade_no": format!("C{number}") })
            } else {
                json!({ "out_trade_no": format!("A{number}"), "sub_mchid": SHOP })
            };
            order["outcome"] = outcome.into();
            let answer = bench.admin("POST", "/_gateway/payments", &order);
            for order in answer.1["transactions"].as_array().into_iter().flatten() {
                let text = |name: &str| order[name].as_str().unwrap().to_owned();
                paid.push((text("sub_mchid"), text("transaction_id")));
            }
            answer
        }
        Step::Close(number, together) => {
            let (path, body) = if together {
                close_combined(&format!("C{number}"))
            } else {
                close_single(&format!("A{number}"))
            };
            let request = bench.signed("POST", &path, body.to_string());
            let status = bench.send(&request).status().as_u16();
            (status, Value::Null)
        }
        Step::Refund(at, amount) => {
            let path = scene(chosen(at), "refunds");
            let refund = json!({ "amount": amount, "refund_id": format!("R{at}") });
            bench.admin("POST", &path, &refund)
        }
        Step::Settle(at) => bench.admin("POST", &scene(chosen(at), "settle"), &Value::Null),
        Step::Subsidise(at) => {
            let (shop, id) = chosen(at);
            let create = json!({
                "sub_mchid": shop, "transaction_id": id, "amount": 10, "description": "d",
            });
            bench.post("/v3/ecommerce/subsidies/create", &create)
        }
        Step::Cancel(at) => {
            let (shop, id) = chosen(at);
            let cancel = json!({ "sub_mchid": shop, "transaction_id": id, "description": "d" });
            bench.post("/v3/ecommerce/subsidies/cancel", &cancel)
        }
        Step::ReturnSubsidy(at, amount) => {
            let (shop, id) = chosen(at);
            let back = json!({
                "sub_mchid": shop, "transaction_id": id, "amount": amount, "description": "d",
                "out_order_no": format!("B{at}"), "refund_id": format!("R{at}"),
            });
            bench.post("/v3/ecommerce/subsidies/return", &back)
        }
        Step::Wait(seconds) => {
            let body = json!({ "advance_seconds": seconds });
            bench.admin("POST", "/_gateway/clock", &body)
        }
    }
}

/// What the orders of a sub-merchant hold, and what its accounts do.
fn held(bench: &mut Bench, ledger: &Value, paid: &[Paid], shop: &str) -> (i64, i64) {
    let mut sum = 0;
    for (_, id) in paid.iter().filter(|(of, _)| of == shop) {
        let path = format!("/_gateway/orders/{shop}/{id}");
        let (status, order) = bench.admin("GET", &path, &Value::Null);
        assert_eq!(status, 200);
        sum += order["held"].as_i64().unwrap();
    }
    let balances = ["unsettled", "frozen"].map(|purse| {
        let account = format!("sub-merchant:{shop}:{purse}");
        ledger["balances"][&account].as_i64().unwrap_or(0)
    });
    (sum, balances.iter().sum())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_orders_hold_is_what_accounts_hold(steps in prop::collection::vec(step(), 1..40)) {
        let mut bench = Bench::new();
        let mut paid = Vec::new();
        for step in steps {
            let before = bench.ledger();
            let (status, answer) = play(&mut bench, &mut paid, &step);
            let known = [200, 201, 204, 400, 403, 404, 409].contains(&status);
            prop_assert!(known, "{:?}: {} {}", step, status, answer);
            let after = bench.ledger();
            if status >= 400 {
                prop_assert_eq!(&before, &after, "{:?} moved money", step);
            }
            for shop in [SHOP, OTHER_SHOP] {
                let (orders, accounts) = held(&mut bench, &after, &paid, shop);
                prop_assert_eq!(orders, accounts, "after {:?}", step);
            }
        }
        // No order was paid twice.
        let distinct: BTreeSet<&Paid> = paid.iter().collect();
        prop_assert_eq!(distinct.len(), paid.len());
    }
}
