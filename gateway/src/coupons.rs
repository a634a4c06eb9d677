//! `/v3/marketing/busifavor/subsidy/…`: coupon subsidies that are paid, and go back.
//!
//! Both are carried out at once. What the paying merchant's balance does not cover is answered with
//! 200 and a failure, and moves nothing; the same request tries again later.

mod returns;

use serde::{Deserialize, Serialize};
use wechatpay_core::api::marketing::busifavor::subsidy::pay_receipts::{
    Create, List, PayReceipts, Query,
};
use wechatpay_core::api::marketing::busifavor::subsidy::{PayFailReason, PayReceipt, PayStatus};
use wechatpay_core::{DateTime, Fen};

use crate::account::{Account, Mchid};
use crate::ledger::{PostError, Transfer};
use crate::moment::Moment;
use crate::problem::{Code, Location, Problem};
use crate::replay::same_request;
use crate::route::name_of;
use crate::state::{State, kind};

pub(crate) use returns::CouponReturn;

/// The most that one subsidy may be.
pub(crate) const MOST: Fen = Fen::new(500_000);

/// Under which name a coupon is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct CouponKey {
    pub(crate) stock_id: String,
    pub(crate) coupon_code: String,
}

/// A coupon that was redeemed (核销) with an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Coupon {
    pub(crate) transaction_id: String,
    /// The refund of the order, once there is one.
    pub(crate) refund_id: Option<String>,
    pub(crate) payer: Mchid,
    pub(crate) payee: Mchid,
    /// What it took off the order.
    pub(crate) discount: Fen,
    /// What went back of its subsidy.
    pub(crate) returned: Fen,
    /// The merchant's own numbers of the subsidies that were asked for, oldest first.
    pub(crate) asked: Vec<String>,
    /// The one of them that was paid.
    pub(crate) paid_by: Option<String>,
}

/// A subsidy under a merchant's own number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CouponPayment {
    request: Create,
    made_at: DateTime,
    /// None after a failure: the same request may try again.
    paid: Option<Paid>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Paid {
    receipt_id: String,
    at: DateTime,
}

impl State {
    /// Lets a coupon be redeemed.
    pub(crate) fn redeem_coupon(&mut self, key: CouponKey, coupon: Coupon) -> Result<(), Problem> {
        if self.coupons.contains_key(&key) {
            return Err(Problem::new(
                Code::AlreadyExists,
                format!(
                    "coupon {} of stock {} was redeemed already",
                    key.coupon_code, key.stock_id
                ),
            ));
        }
        self.coupons.insert(key, coupon);
        Ok(())
    }

    /// Pays a coupon's subsidy by hand. The payer gets the money from outside first.
    pub(crate) fn subsidise_coupon(
        &mut self,
        request: Create,
        receipt_id: String,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let at = moment.text()?;
        let coupon = self.coupon(&key_of(&request))?;
        let payer = Account::Merchant(coupon.payer.clone());
        let payee = Account::Merchant(coupon.payee.clone());
        let transfers = vec![
            Transfer::new(Account::World, payer.clone(), request.amount),
            Transfer::new(payer, payee, request.amount),
        ];
        self.ledger
            .post(moment.entry("coupon subsidy paid", transfers))?;
        self.file(&request, Some(receipt_id), at);
        Ok(())
    }

