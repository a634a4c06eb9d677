//! Media files (媒体文件): images and videos that other operations name by their `media_id`.
//!
//! The body is `multipart/form-data`, and what is signed is its metadata: name and SHA-256. It is
//! built when the operation is, from the file's bytes, which stay in memory once for all attempts.
//!
//! ```
//! use wechatpay_core::api::merchant::media::UploadImage;
//! use wechatpay_core::{Merchant, Nonce, Timestamp};
//!
//! let image = UploadImage::new("store.png", b"...")?;
//! let draft = Merchant::new("1900001109")?.draft(&image)?;
//! let unsigned = draft.stamp(Timestamp::from_secs(1_554_208_460), Nonce::from_entropy([7; 16]));
//! assert_eq!(
//!     std::str::from_utf8(unsigned.message())?.lines().nth(4),
//!     Some(r#"{"filename":"store.png","sha256":"ab5df625bc76dbd4e163bed2dd888df828f90159bb93556525c31821b6541d46"}"#)
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io::{self, Read};

use bon::Builder;
use http::Method;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::error::FieldError;
use crate::multipart::{Form, FormError};
use crate::operation::{Body, Operation, Replay};

/// Uploads an image (图片上传): `POST /v3/merchant/media/upload`.
///
/// JPG, BMP or PNG, as the filename's extension says. At most 2 MB by most documents, and 5 MB by
/// those for e-commerce platforms: more than 5 MB (5,242,880 bytes) is refused here.
///
/// Replay: no money moves, and a repetition only uploads again.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/contracted-merchant-application/upload.html>,
/// <https://pay.weixin.qq.com/docs/partner/apis/ecommerce-merchant-application/upload.html>
///
/// ```no_run
/// use wechatpay_core::api::merchant::media::UploadImage;
///
/// let image = UploadImage::from_reader("store.png", std::fs::File::open("store.png")?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UploadImage {
    #[serde(skip)]
    form: Form,
}

impl UploadImage {
    /// Takes a file that is in memory; it is copied into the body.
    ///
    /// # Errors
    ///
    /// [`UploadError`] when the name or the size does not fit.
    pub fn new(filename: &str, file: &[u8]) -> Result<Self, UploadError> {
        let form = form(filename, &IMAGES, file, file.len())?;
        Ok(Self { form })
    }

    /// Reads a file, straight into the body.
    ///
    /// # Errors
    ///
    /// [`UploadError`] when the name or the size does not fit, or reading fails.
    pub fn from_reader(filename: &str, file: impl Read) -> Result<Self, UploadError> {
        let form = form(filename, &IMAGES, file, 0)?;
        Ok(Self { form })
    }
}

impl Operation for UploadImage {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/merchant/media/upload";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str =
        "https://pay.weixin.qq.com/docs/partner/apis/contracted-merchant-application/upload.html";
    type Response = Uploaded;

    fn body(&self) -> Result<Body, serde_json::Error> {
        Ok(self.form.body())
    }
}

/// Uploads a video (视频上传): `POST /v3/merchant/media/video_upload`.
///
/// AVI, WMV, MPEG, MP4, MOV, MKV, FLV, F4V, M4V or RMVB, as the filename's extension says. At most
/// 5 MB (5,242,880 bytes).
///
/// Replay: no money moves, and a repetition only uploads again.
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/contracted-merchant-application/video-upload.html>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::merchant::media::UploadVideo;
///
/// let video = UploadVideo::from_reader("开户意愿.mp4", &b"..."[..])?;
/// let draft = Merchant::new("1900001109")?.draft(&video)?;
/// assert_eq!(draft.target(), "/v3/merchant/media/video_upload");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UploadVideo {
    #[serde(skip)]
    form: Form,
}

impl UploadVideo {
    /// Takes a file that is in memory; it is copied into the body.
    ///
    /// # Errors
    ///
    /// [`UploadError`] when the name or the size does not fit.
    pub fn new(filename: &str, file: &[u8]) -> Result<Self, UploadError> {
        let form = form(filename, &VIDEOS, file, file.len())?;
        Ok(Self { form })
    }

