//! Which paths the platform does not sign, and what stands in for the signature there.
//!
//! An operation states by its response type what is signed, and a mistake there would be silent:
//! whoever claims that a signed path is unsigned switches verification off. So each draft is held
//! against this table, in both directions.

use bytes::Bytes;
use http::{HeaderMap, Method};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::error::{DecodeError, DraftError, OperationName, VerifyError};
use crate::keys::{Verifier, check_answer};
use crate::operation::{Coverage, Decode};
use crate::stamp::{Timestamp, header_name, required};

/// `GET` paths whose answers are not signed at all.
const UNSIGNED: [&str; 6] = [
    "/v3/billdownload/file",
    "/v3/merchant-service/images/{media_id}",
    "/v3/global/merchant-service/images/{media_id}",
    "/v3/transferdownload/elecvoucherfile",
    "/v3/transferdownload/signfile",
    "/v3/new-tax-control-fapiao/download",
];

/// `GET` paths whose signature covers the body's SHA-1 in place of the body.
const STATEMENTS: [&str; 2] = ["/hk/v3/statements", "/v3/global/statements"];

impl Coverage {
    /// What the platform signs in the answer to `method` on `target`, path and query as sent.
    ///
    /// Octets are compared, nothing is decoded or folded: a spelling that is not the documented one
    /// counts as signed.
    ///
    /// ```
    /// use wechatpay_core::{Coverage, Method};
    ///
    /// let of = |target| Coverage::of(&Method::GET, target);
    /// assert_eq!(of("/v3/billdownload/file?token=xxx"), Coverage::Nothing);
    /// assert_eq!(of("/v3/bill/tradebill?bill_date=2024-06-01"), Coverage::Body);
    /// ```
    #[must_use]
    pub fn of(method: &Method, target: &str) -> Self {
        let path = target.split('?').next().unwrap_or_default();
        let among = |templates: &[&str]| templates.iter().any(|template| fits(template, path));
        if *method != Method::GET {
            Self::Body
        } else if among(&UNSIGNED) {
            Self::Nothing
        } else if among(&STATEMENTS) {
            Self::Statement
        } else {
            Self::Body
        }
    }
}

/// Refuses a draft whose response type expects another signature than the platform makes.
pub(crate) fn agree(
    operation: &OperationName,
    target: &str,
    expected: Coverage,
) -> Result<(), DraftError> {
    let documented = Coverage::of(operation.method(), target);
    if documented == expected {
        Ok(())
    } else {
        Err(DraftError::Coverage {
            operation: operation.clone(),
            expected,
            documented,
        })
    }
}

/// Whether an answer of this coverage is the platform's.
pub(crate) fn check_covered(
    coverage: Coverage,
    headers: &HeaderMap,
    body: &[u8],
    keys: &(impl Verifier + ?Sized),
    now: Timestamp,
) -> Result<(), VerifyError> {
    match coverage {
        Coverage::Nothing => Ok(()),
        Coverage::Body => check_answer(headers, body, keys, now),
        Coverage::Statement => {
            let stated = required(headers, header_name::STATEMENT_SHA1)?;
            // Anything but digits could break out of the JSON that is verified.
            if stated.len() != 40 || !stated.bytes().all(|b| b.is_ascii_hexdigit()) {
                return Err(VerifyError::Malformed {
                    header: header_name::STATEMENT_SHA1,
                });
            }
            let signed = format!("{{\"sha1\":\"{stated}\"}}");
            check_answer(headers, signed.as_bytes(), keys, now)?;
            let found = hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, body).as_ref());
            if found.eq_ignore_ascii_case(stated) {
                Ok(())
            } else {
                Err(VerifyError::Statement {
                    stated: stated.to_owned(),
                    found,
                })
            }
        }
    }
}

/// A statement file (结算账单): its signature covers the SHA-1 that stands beside it, and its bytes
/// have that SHA-1.
///
/// ```
/// use wechatpay_core::{AnyOperation, Merchant, Method, Statement};
///
/// let statement = AnyOperation::new(Method::GET, "/hk/v3/statements")
///     .query("date", "20240601")
///     .answering::<Statement>();
/// let draft = Merchant::new("1900001109")?.draft(&statement)?;
/// assert_eq!(draft.target(), "/hk/v3/statements?date=20240601");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "bytes are bytes")]
pub struct Statement(pub Bytes);

impl Decode for Statement {
    const COVERAGE: Coverage = Coverage::Statement;

    fn decode(body: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self(Bytes::copy_from_slice(body)))
    }

    fn decode_shared(body: &Bytes) -> Result<Self, DecodeError> {
        Ok(Self(body.clone()))
    }
}

impl std::fmt::Debug for Statement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Statement({} bytes)", self.0.len())
    }
}

/// Bytes that the platform does not sign, such as a bill file: hold them against their digest
/// before use.
#[derive(Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "bytes are bytes")]
pub struct Unverified(pub Bytes);

impl Decode for Unverified {
    const COVERAGE: Coverage = Coverage::Nothing;

    fn decode(body: &[u8]) -> Result<Self, DecodeError> {
        Ok(Self(Bytes::copy_from_slice(body)))
    }

    fn decode_shared(body: &Bytes) -> Result<Self, DecodeError> {
        Ok(Self(body.clone()))
    }
}

impl std::fmt::Debug for Unverified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unverified({} bytes)", self.0.len())
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// Segment by segment; a placeholder stands for one argument.
fn fits(template: &str, path: &str) -> bool {
    let mut given = path.split('/');
    let all = template.split('/').all(|wanted| match given.next() {
        Some(segment) if wanted.starts_with('{') => is_argument(segment),
        Some(segment) => segment == wanted,
        None => false,
    });
    all && given.next().is_none()
}

/// Whether a segment is a media id, percent-encoded at most once. A server that decodes before it
/// takes a path apart would read `..%2F` as a way out of this path, and `%252E` twice.
fn is_argument(segment: &str) -> bool {
    let Some(text) = percent_decoded(segment) else {
        return false;
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"+/=-_.~".contains(&b);
    !text.is_empty()
        && text.iter().all(|&b| plain(b))
        && !text
            .split(|&b| b == b'/')
            .any(|part| matches!(part, b"." | b".."))
}

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit = || char::from(bytes.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            out.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            out.push(byte);
        }
    }
    Some(out)
}
