//! A coupon's maker pays the shop that honoured it, and gets the money back when the order is refunded.

use serde_json::json;
use wechatpay_core::Fen;
use wechatpay_core::api::marketing::busifavor::subsidy::{
    PayStatus, ReturnReceipt, ReturnStatus, pay_receipts, return_receipts,
};

use crate::stage::Stage;

const MAKER: &str = "1900077003";
const BRANCH: &str = "1900077004";

pub(crate) fn tell(stage: &Stage) {
    let funds = json!({ "account": format!("merchant:{MAKER}"), "balance": 900 });
    stage.scene("/_gateway/balances", &funds);
    let used = json!({
        "payer_merchant": MAKER, "payee_merchant": BRANCH, "amount": 900, "state": "redeemed",
        "refund_id": "5000000000000000000000077001",
    });
    let coupon = stage.scene("/_gateway/coupons", &used);
    let text = |field: &str| coupon[field].as_str().unwrap();

    let pay = pay_receipts::Create::builder()
        .stock_id(text("stock_id"))
        .coupon_code(text("coupon_code"))
        .transaction_id(text("transaction_id"))
        .payer_merchant(MAKER)
        .payee_merchant(BRANCH)
        .amount(Fen::new(900))
        .description("the coupon was used")
        .out_subsidy_no("STORY-3")
        .build();
    let paid = stage.call(&pay);
    assert_eq!(paid.status, PayStatus::Success);
    assert_eq!(stage.holds(&format!("merchant:{BRANCH}")), 900);

    let list = pay_receipts::List::builder()
        .stock_id(text("stock_id"))
        .coupon_code(text("coupon_code"))
        .out_subsidy_no("STORY-3")
        .build();
    assert_eq!(stage.call(&list).pay_receipt_list, [paid]);

    let take_back = ReturnReceipt::builder()
        .stock_id(text("stock_id"))
        .coupon_code(text("coupon_code"))
        .transaction_id(text("transaction_id"))
        .refund_id("5000000000000000000000077001")
        .payer_merchant(MAKER)
        .payee_merchant(BRANCH)
        .amount(Fen::new(500))
        .description("a part of the order was refunded")
        .out_subsidy_return_no("STORY-3-BACK")
        .build();
    let back = stage.call(&take_back);
    assert_eq!(back.status, ReturnStatus::Success);
    let number = back.subsidy_return_receipt_id.clone().unwrap();
    let query = return_receipts::Query::builder()
        .subsidy_return_receipt_id(number)
        .build();
    assert_eq!(stage.call(&query), back);
    let query = pay_receipts::Query::builder()
        .subsidy_receipt_id(back.subsidy_receipt_id)
        .build();
    assert_eq!(stage.call(&query).status, PayStatus::PartialReturn);

    assert_eq!(stage.holds(&format!("merchant:{MAKER}")), 500);
    assert_eq!(stage.holds(&format!("merchant:{BRANCH}")), 400);
}
