use std::collections::BTreeSet;

use bon::Builder;
use serde::{Deserialize, Serialize};

use super::{Payer, SubAmount};
use crate::api::check;
use crate::api::pay::transactions::{LimitPay, SettleInfo};
use crate::datetime::DateTime;
use crate::error::FieldError;

/// A combined order to place, whatever the payer pays with.
///
/// [`Jsapi`](super::Jsapi), [`App`](super::App), [`H5`](super::H5) and [`Native`](super::Native)
/// place it, and their fields stand beside these on the wire. The [module](super) has an example.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Order {
    /// The application of the one who combines (合单商户appid). 1 to 32 characters.
    pub combine_appid: String,
    /// Who combines the orders (合单商户号): who signs the call. 1 to 32 characters.
    pub combine_mchid: String,
    /// Their own number of the combined order (合单商户订单号), unique to them. 1 to 32 letters, digits
    /// and `_-|*@`; some documents take no `@`, and ask for 6 characters.
    pub combine_out_trade_no: String,
    /// The sub-orders (子单): of a service provider 1 to 50, of a merchant of its own 2 to 10.
    pub sub_orders: Vec<NewSubOrder>,
    /// From when it can be paid (交易起始时间), with an offset from UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_start: Option<DateTime>,
    /// Until when it can be paid (交易结束时间), with an offset from UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_expire: Option<DateTime>,
    /// Where the notice of the payment goes (通知地址): `https`, on a private line also `http`, without
    /// a query. Most documents require it. 1 to 256 characters, by some documents 255.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_url: Option<String>,
    /// What it may not, or may only, be paid with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_pay: Option<Vec<LimitPay>>,
}

impl Order {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        check::id("combine_appid", &self.combine_appid, 1..=32)?;
        check::id("combine_mchid", &self.combine_mchid, 1..=32)?;
        check::out_trade_no("combine_out_trade_no", &self.combine_out_trade_no)?;
        check_count(self.sub_orders.len())?;
        self.sub_orders.iter().try_for_each(NewSubOrder::check)?;
        check::optional_time("time_start", self.time_start.as_ref())?;
        check::optional_time("time_expire", self.time_expire.as_ref())?;
        self.check_numbers()?;
        check::optional_notify_url("notify_url", self.notify_url.as_deref())
    }

    /// The numbers of the sub-orders are unlike one another.
    fn check_numbers(&self) -> Result<(), FieldError> {
        let mut known = BTreeSet::new();
        let numbers = self.sub_orders.iter().map(|sub| &sub.out_trade_no);
        for number in numbers {
            if !known.insert(number) {
                let limit = "unlike that of any other sub-order";
                return Err(FieldError::new("sub_orders[].out_trade_no", limit, number));
            }
        }
        Ok(())
    }
}

/// The number of sub-orders that an order may have, whoever places it.
pub(super) fn check_count(count: usize) -> Result<(), FieldError> {
    if (1..=50).contains(&count) {
        Ok(())
    } else {
        Err(FieldError::new("sub_orders", "1 to 50 sub-orders", count))
    }
}

/// One order of a combined order to place (子单).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct NewSubOrder {
    /// Who places it (子单商户号): the service provider where there is a sub-merchant. 1 to 32
    /// characters.
    pub mchid: String,
    /// What comes back with notices and queries (附加数据). 1 to 128 characters.
    pub attach: String,
    /// What it costs: [`SubAmount::cny`]. At least 1 fen; by the documents at most 10,000,000 yuan.
    pub amount: SubAmount,
    /// The merchant's own number of the sub-order (子单商户订单号), unique to them. 1 to 32 letters,
    /// digits and `_-|*@`; some documents take no `@`, and ask for 6 characters.
    pub out_trade_no: String,
    /// The sub-merchant (二级商户号) that it is for; a merchant of its own has none. 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<String>,
    /// The sub-merchant's application (子商户应用ID), which one sub-order at most may name. 1 to 32
    /// characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_appid: Option<String>,
    /// What is bought (商品详情). 1 to 6,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What coupons go by (订单优惠标记). 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_tag: Option<String>,
    /// What is paid for (商品描述), as the payer reads it. 1 to 127 characters.
    pub description: String,
    /// How it is settled. For a subsidy (补差) later, [`SettleInfo::subsidised`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle_info: Option<SettleInfo>,
}

impl NewSubOrder {
    fn check(&self) -> Result<(), FieldError> {
        check::id("sub_orders[].mchid", &self.mchid, 1..=32)?;
        check::text("sub_orders[].attach", &self.attach, 1..=128)?;
        let total = self.amount.total_amount;
        check::positive("sub_orders[].amount.total_amount", total)?;
        check::out_trade_no("sub_orders[].out_trade_no", &self.out_trade_no)?;
        check::optional_id("sub_orders[].sub_mchid", self.sub_mchid.as_deref(), 1..=32)?;
        check::optional_id("sub_orders[].sub_appid", self.sub_appid.as_deref(), 1..=32)?;
        check::optional_text("sub_orders[].detail", self.detail.as_deref(), 1..=6000)?;
        check::optional_text("sub_orders[].goods_tag", self.goods_tag.as_deref(), 1..=32)?;
        check::text("sub_orders[].description", &self.description, 1..=127)?;
        let settle_info = self.settle_info.as_ref();
        settle_info.map_or(Ok(()), |settle_info| {
            settle_info.check("sub_orders[].settle_info.subsidy_amount")
        })
    }
}

/// Which sub-order: what a [`Close`](super::out_trade_no::Close) names it by.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct SubOrderId {
    /// Who placed it (子单商户号). 1 to 32 characters.
    pub mchid: String,
    /// The merchant's own number of the sub-order (子单商户订单号). 1 to 32 letters, digits and `_-|*@`.
    pub out_trade_no: String,
    /// The sub-merchant (二级商户号) that it is for. 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<String>,
    /// The sub-merchant's application (子商户应用ID). 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_appid: Option<String>,
}

impl SubOrderId {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        check::id("sub_orders[].mchid", &self.mchid, 1..=32)?;
        check::out_trade_no("sub_orders[].out_trade_no", &self.out_trade_no)?;
        check::optional_id("sub_orders[].sub_mchid", self.sub_mchid.as_deref(), 1..=32)?;
        check::optional_id("sub_orders[].sub_appid", self.sub_appid.as_deref(), 1..=32)
    }
}

impl From<&NewSubOrder> for SubOrderId {
    fn from(order: &NewSubOrder) -> Self {
        Self {
            mchid: order.mchid.clone(),
            out_trade_no: order.out_trade_no.clone(),
            sub_mchid: order.sub_mchid.clone(),
            sub_appid: order.sub_appid.clone(),
        }
    }
}

impl Payer {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        let (openid, sub_openid) = (self.openid.as_deref(), self.sub_openid.as_deref());
        check::optional_id("combine_payer_info.openid", openid, 1..=128)?;
        check::optional_id("combine_payer_info.sub_openid", sub_openid, 1..=128)?;
        if openid.is_none() && sub_openid.is_none() {
            let limit = "one with openid or sub_openid";
            return Err(FieldError::new("combine_payer_info", limit, "neither"));
        }
        Ok(())
    }
}
