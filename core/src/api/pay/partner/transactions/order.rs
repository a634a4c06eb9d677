use bon::Builder;
use serde::{Deserialize, Serialize};

use super::Payer;
use crate::api::check;
use crate::api::pay::transactions::{Amount, Detail, LimitPay, SettleInfo};
use crate::datetime::DateTime;
use crate::error::FieldError;

/// An order to place, whatever the payer pays with: what is paid for, to whom, and how it is settled.
///
/// [`Jsapi`](super::Jsapi), [`App`](super::App), [`H5`](super::H5) and [`Native`](super::Native)
/// place it, and their fields stand beside these on the wire. The [module](super) has an example.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Order {
    /// The service provider's application (服务商应用ID). 1 to 32 characters.
    pub sp_appid: String,
    /// The service provider (服务商户号): who signs the call. 1 to 32 characters.
    pub sp_mchid: String,
    /// The sub-merchant's application (子商户应用ID). 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_appid: Option<String>,
    /// The sub-merchant (子商户号, 二级商户号). 1 to 32 characters.
    pub sub_mchid: String,
    /// What is paid for (商品描述), as the payer reads it. 1 to 127 characters.
    pub description: String,
    /// The merchant's own number of the order (商户订单号), unique to the service provider. 1 to 32
    /// letters, digits and `_-|*@`; some documents take no `|` and no `@`, and ask for 6 characters.
    pub out_trade_no: String,
    /// Until when it can be paid (交易结束时间), with an offset from UTC; seven days by default. Once
    /// it is set it cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_expire: Option<DateTime>,
    /// What comes back with notices and queries (附加数据). 1 to 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attach: Option<String>,
    /// Where the notice of the payment goes (通知地址): `https`, on a private line also `http`, without
    /// a query. 1 to 256 characters, by some documents 255.
    pub notify_url: String,
    /// What coupons go by (订单优惠标记). 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_tag: Option<String>,
    /// What it may not, or may only, be paid with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit_pay: Option<Vec<LimitPay>>,
    /// Whether the payer is offered an electronic invoice (电子发票入口开放标识).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support_fapiao: Option<bool>,
    /// What it costs: [`Amount::cny`]. At least 1 fen.
    pub amount: Amount,
    /// How it is settled. For a subsidy (补差) later, [`SettleInfo::subsidised`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settle_info: Option<SettleInfo>,
    /// What is bought, for coupons on certain goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
}

impl Order {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        check::id("sp_appid", &self.sp_appid, 1..=32)?;
        check::id("sp_mchid", &self.sp_mchid, 1..=32)?;
        check::optional_id("sub_appid", self.sub_appid.as_deref(), 1..=32)?;
        check::id("sub_mchid", &self.sub_mchid, 1..=32)?;
        check::text("description", &self.description, 1..=127)?;
        check::out_trade_no("out_trade_no", &self.out_trade_no)?;
        check::optional_time("time_expire", self.time_expire.as_ref())?;
        check::optional_text("attach", self.attach.as_deref(), 1..=128)?;
        check::notify_url("notify_url", &self.notify_url)?;
        check::optional_text("goods_tag", self.goods_tag.as_deref(), 1..=32)?;
        check::positive("amount.total", self.amount.total)?;
        if let Some(settle_info) = &self.settle_info {
            settle_info.check("settle_info.subsidy_amount")?;
        }
        self.detail.as_ref().map_or(Ok(()), Detail::check)
    }
}

impl Payer {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        check::optional_id("payer.sp_openid", self.sp_openid.as_deref(), 1..=128)?;
        check::optional_id("payer.sub_openid", self.sub_openid.as_deref(), 1..=128)?;
        if self.sp_openid.is_none() && self.sub_openid.is_none() {
            return Err(FieldError::new(
                "payer",
                "one with sp_openid or sub_openid",
                "neither",
            ));
        }
        Ok(())
    }
}
