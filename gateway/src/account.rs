use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The number of a merchant or a sub-merchant (商户号): 1 to 32 decimal digits.
///
/// ```
/// use wechatpay_gateway::Mchid;
///
/// let mchid: Mchid = "1900000109".parse()?;
/// assert_eq!(mchid.as_str(), "1900000109");
/// assert!("19:00".parse::<Mchid>().is_err());
/// # Ok::<(), wechatpay_gateway::AccountError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mchid(String);

impl Mchid {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Mchid {
    type Err = AccountError;

    fn from_str(text: &str) -> Result<Self, AccountError> {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        if digits && (1..=32).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(AccountError::Mchid(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Mchid {
    type Error = AccountError;

    fn try_from(text: String) -> Result<Self, AccountError> {
        text.parse()
    }
}

impl From<Mchid> for String {
    fn from(mchid: Mchid) -> Self {
        mchid.0
    }
}

impl fmt::Display for Mchid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A person's name within one app (openid): 1 to 64 letters, digits, `_` and `-`.
///
/// ```
/// use wechatpay_gateway::Openid;
///
/// let openid: Openid = "oxTWIuGaIt6gTKsQRLau2M0yL16E".parse()?;
/// assert_eq!(openid.as_str(), "oxTWIuGaIt6gTKsQRLau2M0yL16E");
/// assert!("a:b".parse::<Openid>().is_err());
/// # Ok::<(), wechatpay_gateway::AccountError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Openid(String);

impl Openid {
    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Openid {
    type Err = AccountError;

    fn from_str(text: &str) -> Result<Self, AccountError> {
        let known = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if text.bytes().all(known) && (1..=64).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(AccountError::Openid(text.to_owned()))
        }
    }
}

impl fmt::Display for Openid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account of the ledger. Its text is stable: it is what the administration reads and writes.
///
/// ```
/// use wechatpay_gateway::Account;
///
/// let account: Account = "sub-merchant:1900000109:available".parse()?;
/// assert_eq!(account.to_string(), "sub-merchant:1900000109:available");
/// assert_eq!("platform:operation".parse(), Ok(Account::PlatformOperation));
/// # Ok::<(), wechatpay_gateway::AccountError>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// `world`: where opening balances come from. May be negative.
    World,
    /// `buyers`: those who pay orders and get refunds. May be negative.
    Buyers,
    /// `platform:operation`: what subsidies, and refunds in advance, are paid from.
    PlatformOperation,
    /// `platform:income`: where service fees arrive.
    PlatformIncome,
    /// `merchant:{mchid}`: a merchant that pays or receives coupon subsidies, or receives of what is
    /// shared.
    Merchant(Mchid),
    /// `person:{openid}`: a person who receives of what is shared.
    Person(Openid),
    /// `sub-merchant:{mchid}:{purse}`: one of a sub-merchant's accounts.
    SubMerchant(Mchid, Purse),
}

/// Which of a sub-merchant's accounts.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purse {
    /// `available`: settled money.
    Available,
    /// `unsettled`: paid, not settled yet.
    Unsettled,
    /// `frozen`: settled, and kept until the order's profit is shared (待分账).
    Frozen,
    /// `in-transit`: service fees, refunds, and parts of shared orders, that are being carried out.
    InTransit,
}

impl Purse {
    const ALL: [Self; 4] = [
        Self::Available,
        Self::Unsettled,
        Self::Frozen,
        Self::InTransit,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Unsettled => "unsettled",
            Self::Frozen => "frozen",
            Self::InTransit => "in-transit",
        }
    }
}

impl Account {
    /// Whether the account stands for the world outside, which may owe.
    #[must_use]
    pub fn may_be_negative(&self) -> bool {
        matches!(self, Self::World | Self::Buyers)
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::World => f.write_str("world"),
            Self::Buyers => f.write_str("buyers"),
            Self::PlatformOperation => f.write_str("platform:operation"),
            Self::PlatformIncome => f.write_str("platform:income"),
            Self::Merchant(mchid) => write!(f, "merchant:{mchid}"),
            Self::Person(openid) => write!(f, "person:{openid}"),
            Self::SubMerchant(mchid, purse) => {
                write!(f, "sub-merchant:{mchid}:{}", purse.as_str())
            }
        }
    }
}

impl FromStr for Account {
    type Err = AccountError;

    fn from_str(text: &str) -> Result<Self, AccountError> {
        let unknown = || AccountError::Unknown(text.to_owned());
        let parts: Vec<&str> = text.split(':').collect();
        match parts.as_slice() {
            ["world"] => Ok(Self::World),
            ["buyers"] => Ok(Self::Buyers),
            ["platform", "operation"] => Ok(Self::PlatformOperation),
            ["platform", "income"] => Ok(Self::PlatformIncome),
            ["merchant", mchid] => Ok(Self::Merchant(mchid.parse()?)),
            ["person", openid] => Ok(Self::Person(openid.parse()?)),
            ["sub-merchant", mchid, purse] => {
                let purse = Purse::ALL
                    .into_iter()
                    .find(|known| known.as_str() == *purse)
                    .ok_or_else(unknown)?;
                Ok(Self::SubMerchant(mchid.parse()?, purse))
            }
            _ => Err(unknown()),
        }
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Account {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A text names no account.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AccountError {
    /// It is not a merchant number.
    #[error("{0:?} is not a merchant number of 1 to 32 digits")]
    Mchid(String),
    /// It is not a person's openid.
    #[error("{0:?} is not an openid of 1 to 64 letters, digits, _ and -")]
    Openid(String),
    /// There is no such account.
    #[error(
        "{0:?} is no account: there are world, buyers, platform:operation, platform:income, \
         merchant:MCHID, person:OPENID, and sub-merchant:MCHID with :available, :unsettled, \
         :frozen or :in-transit"
    )]
    Unknown(String),
}
