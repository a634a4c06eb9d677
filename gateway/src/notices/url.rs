use http::Uri;

use crate::problem::{Location, Problem};

/// Holds a `notify_url` to what the platform asks of one. It asks for https; plain http is accepted
/// too, as it is all that the gateway delivers by.
pub(crate) fn notify_url(text: &str) -> Result<Uri, Problem> {
    let refuse = |issue: &str| {
        let value = text.into();
        Err(Problem::field(Location::Body, "notify_url", &value, issue))
    };
    let uri: Uri = match text.parse() {
        Ok(uri) if text.is_ascii() => uri,
        Ok(_) => return refuse("has characters beyond ASCII: percent-encode them"),
        Err(error) => {
            let error: http::uri::InvalidUri = error;
            return refuse(&format!("is no URL: {error}"));
        }
    };
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return refuse("must begin with http:// or https://");
    }
    match uri.authority() {
        Some(authority) if authority.as_str().contains('@') => {
            refuse("must need no login: the platform sends none")
        }
        Some(authority) if !authority.host().is_empty() => {
            if text.contains(['?', '#']) {
                return refuse(
                    "must have no query string and no fragment: the platform sends none",
                );
            }
            Ok(uri)
        }
        _ => refuse("names no host"),
    }
}
