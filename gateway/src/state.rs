use thiserror::Error;
use wechatpay_core::Timestamp;
use wechatpay_core::api::ecommerce::profitsharing::orders::FailReason;
use wechatpay_core::api::ecommerce::profitsharing::receivers::Relation;

use crate::checkout::{Checkout, CheckoutKey};
use crate::clock::Clock;
use crate::coupons::{Coupon, CouponKey, CouponPayment, CouponReturn};
use crate::due::{Due, DueKey};
use crate::files::Shelf;
use crate::ledger::{Ledger, PostError};
use crate::limits::Limits;
use crate::notices::News;
use crate::orders::{Order, OrderKey};
use crate::percent::Percent;
use crate::problem::{Code, Problem};
use crate::receivers::ReceiverKey;
use crate::refunds::{RefundKey, RefundName};
use crate::samples;
use crate::sharing::{GREATEST_SHARE, GivenBack, Number, ReceiverAccount, Round};
use crate::subsidies::ReturnMade;
use crate::table::{Change, Table};

/// All that the gateway remembers of its business: plain data, changed only by operations.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) ledger: Ledger,
    pub(crate) orders: Table<OrderKey, Order>,
    /// Paid orders by the merchant's own number (`out_trade_no`).
    pub(crate) order_numbers: Table<String, Vec<OrderKey>>,
    /// Orders that were placed, paid or not.
    pub(crate) checkouts: Table<CheckoutKey, Checkout>,
    /// Which combined order a sub-order's number belongs to.
    pub(crate) sub_orders: Table<String, CheckoutKey>,
    /// What opens the payment page of which order.
    pub(crate) tickets: Table<String, CheckoutKey>,
    /// Which order a merchant's own subsidy number (`out_subsidy_no`) belongs to.
    pub(crate) subsidy_numbers: Table<String, OrderKey>,
    /// Subsidy returns by sub-merchant and its own number (`out_order_no`).
    pub(crate) returns: Table<(String, String), ReturnMade>,
    /// Which refund has which number, the platform's or the merchant's own.
    pub(crate) refund_names: Table<RefundName, RefundKey>,
    pub(crate) coupons: Table<CouponKey, Coupon>,
    /// Coupon subsidy returns by the merchant's own number (`out_subsidy_return_no`).
    pub(crate) coupon_returns: Table<String, CouponReturn>,
    /// Coupon subsidies by the merchant's own number (`out_subsidy_no`).
    pub(crate) coupon_payments: Table<String, CouponPayment>,
    /// Which own number the platform's number of a coupon subsidy, or of its return, belongs to.
    pub(crate) coupon_receipts: Table<String, String>,
    /// Whom profit may be shared with.
    pub(crate) receivers: Table<ReceiverKey, Relation>,
    /// Receivers that get nothing, and why.
    pub(crate) unsound: Table<ReceiverAccount, FailReason>,
    /// Rounds of sharing, and the finishes of orders.
    pub(crate) rounds: Table<Number, Round>,
    /// The same by the platform's number (`order_id`).
    pub(crate) round_ids: Table<String, Number>,
    /// What receivers gave back.
    pub(crate) given_back: Table<Number, GivenBack>,
    /// Which part of an order others may get at most.
    pub(crate) greatest_share: Percent,
    /// Images by their `media_id`.
    pub(crate) images: Shelf,
    /// Bills by the token of their address.
    pub(crate) bills: Shelf,
    /// What happens by itself when the clock gets there, in order.
    pub(crate) due: Table<DueKey, Due>,
    /// Callbacks that operations made, for the outbox.
    pub(crate) news: Vec<News>,
    pub(crate) clock: Clock,
    /// How often which operation was called in this second.
    pub(crate) limits: Limits,
    made: u64,
}

