//! What an answer 200 says about the money: the result inside it, which HTTP does not tell.

mod sharing;

use wechatpay_core::api::certificates::CertificateList;
use wechatpay_core::api::ecommerce::fund as sub_merchant;
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders::{
    Accepted, Order, OrderState,
};
use wechatpay_core::api::ecommerce::refunds::return_advance::{self, AdvanceReturn};
use wechatpay_core::api::ecommerce::refunds::{Applied, Refund, RefundStatus};
use wechatpay_core::api::ecommerce::subsidies::{
    CancelState, Cancelled, Created, ReturnState, Returned, SubsidyState,
};
use wechatpay_core::api::marketing::busifavor::subsidy::pay_receipts::PayReceipts;
use wechatpay_core::api::marketing::busifavor::subsidy::{
    PayReceipt, PayStatus, ReturnReceiptMade, ReturnStatus,
};
use wechatpay_core::api::merchant::fund as merchant;
use wechatpay_core::{Answer, Document};

/// What became of the operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is done.
    Done,
    /// It is accepted, and not final; the words say what to do.
    NotFinal(String),
    /// It is not done, and no money stays moved.
    Refused(String),
    /// The answer does not tell.
    Unclear(String),
}

impl Verdict {
    fn unclear(field: &str, value: &str) -> Self {
        Self::Unclear(format!(
            "the answer's {field} is {value:?}, which says neither success nor failure"
        ))
    }
}

/// Reads the result in an answer.
pub(crate) trait Judge {
    /// What the answer says.
    fn verdict(&self) -> Verdict;

    /// What the whole answer says, where its status says more.
    fn judge(answer: &Answer<Self>) -> Verdict
    where
        Self: Sized,
    {
        answer.value.verdict()
    }
}

impl Judge for Created {
    fn verdict(&self) -> Verdict {
        match &self.result {
            SubsidyState::Success => Verdict::Done,
            SubsidyState::Fail => Verdict::Refused(
                "result is FAIL: the sub-merchant has not received the subsidy".to_owned(),
            ),
            SubsidyState::Refund => Verdict::Refused(
                "result is REFUND: this subsidy was paid once and has been wholly returned since"
                    .to_owned(),
            ),
            other => Verdict::unclear("result", other.as_str()),
        }
    }
}

impl Judge for Returned {
    fn verdict(&self) -> Verdict {
        match &self.result {
            ReturnState::Success => Verdict::Done,
            ReturnState::Fail => {
                Verdict::Refused("result is FAIL: the subsidy has not come back".to_owned())
            }
            other => Verdict::unclear("result", other.as_str()),
        }
    }
}

impl Judge for Cancelled {
    fn verdict(&self) -> Verdict {
        match &self.result {
            CancelState::Success => Verdict::Done,
            CancelState::Fail => {
                Verdict::Refused("result is FAIL: the order still promises its subsidy".to_owned())
            }
            other => Verdict::unclear("result", other.as_str()),
        }
    }
}

impl Judge for ReturnReceiptMade {
    fn verdict(&self) -> Verdict {
        match &*self.status {
            ReturnStatus::Success => Verdict::Done,
            ReturnStatus::Accepted => Verdict::NotFinal(format!(
                "status is {}, which is not final: repeat the same command later",
                self.status.text()
            )),
            ReturnStatus::Fail => {
                let reason = self.fail_reason.as_ref().map_or("none given", |r| r.text());
                Verdict::Refused(format!(
                    "status is {} (fail_reason: {reason}): no money moved",
                    self.status.text()
                ))
            }
            _ => Verdict::unclear("status", self.status.text()),
        }
    }
}

impl Judge for PayReceipt {
    fn verdict(&self) -> Verdict {
        let status = self.status.text();
        match &*self.status {
            PayStatus::Success => Verdict::Done,
            PayStatus::Accepted => Verdict::NotFinal(format!(
                "status is {status}, which is not final: `wxpay coupon-subsidy list` tells the \
                 outcome"
            )),
            PayStatus::Returning | PayStatus::PartialReturn => Verdict::NotFinal(format!(
                "status is {status}: the subsidy was paid, and is coming back or did in part"
            )),
            PayStatus::Fail => {
                let reason = self.fail_reason.as_ref().map_or("none given", |r| r.text());
                Verdict::Refused(format!(
                    "status is {status} (fail_reason: {reason}): no money moved"
                ))
            }
            PayStatus::FullReturn => Verdict::Refused(format!(
                "status is {status}: this subsidy was paid once and has been wholly returned since"
            )),
            _ => Verdict::unclear("status", status),
        }
    }
}

/// One receipt speaks for itself; several are a list to be read.
impl Judge for PayReceipts {
    fn verdict(&self) -> Verdict {
        match self.pay_receipt_list.as_slice() {
            [] => Verdict::NotFinal(
                "there is no such subsidy: nothing was paid, or not yet".to_owned(),
            ),
            [one] => one.verdict(),
            all if all.iter().all(|one| one.verdict() == Verdict::Done) => Verdict::Done,
            _ => Verdict::NotFinal("look at each receipt's status".to_owned()),
        }
    }
}

