//! Refunds that cannot arrive as they are (退款异常):
//! `/v3/ecommerce/refunds/{refund_id}/apply-abnormal-refund`.

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use super::{MARKS, Refund, SETTLED_BY};
use crate::api::check;
use crate::api::open_enum::open_enum;
use crate::error::{FieldError, SealedFieldError};
use crate::operation::{Operation, Replay};
use crate::sealing::{Seal, Sealed};

/// Sends an abnormal refund elsewhere (发起异常退款):
/// `POST /v3/ecommerce/refunds/{refund_id}/apply-abnormal-refund`.
///
/// Precondition: a query or a notice says [`RefundStatus::Abnormal`](super::RefundStatus::Abnormal).
/// To the payer it goes by debit card, of 15 banks. Rate: 150 calls per second.
///
/// Replay: [`out_refund_no`](Self::out_refund_no) is the key, and one number refunds once. The answer
/// is the refund as it stands, which may be on its way.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4015181616>
///
/// ```
/// use wechatpay_core::api::ecommerce::refunds::abnormal::{Apply, Destination};
///
/// let apply = Apply::builder()
///     .refund_id("50000000382019052709732678859")
///     .sub_mchid("1900000109")
///     .out_refund_no("1217752501201407033233368018")
///     .destination(Destination::UserBankCard)
///     .bank_type("ICBC_DEBIT")
///     .bank_account("6222020000000000000")
///     .real_name("张三")
///     .build();
/// assert!(!format!("{apply:?}").contains("6222"));
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Apply {
    /// The platform's number of the refund (微信支付退款单号), in the path. 1 to 32 characters.
    #[serde(default, skip_serializing)]
    pub refund_id: String,
    /// The sub-merchant (二级商户号). 1 to 32 characters.
    pub sub_mchid: String,
    /// The merchant's own number of the refund (商户退款单号), as it was asked for. 1 to 64 letters,
    /// digits and `_-|*@`.
    pub out_refund_no: String,
    /// `type` on the wire: where it goes.
    #[serde(rename = "type")]
    pub destination: Destination,
    /// The payer's bank (开户银行), as the platform abbreviates it: `ICBC_DEBIT`. Required for
    /// [`Destination::UserBankCard`]. 1 to 16 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank_type: Option<String>,
    /// The payer's card (收款银行卡号), sealed on the wire. Required for
    /// [`Destination::UserBankCard`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[builder(into)]
    pub bank_account: Option<Sealed>,
    /// The payer's name (收款用户姓名), sealed on the wire. Required for
    /// [`Destination::UserBankCard`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[builder(into)]
    pub real_name: Option<Sealed>,
}

impl Operation for Apply {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/ecommerce/refunds/{refund_id}/apply-abnormal-refund";
    const REPLAY: Replay = Replay::Idempotent {
        key: "out_refund_no",
        window: None,
    };
    const SETTLED_BY: Option<&'static str> = Some(SETTLED_BY);
    const SEALED: &'static [&'static str] = &["bank_account", "real_name"];
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4015181616";
    type Response = Refund;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("refund_id", &self.refund_id)]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::id("refund_id", &self.refund_id, 1..=32)?;
        check::id("sub_mchid", &self.sub_mchid, 1..=32)?;
        check::number("out_refund_no", &self.out_refund_no, 1..=64, MARKS)?;
        check::text("type", self.destination.as_str(), 1..=32)?;
        check::optional_id("bank_type", self.bank_type.as_deref(), 1..=16)?;
        if self.destination != Destination::UserBankCard {
            return Ok(());
        }
        for (field, given) in [
            ("bank_type", self.bank_type.is_some()),
            ("bank_account", is_given(self.bank_account.as_ref())),
            ("real_name", is_given(self.real_name.as_ref())),
        ] {
            if !given {
                let limit = "given where the refund goes to USER_BANK_CARD";
                return Err(FieldError::new(field, limit, "missing"));
            }
        }
        Ok(())
    }

    fn sealed_with(&self, sealer: Option<&dyn Seal>) -> Result<Option<Self>, SealedFieldError> {
        if self.bank_account.is_none() && self.real_name.is_none() {
            return Ok(None);
        }
        let seal = |field, text: &Option<Sealed>| {
            let sealed = text.as_ref().map(|text| text.seal_with(field, sealer));
            sealed.transpose()
        };
        Ok(Some(Self {
            bank_account: seal("bank_account", &self.bank_account)?,
            real_name: seal("real_name", &self.real_name)?,
            ..self.clone()
        }))
    }
}

/// Whether there is a text, plain or sealed.
fn is_given(text: Option<&Sealed>) -> bool {
    text.is_some_and(|text| text.as_sealed() != Some(""))
}

open_enum! {
    /// Where an abnormal refund goes (异常退款处理方式).
    Destination {
        /// To a bank card of the payer's (退款到用户银行卡).
        UserBankCard = "USER_BANK_CARD",
        /// To the bank account of the merchant that sold (退款至交易商户银行账户), which then pays the
        /// payer by itself.
        MerchantBankCard = "MERCHANT_BANK_CARD",
    }
}
