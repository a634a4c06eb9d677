//! Receivers of profit sharing (分账接收方): whom the sub-merchants of a platform may share with.
//!
//! The list is the platform's, so a receiver is added once for all sub-merchants. The name of a
//! person is a sensitive field, which [`Merchant::draft_for`](crate::Merchant::draft_for) seals.
//!
//! ```
//! use wechatpay_core::api::ecommerce::profitsharing::receivers::{Kind, Receiver};
//!
//! let receiver: Receiver = serde_json::from_str(
//!     r#"{"type": "MERCHANT_ID", "account": "190001001"}"#,
//! )?;
//! assert_eq!(receiver.kind, Kind::MerchantId);
//! # Ok::<(), serde_json::Error>(())
//! ```

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use crate::api::check;
use crate::api::open_enum::open_enum;
use crate::error::{FieldError, SealedFieldError};
use crate::operation::{Operation, Replay};
use crate::sealing::{Seal, Sealed};

/// Adds a receiver (添加分账接收方): `POST /v3/ecommerce/profitsharing/receivers/add`.
///
/// Replay: the same receiver (`appid`, `type` and `account`) may be added again; no money moves in
/// this call.
///
/// Source: <https://pay.weixin.qq.com/wiki/doc/apiv3/apis/chapter7_4_7.shtml>
///
/// ```
/// use wechatpay_core::api::ecommerce::profitsharing::receivers::{Add, Kind, Relation};
///
/// let add = Add::builder()
///     .appid("wx8888888888888888")
///     .kind(Kind::PersonalOpenid)
///     .account("oxTWIuGaIt6gTKsQRLau2M0yL16E")
///     .encrypted_name("张三")
///     .relation_type(Relation::Distributor)
///     .build();
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Add {
    /// The platform's app (公众账号ID). 1 to 32 characters.
    pub appid: String,
    /// `type` on the wire: what kind of receiver it is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Who it is: a merchant's number, or a person's openid under [`appid`](Self::appid). 1 to 64
    /// characters.
    pub account: String,
    /// A merchant's full name (商户全称), in clear. 1 to 256 characters. Not of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A person's name (个人姓名), sealed on the wire; the platform compares it where it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[builder(into)]
    pub encrypted_name: Option<Sealed>,
    /// How it is related to the sub-merchants that share.
    pub relation_type: Relation,
}

impl Operation for Add {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/ecommerce/profitsharing/receivers/add";
    const REPLAY: Replay = Replay::Idempotent {
        key: "appid, type and account",
        window: None,
    };
    const SEALED: &'static [&'static str] = &["encrypted_name"];
    const SOURCE: &'static str = "https://pay.weixin.qq.com/wiki/doc/apiv3/apis/chapter7_4_7.shtml";
    type Response = Receiver;

    fn check(&self) -> Result<(), FieldError> {
        check::id("appid", &self.appid, 1..=32)?;
        check::text("type", self.kind.as_str(), 1..=32)?;
        check::id("account", &self.account, 1..=64)?;
        if let Some(name) = &self.name {
            // The name itself is not for the error: it is a person's.
            if self.kind == Kind::PersonalOpenid {
                let limit = "left out for a person, whose name goes sealed in encrypted_name";
                return Err(FieldError::new("name", limit, "given"));
            }
            check::text("name", name, 1..=256)?;
        }
        check::text("relation_type", self.relation_type.as_str(), 1..=32)
    }

    fn sealed_with(&self, sealer: Option<&dyn Seal>) -> Result<Option<Self>, SealedFieldError> {
        let Some(name) = &self.encrypted_name else {
            return Ok(None);
        };
        Ok(Some(Self {
            encrypted_name: Some(name.seal_with("encrypted_name", sealer)?),
            ..self.clone()
        }))
    }
}

open_enum! {
    /// What kind of receiver it is (分账接收方类型).
    Kind {
        /// A merchant, by its number (商户).
        MerchantId = "MERCHANT_ID",
        /// A person, by the openid (个人).
        PersonalOpenid = "PERSONAL_OPENID",
    }
}

open_enum! {
    /// How a receiver is related to the sub-merchants (与分账方的关系类型).
    Relation {
        /// It supplies them (供应商).
        Supplier = "SUPPLIER",
        /// It distributes for them (分销商).
        Distributor = "DISTRIBUTOR",
        /// It serves them (服务商).
        ServiceProvider = "SERVICE_PROVIDER",
        /// It is the platform (平台).
        Platform = "PLATFORM",
        /// Any other (其他).
        Others = "OTHERS",
    }
}

/// Removes a receiver (删除分账接收方): `POST /v3/ecommerce/profitsharing/receivers/delete`.
///
/// Replay: the receiver (`appid`, `type` and `account`) is the key; no money moves in this call.
///
/// Source: <https://pay.weixin.qq.com/wiki/doc/apiv3/apis/chapter7_4_8.shtml>
///
/// ```
/// use wechatpay_core::api::ecommerce::profitsharing::receivers::{Delete, Kind};
///
/// let delete = Delete::builder()
///     .appid("wx8888888888888888")
///     .kind(Kind::MerchantId)
///     .account("190001001")
///     .build();
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Delete {
    /// The platform's app (公众账号ID). 1 to 32 characters.
    pub appid: String,
    /// `type` on the wire: what kind of receiver it is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Who it is, as it was added. 1 to 64 characters.
    pub account: String,
}

impl Operation for Delete {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/ecommerce/profitsharing/receivers/delete";
    const REPLAY: Replay = Replay::Idempotent {
        key: "appid, type and account",
        window: None,
    };
    const SOURCE: &'static str = "https://pay.weixin.qq.com/wiki/doc/apiv3/apis/chapter7_4_8.shtml";
    type Response = Receiver;

    fn check(&self) -> Result<(), FieldError> {
        check::id("appid", &self.appid, 1..=32)?;
        check::text("type", self.kind.as_str(), 1..=32)?;
        check::id("account", &self.account, 1..=64)
    }
}

/// The answer to [`Add`] and [`Delete`]: the receiver that is or is no longer on the list.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Receiver {
    /// `type` on the wire, as sent.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// As sent.
    pub account: String,
}
