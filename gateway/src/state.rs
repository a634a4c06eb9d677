use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use wechatpay_core::Timestamp;
use wechatpay_core::api::ecommerce::profitsharing::receivers::Relation;

use crate::after_sales::Due;
use crate::coupons::{Coupon, CouponKey, CouponReturn};
use crate::files::Shelf;
use crate::ledger::Ledger;
use crate::orders::{Order, OrderKey};
use crate::problem::{Code, Problem};
use crate::receivers::ReceiverKey;
use crate::samples;
use crate::subsidies::ReturnMade;

/// All that the gateway remembers: plain data, changed only by operations.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) ledger: Ledger,
    pub(crate) orders: BTreeMap<OrderKey, Order>,
    /// Which order a merchant's own subsidy number (`out_subsidy_no`) belongs to.
    pub(crate) subsidy_numbers: BTreeMap<String, OrderKey>,
    /// Subsidy returns by sub-merchant and its own number (`out_order_no`).
    pub(crate) returns: BTreeMap<(String, String), ReturnMade>,
    pub(crate) coupons: BTreeMap<CouponKey, Coupon>,
    /// Coupon subsidy returns by the merchant's own number (`out_subsidy_return_no`).
    pub(crate) coupon_returns: BTreeMap<String, CouponReturn>,
    /// Whom profit may be shared with.
    pub(crate) receivers: BTreeMap<ReceiverKey, Relation>,
    /// Images by their `media_id`.
    pub(crate) images: Shelf,
    /// Bills by the token of their address.
    pub(crate) bills: Shelf,
    /// What happens by itself when the clock gets there, in order.
    pub(crate) due: BTreeSet<Due>,
    /// How far the business clock is ahead of the caller's.
    pub(crate) ahead: Duration,
    made: u64,
}

impl State {
    /// The state that every gateway starts with: opening balances and the sample orders.
    pub(crate) fn opening() -> Self {
        let mut state = Self::default();
        // The opening entries move money out of `world`, which may owe: nothing can refuse them.
        let seeded = samples::seed(&mut state);
        debug_assert_eq!(seeded, Ok(()));
        state
    }

    /// The business clock.
    pub(crate) fn clock(&self, now: Timestamp) -> Timestamp {
        now.plus(self.ahead)
    }

    /// A number of 28 digits that was not given out before. `kind` is its first two digits.
    pub(crate) fn next_id(&mut self, kind: u8) -> String {
        self.made += 1;
        format!("{kind:02}{:026}", self.made)
    }

    pub(crate) fn order(&self, key: &OrderKey) -> Result<&Order, Problem> {
        self.orders.get(key).ok_or_else(|| no_order(key))
    }

    pub(crate) fn order_mut(&mut self, key: &OrderKey) -> Result<&mut Order, Problem> {
        self.orders.get_mut(key).ok_or_else(|| no_order(key))
    }
}

fn no_order(key: &OrderKey) -> Problem {
    Problem::new(
        Code::OrderNotExist,
        format!(
            "sub-merchant {} has no order with transaction_id {}",
            key.sub_mchid, key.transaction_id
        ),
    )
}

/// First digits of the numbers that the gateway makes.
pub(crate) mod kind {
    pub(crate) const SUBSIDY: u8 = 30;
    pub(crate) const SUBSIDY_RETURN: u8 = 31;
    pub(crate) const TRANSACTION: u8 = 42;
    pub(crate) const REFUND: u8 = 50;
    pub(crate) const COUPON_RECEIPT: u8 = 11;
    pub(crate) const COUPON_RETURN: u8 = 21;
}
