//! What a merchant knows of its orders, from what it was answered and told.

use wechatpay_core::Fen;

#[derive(Clone, Debug, Default)]
pub(crate) struct Shop {
    pub(crate) orders: Vec<Order>,
    pub(crate) combined: Vec<Combined>,
    pub(crate) coupons: Vec<Coupon>,
    pub(crate) images: Vec<String>,
    pub(crate) bills: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) out_trade_no: String,
    /// Known once the order is paid.
    pub(crate) transaction_id: Option<String>,
    pub(crate) total: Fen,
    pub(crate) promised: Option<Fen>,
    /// Whether its money is kept for sharing.
    pub(crate) kept: Kept,
    /// What the buyer pays with: a field of the administration, and its value.
    pub(crate) ticket: Option<(&'static str, String)>,
    pub(crate) subsidy_id: Option<String>,
    pub(crate) refunds: Vec<Refund>,
    pub(crate) rounds: Vec<Round>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    ForSharing,
    No,
}

impl Order {
    pub(crate) fn is_ready_to_share(&self) -> bool {
        self.kept == Kept::ForSharing && (self.promised.is_none() || self.subsidy_id.is_some())
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Refund {
    pub(crate) out_refund_no: String,
    pub(crate) refund_id: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Round {
    pub(crate) out_order_no: String,
    /// What the platform itself gets, and can give back.
    pub(crate) amount: Fen,
    pub(crate) given_back: Vec<String>,
}

/// A combined order that waits to be paid.
#[derive(Clone, Debug)]
pub(crate) struct Combined {
    pub(crate) combine_out_trade_no: String,
    pub(crate) sub_orders: Vec<String>,
    pub(crate) ticket: Option<(&'static str, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Coupon {
    pub(crate) stock_id: String,
    pub(crate) coupon_code: String,
    pub(crate) transaction_id: String,
    pub(crate) refund_id: String,
    pub(crate) amount: Fen,
    pub(crate) receipt: Option<String>,
    pub(crate) return_receipt: Option<String>,
}

impl Shop {
    pub(crate) fn order(&mut self, out_trade_no: &str) -> Option<&mut Order> {
        let mut orders = self.orders.iter_mut();
        orders.find(|order| order.out_trade_no == out_trade_no)
    }

    pub(crate) fn paid(&mut self, transaction_id: &str) -> Option<&mut Order> {
        let is_it = |order: &&mut Order| order.transaction_id.as_deref() == Some(transaction_id);
        self.orders.iter_mut().find(is_it)
    }

    pub(crate) fn combined(&mut self, number: &str) -> Option<&mut Combined> {
        let mut combined = self.combined.iter_mut();
        combined.find(|order| order.combine_out_trade_no == number)
    }

    pub(crate) fn round(&mut self, out_order_no: &str) -> Option<&mut Round> {
        let mut rounds = self.orders.iter_mut().flat_map(|order| &mut order.rounds);
        rounds.find(|round| round.out_order_no == out_order_no)
    }

    pub(crate) fn coupon(&mut self, coupon_code: &str) -> Option<&mut Coupon> {
        let mut coupons = self.coupons.iter_mut();
        coupons.find(|coupon| coupon.coupon_code == coupon_code)
    }

    /// It was paid, under this number of the platform's.
    pub(crate) fn was_paid(&mut self, out_trade_no: &str, transaction_id: Option<String>) {
        if let Some(order) = self.order(out_trade_no) {
            order.transaction_id = transaction_id.or(order.transaction_id.take());
            order.ticket = None;
        }
    }

    pub(crate) fn was_refunded(&mut self, transaction_id: &str, refund: Refund) {
        if let Some(order) = self.paid(transaction_id) {
            let same = |known: &Refund| known.refund_id == refund.refund_id;
            if !order.refunds.iter().any(same) {
                order.refunds.push(refund);
            }
        }
    }
}
