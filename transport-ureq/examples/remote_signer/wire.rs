//! What goes over the socket, one exchange for each signature:
//!
//! ```text
//! question   length (4 bytes, big-endian)   the message to sign
//! answer     length (4 bytes, big-endian)   '+' and the raw signature, or '-' and a line that says why not
//! ```
//!
//! Pure, so that a client may read and write as it likes.

use std::error::Error as StdError;
use std::fmt;

/// Bytes of the longest frame: a message holds the whole body of a request.
pub(crate) const MOST: usize = 1 << 20;

const SIGNED: u8 = b'+';
const REFUSED: u8 = b'-';

/// A question as it is sent.
pub(crate) fn question(message: &[u8]) -> Result<Vec<u8>, Malformed> {
    frame(message)
}

/// An answer as it is sent. A reason is cut to what a frame holds.
pub(crate) fn answer(signature: Result<&[u8], &str>) -> Result<Vec<u8>, Malformed> {
    match signature {
        Ok(signature) => frame(&[&[SIGNED], signature].concat()),
        Err(reason) => {
            let line: String = reason
                .replace(['\r', '\n'], " ")
                .chars()
                .take(500)
                .collect();
            frame(&[&[REFUSED], line.as_bytes()].concat())
        }
    }
}

/// How many bytes follow these four. Check it before memory is set aside.
pub(crate) fn length(head: [u8; 4]) -> Result<usize, Malformed> {
    match usize::try_from(u32::from_be_bytes(head)) {
        Ok(length) if length <= MOST => Ok(length),
        Ok(_) | Err(_) => Err(Malformed("it is longer than 1 MiB")),
    }
}

/// Reads what came after the length of an answer.
pub(crate) fn read_answer(payload: &[u8]) -> Result<Vec<u8>, NotSigned> {
    match payload.split_first() {
        Some((&SIGNED, signature)) if !signature.is_empty() => Ok(signature.to_vec()),
        Some((&REFUSED, reason)) => Err(NotSigned::Refused(
            String::from_utf8_lossy(reason).into_owned(),
        )),
        _ => Err(Malformed("it is neither a signature nor a refusal").into()),
    }
}

fn frame(payload: &[u8]) -> Result<Vec<u8>, Malformed> {
    let head = u32::try_from(payload.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    length(head)?;
    Ok([&head, payload].concat())
}

/// Why there is no signature.
#[derive(Debug)]
pub(crate) enum NotSigned {
    /// The signer said why.
    Refused(String),
    /// What came is not an answer.
    Malformed(Malformed),
}

impl From<Malformed> for NotSigned {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl fmt::Display for NotSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(reason) => write!(f, "the remote signer refuses: {reason}"),
            Self::Malformed(malformed) => malformed.fmt(f),
        }
    }
}

impl StdError for NotSigned {}

/// A frame is not of this format.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Malformed(&'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a frame of the remote signer is malformed: {}", self.0)
    }
}

impl StdError for Malformed {}
