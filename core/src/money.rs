use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::error::excerpt;

/// An amount in fen (分), a hundredth of a yuan (元): the only unit of money in this crate.
///
/// On the wire it is a JSON integer; a fraction, an exponent or a quoted number is refused, so a
/// floating-point amount cannot slip in. Arithmetic is checked: there is no `+` that could wrap.
///
/// ```
/// use wechatpay_core::Fen;
///
/// let price = Fen::new(1_999);
/// assert_eq!(price.to_string(), "1999 fen");
/// assert_eq!(price.yuan(), "19.99");
/// assert_eq!(price.checked_sub(Fen::new(999)), Some(Fen::new(1_000)));
/// assert_eq!("1999".parse(), Ok(price));
/// assert!("19.99".parse::<Fen>().is_err());
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fen(i64);

impl Fen {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// An amount of `fen`.
    #[must_use]
    pub const fn new(fen: i64) -> Self {
        Self(fen)
    }

    /// The count of fen.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whether this is more than nothing.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// The sum, or `None` beyond the range of 64 bits.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The difference, which may be negative, or `None` beyond the range of 64 bits.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Some(Self(rest)),
            None => None,
        }
    }

    /// The sum of many amounts, or `None` beyond the range of 64 bits.
    #[must_use]
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Reads an amount in yuan (元), as bills and people write it: digits, and decimals of which all
    /// beyond the second are zero. Exact: no floating point in between.
    ///
    /// ```
    /// use wechatpay_core::Fen;
    ///
    /// assert_eq!(Fen::from_yuan("1234567.89"), Ok(Fen::new(123_456_789)));
    /// assert_eq!(Fen::from_yuan("-0.10"), Ok(Fen::new(-10)));
    /// assert!(Fen::from_yuan("0.001").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// [`YuanError`] for any other text, and beyond the range of 64 bits.
    pub fn from_yuan(text: &str) -> Result<Self, YuanError> {
        parse_yuan(text).ok_or_else(|| YuanError(excerpt(text)))
    }

    /// The amount in yuan (元) with two decimals, for people: `19.99`.
    #[must_use]
    pub fn yuan(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

/// A text that is no amount in yuan, or one that is no whole number of fen.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("\"{0}\" is not an amount in yuan of whole fen, such as 19.99")]
pub struct YuanError(String);

fn parse_yuan(text: &str) -> Option<Fen> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let numeric = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !numeric(whole) || !numeric(decimals) {
        return None;
    }
    let (cents, beyond) = decimals.split_at(decimals.len().min(2));
    if beyond.bytes().any(|b| b != b'0') {
        return None;
    }
    let cents: i128 = format!("{cents:0<2}").parse().ok()?;
    let fen = whole.parse::<i128>().ok()?.checked_mul(100)? + cents;
    i64::try_from(if negative { -fen } else { fen })
        .ok()
        .map(Fen)
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fen", self.0)
    }
}

/// Reads a whole number of fen, as a command line takes it.
impl FromStr for Fen {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}
