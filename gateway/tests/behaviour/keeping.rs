//! What an engine tells of its changes is enough to make another one that is the same.

use proptest::prelude::*;
use serde_json::{Value, json};
use wechatpay_gateway::{Engine, Records};

use crate::bench::Bench;
use crate::ordering::{
    COMBINED, SHOP, SINGLE, by_number, combined, fail, pay, place, single, subsidised,
};

/// Keeps what changed, and goes on with an engine that is made of what was kept.
fn restart(bench: &mut Bench, records: &mut Records) {
    records.keep(bench.engine.changes());
    bench.engine = Engine::restore(records).unwrap();
    assert!(bench.engine.changes().is_empty());
}

#[test]
fn everything_survives() {
    let mut bench = Bench::new();
    let mut records = Records::default();
    restart(&mut bench, &mut records);
    let id = bench.order(&json!({ "subsidy_amount": 500 }));
    restart(&mut bench, &mut records);
    let refund = bench.refund(&id, 100);
    let create = json!({
        "sub_mchid": "1900000109", "transaction_id": id, "amount": 500, "description": "d",
        "out_subsidy_no": "S1",
    });
    let made = bench.post("/v3/ecommerce/subsidies/create", &create);
    assert_eq!(made.0, 200);
    bench.advance(3_600);
    bench.admin("PUT", "/_gateway/clock", &json!({ "speed": 0 }));
    bench.admin(
        "POST",
        "/_gateway/certificates",
        &json!({ "step": "announce" }),
    );
    bench.admin(
        "PUT",
        "/_gateway/switch",
        &json!({ "public_key_percent": 5 }),
    );
    let fee = json!({
        "sub_mchid": "1900000109", "transaction_id": id, "amount": 7,
        "type": "SERVICE_FEE_INCOME", "scene": "RETURN_GOODS", "refund_id": refund,
    });
    let fees = "/v3/ecommerce/profitsharing/after-sales-orders";
    assert_eq!(bench.post(fees, &fee).0, 200);
    let notice = bench.queue(&json!({}));
    let looks = [
        "/_gateway/ledger",
        "/_gateway/clock",
        "/_gateway/certificates",
        "/_gateway/switch",
        "/_gateway/limits",
        "/_gateway/receivers",
        "/_gateway/notices?list=all",
        &Bench::order_path(&id),
    ];
    let before = looks.map(|path| bench.admin("GET", path, &Value::Null));

    restart(&mut bench, &mut records);
    assert_eq!(
        looks.map(|path| bench.admin("GET", path, &Value::Null)),
        before
    );
    // A repetition is still one, a fee still arrives, a callback still goes out.
    assert_eq!(
        bench.unmoved(|b| b.post("/v3/ecommerce/subsidies/create", &create)),
        made
    );
    bench.advance(10);
    assert_eq!(bench.balance("platform:income"), 7);
    let deliveries = bench.deliveries();
    assert_eq!(deliveries.len(), 1);
    let body: Value = serde_json::from_slice(deliveries[0].request.body()).unwrap();
    assert_eq!(body["id"], json!(notice[0]));
}

#[test]
fn orders_that_wait_to_be_paid_survive() {
    let mut bench = Bench::new();
    let mut records = Records::default();
    let prepay_id = place(&mut bench, SINGLE, &subsidised("A1"));
    place(&mut bench, SINGLE, &single("A2"));
    place(&mut bench, COMBINED, &combined("C1"));
    fail(&mut bench, json!({ "combine_out_trade_no": "C1" }));
    bench.order(&json!({ "sub_mchid": SHOP, "out_trade_no": "H1" }));
    let targets = [
        by_number("H1", SHOP),
        by_number("A1", SHOP),
        by_number("A2", SHOP),
        format!("{COMBINED}/out-trade-no/C1"),
    ];
    let before = targets.each_ref().map(|target| bench.get(target));

    restart(&mut bench, &mut records);
    assert_eq!(targets.each_ref().map(|target| bench.get(target)), before);
    // The same order is still the same order, its number is still used, its page still opens.
    assert_eq!(place(&mut bench, SINGLE, &subsidised("A1")), prepay_id);
    let path = format!("{SINGLE}/jsapi");
    assert_eq!(bench.post(&path, &single("A1")).0, 403);
    assert_eq!(bench.post(&path, &single("C1-2")).0, 403);
    let id = pay(&mut bench, &json!({ "prepay_id": prepay_id })).remove(0);

    restart(&mut bench, &mut records);
    let (_, paid) = bench.get(&by_number("A1", SHOP));
    assert_eq!(paid["transaction_id"], *id);
    assert_eq!(paid["attach"], "深圳分店");
    assert_eq!(bench.deliveries().len(), 1);
    // It is settled, and the others expire.
    bench.advance(60);
    assert_eq!(bench.balance("sub-merchant:1230000109:frozen"), 100);
    restart(&mut bench, &mut records);
    bench.advance(7 * 86_400);
    assert_eq!(bench.get(&by_number("A2", SHOP)).1["trade_state"], "CLOSED");
    restart(&mut bench, &mut records);
    assert_eq!(bench.post(&path, &single("A2")).1["code"], "ORDER_CLOSED");
}

