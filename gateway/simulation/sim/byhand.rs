//! A refund that is written by hand: an operation that this library does not know, and so never
//! repeats before it was asked about.

use wechatpay_core::api::ecommerce::refunds;
use wechatpay_core::http::Method;
use wechatpay_core::{
    AnyOperation, CallError, Document, Draft, DraftError, Merchant, Replay, Seal, ToDraft,
};

use super::client::{Client, Rule};
use super::oracle::Expects;
use super::protection::Protection;
use super::work::{Job, Told};

#[derive(Clone)]
pub(crate) struct ByHand {
    pub(crate) refund: refunds::Apply,
    replay: Option<Replay>,
}

impl ByHand {
    pub(crate) fn new(refund: refunds::Apply) -> Self {
        Self {
            refund,
            replay: None,
        }
    }
}

impl ToDraft for ByHand {
    type Response = Document;

    fn to_draft(
        &self,
        merchant: &Merchant,
        sealer: Option<&dyn Seal>,
    ) -> Result<Draft<Document>, DraftError> {
        let body = serde_json::to_vec(&self.refund).unwrap_or_default();
        let operation = AnyOperation::new(Method::POST, "/v3/ecommerce/refunds/apply");
        let operation = operation.json_bytes(body);
        match self.replay {
            Some(replay) => operation.replay(replay).to_draft(merchant, sealer),
            None => operation.to_draft(merchant, sealer),
        }
    }
}

impl Job for ByHand {
    fn expects(&self) -> Option<Expects> {
        Some(Expects::Later { least: 1 })
    }

    fn renumbered(&self, by: u32) -> Self {
        Self::new(self.refund.renumbered(by))
    }

    fn number(&self) -> Option<&str> {
        Some(&self.refund.out_refund_no)
    }

    fn rule(&self) -> Rule {
        Rule::AskFirst
    }

    fn sent(&self, off: Option<Protection>) -> Self {
        let replay = (off == Some(Protection::AskFirst)).then_some(Replay::Idempotent {
            key: "nothing that is known",
            window: None,
        });
        Self {
            replay,
            ..self.clone()
        }
    }

    async fn ask(&self, client: &Client) -> Option<Told> {
        let query = refunds::QueryByOutRefundNo::builder()
            .out_refund_no(&self.refund.out_refund_no)
            .sub_mchid(&self.refund.sub_mchid)
            .build();
        let asked = client
            .call(&query, None, Rule::AsPlanned, |query, _| query.clone())
            .await;
        match asked {
            Ok(_) => Some(Told::Done),
            Err(CallError::Answered(error)) => {
                let api = error.api().filter(|api| api.is_refusal())?;
                matches!(api.status.as_u16(), 404).then_some(Told::Refused)
            }
            Err(_) => None,
        }
    }
}
