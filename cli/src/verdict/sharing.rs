use wechatpay_core::api::ecommerce::profitsharing::finish_order::Accepted;
use wechatpay_core::api::ecommerce::profitsharing::orders::amounts::Amounts;
use wechatpay_core::api::ecommerce::profitsharing::orders::{Order, Outcome, Share, ShareState};
use wechatpay_core::api::ecommerce::profitsharing::receivers::Receiver;
use wechatpay_core::api::ecommerce::profitsharing::returnorders::{ReturnState, Returned};

use super::{Judge, Verdict};

impl Judge for Order {
    fn verdict(&self) -> Verdict {
        let status = self.status.as_ref().map_or("not told", |s| s.text());
        match self.outcome() {
            Outcome::Done => Verdict::Done,
            Outcome::Processing => Verdict::NotFinal(format!(
                "the round is accepted, and not carried out yet (status: {status}): `wxpay \
                 profit-sharing query` tells the outcome"
            )),
            Outcome::Failed => Verdict::Refused(failed(self, status)),
            _ => Verdict::unclear("status", status),
        }
    }
}

/// Who got nothing, and why.
fn failed(order: &Order, status: &str) -> String {
    if let Some(reason) = &order.close_reason {
        return format!("status is {status} (close_reason: {reason}): nothing was shared");
    }
    let closed = |share: &&Share| share.result == Some(ShareState::Closed);
    let unpaid: Vec<String> = order.receivers.iter().filter(closed).map(unpaid).collect();
    if unpaid.is_empty() {
        return format!("status is {status}: nothing was shared");
    }
    format!(
        "{} of {} receivers got nothing, and will not in this round: {}; what the others got stays \
         with them",
        unpaid.len(),
        order.receivers.len(),
        unpaid.join(", ")
    )
}

fn unpaid(share: &Share) -> String {
    let account = share.receiver_account.as_deref();
    let account = account.or(share.receiver_mchid.as_deref());
    let reason = share.fail_reason.as_ref();
    format!(
        "{} (fail_reason: {})",
        account.unwrap_or("not told"),
        reason.map_or("none given", |reason| reason.as_str())
    )
}

impl Judge for Accepted {
    fn verdict(&self) -> Verdict {
        Verdict::NotFinal(
            "the finish is accepted, and the rest is not released yet: `wxpay profit-sharing query` \
             tells the outcome"
                .to_owned(),
        )
    }
}

impl Judge for Returned {
    fn verdict(&self) -> Verdict {
        let result = self.result.text();
        match &*self.result {
            ReturnState::Success => Verdict::Done,
            ReturnState::Processing => Verdict::NotFinal(format!(
                "result is {result}, which is not final: query it, or repeat the same command; \
                 never take another --out-return-no"
            )),
            ReturnState::Failed => {
                let reason = self
                    .fail_reason
                    .as_ref()
                    .map_or("none given", |r| r.as_str());
                Verdict::Refused(format!(
                    "result is {result} (fail_reason: {reason}): no money came back"
                ))
            }
            _ => Verdict::unclear("result", result),
        }
    }
}

impl Judge for Amounts {
    fn verdict(&self) -> Verdict {
        Verdict::Done
    }
}

impl Judge for Receiver {
    fn verdict(&self) -> Verdict {
        Verdict::Done
    }
}
