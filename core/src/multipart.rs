//! The body of an upload, as the merchant writes it: `multipart/form-data` of a part `meta`, which
//! is what is signed, and a part `file`.

use std::fmt;
use std::io::{self, Read};
use std::ops::Range;

use std::collections::BTreeSet;

use bytes::Bytes;
use ring::digest::{Context, Digest, SHA256};
use serde::Serialize;

use crate::coverage::hex;
use crate::operation::Body;

/// A body that is built once, and shared by every attempt.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Form {
    sent: Bytes,
    meta: Bytes,
    content_type: String,
}

/// Why a file did not become a [`Form`].
pub(crate) enum FormError {
    Empty,
    TooLarge,
    Read(io::Error),
}

impl Form {
    /// Reads `source` behind the head of the body and hashes it on the way, so that the file is in
    /// memory once. `size` is a guess.
    pub(crate) fn read(
        filename: &str,
        media_type: &str,
        source: impl Read,
        size: usize,
        most: usize,
    ) -> Result<Self, FormError> {
        // Digest and boundary are known at the end; their lengths are known now.
        let unknown = Head::new(filename, media_type, &boundary(0), &"0".repeat(64));
        let start = unknown.text.len();
        let mut body = Vec::with_capacity(start + size + 64);
        body.extend_from_slice(unknown.text.as_bytes());
        let digest = read_hashing(source, most, &mut body)?;
        if body.len() == start {
            return Err(FormError::Empty);
        }
        let boundary = boundary(unused_number([filename.as_bytes(), &body[start..]]));
        let head = Head::new(filename, media_type, &boundary, &hex(digest.as_ref()));
        body[..start].copy_from_slice(head.text.as_bytes());
        body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        let sent = Bytes::from(body);
        Ok(Self {
            meta: sent.slice(head.meta),
            sent,
            content_type: format!("multipart/form-data; boundary={boundary}"),
        })
    }

    pub(crate) fn body(&self) -> Body {
        Body::upload(
            self.sent.clone(),
            self.meta.clone(),
            self.content_type.clone(),
        )
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meta = String::from_utf8_lossy(&self.meta);
        write!(f, "Form({meta}, {} bytes)", self.sent.len())
    }
}

/// All that stands before the file.
struct Head {
    text: String,
    meta: Range<usize>,
}

impl Head {
    fn new(filename: &str, media_type: &str, boundary: &str, sha256: &str) -> Self {
        let mut text = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"meta\"\r\n\
             Content-Type: application/json\r\n\r\n"
        );
        let start = text.len();
        let meta = serde_json::to_string(&Meta { filename, sha256 });
        text.push_str(&meta.expect("two texts are written as JSON"));
        let meta = start..text.len();
        text.push_str(&format!(
            "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; \
             filename=\"{filename}\"\r\nContent-Type: {media_type}\r\n\r\n"
        ));
        Self { text, meta }
    }
}

#[derive(Serialize)]
struct Meta<'a> {
    filename: &'a str,
    sha256: &'a str,
}

fn read_hashing(
    mut source: impl Read,
    most: usize,
    body: &mut Vec<u8>,
) -> Result<Digest, FormError> {
    const PIECE: u64 = 64 * 1024;
    let start = body.len();
    let mut hash = Context::new(&SHA256);
    loop {
        let before = body.len();
        let piece = source.by_ref().take(PIECE).read_to_end(body);
        if piece.map_err(FormError::Read)? == 0 {
            return Ok(hash.finish());
        }
        if body.len() - start > most {
            return Err(FormError::TooLarge);
        }
        hash.update(&body[before..]);
    }
}

const STEM: &str = "wechatpay-core-boundary-";

fn boundary(number: u32) -> String {
    format!("{STEM}{number:08x}")
}

/// The least number whose boundary occurs in none of the texts, in one pass however many do.
fn unused_number(texts: [&[u8]; 2]) -> u32 {
    let mut used = BTreeSet::new();
    for text in texts {
        for at in text.windows(STEM.len() + 8) {
            if let Some(digits) = at.strip_prefix(STEM.as_bytes())
                && let Ok(digits) = std::str::from_utf8(digits)
                && let Ok(number) = u32::from_str_radix(digits, 16)
            {
                used.insert(number);
            }
        }
    }
    let mut unused = 0;
    for number in used {
        if number != unused {
            break;
        }
        unused = number.saturating_add(1);
    }
    unused
}
