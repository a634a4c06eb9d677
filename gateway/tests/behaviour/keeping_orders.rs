//! Orders that wait to be paid survive the process.

use serde_json::json;
use wechatpay_gateway::Records;

use crate::bench::Bench;
use crate::keeping::restart;
use crate::ordering::{
    COMBINED, SHOP, SINGLE, by_number, combined, fail, pay, place, single, subsidised,
};

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