impl Judge for Accepted {
    fn verdict(&self) -> Verdict {
        Verdict::NotFinal(
            "the fee is accepted, and not taken yet: `wxpay after-sales query` tells the outcome"
                .to_owned(),
        )
    }
}

impl Judge for Order {
    fn verdict(&self) -> Verdict {
        match &self.result {
            OrderState::Success => Verdict::Done,
            OrderState::Processing => Verdict::NotFinal(
                "result is PROCESSING, which is not final: ask again later".to_owned(),
            ),
            OrderState::Failed => {
                let reason = self
                    .fail_reason
                    .as_ref()
                    .map_or("none given", |r| r.as_str());
                Verdict::Refused(format!(
                    "result is FAILED (fail_reason: {reason}): the fee was not taken, or is back"
                ))
            }
            other => Verdict::unclear("result", other.as_str()),
        }
    }
}

impl Judge for Applied {
    fn verdict(&self) -> Verdict {
        Verdict::NotFinal(
            "the refund is accepted, and has not arrived yet: `wxpay refunds query` tells the \
             outcome"
                .to_owned(),
        )
    }
}

impl Judge for Refund {
    fn verdict(&self) -> Verdict {
        match &self.status {
            RefundStatus::Success => Verdict::Done,
            RefundStatus::Processing => Verdict::NotFinal(
                "status is PROCESSING, which is not final: ask again later".to_owned(),
            ),
            RefundStatus::Closed => Verdict::Refused(
                "status is CLOSED: the refund was closed, and the payer has nothing of it"
                    .to_owned(),
            ),
            RefundStatus::Abnormal => Verdict::Refused(
                "status is ABNORMAL: the refund cannot arrive as it is; `wxpay refunds abnormal` \
                 sends it elsewhere"
                    .to_owned(),
            ),
            other => Verdict::unclear("status", other.as_str()),
        }
    }
}

impl Judge for AdvanceReturn {
    fn verdict(&self) -> Verdict {
        use return_advance::ReturnState as State;
        match &self.result {
            State::Success => Verdict::Done,
            State::Processing => Verdict::NotFinal(
                "result is PROCESSING, which is not final: `wxpay refunds advance-query` tells the \
                 outcome"
                    .to_owned(),
            ),
            State::Failed => {
                Verdict::Refused("result is FAILED: the advance has not come back".to_owned())
            }
            other => Verdict::unclear("result", other.as_str()),
        }
    }
}

impl Judge for merchant::Balance {
    fn verdict(&self) -> Verdict {
        Verdict::Done
    }
}

impl Judge for sub_merchant::Balance {
    fn verdict(&self) -> Verdict {
        Verdict::Done
    }
}

impl Judge for CertificateList {
    fn verdict(&self) -> Verdict {
        Verdict::Done
    }
}

/// An untyped answer is judged by the two names that results have on this platform.
impl Judge for Document {
    fn verdict(&self) -> Verdict {
        let found = ["result", "status"].into_iter().find_map(|field| {
            let value = self.0.get(field)?.as_str()?;
            Some((field, value))
        });
        match found {
            Some((field, value)) if says(value, &["FAIL", "FAILED"]) => {
                Verdict::Refused(format!("{field} is {value}: HTTP 200 is not success"))
            }
            Some((field, value)) if says(value, &["ACCEPTED", "PROCESSING"]) => {
                Verdict::NotFinal(format!("{field} is {value}, which is not final"))
            }
            _ => Verdict::Done,
        }
    }
}

/// Whether `value` is one of `words`, alone or after a prefix such as `RETURN_RECEIPT_`.
fn says(value: &str, words: &[&str]) -> bool {
    let last = value.rsplit('_').next().unwrap_or(value);
    words.contains(&last)
}

mod orders;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn document(json: &str) -> Verdict {
        Document(serde_json::from_str(json).unwrap()).verdict()
    }

    #[test]
    fn an_untyped_failure_is_no_success() {
        assert!(matches!(
            document(r#"{"result":"FAIL"}"#),
            Verdict::Refused(_)
        ));
        assert!(matches!(
            document(r#"{"status":"RETURN_RECEIPT_FAIL"}"#),
            Verdict::Refused(_)
        ));
        assert!(matches!(
            document(r#"{"status":"RETURN_RECEIPT_ACCEPTED"}"#),
            Verdict::NotFinal(_)
        ));
        assert_eq!(document(r#"{"result":"SUCCESS"}"#), Verdict::Done);
        assert_eq!(document(r#"{"data":[]}"#), Verdict::Done);
        assert_eq!(document("null"), Verdict::Done);
    }

    #[test]
    fn a_subsidy_that_came_back_is_no_success() {
        let created = |result: &str| -> Verdict {
            let json = serde_json::json!({
                "sub_mchid": "1", "transaction_id": "2", "subsidy_id": "3", "description": "d",
                "amount": 10, "result": result,
            });
            serde_json::from_value::<Created>(json).unwrap().verdict()
        };
        assert_eq!(created("SUCCESS"), Verdict::Done);
        assert!(matches!(created("FAIL"), Verdict::Refused(_)));
        assert!(matches!(created("REFUND"), Verdict::Refused(_)));
        assert!(matches!(created("NEW_WORD"), Verdict::Unclear(_)));
    }
}
