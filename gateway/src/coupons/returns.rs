//! `/v3/marketing/busifavor/subsidy/return-receipts`: coupon subsidies that go back.

use serde::{Deserialize, Serialize};
use wechatpay_core::api::marketing::busifavor::subsidy::return_receipts::Query;
use wechatpay_core::api::marketing::busifavor::subsidy::{
    ReturnFailReason, ReturnReceipt, ReturnReceiptMade, ReturnStatus,
};
use wechatpay_core::{DateTime, Fen};

use super::{Coupon, CouponKey};
use crate::account::Account;
use crate::ledger::{PostError, Transfer};
use crate::moment::Moment;
use crate::problem::{Code, Location, Problem};
use crate::replay::same_request;
use crate::route::name_of;
use crate::state::{State, kind};

/// A return under a merchant's own number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CouponReturn {
    request: ReturnReceipt,
    /// None after a failure: the same request may try again.
    answer: Option<ReturnReceiptMade>,
}

impl State {
    pub(crate) fn return_coupon(
        &mut self,
        request: &ReturnReceipt,
        moment: &Moment,
    ) -> Result<ReturnReceiptMade, Problem> {
        let other = "this out_subsidy_return_no was used before with other parameters";
        if let Some(earlier) = self.coupon_returns.get(&request.out_subsidy_return_no) {
            same_request(&earlier.request, request, other)?;
            if let Some(answer) = &earlier.answer {
                return Ok(answer.clone());
            }
        }
        let key = CouponKey {
            stock_id: request.stock_id.clone(),
            coupon_code: request.coupon_code.clone(),
        };
        let (coupon, subsidy_id, subsidy) = self.paid_coupon(&key)?;
        belongs(coupon, request)?;
        let returned = within(coupon, subsidy, request.amount)?;
        let transfer = Transfer::new(
            Account::Merchant(coupon.payee.clone()),
            Account::Merchant(coupon.payer.clone()),
            request.amount,
        );
        let made_at = moment.text()?;
        let receipt_id = subsidy_id.to_owned();
        let number = request.out_subsidy_return_no.clone();
        let entry = moment.entry(name_of::<ReturnReceipt>(), vec![transfer]);
        match self.ledger.post(entry) {
            Ok(()) => {}
            Err(PostError::NotEnough { .. }) => {
                let failed = CouponReturn {
                    request: request.clone(),
                    answer: None,
                };
                self.coupon_returns.insert(number, failed);
                return Ok(receipt(request, receipt_id, made_at, End::Insufficient));
            }
            Err(error) => return Err(error.into()),
        }
        let id = self.next_id(kind::COUPON_RETURN);
        self.coupon_receipts.insert(id.clone(), number.clone());
        let end = End::Done { id };
        let answer = receipt(request, receipt_id, made_at, end);
        if let Some(coupon) = self.coupons.get_mut(&key) {
            coupon.returned = returned;
        }
        let done = CouponReturn {
            request: request.clone(),
            answer: Some(answer.clone()),
        };
        self.coupon_returns.insert(number, done);
        Ok(answer)
    }

    /// A return by the platform's number, which only one that succeeded has.
    pub(crate) fn coupon_return(&self, query: &Query) -> Result<ReturnReceiptMade, Problem> {
        let id = &query.subsidy_return_receipt_id;
        let number = self.coupon_receipts.get(id);
        let made = number.and_then(|number| self.coupon_returns.get(number));
        let answer = made.and_then(|made| made.answer.clone());
        let answer = answer.filter(|answer| answer.subsidy_return_receipt_id.as_ref() == Some(id));
        answer.ok_or_else(|| {
            let why = format!("there is no return with subsidy_return_receipt_id {id}");
            Problem::new(Code::ResourceNotExists, why)
        })
    }

    /// A coupon with its subsidy's number and amount.
    fn paid_coupon(&self, key: &CouponKey) -> Result<(&Coupon, &str, Fen), Problem> {
        let coupon = self.coupons.get(key);
        let number = coupon.and_then(|coupon| coupon.paid_by.as_ref());
        let payment = number.and_then(|number| self.coupon_payments.get(number));
        match (
            coupon,
            payment.and_then(|p| Some((p.paid.as_ref()?, p.request.amount))),
        ) {
            (Some(coupon), Some((paid, amount))) => Ok((coupon, &paid.receipt_id, amount)),
            _ => Err(Problem::new(
                Code::ResourceNotExists,
                format!(
                    "coupon {} of stock {} has no pay receipt, so there is no subsidy to return",
                    key.coupon_code, key.stock_id
                ),
            )),
        }
    }
}

/// Whether the request speaks of the coupon's order, refund and merchants.
fn belongs(coupon: &Coupon, request: &ReturnReceipt) -> Result<(), Problem> {
    let pairs = [
        (
            "transaction_id",
            &request.transaction_id,
            coupon.transaction_id.as_str(),
        ),
        (
            "payer_merchant",
            &request.payer_merchant,
            coupon.payer.as_str(),
        ),
        (
            "payee_merchant",
            &request.payee_merchant,
            coupon.payee.as_str(),
        ),
        (
            "refund_id",
            &request.refund_id,
            coupon
                .refund_id
                .as_deref()
                .unwrap_or("none: the order is not refunded"),
        ),
    ];
    for (field, given, paid) in pairs {
        if given != paid {
            let issue = format!("the pay receipt's {field} is {paid}, and {given} was sent");
            let value = given.as_str().into();
            return Err(Problem::invalid(&issue).at(Location::Body, field, &value, &issue));
        }
    }
    Ok(())
}

/// What is returned in all after this return.
fn within(coupon: &Coupon, subsidy: Fen, amount: Fen) -> Result<Fen, Problem> {
    let returned = coupon.returned.checked_add(amount);
    returned.filter(|sum| *sum <= subsidy).ok_or_else(|| {
        let issue = format!(
            "a return of {amount} is too much: the coupon's subsidy is {subsidy}, of which {} went \
             back already",
            coupon.returned
        );
        Problem::invalid(&issue).at(Location::Body, "amount", &amount.get().into(), &issue)
    })
}

/// How a return ended.
enum End {
    Done { id: String },
    Insufficient,
}

fn receipt(
    request: &ReturnReceipt,
    subsidy_receipt_id: String,
    at: DateTime,
    end: End,
) -> ReturnReceiptMade {
    let (status, id, fail_reason, done_time) = match end {
        End::Done { id } => (ReturnStatus::Success, Some(id), None, Some(at.clone())),
        End::Insufficient => {
            let why = ReturnFailReason::InsufficientBalance;
            (ReturnStatus::Fail, None, Some(why), None)
        }
    };
    ReturnReceiptMade::builder()
        .maybe_subsidy_return_receipt_id(id)
        .stock_id(&request.stock_id)
        .coupon_code(&request.coupon_code)
        .transaction_id(&request.transaction_id)
        .refund_id(&request.refund_id)
        .payer_merchant(&request.payer_merchant)
        .payee_merchant(&request.payee_merchant)
        .amount(request.amount)
        .description(&request.description)
        .status(status)
        .maybe_fail_reason(fail_reason)
        .maybe_return_done_time(done_time)
        .subsidy_receipt_id(subsidy_receipt_id)
        .out_subsidy_return_no(&request.out_subsidy_return_no)
        .return_create_time(at)
        .build()
}
