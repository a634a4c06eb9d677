//! Images, which come back unsigned, and are kept for a while.

use serde_json::{Value, json};
use wechatpay_core::api::merchant::media::{UploadImage, UploadVideo};
use wechatpay_core::api::merchant_service::images::Download;

use crate::bench::{Bench, read, verify};
use crate::uploads::{IMAGE, META, good, image, target, upload};

#[test]
fn image_comes_back_as_it_was_uploaded() {
    let mut bench = Bench::new();
    let file: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for (name, media_type) in [
        ("a.png", "image/png"),
        ("图.JPG", "image/jpeg"),
        ("b.c.bmp", "image/bmp"),
    ] {
        let uploaded = bench.call(&UploadImage::new(name, &file).unwrap()).unwrap();
        for mark in ['/', '+', '='] {
            assert!(uploaded.media_id.contains(mark), "{}", uploaded.media_id);
        }
        let response = image(&mut bench, &target(&uploaded.media_id));
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], media_type);
        assert_eq!(response.body(), &file);
        for name in [
            "signature",
            "timestamp",
            "nonce",
            "serial",
            "signature-type",
        ] {
            assert!(
                !response.headers().contains_key(format!("wechatpay-{name}")),
                "{name}"
            );
        }
        let id = response.headers()["request-id"].to_str().unwrap();
        assert!(id.ends_with("-0"), "{id}");
        let download = Download::builder().media_id(&uploaded.media_id).build();
        assert_eq!(bench.call(&download).unwrap().0, file);
    }
}

#[test]
fn media_ids_are_decoded_once() {
    let mut bench = Bench::new();
    let uploaded = bench
        .call(&UploadImage::new("a.png", b"abc").unwrap())
        .unwrap();
    let once = target(&uploaded.media_id);
    let not_found = |bench: &mut Bench, target: &str| {
        let answer = image(bench, target);
        bench.verify(&answer);
        let (status, answer) = read(&answer);
        assert_eq!(
            (status, &answer["code"]),
            (404, &json!("RESOURCE_NOT_EXISTS")),
            "{target}"
        );
        answer["message"].as_str().unwrap().to_owned()
    };
    let twice = not_found(&mut bench, &once.replace('%', "%25"));
    assert!(twice.contains("percent-encoded twice"), "{twice}");
    let raw = format!("/v3/merchant-service/images/{}", uploaded.media_id);
    let raw = not_found(&mut bench, &raw);
    assert!(raw.contains("one percent-encoded segment"), "{raw}");
    for other in ["", "x", "%", "%2", "%FF%FE", "..%2F..", &"x".repeat(20_000)] {
        not_found(&mut bench, &format!("/v3/merchant-service/images/{other}"));
    }
    // Signs that need no encoding may have one.
    let odd = once.replace("%2B%2B", "%2b+");
    assert_eq!(image(&mut bench, &odd).status(), 200);
}

#[test]
fn images_are_the_merchants() {
    let mut bench = Bench::new();
    let uploaded = bench
        .call(&UploadImage::new("a.png", b"abc").unwrap())
        .unwrap();
    let target = target(&uploaded.media_id);
    let mut request = bench.signed("GET", &target, "");
    request.headers_mut().remove("authorization");
    bench.refused(401, "SIGN_ERROR", |b| b.ask(&request));
    let request = bench.signed("POST", &target, "");
    let response = bench.send(&request);
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET");
}

#[test]
fn videos_are_taken_and_not_given_back() {
    let mut bench = Bench::new();
    let video = UploadVideo::new("开户意愿.mp4", b"abc").unwrap();
    let uploaded = bench.call(&video).unwrap();
    assert_eq!(image(&mut bench, &target(&uploaded.media_id)).status(), 404);
}

#[test]
fn latest_64_images_are_kept_until_a_reset() {
    let mut bench = Bench::new();
    let mut ids = Vec::new();
    for number in 0..65_u8 {
        let file = UploadImage::new("a.png", &[number]).unwrap();
        ids.push(bench.call(&file).unwrap().media_id);
    }
    assert_eq!(image(&mut bench, &target(&ids[0])).status(), 404);
    for (number, id) in (1..65_u8).zip(&ids[1..]) {
        assert_eq!(image(&mut bench, &target(id)).body(), &[number][..]);
    }
    bench.admin("POST", "/_gateway/reset", &Value::Null);
    assert_eq!(image(&mut bench, &target(&ids[64])).status(), 404);
}

#[test]
fn at_most_32_mib_of_images_are_kept() {
    let mut bench = Bench::new();
    let file = UploadImage::new("a.png", &vec![0; 5 * 1024 * 1024]).unwrap();
    let ids: Vec<_> = (0..7)
        .map(|_| bench.call(&file).unwrap().media_id)
        .collect();
    assert_eq!(image(&mut bench, &target(&ids[0])).status(), 404);
    assert_eq!(image(&mut bench, &target(&ids[1])).status(), 200);
}

#[test]
fn flaws_meet_uploads_and_spare_what_is_unsigned() {
    let mut bench = Bench::new();
    let flaw = json!({ "fault": "wrong_signature" });
    assert_eq!(bench.admin("POST", "/_gateway/faults", &flaw).0, 200);
    let request = upload(&bench, IMAGE, META.as_bytes(), good());
    let response = bench.send(&request);
    assert!(verify(&bench.keys, response.headers(), response.body()).is_err());
    let (status, answer) = read(&response);
    assert_eq!(status, 200);
    bench.admin("POST", "/_gateway/faults", &flaw);
    let response = image(&mut bench, &target(answer["media_id"].as_str().unwrap()));
    assert_eq!(response.status(), 200);
    assert_eq!(response.body(), "abc");
}
