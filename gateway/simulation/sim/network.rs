//! What is between a merchant and the platform: two access points, and all that can happen on the
//! way. A request that is on its way goes on, whatever becomes of its sender.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;
use tokio::sync::oneshot;
use wechatpay_core::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use wechatpay_core::http::{Request, Response, StatusCode};
use wechatpay_core::{Bytes, Host, header_name};

use super::executor::{Millis, Owner};
use super::platform::{Origin, Served};
use super::weather::Fault;
use super::world::World;

/// Until when the access points are down.
#[derive(Default)]
pub(crate) struct Lines {
    pub(crate) main: Cell<Millis>,
    pub(crate) backup: Cell<Millis>,
}

/// Why no whole answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum Lost {
    #[error("no connection")]
    Unreached,
    #[error("no answer in time")]
    Late,
    #[error("the connection was cut")]
    Cut,
}

impl Lost {
    /// Whether the platform cannot have got the request.
    pub(crate) fn was_unsent(self) -> bool {
        self == Self::Unreached
    }
}

/// On the way there.
const REQUEST_FAULTS: &[Fault] = &[
    Fault::LostRequest,
    Fault::LateRequest,
    Fault::DuplicateRequest,
    Fault::CorruptedRequest,
];
/// At the platform.
const PLATFORM_FAULTS: &[Fault] = &[
    Fault::CutBefore,
    Fault::CutAfter,
    Fault::RateLimited,
    Fault::ErrorBefore,
    Fault::ErrorAfter,
    Fault::BadGatewayBefore,
    Fault::BadGatewayAfter,
    Fault::Probe,
    Fault::WrongSignature,
    Fault::UnknownSerial,
    Fault::StaleTimestamp,
];
/// On the way back.
const ANSWER_FAULTS: &[Fault] = &[
    Fault::LostAnswer,
    Fault::LateAnswer,
    Fault::Truncated,
    Fault::Corrupted,
    Fault::ReplayedAnswer,
    Fault::ForgedAnswer,
];

type Answer = oneshot::Sender<Response<Bytes>>;

impl World {
    fn is_down(&self, host: Host) -> bool {
        let until = match host {
            Host::Main => &self.lines.main,
            Host::Backup => &self.lines.backup,
        };
        self.executor.now() < until.get()
    }

    /// One request, and its answer if there is one within the time.
    pub(crate) async fn exchange(
        self: &Rc<Self>,
        request: Request<Bytes>,
        host: Host,
        from: Origin,
        clock: i64,
        within: Duration,
    ) -> Result<Response<Bytes>, Lost> {
        self.transcript.bytes(request.body());
        if self.is_down(host) {
            let knocking = self.dice.within(1..=1_500);
            self.executor.sleep(knocking).await;
            return Err(Lost::Unreached);
        }
        let (sender, answer) = oneshot::channel();
        let world = Rc::clone(self);
        let way = async move { world.carry(request, from, clock, sender).await };
        self.executor.spawn(Owner::World, way);
        let within = Millis::try_from(within.as_millis()).unwrap_or(Millis::MAX);
        match self.executor.within(within, answer).await {
            None => Err(Lost::Late),
            Some(Err(_)) => Err(Lost::Cut),
            Some(Ok(response)) => {
                if !is_drawn_by_the_system(&response) {
                    self.transcript.bytes(response.body());
                }
                Ok(response)
            }
        }
    }

    /// The way of a request, and of its answer.
    async fn carry(
        self: &Rc<Self>,
        mut request: Request<Bytes>,
        from: Origin,
        clock: i64,
        sender: Answer,
    ) {
        self.executor.sleep(self.dice.within(5..=300)).await;
        let mut copy = None;
        match self.weather.first(REQUEST_FAULTS, &self.dice) {
            Some(Fault::LostRequest) => return self.vanish(sender).await,
            Some(Fault::LateRequest) => {
                let late = match self.dice.percent(50) {
                    true => self.dice.within(15_000..=300_000),
                    false => self.dice.within(300_000..=1_500_000),
                };
                self.executor.sleep(late).await;
            }
            Some(Fault::DuplicateRequest) => copy = Some(request.clone()),
            Some(Fault::CorruptedRequest) => self.corrupt_request(&mut request),
            _ => {}
        }
        let path = request.uri().path().to_owned();
        let fault = self.weather.first(PLATFORM_FAULTS, &self.dice);
        self.requests.set(self.requests.get() + 1);
        let served = self.serve(&request, from, fault);
        if let Some(copy) = copy {
            self.again(copy, from, &served, fault);
        }
        let mut response = match served {
            Served::Answer(response) => response,
            // The sender is dropped, and so the connection ends.
            Served::Cut | Served::Down => return,
        };
        self.overhear(&path, &response);
        match self.weather.first(ANSWER_FAULTS, &self.dice) {
            Some(Fault::LostAnswer) => return self.vanish(sender).await,
            Some(Fault::LateAnswer) => {
                let late = self.dice.within(15_000..=1_200_000);
                self.executor.sleep(late).await;
            }
            Some(Fault::Truncated) => {
                if self.dice.percent(50) {
                    // The length was told, and is not met.
                    return;
                }
                let length = self.dice.index(response.body().len()).unwrap_or_default();
                response.body_mut().truncate(length);
            }
            Some(Fault::Corrupted) => self.corrupt(&mut response),
            Some(Fault::ReplayedAnswer) => {
                response = self.old_answer(&path, clock).unwrap_or(response);
            }
            Some(Fault::ForgedAnswer) => self.forge(&mut response),
            _ => {}
        }
        self.executor.sleep(self.dice.within(5..=300)).await;
        // Nobody may wait for it any more.
        let _ = sender.send(response);
    }

