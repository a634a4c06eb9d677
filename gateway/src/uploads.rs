//! `/v3/merchant/media/…` and `/v3/merchant-service/images/…`: uploads, whose metadata is what is
//! signed, and the images among them, given back unsigned.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Uri};
use serde_json::Value;
use wechatpay_core::Operation as _;
use wechatpay_core::api::merchant::media::{UploadError, UploadImage, UploadVideo, Uploaded};
use wechatpay_core::platform::{MultipartError, Upload};

use crate::files::{File, MediaType};
use crate::moment::{Entropy, Moment, Purpose};
use crate::problem::{Code, Location, Problem};
use crate::query::decode;
use crate::state::State;

/// The longest body of any other request.
const MOST: usize = 1024 * 1024;
/// The longest body of an upload: a file of 5 MiB, and what stands around it.
const MOST_UPLOADED: usize = 5 * 1024 * 1024 + 64 * 1024;

/// Whether a request is an upload, of which the metadata is signed in place of the body.
pub(crate) fn is_upload(method: &Method, path: &str) -> bool {
    *method == Method::POST && [UploadImage::PATH, UploadVideo::PATH].contains(&path)
}

/// The longest body that is read of a request.
pub(crate) fn body_limit(method: &Method, path: &str) -> usize {
    if is_upload(method, path) {
        MOST_UPLOADED
    } else {
        MOST
    }
}

/// Takes an upload apart: only then is it known what was signed.
pub(crate) fn take_apart(request: &Request<Bytes>) -> Result<Upload<'_>, Problem> {
    Upload::read(request).map_err(|error| {
        let (location, field) = match error {
            MultipartError::ContentType => (Location::Header, CONTENT_TYPE.as_str()),
            _ => (Location::Body, ""),
        };
        refuse(location, field, &Value::Null, &error.to_string())
    })
}

impl State {
    /// Keeps an image, for [`image`](Self::image).
    pub(crate) fn upload_image(
        &mut self,
        request: &Request<Bytes>,
        moment: &Moment,
        entropy: &Entropy,
    ) -> Result<Uploaded, Problem> {
        let upload = take_apart(request)?;
        check(&upload, "image/")?;
        let fits = UploadImage::new(upload.filename(), upload.file());
        fits.map_err(|error| unfit(&upload, &error))?;
        let file = File {
            media_type: media_type(upload.filename()),
            bytes: request.body().slice_ref(upload.file()),
        };
        let media_id = media_id(entropy);
        self.images.put(media_id.clone(), file, moment.at);
        Ok(Uploaded::builder().media_id(media_id).build())
    }

    /// Gives an image back.
    pub(crate) fn image(&self, uri: &Uri) -> Result<File, Problem> {
        let refuse = |why: String| Problem::new(Code::ResourceNotExists, why);
        let segment = uri.path().rsplit('/').next().unwrap_or_default();
        let media_id = decode(segment)
            .ok_or_else(|| refuse("media_id is not percent-encoded UTF-8".to_owned()))?;
        if let Some((file, _)) = self.images.get(&media_id) {
            return Ok(file.clone());
        }
        // No id has a percent sign of its own.
        let hint = if media_id.contains('%') {
            "media_id is percent-encoded twice, where once is right"
        } else {
            "it was not uploaded since the start, is a video, or is forgotten for later ones"
        };
        Err(refuse(format!("there is no image {media_id}: {hint}")))
    }
}

/// Takes a video, and keeps nothing: no operation gives it back.
pub(crate) fn upload_video(
    request: &Request<Bytes>,
    entropy: &Entropy,
) -> Result<Uploaded, Problem> {
    let upload = take_apart(request)?;
    check(&upload, "video/")?;
    let fits = UploadVideo::new(upload.filename(), upload.file());
    fits.map_err(|error| unfit(&upload, &error))?;
    Ok(Uploaded::builder().media_id(media_id(entropy)).build())
}

/// Holds the file against its metadata, and its media type against what is uploaded.
fn check(upload: &Upload<'_>, kind: &str) -> Result<(), Problem> {
    upload.check().map_err(|error| {
        let (field, value) = match &error {
            MultipartError::Filename { meta, .. } => ("filename", meta.as_str().into()),
            MultipartError::Sha256 { meta, .. } => ("sha256", meta.as_str().into()),
            _ => ("meta", Value::Null),
        };
        refuse(Location::Body, field, &value, &error.to_string())
    })?;
    // Clients that do not know the extension name no type, or one that means any bytes.
    match upload.media_type() {
        Some(given) if !given.starts_with(kind) && !given.starts_with("application/") => {
            let issue =
                format!("the part file has Content-Type {given}, where {kind}… is uploaded");
            Err(refuse(Location::Body, "file", &given.into(), &issue))
        }
        Some(_) | None => Ok(()),
    }
}

fn unfit(upload: &Upload<'_>, error: &UploadError) -> Problem {
    let (field, value) = match error {
        UploadError::Filename(_) => ("filename", upload.filename().into()),
        _ => ("file", Value::Null),
    };
    refuse(Location::Body, field, &value, &error.to_string())
}

fn refuse(location: Location, field: &str, value: &Value, issue: &str) -> Problem {
    Problem::new(Code::ParamError, issue).at(location, field, value, issue)
}

/// By the extension, which was checked.
fn media_type(filename: &str) -> MediaType {
    let is = |extension: &str| {
        let end = filename.rsplit('.').next().unwrap_or_default();
        end.eq_ignore_ascii_case(extension)
    };
    if is("png") {
        MediaType::Png
    } else if is("bmp") {
        MediaType::Bmp
    } else {
        MediaType::Jpeg
    }
}

/// Base64 with each of the signs that a path has to percent-encode.
fn media_id(entropy: &Entropy) -> String {
    // Encoded, they are `++//`.
    let mut bytes = vec![0xFB, 0xEF, 0xFF];
    bytes.extend_from_slice(&entropy.part(Purpose::File, 0).bytes());
    STANDARD.encode(bytes)
}
