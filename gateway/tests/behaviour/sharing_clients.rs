//! Profit sharing by both transports, over a socket, with its notices.

use http::Method;
use serde_json::{Value, json};
use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::profitsharing::orders::{
    Create, Order, Outcome, Query, Receiver,
};
use wechatpay_core::api::ecommerce::profitsharing::receivers::{Add, Kind, Relation};
use wechatpay_core::api::ecommerce::profitsharing::returnorders::{self, ReturnState};
use wechatpay_core::notice::{Direction, Event, Sharing};
use wechatpay_gateway::{Gateway, Running};

use crate::both::Client;
use crate::clients::{over_hyper, over_ureq};
use crate::receiver::{NO_CONTENT, Receiver as Listener};
use crate::scene::{APPID, PERSON, PLATFORM};

fn advance(gateway: &Running, seconds: u64) {
    let body = json!({ "advance_seconds": seconds });
    gateway
        .admin(Method::POST, "/_gateway/clock", &body)
        .unwrap();
}

fn balance(gateway: &Running, account: &str) -> Value {
    let path = "/_gateway/ledger";
    gateway.admin(Method::GET, path, &Value::Null).unwrap()["balances"][account].clone()
}

fn part(kind: Kind, account: &str, amount: i64) -> Receiver {
    Receiver::builder()
        .kind(kind)
        .receiver_account(account)
        .amount(Fen::new(amount))
        .description("a part")
        .build()
}

fn told(client: &Client, listener: &Listener) -> Box<Sharing> {
    match client.notice(&listener.next_request()).event {
        Event::ProfitSharing(sharing) => sharing,
        other => panic!("{other:?}"),
    }
}

/// Shares with a person and the platform, waits, takes the platform's part back.
fn share_and_take_back(client: &Client, gateway: &Running) {
    let listener = Listener::start(|_| Some(NO_CONTENT));
    let order = json!({ "sub_mchid": "1900000109", "total": 8_000, "profit_sharing": true });
    let order = gateway
        .admin(Method::POST, "/_gateway/orders", &order)
        .unwrap();
    let order = order["transaction_id"].as_str().unwrap();
    for (kind, account) in [(Kind::PersonalOpenid, PERSON), (Kind::MerchantId, PLATFORM)] {
        let add = Add::builder().appid(APPID).kind(kind).account(account);
        client.answer(&add.relation_type(Relation::Distributor).build());
    }
    advance(gateway, 60);

    let mut person = part(Kind::PersonalOpenid, PERSON, 10);
    person.receiver_name = Some("欧阳待证实".into());
    let share = Create::builder()
        .appid(APPID)
        .sub_mchid("1900000109")
        .transaction_id(order)
        .out_order_no("P1")
        .receivers(vec![person, part(Kind::MerchantId, PLATFORM, 300)])
        .finish(false)
        .notify_url(&listener.url)
        .build();
    let taken: Order = client.answer(&share);
    assert_eq!(taken.outcome(), Outcome::Processing);
    let query = Query::builder()
        .sub_mchid("1900000109")
        .transaction_id(order)
        .out_order_no("P1")
        .build();
    let mut polls = 0;
    let done: Order = loop {
        let now: Order = client.answer(&query);
        if now.outcome() != Outcome::Processing {
            break now;
        }
        polls += 1;
        assert!(polls < 5, "{now:?}");
        advance(gateway, 3);
    };
    assert_eq!(done.outcome(), Outcome::Done);
    assert_eq!(balance(gateway, "person:oxTWIuGaIt6gTKsQRLau2M0yL16E"), 10);
    assert_eq!(balance(gateway, "platform:income"), 300);
    let sharing = told(client, &listener);
    assert_eq!(sharing.direction, Direction::Shared);
    assert_eq!(sharing.movement.order_id, done.order_id);
    assert_eq!(sharing.movement.receiver.amount, Fen::new(300));

    let back = returnorders::Create::builder()
        .sub_mchid("1900000109")
        .order_id(&done.order_id)
        .out_return_no("R1")
        .return_mchid(PLATFORM)
        .amount(Fen::new(120))
        .description("refunded in part")
        .build();
    assert_eq!(*client.answer(&back).result, ReturnState::Processing);
    advance(gateway, 5);
    assert_eq!(*client.answer(&back).result, ReturnState::Success);
    assert_eq!(balance(gateway, "platform:income"), 180);
    let sharing = told(client, &listener);
    assert_eq!(sharing.direction, Direction::Returned);
    assert_eq!(sharing.movement.out_order_no, "R1");
    assert_eq!(sharing.movement.receiver.amount, Fen::new(120));
}

#[test]
fn sharing_goes_over_ureq() {
    let gateway = Gateway::start().unwrap();
    share_and_take_back(&over_ureq(&gateway), &gateway);
}

#[test]
fn sharing_goes_over_hyper() {
    let gateway = Gateway::start().unwrap();
    share_and_take_back(&over_hyper(&gateway), &gateway);
}
