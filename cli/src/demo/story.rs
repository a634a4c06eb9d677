//! The story itself, with every figure written out.

use serde_json::{Value, json};
use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders::{
    Create as TakeFee, Query as AskForFee, Scene,
};
use wechatpay_core::api::ecommerce::subsidies::{
    Account as ReturnAccount, Cancel, Create, Return, ReturnFrom,
};
use wechatpay_core::api::marketing::busifavor::subsidy::ReturnReceipt;
use wechatpay_gateway::{Account, Mchid, Purse, credentials};

use super::Balances;
use super::error::DemoError;
use super::stage::Stage;

/// The sub-merchant of the subsidised orders: a tea shop.
const SHOP: &str = "1900077001";
/// The sub-merchant of the ticket: a travel agency.
const AGENCY: &str = "1900077002";
/// Who paid the coupon's subsidy: the coupon's maker.
const MAKER: &str = "1900077003";
/// Who received it: the shop that honoured the coupon.
const BRANCH: &str = "1900077004";

/// What the accounts of the story hold in the end, in fen.
pub(super) fn closing_balances() -> Result<Balances, DemoError> {
    Ok(vec![
        // 1,000,000 at the start, less the subsidy of 1,200, and 480 of it back.
        (Account::PlatformOperation, Fen::new(999_280)),
        // The service fee.
        (Account::PlatformIncome, Fen::new(300)),
        // 10,000 for the first order, 1,200 of subsidy, 4,000 refunded, 480 of subsidy back; the
        // second order came and went.
        (available(SHOP)?, Fen::new(6_720)),
        (unsettled(SHOP)?, Fen::ZERO),
        // 8,000 for the ticket, 3,000 refunded, 300 of fee.
        (available(AGENCY)?, Fen::new(4_700)),
        (in_transit(AGENCY)?, Fen::ZERO),
        // The coupon's subsidy went to the branch, and came back.
        (merchant(MAKER)?, Fen::new(900)),
        (merchant(BRANCH)?, Fen::ZERO),
    ])
}

/// Plays all chapters.
pub(super) fn play(stage: Stage) -> Result<Stage, DemoError> {
    stage.line("The life of a subsidised order, on an embedded gateway (simulator)")?;
    stage.line("")?;
    stage.line(&format!(
        "  gateway     {}, a simulator behind a real socket",
        stage.base_url()
    ))?;
    stage.line(&format!("  transport   {}", stage.stack()))?;
    stage.line(&format!(
        "  caller      merchant {}, an e-commerce platform (电商平台)",
        credentials::MCHID
    ))?;
    stage.line("  signatures  RSA of 2048 bits, made and verified on both sides")?;
    stage.line("")?;
    stage.line(
        "Each step is a call (ask, answer) or a scene that the gateway's administration sets;",
    )?;
    stage.line(
        "beneath it stands what moved in the ledger, and what the accounts concerned hold now.",
    )?;

    let mut stage = trust(stage)?;
    first_order(&mut stage)?;
    second_order(&mut stage)?;
    let mut stage = stage.trust_public_key()?;
    service_fee(&mut stage)?;
    coupon(&mut stage)?;
    Ok(stage)
}

fn trust(mut stage: Stage) -> Result<Stage, DemoError> {
    stage.chapter("Whom to trust")?;
    stage.step("Download the platform's certificates; no key is held yet")?;
    stage.download_certificates()
}

