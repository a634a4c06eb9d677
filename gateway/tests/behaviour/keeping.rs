//! What an engine tells of its changes is enough to make another one that is the same.

use proptest::prelude::*;
use serde_json::{Value, json};
use wechatpay_gateway::{Engine, Records};

use crate::bench::Bench;
use crate::ordering::{COMBINED, SHOP, SINGLE, combined, subsidised};

/// Keeps what changed, and goes on with an engine that is made of what was kept.
pub(crate) fn restart(bench: &mut Bench, records: &mut Records) {
    records.keep(bench.engine.changes());
    let restored = Engine::restore(records).unwrap();
    assert_eq!(remembered(&bench.engine), remembered(&restored));
    bench.engine = restored;
    assert!(bench.engine.changes().is_empty());
}

/// All of an engine's business as its `Debug` shows it: what is written is not always what is read.
fn remembered(engine: &Engine) -> String {
    let all = format!("{engine:#?}");
    let from = all.find("\n    state: ").unwrap();
    let to = all.find("\n    outbox: ").unwrap();
    all[from..to].to_owned()
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
    let apply = json!({
        "sub_mchid": "1900000109", "sp_appid": "wx8888888888888888", "transaction_id": id,
        "out_refund_no": "R-1", "amount": { "refund": 30, "total": 8_000 },
    });
    let applied = bench.post("/v3/ecommerce/refunds/apply", &apply);
    assert_eq!(applied.0, 200);
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
    // A repetition is still one, a fee and a refund still arrive, a callback still goes out.
    assert_eq!(
        bench.unmoved(|b| b.post("/v3/ecommerce/refunds/apply", &apply)),
        applied
    );
    let owed = bench.balance("buyers");
    assert_eq!(
        bench.unmoved(|b| b.post("/v3/ecommerce/subsidies/create", &create)),
        made
    );
    bench.advance(10);
    assert_eq!(bench.balance("platform:income"), 7);
    assert_eq!(bench.balance("buyers"), owed + 30);
    let target = "/v3/ecommerce/refunds/out-refund-no/R-1?sub_mchid=1900000109";
    assert_eq!(bench.get(target).1["status"], "SUCCESS");
    let deliveries = bench.deliveries();
    assert_eq!(deliveries.len(), 1);
    let body: Value = serde_json::from_slice(deliveries[0].request.body()).unwrap();
    assert_eq!(body["id"], json!(notice[0]));
}

/// A refund that waits to be sent elsewhere, and an advance that waits to come back.
#[test]
fn refunds_that_wait_survive() {
    let mut bench = Bench::new();
    let mut records = Records::default();
    let order = bench.order(&json!({}));
    bench.set_balance("sub-merchant:1900000109:available", 0);
    let mut apply = json!({
        "sub_mchid": "1900000109", "sp_appid": "wx8888888888888888", "transaction_id": order,
        "out_refund_no": "R-1", "amount": { "refund": 30, "total": 8_000 },
        "refund_account": "REFUND_SOURCE_PARTNER_ADVANCE",
    });
    let first = bench.post("/v3/ecommerce/refunds/apply", &apply).1["refund_id"].clone();
    let first = first.as_str().unwrap();
    bench.advance(5);
    let back = format!("/v3/ecommerce/refunds/{first}/return-advance");
    let sub_merchant = json!({ "sub_mchid": "1900000109" });
    assert_eq!(bench.post(&back, &sub_merchant).0, 200);
    let payer = Bench::order_path(&order) + "/payer";
    bench.admin("PUT", &payer, &json!({ "payer_account": "abnormal" }));
    apply["out_refund_no"] = "R-2".into();
    let second = bench.post("/v3/ecommerce/refunds/apply", &apply).1["refund_id"].clone();
    bench.advance(5);
    restart(&mut bench, &mut records);
    bench.set_balance("sub-merchant:1900000109:available", 50);
    bench.advance(3_600);
    assert_eq!(bench.balance("sub-merchant:1900000109:available"), 20);
    let answer = bench.get(&(back + "?sub_mchid=1900000109")).1;
    assert_eq!(answer["result"], "SUCCESS");
    let path = format!(
        "/v3/ecommerce/refunds/{}/apply-abnormal-refund",
        second.as_str().unwrap()
    );
    let elsewhere = json!({
        "sub_mchid": "1900000109", "out_refund_no": "R-2", "type": "MERCHANT_BANK_CARD",
    });
    assert_eq!(bench.post(&path, &elsewhere).1["status"], "PROCESSING");
    restart(&mut bench, &mut records);
    bench.advance(5);
    let target = "/v3/ecommerce/refunds/out-refund-no/R-2?sub_mchid=1900000109";
    assert_eq!(bench.get(target).1["status"], "SUCCESS");
}

/// What was given up stays given up.
#[test]
fn a_cancelled_subsidy_stays_cancelled() {
    let mut bench = Bench::new();
    let mut records = Records::default();
    let id = bench.order(&json!({ "subsidy_amount": 100 }));
    bench.refund(&id, 10);
    let cancel = json!({
        "sub_mchid": "1900000109", "transaction_id": id, "description": "refunded",
    });
    assert_eq!(bench.post("/v3/ecommerce/subsidies/cancel", &cancel).0, 200);
    restart(&mut bench, &mut records);
    let create = json!({
        "sub_mchid": "1900000109", "transaction_id": id, "amount": 100, "description": "d",
    });
    bench.refused(400, "INVALID_REQUEST", |b| {
        b.post("/v3/ecommerce/subsidies/create", &create)
    });
    let (status, _) = bench.unmoved(|b| b.post("/v3/ecommerce/subsidies/cancel", &cancel));
    assert_eq!(status, 200);
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