    pub(crate) fn pay_coupon(
        &mut self,
        request: &Create,
        moment: &Moment,
    ) -> Result<PayReceipt, Problem> {
        if let Some(earlier) = self.coupon_payments.get(&request.out_subsidy_no) {
            let other = "this out_subsidy_no was used before with other parameters";
            same_request(&earlier.request, request, other)?;
            if earlier.paid.is_some() {
                return self.receipt(&request.out_subsidy_no);
            }
        }
        let coupon = self.coupon(&key_of(request))?;
        if let Some(number) = &coupon.paid_by {
            return Err(Problem::invalid(format!(
                "a coupon is subsidised once, and this one is already, with out_subsidy_no {number}"
            )));
        }
        belongs(coupon, request)?;
        within(coupon, request.amount)?;
        let transfer = Transfer::new(
            Account::Merchant(coupon.payer.clone()),
            Account::Merchant(coupon.payee.clone()),
            request.amount,
        );
        let at = moment.text()?;
        let entry = moment.entry(name_of::<Create>(), vec![transfer]);
        let receipt_id = match self.ledger.post(entry) {
            Ok(()) => Some(self.next_id(kind::COUPON_RECEIPT)),
            Err(PostError::NotEnough { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        self.file(request, receipt_id, at);
        self.receipt(&request.out_subsidy_no)
    }

    /// Remembers what became of a subsidy.
    fn file(&mut self, request: &Create, receipt_id: Option<String>, at: DateTime) {
        let number = request.out_subsidy_no.clone();
        if let Some(id) = &receipt_id {
            self.coupon_receipts.insert(id.clone(), number.clone());
        }
        if let Some(coupon) = self.coupons.get_mut(&key_of(request)) {
            if !coupon.asked.contains(&number) {
                coupon.asked.push(number.clone());
            }
            if receipt_id.is_some() {
                coupon.paid_by = Some(number.clone());
            }
        }
        let made_at = match self.coupon_payments.get(&number) {
            Some(earlier) => earlier.made_at.clone(),
            None => at.clone(),
        };
        let payment = CouponPayment {
            request: request.clone(),
            made_at,
            paid: receipt_id.map(|receipt_id| Paid { receipt_id, at }),
        };
        self.coupon_payments.insert(number, payment);
    }

    /// The subsidies that were asked for with a coupon.
    pub(crate) fn coupon_payments(&self, list: &List) -> Result<PayReceipts, Problem> {
        let key = CouponKey {
            stock_id: list.stock_id.clone(),
            coupon_code: list.coupon_code.clone(),
        };
        let wanted = |number: &&String| {
            let named = list.out_subsidy_no.as_ref();
            named.is_none_or(|named| named == *number)
        };
        let coupon = self.coupon(&key)?;
        let receipts = coupon.asked.iter().filter(wanted);
        let receipts = receipts.map(|number| self.receipt(number));
        Ok(PayReceipts::builder()
            .pay_receipt_list(receipts.collect::<Result<_, _>>()?)
            .build())
    }

    /// A subsidy by the platform's number.
    pub(crate) fn coupon_payment(&self, query: &Query) -> Result<PayReceipt, Problem> {
        let id = &query.subsidy_receipt_id;
        let number = self.coupon_receipts.get(id);
        let number = number.filter(|number| self.coupon_payments.contains_key(number.as_str()));
        let number = number.ok_or_else(|| {
            let why = format!("there is no coupon subsidy with subsidy_receipt_id {id}");
            Problem::new(Code::ResourceNotExists, why)
        })?;
        let receipt = self.receipt(number)?;
        if receipt.subsidy_receipt_id.as_ref() == Some(id) {
            return Ok(receipt);
        }
        let why = format!("{id} is the number of a return, and not of a subsidy");
        Err(Problem::new(Code::ResourceNotExists, why))
    }

    fn receipt(&self, number: &str) -> Result<PayReceipt, Problem> {
        let payment = self.coupon_payments.get(number).ok_or_else(|| {
            let why = format!("there is no coupon subsidy with out_subsidy_no {number}");
            Problem::new(Code::ResourceNotExists, why)
        })?;
        let coupon = self.coupon(&key_of(&payment.request))?;
        Ok(payment.receipt(coupon.returned))
    }

    fn coupon(&self, key: &CouponKey) -> Result<&Coupon, Problem> {
        self.coupons.get(key).ok_or_else(|| {
            let why = format!(
                "coupon {} of stock {} was not redeemed, so it has no subsidy",
                key.coupon_code, key.stock_id
            );
            Problem::new(Code::ResourceNotExists, why)
        })
    }
}

impl CouponPayment {
    fn receipt(&self, returned: Fen) -> PayReceipt {
        let request = &self.request;
        let (status, reason) = match &self.paid {
            None => (PayStatus::Fail, Some(PayFailReason::InsufficientBalance)),
            Some(_) if returned == Fen::ZERO => (PayStatus::Success, None),
            Some(_) if returned < request.amount => (PayStatus::PartialReturn, None),
            Some(_) => (PayStatus::FullReturn, None),
        };
        let paid = self.paid.as_ref();
        PayReceipt::builder()
            .maybe_subsidy_receipt_id(paid.map(|paid| &paid.receipt_id))
            .stock_id(&request.stock_id)
            .coupon_code(&request.coupon_code)
            .transaction_id(&request.transaction_id)
            .payer_merchant(&request.payer_merchant)
            .payee_merchant(&request.payee_merchant)
            .amount(request.amount)
            .description(&request.description)
            .status(status)
            .maybe_fail_reason(reason)
            .maybe_success_time(paid.map(|paid| paid.at.clone()))
            .out_subsidy_no(&request.out_subsidy_no)
            .create_time(self.made_at.clone())
            .build()
    }
}

fn key_of(request: &Create) -> CouponKey {
    CouponKey {
        stock_id: request.stock_id.clone(),
        coupon_code: request.coupon_code.clone(),
    }
}

/// Whether the request speaks of the coupon's order and merchants.
fn belongs(coupon: &Coupon, request: &Create) -> Result<(), Problem> {
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
    ];
    for (field, given, known) in pairs {
        if given != known {
            let issue = format!("the coupon's {field} is {known}, and {given} was sent");
            let value = given.as_str().into();
            return Err(Problem::invalid(&issue).at(Location::Body, field, &value, &issue));
        }
    }
    Ok(())
}

fn within(coupon: &Coupon, amount: Fen) -> Result<(), Problem> {
    let most = coupon.discount.min(MOST);
    if amount <= most {
        return Ok(());
    }
    let issue = format!(
        "a subsidy of {amount} is too much: the coupon took {} off, and one subsidy is {MOST} at \
         most",
        coupon.discount
    );
    Err(Problem::invalid(&issue).at(Location::Body, "amount", &amount.get().into(), &issue))
}
