use serde::{Deserialize, Serialize};
use serde_json::Value;
use wechatpay_core::api::combine_transactions as combined;
use wechatpay_core::api::pay::partner::transactions as partner;
use wechatpay_core::api::pay::transactions::SettleInfo;
use wechatpay_core::{DateTime, Fen};

use super::{Channel, CheckoutKey};
use crate::account::Mchid;
use crate::credentials;
use crate::notices::OPENID;
use crate::problem::{Code, Location, Problem};
use crate::replay::same_or;

/// The most that is promised to be added to an order: 5,000 yuan.
const MAX_SUBSIDY: Fen = Fen::new(500_000);

/// What was asked for when an order was placed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request {
    Single(Box<Single>),
    Combined(Box<Combined>),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Single {
    pub(super) trade_type: Channel,
    #[serde(flatten)]
    pub(super) order: partner::Order,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) payer: Option<partner::Payer>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(super) scene_info: Value,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Combined {
    pub(super) trade_type: Channel,
    #[serde(flatten)]
    pub(super) order: combined::Order,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) combine_payer_info: Option<combined::Payer>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub(super) scene_info: Value,
}

/// One order, alone or in a combined one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'a> {
    /// Which sub-order.
    index: Option<usize>,
    pub(crate) mchid: &'a str,
    pub(crate) sub_mchid: Option<&'a str>,
    pub(crate) sub_appid: Option<&'a str>,
    pub(crate) out_trade_no: &'a str,
    pub(crate) total: Fen,
    currency: Option<&'a str>,
    pub(crate) attach: Option<&'a str>,
    pub(crate) description: &'a str,
    settle_info: Option<&'a SettleInfo>,
}

/// Who pays, as two applications know them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Payer<'a> {
    pub(crate) openid: Option<&'a str>,
    pub(crate) sub_openid: Option<&'a str>,
}

impl Part<'_> {
    /// Who gets the money.
    pub(crate) fn payee(&self) -> Result<Mchid, Problem> {
        let (name, payee) = match self.sub_mchid {
            Some(sub_mchid) => ("sub_mchid", sub_mchid),
            None => ("mchid", self.mchid),
        };
        payee.parse().map_err(|_| {
            let issue = "is no merchant's number, which has 1 to 32 digits";
            let field = self.field(name);
            Problem::new(Code::MchNotExists, format!("{field} {payee} {issue}")).at(
                Location::Body,
                &field,
                &payee.into(),
                issue,
            )
        })
    }

    /// The name of one of its fields in the request.
    pub(crate) fn field(&self, name: &str) -> String {
        match self.index {
            Some(index) => format!("sub_orders[{index}].{name}"),
            None => name.to_owned(),
        }
    }

    pub(crate) fn asks_for_sharing(&self) -> bool {
        let settle_info = self.settle_info;
        settle_info.is_some_and(|info| info.profit_sharing == Some(true))
    }

    /// The subsidy that was promised. Nothing is no promise.
    pub(crate) fn promised(&self) -> Option<Fen> {
        let amount = self.settle_info?.subsidy_amount?;
        amount.is_positive().then_some(amount)
    }

    fn check(&self) -> Result<(), Problem> {
        let refuse = |name: &str, value: Value, issue: &str| {
            let field = self.field(name);
            Err(Problem::field(Location::Body, &field, &value, issue))
        };
        self.payee()?;
        if let Some(currency) = self.currency.filter(|currency| *currency != "CNY") {
            return refuse("amount.currency", currency.into(), "must be CNY");
        }
        let Some(promised) = self.promised() else {
            return Ok(());
        };
        let name = "settle_info.subsidy_amount";
        let value = promised.get().into();
        if promised > MAX_SUBSIDY {
            let issue = format!("must be {} fen at most", MAX_SUBSIDY.get());
            return refuse(name, value, &issue);
        }
        if !self.asks_for_sharing() {
            let issue = "promises nothing without settle_info.profit_sharing: true";
            let field = self.field(name);
            let why = format!("{field} {issue}; add that, or leave the amount out");
            return Err(Problem::invalid(why).at(Location::Body, &field, &value, issue));
        }
        Ok(())
    }
}

