//! Images of complaints (投诉图片): `/v3/merchant-service/images/…`.

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};

use crate::api::check;
use crate::coverage::Unverified;
use crate::error::FieldError;
use crate::operation::{Operation, Replay};

/// What a media id may hold besides letters and digits. A percent sign would be encoded twice.
const MARKS: &str = "+/=-_.~";

/// Downloads an image of a complaint (图片请求接口): `GET /v3/merchant-service/images/{media_id}`.
///
/// The platform does not sign the answer: treat the image as a stranger's.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/consumer-complaint/images/query-images.html>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::merchant_service::images::Download;
///
/// let download = Download::builder().media_id("ChsyMDAw/MA+A==").build();
/// let draft = Merchant::new("1900001109")?.draft(&download)?;
/// assert_eq!(draft.target(), "/v3/merchant-service/images/ChsyMDAw%2FMA%2BA%3D%3D");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Download {
    /// The image's id (媒体文件标识ID), as the platform gave it: not percent-encoded. 1 to 256
    /// letters, digits and `+/=-_.~`.
    #[serde(skip)]
    pub media_id: String,
}

impl Operation for Download {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/merchant-service/images/{media_id}";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str =
        "https://pay.weixin.qq.com/docs/partner/apis/consumer-complaint/images/query-images.html";
    type Response = Unverified;

    fn path_args(&self) -> Vec<(&'static str, &str)> {
        vec![("media_id", &self.media_id)]
    }

    fn check(&self) -> Result<(), FieldError> {
        check::number("media_id", &self.media_id, 1..=256, MARKS)
    }
}
