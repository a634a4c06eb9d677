//! The loop around the core's plan: nothing is decided here, only carried out.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Body;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::time::{sleep, timeout_at};
use tower_service::Service;
use wechatpay_core::http::header::CONTENT_LENGTH;
use wechatpay_core::http::{HeaderValue, Method, Request, Response};
use wechatpay_core::{
    Answer, Attempt, Attempts, CallError, Decode, Draft, Fetch, Host, Keyring, Next, Nonce,
    Pending, PlatformKeys, Prepared, Refresh, RefreshError, Report, SignError, Timestamp, Verifier,
    Wish,
};

use crate::error::{BoxError, TransportError};
use crate::{AsyncSigner, Client};

type Failure = CallError<TransportError>;

impl<S, V, H, B> Client<S, V, H>
where
    S: AsyncSigner,
    V: Verifier,
    H: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone,
    H::Error: Into<BoxError>,
    B: Body,
    B::Error: Into<BoxError>,
{
    /// Fetches certificates that are due, before a call is drafted. Why that failed is told only to
    /// calls that cannot go on without.
    pub(crate) async fn freshen(&self) -> Option<RefreshError> {
        let ring = self.keys.keyring()?;
        let within = ring.before_a_call(&self.policy, now())?;
        let refreshed = self.refresh(ring, ring.edition(), Wish::Due, within);
        refreshed.await.err()
    }

    pub(crate) async fn run<T: Decode>(
        &self,
        mut draft: Draft<T>,
        (began, at): (Instant, Timestamp),
        trouble: Option<RefreshError>,
    ) -> Result<Answer<T>, Failure> {
        let mut attempts = Attempts::new(&self.policy, &self.hosts, &draft, at);
        let mut next = attempts.begin(&self.keys, trouble, began.elapsed());
        loop {
            next = match next {
                Next::Finish(result) => return result,
                Next::Send(attempt) => {
                    if attempt.number > 1 {
                        sleep(attempt.after).await;
                        // The keys may be others by now.
                        draft.declare(&self.keys);
                    }
                    let result = self.attempt(&draft, attempt, &mut attempts, began).await;
                    attempts.after(result, began.elapsed(), jitter())
                }
            };
        }
    }

    /// One attempt, and its report. An answer that wants fresh keys is completed again with them.
    async fn attempt<T: Decode>(
        &self,
        draft: &Draft<T>,
        attempt: Attempt,
        attempts: &mut Attempts<'_>,
        began: Instant,
    ) -> Result<Answer<T>, Failure> {
        let started = Instant::now();
        let result = match self.exchange(draft, attempt.host, attempt.within).await {
            Err(error) => Err(error),
            Ok((pending, response)) => {
                // The edition comes first: what is fetched meanwhile counts.
                let ring = self.keys.keyring().map(|ring| (ring, ring.edition()));
                let completed = pending.complete(&response, &self.keys, now());
                match (completed, ring) {
                    (Err(error), Some((ring, edition))) => {
                        match attempts.wants_keys(&error, ring, edition, began.elapsed()) {
                            Some(wanted) => {
                                sleep(wanted.after).await;
                                // Whatever comes of it: the answer is held against the keys then.
                                let _ = self
                                    .refresh(ring, edition, Wish::Answer, wanted.within)
                                    .await;
                                pending.complete(&response, &self.keys, now())
                            }
                            None => Err(error),
                        }
                        .map_err(|error| ring.explain(error).into())
                    }
                    (completed, _) => completed.map_err(CallError::from),
                }
            }
        };
        self.report(draft, attempt, &result, started);
        result
    }

    /// Fetches the platform's certificates, unless another call does it already or has done it since
    /// `edition`.
    pub(crate) async fn refresh(
        &self,
        ring: &Keyring,
        edition: u64,
        wish: Wish,
        within: Duration,
    ) -> Result<(), RefreshError> {
        /// How often one who waits looks whether it is done.
        const GLANCE: Duration = Duration::from_millis(20);
        let began = Instant::now();
        let fetch = loop {
            match ring.refresh(edition, wish, now()) {
                Refresh::Settled(outcome) => return outcome,
                Refresh::Fetch(fetch) => break fetch,
                Refresh::Underway if began.elapsed() < within => sleep(GLANCE).await,
                Refresh::Underway => {
                    let late = TransportError::AttemptTimeout { after: within };
                    return Err(RefreshError::Unreached(Arc::new(late)));
                }
            }
        };
        let left = within.saturating_sub(began.elapsed());
        let fetched = self.fetch(&fetch, ring, left).await;
        let outcome = fetch.settle(fetched, now());
        if let Some(observer) = &self.observer {
            observer.keys_refreshed(outcome.as_ref().copied());
        }
        outcome
    }

    async fn fetch(
        &self,
        fetch: &Fetch<'_>,
        ring: &Keyring,
        within: Duration,
    ) -> Result<Answer<PlatformKeys>, Failure> {
        let began = Instant::now();
        let draft = self.merchant.draft_for(&fetch.list(), ring)?;
        let policy = self.policy.for_refresh(within);
        let mut attempts = Attempts::new(&policy, &self.hosts, &draft, now());
        let mut attempt = attempts.first();
        loop {
            sleep(attempt.after).await;
            let started = Instant::now();
            let result = match self.exchange(&draft, attempt.host, attempt.within).await {
                Ok((pending, response)) => fetch
                    .read(&pending, &response, now())
                    .map_err(CallError::from),
                Err(error) => Err(error),
            };
            self.report(&draft, attempt, &result, started);
            match attempts.after(result, began.elapsed(), jitter()) {
                Next::Send(next) => attempt = next,
                Next::Finish(result) => return result,
            }
        }
    }

    fn report<T: Decode, U>(
        &self,
        draft: &Draft<T>,
        attempt: Attempt,
        result: &Result<Answer<U>, Failure>,
        started: Instant,
    ) {
        if let Some(observer) = &self.observer {
            let host = draft.authority(attempt.host);
            let took = started.elapsed();
            let report = Report::new(draft.operation(), host, attempt.number, result, took);
            observer.attempted(&report);
        }
    }

    /// Fresh time, nonce and signature, one request, its whole answer.
    pub(crate) async fn exchange<T: Decode>(
        &self,
        draft: &Draft<T>,
        host: Host,
        within: Duration,
    ) -> Result<(Pending<T>, Response<Bytes>), Failure> {
        let after = self.timeouts.attempt.min(within);
        let deadline = tokio::time::Instant::now() + after;
        let sign = timeout_at(deadline, self.sign(draft, host)).await;
        let Prepared { request, pending } =
            sign.map_err(|_| SignError::new(format!("no signature within {after:?}")))??;
        let whole = async { self.whole(self.send(request).await?).await };
        let outcome = timeout_at(deadline, whole).await;
        match outcome.unwrap_or(Err(TransportError::AttemptTimeout { after })) {
            Ok(response) => Ok((pending, response)),
            Err(source) => Err(source.of(&pending)),
        }
    }

    pub(crate) async fn sign<T: Decode>(
        &self,
        draft: &Draft<T>,
        host: Host,
    ) -> Result<Prepared<T>, SignError> {
        let unsigned = draft.stamp_for(host, now(), nonce()?);
        let signature = self.signer.sign(unsigned.message()).await?;
        Ok(unsigned.attach(&signature))
    }

    /// The answer's head, and its body as it comes.
    pub(crate) async fn send(
        &self,
        mut request: Request<Bytes>,
    ) -> Result<Response<B>, TransportError> {
        let bodied = [Method::POST, Method::PUT, Method::PATCH].contains(request.method());
        if bodied && request.body().is_empty() {
            // hyper writes no length for an empty body, and servers may insist on one.
            let headers = request.headers_mut();
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let mut service = self.service.clone();
        let ready = poll_fn(|cx| service.poll_ready(cx)).await;
        ready.map_err(|e| TransportError::Connect(e.into()))?;
        let response = service.call(request.map(Full::new)).await;
        response.map_err(|e| TransportError::sending(e.into()))
    }

    /// The whole answer, if it is not too long.
    pub(crate) async fn whole(
        &self,
        response: Response<B>,
    ) -> Result<Response<Bytes>, TransportError> {
        let (head, body) = response.into_parts();
        let body = Limited::new(body, self.body_limit).collect().await;
        let body = body.map_err(|e| TransportError::reading(e, self.body_limit))?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

pub(crate) fn now() -> Timestamp {
    SystemTime::now().into()
}

fn nonce() -> Result<Nonce, SignError> {
    entropy().map(Nonce::from_entropy)
}

/// Without random bytes the pause is not spread, and nothing worse: an outcome is at stake here.
fn jitter() -> [u8; 8] {
    entropy().unwrap_or_default()
}

fn entropy<const N: usize>() -> Result<[u8; N], SignError> {
    let mut entropy = [0; N];
    let filled = SystemRandom::new().fill(&mut entropy);
    filled.map_err(|_| SignError::new("the system gives no random bytes"))?;
    Ok(entropy)
}
