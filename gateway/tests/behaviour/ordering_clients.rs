//! An order over a socket, by both transports: placed, paid, told, asked for, closed.

use http::Method;
use serde_json::json;
use wechatpay_core::api::combine_transactions as combine;
use wechatpay_core::api::pay::partner::transactions as partner;
use wechatpay_core::api::pay::transactions::TradeState;
use wechatpay_core::notice::{Event, Payment};
use wechatpay_gateway::{Gateway, Running};

use crate::both::Client;
use crate::clients::{over_hyper, over_ureq};
use crate::ordering::{SHOP, combined, single, with};
use crate::receiver::{NO_CONTENT, Receiver};

fn buy(client: &Client, gateway: &Running) {
    let receiver = Receiver::start(|_| Some(NO_CONTENT));
    let url = json!({ "notify_url": receiver.url });
    let place: partner::Jsapi = serde_json::from_value(with(single("A1"), url.clone())).unwrap();
    let prepay = client.answer(&place);
    let paid = json!({ "prepay_id": prepay.prepay_id });
    let paid = gateway
        .admin(Method::POST, "/_gateway/payments", &paid)
        .unwrap();
    let id = paid["transactions"][0]["transaction_id"].as_str().unwrap();
    let Event::Payment(Payment::Partner(told)) = client.notice(&receiver.next_request()).event
    else {
        panic!("another kind of notice");
    };
    assert_eq!(told.transaction_id.as_deref(), Some(id));
    let query = partner::out_trade_no::Query::builder()
        .out_trade_no("A1")
        .sp_mchid("1900001109")
        .sub_mchid(SHOP)
        .build();
    assert_eq!(*told, client.answer(&query));
    let query = partner::id::Query::builder()
        .transaction_id(id)
        .sp_mchid("1900001109")
        .sub_mchid(SHOP)
        .build();
    assert_eq!(*told, client.answer(&query));

    let place: combine::Jsapi = serde_json::from_value(with(combined("C1"), url.clone())).unwrap();
    let prepay = client.answer(&place);
    let paid = json!({ "prepay_id": prepay.prepay_id });
    gateway
        .admin(Method::POST, "/_gateway/payments", &paid)
        .unwrap();
    let Event::Payment(Payment::Combined(told)) = client.notice(&receiver.next_request()).event
    else {
        panic!("another kind of notice");
    };
    let query = combine::out_trade_no::Query::builder()
        .combine_out_trade_no("C1")
        .build();
    assert_eq!(*told, client.answer(&query));

    let place: combine::Jsapi = serde_json::from_value(with(combined("C2"), url)).unwrap();
    let _ = client.answer(&place);
    client.answer(&combine::out_trade_no::Close::of(&place.order));
    let query = combine::out_trade_no::Query::builder()
        .combine_out_trade_no("C2")
        .build();
    let closed = client.answer(&query);
    assert_eq!(closed.sub_orders[1].trade_state, TradeState::Closed);
}

#[test]
fn an_order_is_bought_over_ureq() {
    let gateway = Gateway::start().unwrap();
    buy(&over_ureq(&gateway), &gateway);
}

#[test]
fn an_order_is_bought_over_hyper() {
    let gateway = Gateway::start().unwrap();
    buy(&over_hyper(&gateway), &gateway);
}
