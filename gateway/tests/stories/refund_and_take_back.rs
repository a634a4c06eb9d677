//! A subsidised order is shared and then refunded: what was shared comes back, and the subsidy too.

use serde_json::json;
use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::fund;
use wechatpay_core::api::ecommerce::profitsharing::orders::{self, Outcome, Receiver};
use wechatpay_core::api::ecommerce::profitsharing::receivers::{Add, Kind, Relation};
use wechatpay_core::api::ecommerce::profitsharing::returnorders::{self, ReturnState as Back};
use wechatpay_core::api::ecommerce::refunds::{self, ApplyAmount, RefundStatus};
use wechatpay_core::api::ecommerce::subsidies::{self, ReturnState, SubsidyState};
use wechatpay_core::api::pay::partner::transactions::{Native, Order};
use wechatpay_core::api::pay::transactions::{Amount, SettleInfo};
use wechatpay_core::notice::{Event, Payment};
use wechatpay_gateway::credentials;

use crate::stage::Stage;

const SHOP: &str = "1900077001";
const APP: &str = "wx8888888888888888";

pub(crate) fn tell(stage: &Stage) {
    let add = Add::builder()
        .appid(APP)
        .kind(Kind::MerchantId)
        .account(credentials::MCHID)
        .relation_type(Relation::Platform)
        .build();
    stage.call(&add);
    let order = Order::builder()
        .sp_appid(APP)
        .sp_mchid(credentials::MCHID)
        .sub_mchid(SHOP)
        .description("tea")
        .out_trade_no("STORY-2")
        .notify_url(stage.notify_url())
        .amount(Amount::cny(Fen::new(10_000)))
        .settle_info(SettleInfo::subsidised(Fen::new(1_200)))
        .build();
    let code = stage.call(&Native::builder().order(order).build());
    stage.scene("/_gateway/payments", &json!({ "code_url": code.code_url }));
    let Event::Payment(Payment::Partner(paid)) = stage.notice() else {
        panic!("a payment was to be told");
    };
    let transaction_id = paid.transaction_id.clone().unwrap();

    stage.pass(60);
    let subsidise = subsidies::Create::builder()
        .sub_mchid(SHOP)
        .transaction_id(&transaction_id)
        .amount(Fen::new(1_200))
        .description("autumn campaign")
        .out_subsidy_no("STORY-2-SUBSIDY")
        .build();
    let subsidy = stage.call(&subsidise);
    assert_eq!(subsidy.result, SubsidyState::Success);

    let share = orders::Create::builder()
        .appid(APP)
        .sub_mchid(SHOP)
        .transaction_id(&transaction_id)
        .out_order_no("STORY-2-SHARE")
        .receivers(vec![
            Receiver::builder()
                .kind(Kind::MerchantId)
                .receiver_account(credentials::MCHID)
                .amount(Fen::new(900))
                .description("commission")
                .build(),
        ])
        .finish(false)
        .build();
    let shared = stage.call(&share);
    assert_eq!(shared.outcome(), Outcome::Processing);
    stage.pass(10);

    // Half of it is refunded: first the receiver gives back, then the buyer gets the money.
    let take_back = returnorders::Create::builder()
        .sub_mchid(SHOP)
        .out_order_no("STORY-2-SHARE")
        .out_return_no("STORY-2-SHARE-BACK")
        .return_mchid(credentials::MCHID)
        .amount(Fen::new(450))
        .description("half of the order is refunded")
        .build();
    assert_eq!(stage.call(&take_back).result, Back::Processing);
    stage.pass(10);
    let query = returnorders::Query::builder()
        .sub_mchid(SHOP)
        .out_order_no("STORY-2-SHARE")
        .out_return_no("STORY-2-SHARE-BACK")
        .build();
    assert_eq!(stage.call(&query).result, Back::Success);

    let refund = refunds::Apply::builder()
        .sub_mchid(SHOP)
        .sp_appid(APP)
        .transaction_id(&transaction_id)
        .out_refund_no("STORY-2-REFUND")
        .amount(
            ApplyAmount::builder()
                .refund(Fen::new(5_000))
                .total(Fen::new(10_000))
                .currency("CNY")
                .build(),
        )
        .notify_url(stage.notify_url())
        .build();
    let refund = stage.call(&refund);
    stage.pass(10);
    let Event::Refund(told) = stage.notice() else {
        panic!("a refund was to be told");
    };
    assert_eq!(told.refund_status, RefundStatus::Success);
    assert_eq!(told.refund_id, refund.refund_id);
    let query = refunds::QueryByOutRefundNo::builder()
        .out_refund_no("STORY-2-REFUND")
        .sub_mchid(SHOP)
        .build();
    assert_eq!(stage.call(&query).status, RefundStatus::Success);

    let give_back = subsidies::Return::builder()
        .sub_mchid(SHOP)
        .out_order_no("STORY-2-SUBSIDY-BACK")
        .transaction_id(&transaction_id)
        .refund_id(&refund.refund_id)
        .amount(Fen::new(600))
        .description("half of the order was refunded")
        .subsidy_id(subsidy.subsidy_id)
        .build();
    assert_eq!(stage.call(&give_back).result, ReturnState::Success);

    let balance = fund::QueryBalance::builder().sub_mchid(SHOP).build();
    let balance = stage.call(&balance);
    // 10,000 paid, 1,200 of subsidy, 900 shared and 450 of it back, 5,000 refunded, 600 returned.
    assert_eq!(balance.pending_amount, Some(Fen::new(5_150)));
    assert_eq!(stage.holds("platform:income"), 450);
    assert_eq!(stage.holds("platform:operation"), 999_400);
}
