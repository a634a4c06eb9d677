//! Questions, which move nothing.

use wechatpay_core::api::ecommerce::profitsharing::{after_sales_orders, orders, returnorders};
use wechatpay_core::api::ecommerce::refunds::{self, return_advance};
use wechatpay_core::api::ecommerce::{bill as sub_bill, fund as sub_fund};
use wechatpay_core::api::marketing::busifavor::subsidy::{pay_receipts, return_receipts};
use wechatpay_core::api::merchant::fund;
use wechatpay_core::api::merchant_service::images;
use wechatpay_core::api::pay::partner::transactions as partner;
use wechatpay_core::api::{bill, certificates};
use wechatpay_gateway::credentials::MCHID;

use super::disk::Record;
use super::draw::Desk;
use super::place;
use super::shop::Order;
use super::work::Work;

impl Desk<'_> {
    pub(super) fn ask(&self) -> Option<Work> {
        let dice = &self.world.dice;
        let shop = &self.shop;
        let sub_mchid = self.sub_mchid();
        let day = *dice
            .pick(&["2025-11-21", "2025-11-22"])
            .unwrap_or(&"2025-11-21");
        Some(match dice.within(0..=21) {
            0 => place::query(self)?,
            1 => {
                let query = partner::id::Query::builder().transaction_id(self.paid()?.1);
                query.sp_mchid(MCHID).sub_mchid(sub_mchid).build().into()
            }
            2 => place::query_combined(self)?,
            3 => {
                let query = after_sales_orders::Query::builder().sub_mchid(sub_mchid);
                query.transaction_id(self.with_fee()?).build().into()
            }
            4 => {
                let (order, id) = self.paid_with(|order| !order.rounds.is_empty())?;
                let round = dice.pick(&order.rounds)?;
                let query = orders::Query::builder()
                    .sub_mchid(sub_mchid)
                    .transaction_id(id);
                query.out_order_no(&round.out_order_no).build().into()
            }
            5 => {
                let query = orders::amounts::Query::builder();
                query.transaction_id(self.paid()?.1).build().into()
            }
            6 => {
                let given = |order: &Order| order.rounds.iter().any(|r| !r.given_back.is_empty());
                let round = dice.pick(&self.paid_with(given)?.0.rounds)?;
                let query = returnorders::Query::builder().sub_mchid(sub_mchid);
                let query = query.out_order_no(&round.out_order_no);
                query
                    .out_return_no(dice.pick(&round.given_back)?)
                    .build()
                    .into()
            }
            7 => {
                let query = refunds::QueryById::builder().refund_id(&self.refunded()?.1.refund_id);
                query.sub_mchid(sub_mchid).build().into()
            }
            8 => {
                let query = refunds::QueryByOutRefundNo::builder();
                let query = query.out_refund_no(&self.refunded()?.1.out_refund_no);
                query.sub_mchid(sub_mchid).build().into()
            }
            9 => {
                let query = return_advance::Query::builder();
                let query = query.refund_id(&self.refunded()?.1.refund_id);
                query.sub_mchid(sub_mchid).build().into()
            }
            10 => {
                let coupon = dice.pick(&shop.coupons)?;
                let list = pay_receipts::List::builder().stock_id(&coupon.stock_id);
                list.coupon_code(&coupon.coupon_code).build().into()
            }
            11 => {
                let receipt = dice.pick(&shop.coupons)?.receipt.clone()?;
                pay_receipts::Query::builder()
                    .subsidy_receipt_id(receipt)
                    .build()
                    .into()
            }
            12 => {
                let receipt = dice.pick(&shop.coupons)?.return_receipt.clone()?;
                let query = return_receipts::Query::builder();
                query.subsidy_return_receipt_id(receipt).build().into()
            }
            13 => images::Download::builder()
                .media_id(dice.pick(&shop.images)?)
                .build()
                .into(),
            14 => {
                let account = bill::AccountType::Operation;
                fund::QueryBalance::builder()
                    .account_type(account)
                    .build()
                    .into()
            }
            15 => sub_fund::QueryBalance::builder()
                .sub_mchid(sub_mchid)
                .build()
                .into(),
            16 => {
                let query = sub_fund::QueryEndDayBalance::builder().sub_mchid(sub_mchid);
                query.date(day).build().into()
            }
            17 => bill::TradeBill::builder().bill_date(day).build().into(),
            18 => bill::FundFlowBill::builder().bill_date(day).build().into(),
            19 => sub_bill::FundFlowBill::builder()
                .bill_date(day)
                .build()
                .into(),
            20 => bill::Download::new(dice.pick(&shop.bills)?).into(),
            _ => certificates::List::new().into(),
        })
    }

    /// An order that a fee was asked for.
    fn with_fee(&self) -> Option<String> {
        let records = &self.merchant.disk.borrow().records;
        let order = |record: &Record| match &record.work {
            Work::Fee(fee) => Some(fee.transaction_id.clone()),
            _ => None,
        };
        let orders: Vec<String> = records.iter().filter_map(order).collect();
        self.world.dice.pick(&orders).cloned()
    }
}
