//! What each operation leaves in the ledger, and what its answer teaches.

use wechatpay_core::api::ecommerce::profitsharing::{
    after_sales_orders, finish_order, orders, receivers, returnorders,
};
use wechatpay_core::api::ecommerce::refunds::{self, abnormal, return_advance};
use wechatpay_core::api::ecommerce::{bill as sub_bill, fund as sub_fund, subsidies};
use wechatpay_core::api::marketing::busifavor::subsidy::{
    PayStatus, ReturnReceipt, ReturnStatus, pay_receipts, return_receipts,
};
use wechatpay_core::api::merchant::{fund, media};
use wechatpay_core::api::merchant_service::images;
use wechatpay_core::api::pay::partner::transactions as partner;
use wechatpay_core::api::{bill, certificates, combine_transactions as combine};

use super::oracle::Expects;
use super::shop::{Refund, Round, Shop};
use super::work::{Job, Told};

macro_rules! moves_nothing {
    ($($kind:ty),+) => {$(
        impl Job for $kind {
            fn expects(&self) -> Option<Expects> {
                Some(Expects::Nothing)
            }
        }
    )+};
}

moves_nothing!(
    partner::out_trade_no::Close,
    combine::out_trade_no::Close,
    subsidies::Cancel,
    receivers::Add,
    receivers::Delete
);

macro_rules! asks {
    ($($kind:ty),+) => {$(impl Job for $kind {})+};
}

asks!(
    after_sales_orders::Query,
    orders::Query,
    orders::amounts::Query,
    returnorders::Query,
    return_advance::Query,
    pay_receipts::List,
    pay_receipts::Query,
    return_receipts::Query,
    media::UploadVideo,
    images::Download,
    fund::QueryBalance,
    sub_fund::QueryBalance,
    sub_fund::QueryEndDayBalance,
    sub_bill::FundFlowBill,
    bill::Download,
    certificates::List
);

fn another(number: &str, by: u32) -> String {
    format!("{number}A{by}")
}

impl Job for subsidies::Create {
    fn expects(&self) -> Option<Expects> {
        Some(Expects::Entry(self.amount))
    }

    fn renumbered(&self, by: u32) -> Self {
        let mut other = self.clone();
        other.out_subsidy_no = self.out_subsidy_no.as_deref().map(|no| another(no, by));
        other
    }

    fn number(&self) -> Option<&str> {
        self.out_subsidy_no.as_deref()
    }

    fn learn(&self, answer: &Self::Response, shop: &mut Shop) {
        if let Some(order) = shop.paid(&self.transaction_id) {
            order.subsidy_id = Some(answer.subsidy_id.clone());
        }
    }
}

impl Job for subsidies::Return {
    fn expects(&self) -> Option<Expects> {
        Some(Expects::Entry(self.amount))
    }

    fn renumbered(&self, by: u32) -> Self {
        let mut other = self.clone();
        other.out_order_no = another(&self.out_order_no, by);
        other
    }

    fn number(&self) -> Option<&str> {
        Some(&self.out_order_no)
    }
}

impl Job for after_sales_orders::Create {
    fn expects(&self) -> Option<Expects> {
        Some(Expects::Later { least: 1 })
    }

    /// A refund has one fee.
    fn number(&self) -> Option<&str> {
        self.refund_id.as_deref()
    }
}

impl Job for orders::Create {
    fn expects(&self) -> Option<Expects> {
        Some(Expects::Later { least: 0 })
    }

    fn renumbered(&self, by: u32) -> Self {
        let mut other = self.clone();
        other.out_order_no = another(&self.out_order_no, by);
        other
    }

    fn number(&self) -> Option<&str> {
        Some(&self.out_order_no)
    }

    fn learn(&self, _: &Self::Response, shop: &mut Shop) {
        let amount = self.receivers.first().map(|receiver| receiver.amount);
        if let Some(order) = shop.paid(&self.transaction_id) {
            order.rounds.push(Round {
                out_order_no: self.out_order_no.clone(),
                amount: amount.unwrap_or_default(),
                given_back: Vec::new(),
            });
        }
    }
}

impl Job for finish_order::Finish {
    fn expects(&self) -> Option<Expects> {
        Some(Expects::Later { least: 0 })
    }

    fn renumbered(&self, by: u32) -> Self {
        let mut other = self.clone();
        other.out_order_no = another(&self.out_order_no, by);
        other
    }

    fn number(&self) -> Option<&str> {
        Some(&self.out_order_no)
    }
}

