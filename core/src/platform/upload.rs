use http::Request;
use http::header::CONTENT_TYPE;
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use thiserror::Error;

use crate::coverage::hex;
use crate::error::excerpt;

/// An upload with its `multipart/form-data` taken apart: the metadata, which is what the merchant
/// signs, and the file. Read, not yet trusted.
///
/// Strict: two parts and nothing around them, `meta` and `file`, in either order.
///
/// ```
/// use wechatpay_core::platform::Upload;
///
/// let body = "--cut\r\nContent-Disposition: form-data; name=\"meta\"\r\n\r\n\
///     {\"filename\":\"a.png\",\"sha256\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"}\r\n\
///     --cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
///     Content-Type: image/png\r\n\r\nabc\r\n--cut--\r\n";
/// let request = http::Request::post("/v3/merchant/media/upload")
///     .header("content-type", "multipart/form-data; boundary=cut")
///     .body(body)?;
/// let upload = Upload::read(&request)?;
/// assert_eq!(upload.file(), b"abc");
/// upload.check()?;
/// // SignedRequest::read_signing(&request, upload.meta()) has the canonical message.
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upload<'a> {
    meta: &'a [u8],
    filename: &'a str,
    media_type: Option<&'a str>,
    file: &'a [u8],
}

impl<'a> Upload<'a> {
    /// Takes the body of `request` apart. Time is linear in its length.
    ///
    /// # Errors
    ///
    /// [`MultipartError`] when it is not of the grammar.
    pub fn read(request: &'a Request<impl AsRef<[u8]>>) -> Result<Self, MultipartError> {
        let mut values = request.headers().get_all(CONTENT_TYPE).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return Err(MultipartError::ContentType);
        };
        let boundary = value.to_str().ok().and_then(boundary);
        let boundary = boundary.ok_or(MultipartError::ContentType)?;
        let (mut meta, mut file) = (None, None);
        for part in parts(request.body().as_ref(), boundary)? {
            let slot = match part.name {
                "meta" => &mut meta,
                "file" => &mut file,
                _ => return Err(MultipartError::Parts),
            };
            if slot.replace(part).is_some() {
                return Err(MultipartError::Parts);
            }
        }
        let (Some(meta), Some(file)) = (meta, file) else {
            return Err(MultipartError::Parts);
        };
        Ok(Self {
            meta: meta.content,
            filename: file.filename.ok_or(MultipartError::Head)?,
            media_type: file.media_type,
            file: file.content,
        })
    }

    /// The metadata, octet for octet: what enters the signature.
    #[must_use]
    pub fn meta(&self) -> &'a [u8] {
        self.meta
    }

    /// The file's name, as its part has it.
    #[must_use]
    pub fn filename(&self) -> &'a str {
        self.filename
    }

    /// The file's media type, as its part has it.
    #[must_use]
    pub fn media_type(&self) -> Option<&'a str> {
        self.media_type
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &'a [u8] {
        self.file
    }

    /// Holds the file against its metadata: the name, and the SHA-256.
    ///
    /// # Errors
    ///
    /// [`MultipartError::Meta`], [`MultipartError::Filename`] or [`MultipartError::Sha256`].
    pub fn check(&self) -> Result<(), MultipartError> {
        #[derive(Deserialize)]
        struct Meta {
            filename: String,
            sha256: String,
        }
        let meta: Meta = serde_json::from_slice(self.meta)
            .map_err(|e| MultipartError::Meta(excerpt(&e.to_string())))?;
        if meta.filename != self.filename {
            return Err(MultipartError::Filename {
                meta: excerpt(&meta.filename),
                part: excerpt(self.filename),
            });
        }
        let found = hex(digest(&SHA256, self.file).as_ref());
        if meta.sha256 != found {
            return Err(MultipartError::Sha256 {
                meta: excerpt(&meta.sha256),
                found,
            });
        }
        Ok(())
    }
}

