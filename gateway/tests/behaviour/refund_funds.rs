//! Whose money a refund is, and where it goes when the refund does not arrive.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::refunds::{
    APPLY, AVAILABLE, FROZEN, OPERATION, TRANSIT, UNSETTLED, accepted, apply, query, set_payer,
};

const ADVANCE: &str = "REFUND_SOURCE_PARTNER_ADVANCE";

fn held(bench: &mut Bench, order: &str) -> Value {
    let path = Bench::order_path(order);
    bench.admin("GET", &path, &Value::Null).1["held"].clone()
}

fn close(bench: &mut Bench, order: &str, refund: &str) {
    let path = format!("{}/refunds/{refund}/close", Bench::order_path(order));
    let (status, view) = bench.admin("POST", &path, &Value::Null);
    assert_eq!(status, 200, "{view}");
}

/// Asks for a refund that becomes abnormal, and waits until it is.
fn abnormal(bench: &mut Bench, order: &str, refund: i64, more: &Value) -> String {
    set_payer(bench, order, "abnormal");
    let id = accepted(bench, &apply(order, "R-A", refund, more));
    bench.advance(5);
    assert_eq!(query(bench, &id)["status"], "ABNORMAL");
    id
}

#[test]
fn money_that_is_not_settled_pays_first() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "state": "paid" }));
    let had = bench.balance(AVAILABLE);
    let id = accepted(&mut bench, &apply(&order, "R-1", 3_000, &json!({})));
    assert_eq!(query(&mut bench, &id)["funds_account"], "UNAVAILABLE");
    assert_eq!(bench.balance(UNSETTLED), 5_000);
    assert_eq!(bench.balance(AVAILABLE), had);
    assert_eq!(held(&mut bench, &order), 5_000);
    let unsettled = json!({ "funds_account": "UNSETTLED" });
    accepted(&mut bench, &apply(&order, "R-2", 1_000, &unsettled));
    assert_eq!(bench.balance(UNSETTLED), 4_000);
    let available = json!({ "funds_account": "AVAILABLE" });
    accepted(&mut bench, &apply(&order, "R-3", 500, &available));
    assert_eq!(bench.balance(UNSETTLED), 4_000);
    assert_eq!(bench.balance(AVAILABLE), had - 500);
    assert_eq!(held(&mut bench, &order), 4_000);
}

#[test]
fn money_that_is_kept_for_sharing_pays_its_own_order_only() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "profit_sharing": true }));
    bench.order(&json!({ "profit_sharing": true }));
    assert_eq!(bench.balance(FROZEN), 16_000);
    // A fee leaves 7,000 of the first order's money; the other's does not help it out.
    let refund = accepted(&mut bench, &apply(&order, "R-1", 1, &json!({})));
    let fee = json!({
        "sub_mchid": "1900000109", "transaction_id": order, "amount": 999,
        "type": "SERVICE_FEE_INCOME", "scene": "RETURN_GOODS", "refund_id": refund,
    });
    let fees = "/v3/ecommerce/profitsharing/after-sales-orders";
    assert_eq!(bench.post(fees, &fee).0, 200);
    bench.refused(403, "NOT_ENOUGH", |b| {
        b.post(APPLY, &apply(&order, "R-2", 7_001, &json!({})))
    });
    accepted(&mut bench, &apply(&order, "R-2", 7_000, &json!({})));
    assert_eq!(bench.balance(FROZEN), 8_000);
    // Nor does it when the platform may pay: that is when the platform does.
    let own = bench.balance(OPERATION);
    let advance = json!({ "refund_account": ADVANCE });
    accepted(&mut bench, &apply(&order, "R-3", 999, &advance));
    assert_eq!(bench.balance(FROZEN), 8_000);
    assert_eq!(bench.balance(OPERATION), own - 999);
}

#[test]
fn two_accounts_pay_together_all_or_nothing() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "state": "paid" }));
    let had = bench.balance(AVAILABLE);
    let from = |available: i64, unavailable: i64| {
        let from = json!([
            { "account": "AVAILABLE", "amount": available },
            { "account": "UNAVAILABLE", "amount": unavailable },
        ]);
        let refund = available + unavailable;
        json!({ "amount": { "refund": refund, "total": 8_000, "from": from } })
    };
    bench.set_balance(AVAILABLE, 100);
    bench.refused(403, "NOT_ENOUGH", |b| {
        b.post(APPLY, &apply(&order, "R-1", 0, &from(101, 400)))
    });
    bench.set_balance(AVAILABLE, had);
    let id = accepted(&mut bench, &apply(&order, "R-1", 0, &from(100, 400)));
    assert_eq!(bench.balance(AVAILABLE), had - 100);
    assert_eq!(bench.balance(UNSETTLED), 7_600);
    let refund = query(&mut bench, &id);
    assert_eq!(
        refund["amount"]["from"],
        json!([
            { "account": "AVAILABLE", "amount": 100 },
            { "account": "UNAVAILABLE", "amount": 400 },
        ])
    );
    assert_eq!(refund["funds_account"], Value::Null);
}

