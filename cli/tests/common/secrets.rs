//! What no text may hold, and the search for it: any part of a key, in any writing.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::HashSet;
use std::fmt::Write as _;

/// So many characters in a row give a secret away.
const PART: usize = 16;

/// Secrets, cut into all their parts.
#[derive(Default)]
pub(crate) struct Secrets {
    parts: HashSet<Vec<u8>>,
    words: Vec<String>,
}

impl Secrets {
    /// A private key as PEM: its text, with line breaks and without.
    pub(crate) fn private_key(mut self, pem: &str) -> Self {
        let lines = pem.lines().filter(|line| !line.starts_with("-----"));
        self.hide(&lines.collect::<String>());
        self
    }

    /// A private key as DER: as hexadecimal digits, and as `Debug` writes bytes.
    pub(crate) fn private_key_der(mut self, der: &[u8]) -> Self {
        let mut hex = String::new();
        for byte in der {
            write!(hex, "{byte:02x}").expect("a string takes all");
        }
        self.hide(&hex);
        self.hide(&hex.to_uppercase());
        self.hide(&format!("{der:?}"));
        self
    }

    /// Any other secret; one that is shorter than a part is searched as a whole.
    pub(crate) fn text(mut self, text: &str) -> Self {
        if text.len() < PART {
            self.words.push(text.to_owned());
        } else {
            self.hide(text);
        }
        self
    }

    fn hide(&mut self, text: &str) {
        let parts = text.as_bytes().windows(PART);
        self.parts.extend(parts.map(<[u8]>::to_vec));
    }

    /// The first part of a secret that a text holds.
    pub(crate) fn found_in(&self, text: &str) -> Option<String> {
        // A secret that is broken into lines is as good as whole.
        let whole: String = text.split_whitespace().collect();
        let part = [text, &whole].into_iter().find_map(|text| {
            let mut parts = text.as_bytes().windows(PART);
            parts.find(|part| self.parts.contains(*part))
        });
        let part = part.map(|part| String::from_utf8_lossy(part).into_owned());
        part.or_else(|| self.words.iter().find(|word| text.contains(*word)).cloned())
    }

    /// That none of these texts holds any of them.
    #[track_caller]
    pub(crate) fn are_not_in(&self, what: &str, texts: &[&str]) {
        for text in texts {
            if let Some(part) = self.found_in(text) {
                panic!("{what}: {part:?} shows in {text}");
            }
        }
    }
}
