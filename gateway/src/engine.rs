use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Request, Response};
use wechatpay_core::{Certificate, KeyError, Timestamp};

use crate::admin;
use crate::answer::{Flaw, Outcome, PlatformSigner, identify};
use crate::authenticate::authenticate;
use crate::certificates::SealedCertificates;
use crate::credentials;
use crate::faults::{Fault, Faults, bad_gateway};
use crate::ledger::Ledger;
use crate::moment::{Entropy, Moment};
use crate::notices::{Copies, Outbox};
use crate::percent::Percent;
use crate::problem::{Code, Problem};
use crate::records::Settings;
use crate::rotation::{Rotation, SigningKey};
use crate::route::Route;
use crate::state::State;
use crate::traffic::Traffic;
use crate::uploads::body_limit;

/// The platform, simulated: keeps orders, subsidies and a ledger, verifies each request and signs
/// each answer. It does no I/O; the clock and the randomness are arguments.
///
/// ```
/// use wechatpay_core::{Timestamp, http};
/// use wechatpay_gateway::{Engine, Entropy, Handled};
///
/// let mut engine = Engine::new();
/// let request = http::Request::get("/v3/certificates").body("".into())?;
/// let now = Timestamp::from_secs(1_554_208_460);
/// match engine.handle(&request, now, Entropy::new([7; 32])) {
///     Handled::Answer { response, .. } => {
///         assert_eq!(response.status(), 400);
///         assert!(response.headers().contains_key("wechatpay-signature"));
///     }
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Debug)]
pub struct Engine {
    merchant: Certificate,
    pub(crate) signer: PlatformSigner,
    pub(crate) certificates: SealedCertificates,
    /// How many callbacks are signed with the public key (灰度).
    pub(crate) switch: Percent,
    pub(crate) state: State,
    pub(crate) outbox: Outbox,
    pub(crate) faults: Faults,
    pub(crate) traffic: Traffic,
    /// The settings as they were last kept.
    pub(crate) kept: Option<Settings>,
    /// A reset made void what was kept.
    pub(crate) anew: bool,
}

/// What became of a request.
#[non_exhaustive]
#[derive(Debug)]
pub enum Handled {
    /// Send this answer, after the delay.
    Answer {
        /// The answer.
        response: Response<Bytes>,
        /// How long to wait first; zero but for an injected fault.
        delay: Duration,
    },
    /// Cut the connection, without an answer. Whether the request was carried out is not told.
    Cut,
}

/// Why a server could not read a request whole.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// The body is longer than accepted.
    TooLarge,
    /// The body did not arrive in time.
    TooSlow,
}

impl Engine {
    /// An engine at its start: the development credentials, opening balances, and the orders of the
    /// official samples.
    #[must_use]
    pub fn new() -> Self {
        Self::development().expect("the credentials in this crate are whole, as its tests hold")
    }

    fn development() -> Result<Self, KeyError> {
        Ok(Self {
            merchant: credentials::merchant_certificate()?,
            signer: PlatformSigner::development()?,
            certificates: SealedCertificates::development()?,
            switch: Percent::default(),
            state: State::opening(),
            outbox: Outbox::default(),
            faults: Faults::default(),
            traffic: Traffic::default(),
            kept: None,
            anew: false,
        })
    }

