use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wechatpay_core::api::ecommerce::refunds::RefundAccount;
use wechatpay_core::{DateTime, Fen};

use crate::credentials;
use crate::orders::own_number;
use crate::refunds::Refund;

/// What a notice tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    Payment,
    CombinedPayment,
    Refund,
    RefundAbnormal,
    RefundClosed,
    ProfitSharing,
    ProfitSharingReturn,
    Echo,
}

/// What a notice is about.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) sub_mchid: String,
    pub(crate) transaction_id: String,
    pub(crate) out_trade_no: String,
    pub(crate) total: Fen,
    /// Known for the notices of refunds.
    pub(crate) refund: Option<Refunded>,
}

/// The refund that a refund's notice tells of.
#[derive(Clone, Debug)]
pub(crate) struct Refunded {
    pub(crate) refund_id: String,
    pub(crate) out_refund_no: String,
    pub(crate) amount: Fen,
    pub(crate) account: RefundAccount,
    pub(crate) received_by: String,
}

impl Refunded {
    pub(crate) fn of(refund_id: &str, refund: &Refund) -> Self {
        Self {
            refund_id: refund_id.to_owned(),
            out_refund_no: refund.out_refund_no.clone(),
            amount: refund.amount,
            account: refund.account(),
            received_by: refund.received_by().to_owned(),
        }
    }
}

pub(crate) const APPID: &str = "wx2421b1c4370ec43b";
/// Who pays when no one is named.
pub(crate) const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
/// What a receiver gets at most when profit is shared.
const SHARE: Fen = Fen::new(100);

impl Event {
    pub(crate) fn is_refund(self) -> bool {
        matches!(
            self,
            Self::Refund | Self::RefundAbnormal | Self::RefundClosed
        )
    }

    pub(crate) fn event_type(self) -> &'static str {
        match self {
            Self::Payment | Self::CombinedPayment => "TRANSACTION.SUCCESS",
            Self::Refund => "REFUND.SUCCESS",
            Self::RefundAbnormal => "REFUND.ABNORMAL",
            Self::RefundClosed => "REFUND.CLOSED",
            Self::ProfitSharing => "PROFITSHARING.SUCCESS",
            Self::ProfitSharingReturn => "PROFITSHARING.RETURN",
            Self::Echo => "SECURITY_ECHO.SUCCESS",
        }
    }

    /// Also what the seal covers besides the ciphertext.
    pub(crate) fn original_type(self) -> &'static str {
        match self {
            Self::Payment | Self::CombinedPayment => "transaction",
            Self::Refund | Self::RefundAbnormal | Self::RefundClosed => "refund",
            Self::ProfitSharing | Self::ProfitSharingReturn => "profitsharing",
            Self::Echo => "security",
        }
    }

    pub(crate) fn summary(self) -> &'static str {
        match self {
            Self::Payment | Self::CombinedPayment => "支付成功",
            Self::Refund => "退款成功",
            Self::RefundAbnormal => "退款异常",
            Self::RefundClosed => "退款关闭",
            Self::ProfitSharing => "分账",
            Self::ProfitSharingReturn => "分账回退",
            Self::Echo => "回显",
        }
    }

    /// What is sealed.
    pub(crate) fn plaintext(self, subject: &Subject, at: &DateTime) -> Value {
        match self {
            Self::Payment => payment(subject, at),
            Self::CombinedPayment => combined_payment(subject, at),
            Self::Refund => {
                let mut refund = refund(subject, "SUCCESS");
                // Only what succeeded has a time of success.
                refund["success_time"] = json!(at);
                refund
            }
            Self::RefundAbnormal => refund(subject, "ABNORMAL"),
            Self::RefundClosed => refund(subject, "CLOSED"),
            Self::ProfitSharing | Self::ProfitSharingReturn => profit_sharing(subject, at),
            Self::Echo => json!({ "echo_message": "echo" }),
        }
    }
}

fn payment(subject: &Subject, at: &DateTime) -> Value {
    json!({
        "sp_mchid": credentials::MCHID,
        "sp_appid": APPID,
        "sub_mchid": subject.sub_mchid,
        "out_trade_no": subject.out_trade_no,
        "transaction_id": subject.transaction_id,
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "attach": "",
        "success_time": at,
        "payer": { "sp_openid": OPENID },
        "amount": {
            "total": subject.total,
            "payer_total": subject.total,
            "currency": "CNY",
            "payer_currency": "CNY",
        },
    })
}

fn combined_payment(subject: &Subject, at: &DateTime) -> Value {
    json!({
        "combine_appid": APPID,
        "combine_mchid": credentials::MCHID,
        "combine_out_trade_no": own_number("C", &subject.transaction_id),
        "sub_orders": [{
            "mchid": credentials::MCHID,
            "sub_mchid": subject.sub_mchid,
            "out_trade_no": subject.out_trade_no,
            "transaction_id": subject.transaction_id,
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "bank_type": "OTHERS",
            "attach": "",
            "success_time": at,
            "amount": {
                "total_amount": subject.total,
                "payer_amount": subject.total,
                "currency": "CNY",
                "payer_currency": "CNY",
            },
        }],
        "combine_payer_info": { "openid": OPENID },
    })
}

fn refund(subject: &Subject, status: &str) -> Value {
    let refund = subject.refund.as_ref();
    let amount = refund.map(|refund| refund.amount);
    json!({
        "sp_mchid": credentials::MCHID,
        "sub_mchid": subject.sub_mchid,
        "transaction_id": subject.transaction_id,
        "out_trade_no": subject.out_trade_no,
        "refund_id": refund.map(|refund| &refund.refund_id),
        "out_refund_no": refund.map(|refund| &refund.out_refund_no),
        "refund_status": status,
        "user_received_account": refund.map(|refund| &refund.received_by),
        "amount": {
            "total": subject.total,
            "refund": amount,
            "payer_total": subject.total,
            "payer_refund": amount,
        },
        "refund_account": refund.map(|refund| &refund.account),
    })
}

/// Told to receivers only: here the e-commerce platform itself.
fn profit_sharing(subject: &Subject, at: &DateTime) -> Value {
    json!({
        "sp_mchid": credentials::MCHID,
        "sub_mchid": subject.sub_mchid,
        "transaction_id": subject.transaction_id,
        "order_id": own_number("3", &subject.transaction_id),
        "out_order_no": own_number("S", &subject.transaction_id),
        "receiver": {
            "type": "MERCHANT_ID",
            "account": credentials::MCHID,
            "amount": subject.total.min(SHARE),
            "description": "分账",
        },
        "success_time": at,
    })
}
