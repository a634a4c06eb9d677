use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY};
use thiserror::Error;

use super::{BillFile, HashType};
use crate::coverage::hex;
use crate::error::excerpt;

/// How the bytes of a downloaded file are packed.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// As gzip, when `tar_type=GZIP` was asked for. Needs the feature `bills`.
    #[cfg(feature = "bills")]
    Gzip,
}

/// Holds a downloaded file against its digest, piece by piece, and unpacks it on the way. It holds
/// no more than a piece in memory.
///
/// What the sink receives is not verified before [`finish`](Self::finish): keep it apart until then,
/// such as in a file that gets its name afterwards.
///
/// ```
/// use wechatpay_core::api::bill::{BillCheck, BillFile, Packing};
///
/// let file: BillFile = serde_json::from_str(r#"{
///     "hash_type": "SHA1",
///     "hash_value": "a9993e364706816aba3e25717850c26c9cd0d89d",
///     "download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=xxx"
/// }"#)?;
/// let mut check = BillCheck::new(&file, Packing::Plain, 1_000_000)?;
/// let mut kept = Vec::new();
/// for piece in [b"a", b"b", b"c"] {
///     check.push(piece, |bytes| kept.extend_from_slice(bytes))?;
/// }
/// assert_eq!(check.finish()?.size(), 3);
/// assert_eq!(kept, b"abc");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing is verified before `finish`"]
pub struct BillCheck {
    expected: String,
    so_far: SoFar,
    #[cfg(feature = "bills")]
    gzip: Option<super::gzip::Unpacker>,
    failed: bool,
}

/// The unpacked bytes, up to now.
struct SoFar {
    hash: Context,
    size: u64,
    limit: u64,
}

impl BillCheck {
    /// Expects the file that `bill` describes, of at most `limit` bytes unpacked.
    ///
    /// # Errors
    ///
    /// [`BillError::HashType`] or [`BillError::HashValue`] when the digest is not SHA-1.
    pub fn new(bill: &BillFile, packing: Packing, limit: u64) -> Result<Self, BillError> {
        if bill.hash_type != HashType::Sha1 {
            return Err(BillError::HashType(excerpt(bill.hash_type.as_str())));
        }
        let digits = &bill.hash_value;
        if digits.len() != 40 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(BillError::HashValue(excerpt(digits)));
        }
        #[cfg(not(feature = "bills"))]
        let Packing::Plain = packing;
        Ok(Self {
            expected: digits.to_ascii_lowercase(),
            so_far: SoFar {
                hash: Context::new(&SHA1_FOR_LEGACY_USE_ONLY),
                size: 0,
                limit,
            },
            #[cfg(feature = "bills")]
            gzip: match packing {
                Packing::Plain => None,
                Packing::Gzip => Some(super::gzip::Unpacker::new()),
            },
            failed: false,
        })
    }

    /// Takes the next piece of the file, as it came, and gives what it unpacks to, if anything, to
    /// `sink`.
    ///
    /// # Errors
    ///
    /// [`BillError`] when the file does not unpack, or is larger than the limit. Later calls fail
    /// too.
    pub fn push(&mut self, piece: &[u8], sink: impl FnMut(&[u8])) -> Result<(), BillError> {
        if self.failed {
            return Err(BillError::Failed);
        }
        let pushed = self.take(piece, sink);
        self.failed = pushed.is_err();
        pushed
    }

    fn take(&mut self, piece: &[u8], mut sink: impl FnMut(&[u8])) -> Result<(), BillError> {
        #[cfg(feature = "bills")]
        if let Some(gzip) = &mut self.gzip {
            return gzip.push(piece, |unpacked| {
                self.so_far.add(unpacked)?;
                sink(unpacked);
                Ok(())
            });
        }
        self.so_far.add(piece)?;
        if !piece.is_empty() {
            sink(piece);
        }
        Ok(())
    }

    /// Says whether all that was pushed is the file.
    ///
    /// # Errors
    ///
    /// [`BillError::Digest`] when it is another, [`BillError::Truncated`] when it is cut off.
    pub fn finish(self) -> Result<Checked, BillError> {
        if self.failed {
            return Err(BillError::Failed);
        }
        #[cfg(feature = "bills")]
        if let Some(gzip) = &self.gzip {
            gzip.check_end()?;
        }
        let found = hex(self.so_far.hash.finish().as_ref());
        if found == self.expected {
            Ok(Checked {
                size: self.so_far.size,
                sha1: found,
            })
        } else {
            Err(BillError::Digest {
                expected: self.expected,
                found,
                size: self.so_far.size,
            })
        }
    }
}

impl SoFar {
    fn add(&mut self, bytes: &[u8]) -> Result<(), BillError> {
        let more = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.size = self.size.saturating_add(more);
        if self.size > self.limit {
            return Err(BillError::TooLarge { limit: self.limit });
        }
        self.hash.update(bytes);
        Ok(())
    }
}

impl std::fmt::Debug for BillCheck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BillCheck({} bytes so far)", self.so_far.size)
    }
}

/// A file that has the digest which the platform signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    size: u64,
    sha1: String,
}

impl Checked {
    /// How many bytes it has, unpacked.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its SHA-1, in lower-case hexadecimal digits.
    #[must_use]
    pub fn sha1(&self) -> &str {
        &self.sha1
    }
}

/// Why a file is not the bill that was asked for.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BillError {
    /// The digest is of another algorithm.
    #[error("the bill's digest is of type {0}, where SHA1 is known: it cannot be verified")]
    HashType(String),
    /// The digest is not one of SHA-1.
    #[error("the bill's digest is \"{0}\", where SHA-1 has 40 hexadecimal digits")]
    HashValue(String),
    /// The file is another.
    #[error(
        "the file of {size} bytes has SHA-1 {found}, and the bill has {expected}: it is cut off or \
         was changed; download it again"
    )]
    Digest {
        /// The bill's.
        expected: String,
        /// The file's.
        found: String,
        /// How many bytes the file has, unpacked.
        size: u64,
    },
    /// The file is larger than the caller takes.
    #[error("the file unpacks to more than {limit} bytes, which is the limit that was set")]
    TooLarge {
        /// The caller's limit.
        limit: u64,
    },
    /// The file is not gzip, such as when `tar_type` was not asked for.
    #[error("the file is not gzip: was it asked for with tar_type=GZIP?")]
    NotGzip,
    /// The packed bytes are damaged.
    #[error("the gzip file is damaged: {0}")]
    Damaged(&'static str),
    /// The packed bytes end too early.
    #[error("the gzip file is cut off")]
    Truncated,
    /// There are bytes after the packed ones.
    #[error("there are bytes after the end of the gzip file")]
    Trailing,
    /// An earlier piece was refused already.
    #[error("an earlier piece of the file was refused")]
    Failed,
}
