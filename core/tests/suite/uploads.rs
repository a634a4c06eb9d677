//! Uploads: what is sent, what of it is signed, and how the other end takes it apart.

use std::io::{self, Read};

use crate::common::{self, NOW, answer, merchant, nonce, pending, platform_keys, request};
use wechatpay_core::api::merchant::media::{UploadError, UploadImage, UploadVideo};
use wechatpay_core::api::merchant_service::images;
use wechatpay_core::platform::{SignedRequest, Upload};
use wechatpay_core::{Certificate, Effect, Method, Operation, Replay, ToDraft};

const FILE: &[u8] = b"\x89PNG\r\n\x1a\n--\x00\xff\r\n";
/// By `openssl dgst -sha256`.
const META: &str = r#"{"filename":"门店.png","sha256":"68973e0186b6551069297e5965bd5926e0216df742681d1d5b3adb137b629c84"}"#;
const MOST: usize = 5 * 1024 * 1024;

fn message<O: ToDraft>(operation: &O) -> Vec<u8> {
    let unsigned = merchant().prepare(operation, NOW, nonce()).unwrap();
    unsigned.message().to_vec()
}

#[test]
fn the_body_is_two_parts_and_the_first_is_signed() {
    let image = UploadImage::new("门店.png", FILE).unwrap();
    let boundary = "wechatpay-core-boundary-00000000";
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"meta\"\r\n\
         Content-Type: application/json\r\n\r\n{META}\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"门店.png\"\r\n\
         Content-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(FILE);
    body.extend_from_slice(b"\r\n--wechatpay-core-boundary-00000000--\r\n");

    let sent = request(&image);
    assert_eq!(*sent.method(), Method::POST);
    assert_eq!(
        sent.uri(),
        "https://api.mch.weixin.qq.com/v3/merchant/media/upload"
    );
    assert_eq!(sent.body(), &body);
    assert_eq!(
        sent.headers()["content-type"],
        "multipart/form-data; boundary=wechatpay-core-boundary-00000000"
    );
    assert_eq!(
        String::from_utf8(message(&image)).unwrap(),
        format!(
            "POST\n/v3/merchant/media/upload\n1554208460\nABABABABABABABABABABABABABABABAB\n{META}\n"
        )
    );
    assert_eq!(UploadImage::REPLAY, Replay::ReadOnly);
}

/// The octets of the part are cut out by hand, and are the last line of the message.
#[test]
fn what_is_signed_is_what_the_part_holds() {
    let upload = UploadVideo::new("a b;c=d'é.MP4", b"video").unwrap();
    let sent = request(&upload);
    let text = std::str::from_utf8(sent.body()).unwrap();
    let (_, after) = text.split_once("\r\n\r\n").unwrap();
    let (meta, _) = after.split_once("\r\n--").unwrap();
    assert_eq!(
        meta,
        r#"{"filename":"a b;c=d'é.MP4","sha256":"0cab1c9617404faf2b24e221e189ca5945813e14d3f766345b09ca13bbe28ffc"}"#
    );
    let message = message(&upload);
    let signed = message.splitn(5, |byte| *byte == b'\n').nth(4).unwrap();
    assert_eq!(signed, format!("{meta}\n").as_bytes());
    assert!(text.contains("filename=\"a b;c=d'é.MP4\"\r\nContent-Type: video/mp4\r\n"));
}

#[test]
fn the_platform_reads_and_verifies_what_was_sent() {
    let image = UploadImage::new("门店.png", FILE).unwrap();
    let sent = request(&image);
    let upload = Upload::read(&sent).unwrap();
    assert_eq!(upload.meta(), META.as_bytes());
    assert_eq!(upload.filename(), "门店.png");
    assert_eq!(upload.media_type(), Some("image/png"));
    assert_eq!(upload.file(), FILE);
    upload.check().unwrap();

    let signed = SignedRequest::read_signing(&sent, upload.meta()).unwrap();
    let certificate = Certificate::from_pem(&common::key("merchant_cert.pem")).unwrap();
    signed.verify(certificate.public_key(), NOW).unwrap();
    let whole = SignedRequest::read(&sent).unwrap();
    assert!(whole.verify(certificate.public_key(), NOW).is_err());
}

