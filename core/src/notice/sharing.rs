use bon::Builder;
use serde::{Deserialize, Serialize};

use super::EventType;
use crate::api::open_enum::open_enum;
use crate::datetime::DateTime;
use crate::money::Fen;

/// Money that profit sharing moved (分账动账), told to the *receiver*. It is no final result for the
/// one who shares: they query their order.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// Which way the money went.
    pub direction: Direction,
    /// What moved.
    pub movement: Movement,
}

/// Which way the money of a sharing notice went. The notice says so outside of what is sealed, in
/// its type or its summary.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To the receiver (分账).
    Shared,
    /// Back from the receiver (分账回退).
    Returned,
    /// Neither the type nor the summary says: ask the one who shares.
    Untold,
}

impl Direction {
    /// The event's type tells; where it is that of payments, the summary does.
    pub(super) fn tell(event_type: &EventType, summary: Option<&str>) -> Self {
        match (event_type, summary) {
            (EventType::ProfitSharing, _) => Self::Shared,
            (EventType::ProfitSharingReturn, _) => Self::Returned,
            (_, Some(words)) if words.contains("回退") => Self::Returned,
            (_, Some(words)) if words.contains("分账") => Self::Shared,
            _ => Self::Untold,
        }
    }
}

/// What a sharing notice holds.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/ecommerce-profit-sharing/notification.html>
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::notice::Movement;
///
/// let movement: Movement = serde_json::from_str(r#"{
///     "sp_mchid": "1900000100",
///     "sub_mchid": "1900000109",
///     "transaction_id": "4200000000000000000000000000",
///     "order_id": "1217752501201407033233368018",
///     "out_order_no": "P20150806125346",
///     "receiver": { "type": "MERCHANT_ID", "account": "1900000100", "amount": 888 },
///     "success_time": "2018-06-08T10:34:56+08:00"
/// }"#)?;
/// assert_eq!(movement.receiver.amount, Fen::new(888));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Movement {
    /// The merchant that shares (直连模式分账发起和出资商户), where it is one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mchid: Option<String>,
    /// The service provider that asked for it (服务商模式分账发起商户).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sp_mchid: Option<String>,
    /// The sub-merchant whose money it was (服务商模式分账出资商户).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<String>,
    /// The platform's number of the order (微信订单号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// The platform's number of the sharing, or of the return (微信分账/回退单号).
    pub order_id: String,
    /// The sharing merchant's own number of it (商户分账/回退单号).
    pub out_order_no: String,
    /// Who received or gave back.
    pub receiver: Receiver,
    /// When it moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_time: Option<DateTime>,
}

/// Who received of a sharing, or gave back (分账接收方).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Receiver {
    /// What `account` is.
    #[serde(rename = "type")]
    pub kind: ReceiverKind,
    /// A merchant's number, or a person's openid.
    pub account: String,
    /// The amount, in fen.
    pub amount: Fen,
    /// The sharing merchant's remark (分账/回退描述).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

open_enum! {
    /// What a receiver's account is.
    ReceiverKind {
        /// A merchant (商户).
        Merchant = "MERCHANT_ID",
        /// A person (个人), by the openid in the merchant's application.
        Person = "PERSONAL_OPENID",
    }
}
