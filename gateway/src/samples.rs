//! The identifiers of the official sample requests, which exist from the start.
//!
//! Each sample, pasted as it is, succeeds: alone, after any other, and again. The samples share
//! identifiers, though no one order can be subsidised, cancelled and returned in any order. So the
//! sample orders set the stage. An operation is tried as on any order; only when it is refused, and
//! something is missing that the sample takes for granted, the order adds that first, as a ledger
//! entry of its own whose operation begins with `sample:`, and the operation is tried again. If it
//! is refused then too, everything is as before.
//!
//! | the request | on a sample order that has | adds first |
//! |---|---|---|
//! | any that names the sample refund, and any cancel | no refund yet | that refund |
//! | any return | no subsidy | a subsidy of what was promised |
//! | the sample create | a subsidy by another spelling of the sample | nothing: it is the same one |
//! | the sample create or return | a cancelled subsidy | (lifts the cancellation) |
//! | the sample cancel | a subsidy | takes the rest of it back |
//! | a query of the after-sales order | none | a finished one |
//!
//! A subsidy that only the stage made, and that was wholly returned, does not count when the caller
//! creates one: the sample create answers SUCCESS after the sample return, too.

use serde::{Deserialize, Serialize};
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders;
use wechatpay_core::api::ecommerce::refunds::RefundAccount;
use wechatpay_core::api::ecommerce::subsidies::{
    Cancel, Cancelled, Create, Created, Return, Returned,
};
use wechatpay_core::api::marketing::busifavor::subsidy::pay_receipts;
use wechatpay_core::{Fen, Timestamp};

use crate::account::{Account, Mchid};
use crate::coupons::{Coupon, CouponKey};
use crate::ledger::Transfer;
use crate::limits::Limit;
use crate::moment::{Entropy, Moment};
use crate::notices::{Refunded, Subject};
use crate::orders::{
    NewOrder, Order, OrderKey, PayerAccount, ProfitSharing, Settlement, Sharing, own_number,
};
use crate::problem::Problem;
use crate::state::State;
use crate::subsidies::Origin;

const SUB_MERCHANT: &str = "1900000109";
/// The sub-merchant of the sample cancel.
const OTHER_SUB_MERCHANT: &str = "1900013401";
const TRANSACTION: &str = "4208450740201411110007820472";
/// The order of the sample after-sales order.
const FEE_TRANSACTION: &str = "3008450740201411110007820472";
const REFUND: &str = "3008450740201411110007820472";
const FEE_REFUND: &str = "50000000382019052709732678859";
const AMOUNT: Fen = Fen::new(10);
const ORDER_TOTAL: Fen = Fen::new(10_000);
const REFUND_AMOUNT: Fen = Fen::new(1_000);
const OPERATION_BALANCE: Fen = Fen::new(1_000_000);

/// What a sample order can add by itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stage {
    refund_id: String,
}

/// One thing that the stage adds.
#[derive(Clone, Debug)]
enum Cue {
    Refund,
    Subsidy,
    /// The order's subsidy, spelled as this request spells it.
    Respell(Create),
    LiftCancellation,
    TakeSubsidyBack,
    FinishedFee,
}

/// What a callback is about that names no order.
pub(crate) fn subject() -> Subject {
    Subject {
        sub_mchid: SUB_MERCHANT.to_owned(),
        transaction_id: TRANSACTION.to_owned(),
        out_trade_no: own_number("P", TRANSACTION),
        total: ORDER_TOTAL,
        refund: Some(Refunded {
            refund_id: REFUND.to_owned(),
            out_refund_no: own_number("R", REFUND),
            amount: REFUND_AMOUNT,
            account: RefundAccount::SubMerchant,
            received_by: "支付用户零钱".to_owned(),
        }),
    }
}

/// Money and orders at the start.
pub(crate) fn seed(state: &mut State) -> Result<(), Problem> {
    let start = Timestamp::from_secs(0);
    let moment = Moment::new(start, start, &Entropy::new([0; 32]));
    let opening = Transfer::new(
        Account::World,
        Account::PlatformOperation,
        OPERATION_BALANCE,
    );
    state
        .ledger
        .post(moment.entry("opening balance", vec![opening]))?;
    let orders = [
        (SUB_MERCHANT, TRANSACTION, REFUND, Some(AMOUNT)),
        (OTHER_SUB_MERCHANT, TRANSACTION, REFUND, Some(AMOUNT)),
        (SUB_MERCHANT, FEE_TRANSACTION, FEE_REFUND, None),
    ];
    for (payee, transaction_id, refund_id, promised) in orders {
        let order = NewOrder {
            payee: mchid(payee)?,
            transaction_id: Some(transaction_id.to_owned()),
            out_trade_no: None,
            total: ORDER_TOTAL,
            promised,
            settlement: Settlement::Settled,
            profit_sharing: ProfitSharing::NotAsked,
            payer_account: PayerAccount::Normal,
            stage: Some(Stage {
                refund_id: refund_id.to_owned(),
            }),
            checkout: None,
        };
        state.place_order(order, &moment)?;
    }
    seed_coupon(state, &moment)
}

