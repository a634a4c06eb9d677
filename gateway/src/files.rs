//! Files that the gateway hands out, which the platform does not sign.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use wechatpay_core::Timestamp;

use crate::table::{Change, Table};
use crate::wire;

/// A file as it is handed out.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) media_type: MediaType,
    #[serde(with = "wire::base64")]
    pub(crate) bytes: Bytes,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum MediaType {
    Csv,
    Gzip,
    Encrypted,
    Jpeg,
    Png,
    Bmp,
}

impl MediaType {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Gzip => "application/gzip",
            Self::Encrypted => "application/octet-stream",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Bmp => "image/bmp",
        }
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, length) = (self.media_type.as_str(), self.bytes.len());
        write!(f, "File({kind}, {length} bytes)")
    }
}

/// The latest files by their ids. Whoever uploads without end makes the oldest forgotten.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    /// In the order in which they came.
    files: Table<u64, Kept>,
    size: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    id: String,
    at: Timestamp,
    file: File,
}

/// So many files are kept.
const MOST: usize = 64;
/// So many bytes are kept, or else the latest file alone.
const MOST_BYTES: usize = 32 * 1024 * 1024;

impl Shelf {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            files: Table::new(name),
            size: 0,
        }
    }

    /// Keeps a file, from `at` on.
    pub(crate) fn put(&mut self, id: String, file: File, at: Timestamp) {
        let number = self.files.last().map_or(0, |(number, _)| number + 1);
        self.size += file.bytes.len();
        self.files.insert(number, Kept { id, at, file });
        while self.files.len() > MOST || (self.size > MOST_BYTES && self.files.len() > 1) {
            let Some(oldest) = self.files.first().map(|(number, _)| *number) else {
                return;
            };
            let gone = self.files.remove(&oldest);
            self.size -= gone.map_or(0, |kept| kept.file.bytes.len());
        }
    }

    /// A file, and since when it is kept.
    pub(crate) fn get(&self, id: &str) -> Option<(&File, Timestamp)> {
        let (_, kept) = self.files.iter().find(|(_, kept)| kept.id == id)?;
        Some((&kept.file, kept.at))
    }

    pub(crate) fn changes(&mut self, filed: &mut Vec<Change>) {
        self.files.changes(filed);
    }

    pub(crate) fn load(&mut self, key: &[u8], value: &[u8]) -> Result<(), serde_json::Error> {
        self.files.load(key, value)?;
        self.size = self
            .files
            .iter()
            .map(|(_, kept)| kept.file.bytes.len())
            .sum();
        Ok(())
    }
}
