//! PEM, the text that keys and certificates come in (RFC 7468), read leniently: text around the
//! section, any line length, any line ends.
//!
//! A private key passes through here, so what holds it is wiped when it is dropped, and an error
//! repeats nothing of the file. Readers of other crates free strings of the key's text as they are.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::error::{KeyError, KeyKind};

/// What stands between the BEGIN and the END line of one section.
pub(crate) struct Section {
    pub(crate) label: String,
    pub(crate) der: Zeroizing<Vec<u8>>,
}

/// Reads the one section of a PEM file, and says what the file holds when it is not `expected`.
pub(crate) fn read(text: &[u8], expected: &KeyKind) -> Result<Section, KeyError> {
    let refuse = |reason: &str| KeyError::Pem {
        expected: expected.clone(),
        reason: reason.to_owned(),
    };
    let (framed, rest) = first(text).map_err(refuse)?;
    if split_once(rest, BEGIN).is_some() {
        return Err(refuse("it holds more than one section"));
    }
    let (headers, base64) = headers(framed.content);
    let found = if is_sealed(headers) {
        KeyKind::EncryptedPrivateKey
    } else {
        KeyKind::of_label(framed.label)
    };
    if found != *expected {
        return Err(KeyError::Kind {
            expected: expected.clone(),
            found,
        });
    }
    if !headers.lines().all(|line| line.contains(':')) {
        return Err(refuse(
            "a line before a blank line is no header: is there a blank line that does not belong?",
        ));
    }
    Ok(Section {
        label: framed.label.to_owned(),
        der: decoded(base64).map_err(refuse)?,
    })
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

struct Framed<'a> {
    label: &'a str,
    content: &'a str,
}

/// The first section, and what is behind it. Only the section has to be text: what tools write
/// around it may be in any encoding.
fn first(file: &[u8]) -> Result<(Framed<'_>, &[u8]), &'static str> {
    let (_, rest) = split_once(file, BEGIN).ok_or("it has no -----BEGIN line")?;
    let (label, rest) = split_once(rest, DASHES).ok_or("its BEGIN line is damaged")?;
    let no_end = "its END line is missing or damaged";
    let (content, rest) = split_once(rest, END).ok_or(no_end)?;
    let (end, rest) = split_once(rest, DASHES).ok_or(no_end)?;
    if label != end {
        return Err("its BEGIN and END lines do not belong together");
    }
    let text = |bytes| {
        std::str::from_utf8(bytes)
            .map_err(|_| "what stands between its BEGIN and END lines is not text")
    };
    let framed = Framed {
        label: text(label)?,
        content: text(content)?,
    };
    Ok((framed, rest))
}

fn split_once<'a>(bytes: &'a [u8], mark: &str) -> Option<(&'a [u8], &'a [u8])> {
    let mut windows = bytes.windows(mark.len());
    let at = windows.position(|window| window == mark.as_bytes())?;
    Some((&bytes[..at], &bytes[at + mark.len()..]))
}

/// The headers (RFC 1421), which a blank line ends, and what follows them.
fn headers(content: &str) -> (&str, &str) {
    let content = content.trim_start();
    let split = content
        .split_once("\n\n")
        .or_else(|| content.split_once("\r\n\r\n"));
    split.unwrap_or(("", content))
}

/// OpenSSL's older way to put a key under a password.
fn is_sealed(headers: &str) -> bool {
    let mut lines = headers.lines();
    lines.any(|line| line.starts_with("Proc-Type:") && line.contains("ENCRYPTED"))
}

/// Both buffers have their final size from the start: one that grows leaves its old place unwiped.
fn decoded(base64: &str) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let mut text = Zeroizing::new(Vec::with_capacity(base64.len()));
    text.extend(base64.bytes().filter(|byte| !byte.is_ascii_whitespace()));
    if text.is_empty() {
        return Err("there is nothing between its BEGIN and END lines");
    }
    let mut der = Zeroizing::new(vec![0; base64::decoded_len_estimate(text.len())]);
    let length = STANDARD
        .decode_slice(&*text, &mut der)
        .map_err(|_| "what stands between its BEGIN and END lines is not base64")?;
    der.truncate(length);
    Ok(der)
}
