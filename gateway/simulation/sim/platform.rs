//! The platform's process: an engine, its store, its clock, and its death.

use std::rc::Rc;

use serde_json::{Value, json};
use wechatpay_core::http::{HeaderMap, Method, Request, Response};
use wechatpay_core::{Authorization, Bytes, Timestamp, header_name};
use wechatpay_gateway::{Delivery, DeliveryId, DeliveryOutcome, Engine, Entropy, Handled, Records};

use super::executor::Owner;
use super::oracle::{CallId, IntentId, Law};
use super::protection::Protection;
use super::weather::Fault;
use super::world::World;

/// 2025-11-21T12:40:00+08:00, when every simulation begins.
pub(crate) const EPOCH: u64 = 1_763_700_000;

pub(crate) struct Platform {
    /// None while it is down.
    engine: Option<Engine>,
    records: Records,
    /// How far its clock is off, in milliseconds.
    pub(crate) skew: i64,
}

/// Where a request comes from, which only the simulation knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) call: CallId,
    pub(crate) intent: Option<IntentId>,
}

pub(crate) enum Served {
    Answer(Response<Bytes>),
    Cut,
    /// There is nobody to answer.
    Down,
}

impl Platform {
    pub(crate) fn start() -> Self {
        let mut engine = Engine::new();
        let mut records = Records::default();
        records.keep(engine.changes());
        Self {
            engine: Some(engine),
            records,
            skew: 0,
        }
    }
}

impl World {
    pub(crate) fn platform_now(&self) -> Timestamp {
        timestamp(self.executor.now(), self.platform.borrow().skew)
    }

    /// Lets the platform answer a merchant's request, with what may go wrong in it.
    pub(crate) fn serve(
        self: &Rc<Self>,
        request: &Request<Bytes>,
        from: Origin,
        fault: Option<Fault>,
    ) -> Served {
        if let Some(fault) = fault.and_then(engine_fault) {
            self.admin(Method::POST, "/_gateway/faults", &fault);
        }
        let now = match self.off {
            Some(Protection::PlatformClockWindow) => self.stale(request.headers()),
            _ => None,
        };
        let now = now.unwrap_or_else(|| self.platform_now());
        let bytes: [u8; 32] = self.dice.bytes();
        let mut platform = self.platform.borrow_mut();
        let Some(engine) = &mut platform.engine else {
            return Served::Down;
        };
        let handled = engine.handle(request, now, Entropy::new(bytes));
        if let Some(intent) = from.intent {
            self.oracle.borrow_mut().arrives(request_id(&bytes), intent);
        }
        drop(platform);
        if self.weather.brings(Fault::CrashInRequest, &self.dice) {
            self.crash_platform();
            return Served::Cut;
        }
        self.keep();
        match handled {
            Handled::Answer { response, .. } => {
                let mut oracle = self.oracle.borrow_mut();
                if is_genuine(&response, fault) {
                    oracle.signs(from.call, response.headers(), response.body());
                }
                Served::Answer(response)
            }
            _ => Served::Cut,
        }
    }

    /// When a request was signed, if that is too long ago.
    fn stale(&self, headers: &HeaderMap) -> Option<Timestamp> {
        let text = headers.get("authorization")?.to_str().ok()?;
        let at: u64 = Authorization::parse(text).ok()?.timestamp.parse().ok()?;
        let now = self.platform_now().as_secs();
        (now.abs_diff(at) >= 300).then_some(Timestamp::from_secs(at))
    }

    /// What people and time do to the platform. None while it is down.
    pub(crate) fn admin(
        self: &Rc<Self>,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Option<Value> {
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Bytes::from(body)).ok()?;
        let (now, entropy) = (self.platform_now(), Entropy::new(self.dice.bytes()));
        let handled = {
            let mut platform = self.platform.borrow_mut();
            platform.engine.as_mut()?.handle(&request, now, entropy)
        };
        self.keep();
        match handled {
            Handled::Answer { response, .. } if response.status().is_success() => {
                serde_json::from_slice(response.body()).ok()
            }
            _ => None,
        }
    }

    /// The callbacks that are due.
    pub(crate) fn due_notices(self: &Rc<Self>) -> Vec<Delivery> {
        let now = self.platform_now();
        let deliveries = {
            let mut platform = self.platform.borrow_mut();
            match &mut platform.engine {
                Some(engine) if engine.has_due_notices(now) => {
                    engine.due_notices(8, now, Entropy::new(self.dice.bytes()))
                }
                _ => return Vec::new(),
            }
        };
        self.keep();
        deliveries
    }

