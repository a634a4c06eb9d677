//! The storm itself: the workers, what happens around them, and the reckoning.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wechatpay_core::{
    Keyring, Merchant, Method, PlatformKey, PlatformKeys, Policy, RsaSigner, Verifier as _,
};
use wechatpay_gateway::{Gateway, Running, credentials};

use crate::clients::{Claim, Counter, Hyper, Known, Ureq, over_hyper, over_ureq};
use crate::report::Report;
use crate::work::{Counts, Work};

type Failure = Box<dyn Error + Send + Sync>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Hyper,
    Ureq,
}

#[derive(Clone, Debug)]
pub(crate) struct Storm {
    pub(crate) calls: usize,
    pub(crate) concurrency: usize,
    pub(crate) transport: Transport,
}

/// In percent of the requests; 500 comes before and after the effect alike.
const RATES: &str = r#"{
    "probe_signature": 1, "cut_before": 10, "cut_after": 10,
    "server_error_before": 2.5, "server_error_after": 2.5, "rate_limited": 5
}"#;

impl Storm {
    pub(crate) fn new(calls: usize, transport: Transport) -> Self {
        Self {
            calls,
            concurrency: 16,
            transport,
        }
    }

    pub(crate) fn policy() -> Policy {
        Policy::default()
            .with_total(Duration::from_secs(30))
            .with_pauses(Duration::from_millis(10), Duration::from_millis(200))
    }

    pub(crate) fn run(&self) -> Result<Report, Failure> {
        let gateway = Gateway::start()?;
        let balance = json!({ "account": "platform:operation", "balance": 1_000_000_000 });
        gateway.admin(Method::POST, "/_gateway/balances", &balance)?;
        // A storm is more than the documented calls a second, which is not what it is about.
        let lifted = json!({ "rates": "lifted" });
        gateway.admin(Method::PUT, "/_gateway/limits", &lifted)?;
        let works = (0..self.calls)
            .map(|number| Work::stage(number, &gateway))
            .collect::<Result<Vec<_>, _>>()?;

        // A merchant as there are many: it has a platform certificate, and no public key yet.
        let certificate = credentials::PLATFORM_CERT_PEM.as_bytes();
        let ring = Keyring::new(PlatformKeys::new().with_certificate(certificate)?)
            .with_api_v3_key(credentials::api_v3_key()?);
        let ring = Arc::new(ring);
        let merchant = Merchant::new(credentials::MCHID)?.at(&gateway.base_url())?;
        let signer = Arc::new(credentials::merchant_signer()?);

        let rates: Value = serde_json::from_str(RATES)?;
        gateway.admin(Method::PUT, "/_gateway/faults/rates", &rates)?;
        let began = Instant::now();
        let next = AtomicUsize::new(0);
        let claims = Claims::new(self.calls);
        let phases = thread::scope(|scope| {
            let director = scope.spawn(|| direct(&gateway, &ring, &claims, self.calls));
            self.blow(&merchant, &signer, &ring, &works, &next, &claims)?;
            director.join().map_err(|_| "the director gave up")?
        })?;
        let took = began.elapsed();
        let injected = gateway.admin(Method::GET, "/_gateway/faults/rates", &Value::Null)?;
        let requests = gateway.admin(Method::GET, "/_gateway/requests", &Value::Null)?;
        let claims = claims.take();

        let mut report = Report {
            storm: self.clone(),
            took,
            phases,
            injected: injected["injected"].clone(),
            requests,
            claims: BTreeMap::new(),
            attempts: BTreeMap::new(),
            settled: 0,
            faults: Vec::new(),
        };
        report.reckon(
            &works,
            &claims,
            &Counts::of(gateway.engine().lock().ledger()),
        );

        // The documented road out of an unknown outcome: the same call once more.
        gateway.admin(Method::DELETE, "/_gateway/faults", &Value::Null)?;
        let client = Ureq::new(merchant, signer, ring);
        for (work, claim) in works.iter().zip(&claims) {
            if claim.known != Known::Done {
                let again = over_ureq(&client, &Counter::default(), work);
                if again.known != Known::Done {
                    report
                        .faults
                        .push(format!("not settled by repetition: {}", again.words));
                }
                report.settled += 1;
            }
        }
        report.close(&works, &gateway);
        Ok(report)
    }

