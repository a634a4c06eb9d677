//! What a story is played on: the gateway, a client, and a merchant's end of the callbacks.

use std::cell::Cell;
use std::thread;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use wechatpay_core::ToDraft;
use wechatpay_core::notice::Event;
use wechatpay_gateway::{Gateway, Running, Transfer};

use crate::both::{Client, Transport, quick};
use crate::receiver::{NO_CONTENT, REFUSED, Receiver};

/// How the merchant's end takes callbacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Callbacks {
    Taken,
    /// The first delivery of each is refused, and the next one taken.
    RefusedOnce,
    /// The first delivery of each is not answered.
    LostOnce,
}

pub(crate) struct Stage {
    callbacks: Callbacks,
    gateway: Running,
    client: Client,
    receiver: Receiver,
    calls: Cell<usize>,
    /// Which call fails first, and how.
    fault: Cell<Option<(usize, Fault)>>,
}

/// How a call fails once.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    LostRequest,
    LostAnswer,
    ErrorBefore,
    ErrorAfter,
    BadGateway,
    Probe,
}

/// Where a story ended.
#[derive(Debug, PartialEq)]
pub(crate) struct Ended {
    pub(crate) calls: usize,
    /// What was done, in order, and what it moved.
    ledger: Vec<(String, Vec<Transfer>)>,
}

impl Fault {
    pub(crate) const ALL: [Self; 6] = [
        Self::LostRequest,
        Self::LostAnswer,
        Self::ErrorBefore,
        Self::ErrorAfter,
        Self::BadGateway,
        Self::Probe,
    ];

    fn body(self) -> Value {
        match self {
            Self::LostRequest => json!({ "fault": "cut_before" }),
            Self::LostAnswer => json!({ "fault": "cut_after" }),
            Self::ErrorBefore => json!({ "fault": "server_error", "effect": "before" }),
            Self::ErrorAfter => json!({ "fault": "server_error", "effect": "after" }),
            Self::BadGateway => json!({ "fault": "bad_gateway", "effect": "after" }),
            Self::Probe => json!({ "fault": "probe_signature" }),
        }
    }
}

impl Stage {
    pub(crate) fn open(transport: Transport, callbacks: Callbacks) -> Self {
        let gateway = Gateway::start().unwrap();
        let answers: fn(usize) -> Option<&'static str> = match callbacks {
            Callbacks::Taken => |_| Some(NO_CONTENT),
            Callbacks::RefusedOnce => |number| Some([REFUSED, NO_CONTENT][number % 2]),
            Callbacks::LostOnce => |number| Some(["", NO_CONTENT][number % 2]),
        };
        Self {
            callbacks,
            client: transport.to_gateway(&gateway, quick()),
            receiver: Receiver::start(answers),
            calls: Cell::new(0),
            fault: Cell::new(None),
            gateway,
        }
    }

    /// Tells a story from the start.
    pub(crate) fn play(&self, story: fn(&Self), fault: Option<(usize, Fault)>) -> Ended {
        self.admin(Method::POST, "/_gateway/reset", &Value::Null);
        // A repetition comes within the same second.
        self.admin(
            Method::PUT,
            "/_gateway/limits",
            &json!({ "rates": "lifted" }),
        );
        self.admin(Method::PUT, "/_gateway/clock", &json!({ "speed": 0 }));
        self.calls.set(0);
        self.fault.set(fault);
        story(self);
        let waiting = self.admin(Method::GET, "/_gateway/faults", &Value::Null);
        assert_eq!(waiting["faults"], json!([]), "the fault was not met");
        self.all_notices_delivered();
        let engine = self.gateway.engine().lock();
        let ledger = engine.ledger();
        assert_eq!(ledger.sum().get(), 0);
        let done =
            |entry: &wechatpay_gateway::Entry| (entry.operation.clone(), entry.transfers.clone());
        Ended {
            calls: self.calls.get(),
            ledger: ledger.entries().iter().map(done).collect(),
        }
    }

    /// Makes a call, whatever it meets.
    pub(crate) fn call<O: ToDraft>(&self, operation: &O) -> O::Response {
        let number = self.calls.replace(self.calls.get() + 1);
        if let Some((_, fault)) = self.fault.get().filter(|(call, _)| *call == number) {
            self.admin(Method::POST, "/_gateway/faults", &fault.body());
        }
        let answer = self.client.call(operation);
        answer.unwrap_or_else(|failure| panic!("call {number}: {}", failure.words))
    }

    /// Something that the buyer or time does.
    pub(crate) fn scene(&self, path: &str, body: &Value) -> Value {
        self.admin(Method::POST, path, body)
    }

    /// Lets time pass on the gateway's clock.
    pub(crate) fn pass(&self, seconds: u64) {
        self.scene("/_gateway/clock", &json!({ "advance_seconds": seconds }));
    }

    /// Where callbacks are taken.
    pub(crate) fn notify_url(&self) -> &str {
        &self.receiver.url
    }

    /// The next callback, verified and opened.
    pub(crate) fn notice(&self) -> Event {
        let mut request = self.receiver.next_request();
        if self.callbacks != Callbacks::Taken {
            // The platform comes again after 15 seconds, with the same body.
            self.has_failed_delivery();
            self.pass(15);
            let again = self.receiver.next_request();
            assert_eq!(again.body(), request.body());
            request = again;
        }
        self.client.notice(&request).event
    }

    /// What an account holds, in fen.
    pub(crate) fn holds(&self, account: &str) -> i64 {
        let engine = self.gateway.engine().lock();
        engine.ledger().balance(&account.parse().unwrap()).get()
    }

    /// Waits until the gateway has noted that each callback was taken.
    fn all_notices_delivered(&self) {
        self.wait(|counts| counts["delivered"] == counts["queued"]);
    }

    /// Waits until the gateway has noted that a delivery failed, and so knows when to come again.
    fn has_failed_delivery(&self) {
        self.wait(|counts| counts["underway"] == 0 && counts["waiting"] != 0);
    }

    fn wait(&self, until: impl Fn(&Value) -> bool) {
        let mut counts = Value::Null;
        for _ in 0..1_000 {
            counts = self.admin(Method::GET, "/_gateway/notices", &Value::Null);
            if until(&counts) {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("the callbacks do not get there: {counts}");
    }

    fn admin(&self, method: Method, path: &str, body: &Value) -> Value {
        self.gateway.admin(method, path, body).unwrap()
    }
}