    pub(crate) fn notice_answered(self: &Rc<Self>, id: DeliveryId, outcome: DeliveryOutcome) {
        let now = self.platform_now();
        if let Some(engine) = &mut self.platform.borrow_mut().engine {
            engine.notice_answered(id, outcome, now);
        }
        self.keep();
    }

    /// What was done is on the disk before anybody hears of it.
    fn keep(self: &Rc<Self>) {
        if self.is_off(Protection::KeptBeforeAnswered) {
            self.read();
            let world = Rc::clone(self);
            self.executor.spawn(Owner::World, async move {
                world.executor.sleep(1_000).await;
                world.keep_now();
            });
        } else {
            self.keep_now();
        }
    }

    fn keep_now(&self) {
        let mut platform = self.platform.borrow_mut();
        let Platform {
            engine, records, ..
        } = &mut *platform;
        let Some(engine) = engine else { return };
        records.keep(engine.changes());
        drop(platform);
        self.read();
    }

    fn read(&self) {
        if let Some(engine) = &self.platform.borrow().engine {
            let mut oracle = self.oracle.borrow_mut();
            oracle.now = self.executor.now();
            oracle.reads(engine.ledger());
        }
    }

    /// The process dies. In a while another one takes over what was kept.
    pub(crate) fn crash_platform(self: &Rc<Self>) {
        if self.platform.borrow_mut().engine.take().is_none() {
            return;
        }
        self.note("the platform dies");
        let world = Rc::clone(self);
        self.executor.spawn(Owner::World, async move {
            let away = world.dice.within(200..=20_000);
            world.executor.sleep(away).await;
            world.restart_platform();
        });
    }

    fn restart_platform(&self) {
        let mut platform = self.platform.borrow_mut();
        let mut oracle = self.oracle.borrow_mut();
        oracle.now = self.executor.now();
        match Engine::restore(&platform.records) {
            Ok(engine) => {
                oracle.restarts(engine.ledger());
                platform.engine = Some(engine);
            }
            Err(error) => oracle.broken(Law::Restart, error.to_string()),
        }
        self.note("the platform is back");
    }
}

/// A time on a clock that is off by so much.
pub(crate) fn timestamp(now: u64, skew: i64) -> Timestamp {
    let shown = (EPOCH * 1_000 + now).saturating_add_signed(skew);
    Timestamp::from_secs(shown / 1_000)
}

/// By which the platform's ledger knows the request that was handled with these bytes.
fn request_id(entropy: &[u8; 32]) -> String {
    let digits: String = entropy[16..].iter().map(|b| format!("{b:02X}")).collect();
    format!("08{digits}-0")
}

/// What the platform itself does wrong, as its administration is asked for it.
fn engine_fault(fault: Fault) -> Option<Value> {
    Some(match fault {
        Fault::RateLimited => json!({ "fault": "rate_limited" }),
        Fault::ErrorBefore => json!({ "fault": "server_error" }),
        Fault::ErrorAfter => json!({ "fault": "server_error", "effect": "after" }),
        Fault::BadGatewayBefore => json!({ "fault": "bad_gateway" }),
        Fault::BadGatewayAfter => json!({ "fault": "bad_gateway", "effect": "after" }),
        Fault::Probe => json!({ "fault": "probe_signature" }),
        Fault::WrongSignature => json!({ "fault": "wrong_signature" }),
        Fault::UnknownSerial => json!({ "fault": "unknown_serial" }),
        Fault::StaleTimestamp => json!({ "fault": "stale_timestamp" }),
        Fault::CutBefore => json!({ "fault": "cut_before" }),
        Fault::CutAfter => json!({ "fault": "cut_after" }),
        _ => return None,
    })
}

/// Whether an answer is one that a merchant may trust.
fn is_genuine(response: &Response<Bytes>, fault: Option<Fault>) -> bool {
    // One that is dated back is signed all the same, and a merchant whose clock is as far back has no
    // reason to doubt it.
    let flawed = [Fault::Probe, Fault::WrongSignature, Fault::UnknownSerial];
    let signed = response.headers().contains_key(header_name::SIGNATURE);
    signed && !fault.is_some_and(|fault| flawed.contains(&fault))
}
