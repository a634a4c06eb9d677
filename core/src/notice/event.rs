use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::refund::Refund;
use super::sharing::{Direction, Sharing};
use crate::api::open_enum::open_enum;
use crate::api::{combine_transactions, pay};
use crate::error::DecodeError;
use crate::operation::Decode;

/// What a notice tells. Its `Debug` names the kind and nothing of what it holds, which is personal
/// data.
#[non_exhaustive]
#[derive(Clone, PartialEq, Eq)]
pub enum Event {
    /// An order was paid (支付成功).
    Payment(Payment),
    /// A refund ended (退款结果): look at [`Refund::refund_status`].
    Refund(Box<Refund>),
    /// Money was shared with this merchant, or taken back from it (分账动账).
    ProfitSharing(Box<Sharing>),
    /// Another notice: [`Notice::plaintext`](super::Notice::plaintext) is what it holds, and
    /// [`Notice::decode`](super::Notice::decode) reads it as a type of your own.
    Other,
}

/// An order that was paid, in each of its three shapes. Look at its `trade_state` all the same.
#[non_exhaustive]
#[derive(Clone, PartialEq, Eq)]
pub enum Payment {
    /// Of a merchant of its own (直连商户).
    Direct(Box<pay::transactions::Transaction>),
    /// Of a service provider's sub-merchant (服务商).
    Partner(Box<pay::partner::transactions::Transaction>),
    /// Several orders at once (合单).
    Combined(Box<combine_transactions::Transaction>),
}

open_enum! {
    /// What happened, as the platform names it (通知类型).
    EventType {
        /// An order was paid; or money was shared, which the original type tells.
        TransactionSuccess = "TRANSACTION.SUCCESS",
        /// A refund arrived.
        RefundSuccess = "REFUND.SUCCESS",
        /// A refund cannot arrive as it is, such as at a closed bank card.
        RefundAbnormal = "REFUND.ABNORMAL",
        /// A refund was closed without effect.
        RefundClosed = "REFUND.CLOSED",
        /// Money was shared.
        ProfitSharing = "PROFITSHARING.SUCCESS" | "PROFITSHARING",
        /// Shared money was taken back.
        ProfitSharingReturn = "PROFITSHARING.RETURN" | "PROFITSHARING_RETURN",
        /// A test that the merchant asked for (商户签名验签/加解密测试).
        SecurityEcho = "SECURITY_ECHO.SUCCESS",
    }
}

impl Event {
    /// Tells the kind by the original type, or without a known one by the event's, and reads it.
    pub(super) fn read(
        original_type: Option<&str>,
        event_type: &EventType,
        summary: Option<&str>,
        plaintext: &[u8],
    ) -> Result<Self, DecodeError> {
        use EventType as Type;
        let refund = matches!(
            event_type,
            Type::RefundSuccess | Type::RefundAbnormal | Type::RefundClosed
        );
        let sharing = matches!(event_type, Type::ProfitSharing | Type::ProfitSharingReturn);
        match (original_type.unwrap_or_default(), event_type) {
            ("profitsharing", _) => {}
            ("transaction", Type::TransactionSuccess) => return Payment::read(plaintext),
            ("refund", _) if refund => return Self::read_refund(plaintext),
            // A type that is known, of something else: a payment that failed, say.
            ("transaction" | "refund", _) => return Ok(Self::Other),
            (_, Type::TransactionSuccess) => return Payment::read(plaintext),
            _ if refund => return Self::read_refund(plaintext),
            _ if sharing => {}
            _ => return Ok(Self::Other),
        }
        let direction = Direction::tell(event_type, summary);
        let movement = Decode::decode(plaintext)?;
        Ok(Self::ProfitSharing(Box::new(Sharing {
            direction,
            movement,
        })))
    }

    fn read_refund(plaintext: &[u8]) -> Result<Self, DecodeError> {
        Decode::decode(plaintext).map(|refund| Self::Refund(Box::new(refund)))
    }
}

/// The fields that tell whose order it is.
#[derive(Deserialize)]
struct Whose {
    combine_out_trade_no: Option<IgnoredAny>,
    combine_mchid: Option<IgnoredAny>,
    sp_mchid: Option<IgnoredAny>,
}

impl Payment {
    fn read(plaintext: &[u8]) -> Result<Event, DecodeError> {
        let whose = Whose::decode(plaintext)?;
        let payment = if whose.combine_mchid.is_some() || whose.combine_out_trade_no.is_some() {
            Self::Combined(Decode::decode(plaintext).map(Box::new)?)
        } else if whose.sp_mchid.is_some() {
            Self::Partner(Decode::decode(plaintext).map(Box::new)?)
        } else {
            Self::Direct(Decode::decode(plaintext).map(Box::new)?)
        };
        Ok(Event::Payment(payment))
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payment(payment) => f.debug_tuple("Payment").field(payment).finish(),
            Self::Refund(_) => f.write_str("Refund(..)"),
            Self::ProfitSharing(sharing) => {
                write!(f, "ProfitSharing({:?}, ..)", sharing.direction)
            }
            Self::Other => f.write_str("Other"),
        }
    }
}

impl fmt::Debug for Payment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Direct(_) => "Direct(..)",
            Self::Partner(_) => "Partner(..)",
            Self::Combined(_) => "Combined(..)",
        })
    }
}
