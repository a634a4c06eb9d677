use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::moment::Entropy;

/// A share from 0 to 100 %, to four decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "f64", into = "f64")]
pub(crate) struct Percent {
    millionths: u32,
}

/// Not a share.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error("{0} is no percentage: it is 0 to 100, with at most four decimals")]
pub(crate) struct PercentError(f64);

impl Percent {
    pub(crate) const WHOLE: u32 = 1_000_000;

    /// So many whole percent; more than 100 are 100.
    pub(crate) const fn of(percent: u32) -> Self {
        let percent = if percent > 100 { 100 } else { percent };
        Self {
            millionths: percent * (Self::WHOLE / 100),
        }
    }

    pub(crate) fn millionths(self) -> u32 {
        self.millionths
    }

    /// Whether this share is drawn.
    pub(crate) fn is_drawn(self, entropy: &Entropy) -> bool {
        entropy.millionth() < self.millionths
    }
}

impl TryFrom<f64> for Percent {
    type Error = PercentError;

    fn try_from(percent: f64) -> Result<Self, PercentError> {
        let millionths = percent * 10_000.0;
        let rounded = millionths.round();
        // Decimals have no exact form in binary, so a little is forgiven.
        let in_range = (0.0..=f64::from(Self::WHOLE)).contains(&rounded) && percent >= 0.0;
        if !in_range || (millionths - rounded).abs() > 1e-6 {
            return Err(PercentError(percent));
        }
        Ok(Self {
            millionths: rounded as u32,
        })
    }
}

impl From<Percent> for f64 {
    fn from(percent: Percent) -> Self {
        Self::from(percent.millionths) / 10_000.0
    }
}