/// Why a body is no upload.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MultipartError {
    /// There is no single `Content-Type: multipart/form-data` with a boundary.
    #[error("Content-Type is not multipart/form-data with a boundary of 1 to 70 characters")]
    ContentType,
    /// The parts are not delimited as the boundary says.
    #[error("the body is not delimited by its boundary, from its first byte to its last")]
    Delimiter,
    /// The head of a part is not of the grammar.
    #[error("a part has no head of the form Content-Disposition: form-data; name=\"…\"")]
    Head,
    /// The parts are others than one `meta` and one `file`.
    #[error("the parts are not one meta and one file")]
    Parts,
    /// The metadata is not the JSON that is expected.
    #[error("the part meta is not JSON of filename and sha256: {0}")]
    Meta(String),
    /// The names differ.
    #[error("the file is \"{meta}\" in the metadata and \"{part}\" in its part")]
    Filename {
        /// The metadata's.
        meta: String,
        /// The part's.
        part: String,
    },
    /// The file is another than the metadata's.
    #[error("the file's SHA-256 is {found}, and the metadata says {meta}")]
    Sha256 {
        /// The metadata's.
        meta: String,
        /// The file's.
        found: String,
    },
}

struct Part<'a> {
    name: &'a str,
    filename: Option<&'a str>,
    media_type: Option<&'a str>,
    content: &'a [u8],
}

/// `multipart/form-data; boundary=…`, quoted or not.
fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    let mut found = None;
    for (name, value) in read_parameters(parameters)? {
        if name.eq_ignore_ascii_case("boundary") && found.replace(value).is_some() {
            return None;
        }
    }
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&b);
    found.filter(|text| {
        kind.trim().eq_ignore_ascii_case("multipart/form-data")
            && (1..=70).contains(&text.len())
            && text.bytes().all(fine)
            && !text.ends_with(' ')
    })
}

/// At most three parts, of which one is too many already.
fn parts<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<Part<'a>>, MultipartError> {
    let delimiter = format!("\r\n--{boundary}");
    let delimiter = delimiter.as_bytes();
    let mut rest = body
        .strip_prefix(&delimiter[2..])
        .ok_or(MultipartError::Delimiter)?;
    let mut parts = Vec::new();
    loop {
        if matches!(rest, b"--" | b"--\r\n") {
            return Ok(parts);
        }
        if parts.len() == 3 {
            return Err(MultipartError::Parts);
        }
        rest = rest
            .strip_prefix(b"\r\n")
            .ok_or(MultipartError::Delimiter)?;
        let end = find(rest, delimiter).ok_or(MultipartError::Delimiter)?;
        parts.push(read_part(&rest[..end])?);
        rest = &rest[end + delimiter.len()..];
    }
}

fn read_part(part: &[u8]) -> Result<Part<'_>, MultipartError> {
    let end = find(part, b"\r\n\r\n").ok_or(MultipartError::Head)?;
    let head = std::str::from_utf8(&part[..end]).map_err(|_| MultipartError::Head)?;
    let (mut disposition, mut media_type) = (None, None);
    for line in head.split("\r\n") {
        let (name, value) = line.split_once(':').ok_or(MultipartError::Head)?;
        let slot = match name {
            _ if name.eq_ignore_ascii_case("content-disposition") => &mut disposition,
            _ if name.eq_ignore_ascii_case("content-type") => &mut media_type,
            _ => continue,
        };
        if slot.replace(value.trim()).is_some() {
            return Err(MultipartError::Head);
        }
    }
    let parameters = disposition
        .and_then(|value| value.strip_prefix("form-data"))
        .and_then(|value| value.strip_prefix(';'))
        .and_then(read_parameters)
        .ok_or(MultipartError::Head)?;
    let (mut name, mut filename) = (None, None);
    for (parameter, value) in parameters {
        let slot = match parameter {
            "name" => &mut name,
            "filename" => &mut filename,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(MultipartError::Head);
        }
    }
    Ok(Part {
        name: name.ok_or(MultipartError::Head)?,
        filename,
        media_type,
        content: &part[end + 4..],
    })
}

/// `a=b; c="d"`, with a semicolon at the end or without: some clients write one.
fn read_parameters(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut parameters = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at(after.find(';').unwrap_or(after.len())),
        };
        // Escapes inside quotes are read in several ways, so none is read here.
        if name.contains([';', '"']) || value.contains(['"', '\\']) {
            return None;
        }
        parameters.push((name.trim(), value));
        let after = after.trim_start();
        rest = match after.strip_prefix(';') {
            Some(next) => next.trim_start(),
            None if after.is_empty() => "",
            None => return None,
        };
    }
    Some(parameters)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|at| at == wanted)
}