#[test]
fn every_attempt_shares_one_body() {
    let image = UploadImage::new("a.jpg", &[7; 100_000]).unwrap();
    let draft = merchant().draft(&image).unwrap();
    let again = merchant().draft(&image.clone()).unwrap();
    assert_eq!(draft.body().as_ptr(), again.body().as_ptr());
    let first = draft.stamp(NOW, nonce());
    assert_eq!(first.request().body().as_ptr(), draft.body().as_ptr());
}

#[test]
fn a_reader_gives_the_same_body_as_bytes() {
    /// Gives one byte at a time, and is interrupted in between.
    struct Slow<'a>(&'a [u8], bool);
    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let one = self.0.len().min(1).min(buffer.len());
            self.0.read(&mut buffer[..one])
        }
    }
    let file: Vec<u8> = (0..200_000u32).map(|i| (i / 7) as u8).collect();
    let whole = UploadVideo::new("a.mov", &file).unwrap();
    assert_eq!(
        UploadVideo::from_reader("a.mov", Slow(&file, false)).unwrap(),
        whole
    );
    assert_eq!(UploadVideo::from_reader("a.mov", &file[..]).unwrap(), whole);
    // By `openssl dgst -sha256`.
    let text = format!("{whole:?}");
    assert!(
        text.contains("5665e27e87015cf91f4256d06b78da8c74ef34bb5f01f0d0bc6efb5196e1502b"),
        "{text}"
    );
}

#[test]
fn a_boundary_that_occurs_in_the_file_is_not_taken() {
    let taken = |numbers: &[u32]| -> Vec<u8> {
        let texts = numbers
            .iter()
            .map(|number| format!("\r\n--wechatpay-core-boundary-{number:08x}--\r\n"));
        texts.collect::<String>().into_bytes()
    };
    for (file, number) in [
        (taken(&[]), 0),
        (taken(&[0]), 1),
        (taken(&[1]), 0),
        (taken(&[2, 0, 1, 0, 4]), 3),
        (taken(&(0..5000).rev().collect::<Vec<_>>()), 5000),
        (
            b"wechatpay-core-boundary-wechatpay-core-boundary-00000000".to_vec(),
            1,
        ),
        (b"wechatpay-core-boundary-0000000".to_vec(), 0),
        (b"wechatpay-core-boundary-ffffffff".to_vec(), 0),
    ] {
        let file = [b"x", &file[..]].concat();
        let sent = request(&UploadImage::new("a.png", &file).unwrap());
        assert_eq!(
            sent.headers()["content-type"].to_str().unwrap(),
            format!("multipart/form-data; boundary=wechatpay-core-boundary-{number:08x}")
        );
        let upload = Upload::read(&sent).unwrap();
        assert_eq!(upload.file(), file);
        upload.check().unwrap();
    }
    let name = "wechatpay-core-boundary-00000000.png";
    let sent = request(&UploadImage::new(name, b"x").unwrap());
    assert!(
        sent.headers()["content-type"]
            .to_str()
            .unwrap()
            .ends_with("-00000001")
    );
    assert_eq!(Upload::read(&sent).unwrap().filename(), name);
}