impl Job for returnorders::Create {
    fn expects(&self) -> Option<Expects> {
        Some(Expects::Later { least: 0 })
    }

    fn renumbered(&self, by: u32) -> Self {
        let mut other = self.clone();
        other.out_return_no = another(&self.out_return_no, by);
        other
    }

    fn number(&self) -> Option<&str> {
        Some(&self.out_return_no)
    }

    fn learn(&self, _: &Self::Response, shop: &mut Shop) {
        let round = self.out_order_no.as_deref().and_then(|no| shop.round(no));
        if let Some(round) = round {
            round.given_back.push(self.out_return_no.clone());
        }
    }
}

impl Job for refunds::Apply {
    fn expects(&self) -> Option<Expects> {
        Some(Expects::Later { least: 1 })
    }

    fn renumbered(&self, by: u32) -> Self {
        let mut other = self.clone();
        other.out_refund_no = another(&self.out_refund_no, by);
        other
    }

    fn number(&self) -> Option<&str> {
        Some(&self.out_refund_no)
    }

    fn learn(&self, answer: &Self::Response, shop: &mut Shop) {
        let refund = Refund {
            out_refund_no: answer.out_refund_no.clone(),
            refund_id: answer.refund_id.clone(),
        };
        let order = self.transaction_id.as_deref().unwrap_or_default();
        shop.was_refunded(order, refund);
    }
}

impl Job for abnormal::Apply {
    fn expects(&self) -> Option<Expects> {
        Some(Expects::Later { least: 0 })
    }
}

impl Job for return_advance::Create {
    fn expects(&self) -> Option<Expects> {
        Some(Expects::Later { least: 0 })
    }
}

impl Job for pay_receipts::Create {
    fn expects(&self) -> Option<Expects> {
        Some(Expects::Entry(self.amount))
    }

    fn renumbered(&self, by: u32) -> Self {
        let mut other = self.clone();
        other.out_subsidy_no = another(&self.out_subsidy_no, by);
        other
    }

    fn number(&self) -> Option<&str> {
        Some(&self.out_subsidy_no)
    }

    fn judge(&self, answer: &Self::Response) -> Told {
        match *answer.status {
            PayStatus::Fail => Told::Refused,
            _ => Told::Done,
        }
    }

    fn learn(&self, answer: &Self::Response, shop: &mut Shop) {
        if let Some(coupon) = shop.coupon(&self.coupon_code) {
            coupon.receipt.clone_from(&answer.subsidy_receipt_id);
        }
    }
}

impl Job for ReturnReceipt {
    fn expects(&self) -> Option<Expects> {
        Some(Expects::Entry(self.amount))
    }

    fn renumbered(&self, by: u32) -> Self {
        let mut other = self.clone();
        other.out_subsidy_return_no = another(&self.out_subsidy_return_no, by);
        other
    }

    fn number(&self) -> Option<&str> {
        Some(&self.out_subsidy_return_no)
    }

    fn judge(&self, answer: &Self::Response) -> Told {
        match *answer.status {
            ReturnStatus::Fail => Told::Refused,
            _ => Told::Done,
        }
    }

    fn learn(&self, answer: &Self::Response, shop: &mut Shop) {
        if let Some(coupon) = shop.coupon(&self.coupon_code) {
            coupon
                .return_receipt
                .clone_from(&answer.subsidy_return_receipt_id);
        }
    }
}

impl Job for media::UploadImage {
    fn learn(&self, answer: &Self::Response, shop: &mut Shop) {
        shop.images.push(answer.media_id.clone());
    }
}

impl Job for bill::TradeBill {
    fn learn(&self, answer: &Self::Response, shop: &mut Shop) {
        shop.bills.push(answer.download_url.clone());
    }
}

impl Job for bill::FundFlowBill {
    fn learn(&self, answer: &Self::Response, shop: &mut Shop) {
        shop.bills.push(answer.download_url.clone());
    }
}

impl Job for refunds::QueryById {
    fn learn(&self, answer: &Self::Response, shop: &mut Shop) {
        know(answer, shop);
    }
}

impl Job for refunds::QueryByOutRefundNo {
    fn learn(&self, answer: &Self::Response, shop: &mut Shop) {
        know(answer, shop);
    }
}

fn know(answer: &refunds::Refund, shop: &mut Shop) {
    let refund = Refund {
        out_refund_no: answer.out_refund_no.clone(),
        refund_id: answer.refund_id.clone(),
    };
    shop.was_refunded(&answer.transaction_id, refund);
}