fn first_order(stage: &mut Stage) -> Result<(), DemoError> {
    stage.chapter("The first order: subsidised, refunded, the subsidy returned in part")?;

    stage.step("A buyer pays 100.00 yuan; the order promises a subsidy of 12.00 yuan")?;
    let order =
        json!({ "sub_mchid": SHOP, "total": 10_000, "subsidy_amount": 1_200, "state": "paid" });
    let paid = [(Account::Buyers, unsettled(SHOP)?, 10_000)];
    let order = stage.scene("/_gateway/orders", &order, &paid)?;
    let order = text(&order, "transaction_id")?;

    stage.step("The order is settled: the shop can use the money")?;
    let path = format!("/_gateway/orders/{SHOP}/{order}/settle");
    let settled = [(unsettled(SHOP)?, available(SHOP)?, 10_000)];
    stage.scene(&path, &Value::Null, &settled)?;

    stage.step("Subsidise the order")?;
    let create = Create::builder()
        .sub_mchid(SHOP)
        .transaction_id(&order)
        .amount(Fen::new(1_200))
        .description("autumn campaign")
        .out_subsidy_no("DEMO-SUBSIDY-1")
        .build();
    let subsidised = [(Account::PlatformOperation, available(SHOP)?, 1_200)];
    let created = stage.call(&create, &subsidised)?;
    stage.expect_answer("SUCCESS", created.result.as_str())?;

    stage
        .step("The same call again, as after a lost answer: it says the same, and moves nothing")?;
    let again = stage.call(&create, &[])?;
    stage.expect_answer(&created.subsidy_id, &again.subsidy_id)?;

    stage.step("The buyer gets 40.00 yuan back")?;
    let refund = refund(stage, SHOP, &order, 4_000)?;

    stage.step("Return the same part of the subsidy: 4.80 yuan")?;
    let from = ReturnFrom::builder()
        .account(ReturnAccount::Available)
        .amount(Fen::new(480))
        .build();
    let take_back = Return::builder()
        .sub_mchid(SHOP)
        .out_order_no("DEMO-RETURN-1")
        .transaction_id(&order)
        .refund_id(refund)
        .amount(Fen::new(480))
        .description("part of the order was refunded")
        .subsidy_id(created.subsidy_id)
        .from(vec![from])
        .build();
    let returned = [(available(SHOP)?, Account::PlatformOperation, 480)];
    let returned = stage.call(&take_back, &returned)?;
    stage.expect_answer("SUCCESS", returned.result.as_str())
}

fn second_order(stage: &mut Stage) -> Result<(), DemoError> {
    stage.chapter("The second order: refunded, and its subsidy cancelled")?;

    stage.step("A buyer pays 50.00 yuan; the order promises 5.00 yuan, and is settled at once")?;
    let order = json!({ "sub_mchid": SHOP, "total": 5_000, "subsidy_amount": 500 });
    let paid = [(Account::Buyers, available(SHOP)?, 5_000)];
    let order = stage.scene("/_gateway/orders", &order, &paid)?;
    let order = text(&order, "transaction_id")?;

    stage.step("Ask for a subsidy of 6.00 yuan, which is too much: refused")?;
    let too_much = Create::builder()
        .sub_mchid(SHOP)
        .transaction_id(&order)
        .amount(Fen::new(600))
        .description("more than was promised")
        .out_subsidy_no("DEMO-SUBSIDY-2")
        .build();
    stage.refused(&too_much)?;

    stage.step("The buyer gets everything back")?;
    let _refund = refund(stage, SHOP, &order, 5_000)?;

    stage.step("Give the promised subsidy up; the order is free to be shared without it")?;
    let cancel = Cancel::builder()
        .sub_mchid(SHOP)
        .transaction_id(&order)
        .description("the order was refunded")
        .build();
    let cancelled = stage.call(&cancel, &[])?;
    stage.expect_answer("SUCCESS", cancelled.result.as_str())
}

