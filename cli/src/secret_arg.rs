//! What nobody shall read off a list of processes, as one flag takes it: the text, or `@FILE`.

use std::str::FromStr;

use zeroize::Zeroizing;

/// The value of such a flag. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Secret {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(path) = text.strip_prefix('@') else {
            return Ok(Self(Zeroizing::new(text.to_owned())));
        };
        let held = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
        let mut held = Zeroizing::new(held);
        // An editor ends the line.
        let text = held.trim_end_matches(['\r', '\n']).len();
        held.truncate(text);
        Ok(Self(held))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}
