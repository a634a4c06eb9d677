//! A ticket is given back, and the platform takes its service fee.

use serde_json::json;
use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders::{Create, Query, Scene};
use wechatpay_gateway::Account;

use super::super::error::DemoError;
use super::super::stage::Stage;
use super::aftermath::refund;
use super::{AGENCY, available, in_transit, pass, text};

pub(super) fn take(stage: &mut Stage) -> Result<(), DemoError> {
    stage.chapter("A ticket is given back: the platform takes its service fee")?;

    stage.step(
        "A buyer paid 80.00 yuan for a ticket; such a scene can be set without the orders' API",
    )?;
    let order = json!({ "sub_mchid": AGENCY, "total": 8_000 });
    let paid = [(Account::Buyers, available(AGENCY)?, 8_000)];
    let order = stage.scene("/_gateway/orders", &order, &paid)?;
    let order = text(&order, "transaction_id")?;

    stage.step("The ticket is given back late: the buyer gets 70.00 yuan")?;
    let refund = refund(AGENCY, &order, "DEMO-REFUND-3", [7_000, 8_000], None);
    let reserved = [(available(AGENCY)?, in_transit(AGENCY)?, 7_000)];
    let refund = stage.call(&refund, &reserved)?;

    stage.step("Take a fee of 3.00 yuan; the answer says only that it is accepted")?;
    let fee = Create::builder()
        .sub_mchid(AGENCY)
        .transaction_id(&order)
        .amount(Fen::new(300))
        .scene(Scene::RefundTicket)
        .refund_id(refund.refund_id)
        .build();
    let reserved = [(available(AGENCY)?, in_transit(AGENCY)?, 300)];
    let accepted = stage.call(&fee, &reserved)?;
    stage.expect_answer("300 fen", &accepted.amount.to_string())?;

    stage.step("Ask what became of it: it is being processed")?;
    let query = Query::builder()
        .sub_mchid(AGENCY)
        .transaction_id(&order)
        .build();
    let state = stage.call(&query, &[])?;
    stage.expect_answer("PROCESSING", state.result.as_str())?;

    stage.step("Ten seconds pass: the buyer has the refund, and the platform the fee")?;
    let carried_out = [
        (in_transit(AGENCY)?, Account::Buyers, 7_000),
        (in_transit(AGENCY)?, Account::PlatformIncome, 300),
    ];
    pass(stage, 10, &carried_out)?;

    stage.step("Ask again")?;
    let state = stage.call(&query, &[])?;
    stage.expect_answer("SUCCESS", state.result.as_str())
}