fn service_fee(stage: &mut Stage) -> Result<(), DemoError> {
    stage.chapter("A ticket is given back: the platform takes its service fee")?;

    stage.step("A buyer pays 80.00 yuan for a ticket")?;
    let order = json!({ "sub_mchid": AGENCY, "total": 8_000 });
    let paid = [(Account::Buyers, available(AGENCY)?, 8_000)];
    let order = stage.scene("/_gateway/orders", &order, &paid)?;
    let order = text(&order, "transaction_id")?;

    stage.step("The ticket is given back late: the buyer gets 30.00 yuan")?;
    let refund = refund(stage, AGENCY, &order, 3_000)?;

    stage.step("Take a fee of 3.00 yuan; the answer says only that it is accepted")?;
    let fee = TakeFee::builder()
        .sub_mchid(AGENCY)
        .transaction_id(&order)
        .amount(Fen::new(300))
        .scene(Scene::RefundTicket)
        .refund_id(refund)
        .build();
    let reserved = [(available(AGENCY)?, in_transit(AGENCY)?, 300)];
    let accepted = stage.call(&fee, &reserved)?;
    stage.expect_answer("300 fen", &accepted.amount.to_string())?;

    stage.step("Ask what became of it: it is being processed")?;
    let query = AskForFee::builder()
        .sub_mchid(AGENCY)
        .transaction_id(&order)
        .build();
    let state = stage.call(&query, &[])?;
    stage.expect_answer("PROCESSING", state.result.as_str())?;

    stage.step("A minute passes on the gateway's clock")?;
    let carried_out = [(in_transit(AGENCY)?, Account::PlatformIncome, 300)];
    stage.scene(
        "/_gateway/clock",
        &json!({ "advance_seconds": 60 }),
        &carried_out,
    )?;

    stage.step("Ask again: the platform has the fee")?;
    let state = stage.call(&query, &[])?;
    stage.expect_answer("SUCCESS", state.result.as_str())
}

fn coupon(stage: &mut Stage) -> Result<(), DemoError> {
    stage.chapter("A coupon's subsidy goes back")?;

    stage.step("A coupon was honoured: its maker paid the branch 9.00 yuan; then a refund")?;
    let paid = json!({
        "payer_merchant": MAKER, "payee_merchant": BRANCH, "amount": 900,
        "refund_id": "5000000000000000000000077001",
    });
    let moves = [
        (Account::World, merchant(MAKER)?, 900),
        (merchant(MAKER)?, merchant(BRANCH)?, 900),
    ];
    let receipt = stage.scene("/_gateway/coupons", &paid, &moves)?;

    stage.step("Return the subsidy to the coupon's maker")?;
    let take_back = ReturnReceipt::builder()
        .stock_id(text(&receipt, "stock_id")?)
        .coupon_code(text(&receipt, "coupon_code")?)
        .transaction_id(text(&receipt, "transaction_id")?)
        .refund_id(text(&receipt, "refund_id")?)
        .payer_merchant(MAKER)
        .payee_merchant(BRANCH)
        .amount(Fen::new(900))
        .description("the order was refunded")
        .out_subsidy_return_no("DEMO-COUPON-RETURN-1")
        .build();
    let returned = [(merchant(BRANCH)?, merchant(MAKER)?, 900)];
    let made = stage.call(&take_back, &returned)?;
    stage.expect_answer("RETURN_RECEIPT_SUCCESS", made.status.as_str())
}

/// Refunds an order by the gateway's administration, and returns the refund's number.
fn refund(
    stage: &mut Stage,
    sub_mchid: &str,
    order: &str,
    amount: i64,
) -> Result<String, DemoError> {
    let path = format!("/_gateway/orders/{sub_mchid}/{order}/refunds");
    let refunded = [(available(sub_mchid)?, Account::Buyers, amount)];
    let refund = stage.scene(&path, &json!({ "amount": amount }), &refunded)?;
    text(&refund, "refund_id")
}

fn text(value: &Value, field: &'static str) -> Result<String, DemoError> {
    let text = value.get(field).and_then(Value::as_str);
    text.map(str::to_owned).ok_or(DemoError::Field(field))
}

fn available(sub_mchid: &str) -> Result<Account, DemoError> {
    purse(sub_mchid, Purse::Available)
}

fn unsettled(sub_mchid: &str) -> Result<Account, DemoError> {
    purse(sub_mchid, Purse::Unsettled)
}

fn in_transit(sub_mchid: &str) -> Result<Account, DemoError> {
    purse(sub_mchid, Purse::InTransit)
}

fn purse(sub_mchid: &str, purse: Purse) -> Result<Account, DemoError> {
    Ok(Account::SubMerchant(sub_mchid.parse::<Mchid>()?, purse))
}

fn merchant(mchid: &str) -> Result<Account, DemoError> {
    Ok(Account::Merchant(mchid.parse::<Mchid>()?))
}
