//! `/v3/marketing/busifavor/subsidy/return-receipts`: coupon subsidies that go back.
//!
//! Returns are carried out at once. One that the payee's balance does not cover is answered with
//! 200 and `RETURN_RECEIPT_FAIL`, and moves nothing; the same request tries again later.

use serde::{Deserialize, Serialize};
use wechatpay_core::api::marketing::busifavor::subsidy::{
    ReturnFailReason, ReturnReceipt, ReturnReceiptMade, ReturnStatus,
};
use wechatpay_core::{DateTime, Fen};

use crate::account::{Account, Mchid};
use crate::ledger::{PostError, Transfer};
use crate::moment::Moment;
use crate::problem::{Code, Location, Problem};
use crate::replay::same_request;
use crate::route::name_of;
use crate::state::{State, kind};

/// Under which name a coupon is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct CouponKey {
    pub(crate) stock_id: String,
    pub(crate) coupon_code: String,
}

/// A coupon whose subsidy was paid: the pay receipt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Coupon {
    pub(crate) receipt_id: String,
    pub(crate) transaction_id: String,
    /// The refund of the order, once there is one.
    pub(crate) refund_id: Option<String>,
    pub(crate) payer: Mchid,
    pub(crate) payee: Mchid,
    pub(crate) amount: Fen,
    pub(crate) returned: Fen,
}

/// A return under a merchant's own number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CouponReturn {
    request: ReturnReceipt,
    /// None after a failure: the same request may try again.
    answer: Option<ReturnReceiptMade>,
}

impl State {
    /// Lets a coupon's maker pay a subsidy. The payer gets the money from outside first.
    pub(crate) fn pay_coupon(
        &mut self,
        key: CouponKey,
        coupon: Coupon,
        moment: &Moment,
    ) -> Result<(), Problem> {
        if self.coupons.contains_key(&key) {
            return Err(Problem::new(
                Code::AlreadyExists,
                format!(
                    "coupon {} of stock {} has a pay receipt already",
                    key.coupon_code, key.stock_id
                ),
            ));
        }
        let payer = Account::Merchant(coupon.payer.clone());
        let payee = Account::Merchant(coupon.payee.clone());
        let transfers = vec![
            Transfer::new(Account::World, payer.clone(), coupon.amount),
            Transfer::new(payer, payee, coupon.amount),
        ];
        self.ledger
            .post(moment.entry("coupon subsidy paid", transfers))?;
        self.coupons.insert(key, coupon);
        Ok(())
    }

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
        let coupon = self.coupons.get(&key).ok_or_else(|| {
            Problem::new(
                Code::ResourceNotExists,
                format!(
                    "coupon {} of stock {} has no pay receipt, so there is no subsidy to return",
                    key.coupon_code, key.stock_id
                ),
            )
        })?;
        belongs(coupon, request)?;
        let returned = within(coupon, request.amount)?;
        let transfer = Transfer::new(
            Account::Merchant(coupon.payee.clone()),
            Account::Merchant(coupon.payer.clone()),
            request.amount,
        );
        let made_at = moment.text()?;
        let receipt_id = coupon.receipt_id.clone();
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
        let end = End::Done {
            id: self.next_id(kind::COUPON_RETURN),
        };
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
fn within(coupon: &Coupon, amount: Fen) -> Result<Fen, Problem> {
    let returned = coupon.returned.checked_add(amount);
    returned.filter(|sum| *sum <= coupon.amount).ok_or_else(|| {
        let issue = format!(
            "a return of {amount} is too much: the coupon's subsidy is {}, of which {} went back \
             already",
            coupon.amount, coupon.returned
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
