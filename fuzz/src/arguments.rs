//! What people type.

/// A key's text, as it gets into a command line by mistake. Nothing else spells its secret.
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nTHEvSECRETuLINEsOFrTHEqKEY0123456789\n\
    -----END PRIVATE KEY-----";

/// The command line of `wxpay`: it is refused with words, or its operation keeps the documented
/// limits; and no private key is in the words.
///
/// The input is an argument a line; in each, `%` stands for a private key's text. What would be read
/// from a file or from standard input is left out.
pub fn arguments(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if text.contains("SECRET") {
        return;
    }
    let arguments = text
        .split('\n')
        .filter(|argument| !reads(argument))
        .map(|argument| argument.replace('%', KEY));
    let line = std::iter::once("wxpay".to_owned()).chain(arguments);
    if let Err(misuse) = wechatpay_cli::check(line) {
        let words = misuse.to_string();
        assert!(!words.trim().is_empty(), "it is said why");
        assert!(!words.contains("SECRET"), "a key shows: {words}");
    }
}

/// Whether a flag's value names a file, or standard input.
fn reads(argument: &str) -> bool {
    let value = argument
        .split_once('=')
        .map_or(argument, |(_, value)| value);
    value.starts_with('@') || value == "-"
}