/// The coupon of the samples, with the subsidy that the sample payment asks for.
fn seed_coupon(state: &mut State, moment: &Moment) -> Result<(), Problem> {
    let subsidy = pay_receipts::Create::builder()
        .stock_id("128888000000001")
        .coupon_code("ABCD12345678")
        .transaction_id("4200000913202101152566792388")
        .payer_merchant("1900000001")
        .payee_merchant("1900000002")
        .amount(Fen::new(100))
        .description("20210115DESCRIPTION")
        .out_subsidy_no("subsidy-abcd-12345678")
        .build();
    let key = CouponKey {
        stock_id: subsidy.stock_id.clone(),
        coupon_code: subsidy.coupon_code.clone(),
    };
    let coupon = Coupon {
        transaction_id: subsidy.transaction_id.clone(),
        refund_id: Some("50100506732021010105138718375".to_owned()),
        payer: mchid(&subsidy.payer_merchant)?,
        payee: mchid(&subsidy.payee_merchant)?,
        discount: subsidy.amount,
        returned: Fen::ZERO,
        asked: Vec::new(),
        paid_by: None,
    };
    state.redeem_coupon(key, coupon)?;
    state.subsidise_coupon(subsidy, "1120200119165100000000000001".to_owned(), moment)
}

fn mchid(text: &str) -> Result<Mchid, Problem> {
    text.parse()
        .map_err(|e: crate::account::AccountError| Problem::invalid(e.to_string()))
}

impl State {
    /// Carries out `operation`; on a sample order that refuses it, after what `cues` say.
    fn staged<T>(
        &mut self,
        key: &OrderKey,
        moment: &Moment,
        cues: impl FnOnce(&Order, &Stage) -> Vec<Cue>,
        operation: impl Fn(&mut Self) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let refused = match operation(self) {
            Ok(done) => return Ok(done),
            Err(problem) => problem,
        };
        let order = self.orders.get(key);
        let cues = match order.and_then(|order| Some((order, order.stage.as_ref()?))) {
            Some((order, stage)) => cues(order, stage),
            None => return Err(refused),
        };
        if cues.is_empty() {
            return Err(refused);
        }
        let saved = self.clone();
        let outcome = cues
            .into_iter()
            .try_for_each(|cue| self.follow(cue, key, moment))
            .and_then(|()| operation(self));
        if outcome.is_err() {
            *self = saved;
        }
        outcome
    }

    pub(crate) fn create_subsidy_staged(
        &mut self,
        request: &Create,
        moment: &Moment,
    ) -> Result<Created, Problem> {
        let party = format!("sub-merchant {}", request.sub_mchid);
        let limits = [Limit::of_caller(80), Limit::of(100, &party)];
        self.limits.admit::<Create>(&limits, moment)?;
        let key = OrderKey::new(&request.sub_mchid, &request.transaction_id);
        let cues = |order: &Order, stage: &Stage| {
            let mut cues = cue_refund(order, stage, request.refund_id.as_deref());
            if is_sample_create(request, stage) {
                if order.cancellation.is_some() {
                    cues.push(Cue::LiftCancellation);
                }
                let made = order.subsidy.as_ref();
                if made.is_some_and(|made| is_sample_create(&made.request, stage)) {
                    cues.push(Cue::Respell(request.clone()));
                }
            }
            cues
        };
        self.staged(&key, moment, cues, |state| {
            state.create_subsidy(request, moment)
        })
    }

    pub(crate) fn return_subsidy_staged(
        &mut self,
        request: &Return,
        moment: &Moment,
    ) -> Result<Returned, Problem> {
        let key = OrderKey::new(&request.sub_mchid, &request.transaction_id);
        let cues = |order: &Order, stage: &Stage| {
            let mut cues = cue_refund(order, stage, request.refund_id.as_deref());
            if order.cancellation.is_some() && is_sample_return(request, stage) {
                cues.push(Cue::LiftCancellation);
                cues.push(Cue::Subsidy);
            } else if order.cancellation.is_none()
                && order.subsidy.is_none()
                && order.promised.is_some()
                && order.sharing == Sharing::Unshared
            {
                cues.push(Cue::Subsidy);
            }
            cues
        };
        self.staged(&key, moment, cues, |state| {
            state.return_subsidy(request, moment)
        })
    }

