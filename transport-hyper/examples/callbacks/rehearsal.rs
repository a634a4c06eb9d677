//! Posts notices to a callback server, from a gateway that sends some twice, slips in probes, moves
//! callbacks over to the public key and replaces its certificate meanwhile.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wechatpay_core::Method;
use wechatpay_gateway::{Gateway, Running};

use super::books::{Books, Entry};
use super::report::{Counts, Seen};
use super::{Failure, Serve, Setup};

/// How much is posted, and how.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) notices: usize,
    pub(crate) duplicates_percent: f64,
    pub(crate) probes_percent: f64,
    pub(crate) public_key_percent: f64,
    /// After this, the rehearsal has failed.
    pub(crate) patience: Duration,
}

impl Plan {
    pub(crate) fn of(notices: usize) -> Self {
        Self {
            notices,
            duplicates_percent: 20.0,
            probes_percent: 2.0,
            public_key_percent: 30.0,
            patience: Duration::from_secs(120),
        }
    }
}

/// Fewer would leave to chance whether each key signs.
const FEWEST: usize = 100;

/// As the gateway names each kind of notice, and what it has to change.
const KINDS: [(&str, Entry); 7] = [
    ("payment", Entry::Paid),
    ("combined_payment", Entry::PaidTogether),
    ("refund", Entry::Refunded),
    ("refund_abnormal", Entry::RefundStuck),
    ("refund_closed", Entry::RefundClosed),
    ("profit_sharing", Entry::Shared),
    ("echo", Entry::Nothing),
];

/// Rehearses a server from the first notice to the last, and tells what was seen.
pub(crate) fn rehearse(plan: &Plan, serve: Serve) -> Result<Seen, Failure> {
    if plan.notices < FEWEST {
        return Err(format!("{} notices are too few: {FEWEST} at least", plan.notices).into());
    }
    let gateway = Gateway::start()?;
    let address = free_address()?;
    let setup = Setup::of(&gateway)?;
    let mut stage = Stage {
        plan,
        address,
        books: Arc::clone(&setup.books),
        server: thread::spawn(move || serve(address, setup)),
        gateway,
        expected: BTreeMap::new(),
        began: Instant::now(),
    };
    stage.play()?;
    let requests = stage.ask(Method::GET, "requests", &Value::Null)?;
    Ok(Seen {
        notices: plan.notices,
        took: stage.began.elapsed(),
        counts: stage.counts()?,
        certificates_fetched: requests["requests"]["GET /v3/certificates"]
            .as_u64()
            .unwrap_or_default(),
        books: stage.books.state(),
        expected: stage.expected,
    })
}

/// Some servers bind by themselves, so that the port is free until they do.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind(("127.0.0.1", 0))?.local_addr()
}

struct Stage<'a> {
    plan: &'a Plan,
    gateway: Running,
    address: SocketAddr,
    server: JoinHandle<Result<(), Failure>>,
    books: Arc<Books>,
    /// By the notice's id.
    expected: BTreeMap<String, Entry>,
    began: Instant,
}

impl Stage<'_> {
    fn play(&mut self) -> Result<(), Failure> {
        while TcpStream::connect(self.address).is_err() {
            self.pause()?;
        }
        let switch = json!({ "public_key_percent": self.plan.public_key_percent });
        self.ask(Method::PUT, "switch", &switch)?;
        let first = self.plan.notices / 2;
        self.queue(first)?;
        while self.books.len() < first / 2 {
            self.pause()?;
        }
        // What is on its way was signed with the old certificate; what is queued after this names one
        // that the server does not hold.
        for step in ["announce", "switch"] {
            self.ask(Method::POST, "certificates", &json!({ "step": step }))?;
        }
        self.queue(self.plan.notices - first)?;
        loop {
            let counts = self.counts()?;
            if counts.are_final() {
                return Ok(());
            }
            if counts.underway == 0 {
                // The gateway waits by its own clock: this brings the retries on.
                let pass = json!({ "advance_seconds": 15 });
                self.ask(Method::POST, "clock", &pass)?;
            }
            self.pause()?;
        }
    }

    /// Queues so many notices, of each kind about as many.
    fn queue(&mut self, notices: usize) -> Result<(), Failure> {
        for (index, (event, entry)) in KINDS.into_iter().enumerate() {
            let others = KINDS.len() - 1 - index;
            let count = (notices + others) / KINDS.len();
            let body = json!({
                "notify_url": format!("http://{}/notify", self.address),
                "event": event,
                "count": count,
                "duplicates_percent": self.plan.duplicates_percent,
                "probes_percent": self.plan.probes_percent,
            });
            let queued = self.ask(Method::POST, "notices", &body)?;
            let ids: Vec<String> = serde_json::from_value(queued["ids"].clone())?;
            self.expected.extend(ids.into_iter().map(|id| (id, entry)));
        }
        Ok(())
    }

    fn counts(&self) -> Result<Counts, Failure> {
        let counts = self.ask(Method::GET, "notices", &Value::Null)?;
        Ok(serde_json::from_value(counts)?)
    }

    /// Waits a little, unless waiting has become pointless.
    fn pause(&self) -> Result<(), Failure> {
        if self.server.is_finished() {
            return Err("the server ended".into());
        }
        if self.began.elapsed() > self.plan.patience {
            let (seconds, counts) = (self.plan.patience.as_secs(), self.counts()?);
            return Err(format!("after {seconds} s not all is delivered: {counts:?}").into());
        }
        thread::sleep(Duration::from_millis(20));
        Ok(())
    }

    fn ask(&self, method: Method, path: &str, body: &Value) -> Result<Value, Failure> {
        let path = format!("/_gateway/{path}");
        Ok(self.gateway.admin(method, &path, body)?)
    }
}
