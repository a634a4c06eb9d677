//! The documented limits, as the operations' `check` asks for them. Lengths count characters.

use std::ops::{Range, RangeInclusive};

use crate::datetime::DateTime;
use crate::error::FieldError;
use crate::money::Fen;

/// Text of a length in characters, of those that the platform stores (up to three bytes of UTF-8:
/// no emoji).
pub(crate) fn text(
    field: &'static str,
    value: &str,
    length: RangeInclusive<usize>,
) -> Result<(), FieldError> {
    if !length.contains(&value.chars().count()) {
        let (least, most) = (length.start(), length.end());
        return Err(FieldError::new(
            field,
            format!("{least} to {most} characters"),
            value,
        ));
    }
    if value.chars().any(|c| c > '\u{FFFF}') {
        let limit = "without characters beyond U+FFFF, such as emoji";
        return Err(FieldError::new(field, limit, value));
    }
    Ok(())
}

/// [`text`], where it is given.
pub(crate) fn optional_text(
    field: &'static str,
    value: Option<&str>,
    length: RangeInclusive<usize>,
) -> Result<(), FieldError> {
    value.map_or(Ok(()), |value| text(field, value, length))
}

/// [`id`], where it is given.
pub(crate) fn optional_id(
    field: &'static str,
    value: Option<&str>,
    length: RangeInclusive<usize>,
) -> Result<(), FieldError> {
    value.map_or(Ok(()), |value| id(field, value, length))
}

/// A number that the merchant chose: ASCII letters, digits and `marks`.
pub(crate) fn number(
    field: &'static str,
    value: &str,
    length: RangeInclusive<usize>,
    marks: &str,
) -> Result<(), FieldError> {
    if value
        .chars()
        .any(|c| !c.is_ascii_alphanumeric() && !marks.contains(c))
    {
        let limit = format!("letters, digits and {marks} only");
        return Err(FieldError::new(field, limit, value));
    }
    text(field, value, length)
}

/// The number of an order that the merchant chose. Many pages leave out `@`, some `|` too, and some
/// ask for 6 characters, others for 2 or 1.
pub(crate) fn out_trade_no(field: &'static str, value: &str) -> Result<(), FieldError> {
    number(field, value, 1..=32, "_-|*@")
}

/// A number that the platform gave: visible ASCII.
pub(crate) fn id(
    field: &'static str,
    value: &str,
    length: RangeInclusive<usize>,
) -> Result<(), FieldError> {
    if value.chars().any(|c| !c.is_ascii_graphic()) {
        return Err(FieldError::new(
            field,
            "visible ASCII characters only",
            value,
        ));
    }
    text(field, value, length)
}

/// Where notices go (通知地址). Some pages allow 255 characters, and some `https` alone; a private
/// line takes `http` too.
pub(crate) fn notify_url(field: &'static str, value: &str) -> Result<(), FieldError> {
    id(field, value, 1..=256)?;
    let lower = value.to_ascii_lowercase();
    let web = lower.starts_with("https://") || lower.starts_with("http://");
    if web && !value.contains('?') {
        Ok(())
    } else {
        let limit = "an https:// or http:// address without a query";
        Err(FieldError::new(field, limit, value))
    }
}

/// [`notify_url`], where it is given.
pub(crate) fn optional_notify_url(
    field: &'static str,
    value: Option<&str>,
) -> Result<(), FieldError> {
    value.map_or(Ok(()), |value| notify_url(field, value))
}

/// A time of RFC 3339, where it is given. The documents' own sample has a sixtieth second.
pub(crate) fn optional_time(
    field: &'static str,
    value: Option<&DateTime>,
) -> Result<(), FieldError> {
    let Some(text) = value.map(DateTime::as_str) else {
        return Ok(());
    };
    let regular = match (text.get(..17), text.get(17..19), text.get(19..)) {
        (Some(before), Some("60"), Some(after)) => DateTime::new(format!("{before}59{after}")),
        _ => DateTime::new(text),
    };
    let limit = "a time of RFC 3339, such as 2018-06-08T10:34:56+08:00";
    let refuse = |_| FieldError::new(field, limit, text);
    regular.to_timestamp().map(|_| ()).map_err(refuse)
}

/// More than nothing.
pub(crate) fn positive(field: &'static str, value: Fen) -> Result<(), FieldError> {
    if value.is_positive() {
        Ok(())
    } else {
        Err(FieldError::new(field, "1 fen or more", value.get()))
    }
}

/// A day that a calendar may have, as `YYYY-MM-DD`; which months are short is left to the platform.
pub(crate) fn day(field: &'static str, date: &str) -> Result<(), FieldError> {
    let within = |range: Range<usize>, most: u8| {
        let digits = date
            .get(range)
            .filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
        digits
            .and_then(|d| d.parse().ok())
            .is_some_and(|n: u8| (1..=most).contains(&n))
    };
    let marks = date.len() == 10 && date.get(4..5) == Some("-") && date.get(7..8) == Some("-");
    let year = date
        .get(..4)
        .is_some_and(|y| y.bytes().all(|b| b.is_ascii_digit()));
    if marks && year && within(5..7, 12) && within(8..10, 31) {
        Ok(())
    } else {
        Err(FieldError::new(field, "a day as YYYY-MM-DD", date))
    }
}
