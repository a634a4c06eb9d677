//! Balances of sub-merchants (二级商户余额): `/v3/ecommerce/fund/…`.
//!
//! ```
//! use wechatpay_core::Fen;
//! use wechatpay_core::api::ecommerce::fund::Balance;
//!
//! let balance: Balance = serde_json::from_str(r#"{
//!     "sub_mchid": "1900000109", "account_type": "BASIC",
//!     "available_amount": 10000, "pending_amount": 0
//! }"#)?;
//! assert_eq!(balance.available_amount, Fen::new(10_000));
//! # Ok::<(), serde_json::Error>(())
//! ```

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use crate::api::bill::AccountType;
use crate::api::check;
use crate::error::FieldError;
use crate::money::Fen;
use crate::operation::{Operation, Replay};

/// Asks for a sub-merchant's balance (查询二级商户账户实时余额):
/// `GET /v3/ecommerce/fund/balance/{sub_mchid}`.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4012476690>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::bill::AccountType;
/// use wechatpay_core::api::ecommerce::fund::QueryBalance;
///
/// let query = QueryBalance::builder()
///     .sub_mchid("1900000109")
///     .account_type(AccountType::Basic)
///     .build();
/// let draft = Merchant::new("1900001109")?.draft(&query)?;
/// assert_eq!(draft.target(), "/v3/ecommerce/fund/balance/1900000109?account_type=BASIC");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct QueryBalance {
    /// The sub-merchant (二级商户号), in the path. 1 to 32 characters.
    #[serde(default, skip_serializing)]
    pub sub_mchid: String,
    /// Which account: [`AccountType::Basic`], [`AccountType::Operation`], [`AccountType::Fees`] or
    /// [`AccountType::Deposit`]. Newer documents know the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_type: Option<AccountType>,
}

impl Operation for QueryBalance {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/ecommerce/fund/balance/{sub_mchid}";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4012476690";
    type Response = Balance;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("sub_mchid", &self.sub_mchid)]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::id("sub_mchid", &self.sub_mchid, 1..=32)?;
        let account = self.account_type.as_ref().map(AccountType::as_str);
        check::optional_id("account_type", account, 1..=16)
    }
}

/// Asks for a sub-merchant's balance at the end of a day (查询二级商户账户日终余额):
/// `GET /v3/ecommerce/fund/enddaybalance/{sub_mchid}`.
///
/// It is there from 10 o'clock of the next day, for 90 days.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/ecommerce-balance/accounts/query-e-commerce-day-end-balance.html>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::ecommerce::fund::QueryEndDayBalance;
///
/// let query = QueryEndDayBalance::builder().sub_mchid("1222212222").date("2019-08-17").build();
/// let draft = Merchant::new("1900001109")?.draft(&query)?;
/// assert_eq!(draft.target(), "/v3/ecommerce/fund/enddaybalance/1222212222?date=2019-08-17");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct QueryEndDayBalance {
    /// The sub-merchant (二级商户号), in the path. 1 to 32 characters.
    #[serde(default, skip_serializing)]
    pub sub_mchid: String,
    /// The day (日期), as `YYYY-MM-DD`: its balance at 24 o'clock.
    pub date: String,
    /// Which account: [`AccountType::Basic`], as without it, or [`AccountType::Deposit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_type: Option<AccountType>,
}

impl Operation for QueryEndDayBalance {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/ecommerce/fund/enddaybalance/{sub_mchid}";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/docs/partner/apis/ecommerce-balance/accounts/query-e-commerce-day-end-balance.html";
    type Response = Balance;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("sub_mchid", &self.sub_mchid)]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::id("sub_mchid", &self.sub_mchid, 1..=32)?;
        check::day("date", &self.date)?;
        let account = self.account_type.as_ref().map(AccountType::as_str);
        check::optional_id("account_type", account, 1..=16)
    }
}

/// The answer to [`QueryBalance`] and [`QueryEndDayBalance`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Balance {
    /// The sub-merchant (二级商户号).
    pub sub_mchid: String,
    /// The account, where it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_type: Option<AccountType>,
    /// What can be paid out (可用余额), in fen.
    pub available_amount: Fen,
    /// What cannot be paid out yet (不可用余额), in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_amount: Option<Fen>,
}
