//! What to fix: the classic mistakes, told from how the platform refuses or how an answer fails.

use serde_json::Value;
use wechatpay_core::api::certificates::AdoptError;
use wechatpay_core::{
    ApiError, DateTime, DraftError, Effect, Reason, Replay, ResourceError, ResponseError,
    Timestamp, VerifyError,
};

use crate::config::Setting;
use crate::transport::{Client, Failure};

/// As much of a signed message as a terminal shows.
const SHOWN: usize = 400;

/// What the failure suggests, most likely first.
pub(crate) fn hints(failure: &Failure, client: &Client) -> Vec<String> {
    match failure {
        Failure::Draft(error) => draft(error).into_iter().collect(),
        Failure::Sign(_) | Failure::Start(_) => Vec::new(),
        Failure::NotSent(_) => vec![format!(
            "no connection to {}: is {} right? A gateway must be running (`wxpay gateway`), and \
             https needs a certificate that public authorities signed",
            client.merchant().base_url(),
            Setting::BaseUrl
        )],
        Failure::NoAnswer { replay, .. } => replay.map(again).into_iter().collect(),
        Failure::Answered(error) => answered(error, client),
    }
}

/// Which flag an operation's field came from.
pub(crate) fn draft(error: &DraftError) -> Option<String> {
    let DraftError::Field { source, .. } = error else {
        return None;
    };
    let field = source.field();
    // Objects whose fields are flags of their own; of all others the whole is one flag.
    let field = match field.split_once('.') {
        Some(("settle_info" | "payer" | "combine_payer_info", field)) => field,
        Some(("scene_info", field)) => field.split('.').next().unwrap_or_default(),
        Some(("amount", field)) => field.split(['.', '[']).next().unwrap_or_default(),
        _ => match field.split(['.', '[']).next().unwrap_or_default() {
            "payer" => "sp_openid or --sub_openid",
            "combine_payer_info" => "openid or --sub_openid",
            whole => whole,
        },
    };
    Some(format!("correct --{}", field.replace('_', "-")))
}

/// How an outcome that is unknown is settled.
fn again(replay: Replay) -> String {
    match replay {
        Replay::ReadOnly => "ask again".to_owned(),
        Replay::Idempotent { .. } => {
            "run exactly this command again: identical parameters act once".to_owned()
        }
        Replay::AskFirst { settle } => settle.to_owned(),
        _ => "query the outcome before anything else".to_owned(),
    }
}

fn answered(error: &ResponseError, client: &Client) -> Vec<String> {
    let mut hints = match &error.reason {
        Reason::Api(api) => refused(api, error.operation.path(), client),
        Reason::Untrusted { source, .. } => vec![untrusted(source)],
        Reason::Status(_) => vec![format!(
            "this server speaks another protocol: is {} right?",
            Setting::BaseUrl
        )],
        Reason::Certificates(error) => vec![adoption(error)],
        _ => Vec::new(),
    };
    if error.effect() == Effect::Unknown {
        hints.push(again(error.replay));
    }
    hints
}

fn refused(api: &ApiError, path: &str, client: &Client) -> Vec<String> {
    let mut hints = Vec::new();
    // A clock that is wrong explains the refusal and the distrust at once.
    let stale = matches!(api.untrusted, Some(VerifyError::Stale { .. }));
    if api.status == 401 || api.code == "SIGN_ERROR" {
        if !stale {
            hints.extend(messages(api, client));
            hints.push(signature(client));
        }
    } else if let Some(words) = by_code(api, path) {
        hints.push(words.to_owned());
    }
    hints.extend(api.untrusted.as_ref().map(untrusted));
    hints
}

/// The settings that a signature depends on.
fn signature(client: &Client) -> String {
    let now = Timestamp::from(std::time::SystemTime::now());
    format!(
        "check that {} ({}) is the serial number of the certificate that belongs to the private \
         key of {}, that both are of merchant {} ({}), and that this clock is right ({}); \
         {} lets the first two be checked before a call",
        client.signer().serial(),
        Setting::SerialNo.variable(),
        Setting::PrivateKeyFile.variable(),
        client.merchant().mchid(),
        Setting::Mchid.variable(),
        time(now),
        Setting::MerchantCertFile.variable(),
    )
}

/// The message as the platform built it, beside the one that was signed here.
fn messages(api: &ApiError, client: &Client) -> Option<String> {
    let there = api.detail.as_ref().and_then(sign_information)?;
    let length = match there.get("sign_message_length")? {
        Value::Number(number) => usize::try_from(number.as_u64()?).ok()?,
        Value::String(digits) => digits.parse().ok()?,
        _ => return None,
    };
    let here = client.signer().last_message();
    if length == here.len() {
        return Some(format!(
            "the platform built a message of {length} bytes too, so what was signed is most \
             likely right, and the key, the serial number or the merchant number is not"
        ));
    }
    let text = there.get("truncated_sign_message").and_then(Value::as_str);
    Some(format!(
        "the platform built another message, so the request was changed on its way\n  \
         platform, {length} bytes: {}\n  here, {} bytes: {}",
        shown(text.unwrap_or("(not told)")),
        here.len(),
        shown(&String::from_utf8_lossy(&here)),
    ))
}

