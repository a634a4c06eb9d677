//! Two shops are paid at once; the first is subsidised, and its profit is shared.

use serde_json::json;
use wechatpay_core::Fen;
use wechatpay_core::api::combine_transactions::{Jsapi, NewSubOrder, Order, Payer, SubAmount};
use wechatpay_core::api::ecommerce::profitsharing::orders::{self, Outcome, Receiver};
use wechatpay_core::api::ecommerce::profitsharing::receivers::{Add, Kind, Relation};
use wechatpay_core::api::ecommerce::subsidies::Create;
use wechatpay_core::api::pay::transactions::{SettleInfo, TradeState};
use wechatpay_core::notice::{Event, Payment};
use wechatpay_gateway::{Account, credentials};

use super::super::error::DemoError;
use super::super::stage::Stage;
use super::{APP, BAKERY, SHOP, available, frozen, in_transit, pass, unsettled};

/// The order is placed and paid, and the callback says so. Returns the shop's sub-order.
pub(super) fn place(stage: &mut Stage) -> Result<String, DemoError> {
    stage.chapter("One payment, two shops: the first is promised a subsidy")?;

    stage.step("Place the combined order: 100.00 yuan with a promise of 12.00, and 30.00 yuan")?;
    let sub_order = |shop: &str, number: &str, total| {
        NewSubOrder::builder()
            .mchid(credentials::MCHID)
            .sub_mchid(shop)
            .out_trade_no(number)
            .amount(SubAmount::cny(Fen::new(total)))
            .description("tea and cake")
            .attach("demo")
    };
    let order = Order::builder()
        .combine_appid(APP)
        .combine_mchid(credentials::MCHID)
        .combine_out_trade_no("DEMO-1")
        .sub_orders(vec![
            sub_order(SHOP, "DEMO-1-TEA", 10_000)
                .settle_info(SettleInfo::subsidised(Fen::new(1_200)))
                .build(),
            sub_order(BAKERY, "DEMO-1-CAKE", 3_000).build(),
        ])
        .notify_url(stage.notify_url())
        .build();
    let payer = Payer::builder()
        .openid("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
        .build();
    let place = Jsapi::builder().order(order).combine_payer_info(payer);
    let prepaid = stage.call(&place.build(), &[])?;

    stage.step("The buyer pays in the cashier")?;
    let paid = [
        (Account::Buyers, unsettled(SHOP)?, 10_000),
        (Account::Buyers, unsettled(BAKERY)?, 3_000),
    ];
    let pays = json!({ "prepay_id": prepaid.prepay_id });
    stage.scene("/_gateway/payments", &pays, &paid)?;

    stage.step("The platform tells of the payment, and of the number of each sub-order")?;
    let Event::Payment(Payment::Combined(paid)) = stage.callback()? else {
        return stage.other_callback("a combined payment");
    };
    let tea = paid
        .sub_orders
        .first()
        .ok_or(DemoError::Field("sub_orders"))?;
    stage.expect_answer(TradeState::Success.as_str(), tea.trade_state.as_str())?;
    let order = tea
        .transaction_id
        .clone()
        .ok_or(DemoError::Field("transaction_id"))?;

    stage.step("A minute later both are settled; what is to be shared stays frozen")?;
    let settled = [
        (unsettled(SHOP)?, frozen(SHOP)?, 10_000),
        (unsettled(BAKERY)?, available(BAKERY)?, 3_000),
    ];
    pass(stage, 60, &settled)?;
    Ok(order)
}

/// Returns the subsidy's number.
pub(super) fn subsidise(stage: &mut Stage, order: &str) -> Result<String, DemoError> {
    stage.chapter("The subsidy")?;

    stage.step("Ask for 13.00 yuan, which is more than was promised: refused")?;
    let create = |fen, number: &str| {
        Create::builder()
            .sub_mchid(SHOP)
            .transaction_id(order)
            .amount(Fen::new(fen))
            .description("autumn campaign")
            .out_subsidy_no(number)
            .build()
    };
    stage.refused(&create(1_300, "DEMO-SUBSIDY-0"))?;

    stage.step("Subsidise the order as promised")?;
    let subsidised = [(Account::PlatformOperation, frozen(SHOP)?, 1_200)];
    let subsidy = create(1_200, "DEMO-SUBSIDY-1");
    let created = stage.call(&subsidy, &subsidised)?;
    stage.expect_answer("SUCCESS", created.result.as_str())?;

    stage
        .step("The same call again, as after a lost answer: it says the same, and moves nothing")?;
    let again = stage.call(&subsidy, &[])?;
    stage.expect_answer(&created.subsidy_id, &again.subsidy_id)?;
    Ok(created.subsidy_id)
}

/// The platform takes its commission.
pub(super) fn share(stage: &mut Stage, order: &str) -> Result<(), DemoError> {
    stage.chapter("The profit is shared")?;

    stage.step("Put the platform itself on the list of receivers")?;
    let add = Add::builder()
        .appid(APP)
        .kind(Kind::MerchantId)
        .account(credentials::MCHID)
        .relation_type(Relation::Platform)
        .build();
    let added = stage.call(&add, &[])?;
    stage.expect_answer(credentials::MCHID, &added.account)?;

    stage.step("Share 8.00 yuan with it; the answer says only that the round is accepted")?;
    let commission = Receiver::builder()
        .kind(Kind::MerchantId)
        .receiver_account(credentials::MCHID)
        .amount(Fen::new(800))
        .description("commission")
        .build();
    let share = orders::Create::builder()
        .appid(APP)
        .sub_mchid(SHOP)
        .transaction_id(order)
        .out_order_no("DEMO-SHARE-1")
        .receivers(vec![commission])
        .finish(false)
        .notify_url(stage.notify_url())
        .build();
    let reserved = [(frozen(SHOP)?, in_transit(SHOP)?, 800)];
    let accepted = stage.call(&share, &reserved)?;
    expect_outcome(stage, Outcome::Processing, accepted.outcome())?;

    stage.step("Ten seconds later it is carried out")?;
    let carried_out = [(in_transit(SHOP)?, Account::PlatformIncome, 800)];
    pass(stage, 10, &carried_out)?;

    stage.step("The receiver is told")?;
    let Event::ProfitSharing(told) = stage.callback()? else {
        return stage.other_callback("shared profit");
    };
    stage.expect_answer("800 fen", &told.movement.receiver.amount.to_string())?;

    stage.step("Ask what became of the round: each receiver has a result of its own")?;
    let query = orders::Query::builder()
        .sub_mchid(SHOP)
        .transaction_id(order)
        .out_order_no("DEMO-SHARE-1")
        .build();
    let round = stage.call(&query, &[])?;
    expect_outcome(stage, Outcome::Done, round.outcome())
}

fn expect_outcome(stage: &Stage, expected: Outcome, found: Outcome) -> Result<(), DemoError> {
    stage.expect_answer(&format!("{expected:?}"), &format!("{found:?}"))
}
