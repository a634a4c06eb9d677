//! A part of the first order is refunded, and everybody gives their part back; the day's bill.

use wechatpay_core::Fen;
use wechatpay_core::api::bill::{Packing, Sheet, TradeBill};
use wechatpay_core::api::ecommerce::fund::QueryBalance;
use wechatpay_core::api::ecommerce::profitsharing::finish_order::Finish;
use wechatpay_core::api::ecommerce::profitsharing::returnorders;
use wechatpay_core::api::ecommerce::refunds::{Apply, ApplyAmount};
use wechatpay_core::api::ecommerce::subsidies::Return;
use wechatpay_core::notice::Event;
use wechatpay_gateway::{Account, credentials};

use super::super::error::DemoError;
use super::super::stage::Stage;
use super::{APP, SHOP, available, frozen, in_transit, pass};

/// 40 of 100 yuan are refunded.
pub(super) fn take_back(stage: &mut Stage, order: &str, subsidy: &str) -> Result<(), DemoError> {
    stage.chapter("A refund: what was shared and the subsidy come back in part")?;

    stage.step("The platform gives 40 % of its commission back")?;
    let take_back = returnorders::Create::builder()
        .sub_mchid(SHOP)
        .out_order_no("DEMO-SHARE-1")
        .out_return_no("DEMO-SHARE-BACK-1")
        .return_mchid(credentials::MCHID)
        .amount(Fen::new(320))
        .description("part of the order is refunded")
        .build();
    let accepted = stage.call(&take_back, &[])?;
    stage.expect_answer("PROCESSING", accepted.result.as_str())?;

    stage.step("Ten seconds later the order has it again")?;
    let back = [(Account::PlatformIncome, frozen(SHOP)?, 320)];
    pass(stage, 10, &back)?;

    stage.step("The receiver is told of that, too")?;
    let Event::ProfitSharing(told) = stage.callback()? else {
        return stage.other_callback("shared profit");
    };
    stage.expect_answer("320 fen", &told.movement.receiver.amount.to_string())?;

    stage.step("Refund 40.00 yuan; the answer has no status")?;
    let refund = refund(
        SHOP,
        order,
        "DEMO-REFUND-1",
        [4_000, 10_000],
        Some(stage.notify_url()),
    );
    let reserved = [(frozen(SHOP)?, in_transit(SHOP)?, 4_000)];
    let refund = stage.call(&refund, &reserved)?;

    stage.step("Ten seconds later the buyer has the money")?;
    let refunded = [(in_transit(SHOP)?, Account::Buyers, 4_000)];
    pass(stage, 10, &refunded)?;

    stage.step("The platform tells of the refund")?;
    let Event::Refund(told) = stage.callback()? else {
        return stage.other_callback("a refund");
    };
    stage.expect_answer("SUCCESS", told.refund_status.as_str())?;

    stage.step("Return the same part of the subsidy: 4.80 yuan, for this refund")?;
    let give_back = Return::builder()
        .sub_mchid(SHOP)
        .out_order_no("DEMO-RETURN-1")
        .transaction_id(order)
        .refund_id(refund.refund_id)
        .amount(Fen::new(480))
        .description("part of the order was refunded")
        .subsidy_id(subsidy)
        .build();
    let returned = [(frozen(SHOP)?, Account::PlatformOperation, 480)];
    let returned = stage.call(&give_back, &returned)?;
    stage.expect_answer("SUCCESS", returned.result.as_str())?;

    stage.step("Nothing more is to be shared")?;
    let finish = Finish::builder()
        .sub_mchid(SHOP)
        .transaction_id(order)
        .out_order_no("DEMO-SHARE-END-1")
        .description("all is shared")
        .build();
    let accepted = stage.call(&finish, &[])?;
    stage.expect_answer("DEMO-SHARE-END-1", &accepted.out_order_no)?;

    stage.step("Ten seconds later the rest is the shop's")?;
    let released = [(frozen(SHOP)?, available(SHOP)?, 6_240)];
    pass(stage, 10, &released)?;

    stage.step("Look at its balance")?;
    let query = QueryBalance::builder().sub_mchid(SHOP).build();
    let balance = stage.call(&query, &[])?;
    stage.expect_answer("6240 fen", &balance.available_amount.to_string())
}

/// A refund of some of an order, in fen: how much, of how much.
pub(super) fn refund(
    sub_mchid: &str,
    order: &str,
    number: &str,
    [refund, total]: [i64; 2],
    notify_url: Option<&str>,
) -> Apply {
    let amount = ApplyAmount::builder()
        .refund(Fen::new(refund))
        .total(Fen::new(total))
        .build();
    Apply::builder()
        .sub_mchid(sub_mchid)
        .sp_appid(APP)
        .transaction_id(order)
        .out_refund_no(number)
        .amount(amount)
        .maybe_notify_url(notify_url)
        .build()
}

/// The day's trade bill, which is there at 10 o'clock of the next day.
pub(super) fn read_bills(stage: &mut Stage) -> Result<(), DemoError> {
    stage.chapter("The day's bill")?;
    let day = stage.today()?;

    stage.step("A day and a half passes")?;
    pass(stage, 36 * 60 * 60, &[])?;

    stage.step("Ask for the bill of the day that is over")?;
    let bill = TradeBill::builder().bill_date(day).sub_mchid(SHOP).build();
    let bill = stage.call(&bill, &[])?;

    stage.step("Download it: nobody signs it, and it is good by its digest")?;
    let file = stage.download(&bill.download())?;
    let file = bill.open(&file, Packing::Plain, 1 << 20)?;
    let sheet = Sheet::read(&file)?;
    let mut refunded = Fen::ZERO;
    for row in sheet.trade_rows() {
        let row = row?;
        let state = row.trade_state.unwrap_or_default();
        stage.tell("row", &format!("{} {state}", row.out_trade_no))?;
        let back = row.refund.unwrap_or_default();
        refunded = refunded.checked_add(back).ok_or(DemoError::Range)?;
    }
    stage.expect_answer("9000 fen", &refunded.to_string())
}