/// Why a filed record does not fit.
#[derive(Debug, Error)]
pub(crate) enum LoadError {
    #[error("there is no such table")]
    Table,
    #[error("it does not read")]
    Record(#[from] serde_json::Error),
    #[error("it does not follow from the entries before it")]
    Entry(#[from] PostError),
}

impl State {
    /// The state that every gateway starts with: opening balances and the sample orders.
    pub(crate) fn opening() -> Self {
        let mut state = Self::empty();
        // The opening entries move money out of `world`, which may owe: nothing can refuse them.
        let seeded = samples::seed(&mut state);
        debug_assert_eq!(seeded, Ok(()));
        state
    }

    pub(crate) fn empty() -> Self {
        Self {
            ledger: Ledger::default(),
            orders: Table::new("orders"),
            order_numbers: Table::new("order_numbers"),
            checkouts: Table::new("checkouts"),
            sub_orders: Table::new("sub_orders"),
            tickets: Table::new("tickets"),
            subsidy_numbers: Table::new("subsidy_numbers"),
            returns: Table::new("subsidy_returns"),
            refund_names: Table::new("refund_names"),
            coupons: Table::new("coupons"),
            coupon_returns: Table::new("coupon_returns"),
            coupon_payments: Table::new("coupon_payments"),
            coupon_receipts: Table::new("coupon_receipts"),
            receivers: Table::new("receivers"),
            unsound: Table::new("unsound_receivers"),
            rounds: Table::new("sharing_rounds"),
            round_ids: Table::new("sharing_round_ids"),
            given_back: Table::new("sharing_returns"),
            greatest_share: GREATEST_SHARE,
            images: Shelf::new("images"),
            bills: Shelf::new("bills"),
            due: Table::new("due"),
            news: Vec::new(),
            clock: Clock::default(),
            limits: Limits::default(),
            made: 0,
        }
    }

    /// Files what changed since the last time.
    pub(crate) fn changes(&mut self, filed: &mut Vec<Change>) {
        self.ledger.changes(filed);
        self.orders.changes(filed);
        self.order_numbers.changes(filed);
        self.checkouts.changes(filed);
        self.sub_orders.changes(filed);
        self.tickets.changes(filed);
        self.subsidy_numbers.changes(filed);
        self.returns.changes(filed);
        self.refund_names.changes(filed);
        self.coupons.changes(filed);
        self.coupon_returns.changes(filed);
        self.coupon_payments.changes(filed);
        self.coupon_receipts.changes(filed);
        self.receivers.changes(filed);
        self.unsound.changes(filed);
        self.rounds.changes(filed);
        self.round_ids.changes(filed);
        self.given_back.changes(filed);
        self.images.changes(filed);
        self.bills.changes(filed);
        self.due.changes(filed);
    }

    /// Takes a filed record in.
    pub(crate) fn load(&mut self, table: &str, key: &[u8], value: &[u8]) -> Result<(), LoadError> {
        match table {
            Ledger::NAME => return self.ledger.load(value),
            "orders" => self.orders.load(key, value).map(drop),
            "order_numbers" => self.order_numbers.load(key, value).map(drop),
            "checkouts" => self.checkouts.load(key, value).map(drop),
            "sub_orders" => self.sub_orders.load(key, value).map(drop),
            "tickets" => self.tickets.load(key, value).map(drop),
            "subsidy_numbers" => self.subsidy_numbers.load(key, value).map(drop),
            "subsidy_returns" => self.returns.load(key, value).map(drop),
            "refund_names" => self.refund_names.load(key, value).map(drop),
            "coupons" => self.coupons.load(key, value).map(drop),
            "coupon_returns" => self.coupon_returns.load(key, value).map(drop),
            "coupon_payments" => self.coupon_payments.load(key, value).map(drop),
            "coupon_receipts" => self.coupon_receipts.load(key, value).map(drop),
            "receivers" => self.receivers.load(key, value).map(drop),
            "unsound_receivers" => self.unsound.load(key, value).map(drop),
            "sharing_rounds" => self.rounds.load(key, value).map(drop),
            "sharing_round_ids" => self.round_ids.load(key, value).map(drop),
            "sharing_returns" => self.given_back.load(key, value).map(drop),
            "images" => self.images.load(key, value),
            "bills" => self.bills.load(key, value),
            "due" => self.due.load(key, value).map(drop),
            _ => return Err(LoadError::Table),
        }
        .map_err(LoadError::Record)
    }

    /// How many numbers were given out.
    pub(crate) fn made(&self) -> u64 {
        self.made
    }

    pub(crate) fn set_made(&mut self, made: u64) {
        self.made = made;
    }

    /// The business clock.
    pub(crate) fn clock(&self, now: Timestamp) -> Timestamp {
        self.clock.at(now)
    }

    /// A number of 28 digits that was not given out before. `kind` is its first two digits.
    pub(crate) fn next_id(&mut self, kind: u8) -> String {
        format!("{kind:02}{:026}", self.next_number())
    }

    pub(crate) fn next_number(&mut self) -> u64 {
        self.made += 1;
        self.made
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
    pub(crate) const ROUND: u8 = 67;
    pub(crate) const ROUND_PART: u8 = 36;
    pub(crate) const GIVEN_BACK: u8 = 68;
    pub(crate) const ADVANCE_RETURN: u8 = 12;
    pub(crate) const COUPON_RECEIPT: u8 = 11;
    pub(crate) const COUPON_RETURN: u8 = 21;
}
