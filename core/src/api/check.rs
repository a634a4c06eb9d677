//! The documented limits, as the operations' `check` asks for them. Lengths count characters.

use std::ops::{Range, RangeInclusive};

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