    pub(crate) fn cancel_subsidy_staged(
        &mut self,
        request: &Cancel,
        moment: &Moment,
    ) -> Result<Cancelled, Problem> {
        let party = format!("sub-merchant {}", request.sub_mchid);
        let order = format!("order {}", request.transaction_id);
        let limits = [
            Limit::of_caller(200),
            Limit::of(200, &party),
            Limit::of(1, &order),
        ];
        self.limits.admit::<Cancel>(&limits, moment)?;
        let key = OrderKey::new(&request.sub_mchid, &request.transaction_id);
        let cues = |order: &Order, stage: &Stage| {
            // A cancel need not name the refund, and yet wants one.
            let wanted = (!order.has_refund()).then_some(stage.refund_id.as_str());
            let mut cues = cue_refund(order, stage, request.refund_id.as_deref().or(wanted));
            if order.subsidy.is_some() && is_sample_cancel(request, stage) {
                cues.push(Cue::TakeSubsidyBack);
            }
            cues
        };
        self.staged(&key, moment, cues, |state| state.cancel_subsidy(request))
    }

    pub(crate) fn take_fee_staged(
        &mut self,
        request: &after_sales_orders::Create,
        moment: &Moment,
    ) -> Result<after_sales_orders::Accepted, Problem> {
        let key = OrderKey::new(&request.sub_mchid, &request.transaction_id);
        let cues =
            |order: &Order, stage: &Stage| cue_refund(order, stage, request.refund_id.as_deref());
        self.staged(&key, moment, cues, |state| state.take_fee(request, moment))
    }

    pub(crate) fn query_fee_staged(
        &mut self,
        query: &after_sales_orders::Query,
        moment: &Moment,
    ) -> Result<after_sales_orders::Order, Problem> {
        let key = OrderKey::new(&query.sub_mchid, &query.transaction_id);
        let cues = |order: &Order, stage: &Stage| {
            let mut cues = cue_refund(order, stage, Some(stage.refund_id.as_str()));
            cues.push(Cue::FinishedFee);
            cues
        };
        self.staged(&key, moment, cues, |state| state.query_fee(query))
    }

    fn follow(&mut self, cue: Cue, key: &OrderKey, moment: &Moment) -> Result<(), Problem> {
        let order = self.order(key)?;
        let Some(stage) = order.stage.clone() else {
            return Ok(());
        };
        match cue {
            Cue::Refund => {
                let (id, name) = (Some(stage.refund_id), "sample: order refunded");
                self.refund_order(key, id, REFUND_AMOUNT, name, moment)?;
            }
            Cue::Subsidy => {
                let request = Create::builder()
                    .sub_mchid(&key.sub_mchid)
                    .transaction_id(&key.transaction_id)
                    .amount(order.promised.unwrap_or(AMOUNT))
                    .description(SAMPLE_REMARK)
                    .build();
                let name = "sample: order subsidised";
                self.make_subsidy(&request, Origin::Stage, name, moment)?;
            }
            Cue::Respell(request) => self.respell_subsidy(key, request)?,
            Cue::LiftCancellation => self.order_mut(key)?.cancellation = None,
            Cue::TakeSubsidyBack => {
                let left = order.subsidy.as_ref().map(|subsidy| subsidy.left());
                if let Some(left) = left.filter(|left| left.is_positive()) {
                    let (back, name) = (Account::PlatformOperation, "sample: subsidy taken back");
                    self.order_pays(key, back, left, name, moment)?;
                }
                self.order_mut(key)?.subsidy = None;
            }
            Cue::FinishedFee => {
                let request = after_sales_orders::Create::builder()
                    .sub_mchid(&key.sub_mchid)
                    .transaction_id(&key.transaction_id)
                    .amount(AMOUNT)
                    .scene(after_sales_orders::Scene::RefundTicket)
                    .refund_id(&stage.refund_id)
                    .build();
                self.take_finished_fee(&request, moment)?;
            }
        }
        Ok(())
    }
}

const SAMPLE_REMARK: &str = "测试备注";

/// The refund, where the request names it and the order does not have it.
fn cue_refund(order: &Order, stage: &Stage, named: Option<&str>) -> Vec<Cue> {
    if named == Some(stage.refund_id.as_str()) && !order.refunds.contains_key(&stage.refund_id) {
        vec![Cue::Refund]
    } else {
        Vec::new()
    }
}

/// The documents' sample, with and without a number of the merchant's, and with the refund that
/// old documents ask for.
fn is_sample_create(request: &Create, stage: &Stage) -> bool {
    let number = request.out_subsidy_no.as_deref();
    let refund = request.refund_id.as_deref();
    request.amount == AMOUNT
        && request.description == SAMPLE_REMARK
        && matches!(number, None | Some("P20150806125347" | "S20141111000001"))
        && (refund.is_none() || refund == Some(stage.refund_id.as_str()))
}

fn is_sample_return(request: &Return, stage: &Stage) -> bool {
    request.out_order_no == "P20150806125346"
        && request.amount == AMOUNT
        && request.description == SAMPLE_REMARK
        && request.refund_id.as_deref() == Some(stage.refund_id.as_str())
}

fn is_sample_cancel(request: &Cancel, stage: &Stage) -> bool {
    let refund = request.refund_id.as_deref();
    request.description == "订单退款"
        && (refund.is_none() || refund == Some(stage.refund_id.as_str()))
}
