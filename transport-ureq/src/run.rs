//! The loop around the core's plan: nothing is decided here, only carried out.

use std::io::Read;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use ring::rand::{SecureRandom, SystemRandom};
use ureq::{AsSendBody, Body, SendBody};
use wechatpay_core::http::header::CONTENT_LENGTH;
use wechatpay_core::http::{Method, Request, Response};
use wechatpay_core::{
    Answer, Attempt, Attempts, Bytes, CallError, Decode, Draft, Fetch, Host, Keyring, Next, Nonce,
    Pending, PlatformKeys, Prepared, Refresh, RefreshError, Report, SignError, Signer, Timestamp,
    Verifier, Wish,
};

use crate::error::TransportError;
use crate::{Client, Timeouts};

type Failure = CallError<TransportError>;

impl<S: Signer, V: Verifier> Client<S, V> {
    /// Fetches certificates that are due, before a call is drafted. Why that failed is told only to
    /// calls that cannot go on without.
    pub(crate) fn freshen(&self) -> Option<RefreshError> {
        let ring = self.keys.keyring()?;
        let within = ring.before_a_call(&self.policy, now())?;
        let refreshed = self.refresh(ring, ring.edition(), Wish::Due, within);
        refreshed.err()
    }

    pub(crate) fn run<T: Decode>(
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
                        thread::sleep(attempt.after);
                        // The keys may be others by now.
                        draft.declare(&self.keys);
                    }
                    let result = self.attempt(&draft, attempt, &mut attempts, began);
                    attempts.after(result, began.elapsed(), jitter())
                }
            };
        }
    }

    /// One attempt, and its report. An answer that wants fresh keys is completed again with them.
    fn attempt<T: Decode>(
        &self,
        draft: &Draft<T>,
        attempt: Attempt,
        attempts: &mut Attempts<'_>,
        began: Instant,
    ) -> Result<Answer<T>, Failure> {
        let started = Instant::now();
        let result = match self.exchange(draft, attempt.host, attempt.within) {
            Err(error) => Err(error),
            Ok((pending, response)) => {
                // The edition comes first: what is fetched meanwhile counts.
                let ring = self.keys.keyring().map(|ring| (ring, ring.edition()));
                let completed = pending.complete(&response, &self.keys, now());
                match (completed, ring) {
                    (Err(error), Some((ring, edition))) => {
                        match attempts.wants_keys(&error, ring, edition, began.elapsed()) {
                            Some(wanted) => {
                                thread::sleep(wanted.after);
                                // Whatever comes of it: the answer is held against the keys then.
                                let _ = self.refresh(ring, edition, Wish::Answer, wanted.within);
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
    pub(crate) fn refresh(
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
                Refresh::Underway if began.elapsed() < within => thread::sleep(GLANCE),
                Refresh::Underway => {
                    let late = TransportError::AttemptTimeout { after: within };
                    return Err(RefreshError::Unreached(Arc::new(late)));
                }
            }
        };
        let left = within.saturating_sub(began.elapsed());
        let fetched = self.fetch(&fetch, ring, left);
        let outcome = fetch.settle(fetched, now());
        if let Some(observer) = &self.observer {
            observer.keys_refreshed(outcome.as_ref().copied());
        }
        outcome
    }

    fn fetch(
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
            thread::sleep(attempt.after);
            let started = Instant::now();
            let result = match self.exchange(&draft, attempt.host, attempt.within) {
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
    pub(crate) fn exchange<T: Decode>(
        &self,
        draft: &Draft<T>,
        host: Host,
        within: Duration,
    ) -> Result<(Pending<T>, Response<Bytes>), Failure> {
        let most = self.timeouts.attempt.min(within);
        let (Prepared { request, pending }, limits) = self.sign_within(most, draft, host)?;
        let response = self.send(request, limits);
        match response.and_then(|response| self.whole(response, limits)) {
            Ok(response) => Ok((pending, response)),
            Err(TransportError::AttemptTimeout { .. }) => {
                Err(TransportError::AttemptTimeout { after: most }.of(&pending))
            }
            Err(source) => Err(source.of(&pending)),
        }
    }

    /// Signs, and says what is left of the time: a signer that blocks cannot be interrupted.
    pub(crate) fn sign_within<T: Decode>(
        &self,
        most: Duration,
        draft: &Draft<T>,
        host: Host,
    ) -> Result<(Prepared<T>, Timeouts), SignError> {
        let began = Instant::now();
        let unsigned = draft.stamp_for(host, now(), nonce()?);
        let prepared = unsigned.sign(&self.signer)?;
        let limits = Timeouts {
            attempt: most.saturating_sub(began.elapsed()),
            connect: self.timeouts.connect.min(most),
        };
        if limits.attempt.is_zero() {
            return Err(SignError::new(format!("it took longer than {most:?}")));
        }
        Ok((prepared, limits))
    }

    /// The answer's head, and its body as it comes.
    pub(crate) fn send(
        &self,
        request: Request<Bytes>,
        limits: Timeouts,
    ) -> Result<Response<Body>, TransportError> {
        let (mut head, body) = request.into_parts();
        let bodied = matches!(head.method, Method::POST | Method::PUT | Method::PATCH);
        if bodied || !body.is_empty() {
            // Without a length ureq would send a reader's body in chunks.
            head.headers.insert(CONTENT_LENGTH, body.len().into());
        }
        // ureq takes the body from here only after the head is written.
        let mut untaken: &[u8] = &body;
        let response = if body.is_empty() {
            self.agent_runs(Request::from_parts(head, ()), limits)
        } else {
            let body = SendBody::from_reader(&mut untaken);
            self.agent_runs(Request::from_parts(head, body), limits)
        };
        let withheld = !body.is_empty() && untaken.len() == body.len();
        response.map_err(|e| TransportError::sending(e, withheld, limits))
    }

    /// The whole answer, if it is not too long.
    pub(crate) fn whole(
        &self,
        response: Response<Body>,
        limits: Timeouts,
    ) -> Result<Response<Bytes>, TransportError> {
        let (head, body) = response.into_parts();
        let most = (self.body_limit as u64).saturating_add(1);
        let mut bytes = Vec::with_capacity(1024);
        let read = body.into_reader().take(most).read_to_end(&mut bytes);
        read.map_err(|e| TransportError::reading(e.into(), limits))?;
        if bytes.len() > self.body_limit {
            let limit = self.body_limit;
            return Err(TransportError::BodyTooLong { limit });
        }
        Ok(Response::from_parts(head, bytes.into()))
    }

    fn agent_runs(
        &self,
        request: Request<impl AsSendBody>,
        limits: Timeouts,
    ) -> Result<Response<Body>, ureq::Error> {
        let request = (self.agent)
            .configure_request(request)
            .http_status_as_error(false)
            .max_redirects(0)
            .accept_encoding("")
            .timeout_global(Some(limits.attempt))
            .timeout_resolve(Some(limits.connect))
            .timeout_connect(Some(limits.connect))
            .build();
        self.agent.run(request)
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
