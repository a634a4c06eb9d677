//! Orders to place, and the buyer who pays them.

use serde_json::{Value, json};
use wechatpay_core::notice::Event;
use wechatpay_core::{Bytes, Notice, Timestamp, http};
use wechatpay_gateway::credentials;

use crate::bench::Bench;

pub(crate) const SINGLE: &str = "/v3/pay/partner/transactions";
pub(crate) const COMBINED: &str = "/v3/combine-transactions";
pub(crate) const SHOP: &str = "1230000109";
pub(crate) const OTHER_SHOP: &str = "1230000110";

/// What `more` says in place of, or beside, what an order has.
pub(crate) fn with(mut body: Value, more: Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

/// An order of 100 fen for a page inside WeChat.
pub(crate) fn single(number: &str) -> Value {
    json!({
        "sp_appid": "wx8888888888888888",
        "sp_mchid": "1900001109",
        "sub_mchid": SHOP,
        "description": "Image形象店-深圳腾大-QQ公仔",
        "out_trade_no": number,
        "attach": "深圳分店",
        "notify_url": "http://127.0.0.1:9/paid",
        "amount": { "total": 100, "currency": "CNY" },
        "payer": { "sp_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
        "scene_info": { "payer_client_ip": "14.23.150.211", "device_id": "013467007045764" },
    })
}

pub(crate) fn subsidised(number: &str) -> Value {
    let settle_info = json!({ "profit_sharing": true, "subsidy_amount": 10 });
    with(single(number), json!({ "settle_info": settle_info }))
}

pub(crate) fn sub_order(number: &str, shop: &str, total: i64) -> Value {
    json!({
        "mchid": "1900001109",
        "sub_mchid": shop,
        "out_trade_no": number,
        "attach": format!("of {shop}"),
        "description": "腾讯充值中心-QQ会员充值",
        "amount": { "total_amount": total, "currency": "CNY" },
        "settle_info": { "profit_sharing": true, "subsidy_amount": 10 },
    })
}

/// Two orders, of 100 and of 250 fen, for two sub-merchants.
pub(crate) fn combined(number: &str) -> Value {
    json!({
        "combine_appid": "wxd678efh567hg6787",
        "combine_mchid": "1900001109",
        "combine_out_trade_no": number,
        "sub_orders": [
            sub_order(&format!("{number}-1"), SHOP, 100),
            sub_order(&format!("{number}-2"), OTHER_SHOP, 250),
        ],
        "combine_payer_info": { "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
        "notify_url": "http://127.0.0.1:9/paid",
    })
}

/// Places an order for a page inside WeChat, and gives the `prepay_id`.
pub(crate) fn place(bench: &mut Bench, family: &str, body: &Value) -> String {
    let answer = bench.unmoved(|b| b.post(&format!("{family}/jsapi"), body));
    assert_eq!(answer.0, 200, "{}", answer.1);
    answer.1["prepay_id"].as_str().unwrap().to_owned()
}

/// The buyer pays; the transaction ids.
pub(crate) fn pay(bench: &mut Bench, order: &Value) -> Vec<String> {
    let (status, answer) = bench.admin("POST", "/_gateway/payments", order);
    assert_eq!(
        (status, &answer["trade_state"]),
        (201, &json!("SUCCESS")),
        "{answer}"
    );
    let transactions = answer["transactions"].as_array().unwrap().iter();
    let id = |paid: &Value| paid["transaction_id"].as_str().unwrap().to_owned();
    transactions.map(id).collect()
}

/// The buyer pays, and it comes to nothing.
pub(crate) fn fail(bench: &mut Bench, order: Value) {
    let order = with(order, json!({ "outcome": "failed" }));
    let answer = bench.unmoved(|b| b.admin("POST", "/_gateway/payments", &order));
    let expected = json!({ "trade_state": "PAYERROR", "transactions": [] });
    assert_eq!(answer, (201, expected));
}

/// Places an order alone, has it paid, and gives its transaction id.
pub(crate) fn paid(bench: &mut Bench, body: &Value) -> String {
    let prepay_id = place(bench, SINGLE, body);
    pay(bench, &json!({ "prepay_id": prepay_id })).remove(0)
}

pub(crate) fn by_number(number: &str, shop: &str) -> String {
    format!("{SINGLE}/out-trade-no/{number}?sp_mchid=1900001109&sub_mchid={shop}")
}

pub(crate) fn by_id(id: &str, shop: &str) -> String {
    format!("{SINGLE}/id/{id}?sp_mchid=1900001109&sub_mchid={shop}")
}

/// The state that a query tells.
pub(crate) fn state(bench: &mut Bench, number: &str) -> String {
    let (status, order) = bench.unmoved(|b| b.get(&by_number(number, SHOP)));
    assert_eq!(status, 200, "{order}");
    order["trade_state"].as_str().unwrap().to_owned()
}

pub(crate) fn close_single(number: &str) -> (String, Value) {
    let path = format!("{SINGLE}/out-trade-no/{number}/close");
    (path, json!({ "sp_mchid": "1900001109", "sub_mchid": SHOP }))
}

pub(crate) fn close_combined(number: &str) -> (String, Value) {
    let sub_order = |end: &str, shop: &str| {
        let number = format!("{number}-{end}");
        json!({ "mchid": "1900001109", "out_trade_no": number, "sub_mchid": shop })
    };
    let body = json!({
        "combine_appid": "wxd678efh567hg6787",
        "sub_orders": [sub_order("1", SHOP), sub_order("2", OTHER_SHOP)],
    });
    (format!("{COMBINED}/out-trade-no/{number}/close"), body)
}

/// Closes an order, which is answered with a signed nothing.
pub(crate) fn close(bench: &mut Bench, (path, body): &(String, Value)) {
    let request = bench.signed("POST", path, body.to_string());
    let response = bench.unmoved(|b| b.send(&request));
    bench.verify(&response);
    assert_eq!(
        (response.status().as_u16(), response.body().len()),
        (204, 0)
    );
}

/// What the callbacks tell that are due, as the core opens them, each of which is answered.
pub(crate) fn told(bench: &mut Bench) -> Vec<(String, Event)> {
    let key = credentials::api_v3_key().unwrap();
    let now = Timestamp::from_secs(bench.now);
    let mut events = Vec::new();
    for delivery in bench.deliveries() {
        let request: &http::Request<Bytes> = &delivery.request;
        let notice = Notice::open(request, &bench.keys, &key, now).unwrap();
        events.push((request.uri().to_string(), notice.event));
        bench.answered(&delivery, 204);
    }
    events
}
