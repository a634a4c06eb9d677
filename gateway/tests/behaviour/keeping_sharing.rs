//! Rounds of sharing and coupon subsidies survive the process.

use serde_json::{Value, json};
use wechatpay_gateway::Records;

use crate::bench::Bench;
use crate::keeping::restart;
use crate::paying_coupons::{PAY, pay, redeemed};
use crate::scene::{
    FINISH, MERCHANT, ORDERS, PERSON, PLATFORM, RETURNS, agree_on, finish, give_back, mark,
    order_to_share, query, query_return, round, to,
};

#[test]
fn sharing_and_coupon_subsidies_survive() {
    let mut bench = Bench::new();
    let mut records = Records::default();
    let order = order_to_share(&mut bench);
    agree_on(&mut bench, 12.5);
    mark(
        &mut bench,
        "PERSONAL_OPENID",
        PERSON,
        json!("RECEIVER_HIGH_RISK"),
    );
    let mut share = round(&order, "P1", &[to(PLATFORM, 300), to(PERSON, 10)]);
    share["notify_url"] = "http://127.0.0.1:9/sharing".into();
    assert_eq!(bench.post(ORDERS, &share).0, 200);
    restart(&mut bench, &mut records);
    bench.advance(5);
    restart(&mut bench, &mut records);
    assert_eq!(bench.balance("platform:income"), 300);
    let (_, found) = bench.get(&query(&order, "P1"));
    assert_eq!(found["receivers"][1]["fail_reason"], "RECEIVER_HIGH_RISK");
    assert_eq!(bench.deliveries().len(), 1);
    let back = give_back("P1", "R1", PLATFORM, 100);
    let mut back = back.as_object().unwrap().clone();
    back.remove("out_order_no");
    back.insert("order_id".to_owned(), found["order_id"].clone());
    assert_eq!(bench.post(RETURNS, &json!(back)).0, 200);
    assert_eq!(bench.post(FINISH, &finish(&order, "F1")).0, 200);
    let coupon = redeemed(&mut bench);
    let paid = bench.post(PAY, &pay(&coupon, "S1", 300)).1;
    restart(&mut bench, &mut records);

    assert_eq!(
        bench.unmoved(|b| b.post(PAY, &pay(&coupon, "S1", 300))).1,
        paid
    );
    let id = paid["subsidy_receipt_id"].as_str().unwrap();
    assert_eq!(bench.get(&format!("{PAY}/{id}")).1, paid);
    bench.advance(5);
    assert_eq!(bench.balance("platform:income"), 200);
    assert_eq!(bench.get(&query_return("P1", "R1")).1["result"], "SUCCESS");
    assert_eq!(bench.get(&query(&order, "F1")).1["status"], "FINISHED");
    let more = round(&order, "P2", &[to(MERCHANT, 1)]);
    bench.refused(400, "INVALID_REQUEST", |b| b.post(ORDERS, &more));
    let agreed = bench.admin("GET", "/_gateway/sharing", &Value::Null).1;
    assert_eq!(agreed["greatest_percent"], 12.5);
}
