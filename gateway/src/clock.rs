use std::time::Duration;

use serde::{Deserialize, Serialize};
use wechatpay_core::Timestamp;

/// The clock that business runs on: it follows the real one, runs faster, or stands still and is
/// moved by hand. Signatures are held against the real one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Clock {
    /// A real time, and what this clock showed then.
    real: Timestamp,
    shown: Timestamp,
    speed: Speed,
}

/// How many seconds pass on the gateway's clock for each real one: 0 stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub(crate) struct Speed(u32);

/// A day in a second.
const FASTEST: u32 = 24 * 60 * 60;
/// How far the clock can be moved in all: a hundred years.
const MAX_AHEAD: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl Clock {
    pub(crate) fn at(&self, now: Timestamp) -> Timestamp {
        let passed = now.as_secs().saturating_sub(self.real.as_secs());
        let seconds = passed.saturating_mul(u64::from(self.speed.0));
        let latest = now.plus(MAX_AHEAD);
        self.shown.plus(Duration::from_secs(seconds)).min(latest)
    }

    /// How far this clock is before the real one; zero when it is behind.
    pub(crate) fn ahead(&self, now: Timestamp) -> Duration {
        Duration::from_secs(self.at(now).as_secs().saturating_sub(now.as_secs()))
    }

    pub(crate) fn speed(&self) -> Speed {
        self.speed
    }

    /// Goes on from here at another speed.
    pub(crate) fn set_speed(&mut self, speed: Speed, now: Timestamp) {
        self.anchor(now);
        self.speed = speed;
    }

    /// Moves on at once; no further than a hundred years before the real time.
    pub(crate) fn advance(&mut self, by: Duration, now: Timestamp) -> Result<(), TooFar> {
        let shown = self.at(now).plus(by);
        if shown > now.plus(MAX_AHEAD) {
            return Err(TooFar);
        }
        self.anchor(now);
        self.shown = shown;
        Ok(())
    }

    fn anchor(&mut self, now: Timestamp) {
        *self = Self {
            real: now,
            shown: self.at(now),
            speed: self.speed,
        };
    }
}

impl Default for Clock {
    fn default() -> Self {
        let start = Timestamp::from_secs(0);
        Self {
            real: start,
            shown: start,
            speed: Speed(1),
        }
    }
}

/// The clock would be too far ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooFar;

impl TooFar {
    pub(crate) const LIMIT: Duration = MAX_AHEAD;
}

impl TryFrom<u32> for Speed {
    type Error = String;

    fn try_from(speed: u32) -> Result<Self, String> {
        if speed > FASTEST {
            return Err(format!("a speed is 0 to {FASTEST}, and is {speed}"));
        }
        Ok(Self(speed))
    }
}

impl From<Speed> for u32 {
    fn from(speed: Speed) -> Self {
        speed.0
    }
}