#[test]
fn a_delivery_that_was_under_way_goes_out_again() {
    let mut bench = Bench::new();
    let mut records = Records::default();
    bench.queue(&json!({}));
    let first = bench.deliveries();
    assert_eq!(first.len(), 1);
    restart(&mut bench, &mut records);
    let second = bench.deliveries();
    assert_eq!(second.len(), 1);
    assert_eq!(first[0].request.body(), second[0].request.body());
    // A late answer to the first finds nothing; the second ends the notice.
    bench.answered(&first[0], 200);
    assert_eq!(bench.notices()["delivered"], 0);
    bench.answered(&second[0], 200);
    assert_eq!(bench.notices()["delivered"], 1);
}

#[test]
fn a_reset_makes_void_what_was_kept() {
    let mut bench = Bench::new();
    let mut records = Records::default();
    let start = bench.ledger();
    restart(&mut bench, &mut records);
    bench.order(&json!({}));
    restart(&mut bench, &mut records);
    bench.admin("POST", "/_gateway/reset", &Value::Null);
    restart(&mut bench, &mut records);
    assert_eq!(bench.ledger(), start);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whenever the process dies, the one that takes over answers as it would have.
    #[test]
    fn an_engine_is_what_it_kept(steps in prop::collection::vec((0..9_u8, 1..900_i64, any::<bool>()), 1..24)) {
        let (mut one, mut other) = (Bench::new(), Bench::new());
        let mut records = Records::default();
        let sample = "4208450740201411110007820472";
        for (step, amount, dies) in steps {
            let ask = |bench: &mut Bench| match step {
                0 => bench.admin("POST", "/_gateway/orders", &json!({
                    "sub_mchid": "1900000109", "total": amount, "state": "paid",
                })),
                1 => bench.post("/v3/ecommerce/subsidies/create", &json!({
                    "sub_mchid": "1900000109", "transaction_id": sample, "amount": 10,
                    "description": "测试备注",
                })),
                2 => bench.post("/v3/ecommerce/subsidies/return", &json!({
                    "sub_mchid": "1900000109", "out_order_no": amount.to_string(),
                    "transaction_id": sample, "refund_id": "3008450740201411110007820472",
                    "amount": amount % 12, "description": "d",
                })),
                3 => bench.admin("POST", "/_gateway/clock", &json!({ "advance_seconds": amount })),
                4 => bench.admin("PUT", "/_gateway/balances", &json!({
                    "account": "platform:operation", "balance": amount,
                })),
                5 => bench.post(&format!("{SINGLE}/jsapi"), &subsidised(&format!("A{}", amount % 3))),
                6 => bench.post(&format!("{COMBINED}/jsapi"), &combined(&format!("C{}", amount % 3))),
                7 => bench.admin("POST", "/_gateway/payments", &json!({
                    "out_trade_no": format!("A{}", amount % 3), "sub_mchid": SHOP,
                })),
                _ => bench.admin("GET", "/_gateway/ledger", &Value::Null),
            };
            prop_assert_eq!(ask(&mut one), ask(&mut other));
            if dies {
                restart(&mut other, &mut records);
            }
        }
        prop_assert_eq!(one.ledger(), other.ledger());
    }
}
