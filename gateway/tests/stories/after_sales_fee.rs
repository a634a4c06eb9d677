//! A ticket is given back: the buyer gets a part of the price, and the platform takes its fee.

use serde_json::json;
use wechatpay_core::Fen;
use wechatpay_core::api::bill::AccountType;
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders::{
    Create, OrderState, Query, Scene,
};
use wechatpay_core::api::ecommerce::refunds::{self, ApplyAmount};
use wechatpay_core::api::merchant::fund;
use wechatpay_core::api::pay::partner::transactions::{Jsapi, Order, Payer, out_trade_no};
use wechatpay_core::api::pay::transactions::{Amount, SettleInfo, TradeState};
use wechatpay_core::notice::Event;
use wechatpay_gateway::credentials;

use crate::stage::Stage;

const AGENCY: &str = "1900077005";
const APP: &str = "wx8888888888888888";

pub(crate) fn tell(stage: &Stage) {
    let order = Order::builder()
        .sp_appid(APP)
        .sp_mchid(credentials::MCHID)
        .sub_mchid(AGENCY)
        .description("a ticket")
        .out_trade_no("STORY-4")
        .notify_url(stage.notify_url())
        .amount(Amount::cny(Fen::new(8_000)))
        .settle_info(SettleInfo::shared())
        .build();
    let payer = Payer::builder()
        .sp_openid("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
        .build();
    let prepaid = stage.call(&Jsapi::builder().order(order).payer(payer).build());
    stage.scene(
        "/_gateway/payments",
        &json!({ "prepay_id": prepaid.prepay_id }),
    );
    assert!(matches!(stage.notice(), Event::Payment(_)));
    let query = out_trade_no::Query::builder()
        .out_trade_no("STORY-4")
        .sp_mchid(credentials::MCHID)
        .sub_mchid(AGENCY)
        .build();
    let paid = stage.call(&query);
    assert_eq!(paid.trade_state, TradeState::Success);
    stage.pass(60);

    let refund = refunds::Apply::builder()
        .sub_mchid(AGENCY)
        .sp_appid(APP)
        .out_trade_no("STORY-4")
        .out_refund_no("STORY-4-REFUND")
        .amount(
            ApplyAmount::builder()
                .refund(Fen::new(7_000))
                .total(Fen::new(8_000))
                .currency("CNY")
                .build(),
        )
        .build();
    let refund = stage.call(&refund);
    stage.pass(10);

    let transaction_id = paid.transaction_id.unwrap();
    let fee = Create::builder()
        .sub_mchid(AGENCY)
        .transaction_id(&transaction_id)
        .amount(Fen::new(300))
        .scene(Scene::RefundTicket)
        .refund_id(refund.refund_id)
        .build();
    assert_eq!(stage.call(&fee).amount, Fen::new(300));
    let query = Query::builder()
        .sub_mchid(AGENCY)
        .transaction_id(&transaction_id)
        .build();
    assert_eq!(stage.call(&query).result, OrderState::Processing);
    stage.pass(10);
    assert_eq!(stage.call(&query).result, OrderState::Success);

    let balance = fund::QueryBalance::builder()
        .account_type(AccountType::Basic)
        .build();
    assert_eq!(stage.call(&balance).available_amount, Fen::new(300));
    assert_eq!(stage.holds(&format!("sub-merchant:{AGENCY}:frozen")), 700);
}