#[test]
fn names_that_cannot_be_written_alike_are_refused() {
    let long = format!("{}.png", "长".repeat(125));
    for name in [
        "",
        ".png",
        "png",
        "a",
        "a.",
        "a.gif",
        "a.png.exe",
        "a.jpeg",
        "a.mp4",
        "a.png ",
        "a.png\0",
        "a\r\nX: y.png",
        "a\nb.png",
        "a\"b.png",
        "a\\b.png",
        "../a.png",
        "a/b.png",
        "\u{7f}.png",
        "a\u{85}.png",
        "😀.png",
        &long,
    ] {
        let error = UploadImage::new(name, b"x").unwrap_err();
        assert!(
            matches!(error, UploadError::Filename(_)),
            "{name:?}: {error}"
        );
        assert!(
            error.to_string().starts_with("field filename must be "),
            "{error}"
        );
    }
    for name in ["a.mp3", "a.png", "a.mpg", "mp4"] {
        let error = UploadVideo::new(name, b"x").unwrap_err();
        assert!(error.to_string().contains(".f4v, .m4v or .rmvb"), "{error}");
    }
    for (name, kind) in [
        ("A.JPG", "image/jpeg"),
        ("a.b.bmp", "image/bmp"),
        (&long[3..], "image/png"),
    ] {
        let sent = request(&UploadImage::new(name, b"x").unwrap());
        let upload = Upload::read(&sent).unwrap();
        assert_eq!((upload.filename(), upload.media_type()), (name, Some(kind)));
        upload.check().unwrap();
    }
    for extension in [
        "avi", "wmv", "mpeg", "mp4", "mov", "mkv", "flv", "f4v", "m4v", "rmvb",
    ] {
        assert!(UploadVideo::new(&format!("a.{extension}"), b"x").is_ok());
    }
}

#[test]
fn a_file_has_a_size_and_can_be_read() {
    assert!(matches!(
        UploadImage::new("a.png", b""),
        Err(UploadError::Empty { .. })
    ));
    let image = UploadImage::new("a.png", &vec![0; MOST]).unwrap();
    assert_eq!(Upload::read(&request(&image)).unwrap().file().len(), MOST);
    let error = UploadImage::new("a.png", &vec![0; MOST + 1]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the file \"a.png\" has more than 5242880 bytes, which is the most for its kind"
    );
    // A source without end is not read to its end.
    let endless = UploadVideo::from_reader("a.mp4", io::repeat(0)).unwrap_err();
    assert!(matches!(endless, UploadError::TooLarge { .. }));

    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let error = UploadImage::from_reader("a.png", b"begins".chain(Broken)).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("could not be read: the disk is gone")
    );
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn the_answer_is_verified_and_names_the_file() {
    let image = UploadImage::new("a.png", b"x").unwrap();
    let body = r#"{"media_id":"6uqyGjGrCf2GtyXP8bxrbuH9-aAoTjH-rKeSl3Lf4_So6kdkQu4w8BYVP3bzLtvR38lxt4PjtCDXsQpzqge_hQEovHzOhsLleGFQVRF-U_0"}"#;
    let done = pending(&image)
        .complete(&answer(200, body), &platform_keys(), NOW)
        .unwrap();
    assert!(done.value.media_id.starts_with("6uqyGjGrCf2G"));
    let error = pending(&image)
        .complete(&common::unsigned_answer(200, body), &platform_keys(), NOW)
        .unwrap_err();
    assert_eq!(error.effect(), Effect::None);
}

#[test]
fn a_media_id_is_percent_encoded_once() {
    for (id, target) in [
        ("a/b+c==", "/v3/merchant-service/images/a%2Fb%2Bc%3D%3D"),
        ("BB04A5DE.bmp", "/v3/merchant-service/images/BB04A5DE.bmp"),
        ("-_~", "/v3/merchant-service/images/-_~"),
    ] {
        let download = images::Download::builder().media_id(id).build();
        assert_eq!(merchant().draft(&download).unwrap().target(), target);
    }
    for id in ["", "..", "a b", "图", "a%2Fb", "../x"] {
        let download = images::Download::builder().media_id(id).build();
        assert!(merchant().draft(&download).is_err(), "{id}");
    }
    // As it stands in a `media_url`.
    let encoded = images::Download::builder().media_id("AQ%3D%3D").build();
    let error = merchant().draft(&encoded).unwrap_err().to_string();
    assert!(
        error.contains("letters, digits and +/=-_.~ only"),
        "{error}"
    );
}
