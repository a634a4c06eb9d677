//! The merchant's own balances (账户余额): `/v3/merchant/fund/…`.
//!
//! ```
//! use wechatpay_core::Fen;
//! use wechatpay_core::api::merchant::fund::Balance;
//!
//! let balance: Balance =
//!     serde_json::from_str(r#"{ "available_amount": 10000, "pending_amount": 1 }"#)?;
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

/// Asks for the balance of an own account (查询账户实时余额):
/// `GET /v3/merchant/fund/balance/{account_type}`.
///
/// What subsidies are paid from is not documented. Where one is refused with `NOT_ENOUGH`, look at
/// the operating account too.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/ecommerce-balance/accounts/query-balance.html>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::bill::AccountType;
/// use wechatpay_core::api::merchant::fund::QueryBalance;
///
/// let query = QueryBalance::builder().account_type(AccountType::Operation).build();
/// let draft = Merchant::new("1900001109")?.draft(&query)?;
/// assert_eq!(draft.target(), "/v3/merchant/fund/balance/OPERATION");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
pub struct QueryBalance {
    /// Which account, in the path: [`AccountType::Basic`], [`AccountType::Operation`] or
    /// [`AccountType::Fees`].
    #[serde(default = "untold", skip_serializing)]
    pub account_type: AccountType,
}

/// What stands in the path is not in the body.
fn untold() -> AccountType {
    AccountType::Other(String::new())
}

impl Operation for QueryBalance {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/merchant/fund/balance/{account_type}";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str =
        "https://pay.weixin.qq.com/docs/partner/apis/ecommerce-balance/accounts/query-balance.html";
    type Response = Balance;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("account_type", self.account_type.as_str())]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::id("account_type", self.account_type.as_str(), 1..=16)
    }
}

/// The answer to [`QueryBalance`]. What the account holds in all is the sum of both amounts.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
pub struct Balance {
    /// What can be paid out (可用余额), in fen.
    pub available_amount: Fen,
    /// What cannot be paid out yet (不可用余额), in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_amount: Option<Fen>,
}
