//! `/v3/ecommerce/profitsharing/receivers/…`: whom profit may be shared with.

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use wechatpay_core::api::ecommerce::profitsharing::receivers::{
    Add, Delete, Kind, Receiver, Relation,
};

use crate::problem::{Location, Problem};
use crate::rotation::Rotation;
use crate::sealed;
use crate::state::State;

/// Under which name a receiver is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct ReceiverKey {
    pub(crate) appid: String,
    /// `type` on the wire.
    pub(crate) kind: String,
    pub(crate) account: String,
}

impl State {
    /// Adds a receiver. A second time changes at most the relation.
    pub(crate) fn add_receiver(
        &mut self,
        request: &Add,
        headers: &HeaderMap,
        rotation: &Rotation,
    ) -> Result<Receiver, Problem> {
        known_kind(&request.kind)?;
        if let Relation::Other(text) = &request.relation_type {
            let issue = "must be SUPPLIER, DISTRIBUTOR, SERVICE_PROVIDER, PLATFORM or OTHERS";
            let value = text.as_str().into();
            return Err(Problem::field(
                Location::Body,
                "relation_type",
                &value,
                issue,
            ));
        }
        if let Some(name) = &request.encrypted_name {
            // Every name is the right one here: it has to open, and is dropped.
            sealed::open("encrypted_name", name, headers, rotation)?;
        }
        let key = ReceiverKey {
            appid: request.appid.clone(),
            kind: request.kind.as_str().to_owned(),
            account: request.account.clone(),
        };
        self.receivers.insert(key, request.relation_type.clone());
        Ok(answer(&request.kind, &request.account))
    }

    pub(crate) fn delete_receiver(&mut self, request: &Delete) -> Result<Receiver, Problem> {
        known_kind(&request.kind)?;
        let key = ReceiverKey {
            appid: request.appid.clone(),
            kind: request.kind.as_str().to_owned(),
            account: request.account.clone(),
        };
        if self.receivers.remove(&key).is_none() {
            return Err(Problem::invalid(format!(
                "{} {} is no receiver under appid {}: it was not added, or is deleted already",
                key.kind, key.account, key.appid
            )));
        }
        Ok(answer(&request.kind, &request.account))
    }
}

pub(crate) fn known_kind(kind: &Kind) -> Result<(), Problem> {
    match kind {
        Kind::Other(text) => {
            let issue = "must be MERCHANT_ID or PERSONAL_OPENID";
            let value = text.as_str().into();
            Err(Problem::field(Location::Body, "type", &value, issue))
        }
        _ => Ok(()),
    }
}

fn answer(kind: &Kind, account: &str) -> Receiver {
    Receiver::builder()
        .kind(kind.clone())
        .account(account)
        .build()
}
