use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use crate::error::NoticeError;

/// What to answer a notice with, within 5 seconds.
///
/// Any 200 or 204 makes the platform stop. Any 4xx or 5xx, and silence, make it come again, up to
/// 15 times in 24 hours: after 15 s, 15 s, 30 s, 3 min, 10 min, 20 min, 30 min, 30 min, 30 min,
/// 60 min, 3 h, 3 h, 3 h, 6 h and 6 h. So answer [`accept`](Self::accept) when the notice's effect,
/// or the notice itself, is kept where a crash does not lose it, and no sooner.
///
/// No body tells anything of the notice, of keys or of why a signature was not trusted.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/merchant/4012075420>
///
/// ```
/// use wechatpay_core::Reply;
///
/// assert_eq!(Reply::accept().status(), 204);
/// let busy = Reply::again("the database is down");
/// assert_eq!(busy.status(), 503);
/// assert_eq!(busy.body(), r#"{"code":"BUSY","message":"the database is down"}"#);
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Reply;

impl Reply {
    /// The notice is dealt with: 204, and the platform stops.
    #[must_use]
    pub fn accept() -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response
    }

    /// The request was not taken for a notice: 401 when it is not trusted, a probe among them, 400
    /// when it is no notice, 500 when this end cannot open or read it. The platform comes again.
    #[must_use]
    pub fn refuse(error: &NoticeError) -> Response<Bytes> {
        match error {
            NoticeError::Untrusted { .. } => refusal(
                StatusCode::UNAUTHORIZED,
                "SIGN_ERROR",
                "the signature is not trusted",
            ),
            NoticeError::Envelope { .. } => refusal(
                StatusCode::BAD_REQUEST,
                "PARAM_ERROR",
                "the body is not a notice",
            ),
            NoticeError::Open { .. } => refusal(
                StatusCode::INTERNAL_SERVER_ERROR,
                "SYSTEM_ERROR",
                "the resource does not open",
            ),
            NoticeError::Payload { .. } => refusal(
                StatusCode::INTERNAL_SERVER_ERROR,
                "SYSTEM_ERROR",
                "the resource does not decode",
            ),
        }
    }

    /// The notice could not be dealt with now: 503, and the platform comes again. Of `reason`, which
    /// leaves the house, the first 64 characters are sent.
    #[must_use]
    pub fn again(reason: &str) -> Response<Bytes> {
        refusal(StatusCode::SERVICE_UNAVAILABLE, "BUSY", reason)
    }
}

#[derive(Serialize)]
struct Body<'a> {
    /// At most 32 characters.
    code: &'a str,
    /// At most 64 characters.
    message: &'a str,
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response<Bytes> {
    const MOST: usize = 64;
    let message = match message.char_indices().nth(MOST) {
        Some((end, _)) => &message[..end],
        None => message,
    };
    // Two texts always serialize; an empty body would do too.
    let body = serde_json::to_vec(&Body { code, message }).unwrap_or_default();
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
