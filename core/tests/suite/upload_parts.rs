//! Uploads at the other end: taken apart strictly, in linear time.

use crate::common::request;
use proptest::prelude::*;
use wechatpay_core::api::merchant::media::UploadImage;
use wechatpay_core::http::Request;
use wechatpay_core::platform::{MultipartError, Upload};

fn posted(content_type: &str, body: impl Into<Vec<u8>>) -> Request<Vec<u8>> {
    Request::post("/v3/merchant/media/upload")
        .header("content-type", content_type)
        .body(body.into())
        .unwrap()
}

fn body(meta_head: &str, file_head: &str) -> String {
    format!(
        "--B\r\nContent-Disposition: form-data; {meta_head}\r\n\r\n{{}}\r\n\
         --B\r\nContent-Disposition: form-data; {file_head}\r\n\r\nfile\r\n--B--\r\n"
    )
}

#[test]
fn other_clients_spellings_are_read() {
    let plain = body("name=\"meta\"", "name=\"file\"; filename=\"a.png\"");
    let semicolon = body("name=\"meta\";", "name=file; filename=\"a.png\";");
    let no_end = plain.trim_end().to_owned();
    for text in [&plain, &semicolon, &no_end] {
        for kind in [
            "multipart/form-data;boundary=B",
            "Multipart/Form-Data; charset=utf-8; Boundary=\"B\"",
        ] {
            let sent = posted(kind, text.as_str());
            let upload = Upload::read(&sent).unwrap();
            assert_eq!((upload.meta(), upload.file()), (&b"{}"[..], &b"file"[..]));
            assert_eq!(upload.filename(), "a.png");
        }
    }
}

#[test]
fn what_is_no_upload_is_refused() {
    let kind = "multipart/form-data; boundary=B";
    let plain = body("name=\"meta\"", "name=\"file\"; filename=\"a.png\"");
    for wrong in [
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"B",
        "multipart/mixed; boundary=B",
        "multipart/form-data; boundary=B; boundary=C",
        "multipart/form-data; boundary=B@",
        "multipart/form-data; boundary=\"B \"",
        &format!("multipart/form-data; boundary={}", "B".repeat(71)),
    ] {
        let sent = posted(wrong, plain.as_str());
        assert_eq!(
            Upload::read(&sent),
            Err(MultipartError::ContentType),
            "{wrong}"
        );
    }
    for end in 0..plain.len() - 2 {
        let sent = posted(kind, &plain[..end]);
        assert!(Upload::read(&sent).is_err(), "{end}");
    }
    let refused = |text: String| Upload::read(&posted(kind, text)).map(drop).unwrap_err();
    assert_eq!(refused(format!("x{plain}")), MultipartError::Delimiter);
    assert_eq!(refused(format!("{plain}x")), MultipartError::Delimiter);
    assert_eq!(
        refused(plain.replace("\r\nfile", "\r\nfi\r\n--Bx\r\nle")),
        MultipartError::Delimiter
    );
    assert_eq!(refused(plain.replace('\r', "")), MultipartError::Delimiter);
    let part = "--B\r\nContent-Disposition: form-data; name=\"meta\"\r\n\r\n{}\r\n";
    assert_eq!(refused(format!("{part}{plain}")), MultipartError::Parts);
    assert_eq!(refused(part.repeat(100_000)), MultipartError::Parts);
    assert_eq!(refused(format!("{part}--B--")), MultipartError::Parts);
    assert_eq!(refused("--B--\r\n".into()), MultipartError::Parts);
    for (meta, file) in [
        ("name=\"meta\"", "name=\"file\""),
        (
            "name=\"meta\"; name=\"meta\"",
            "name=\"file\"; filename=\"a.png\"",
        ),
        ("name=\"me\\ta\"", "name=\"file\"; filename=\"a.png\""),
        ("name=\"meta\"", "name=\"file\"; filename=\"a.png"),
        ("name=\"meta\"", "name=\"file\"; filename=\"a\" b"),
        ("", "name=\"file\"; filename=\"a.png\""),
    ] {
        assert_eq!(
            refused(body(meta, file)),
            MultipartError::Head,
            "{meta} {file}"
        );
    }
    let mut binary = plain.clone().into_bytes();
    binary[60] = 0xFF;
    assert!(Upload::read(&posted(kind, binary)).is_err());

    let of = |meta: &str| {
        let text = plain.replace("{}", meta);
        Upload::read(&posted(kind, text))
            .unwrap()
            .check()
            .unwrap_err()
    };
    assert!(matches!(of("{}"), MultipartError::Meta(_)));
    // printf file | openssl dgst -sha256
    let sha = "3b9c358f36f0a31b6ad3e14f309c7cf198ac9246e8316f9ce543d5b19ac02b80";
    assert!(matches!(
        of(&format!(r#"{{"filename":"b.png","sha256":"{sha}"}}"#)),
        MultipartError::Filename { .. }
    ));
    assert!(matches!(
        of(r#"{"filename":"a.png","sha256":"00"}"#),
        MultipartError::Sha256 { found, .. } if found == sha
    ));
}

proptest! {
    #[test]
    fn whatever_is_sent_is_read_again(
        stem in "[^\\p{Cc}\"\\\\/\u{10000}-\u{10FFFF}]{1,100}",
        file in proptest::collection::vec(any::<u8>(), 1..300),
        copies in 0u32..4,
    ) {
        let name = format!("{stem}.png");
        let mut file = file;
        for number in 0..copies {
            file.extend(format!("--wechatpay-core-boundary-{number:08x}").bytes());
        }
        let sent = request(&UploadImage::new(&name, &file).unwrap());
        let upload = Upload::read(&sent).unwrap();
        prop_assert_eq!(upload.filename(), &name);
        prop_assert_eq!(upload.file(), &file[..]);
        prop_assert_eq!(upload.check(), Ok(()));
    }

    #[test]
    fn any_bytes_are_read_or_refused(text in "(--B|\r\n|--|name=|\"|meta|file|;|[ -~]){0,60}") {
        let sent = posted("multipart/form-data; boundary=B", text);
        if let Ok(upload) = Upload::read(&sent) {
            let _ = upload.check();
        }
    }
}