impl Request {
    pub(crate) fn key(&self) -> CheckoutKey {
        match self {
            Self::Single(single) => CheckoutKey::Single(single.order.out_trade_no.clone()),
            Self::Combined(combined) => {
                CheckoutKey::Combined(combined.order.combine_out_trade_no.clone())
            }
        }
    }

    pub(crate) fn parts(&self) -> Vec<Part<'_>> {
        match self {
            Self::Single(single) => vec![single_part(&single.order)],
            Self::Combined(combined) => {
                let sub_orders = combined.order.sub_orders.iter().enumerate();
                sub_orders.map(|(at, order)| sub_part(at, order)).collect()
            }
        }
    }

    /// The application of the one who placed it.
    pub(crate) fn appid(&self) -> &str {
        match self {
            Self::Single(single) => &single.order.sp_appid,
            Self::Combined(combined) => &combined.order.combine_appid,
        }
    }

    pub(crate) fn channel(&self) -> Channel {
        match self {
            Self::Single(single) => single.trade_type,
            Self::Combined(combined) => combined.trade_type,
        }
    }

    /// Who alone may pay.
    fn payer(&self) -> Option<Payer<'_>> {
        match self {
            Self::Single(single) => single.payer.as_ref().map(|payer| Payer {
                openid: payer.sp_openid.as_deref(),
                sub_openid: payer.sub_openid.as_deref(),
            }),
            Self::Combined(combined) => combined.combine_payer_info.as_ref().map(|payer| Payer {
                openid: payer.openid.as_deref(),
                sub_openid: payer.sub_openid.as_deref(),
            }),
        }
    }

    /// Who pays, or paid.
    pub(crate) fn paid_by(&self) -> Payer<'_> {
        self.payer().unwrap_or(Payer {
            openid: Some(OPENID),
            sub_openid: None,
        })
    }

    pub(crate) fn device_id(&self) -> Option<&str> {
        let scene = match self {
            Self::Single(single) => &single.scene_info,
            Self::Combined(combined) => &combined.scene_info,
        };
        scene.get("device_id")?.as_str()
    }

    pub(crate) fn notify_url(&self) -> Option<&str> {
        match self {
            Self::Single(single) => Some(&single.order.notify_url),
            Self::Combined(combined) => combined.order.notify_url.as_deref(),
        }
    }

    pub(crate) fn time_start(&self) -> Option<&DateTime> {
        match self {
            Self::Single(_) => None,
            Self::Combined(combined) => combined.order.time_start.as_ref(),
        }
    }

    pub(crate) fn time_expire(&self) -> Option<&DateTime> {
        match self {
            Self::Single(single) => single.order.time_expire.as_ref(),
            Self::Combined(combined) => combined.order.time_expire.as_ref(),
        }
    }

    /// Whether it is for this sub-merchant alone.
    pub(crate) fn is_for(&self, sub_mchid: &str) -> bool {
        match self {
            Self::Single(single) => single.order.sub_mchid == sub_mchid,
            Self::Combined(_) => false,
        }
    }

    /// Holds a request under the same number against this one.
    pub(crate) fn same(&self, again: &Self) -> Result<(), Problem> {
        let why = "this number was placed before with other parameters";
        let used = |issue: &str| Problem::new(Code::OutTradeNoUsed, format!("{why}: {issue}"));
        match (self, again) {
            (Self::Single(earlier), Self::Single(now)) => same_or(earlier, now, used),
            (Self::Combined(earlier), Self::Combined(now)) => {
                if earlier.settled_as(now) {
                    same_or(earlier, now, used)
                } else {
                    same_or(earlier, now, |issue| {
                        let chinese = "重复下单且结算信息不一致";
                        let why = format!("what was promised cannot be changed: {issue}");
                        Problem::worded(Code::InvalidRequest, chinese, why)
                    })
                }
            }
            _ => Err(used("it was another kind of order")),
        }
    }

    /// What the platform is certain to refuse, beyond the limits of single fields.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        if let Self::Combined(combined) = self {
            combined.check()?;
        }
        let parts = self.parts();
        parts.iter().try_for_each(Part::check)?;
        let names_sub_openid = self.payer().is_some_and(|payer| payer.sub_openid.is_some());
        if names_sub_openid && parts.iter().all(|part| part.sub_appid.is_none()) {
            let issue = "is missing: sub_openid is how that application knows the payer";
            let field = match self {
                Self::Single(_) => "sub_appid",
                Self::Combined(_) => "sub_orders[].sub_appid",
            };
            return Err(Problem::field(Location::Body, field, &Value::Null, issue));
        }
        let Some(url) = self.notify_url() else {
            return Ok(());
        };
        let parsed = url.parse::<http::Uri>().ok();
        if parsed.is_none_or(|uri| uri.host().is_none_or(str::is_empty)) {
            let issue = "is no URL that a notice can be posted to";
            return Err(Problem::field(
                Location::Body,
                "notify_url",
                &url.into(),
                issue,
            ));
        }
        Ok(())
    }
}

