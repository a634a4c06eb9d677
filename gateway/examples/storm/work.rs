//! The operations of a storm, each with a sub-merchant or merchant of its own, so that the ledger
//! tells how often each one was carried out.

use std::collections::HashMap;

use serde_json::json;
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders;
use wechatpay_core::api::ecommerce::subsidies;
use wechatpay_core::api::marketing::busifavor::subsidy::ReturnReceipt;
use wechatpay_core::{Fen, Method, Operation};
use wechatpay_gateway::{Account, AdminError, Ledger, Mchid, Purse, Running};

/// One logical operation.
pub(crate) enum Work {
    Create(subsidies::Create),
    Cancel(subsidies::Cancel),
    Fee(after_sales_orders::Create),
    Coupon(ReturnReceipt),
    Query(after_sales_orders::Query),
}

impl Work {
    /// Makes the operation of this number, and what it takes for granted.
    pub(crate) fn stage(number: usize, gateway: &Running) -> Result<Self, AdminError> {
        let merchant = format!("20{number:08}");
        let transaction = format!("42000000000000000000{number:08}");
        let order = || {
            let order = json!({
                "sub_mchid": merchant, "transaction_id": transaction, "total": 8_000,
                "subsidy_amount": 500,
            });
            gateway.admin(Method::POST, "/_gateway/orders", &order)
        };
        let refund = format!("50000000000000000000{number:08}");
        let refunded = || {
            let path = format!("/_gateway/orders/{merchant}/{transaction}/refunds");
            let body = json!({ "amount": 1_000, "refund_id": refund });
            gateway.admin(Method::POST, &path, &body)
        };
        Ok(match number % 20 {
            0..=10 => {
                order()?;
                let create = subsidies::Create::builder()
                    .sub_mchid(merchant)
                    .transaction_id(transaction)
                    .amount(Fen::new(500))
                    .description("storm")
                    .out_subsidy_no(format!("S{number}"));
                Self::Create(create.build())
            }
            11..=13 => {
                order()?;
                refunded()?;
                let fee = after_sales_orders::Create::builder()
                    .sub_mchid(merchant)
                    .transaction_id(transaction)
                    .amount(Fen::new(30))
                    .scene(after_sales_orders::Scene::ReturnGoods)
                    .refund_id(refund);
                Self::Fee(fee.build())
            }
            14..=16 => {
                let coupon = json!({
                    "payer_merchant": "1900000001", "payee_merchant": merchant, "amount": 100,
                    "stock_id": "128888000000001", "coupon_code": format!("C{number}"),
                    "transaction_id": transaction, "refund_id": refund,
                });
                gateway.admin(Method::POST, "/_gateway/coupons", &coupon)?;
                let receipt = ReturnReceipt::builder()
                    .stock_id("128888000000001")
                    .coupon_code(format!("C{number}"))
                    .transaction_id(transaction)
                    .refund_id(refund)
                    .payer_merchant("1900000001")
                    .payee_merchant(merchant)
                    .amount(Fen::new(100))
                    .description("storm")
                    .out_subsidy_return_no(format!("R{number}"));
                Self::Coupon(receipt.build())
            }
            17 => {
                order()?;
                refunded()?;
                let cancel = subsidies::Cancel::builder()
                    .sub_mchid(merchant)
                    .transaction_id(transaction)
                    .description("storm");
                Self::Cancel(cancel.build())
            }
            _ => {
                let query = after_sales_orders::Query::builder()
                    .sub_mchid("1900000109")
                    .transaction_id("3008450740201411110007820472");
                Self::Query(query.build())
            }
        })
    }

    /// The entry that the ledger has for it, exactly once: the operation, and the account on which
    /// it shows. None for what moves no money.
    fn mark(&self) -> Option<(String, Account)> {
        let of = |mchid: &str, purse| {
            let mchid: Mchid = mchid.parse().ok()?;
            Some(Account::SubMerchant(mchid, purse))
        };
        match self {
            Self::Create(create) => {
                let account = of(&create.sub_mchid, Purse::Available)?;
                Some((name::<subsidies::Create>(), account))
            }
            Self::Fee(fee) => {
                let account = of(&fee.sub_mchid, Purse::InTransit)?;
                Some((name::<after_sales_orders::Create>(), account))
            }
            Self::Coupon(receipt) => {
                let account = Account::Merchant(receipt.payee_merchant.parse().ok()?);
                Some((name::<ReturnReceipt>(), account))
            }
            Self::Cancel(_) | Self::Query(_) => None,
        }
    }

    /// Whether money moves by it.
    pub(crate) fn moves_money(&self) -> bool {
        self.mark().is_some()
    }
}

fn name<O: Operation>() -> String {
    format!("{} {}", O::METHOD, O::PATH)
}

/// How often each operation is in the ledger.
pub(crate) struct Counts(HashMap<(String, Account), usize>);

impl Counts {
    pub(crate) fn of(ledger: &Ledger) -> Self {
        let mut counts = HashMap::new();
        for entry in ledger.entries() {
            for transfer in &entry.transfers {
                for account in [&transfer.from, &transfer.to] {
                    let mark = (entry.operation.clone(), account.clone());
                    *counts.entry(mark).or_default() += 1;
                }
            }
        }
        Self(counts)
    }

    pub(crate) fn of_work(&self, work: &Work) -> usize {
        let mark = work.mark();
        mark.and_then(|mark| self.0.get(&mark).copied())
            .unwrap_or_default()
    }
}
