//! The two texts that signatures cover, and nothing else.
//!
//! Every line ends in LF, the last one too. What stands in a line is taken as it is: nothing is
//! trimmed, decoded or re-encoded, so a body that ends in LF is followed by another.
//!
//! Source: <https://pay.weixin.qq.com/doc/v3/merchant/4012365342> (request),
//! <https://pay.weixin.qq.com/doc/v3/merchant/4013053249> (response).

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
    lines([method, target, timestamp, nonce], body)
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
    lines([timestamp, nonce], body)
}

fn lines<const N: usize>(heads: [&str; N], body: &[u8]) -> Vec<u8> {
    let size = heads.iter().map(|line| line.len() + 1).sum::<usize>() + body.len() + 1;
    let mut message = Vec::with_capacity(size);
    for head in heads {
        message.extend_from_slice(head.as_bytes());
        message.push(b'\n');
    }
    message.extend_from_slice(body);
    message.push(b'\n');
    message
}
