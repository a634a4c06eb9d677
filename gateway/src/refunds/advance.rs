//! `/v3/ecommerce/refunds/{refund_id}/return-advance`: what the platform paid in advance comes back.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wechatpay_core::Timestamp;
use wechatpay_core::api::bill::AccountType;
use wechatpay_core::api::ecommerce::refunds::return_advance::{
    AdvanceReturn, Create, Query, ReturnState,
};
use wechatpay_core::api::ecommerce::refunds::{RefundAccount, RefundStatus};

use super::{PROCESSING, RefundKey, RefundName};
use crate::account::{Account, Purse};
use crate::credentials;
use crate::due::DueEvent;
use crate::ledger::{PostError, Transfer};
use crate::moment::{Moment, in_china};
use crate::problem::{Code, Problem};
use crate::state::{State, kind};

/// How often a return is tried that the sub-merchant cannot pay.
const AGAIN: Duration = Duration::from_secs(60 * 60);
/// How long it is tried.
const TRIED: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// What came back, or is to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Returned {
    id: String,
    asked_at: Timestamp,
    /// None while it is being processed.
    end: Option<(Timestamp, ReturnState)>,
}

impl State {
    pub(crate) fn return_advance(
        &mut self,
        request: &Create,
        moment: &Moment,
    ) -> Result<AdvanceReturn, Problem> {
        let name = RefundName::id(&request.sub_mchid, &request.refund_id);
        let key = self.refund_named(&name)?.clone();
        let refund = self.refund(&key)?;
        if refund.returned.is_some() {
            return self.advance_answer(&key);
        }
        if refund.account() != RefundAccount::PartnerAdvance {
            return Err(Problem::invalid(
                "the sub-merchant paid this refund, so the platform has no advance to get back",
            ));
        }
        let status = refund.status();
        if status != RefundStatus::Success {
            return Err(Problem::invalid(format!(
                "an advance comes back after its refund is a SUCCESS, and this one is {}",
                status.as_str()
            )));
        }
        let returned = Returned {
            id: self.next_id(kind::ADVANCE_RETURN),
            asked_at: moment.at,
            end: None,
        };
        self.refund_mut(&key)?.returned = Some(returned);
        self.schedule(moment, PROCESSING, DueEvent::ReturnAdvance(key.clone()));
        self.advance_answer(&key)
    }

    pub(crate) fn query_advance(&self, query: &Query) -> Result<AdvanceReturn, Problem> {
        let name = RefundName::id(&query.sub_mchid, &query.refund_id);
        self.advance_answer(self.refund_named(&name)?)
    }

    /// Lets the sub-merchant pay, or tries again later.
    pub(crate) fn carry_out_return(
        &mut self,
        key: &RefundKey,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let refund = self.refund(key)?;
        let Some(returned) = refund.returned.as_ref().filter(|r| r.end.is_none()) else {
            return Ok(());
        };
        let last = returned.asked_at.plus(TRIED);
        let payer = self.order(&key.order)?.account(Purse::Available);
        let transfer = Transfer::new(payer, Account::PlatformOperation, refund.amount);
        let entry = moment.entry("refund's advance returned", vec![transfer]);
        let state = match self.ledger.post(entry) {
            Ok(()) => ReturnState::Success,
            Err(PostError::NotEnough { .. }) if moment.at < last => {
                let wait = AGAIN.min(last.distance(moment.at));
                self.schedule(moment, wait, DueEvent::ReturnAdvance(key.clone()));
                return Ok(());
            }
            Err(PostError::NotEnough { .. }) => ReturnState::Failed,
            Err(error) => return Err(error.into()),
        };
        if let Some(returned) = &mut self.refund_mut(key)?.returned {
            returned.end = Some((moment.at, state));
        }
        Ok(())
    }

    fn advance_answer(&self, key: &RefundKey) -> Result<AdvanceReturn, Problem> {
        let refund = self.refund(key)?;
        let returned = refund.returned.as_ref().ok_or_else(|| {
            let why = format!("no return was asked for refund {}", key.refund_id);
            Problem::new(Code::ResourceNotExists, why)
        })?;
        let (state, end) = match &returned.end {
            None => (ReturnState::Processing, None),
            Some((at, state)) => (state.clone(), Some(in_china(*at)?)),
        };
        Ok(AdvanceReturn::builder()
            .refund_id(&key.refund_id)
            .advance_return_id(&returned.id)
            .return_amount(refund.amount)
            .payer_mchid(&key.order.sub_mchid)
            .payer_account(AccountType::Basic)
            .payee_mchid(credentials::MCHID)
            .payee_account(AccountType::Operation)
            .result(state)
            .maybe_success_time(end)
            .build())
    }
}
