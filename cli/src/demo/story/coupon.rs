//! A coupon's maker pays the branch that honoured it, and gets a part back.

use serde_json::json;
use wechatpay_core::Fen;
use wechatpay_core::api::marketing::busifavor::subsidy::{ReturnReceipt, pay_receipts};
use wechatpay_gateway::Account;

use super::super::error::DemoError;
use super::super::stage::Stage;
use super::{BRANCH, MAKER, merchant, text};

pub(super) fn subsidise(stage: &mut Stage) -> Result<(), DemoError> {
    stage.chapter("A coupon's subsidy")?;

    stage.step("The coupon's maker has 9.00 yuan")?;
    let funds = json!({ "account": format!("merchant:{MAKER}"), "balance": 900 });
    let funded = [(Account::World, merchant(MAKER)?, 900)];
    stage.scene("/_gateway/balances", &funds, &funded)?;

    stage.step(
        "A coupon of 9.00 yuan is honoured at the branch, for an order that is refunded later",
    )?;
    let used = json!({
        "payer_merchant": MAKER, "payee_merchant": BRANCH, "amount": 900, "state": "redeemed",
        "refund_id": "5000000000000000000000077001",
    });
    let coupon = stage.scene("/_gateway/coupons", &used, &[])?;

    stage.step("The maker pays the branch what the coupon took off")?;
    let pay = pay_receipts::Create::builder()
        .stock_id(text(&coupon, "stock_id")?)
        .coupon_code(text(&coupon, "coupon_code")?)
        .transaction_id(text(&coupon, "transaction_id")?)
        .payer_merchant(MAKER)
        .payee_merchant(BRANCH)
        .amount(Fen::new(900))
        .description("the coupon was used")
        .out_subsidy_no("DEMO-COUPON-1")
        .build();
    let paid = [(merchant(MAKER)?, merchant(BRANCH)?, 900)];
    let paid = stage.call(&pay, &paid)?;
    stage.expect_answer("PAY_RECEIPT_SUCCESS", paid.status.text())?;

    stage.step("After the refund a part goes back")?;
    let take_back = ReturnReceipt::builder()
        .stock_id(text(&coupon, "stock_id")?)
        .coupon_code(text(&coupon, "coupon_code")?)
        .transaction_id(text(&coupon, "transaction_id")?)
        .refund_id(text(&coupon, "refund_id")?)
        .payer_merchant(MAKER)
        .payee_merchant(BRANCH)
        .amount(Fen::new(500))
        .description("part of the order was refunded")
        .out_subsidy_return_no("DEMO-COUPON-BACK-1")
        .build();
    let returned = [(merchant(BRANCH)?, merchant(MAKER)?, 500)];
    let made = stage.call(&take_back, &returned)?;
    stage.expect_answer("RETURN_RECEIPT_SUCCESS", made.status.as_str())
}