#[test]
fn platform_pays_in_advance_only_what_the_sub_merchant_cannot() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({}));
    let own = bench.balance(OPERATION);
    let advance = json!({ "refund_account": ADVANCE });
    let first = accepted(&mut bench, &apply(&order, "R-1", 1_000, &advance));
    let refund = query(&mut bench, &first);
    assert_eq!(refund["refund_account"], "REFUND_SOURCE_SUB_MERCHANT");
    assert_eq!(bench.balance(OPERATION), own);

    bench.set_balance(AVAILABLE, 999);
    let second = accepted(&mut bench, &apply(&order, "R-2", 1_000, &advance));
    let refund = query(&mut bench, &second);
    assert_eq!(refund["refund_account"], ADVANCE);
    assert_eq!(refund["funds_account"], "OPERATION");
    assert_eq!(refund["amount"]["advance"], 1_000);
    assert_eq!(refund["amount"]["from"], Value::Null);
    assert_eq!(bench.balance(OPERATION), own - 1_000);
    assert_eq!(bench.balance(AVAILABLE), 999);

    bench.set_balance(OPERATION, 999);
    bench.refused(403, "NOT_ENOUGH", |b| {
        b.post(APPLY, &apply(&order, "R-3", 1_000, &advance))
    });
}

#[test]
fn closed_refund_gives_back_to_whom_it_took_from() {
    let cases = [
        (json!({}), AVAILABLE),
        (json!({ "state": "paid" }), UNSETTLED),
        (json!({ "profit_sharing": true }), FROZEN),
    ];
    for (order, account) in cases {
        let mut bench = Bench::new();
        let order = bench.order(&order);
        let (had, kept) = (bench.balance(account), held(&mut bench, &order));
        let id = abnormal(&mut bench, &order, 8_000, &json!({}));
        assert_eq!(bench.balance(account), had - 8_000);
        assert_eq!(bench.balance(TRANSIT), 8_000);
        close(&mut bench, &order, &id);
        assert_eq!(bench.balance(account), had, "{account}");
        assert_eq!(bench.balance(TRANSIT), 0);
        assert_eq!(held(&mut bench, &order), kept);
        // The refund counts no more: all of the order can be refunded.
        assert_eq!(query(&mut bench, &id)["status"], "CLOSED");
        accepted(&mut bench, &apply(&order, "R-B", 8_000, &json!({})));
    }
}

#[test]
fn closed_refund_follows_the_orders_money() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "state": "paid" }));
    let id = abnormal(&mut bench, &order, 3_000, &json!({}));
    let path = Bench::order_path(&order) + "/settle";
    assert_eq!(bench.admin("POST", &path, &Value::Null).0, 200);
    let had = bench.balance(AVAILABLE);
    close(&mut bench, &order, &id);
    assert_eq!(bench.balance(AVAILABLE), had + 3_000);
    assert_eq!(bench.balance(UNSETTLED), 0);
    assert_eq!(held(&mut bench, &order), 0);
}

#[test]
fn closed_advance_goes_back_to_the_platform() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({}));
    let own = bench.balance(OPERATION);
    bench.set_balance(AVAILABLE, 0);
    let id = abnormal(
        &mut bench,
        &order,
        3_000,
        &json!({ "refund_account": ADVANCE }),
    );
    assert_eq!(bench.balance(OPERATION), own - 3_000);
    close(&mut bench, &order, &id);
    assert_eq!(bench.balance(OPERATION), own);
    assert_eq!(bench.balance(AVAILABLE), 0);
}

#[test]
fn closed_refund_is_none_for_the_rules_of_others() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    let id = abnormal(&mut bench, &order, 3_000, &json!({}));
    let cancel = json!({
        "sub_mchid": "1900000109", "transaction_id": order, "description": "d",
    });
    let fee = json!({
        "sub_mchid": "1900000109", "transaction_id": order, "amount": 7,
        "type": "SERVICE_FEE_INCOME", "scene": "RETURN_GOODS", "refund_id": id,
    });
    close(&mut bench, &order, &id);
    bench.refused(400, "INVALID_REQUEST", |b| {
        b.post("/v3/ecommerce/subsidies/cancel", &cancel)
    });
    let answer = bench.refused(400, "INVALID_REQUEST", |b| {
        b.post("/v3/ecommerce/profitsharing/after-sales-orders", &fee)
    });
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("it was closed")
    );
}
