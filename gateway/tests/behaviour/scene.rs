//! An order that can be shared, and those it is shared with.

use serde_json::{Value, json};

use crate::bench::Bench;

pub(crate) const ORDERS: &str = "/v3/ecommerce/profitsharing/orders";
pub(crate) const FINISH: &str = "/v3/ecommerce/profitsharing/finish-order";
pub(crate) const RETURNS: &str = "/v3/ecommerce/profitsharing/returnorders";
pub(crate) const APPID: &str = "wx8888888888888888";
pub(crate) const MERCHANT: &str = "1900000110";
/// The caller itself.
pub(crate) const PLATFORM: &str = "1900001109";
pub(crate) const PERSON: &str = "oxTWIuGaIt6gTKsQRLau2M0yL16E";

pub(crate) const FROZEN: &str = "sub-merchant:1900000109:frozen";
pub(crate) const AVAILABLE: &str = "sub-merchant:1900000109:available";
pub(crate) const IN_TRANSIT: &str = "sub-merchant:1900000109:in-transit";

/// An order of 8,000 fen, paid a minute ago, and all receivers.
pub(crate) fn order_to_share(bench: &mut Bench) -> String {
    add_receivers(bench);
    let order = bench.order(&json!({ "profit_sharing": true }));
    bench.advance(60);
    order
}

pub(crate) fn add_receivers(bench: &mut Bench) {
    let receivers = [
        ("MERCHANT_ID", MERCHANT),
        ("MERCHANT_ID", PLATFORM),
        ("MERCHANT_ID", "1900000109"),
        ("PERSONAL_OPENID", PERSON),
    ];
    for (kind, account) in receivers {
        let add = json!({
            "appid": APPID, "type": kind, "account": account, "relation_type": "DISTRIBUTOR",
        });
        let path = "/v3/ecommerce/profitsharing/receivers/add";
        assert_eq!(bench.post(path, &add).0, 200);
    }
}

pub(crate) fn delete_receiver(bench: &mut Bench, kind: &str, account: &str) {
    let delete = json!({ "appid": APPID, "type": kind, "account": account });
    let path = "/v3/ecommerce/profitsharing/receivers/delete";
    assert_eq!(bench.post(path, &delete).0, 200);
}

pub(crate) fn to(account: &str, amount: i64) -> Value {
    let merchant = account.bytes().all(|b| b.is_ascii_digit());
    let kind = if merchant {
        "MERCHANT_ID"
    } else {
        "PERSONAL_OPENID"
    };
    json!({
        "type": kind, "receiver_account": account, "amount": amount, "description": "a part",
    })
}

pub(crate) fn round(order: &str, number: &str, receivers: &[Value]) -> Value {
    json!({
        "appid": APPID,
        "sub_mchid": "1900000109",
        "transaction_id": order,
        "out_order_no": number,
        "receivers": receivers,
        "finish": false,
    })
}

pub(crate) fn last_round(order: &str, number: &str, receivers: &[Value]) -> Value {
    let mut round = round(order, number, receivers);
    round["finish"] = true.into();
    round
}

pub(crate) fn finish(order: &str, number: &str) -> Value {
    json!({
        "sub_mchid": "1900000109",
        "transaction_id": order,
        "out_order_no": number,
        "description": "all is shared",
    })
}

pub(crate) fn give_back(number: &str, back: &str, mchid: &str, amount: i64) -> Value {
    json!({
        "sub_mchid": "1900000109",
        "out_order_no": number,
        "out_return_no": back,
        "return_mchid": mchid,
        "amount": amount,
        "description": "the order is refunded",
    })
}

pub(crate) fn query(order: &str, number: &str) -> String {
    format!("{ORDERS}?sub_mchid=1900000109&transaction_id={order}&out_order_no={number}")
}

pub(crate) fn query_return(number: &str, back: &str) -> String {
    format!("{RETURNS}?sub_mchid=1900000109&out_order_no={number}&out_return_no={back}")
}

pub(crate) fn amounts(bench: &mut Bench, order: &str) -> i64 {
    let (status, answer) = bench.get(&format!("{ORDERS}/{order}/amounts"));
    assert_eq!(status, 200, "{answer}");
    answer["unsplit_amount"].as_i64().unwrap()
}

pub(crate) fn agree_on(bench: &mut Bench, percent: f64) {
    let body = json!({ "greatest_percent": percent });
    assert_eq!(bench.admin("PUT", "/_gateway/sharing", &body).0, 200);
}

/// Lets a receiver get nothing.
pub(crate) fn mark(bench: &mut Bench, kind: &str, account: &str, reason: Value) {
    let body = json!({ "type": kind, "account": account, "fail_reason": reason });
    assert_eq!(bench.admin("PUT", "/_gateway/receivers", &body).0, 200);
}