    /// Where every fen is, as of the last request.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.state.ledger
    }

    /// Lets happen what is due by now, queues what is to be told of it, and says what the gateway's
    /// clock shows.
    pub(crate) fn keep_time(&mut self, now: Timestamp, entropy: &Entropy) -> Timestamp {
        let at = self.state.clock(now);
        self.state.run_due(now, at);
        self.tell(entropy);
        at
    }

    /// Queues the notices that operations made.
    fn tell(&mut self, entropy: &Entropy) {
        for news in std::mem::take(&mut self.state.news) {
            // A notice that cannot be sealed has nobody to be told to.
            let _ = self.queue_news(&news, |_| Copies::One, Percent::default(), entropy);
        }
    }

    /// Back to the start: orders, ledger, clock, files, keys, callbacks, faults and counts.
    pub(crate) fn reset(&mut self) {
        self.certificates.rotation = Rotation::default();
        self.switch = Percent::default();
        self.state = State::opening();
        self.outbox.clear();
        self.faults = Faults::default();
        self.traffic = Traffic::default();
        self.kept = None;
        self.anew = true;
    }

    /// Answers one request. `now` is the clock that signatures are held against.
    pub fn handle(
        &mut self,
        request: &Request<Bytes>,
        now: Timestamp,
        entropy: Entropy,
    ) -> Handled {
        let at = self.keep_time(now, &entropy);
        let call = Call {
            request,
            now,
            entropy,
            moment: Moment::new(at, now, &entropy),
        };
        let path = request.uri().path();
        let (mut response, delay) = if admin::is_admin(path) {
            let response = admin::answer(self, request, now, &call.moment, &entropy);
            (response, Duration::ZERO)
        } else {
            self.traffic.count(request.method(), path);
            let fault = self.faults.meet(path, &entropy);
            match self.answer(&call, fault) {
                Some(response) => (response, fault.map_or(Duration::ZERO, Fault::delay)),
                None => {
                    self.tell(&entropy);
                    return Handled::Cut;
                }
            }
        };
        self.tell(&entropy);
        identify(&mut response, &call.moment.request_id);
        Handled::Answer { response, delay }
    }

    /// Refuses a request whose body a server gave up reading.
    pub fn refuse<B>(
        &mut self,
        request: &Request<B>,
        why: Unread,
        now: Timestamp,
        entropy: Entropy,
    ) -> Response<Bytes> {
        let path = request.uri().path();
        let problem = match why {
            Unread::TooLarge => {
                let limit = body_limit(request.method(), path);
                let why = format!("the body is over {limit} bytes, which is the most for {path}");
                Problem::new(Code::RequestTooLarge, why)
            }
            Unread::TooSlow => Problem::new(Code::RequestTimeout, "the body did not come in time"),
        };
        if !admin::is_admin(path) {
            self.traffic.count(request.method(), path);
        }
        let key = self.key_for(request.headers());
        let mut response = self
            .signer
            .sign(Err(problem), key, now, &entropy, Flaw::None);
        let moment = Moment::new(self.state.clock(now), now, &entropy);
        identify(&mut response, &moment.request_id);
        response
    }

    /// The answer, with what the fault makes of it; none when the connection is to be cut.
    fn answer(&mut self, call: &Call<'_>, fault: Option<Fault>) -> Option<Response<Bytes>> {
        match fault {
            None | Some(Fault::Delay(_)) => Some(self.play(call, Flaw::None)),
            Some(Fault::Flaw(flaw)) => Some(self.play(call, flaw)),
            Some(fault) => {
                if fault.lets_happen() {
                    // Done, and nobody hears of it.
                    let _lost = self.carry_out(call);
                }
                self.fail(call, fault)
            }
        }
    }

    /// Carries the request out and signs what came of it.
    fn play(&mut self, call: &Call<'_>, flaw: Flaw) -> Response<Bytes> {
        let outcome = self.carry_out(call);
        let allow = allow(call.request, &outcome);
        let mut response = self.sign(call, outcome, flaw);
        response.headers_mut().extend(allow);
        response
    }

    fn carry_out(&mut self, call: &Call<'_>) -> Outcome {
        let request = call.request;
        authenticate(request, &self.merchant, call.now)?;
        let route = Route::find(request.method(), request.uri().path())?;
        route.carry_out(
            request,
            &mut self.state,
            &self.certificates,
            &call.moment,
            &call.entropy,
        )
    }

    /// What a fault answers in place of the operation.
    fn fail(&self, call: &Call<'_>, fault: Fault) -> Option<Response<Bytes>> {
        match fault {
            Fault::RateLimited { retry_after } => {
                let why = "too many requests (an injected fault)";
                let problem = Problem::new(Code::FrequencyLimited, why);
                let mut response = self.sign(call, Err(problem), Flaw::None);
                let wait = retry_after.map(|seconds| (RETRY_AFTER, seconds.into()));
                response.headers_mut().extend(wait);
                Some(response)
            }
            Fault::ServerError(_) => {
                let why = "try again with the same parameters (an injected fault)";
                let problem = Problem::new(Code::SystemError, why);
                Some(self.sign(call, Err(problem), Flaw::None))
            }
            Fault::BadGateway(_) => Some(bad_gateway()),
            Fault::Cut(_) | Fault::Flaw(_) | Fault::Delay(_) => None,
        }
    }

    fn sign(&self, call: &Call<'_>, outcome: Outcome, flaw: Flaw) -> Response<Bytes> {
        let key = self.key_for(call.request.headers());
        self.signer
            .sign(outcome, key, call.now, &call.entropy, flaw)
    }

    fn key_for(&self, request: &HeaderMap) -> SigningKey {
        self.signer.chosen(request, &self.certificates.rotation)
    }
}

/// A request with the time and the randomness that came with it.
struct Call<'a> {
    request: &'a Request<Bytes>,
    now: Timestamp,
    entropy: Entropy,
    moment: Moment,
}

/// The `Allow` header, where the path is known and the method is not its own.
fn allow(request: &Request<Bytes>, outcome: &Outcome) -> Option<(HeaderName, HeaderValue)> {
    match outcome {
        Err(problem) if problem.code == Code::MethodNotAllowed => {
            let methods = Route::methods(request.uri().path());
            Some((ALLOW, HeaderValue::try_from(methods).ok()?))
        }
        _ => None,
    }
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}
