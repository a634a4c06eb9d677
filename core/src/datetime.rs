use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use x509_cert::der::DateTime as Calendar;

use crate::error::excerpt;
use crate::stamp::Timestamp;

/// A time in an answer: the text as it was sent, converted on demand.
///
/// The platform writes RFC 3339 with an offset, with or without milliseconds.
///
/// ```
/// use wechatpay_core::{DateTime, Timestamp};
///
/// let time = DateTime::new("2015-05-20T13:29:35.120+08:00");
/// assert_eq!(time.as_str(), "2015-05-20T13:29:35.120+08:00");
/// assert_eq!(time.to_timestamp()?, Timestamp::from_secs(1_432_099_775));
/// assert!(DateTime::new("yesterday").to_timestamp().is_err());
/// # Ok::<(), wechatpay_core::DateTimeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DateTime(String);

impl DateTime {
    /// Takes the text as it is.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Writes `at` as China Standard Time, `+08:00`, as the platform does.
    ///
    /// # Errors
    ///
    /// [`DateTimeError`] beyond the year 9999.
    pub fn in_china(at: Timestamp) -> Result<Self, DateTimeError> {
        let local = std::time::Duration::from_secs(at.as_secs().saturating_add(8 * 3600));
        let refuse = |_| DateTimeError(at.to_string());
        let local = Calendar::from_unix_duration(local).map_err(refuse)?;
        let text = local.to_string();
        Ok(Self(format!("{}+08:00", text.trim_end_matches('Z'))))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The instant, to the second; a fraction is cut off.
    ///
    /// # Errors
    ///
    /// [`DateTimeError`] when the text is not RFC 3339, or the time lies before 1970.
    pub fn to_timestamp(&self) -> Result<Timestamp, DateTimeError> {
        parse(&self.0).ok_or_else(|| DateTimeError(self.0.clone()))
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A time that is not RFC 3339, or lies outside 1970 to 9999.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{:?} is not an RFC 3339 time between 1970 and 9999", excerpt(.0))]
pub struct DateTimeError(String);

/// `YYYY-MM-DDThh:mm:ss[.fraction](Z|±hh:mm)`
fn parse(text: &str) -> Option<Timestamp> {
    let (date_time, rest) = text.split_at_checked(19)?;
    let bytes = date_time.as_bytes();
    let marks = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    if marks.iter().any(|&(at, mark)| bytes[at] != mark) || !matches!(bytes[10], b'T' | b't' | b' ')
    {
        return None;
    }
    let calendar = Calendar::new(
        digits(date_time.get(..4)?)?,
        u8::try_from(digits(date_time.get(5..7)?)?).ok()?,
        u8::try_from(digits(date_time.get(8..10)?)?).ok()?,
        u8::try_from(digits(date_time.get(11..13)?)?).ok()?,
        u8::try_from(digits(date_time.get(14..16)?)?).ok()?,
        u8::try_from(digits(date_time.get(17..19)?)?).ok()?,
    )
    .ok()?;
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            (zone.len() < fraction.len()).then_some(zone)?
        }
        None => rest,
    };
    let seconds = calendar.unix_duration().as_secs();
    let east = match zone.as_bytes() {
        b"Z" | b"z" => return Some(Timestamp::from_secs(seconds)),
        [b'+', _, _, b':', _, _] => true,
        [b'-', _, _, b':', _, _] => false,
        _ => return None,
    };
    let (hours, minutes) = (digits(zone.get(1..3)?)?, digits(zone.get(4..6)?)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let offset = u64::from(hours) * 3600 + u64::from(minutes) * 60;
    let seconds = if east {
        seconds.checked_sub(offset)?
    } else {
        seconds.checked_add(offset)?
    };
    Some(Timestamp::from_secs(seconds))
}

fn digits(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