    /// The sender waits in vain.
    async fn vanish(&self, sender: Answer) {
        self.executor.sleep(3_600_000).await;
        drop(sender);
    }

    /// The same bytes once more. After a refusal they come at once, and meet the same: a copy of a
    /// refused request that is held back until the reason is gone would be carried out, and nothing
    /// in the protocol prevents that but its 5 minutes.
    fn again(
        self: &Rc<Self>,
        request: Request<Bytes>,
        from: Origin,
        first: &Served,
        fault: Option<Fault>,
    ) {
        self.requests.set(self.requests.get() + 1);
        if matches!(first, Served::Answer(answer) if is_refusal(answer)) {
            // Whoever sent it again keeps the answer.
            let _ = self.serve(&request, from, fault);
            return;
        }
        let world = Rc::clone(self);
        self.executor.spawn(Owner::World, async move {
            let later = world.dice.within(0..=400_000);
            world.executor.sleep(later).await;
            let _ = world.serve(&request, from, None);
        });
    }

    fn corrupt_request(&self, request: &mut Request<Bytes>) {
        if request.body().is_empty() {
            let value = HeaderValue::from_static("WECHATPAY2-SHA256-RSA2048 mchid=\"1\"");
            request.headers_mut().insert("authorization", value);
        } else {
            *request.body_mut() = self.with_another_byte(request.body());
        }
    }

    pub(crate) fn with_another_byte(&self, bytes: &Bytes) -> Bytes {
        let mut bytes = bytes.to_vec();
        if let Some(byte) = self
            .dice
            .index(bytes.len())
            .and_then(|at| bytes.get_mut(at))
        {
            *byte ^= 1 << self.dice.within(0..=7);
        }
        bytes.into()
    }

    /// Another byte in the body, another status, or another header.
    fn corrupt(&self, response: &mut Response<Bytes>) {
        static HEADERS: [HeaderName; 4] = [
            header_name::SIGNATURE,
            header_name::TIMESTAMP,
            header_name::NONCE,
            header_name::SERIAL,
        ];
        const STATUSES: [StatusCode; 6] = [
            StatusCode::OK,
            StatusCode::FOUND,
            StatusCode::BAD_REQUEST,
            StatusCode::NOT_FOUND,
            StatusCode::INTERNAL_SERVER_ERROR,
            StatusCode::SERVICE_UNAVAILABLE,
        ];
        match self.dice.within(0..=2) {
            0 if !response.body().is_empty() => {
                *response.body_mut() = self.with_another_byte(response.body());
            }
            1 => *response.status_mut() = *self.dice.pick(&STATUSES).unwrap_or(&StatusCode::OK),
            _ => {
                let Some(name) = self.dice.pick(&HEADERS) else {
                    return;
                };
                let Some(value) = response.headers().get(name) else {
                    return;
                };
                let mut value = value.as_bytes().to_vec();
                if let Some(at) = self.dice.index(value.len()) {
                    value[at] = if value[at] == b'1' { b'2' } else { b'1' };
                }
                if let Ok(value) = HeaderValue::from_bytes(&value) {
                    response.headers_mut().insert(name, value);
                }
            }
        }
    }

    fn overhear(&self, path: &str, response: &Response<Bytes>) {
        const MOST: usize = 64;
        let mut overheard = self.overheard.borrow_mut();
        if overheard.len() == MOST {
            overheard.remove(0);
        }
        overheard.push((path.to_owned(), response.clone()));
    }

    /// An answer that the platform once gave to such a request, which this merchant's clock tells
    /// to be old.
    fn old_answer(&self, path: &str, clock: i64) -> Option<Response<Bytes>> {
        let now = super::platform::timestamp(self.executor.now(), clock).as_secs();
        let is_old = |response: &Response<Bytes>| {
            let at = response.headers().get(header_name::TIMESTAMP);
            let at = at.and_then(|at| at.to_str().ok()?.parse::<u64>().ok());
            at.is_some_and(|at| at.abs_diff(now) > 300)
        };
        let overheard = self.overheard.borrow();
        let fitting: Vec<_> = overheard
            .iter()
            .filter(|(of, response)| of == path && is_old(response))
            .collect();
        let (_, response) = self.dice.pick(&fitting)?;
        Some(response.clone())
    }

    /// What somebody in between would like to be believed, with a signature that is none.
    fn forge(&self, response: &mut Response<Bytes>) {
        if response.status().is_success() {
            *response.status_mut() = StatusCode::BAD_REQUEST;
            let refusal = br#"{"code":"PARAM_ERROR","message":"refused"}"#;
            *response.body_mut() = Bytes::from_static(refusal);
        } else {
            *response.status_mut() = StatusCode::OK;
            *response.body_mut() =
                Bytes::from_static(br#"{"result":"SUCCESS","status":"SUCCESS"}"#);
        }
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        let signature = STANDARD.encode(self.dice.bytes::<256>());
        if let Ok(signature) = HeaderValue::try_from(signature) {
            response
                .headers_mut()
                .insert(header_name::SIGNATURE, signature);
        }
    }
}

/// Whether the platform says no, be it under a success.
fn is_refusal(answer: &Response<Bytes>) -> bool {
    let body = String::from_utf8_lossy(answer.body());
    answer.status().is_client_error() || body.contains("FAIL\"")
}

/// The keys of encrypted bills are sealed with randomness that nothing can hand in.
fn is_drawn_by_the_system(response: &Response<Bytes>) -> bool {
    let needle = b"\"encrypt_key\"";
    let mut windows = response.body().windows(needle.len());
    windows.any(|window| window == needle)
}
