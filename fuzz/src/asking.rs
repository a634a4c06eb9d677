//! What the caller asks for, as the typed operations take it.

use serde_json::Value;
use wechatpay_core::Fen;
use wechatpay_core::api::combine_transactions::{self as combined, NewSubOrder, SubAmount};
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders::{self, Scene as Fees};
use wechatpay_core::api::ecommerce::profitsharing::receivers::{self, Kind, Relation};
use wechatpay_core::api::ecommerce::profitsharing::{finish_order, orders, returnorders};
use wechatpay_core::api::ecommerce::refunds::{
    self, ApplyAmount, FundsAccount, RefundAccount, abnormal, return_advance,
};
use wechatpay_core::api::ecommerce::subsidies::{self, Account, ReturnFrom};
use wechatpay_core::api::marketing::busifavor::subsidy::{pay_receipts, return_receipts};
use wechatpay_core::api::pay::partner::transactions::{self as partner, Payer};
use wechatpay_core::api::pay::transactions::{Amount, SettleInfo};
use wechatpay_gateway::credentials::MCHID;

use crate::ledger::Play;
use crate::scenes::{Ask, AskCoupon, AskPlacing, AskRefund, AskSharing, AskSubsidy, Of, Pick, Sum};

const APPID: &str = "wx8888888888888888";
const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
pub(crate) const CODES: [&str; 3] = ["ABCD12345678", "C2", "C3"];
pub(crate) const STOCK: &str = "128888000000001";
pub(crate) const PAYER: &str = "1900000001";
pub(crate) const PAYEE: &str = "1900000002";
/// The order and the refund of the sample coupon, which the others share.
pub(crate) const COUPON_ORDER: &str = "4200000913202101152566792388";
pub(crate) const COUPON_REFUND: &str = "50100506732021010105138718375";
const NOTIFY_URL: &str = "http://127.0.0.1:9/notify";

