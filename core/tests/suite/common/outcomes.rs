//! How attempts end, for the tests of the plan.

use std::io;
use std::time::Duration;

use wechatpay_core::{
    Answer, AnyOperation, Attempt, Attempts, CallError, Document, Draft, Hosts, Merchant, Method,
    Next, Pending, Policy, Replay, http,
};

use super::{NOW, answer, platform_keys};

pub type Failure = CallError<io::Error>;
pub type Outcome = Result<Answer<Document>, Failure>;

pub const IDEMPOTENT: Replay = Replay::Idempotent {
    key: "out_subsidy_no",
    window: None,
};
pub const ASK_FIRST: Replay = Replay::AskFirst {
    settle: "query the order",
};
pub const MS: Duration = Duration::from_millis(1);

pub fn draft(replay: Replay) -> Draft<Document> {
    let operation = AnyOperation::new(Method::POST, "/v3/ecommerce/subsidies/create");
    let merchant = Merchant::new("1900009191").unwrap();
    merchant.draft(&operation.replay(replay)).unwrap()
}

pub fn pending(replay: Replay) -> Pending<Document> {
    let unsigned = draft(replay).stamp(NOW, super::nonce());
    unsigned.sign(super::signer()).unwrap().pending
}

pub fn not_sent() -> Outcome {
    Err(CallError::NotSent {
        operation: draft(IDEMPOTENT).operation().clone(),
        source: io::ErrorKind::ConnectionRefused.into(),
    })
}

pub fn lost(replay: Replay) -> Outcome {
    Err(CallError::Unknown {
        operation: draft(replay).operation().clone(),
        replay,
        source: io::ErrorKind::ConnectionReset.into(),
    })
}

/// The platform's answer, as the core reads it.
pub fn answered(replay: Replay, response: &http::Response<Vec<u8>>) -> Outcome {
    let complete = pending(replay).complete(response, &platform_keys(), NOW);
    complete.map_err(CallError::from)
}

pub fn refused(replay: Replay, status: u16, code: &str) -> Outcome {
    let body = format!(r#"{{"code":"{code}","message":"m"}}"#);
    answered(replay, &answer(status, body))
}

pub fn begin<'a>(policy: &'a Policy, hosts: &'a Hosts, replay: Replay) -> (Attempts<'a>, Attempt) {
    let mut attempts = Attempts::new(policy, hosts, &draft(replay), NOW);
    let first = sent(attempts.begin::<Document, io::Error>(&platform_keys(), None, Duration::ZERO));
    (attempts, first)
}

#[track_caller]
pub fn sent(next: Next<Document, io::Error>) -> Attempt {
    match next {
        Next::Send(attempt) => attempt,
        other => panic!("{other:?}"),
    }
}
