//! What accounts hold, now and at the end of a day.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::bills::HOUR;
use crate::refunds::{AVAILABLE, accepted, apply};

const OF: &str = "/v3/ecommerce/fund/balance/1900000109";
const END: &str = "/v3/ecommerce/fund/enddaybalance/1900000109";

fn basic(available: i64, pending: i64) -> (u16, Value) {
    let balance = json!({
        "sub_mchid": "1900000109", "account_type": "BASIC",
        "available_amount": available, "pending_amount": pending,
    });
    (200, balance)
}

#[test]
fn own_accounts_are_the_platforms() {
    let mut bench = Bench::new();
    bench.set_balance("platform:income", 77);
    bench.set_balance("platform:operation", 1_234);
    for (account, amount) in [("BASIC", 77), ("OPERATION", 1_234), ("FEES", 0)] {
        let target = format!("/v3/merchant/fund/balance/{account}");
        let balance = json!({ "available_amount": amount, "pending_amount": 0 });
        assert_eq!(bench.get(&target), (200, balance), "{account}");
    }
}

#[test]
fn sub_merchant_has_what_it_can_use_and_what_it_cannot_yet() {
    let mut bench = Bench::new();
    bench.set_balance(AVAILABLE, 20_000);
    let order = bench.order(&json!({ "state": "paid", "total": 8_000 }));
    bench.order(&json!({ "profit_sharing": true, "total": 500 }));
    assert_eq!(bench.get(OF), basic(20_000, 8_500));
    // What is on its way to a buyer is the sub-merchant's no longer.
    accepted(&mut bench, &apply(&order, "R-1", 100, &json!({})));
    assert_eq!(bench.get(OF), basic(20_000, 8_400));
    assert_eq!(
        bench.get(&format!("{OF}?account_type=BASIC")),
        basic(20_000, 8_400)
    );
    for account in ["OPERATION", "FEES", "DEPOSIT"] {
        let (status, balance) = bench.get(&format!("{OF}?account_type={account}"));
        assert_eq!((status, &balance["account_type"]), (200, &json!(account)));
        assert_eq!(balance["available_amount"], 0);
        assert_eq!(balance["pending_amount"], 0);
    }
}

#[test]
fn day_ends_with_what_was_there_at_midnight_in_china() {
    let mut bench = Bench::new();
    bench.set_balance(AVAILABLE, 1_000);
    // 23:59:59 of the day that begins at 12:40:00, and midnight.
    bench.advance(11 * HOUR + 19 * 60 + 59);
    let order = bench.order(&json!({ "state": "paid", "total": 300 }));
    bench.advance(1);
    let path = Bench::order_path(&order) + "/settle";
    assert_eq!(bench.admin("POST", &path, &Value::Null).0, 200);
    let first = format!("{END}?date=2025-11-21");
    let second = format!("{END}?date=2025-11-22");
    bench.refused(400, "INVALID_REQUEST", |b| b.get(&second));
    bench.advance(10 * HOUR - 1);
    let early = bench.refused(400, "INVALID_REQUEST", |b| b.get(&first));
    let message = early["message"].as_str().unwrap();
    assert!(message.contains("2025-11-22T10:00:00+08:00"), "{message}");
    bench.advance(1);
    assert_eq!(bench.get(&first), basic(1_000, 300));
    bench.advance(24 * HOUR);
    assert_eq!(bench.get(&second), basic(1_300, 0));
    let deposit = bench.get(&format!("{second}&account_type=DEPOSIT")).1;
    assert_eq!(deposit["available_amount"], 0);
    // What came later does not change it.
    assert_eq!(bench.get(&first), basic(1_000, 300));
    bench.advance(88 * 24 * HOUR + 14 * HOUR - 1);
    assert_eq!(bench.get(&first), basic(1_000, 300));
    bench.advance(1);
    bench.refused(400, "INVALID_REQUEST", |b| b.get(&first));
}

#[test]
fn sub_merchant_without_money_is_none_of_the_callers() {
    let mut bench = Bench::new();
    let balance = "/v3/ecommerce/fund/balance/1900009999";
    let end = "/v3/ecommerce/fund/enddaybalance/1900009999?date=2025-11-21";
    bench.advance(34 * HOUR);
    bench.refused(403, "NO_AUTH", |b| b.get(balance));
    bench.refused(400, "INVALID_REQUEST", |b| b.get(end));
    // Its first money comes a day later.
    let order = json!({ "sub_mchid": "1900009999", "total": 1 });
    assert_eq!(bench.admin("POST", "/_gateway/orders", &order).0, 201);
    assert_eq!(bench.get(balance).0, 200);
    bench.refused(400, "INVALID_REQUEST", |b| b.get(end));
}

#[test]
fn accounts_and_days_that_there_are_not_are_refused() {
    let mut bench = Bench::new();
    for target in [
        "/v3/merchant/fund/balance/DEPOSIT",
        "/v3/merchant/fund/balance/basic",
        "/v3/ecommerce/fund/balance/1900000109?account_type=ALL",
        "/v3/ecommerce/fund/enddaybalance/1900000109",
        "/v3/ecommerce/fund/enddaybalance/1900000109?date=2025-02-30",
        "/v3/ecommerce/fund/enddaybalance/1900000109?date=20251121",
        "/v3/ecommerce/fund/enddaybalance/1900000109?date=2025-11-20&account_type=OPERATION",
        "/v3/ecommerce/fund/enddaybalance/1900000109?date=2025-11-20&date=2025-11-19",
    ] {
        bench.refused(400, "PARAM_ERROR", |b| b.get(target));
    }
}