impl Play<'_> {
    /// One of the refunds that there are.
    pub(crate) fn refund(&self, pick: Pick) -> String {
        pick.of(&self.refunds)
    }

    fn some_refund(&self, pick: Pick) -> Option<String> {
        pick.some_of(&self.refunds)
    }

    pub(crate) fn ask(&mut self, ask: &Ask) {
        match ask {
            Ask::Subsidy(ask) => self.ask_of_subsidies(ask),
            Ask::Sharing(ask) => self.ask_to_share(ask),
            Ask::Refund(ask) => self.ask_of_refunds(ask),
            Ask::Coupon(ask) => self.ask_of_coupons(ask),
            Ask::Placing(ask) => self.ask_to_place(ask),
            Ask::Look { of, number, refund } => self.look(*of, *number, *refund),
        }
    }

    fn ask_of_subsidies(&mut self, ask: &AskSubsidy) {
        match ask {
            AskSubsidy::Create {
                of,
                amount,
                number,
                refund,
            } => {
                let create = subsidies::Create::builder()
                    .sub_mchid(of.shop.shop())
                    .transaction_id(of.transaction.transaction())
                    .amount(fen(*amount))
                    .description("d")
                    .maybe_out_subsidy_no(number.map(Pick::number))
                    .maybe_refund_id(self.some_refund(*refund));
                let _ = self.call(&create.build());
            }
            AskSubsidy::Return {
                of,
                number,
                amount,
                refund,
                unsettled,
            } => {
                let from = unsettled.then(|| {
                    let from = ReturnFrom::builder().account(Account::Unavailable);
                    vec![from.amount(fen(*amount)).build()]
                });
                let take_back = subsidies::Return::builder()
                    .sub_mchid(of.shop.shop())
                    .out_order_no(number.number())
                    .transaction_id(of.transaction.transaction())
                    .maybe_refund_id(self.some_refund(*refund))
                    .amount(fen(*amount))
                    .description("d")
                    .maybe_from(from);
                let _ = self.call(&take_back.build());
            }
            AskSubsidy::Cancel(of) => {
                let cancel = subsidies::Cancel::builder()
                    .sub_mchid(of.shop.shop())
                    .transaction_id(of.transaction.transaction())
                    .description("d");
                let _ = self.call(&cancel.build());
            }
        }
    }

    fn ask_of_refunds(&mut self, ask: &AskRefund) {
        match ask {
            AskRefund::Apply {
                of,
                number,
                amount,
                advance,
                account,
            } => {
                let by = advance.then_some(RefundAccount::PartnerAdvance);
                self.apply(*of, *number, *amount, by, *account);
            }
            AskRefund::Elsewhere {
                shop,
                refund,
                number,
            } => {
                let elsewhere = abnormal::Apply::builder()
                    .refund_id(self.refund(*refund))
                    .sub_mchid(shop.shop())
                    .out_refund_no(number.number())
                    .destination(abnormal::Destination::MerchantBankCard);
                let _ = self.call(&elsewhere.build());
            }
            AskRefund::ReturnAdvance { shop, refund } => {
                let back = return_advance::Create::builder()
                    .refund_id(self.refund(*refund))
                    .sub_mchid(shop.shop());
                let _ = self.call(&back.build());
            }
        }
    }

    fn apply(
        &mut self,
        of: Of,
        number: Pick,
        amount: Sum,
        by: Option<RefundAccount>,
        account: Pick,
    ) {
        let order = self.admin("GET", &of.path(""), &Value::Null);
        let total = order["total"].as_i64().unwrap_or(1);
        let amount = ApplyAmount::builder().refund(fen(amount));
        let accounts = [FundsAccount::Available, FundsAccount::Unsettled];
        let apply = refunds::Apply::builder()
            .sub_mchid(of.shop.shop())
            .sp_appid(APPID)
            .transaction_id(of.transaction.transaction())
            .out_refund_no(number.number())
            .amount(amount.total(Fen::new(total)).build())
            .maybe_refund_account(by)
            .maybe_funds_account(account.some_of(&accounts));
        if let Some(applied) = self.call(&apply.build())
            && !self.refunds.contains(&applied.refund_id)
        {
            self.refunds.push(applied.refund_id);
        }
    }

    /// Questions move nothing, but on a sample order, which sets its stage for the first.
    fn look(&mut self, of: Of, number: Pick, refund: Pick) {
        let (shop, transaction) = (of.shop.shop(), of.transaction.transaction());
        let fee = after_sales_orders::Query::builder()
            .sub_mchid(shop)
            .transaction_id(transaction);
        let _ = self.call(&fee.build());
        let round = orders::Query::builder()
            .sub_mchid(shop)
            .transaction_id(transaction)
            .out_order_no(number.number());
        let _ = self.call(&round.build());
        let rest = orders::amounts::Query::builder().transaction_id(transaction);
        let _ = self.call(&rest.build());
        let refund = refunds::QueryById::builder()
            .refund_id(self.refund(refund))
            .sub_mchid(shop);
        let _ = self.call(&refund.build());
    }

    fn ask_to_share(&mut self, ask: &AskSharing) {
        match ask {
            AskSharing::Share {
                of,
                number,
                parts,
                last,
            } => {
                let part = |(who, amount): &(Pick, Sum)| {
                    orders::Receiver::builder()
                        .kind(Kind::MerchantId)
                        .receiver_account(who.receiver())
                        .amount(fen(*amount))
                        .description("a part")
                        .build()
                };
                let share = orders::Create::builder()
                    .sub_mchid(of.shop.shop())
                    .transaction_id(of.transaction.transaction())
                    .out_order_no(number.number())
                    .receivers(parts.iter().map(part).collect())
                    .finish(*last);
                let _ = self.call(&share.build());
            }
            AskSharing::Finish { of, number } => {
                let finish = finish_order::Finish::builder()
                    .sub_mchid(of.shop.shop())
                    .transaction_id(of.transaction.transaction())
                    .out_order_no(number.number())
                    .description("d");
                let _ = self.call(&finish.build());
            }
            AskSharing::GiveBack {
                shop,
                round,
                number,
                from,
                amount,
            } => {
                let back = returnorders::Create::builder()
                    .sub_mchid(shop.shop())
                    .out_order_no(round.number())
                    .out_return_no(number.number())
                    .return_mchid(from.receiver())
                    .amount(fen(*amount))
                    .description("d");
                let _ = self.call(&back.build());
            }
            AskSharing::AddReceiver(who) => {
                let add = receivers::Add::builder()
                    .appid(APPID)
                    .kind(Kind::MerchantId)
                    .account(who.receiver())
                    .relation_type(Relation::Distributor);
                let _ = self.call(&add.build());
            }
            AskSharing::DeleteReceiver(who) => {
                let delete = receivers::Delete::builder()
                    .appid(APPID)
                    .kind(Kind::MerchantId)
                    .account(who.receiver());
                let _ = self.call(&delete.build());
            }
            AskSharing::Fee { of, amount, refund } => {
                let fee = after_sales_orders::Create::builder()
                    .sub_mchid(of.shop.shop())
                    .transaction_id(of.transaction.transaction())
                    .amount(fen(*amount))
                    .scene(Fees::ReturnGoods)
                    .maybe_refund_id(self.some_refund(*refund));
                let _ = self.call(&fee.build());
            }
        }
    }

    fn ask_of_coupons(&mut self, ask: &AskCoupon) {
        match ask {
            AskCoupon::Pay {
                code,
                amount,
                number,
            } => {
                let pay = pay_receipts::Create::builder()
                    .stock_id(STOCK)
                    .coupon_code(code.of(&CODES))
                    .transaction_id(COUPON_ORDER)
                    .payer_merchant(PAYER)
                    .payee_merchant(PAYEE)
                    .amount(fen(*amount))
                    .description("d")
                    .out_subsidy_no(number.number());
                let _ = self.call(&pay.build());
            }
            AskCoupon::Return {
                code,
                amount,
                number,
            } => {
                let back = return_receipts::ReturnReceipt::builder()
                    .stock_id(STOCK)
                    .coupon_code(code.of(&CODES))
                    .transaction_id(COUPON_ORDER)
                    .refund_id(COUPON_REFUND)
                    .payer_merchant(PAYER)
                    .payee_merchant(PAYEE)
                    .amount(fen(*amount))
                    .description("d")
                    .out_subsidy_return_no(number.number());
                let _ = self.call(&back.build());
            }
        }
    }

    fn ask_to_place(&mut self, ask: &AskPlacing) {
        match ask {
            AskPlacing::One {
                number,
                amount,
                subsidy,
            } => {
                let order = partner::Order::builder()
                    .sp_appid(APPID)
                    .sp_mchid(MCHID)
                    .sub_mchid("1230000109")
                    .description("d")
                    .out_trade_no(number.number())
                    .notify_url(NOTIFY_URL)
                    .amount(Amount::cny(fen(*amount)))
                    .maybe_settle_info(subsidy.map(|sum| SettleInfo::subsidised(fen(sum))))
                    .build();
                let payer = Payer::builder().sp_openid(OPENID).build();
                let place = partner::Jsapi::builder().order(order).payer(payer);
                let _ = self.call(&place.build());
            }
            AskPlacing::Two {
                number,
                amount,
                other,
            } => {
                let place = combined::Jsapi::builder()
                    .order(two(number.number(), *amount, *other))
                    .combine_payer_info(combined::Payer::builder().openid(OPENID).build());
                let _ = self.call(&place.build());
            }
            AskPlacing::Close(number) => {
                let close = partner::out_trade_no::Close::builder()
                    .out_trade_no(number.number())
                    .sp_mchid(MCHID)
                    .sub_mchid("1230000109");
                let _ = self.call(&close.build());
                let both = two(number.number(), Sum::Small(0), Sum::Small(0));
                let _ = self.call(&combined::out_trade_no::Close::of(&both));
            }
        }
    }
}

fn fen(sum: Sum) -> Fen {
    Fen::new(sum.fen())
}

/// A combined order of two sub-merchants.
fn two(number: &str, amount: Sum, other: Sum) -> combined::Order {
    let sub_order = |number: String, shop: &str, total| {
        NewSubOrder::builder()
            .mchid(MCHID)
            .sub_mchid(shop)
            .out_trade_no(number)
            .attach("a")
            .description("d")
            .amount(SubAmount::cny(fen(total)))
            .settle_info(SettleInfo::shared())
            .build()
    };
    combined::Order::builder()
        .combine_appid(APPID)
        .combine_mchid(MCHID)
        .combine_out_trade_no(format!("C{number}"))
        .sub_orders(vec![
            sub_order(format!("{number}-1"), "1900000109", amount),
            sub_order(format!("{number}-2"), "1230000110", other),
        ])
        .notify_url(NOTIFY_URL)
        .build()
}
