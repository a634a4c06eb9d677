//! The last look at what is written: secrets that were put where others belong, such as a key
//! given where its file's path goes, are not shown again.

use zeroize::Zeroizing;

use crate::config::{Setting, process_environment};

const SHOWN_INSTEAD: &str = "(a secret)";

/// The same text without private keys, and without the configured APIv3 key.
pub(crate) fn redact(text: &str) -> String {
    let key = process_environment(Setting::Apiv3Key.variable());
    let key = key.and_then(|key| key.into_string().ok().map(Zeroizing::new));
    let key = key.as_deref().filter(|key| key.len() >= 8);
    let text = without_bare_keys(&without_pem(text));
    match key {
        Some(key) => text.replace(key, SHOWN_INSTEAD),
        None => text,
    }
}

/// Cuts private keys out, from their first dashes to their last, or to an end of the text. Where
/// only one of the two lines around a key is left, that is enough.
fn without_pem(text: &str) -> String {
    const NAME: &str = "PRIVATE KEY-----";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(NAME) {
        if line_begins(before, "-----END ").is_some() {
            // Its beginning is not to be found, so that it may be anywhere before.
            out.clear();
            rest = after;
        } else {
            let begin = line_begins(before, "-----BEGIN ").unwrap_or(before.len());
            out.push_str(&before[..begin]);
            let after = after.split_once("-----END ").map_or("", |(_, end)| end);
            rest = after.split_once("-----").map_or("", |(_, after)| after);
        }
        out.push_str(SHOWN_INSTEAD);
    }
    out.push_str(rest);
    out
}

/// Where a text's last line begins with these dashes, and goes on with nothing but what kind of key
/// it is.
fn line_begins(text: &str, dashes: &str) -> Option<usize> {
    let at = text.rfind(dashes)?;
    let kind = &text[at + dashes.len()..];
    let fits = kind.chars().all(|c| c.is_ascii_uppercase() || c == ' ');
    fits.then_some(at)
}

/// Cuts out what may be a line of a private key, or all of it in one line: base64 that is longer than
/// any number, and that no path is, with a dot or a dash in it.
fn without_bare_keys(text: &str) -> String {
    const LONG: usize = 60;
    let of_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| of_key(c) != of_key(first));
        let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
        let hidden = of_key(first) && run.len() >= LONG;
        out.push_str(if hidden { SHOWN_INSTEAD } else { run });
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{without_bare_keys, without_pem};

    #[test]
    fn cuts_keys_out() {
        let text = "a '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----' b";
        assert_eq!(without_pem(text), "a '(a secret)' b");
        let cut = "a -----BEGIN RSA PRIVATE KEY-----\nMIIE";
        assert_eq!(without_pem(cut), "a (a secret)");
        // What a terminal takes for a sequence of its own swallowed a part of the first line.
        let torn = "a 'EGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----' b";
        assert_eq!(without_pem(torn), "a 'EGIN (a secret)' b");
        let headless = "a 'MIIE\n-----END RSA PRIVATE KEY-----' b";
        assert_eq!(without_pem(headless), "(a secret)' b");
        let two = "-----BEGIN PRIVATE KEY-----\nM\n-----END PRIVATE KEY-----";
        assert_eq!(
            without_pem(&format!("{two} {two}")),
            "(a secret) (a secret)"
        );
        for harmless in [
            "MIIE",
            "it has no -----BEGIN line",
            "-----BEGIN CERTIFICATE-----\nMIIE",
        ] {
            assert_eq!(without_pem(harmless), harmless);
        }
    }

    #[test]
    fn cuts_keys_out_that_have_no_frame() {
        let line = "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCcXyMOy+IOZy+k";
        assert_eq!(without_bare_keys(line), "(a secret)");
        let text = format!("'{line}{line}==' and '{line}'");
        assert_eq!(without_bare_keys(&text), "'(a secret)' and '(a secret)'");
        for harmless in [
            "",
            "补差 4208450740201411110007820472",
            "PUB_KEY_ID_0114232134912410000000000000",
            "https://api.mch.weixin.qq.com/v3/marketing/busifavor/subsidy/pay-receipts",
            "/home/merchant/.config/wechatpay/credentials/production/apiclient_key.pem",
        ] {
            assert_eq!(without_bare_keys(harmless), harmless);
        }
    }
}