    /// Reads a file, straight into the body.
    ///
    /// # Errors
    ///
    /// [`UploadError`] when the name or the size does not fit, or reading fails.
    pub fn from_reader(filename: &str, file: impl Read) -> Result<Self, UploadError> {
        let form = form(filename, &VIDEOS, file, 0)?;
        Ok(Self { form })
    }
}

impl Operation for UploadVideo {
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v3/merchant/media/video_upload";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/docs/partner/apis/contracted-merchant-application/video-upload.html";
    type Response = Uploaded;

    fn body(&self) -> Result<Body, serde_json::Error> {
        Ok(self.form.body())
    }
}

/// The answer to an upload.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Uploaded {
    /// The platform's id of the file (媒体文件标识ID), for the operations that ask for one. At most 512
    /// characters.
    pub media_id: String,
}

/// Why a file cannot be uploaded. Nothing was sent.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum UploadError {
    /// The name breaks a limit.
    #[error(transparent)]
    Filename(#[from] FieldError),
    /// There are no bytes.
    #[error("the file {filename:?} is empty")]
    Empty {
        /// Its name.
        filename: String,
    },
    /// There are too many bytes.
    #[error("the file {filename:?} has more than {most} bytes, which is the most for its kind")]
    TooLarge {
        /// Its name.
        filename: String,
        /// The most bytes that are taken.
        most: usize,
    },
    /// The file could not be read.
    #[error("the file {filename:?} could not be read: {source}")]
    Read {
        /// Its name.
        filename: String,
        /// What the reader said.
        source: io::Error,
    },
}

/// What may be uploaded as one of its kind.
struct Kind {
    extensions: &'static [(&'static str, &'static str)],
    limit: &'static str,
    most: usize,
}

const IMAGES: Kind = Kind {
    extensions: &[
        ("jpg", "image/jpeg"),
        ("bmp", "image/bmp"),
        ("png", "image/png"),
    ],
    limit: "a name that ends in .jpg, .bmp or .png",
    most: 5 * 1024 * 1024,
};

const VIDEOS: Kind = Kind {
    extensions: &[
        ("avi", "video/x-msvideo"),
        ("wmv", "video/x-ms-wmv"),
        ("mpeg", "video/mpeg"),
        ("mp4", "video/mp4"),
        ("mov", "video/quicktime"),
        ("mkv", "video/x-matroska"),
        ("flv", "video/x-flv"),
        ("f4v", "video/x-f4v"),
        ("m4v", "video/x-m4v"),
        ("rmvb", "application/vnd.rn-realmedia-vbr"),
    ],
    limit: "a name that ends in .avi, .wmv, .mpeg, .mp4, .mov, .mkv, .flv, .f4v, .m4v or .rmvb",
    most: 5 * 1024 * 1024,
};

fn form(filename: &str, kind: &Kind, source: impl Read, size: usize) -> Result<Form, UploadError> {
    let media_type = check_name(filename, kind)?;
    let size = size.min(kind.most);
    let filename = filename.to_owned();
    Form::read(&filename, media_type, source, size, kind.most).map_err(|error| match error {
        FormError::Empty => UploadError::Empty { filename },
        FormError::TooLarge => UploadError::TooLarge {
            filename,
            most: kind.most,
        },
        FormError::Read(source) => UploadError::Read { filename, source },
    })
}

/// The media type of a name that reads the same in the metadata and in the head of the file's part,
/// where quotes and backslashes are written in several ways and a server may cut off folders.
fn check_name(filename: &str, kind: &Kind) -> Result<&'static str, FieldError> {
    let refuse = |limit| Err(FieldError::new("filename", limit, filename));
    if !(1..=128).contains(&filename.chars().count()) {
        return refuse("1 to 128 characters");
    }
    let unfit = |c: char| c.is_control() || matches!(c, '"' | '\\' | '/') || c > '\u{FFFF}';
    if filename.contains(unfit) {
        return refuse("without control characters, quotes, slashes and emoji");
    }
    let extension = match filename.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => extension,
        _ => "",
    };
    let known = |(known, _): &&(&str, &str)| extension.eq_ignore_ascii_case(known);
    match kind.extensions.iter().find(known) {
        Some((_, media_type)) => Ok(media_type),
        None => refuse(kind.limit),
    }
}
