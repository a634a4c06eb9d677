//! Faults on demand: what goes wrong with the next requests, with those for a path, or with a share
//! of all.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use serde::{Deserialize, Serialize};

use crate::answer::Flaw;
use crate::moment::Entropy;
use crate::rates::Rates;

/// The longest delay that can be asked for: ten minutes.
const LONGEST_DELAY_MS: u32 = 600_000;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The request is carried out, and its answer has a flawed signature.
    Flaw(Flaw),
    /// 429.
    RateLimited { retry_after: Option<u32> },
    /// 500.
    ServerError(When),
    /// 502 from something in between that knows no signatures.
    BadGateway(When),
    /// The answer comes late.
    Delay(Duration),
    /// The connection ends without an answer.
    Cut(When),
}

impl Fault {
    /// Whether the request is carried out.
    pub(crate) fn lets_happen(self) -> bool {
        match self {
            Self::Flaw(_) | Self::Delay(_) => true,
            Self::RateLimited { .. } => false,
            Self::ServerError(when) | Self::BadGateway(when) | Self::Cut(when) => {
                when == When::After
            }
        }
    }

    /// The name it is counted under.
    fn name(self) -> &'static str {
        match self {
            Self::Flaw(flaw) => flaw.name(),
            Self::RateLimited { .. } => "rate_limited",
            Self::ServerError(When::Before) => "server_error_before",
            Self::ServerError(When::After) => "server_error_after",
            Self::BadGateway(When::Before) => "bad_gateway_before",
            Self::BadGateway(When::After) => "bad_gateway_after",
            Self::Delay(_) => "delay",
            Self::Cut(When::Before) => "cut_before",
            Self::Cut(When::After) => "cut_after",
        }
    }

    /// How long the answer is held back.
    pub(crate) fn delay(self) -> Duration {
        match self {
            Self::Delay(delay) => delay,
            _ => Duration::ZERO,
        }
    }
}

/// Whether a fault happens before or after the request is carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum When {
    #[default]
    Before,
    After,
}

/// A fault as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultRequest {
    fault: Kind,
    /// For how many requests; 1 unless said otherwise.
    #[serde(default = "once")]
    count: u32,
    /// Only requests for exactly this path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    /// For `delay`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    milliseconds: Option<u32>,
    /// For `rate_limited`: the `Retry-After` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
    /// For `server_error` and `bad_gateway`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effect: Option<When>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    ProbeSignature,
    WrongSignature,
    StaleTimestamp,
    UnknownSerial,
    RateLimited,
    ServerError,
    BadGateway,
    Delay,
    CutBefore,
    CutAfter,
}

fn once() -> u32 {
    1
}

impl FaultRequest {
    /// Reads the request as a fault, or says which of its fields does not belong.
    fn fault(&self) -> Result<Fault, String> {
        let only = |field: &str, given: bool, kinds: &[Kind]| {
            if given && !kinds.contains(&self.fault) {
                return Err(format!("field {field} does not belong to this fault"));
            }
            Ok(())
        };
        only("milliseconds", self.milliseconds.is_some(), &[Kind::Delay])?;
        only(
            "retry_after",
            self.retry_after.is_some(),
            &[Kind::RateLimited],
        )?;
        let with_effect = [Kind::ServerError, Kind::BadGateway];
        only("effect", self.effect.is_some(), &with_effect)?;
        if self.count == 0 {
            return Err("field count must be at least 1".to_owned());
        }
        if self
            .path
            .as_ref()
            .is_some_and(|path| !path.starts_with('/'))
        {
            return Err("field path must begin with a slash".to_owned());
        }
        let when = self.effect.unwrap_or_default();
        Ok(match self.fault {
            Kind::ProbeSignature => Fault::Flaw(Flaw::Probe),
            Kind::WrongSignature => Fault::Flaw(Flaw::WrongSignature),
            Kind::StaleTimestamp => Fault::Flaw(Flaw::StaleTimestamp),
            Kind::UnknownSerial => Fault::Flaw(Flaw::UnknownSerial),
            Kind::RateLimited => Fault::RateLimited {
                retry_after: self.retry_after,
            },
            Kind::ServerError => Fault::ServerError(when),
            Kind::BadGateway => Fault::BadGateway(when),
            Kind::Delay => match self.milliseconds {
                Some(ms) if ms <= LONGEST_DELAY_MS => {
                    Fault::Delay(Duration::from_millis(ms.into()))
                }
                Some(_) => return Err(format!("field milliseconds is at most {LONGEST_DELAY_MS}")),
                None => return Err("field milliseconds is missing".to_owned()),
            },
            Kind::CutBefore => Fault::Cut(When::Before),
            Kind::CutAfter => Fault::Cut(When::After),
        })
    }
}

/// The faults that wait for requests, in the order they were asked for; the rates that the other
/// requests are drawn against; and what was injected so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    queue: VecDeque<(FaultRequest, Fault)>,
    pub(crate) rates: Rates,
    injected: BTreeMap<&'static str, u64>,
}

impl Faults {
    pub(crate) fn add(&mut self, request: FaultRequest) -> Result<(), String> {
        let fault = request.fault()?;
        self.queue.push_back((request, fault));
        Ok(())
    }

    /// The fault that this request meets: the first one that waits for it, or else what it draws.
    pub(crate) fn meet(&mut self, path: &str, entropy: &Entropy) -> Option<Fault> {
        let fault = self.take(path).or_else(|| self.rates.draw(path, entropy))?;
        *self.injected.entry(fault.name()).or_default() += 1;
        Some(fault)
    }

    fn take(&mut self, path: &str) -> Option<Fault> {
        let meets = |request: &FaultRequest| request.path.as_ref().is_none_or(|p| p == path);
        let at = self.queue.iter().position(|(request, _)| meets(request))?;
        let (request, fault) = self.queue.get_mut(at)?;
        let fault = *fault;
        request.count -= 1;
        if request.count == 0 {
            self.queue.remove(at);
        }
        Some(fault)
    }

    /// How many of each kind were injected, queued or drawn.
    pub(crate) fn injected(&self) -> &BTreeMap<&'static str, u64> {
        &self.injected
    }

    /// Those that still wait, each with the count that is left.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &FaultRequest> {
        self.queue.iter().map(|(request, _)| request)
    }
}

/// What a proxy writes when it gets no answer from behind.
pub(crate) fn bad_gateway() -> Response<Bytes> {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";
    let mut response = Response::new(Bytes::from_static(page.as_bytes()));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    let html = HeaderValue::from_static("text/html");
    response.headers_mut().insert(CONTENT_TYPE, html);
    response
}
