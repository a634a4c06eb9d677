//! Which platform certificates there are, and which key signs: certificates are replaced in three
//! steps, and merchants that came late have none.

use serde::{Deserialize, Serialize};

use crate::credentials;
use crate::problem::{Code, Problem};

/// Where the replacement of the platform certificate stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rotation {
    /// The certificate that is in use, or that is being replaced.
    from: Generation,
    phase: Phase,
    available: Available,
}

/// One of the two certificates. Each is replaced by the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Generation {
    #[default]
    First,
    Second,
}

/// A key that the platform signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SigningKey {
    Certificate(Generation),
    PublicKey,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// One certificate, which signs.
    #[default]
    Steady,
    /// Both are listed, and the old one signs.
    Announced,
    /// Both are listed, and the new one signs.
    Switched,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    Announce,
    Switch,
    Retire,
}

/// Whether the merchant has platform certificates, and how a request for them is refused if not:
/// three refusals were seen in the field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Available {
    #[default]
    Listed,
    NotExists,
    NotFound,
    SystemError,
}

/// What the administration asks for; at least one of the two.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    step: Option<Step>,
    available: Option<Available>,
}

impl Rotation {
    /// Makes both changes, or neither.
    pub(crate) fn change(&mut self, change: Change) -> Result<(), Problem> {
        if change.step.is_none() && change.available.is_none() {
            let why = "name a step (announce, switch, retire), or what is available (listed, \
                       not_exists, not_found, system_error)";
            return Err(Problem::new(Code::ParamError, why));
        }
        if let Some(step) = change.step {
            self.take(step)?;
        }
        self.available = change.available.unwrap_or(self.available);
        Ok(())
    }

    fn take(&mut self, step: Step) -> Result<(), Problem> {
        let next = self.next_step();
        if step != next {
            let signing = self.current().serial();
            return Err(Problem::invalid(format!(
                "step {} does not follow here: the rotation is {}, certificate {signing} signs, and \
                 the next step is {}",
                text(step),
                text(self.phase),
                text(next),
            )));
        }
        match step {
            Step::Announce => self.phase = Phase::Announced,
            Step::Switch => self.phase = Phase::Switched,
            Step::Retire => {
                self.from = self.from.other();
                self.phase = Phase::Steady;
            }
        }
        Ok(())
    }

    pub(crate) fn next_step(&self) -> Step {
        match self.phase {
            Phase::Steady => Step::Announce,
            Phase::Announced => Step::Switch,
            Phase::Switched => Step::Retire,
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    pub(crate) fn available(&self) -> Available {
        self.available
    }

    /// What signs, unless the request or the switch asks for the public key.
    pub(crate) fn signing(&self) -> SigningKey {
        match self.available {
            Available::Listed => SigningKey::Certificate(self.current()),
            Available::NotExists | Available::NotFound | Available::SystemError => {
                SigningKey::PublicKey
            }
        }
    }

    fn current(&self) -> Generation {
        match self.phase {
            Phase::Steady | Phase::Announced => self.from,
            Phase::Switched => self.from.other(),
        }
    }

    /// The certificates that there are, the older in use first.
    pub(crate) fn listed(&self) -> Result<Vec<Generation>, Problem> {
        let why = "this merchant has no platform certificates: it verifies with the public key";
        match (self.available, self.phase) {
            (Available::Listed, Phase::Steady) => Ok(vec![self.from]),
            (Available::Listed, _) => Ok(vec![self.from, self.from.other()]),
            (Available::NotExists, _) => Err(Problem::new(Code::ResourceNotExists, why)),
            (Available::NotFound, _) => Err(Problem::new(Code::NotFound, why)),
            (Available::SystemError, _) => Err(Problem::new(Code::SystemError, why)),
        }
    }
}

impl Generation {
    fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }

    pub(crate) fn serial(self) -> &'static str {
        match self {
            Self::First => credentials::PLATFORM_CERT_SERIAL,
            Self::Second => credentials::SECOND_PLATFORM_CERT_SERIAL,
        }
    }

    pub(crate) fn pem(self) -> &'static str {
        match self {
            Self::First => credentials::PLATFORM_CERT_PEM,
            Self::Second => credentials::SECOND_PLATFORM_CERT_PEM,
        }
    }
}

impl SigningKey {
    /// As `Wechatpay-Serial` names it.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Certificate(generation) => generation.serial(),
            Self::PublicKey => credentials::PUBLIC_KEY_ID,
        }
    }
}

/// A name as the administration spells it.
fn text(name: impl Serialize) -> String {
    match serde_json::to_value(name) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}
