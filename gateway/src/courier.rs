//! Carries callbacks to the merchant, over plain HTTP.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::task::JoinSet;

use crate::notices::{Delivery, DeliveryId, DeliveryOutcome};
use crate::server::SharedEngine;

/// How long the merchant may take to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// So many deliveries are under way at once.
const MOST: usize = 64;
/// So many are signed while requests wait for the engine.
const BATCH: usize = 8;
/// How often the retries are looked for: their times are whole seconds.
const TICK: Duration = Duration::from_secs(1);
/// As much of an answer's body is read, so that its connection can serve again.
const MAX_ANSWER: usize = 64 * 1024;

type HttpClient = Client<HttpConnector, Full<Bytes>>;

/// Delivers what is due, until it is dropped.
pub(crate) async fn carry(engine: SharedEngine, patience: Duration) {
    let client: HttpClient = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .http1_title_case_headers(true)
        .build_http();
    let mut underway = JoinSet::new();
    loop {
        // One less than there is room for: a notice that goes out twice brings one more.
        let room = MOST.saturating_sub(underway.len() + 1).min(BATCH);
        let deliveries = engine.due_notices(room).await;
        let more = !deliveries.is_empty();
        for delivery in deliveries {
            underway.spawn(post(client.clone(), engine.clone(), delivery, patience));
        }
        if more {
            tokio::task::yield_now().await;
            while underway.try_join_next().is_some() {}
            continue;
        }
        tokio::select! {
            Some(_) = underway.join_next() => {}
            () = engine.woken() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

async fn post(client: HttpClient, engine: SharedEngine, delivery: Delivery, patience: Duration) {
    let mut receipt = Receipt {
        engine,
        id: delivery.id,
        outcome: DeliveryOutcome::Unanswered("the gateway was stopped".to_owned()),
    };
    let answer = exchange(client, delivery);
    receipt.outcome = match tokio::time::timeout(patience, answer).await {
        Ok(Ok(status)) => DeliveryOutcome::Answered(status),
        Ok(Err(error)) => DeliveryOutcome::Unanswered(chain(&error)),
        Err(_) => {
            let why = format!("no answer within {} ms", patience.as_millis());
            DeliveryOutcome::Unanswered(why)
        }
    };
}

async fn exchange(
    client: HttpClient,
    delivery: Delivery,
) -> Result<StatusCode, hyper_util::client::legacy::Error> {
    let response = client.request(delivery.request.map(Full::new)).await?;
    let status = response.status();
    // What it says does not count; the status does.
    let _ = Limited::new(response.into_body(), MAX_ANSWER)
        .collect()
        .await;
    Ok(status)
}

/// An error with all that caused it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

/// Tells the engine what became of a delivery, even of one that was dropped half way: an engine may
/// outlive the server, and its notices shall not hang.
struct Receipt {
    engine: SharedEngine,
    id: DeliveryId,
    outcome: DeliveryOutcome,
}

impl Drop for Receipt {
    fn drop(&mut self) {
        let outcome = std::mem::replace(
            &mut self.outcome,
            DeliveryOutcome::Unanswered(String::new()),
        );
        self.engine.notice_answered(self.id, outcome);
    }
}
