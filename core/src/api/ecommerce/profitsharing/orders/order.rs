use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::api::ecommerce::profitsharing::receivers::Kind;
use crate::api::lenient;
use crate::api::open_enum::{AsSent, open_enum};
use crate::datetime::DateTime;
use crate::money::Fen;

/// The answer to [`Create`](super::Create) and [`Query`](super::Query). HTTP 200 is not success, and
/// neither is `FINISHED`: each receiver has a result of its own, and [`outcome`](Self::outcome)
/// takes them together.
#[non_exhaustive]
#[must_use = "HTTP 200 is not success, and neither is FINISHED: look at each receiver's `result`"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Order {
    /// As sent.
    pub sub_mchid: String,
    /// As sent.
    pub transaction_id: String,
    /// As sent.
    pub out_order_no: String,
    /// The platform's number of the round (微信分账单号).
    pub order_id: String,
    /// How far it is (分账单状态); missing from the answer to [`Create`](super::Create) in some
    /// documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[builder(into)]
    pub status: Option<AsSent<OrderState>>,
    /// What each receiver got; empty for an order's finish.
    #[serde(
        default,
        deserialize_with = "lenient::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[builder(default)]
    pub receivers: Vec<Share>,
    /// Why it was closed, after [`Closed`](OrderState::Closed).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_reason: Option<CloseReason>,
    /// What was released to the sub-merchant, in fen (分账完结金额); only for an order's finish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_amount: Option<Fen>,
    /// The remark of an order's finish (分账完结描述), as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_description: Option<String>,
}

impl Order {
    /// What the order and all its receivers say together.
    ///
    /// ```
    /// use wechatpay_core::Fen;
    /// use wechatpay_core::api::ecommerce::profitsharing::orders::{Order, OrderState, Outcome};
    ///
    /// let released = Order::builder()
    ///     .sub_mchid("1900000109")
    ///     .transaction_id("4208450740201411110007820472")
    ///     .out_order_no("P20150806125346")
    ///     .order_id("6754760740201411110007865434")
    ///     .status(OrderState::Finished)
    ///     .finish_amount(Fen::new(100))
    ///     .build();
    /// assert_eq!(released.outcome(), Outcome::Done);
    /// ```
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self.status.as_deref() {
            None | Some(OrderState::Processing) => Outcome::Processing,
            Some(OrderState::Closed) => Outcome::Failed,
            Some(OrderState::Finished) => self.finished(),
            Some(_) => Outcome::Untold,
        }
    }

    fn finished(&self) -> Outcome {
        let has = |state: &ShareState| {
            let mut states = self.receivers.iter().map(|share| share.result.as_ref());
            states.any(|result| result == Some(state))
        };
        if has(&ShareState::Closed) {
            return Outcome::Failed;
        }
        if has(&ShareState::Pending) {
            return Outcome::Processing;
        }
        let paid = |share: &Share| share.result == Some(ShareState::Success);
        let told = !self.receivers.is_empty() || self.finish_amount.is_some();
        if told && self.receivers.iter().all(paid) {
            Outcome::Done
        } else {
            Outcome::Untold
        }
    }
}

/// What an [`Order`] and all its receivers say together.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Not carried out yet, or not told yet: query later.
    Processing,
    /// Each receiver has its part; of an order's finish, the rest is released. Final.
    Done,
    /// A receiver got nothing, and will not in this round; others may have their parts. Final: see
    /// each [`result`](Share::result).
    Failed,
    /// The answer does not say.
    Untold,
}

open_enum! {
    /// How far a round is (分账单状态). Some documents know it by the words of its receivers.
    OrderState {
        /// Not carried out yet: query later.
        Processing = "PROCESSING" | "PENDING",
        /// Carried out, which is not paid: look at each receiver.
        Finished = "FINISHED" | "SUCCESS",
        /// Waiting to be adjusted by the platform, in some documents.
        Adjust = "ADJUST",
        /// Given back to the sub-merchant, in some documents.
        Returned = "RETURNED",
        /// Closed (已关单): nothing was shared.
        Closed = "CLOSED",
    }
}

open_enum! {
    /// Why a round was closed (关单原因).
    CloseReason {
        /// The sub-merchant's consent to sharing was lifted (分账授权已解除).
        NoAuth = "NO_AUTH",
    }
}

/// What a receiver got.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Share {
    /// The merchant's number (分账接收商户号), where it is a merchant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver_mchid: Option<String>,
    /// Its part, in fen.
    pub amount: Fen,
    /// As sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<ShareState>,
    /// When it ended; absent while it is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_time: Option<DateTime>,
    /// Why it got nothing, after a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail_reason: Option<FailReason>,
    /// `type` on the wire: what kind of receiver it is.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Who it is, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver_account: Option<String>,
    /// The platform's number of this part (分账明细单号), which the fund flow bill shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail_id: Option<String>,
}

open_enum! {
    /// What became of a receiver's part (分账结果).
    ShareState {
        /// Not paid yet (待分账).
        Pending = "PENDING",
        /// Paid (分账成功). Final.
        Success = "SUCCESS",
        /// Closed (已关闭): the receiver got nothing. Final.
        Closed = "CLOSED",
    }
}

open_enum! {
    /// Why a receiver got nothing (分账失败原因). Some documents list the first three only.
    FailReason {
        /// The receiver's account is abnormal (分账接收账户异常).
        AccountAbnormal = "ACCOUNT_ABNORMAL",
        /// The sharing relation was lifted (分账关系已解除).
        NoRelation = "NO_RELATION",
        /// The receiver is a high risk (高风险接收方): sharing again is in vain.
        ReceiverHighRisk = "RECEIVER_HIGH_RISK",
        /// The receiver's real name is not verified (接收方未实名).
        ReceiverRealNameNotVerified = "RECEIVER_REAL_NAME_NOT_VERIFIED",
        /// The sub-merchant's consent to sharing was lifted (分账权限已解除).
        NoAuth = "NO_AUTH",
        /// The person's receipts of the month are exhausted (超出用户月收款限额).
        ReceiverReceiptLimit = "RECEIVER_RECEIPT_LIMIT",
        /// The payer's account is abnormal (分出方账户异常).
        PayerAccountAbnormal = "PAYER_ACCOUNT_ABNORMAL",
        /// The description could not be set (描述参数设置失败).
        InvalidRequest = "INVALID_REQUEST",
    }
}
