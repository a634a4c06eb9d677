//! What placing an order teaches, and asking for it.

use wechatpay_core::api::combine_transactions as combine;
use wechatpay_core::api::pay::partner::transactions as partner;
use wechatpay_core::api::pay::transactions::{CodeLink, H5Link, Prepay, TradeState};

use super::oracle::Expects;
use super::shop::Shop;
use super::work::Job;

/// What an order is paid with.
trait Ticket {
    fn ticket(&self) -> (&'static str, String);
}

impl Ticket for Prepay {
    fn ticket(&self) -> (&'static str, String) {
        ("prepay_id", self.prepay_id.clone())
    }
}

impl Ticket for H5Link {
    fn ticket(&self) -> (&'static str, String) {
        ("h5_url", self.h5_url.clone())
    }
}

impl Ticket for CodeLink {
    fn ticket(&self) -> (&'static str, String) {
        ("code_url", self.code_url.clone())
    }
}

macro_rules! placing {
    ($($kind:ty),+) => {$(
        impl Job for $kind {
            fn expects(&self) -> Option<Expects> {
                Some(Expects::Nothing)
            }

            fn number(&self) -> Option<&str> {
                Some(&self.order.out_trade_no)
            }

            fn learn(&self, answer: &Self::Response, shop: &mut Shop) {
                if let Some(order) = shop.order(&self.order.out_trade_no) {
                    if order.transaction_id.is_none() {
                        order.ticket = Some(answer.ticket());
                    }
                }
            }
        }
    )+};
}

macro_rules! placing_combined {
    ($($kind:ty),+) => {$(
        impl Job for $kind {
            fn expects(&self) -> Option<Expects> {
                Some(Expects::Nothing)
            }

            fn number(&self) -> Option<&str> {
                Some(&self.order.combine_out_trade_no)
            }

            fn learn(&self, answer: &Self::Response, shop: &mut Shop) {
                if let Some(order) = shop.combined(&self.order.combine_out_trade_no) {
                    order.ticket = Some(answer.ticket());
                }
            }
        }
    )+};
}

placing!(partner::Jsapi, partner::App, partner::H5, partner::Native);
placing_combined!(combine::Jsapi, combine::App, combine::H5, combine::Native);

impl Job for partner::out_trade_no::Query {
    fn learn(&self, answer: &Self::Response, shop: &mut Shop) {
        if answer.trade_state == TradeState::Success {
            shop.was_paid(&self.out_trade_no, answer.transaction_id.clone());
        }
    }
}

impl Job for partner::id::Query {
    fn learn(&self, answer: &Self::Response, shop: &mut Shop) {
        if answer.trade_state == TradeState::Success {
            shop.was_paid(&answer.out_trade_no, answer.transaction_id.clone());
        }
    }
}

impl Job for combine::out_trade_no::Query {
    fn learn(&self, answer: &Self::Response, shop: &mut Shop) {
        for order in &answer.sub_orders {
            if order.trade_state == TradeState::Success {
                shop.was_paid(&order.out_trade_no, order.transaction_id.clone());
            }
        }
    }
}