impl Combined {
    /// Whether each sub-order is settled as it was.
    fn settled_as(&self, now: &Self) -> bool {
        let pairs = || self.order.sub_orders.iter().zip(&now.order.sub_orders);
        self.order.sub_orders.len() != now.order.sub_orders.len()
            || pairs().any(|(one, other)| one.out_trade_no != other.out_trade_no)
            || pairs().all(|(one, other)| one.settle_info == other.settle_info)
    }

    fn check(&self) -> Result<(), Problem> {
        let orders = &self.order.sub_orders;
        let refuse = |field: &str, value: Value, issue: &str| {
            Err(Problem::field(Location::Body, field, &value, issue))
        };
        let direct = orders.iter().any(|order| order.sub_mchid.is_none());
        if direct && !(2..=10).contains(&orders.len()) {
            let issue = "must be 2 to 10, as one names no sub_mchid; with it in each, 1 to 50";
            return refuse("sub_orders", orders.len().into(), issue);
        }
        let appids = orders.iter().filter(|order| order.sub_appid.is_some());
        if appids.count() > 1 {
            let issue = "may be named by one sub-order only";
            return refuse("sub_orders[].sub_appid", Value::Null, issue);
        }
        for (index, order) in orders.iter().enumerate() {
            if order.sub_mchid.is_some() && order.mchid != credentials::MCHID {
                let field = format!("sub_orders[{index}].mchid");
                let issue = format!(
                    "must be the merchant who signed the request, {}",
                    credentials::MCHID
                );
                return refuse(&field, order.mchid.as_str().into(), &issue);
            }
        }
        Ok(())
    }
}

fn single_part(order: &partner::Order) -> Part<'_> {
    Part {
        index: None,
        mchid: &order.sp_mchid,
        sub_mchid: Some(&order.sub_mchid),
        sub_appid: order.sub_appid.as_deref(),
        out_trade_no: &order.out_trade_no,
        total: order.amount.total,
        currency: order.amount.currency.as_deref(),
        attach: order.attach.as_deref(),
        description: &order.description,
        settle_info: order.settle_info.as_ref(),
    }
}

fn sub_part(index: usize, order: &combined::NewSubOrder) -> Part<'_> {
    Part {
        index: Some(index),
        mchid: &order.mchid,
        sub_mchid: order.sub_mchid.as_deref(),
        sub_appid: order.sub_appid.as_deref(),
        out_trade_no: &order.out_trade_no,
        total: order.amount.total_amount,
        currency: order.amount.currency.as_deref(),
        attach: Some(&order.attach),
        description: &order.description,
        settle_info: order.settle_info.as_ref(),
    }
}
