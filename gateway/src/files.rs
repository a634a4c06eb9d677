//! Files that the gateway hands out, which the platform does not sign.

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use wechatpay_core::Timestamp;

/// A file as it is handed out.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) media_type: &'static str,
    pub(crate) bytes: Bytes,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

/// The latest files by their ids. Whoever uploads without end makes the oldest forgotten.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shelf {
    files: VecDeque<Kept>,
    size: usize,
}

#[derive(Clone, Debug)]
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
    /// Keeps a file, from `at` on.
    pub(crate) fn put(&mut self, id: String, file: File, at: Timestamp) {
        self.size += file.bytes.len();
        self.files.push_back(Kept { id, at, file });
        while self.files.len() > MOST || (self.size > MOST_BYTES && self.files.len() > 1) {
            if let Some(oldest) = self.files.pop_front() {
                self.size -= oldest.file.bytes.len();
            }
        }
    }

    /// A file, and since when it is kept.
    pub(crate) fn get(&self, id: &str) -> Option<(&File, Timestamp)> {
        let kept = self.files.iter().find(|kept| kept.id == id)?;
        Some((&kept.file, kept.at))
    }
}