    fn blow(
        &self,
        merchant: &Merchant,
        signer: &Arc<RsaSigner>,
        ring: &Arc<Keyring>,
        works: &[Work],
        next: &AtomicUsize,
        claims: &Claims,
    ) -> Result<(), Failure> {
        let (merchant, signer, ring) = (merchant.clone(), Arc::clone(signer), Arc::clone(ring));
        match self.transport {
            Transport::Ureq => {
                let client = Ureq::new(merchant, signer, ring).with_policy(Self::policy());
                thread::scope(|scope| {
                    for _ in 0..self.concurrency {
                        let counter = Counter::default();
                        let client = client.clone().with_observer(counter.observer());
                        scope.spawn(move || {
                            while let Some((number, work)) = take(works, next) {
                                claims.put(number, over_ureq(&client, &counter, work));
                            }
                        });
                    }
                });
            }
            Transport::Hyper => {
                let client = Hyper::new(merchant, signer, ring).with_policy(Self::policy());
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(2)
                    .enable_all()
                    .build()?;
                let workers = (0..self.concurrency).map(|_| {
                    let counter = Counter::default();
                    let client = client.clone().with_observer(counter.observer());
                    async move {
                        while let Some((number, work)) = take(works, next) {
                            claims.put(number, over_hyper(&client, &counter, work).await);
                        }
                    }
                });
                runtime.block_on(all(workers.collect()));
            }
        }
        Ok(())
    }
}

fn take<'a>(works: &'a [Work], next: &AtomicUsize) -> Option<(usize, &'a Work)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    Some((number, works.get(number)?))
}

/// Polls all of them side by side.
async fn all<F: Future<Output = ()>>(futures: Vec<F>) {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|cx| {
        futures.retain_mut(|future| future.as_mut().poll(cx).is_pending());
        if futures.is_empty() {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
}

/// What the calls claimed, by number.
struct Claims {
    done: AtomicUsize,
    all: Mutex<Vec<Option<Claim>>>,
}

impl Claims {
    fn new(calls: usize) -> Self {
        Self {
            done: AtomicUsize::new(0),
            all: Mutex::new(vec![None; calls]),
        }
    }

    fn put(&self, number: usize, claim: Claim) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all[number] = Some(claim);
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    fn take(&self) -> Vec<Claim> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *all).into_iter().flatten().collect()
    }
}

/// Turns the platform's and the merchant's keys over while calls are under way, each at a share of
/// the calls. Returns what was declared after each turn.
fn direct(
    gateway: &Running,
    ring: &Keyring,
    claims: &Claims,
    calls: usize,
) -> Result<Vec<(String, String)>, Failure> {
    let step = |step: &str| {
        gateway.admin(
            Method::POST,
            "/_gateway/certificates",
            &json!({ "step": step }),
        )
    };
    let public_key = credentials::PUBLIC_KEY_PEM.as_bytes();
    type Turn<'a> = (usize, &'a str, Box<dyn Fn() -> Result<(), Failure> + 'a>);
    let turns: [Turn<'_>; 6] = [
        (
            15,
            "certificate announced",
            Box::new(|| Ok(step("announce").map(drop)?)),
        ),
        (
            25,
            "certificate rotated",
            Box::new(|| Ok(step("switch").map(drop)?)),
        ),
        (
            40,
            "old certificate retired",
            Box::new(|| Ok(step("retire").map(drop)?)),
        ),
        (
            50,
            "switched to the public key",
            Box::new(|| Ok(ring.add_public_key(credentials::PUBLIC_KEY_ID, public_key)?)),
        ),
        (
            70,
            "rolled back to the certificate",
            Box::new(|| roll_back(ring)),
        ),
        (
            85,
            "switched to the public key again",
            Box::new(|| Ok(ring.declare(credentials::PUBLIC_KEY_ID)?)),
        ),
    ];
    let mut phases = Vec::new();
    for (percent, what, turn) in turns {
        while claims.done.load(Ordering::Relaxed) * 100 < calls * percent {
            thread::sleep(Duration::from_millis(1));
        }
        turn()?;
        let declared = ring
            .declared()
            .map_or_else(String::new, |id| id.to_string());
        phases.push((format!("{percent:>3} %  {what}"), declared));
    }
    Ok(phases)
}

/// Declares the newest certificate that is held.
fn roll_back(ring: &Keyring) -> Result<(), Failure> {
    let keys = ring.current();
    let certificates = keys.iter().filter_map(|(id, key)| match key {
        PlatformKey::Certificate(certificate) => Some((certificate.not_before(), id)),
        _ => None,
    });
    let (_, newest) = certificates.max().ok_or("no certificate is held")?;
    Ok(ring.declare(newest.as_str())?)
}
