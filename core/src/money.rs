use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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

    /// The amount in yuan (元) with two decimals, for people: `19.99`.
    #[must_use]
    pub fn yuan(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", fen / 100, fen % 100)
    }
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
