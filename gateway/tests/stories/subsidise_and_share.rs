//! A combined order promises a subsidy, is paid, subsidised and shared.

use serde_json::json;
use wechatpay_core::Fen;
use wechatpay_core::api::combine_transactions::{
    Jsapi, NewSubOrder, Order, Payer, SubAmount, out_trade_no,
};
use wechatpay_core::api::ecommerce::profitsharing::finish_order;
use wechatpay_core::api::ecommerce::profitsharing::orders::{self, Outcome, Receiver, amounts};
use wechatpay_core::api::ecommerce::profitsharing::receivers::{Add, Kind, Relation};
use wechatpay_core::api::ecommerce::subsidies::{Create, SubsidyState};
use wechatpay_core::api::pay::transactions::{SettleInfo, TradeState};
use wechatpay_core::notice::{Event, Payment};
use wechatpay_gateway::credentials;

use crate::stage::Stage;

const SHOP: &str = "1900077001";
const OTHER_SHOP: &str = "1900077002";
const APP: &str = "wx8888888888888888";
const COURIER: &str = "oTHER8uMuAJO_M2pxb1Q9zNjWeS6";

pub(crate) fn tell(stage: &Stage) {
    for (kind, account) in [
        (Kind::MerchantId, credentials::MCHID),
        (Kind::PersonalOpenid, COURIER),
    ] {
        let name = (kind == Kind::PersonalOpenid).then_some("张三");
        let add = Add::builder()
            .appid(APP)
            .kind(kind)
            .account(account)
            .relation_type(Relation::ServiceProvider)
            .maybe_encrypted_name(name)
            .build();
        stage.call(&add);
    }

    let sub_order = |shop: &str, number: &str, total: i64| {
        NewSubOrder::builder()
            .mchid(credentials::MCHID)
            .sub_mchid(shop)
            .attach("autumn")
            .amount(SubAmount::cny(Fen::new(total)))
            .out_trade_no(number)
            .description("tea")
    };
    let order = Order::builder()
        .combine_appid(APP)
        .combine_mchid(credentials::MCHID)
        .combine_out_trade_no("STORY-1")
        .sub_orders(vec![
            sub_order(SHOP, "STORY-1-A", 10_000)
                .settle_info(SettleInfo::subsidised(Fen::new(1_200)))
                .build(),
            sub_order(OTHER_SHOP, "STORY-1-B", 3_000).build(),
        ])
        .notify_url(stage.notify_url())
        .build();
    let payer = Payer::builder().openid(COURIER).build();
    let prepaid = stage.call(
        &Jsapi::builder()
            .order(order)
            .combine_payer_info(payer)
            .build(),
    );
    stage.scene(
        "/_gateway/payments",
        &json!({ "prepay_id": prepaid.prepay_id }),
    );

    let Event::Payment(Payment::Combined(paid)) = stage.notice() else {
        panic!("a payment was to be told");
    };
    assert_eq!(paid.combine_out_trade_no, "STORY-1");
    let query = out_trade_no::Query::builder()
        .combine_out_trade_no("STORY-1")
        .build();
    let asked = stage.call(&query);
    assert_eq!(asked.sub_orders, paid.sub_orders);
    let first = &paid.sub_orders[0];
    assert_eq!(first.trade_state, TradeState::Success);
    let transaction_id = first.transaction_id.clone().unwrap();

    stage.pass(60);
    let subsidise = Create::builder()
        .sub_mchid(SHOP)
        .transaction_id(&transaction_id)
        .amount(Fen::new(1_200))
        .description("autumn campaign")
        .out_subsidy_no("STORY-1-SUBSIDY")
        .build();
    assert_eq!(stage.call(&subsidise).result, SubsidyState::Success);

    let unsplit = amounts::Query::builder()
        .transaction_id(&transaction_id)
        .build();
    assert_eq!(stage.call(&unsplit).unsplit_amount, Fen::new(11_200));

    let part = |kind, account: &str, amount, name: Option<&str>| {
        Receiver::builder()
            .kind(kind)
            .receiver_account(account)
            .amount(Fen::new(amount))
            .description("commission")
            .maybe_receiver_name(name)
            .build()
    };
    let share = orders::Create::builder()
        .appid(APP)
        .sub_mchid(SHOP)
        .transaction_id(&transaction_id)
        .out_order_no("STORY-1-SHARE")
        .receivers(vec![
            part(Kind::MerchantId, credentials::MCHID, 800, None),
            part(Kind::PersonalOpenid, COURIER, 300, Some("张三")),
        ])
        .finish(false)
        .notify_url(stage.notify_url())
        .build();
    assert_eq!(stage.call(&share).outcome(), Outcome::Processing);
    stage.pass(10);
    let query = orders::Query::builder()
        .sub_mchid(SHOP)
        .transaction_id(&transaction_id)
        .out_order_no("STORY-1-SHARE")
        .build();
    assert_eq!(stage.call(&query).outcome(), Outcome::Done);
    let Event::ProfitSharing(told) = stage.notice() else {
        panic!("the platform itself received");
    };
    assert_eq!(told.movement.receiver.amount, Fen::new(800));

    let finish = finish_order::Finish::builder()
        .sub_mchid(SHOP)
        .transaction_id(&transaction_id)
        .out_order_no("STORY-1-FINISH")
        .description("all is shared")
        .build();
    let finishing = stage.call(&finish);
    assert_eq!(finishing.out_order_no, "STORY-1-FINISH");
    stage.pass(10);
    assert_eq!(stage.call(&unsplit).unsplit_amount, Fen::ZERO);

    assert_eq!(
        stage.holds(&format!("sub-merchant:{SHOP}:available")),
        10_100
    );
    assert_eq!(
        stage.holds(&format!("sub-merchant:{OTHER_SHOP}:available")),
        3_000
    );
    assert_eq!(stage.holds("platform:income"), 800);
    assert_eq!(stage.holds("platform:operation"), 998_800);
}
