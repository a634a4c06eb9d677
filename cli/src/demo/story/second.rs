//! An order is refunded before it is subsidised: the promise is given up.

use serde_json::json;
use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::subsidies::Cancel;
use wechatpay_core::api::pay::partner::transactions::{Native, Order, out_trade_no};
use wechatpay_core::api::pay::transactions::{Amount, SettleInfo};
use wechatpay_gateway::{Account, credentials};

use super::super::error::DemoError;
use super::super::stage::Stage;
use super::aftermath::refund;
use super::{APP, SHOP, frozen, in_transit, pass, unsettled};

pub(super) fn cancel(stage: &mut Stage) -> Result<(), DemoError> {
    stage.chapter("The second order: refunded, and its subsidy cancelled")?;

    stage.step("Place an order that promises 5.00 yuan; the buyer scans a code")?;
    let order = Order::builder()
        .sp_appid(APP)
        .sp_mchid(credentials::MCHID)
        .sub_mchid(SHOP)
        .description("tea")
        .out_trade_no("DEMO-2")
        .notify_url(stage.notify_url())
        .amount(Amount::cny(Fen::new(5_000)))
        .settle_info(SettleInfo::subsidised(Fen::new(500)))
        .build();
    let code = stage.call(&Native::builder().order(order).build(), &[])?;

    stage.step("The buyer pays 50.00 yuan")?;
    let paid = [(Account::Buyers, unsettled(SHOP)?, 5_000)];
    let pays = json!({ "code_url": code.code_url });
    stage.scene("/_gateway/payments", &pays, &paid)?;

    stage.step("The platform tells of it")?;
    let _paid = stage.callback()?;

    stage.step("Ask as well, as whoever waits for a callback should")?;
    let query = out_trade_no::Query::builder()
        .out_trade_no("DEMO-2")
        .sp_mchid(credentials::MCHID)
        .sub_mchid(SHOP)
        .build();
    let order = stage.call(&query, &[])?;
    stage.expect_answer("SUCCESS", order.trade_state.as_str())?;
    let order = order
        .transaction_id
        .ok_or(DemoError::Field("transaction_id"))?;

    stage.step("A minute passes")?;
    pass(stage, 60, &[(unsettled(SHOP)?, frozen(SHOP)?, 5_000)])?;

    stage.step("The buyer gets everything back")?;
    let refund = refund(SHOP, &order, "DEMO-REFUND-2", [5_000, 5_000], None);
    let reserved = [(frozen(SHOP)?, in_transit(SHOP)?, 5_000)];
    let refund = stage.call(&refund, &reserved)?;
    stage.expect_answer("DEMO-REFUND-2", &refund.out_refund_no)?;
    stage.step("Ten seconds pass")?;
    pass(stage, 10, &[(in_transit(SHOP)?, Account::Buyers, 5_000)])?;

    stage.step("Give the promised subsidy up; the order is free to be shared without it")?;
    let cancel = Cancel::builder()
        .sub_mchid(SHOP)
        .transaction_id(&order)
        .description("the order was refunded")
        .build();
    let cancelled = stage.call(&cancel, &[])?;
    stage.expect_answer("SUCCESS", cancelled.result.as_str())
}
