//! Fault rates: each request of the platform's own API draws, from its own entropy, what goes wrong
//! with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::answer::Flaw;
use crate::faults::{Fault, When};
use crate::moment::{Entropy, Purpose};
use crate::percent::Percent;

/// How often what goes wrong.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub(crate) struct Rates {
    /// Paths that are spared.
    #[serde(default)]
    except: Vec<String>,
    #[serde(flatten)]
    rates: BTreeMap<Drawn, Percent>,
}

/// A fault that can be drawn. One request meets one at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Drawn {
    ProbeSignature,
    WrongSignature,
    StaleTimestamp,
    UnknownSerial,
    RateLimited,
    ServerErrorBefore,
    ServerErrorAfter,
    BadGatewayBefore,
    BadGatewayAfter,
    CutBefore,
    CutAfter,
}

impl Rates {
    /// Holds the rates against each other, or says what does not fit.
    pub(crate) fn check(&self) -> Result<(), String> {
        let sum: f64 = self.rates.values().map(|rate| f64::from(*rate)).sum();
        let millionths: u32 = self.rates.values().map(|rate| rate.millionths()).sum();
        if millionths > Percent::WHOLE {
            return Err(format!(
                "the rates are {sum:.4} % together, and one request meets one fault: at most 100 %"
            ));
        }
        match self.except.iter().find(|path| !path.starts_with('/')) {
            Some(path) => Err(format!(
                "field except has {path:?}, and a path begins with a slash"
            )),
            None => Ok(()),
        }
    }

    /// What goes wrong with a request for this path.
    pub(crate) fn draw(&self, path: &str, entropy: &Entropy) -> Option<Fault> {
        if self.rates.is_empty() || self.except.iter().any(|spared| spared == path) {
            return None;
        }
        let mut left = entropy.part(Purpose::Fault, 0).millionth();
        for (drawn, rate) in &self.rates {
            match left.checked_sub(rate.millionths()) {
                Some(rest) => left = rest,
                None => return Some(drawn.fault()),
            }
        }
        None
    }

    pub(crate) fn rates(&self) -> &BTreeMap<Drawn, Percent> {
        &self.rates
    }

    pub(crate) fn except(&self) -> &[String] {
        &self.except
    }
}

impl Drawn {
    fn fault(self) -> Fault {
        match self {
            Self::ProbeSignature => Fault::Flaw(Flaw::Probe),
            Self::WrongSignature => Fault::Flaw(Flaw::WrongSignature),
            Self::StaleTimestamp => Fault::Flaw(Flaw::StaleTimestamp),
            Self::UnknownSerial => Fault::Flaw(Flaw::UnknownSerial),
            Self::RateLimited => Fault::RateLimited { retry_after: None },
            Self::ServerErrorBefore => Fault::ServerError(When::Before),
            Self::ServerErrorAfter => Fault::ServerError(When::After),
            Self::BadGatewayBefore => Fault::BadGateway(When::Before),
            Self::BadGatewayAfter => Fault::BadGateway(When::After),
            Self::CutBefore => Fault::Cut(When::Before),
            Self::CutAfter => Fault::Cut(When::After),
        }
    }
}
