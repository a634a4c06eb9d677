//! The texts that signatures cover, and nothing else: a request's, a response's, and those of a
//! front end that opens the cashier.
//!
//! Every line ends in LF, the last one too. What stands in a line is taken as it is: nothing is
//! trimmed, decoded or re-encoded, so a body that ends in LF is followed by another.
//!
//! Source: <https://pay.weixin.qq.com/doc/v3/merchant/4012365342> (request),
//! <https://pay.weixin.qq.com/doc/v3/merchant/4013053249> (response),
//! <https://pay.weixin.qq.com/doc/v3/merchant/4012365339> (JSAPI),
//! <https://pay.weixin.qq.com/doc/v3/merchant/4013070351> (app).

use crate::cashier::{AppId, PrepayId};
use crate::stamp::{Nonce, Timestamp};

/// The request message (请求签名串): five lines that the merchant signs.
///
/// `target` is the path, with `?` and the query when there is one, exactly as the request line
/// carries it. `body` is empty for a request without a body; its line stays.
///
/// ```
/// use wechatpay_core::canonical::request_message;
///
/// let message = request_message("GET", "/v3/certificates", "1554208460", "593BEC0C930BF1AF", b"");
/// assert_eq!(message, b"GET\n/v3/certificates\n1554208460\n593BEC0C930BF1AF\n\n");
/// ```
#[must_use]
pub fn request_message(
    method: &str,
    target: &str,
    timestamp: &str,
    nonce: &str,
    body: &[u8],
) -> Vec<u8> {
    lines([
        method.as_bytes(),
        target.as_bytes(),
        timestamp.as_bytes(),
        nonce.as_bytes(),
        body,
        LAST,
    ])
}

/// The response message (应答签名串): three lines that the platform signs, in answers and in
/// callbacks alike.
///
/// `timestamp` and `nonce` are the text of the headers as they came, `body` the raw bytes.
///
/// ```
/// use wechatpay_core::canonical::response_message;
///
/// assert_eq!(response_message("1554208460", "593BEC0C", b"{}"), b"1554208460\n593BEC0C\n{}\n");
/// ```
#[must_use]
pub fn response_message(timestamp: &str, nonce: &str, body: &[u8]) -> Vec<u8> {
    lines([timestamp.as_bytes(), nonce.as_bytes(), body, LAST])
}

/// What a merchant signs for the cashier of JSAPI and of mini-programs (JSAPI调起支付签名串): four
/// lines, of which the last is the value of `package`, `prepay_id=…`.
///
/// [`JsapiPayment`](crate::cashier::JsapiPayment) makes the parameters with it.
///
/// ```
/// use wechatpay_core::canonical::jsapi_message;
/// use wechatpay_core::cashier::{AppId, PrepayId};
/// use wechatpay_core::{Nonce, Timestamp};
///
/// let (app_id, prepay_id) = (AppId::parse("wx2421b1c4370ec43b")?, PrepayId::parse("wx2014")?);
/// let (now, nonce) = (Timestamp::from_secs(1_554_208_460), Nonce::parse("593BEC0C")?);
/// let message = jsapi_message(&app_id, now, &nonce, &prepay_id);
/// assert_eq!(message, b"wx2421b1c4370ec43b\n1554208460\n593BEC0C\nprepay_id=wx2014\n");
/// # Ok::<(), wechatpay_core::ConfigError>(())
/// ```
#[must_use]
pub fn jsapi_message(
    app_id: &AppId,
    now: Timestamp,
    nonce: &Nonce,
    prepay_id: &PrepayId,
) -> Vec<u8> {
    payment(app_id, now, nonce, &prepay_id.to_package())
}

/// What a merchant signs for the cashier of an app (APP调起支付签名串): four lines, of which the last
/// is the prepay id alone.
///
/// [`AppPayment`](crate::cashier::AppPayment) makes the parameters with it.
///
/// ```
/// use wechatpay_core::canonical::app_message;
/// use wechatpay_core::cashier::{AppId, PrepayId};
/// use wechatpay_core::{Nonce, Timestamp};
///
/// let (app_id, prepay_id) = (AppId::parse("wx2421b1c4370ec43b")?, PrepayId::parse("wx2014")?);
/// let (now, nonce) = (Timestamp::from_secs(1_554_208_460), Nonce::parse("593BEC0C")?);
/// let message = app_message(&app_id, now, &nonce, &prepay_id);
/// assert_eq!(message, b"wx2421b1c4370ec43b\n1554208460\n593BEC0C\nwx2014\n");
/// # Ok::<(), wechatpay_core::ConfigError>(())
/// ```
#[must_use]
pub fn app_message(app_id: &AppId, now: Timestamp, nonce: &Nonce, prepay_id: &PrepayId) -> Vec<u8> {
    payment(app_id, now, nonce, prepay_id.as_str())
}

fn payment(app_id: &AppId, now: Timestamp, nonce: &Nonce, last: &str) -> Vec<u8> {
    lines([
        app_id.as_str().as_bytes(),
        now.to_string().as_bytes(),
        nonce.as_str().as_bytes(),
        last.as_bytes(),
        LAST,
    ])
}

/// What follows the last line break: every line ends in one, the last one too.
const LAST: &[u8] = b"";

fn lines<const N: usize>(lines: [&[u8]; N]) -> Vec<u8> {
    lines.join(&b'\n')
}
