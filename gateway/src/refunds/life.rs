//! What becomes of a refund after it was accepted.

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use wechatpay_core::api::ecommerce::refunds::abnormal::{Apply, Destination};
use wechatpay_core::api::ecommerce::refunds::{Refund as Answer, RefundStatus};

use super::{PROCESSING, RefundKey, RefundName};
use crate::account::Account;
use crate::due::DueEvent;
use crate::ledger::Transfer;
use crate::limits::Limit;
use crate::moment::Moment;
use crate::notices::{Event, News, Refunded, Subject, notify_url};
use crate::orders::{OrderKey, PayerAccount};
use crate::problem::{Location, Problem};
use crate::replay::same_request;
use crate::rotation::Rotation;
use crate::sealed;
use crate::state::State;

/// The debit cards that an abnormal refund may go to.
const BANKS: [&str; 15] = [
    "CMB_DEBIT",
    "COMM_DEBIT",
    "ABC_DEBIT",
    "CCB_DEBIT",
    "ICBC_DEBIT",
    "BOC_DEBIT",
    "PAB_DEBIT",
    "SPDB_DEBIT",
    "CITIC_DEBIT",
    "CEB_DEBIT",
    "CMBC_DEBIT",
    "CIB_DEBIT",
    "GDB_DEBIT",
    "PSBC_DEBIT",
    "NBCB_DEBIT",
];

/// Where an abnormal refund was sent. Card and name are not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rescue {
    #[serde(rename = "type")]
    pub(super) destination: Destination,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bank_type: Option<String>,
}

impl State {
    /// Lets a refund arrive, or fail to.
    pub(crate) fn finish_refund(
        &mut self,
        key: &RefundKey,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let (order, refund) = (self.order(&key.order)?, self.refund(key)?);
        if refund.status() != RefundStatus::Processing {
            return Ok(());
        }
        if order.payer_account != PayerAccount::Normal && refund.rescue.is_none() {
            return self.end_refund(key, RefundStatus::Abnormal, moment);
        }
        let transfer = Transfer::new(order.in_transit(), Account::Buyers, refund.amount);
        // What lies in transit was put there for this very refund, and nothing else takes it out.
        self.ledger
            .post(moment.entry("refund arrived", vec![transfer]))?;
        self.end_refund(key, RefundStatus::Success, moment)
    }

    /// Sends an abnormal refund elsewhere.
    pub(crate) fn rescue_refund(
        &mut self,
        request: &Apply,
        headers: &HeaderMap,
        rotation: &Rotation,
        moment: &Moment,
    ) -> Result<Answer, Problem> {
        self.limits
            .admit::<Apply>(&[Limit::of_caller(150)], moment)?;
        known_values(request)?;
        // Every card and every name is the right one here: they have to open, and are dropped.
        let card = ("bank_account", &request.bank_account);
        for (field, text) in [card, ("real_name", &request.real_name)] {
            if let Some(text) = text {
                sealed::open(field, text, headers, rotation)?;
            }
        }
        let name = RefundName::id(&request.sub_mchid, &request.refund_id);
        let key = self.refund_named(&name)?.clone();
        let refund = self.refund(&key)?;
        if request.out_refund_no != refund.out_refund_no {
            let (known, sent) = (&refund.out_refund_no, &request.out_refund_no);
            let issue = format!("the refund's out_refund_no is {known}, and {sent} was sent");
            let problem = Problem::invalid(&issue);
            let value = sent.as_str().into();
            return Err(problem.at(Location::Body, "out_refund_no", &value, &issue));
        }
        let rescue = Rescue {
            destination: request.destination.clone(),
            bank_type: request.bank_type.clone(),
        };
        if let Some(earlier) = &refund.rescue {
            let same = "this refund was sent elsewhere already, with other parameters";
            same_request(earlier, &rescue, same)?;
            return self.refund_answer(&key);
        }
        let status = refund.status();
        if status != RefundStatus::Abnormal {
            return Err(Problem::invalid(format!(
                "only an ABNORMAL refund can be sent elsewhere, and this one is {}",
                status.as_str()
            )));
        }
        let refund = self.refund_mut(&key)?;
        refund.rescue = Some(rescue);
        refund.changes.push((moment.at, RefundStatus::Processing));
        self.schedule(moment, PROCESSING, DueEvent::FinishRefund(key.clone()));
        self.refund_answer(&key)
    }

    /// Gives up an abnormal refund: its money goes back.
    pub(crate) fn close_refund(&mut self, key: &RefundKey, moment: &Moment) -> Result<(), Problem> {
        let status = self.refund(key)?.status();
        if status != RefundStatus::Abnormal {
            return Err(Problem::invalid(format!(
                "only an ABNORMAL refund can be closed, and this one is {}",
                status.as_str()
            )));
        }
        self.put_back(key, "refund closed", moment)?;
        self.end_refund(key, RefundStatus::Closed, moment)
    }

    pub(crate) fn set_payer_account(
        &mut self,
        key: &OrderKey,
        account: PayerAccount,
    ) -> Result<(), Problem> {
        self.order_mut(key)?.payer_account = account;
        Ok(())
    }

    /// Notes what became of a refund, and tells whoever asked for it.
    fn end_refund(
        &mut self,
        key: &RefundKey,
        status: RefundStatus,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let event = match status {
            RefundStatus::Success => Event::Refund,
            RefundStatus::Abnormal => Event::RefundAbnormal,
            _ => Event::RefundClosed,
        };
        let refund = self.refund_mut(key)?;
        refund.changes.push((moment.at, status));
        let url = refund.request.as_ref();
        let url = url.and_then(|request| request.notify_url.clone());
        let Some(url) = url else { return Ok(()) };
        let (order, refund) = (self.order(&key.order)?, self.refund(key)?);
        let subject = Subject {
            sub_mchid: key.order.sub_mchid.clone(),
            transaction_id: key.order.transaction_id.clone(),
            out_trade_no: order.out_trade_no.clone(),
            total: order.total,
            refund: Some(Refunded::of(&key.refund_id, refund)),
        };
        let news = News {
            event,
            url: notify_url(&url)?,
            plaintext: event.plaintext(&subject, &moment.text()?).to_string(),
            at: moment.at,
        };
        self.news.push(news);
        Ok(())
    }
}

fn known_values(request: &Apply) -> Result<(), Problem> {
    let refuse = |field, value: &str, issue: &str| {
        Err(Problem::field(Location::Body, field, &value.into(), issue))
    };
    if let Destination::Other(text) = &request.destination {
        return refuse("type", text, "must be USER_BANK_CARD or MERCHANT_BANK_CARD");
    }
    match request.bank_type.as_deref() {
        Some(bank) if !BANKS.contains(&bank) => {
            let issue = format!("must be one of {}", BANKS.join(", "));
            refuse("bank_type", bank, &issue)
        }
        _ => Ok(()),
    }
}