/// `sign_information`, at whatever depth of the details it stands.
fn sign_information(detail: &Value) -> Option<&Value> {
    match detail {
        Value::Object(fields) => fields
            .get("sign_information")
            .or_else(|| fields.values().find_map(sign_information)),
        Value::Array(items) => items.iter().find_map(sign_information),
        _ => None,
    }
}

fn shown(text: &str) -> String {
    let mut out: String = text
        .chars()
        .take(SHOWN)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        out.push('…');
    }
    out
}

fn by_code(api: &ApiError, path: &str) -> Option<&'static str> {
    let status = api.status;
    let words = match api.code.as_str() {
        "NOT_ENOUGH" => {
            "the paying account does not cover the amount: top it up, then repeat with identical \
             parameters"
        }
        "NO_AUTH" => {
            "the merchant has not opened this product, or is not allowed to act for this \
             sub-merchant"
        }
        "FREQUENCY_LIMITED" | "RATELIMIT_EXCEEDED" => {
            "too many calls: wait, then repeat with identical parameters"
        }
        "ORDER_NOT_EXIST" | "RESOURCE_NOT_EXISTS" if path == "/v3/certificates" => {
            "merchants that joined since September 2024 have no platform certificates: configure \
             WECHATPAY_PUBLIC_KEY_ID and WECHATPAY_PUBLIC_KEY_FILE"
        }
        _ if status == 429 => "too many calls: wait, then repeat with identical parameters",
        _ if status.is_server_error() => {
            "the fault is the platform's, or its proxy's: wait a little"
        }
        _ => return None,
    };
    Some(words)
}

fn untrusted(error: &VerifyError) -> String {
    match error {
        VerifyError::Missing { .. } | VerifyError::Malformed { .. } => format!(
            "this answer is not WeChat Pay's: a proxy may have written it, or {} names another \
             server",
            Setting::BaseUrl
        ),
        VerifyError::Stale { at, now } => format!(
            "this machine's clock says {} and the platform's {}: set the clock that is wrong",
            time(*now),
            time(*at)
        ),
        VerifyError::Probe => {
            "the platform tests whether signatures are checked, as it does now and then".to_owned()
        }
        VerifyError::UnknownKey { serial, .. } if serial.starts_with("PUB_KEY_ID_") => format!(
            "the platform signs with its public key {}: set {} to this id and {} to its file",
            shown(serial),
            Setting::PublicKeyId,
            Setting::PublicKeyFile
        ),
        VerifyError::UnknownKey { held, .. } if held.starts_with("PUB_KEY_ID_") => format!(
            "the platform does not know {}, and signed with its certificate: check {} digit by \
             digit",
            shown(held),
            Setting::PublicKeyId
        ),
        VerifyError::UnknownKey { serial, .. } => format!(
            "the platform signed with its certificate {}, which is not the configured one: \
             `wxpay certificates` downloads it, and {} names its file",
            shown(serial),
            Setting::PlatformCertFile
        ),
        VerifyError::BadSignature { serial } => format!(
            "the key that is configured for {} is not the platform's key of that id: take {} and \
             {} together from the merchant platform, or {} from `wxpay certificates`; if they are \
             right, the answer was changed on its way",
            shown(serial),
            Setting::PublicKeyId.variable(),
            Setting::PublicKeyFile.variable(),
            Setting::PlatformCertFile.variable()
        ),
        _ => "only RSA signatures (WECHATPAY2-SHA256-RSA2048) can be verified here".to_owned(),
    }
}

fn adoption(error: &AdoptError) -> String {
    match error {
        AdoptError::Open {
            source: ResourceError::Tag,
            ..
        } => format!(
            "{} is not the APIv3 key of this merchant: set it again from the merchant platform \
             (API安全, APIv3密钥)",
            Setting::Apiv3Key
        ),
        AdoptError::NoneValid { .. } => format!(
            "is this machine's clock right? It says {}",
            time(Timestamp::from(std::time::SystemTime::now()))
        ),
        _ => format!(
            "this answer is not WeChat Pay's, or was changed on its way: is {} right?",
            Setting::BaseUrl
        ),
    }
}

/// A time for people; the platform writes its own in this zone.
fn time(at: Timestamp) -> String {
    match DateTime::in_china(at) {
        Ok(time) => time.as_str().to_owned(),
        Err(_) => format!("{at} s"),
    }
}
