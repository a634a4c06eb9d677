//! Uploads, whose metadata is signed.

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use proptest::prelude::*;
use serde_json::Value;
use wechatpay_core::api::merchant::media::UploadImage;

use crate::bench::Bench;

pub(crate) const IMAGE: &str = "/v3/merchant/media/upload";
const VIDEO: &str = "/v3/merchant/media/video_upload";

/// `sha256sum` of `abc`.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
/// The metadata with blanks that a JSON library would not write.
pub(crate) const META: &str = "{ \"sha256\" : \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\",\n\
     \"filename\":\"a.png\"}";

/// Two parts, as a client of any kind writes them.
fn form(meta: &str, filename: &str, media_type: &str, file: &[u8]) -> Bytes {
    let mut body = format!(
        "--cut\r\nContent-Disposition: form-data; name=\"meta\";\r\n\
         Content-Type: application/json\r\n\r\n{meta}\r\n--cut\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"{filename}\";\r\n\
         Content-Type: {media_type}\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--cut--\r\n");
    body.into()
}

pub(crate) fn good() -> Bytes {
    form(META, "a.png", "image/png", b"abc")
}

/// A request whose signature covers `signed`, whatever its body is.
pub(crate) fn upload(bench: &Bench, path: &str, signed: &[u8], body: Bytes) -> Request<Bytes> {
    let mut request = bench.signed("POST", path, Bytes::copy_from_slice(signed));
    let form = HeaderValue::from_static("multipart/form-data; boundary=cut");
    request.headers_mut().insert("content-type", form);
    *request.body_mut() = body;
    request
}

/// Sends an upload with the metadata rightly signed, and gives what is refused about it.
fn refused(bench: &mut Bench, path: &str, meta: &str, body: Bytes) -> Value {
    let request = upload(bench, path, meta.as_bytes(), body);
    bench.refused(400, "PARAM_ERROR", |b| b.ask(&request))
}

pub(crate) fn image(bench: &mut Bench, target: &str) -> Response<Bytes> {
    let request = bench.signed("GET", target, "");
    bench.send(&request)
}

/// Percent-encodes a media id by hand.
pub(crate) fn target(media_id: &str) -> String {
    let media_id = media_id
        .replace('/', "%2F")
        .replace('+', "%2B")
        .replace('=', "%3D");
    format!("/v3/merchant-service/images/{media_id}")
}

#[test]
fn metadata_is_signed_octet_for_octet() {
    let mut bench = Bench::new();
    let request = upload(&bench, IMAGE, META.as_bytes(), good());
    let (status, answer) = bench.ask(&request);
    assert_eq!(status, 200, "{answer}");
    let response = image(&mut bench, &target(answer["media_id"].as_str().unwrap()));
    assert_eq!(response.body(), "abc");
    // The same metadata, written otherwise.
    let compact = format!("{{\"sha256\":\"{ABC}\",\"filename\":\"a.png\"}}");
    let request = upload(&bench, IMAGE, compact.as_bytes(), good());
    let refused = bench.refused(401, "SIGN_ERROR", |b| b.ask(&request));
    let information = &refused["detail"]["sign_information"];
    let message = format!(
        "POST\n{IMAGE}\n{}\n593BEC0C930BF1AFEB40B4A08C8FB242\n{META}\n",
        bench.now
    );
    assert_eq!(information["truncated_sign_message"], message);
    assert_eq!(information["sign_message_length"], message.len());
    assert_eq!(information["url"], IMAGE);
    let words = refused["message"].as_str().unwrap();
    assert!(
        words.contains("the content of the part meta exactly"),
        "{words}"
    );
}

#[test]
fn who_signs_the_whole_body_is_told() {
    let mut bench = Bench::new();
    let request = upload(&bench, IMAGE, &good(), good());
    let refused = bench.refused(401, "SIGN_ERROR", |b| b.ask(&request));
    let words = refused["message"].as_str().unwrap();
    assert!(
        words.contains("not the whole body, which was signed here"),
        "{words}"
    );
}

#[test]
fn file_is_held_against_its_metadata() {
    let mut bench = Bench::new();
    let other = form(META, "a.png", "image/png", b"abd");
    let refusal = refused(&mut bench, IMAGE, META, other);
    assert_eq!(refusal["detail"]["field"], "sha256", "{refusal}");
    // `sha256sum` of `abd`.
    let found = "a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9";
    let issue = refusal["detail"]["issue"].as_str().unwrap();
    assert!(issue.contains(found) && issue.contains(ABC), "{refusal}");
    let renamed = form(META, "b.png", "image/png", b"abc");
    assert_eq!(
        refused(&mut bench, IMAGE, META, renamed)["detail"]["field"],
        "filename"
    );
    let upper = META.replace(ABC, &ABC.to_uppercase());
    let body = form(&upper, "a.png", "image/png", b"abc");
    assert_eq!(
        refused(&mut bench, IMAGE, &upper, body)["detail"]["field"],
        "sha256"
    );
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    for meta in [
        "",
        "{}",
        "[]",
        "null",
        "abc",
        "{\"filename\":\"a.png\"}",
        &deep,
    ] {
        let body = form(meta, "a.png", "image/png", b"abc");
        assert_eq!(
            refused(&mut bench, IMAGE, meta, body)["detail"]["field"],
            "meta",
            "{meta}"
        );
    }
}

#[test]
fn names_and_types_are_those_of_the_kind() {
    let mut bench = Bench::new();
    let meta = |name: &str| format!("{{\"filename\":\"{name}\",\"sha256\":\"{ABC}\"}}");
    let long = format!("{}.png", "x".repeat(125));
    let image_names = ["a.gif", "a.mp4", "a", ".png", "a.png.exe", "a/b.png", &long];
    let video_names = ["a.png", "a.webm", "mp4"];
    for (path, name) in image_names
        .map(|n| (IMAGE, n))
        .into_iter()
        .chain(video_names.map(|n| (VIDEO, n)))
    {
        let meta = meta(name);
        let body = form(&meta, name, "application/octet-stream", b"abc");
        let refusal = refused(&mut bench, path, &meta, body);
        assert_eq!(refusal["detail"]["field"], "filename", "{name}: {refusal}");
    }
    for (path, name, media_type) in [
        (IMAGE, "a.png", "text/plain"),
        (VIDEO, "a.mp4", "image/png"),
    ] {
        let meta = meta(name);
        let body = form(&meta, name, media_type, b"abc");
        let refusal = refused(&mut bench, path, &meta, body);
        assert_eq!(refusal["detail"]["field"], "file", "{refusal}");
    }
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let empty = format!("{{\"filename\":\"a.png\",\"sha256\":\"{empty}\"}}");
    let body = form(&empty, "a.png", "image/png", b"");
    assert_eq!(
        refused(&mut bench, IMAGE, &empty, body)["detail"]["field"],
        "file"
    );
}

#[test]
fn files_may_have_5_mib() {
    let mut bench = Bench::new();
    let most = vec![b'x'; 5 * 1024 * 1024];
    bench
        .call(&UploadImage::new("a.png", &most).unwrap())
        .unwrap();
    // `head -c 5242881 /dev/zero | tr '\0' x | sha256sum`
    let meta = "{\"filename\":\"a.png\",\"sha256\":\
                \"0dfe91c1523276cb57173a627b31502cba3d10d606ad32573494f6e134d8b1b0\"}";
    let more = vec![b'x'; 5 * 1024 * 1024 + 1];
    let refusal = refused(
        &mut bench,
        IMAGE,
        meta,
        form(meta, "a.png", "image/png", &more),
    );
    assert!(
        refusal["message"]
            .as_str()
            .unwrap()
            .contains("more than 5242880 bytes"),
        "{refusal}"
    );
}

#[test]
fn bodies_that_are_no_upload() {
    let mut bench = Bench::new();
    let whole = good();
    let mut latin = whole.to_vec();
    latin[60] = 0xE9;
    let text = String::from_utf8(whole.to_vec()).unwrap();
    let bodies = [
        Bytes::new(),
        Bytes::from_static(b"{}"),
        whole.slice(..whole.len() / 2),
        whole.slice(1..),
        latin.into(),
        format!("{text}{text}").into(),
        text.replace("name=\"file\"", "name=\"image\"").into(),
        text.replace("name=\"meta\"", "name=\"file\"").into(),
        text.replace("--cut", "--other").into(),
        text.replace("\r\n", "\n").into(),
    ];
    for body in bodies {
        let shown = format!("{body:?}");
        let request = upload(&bench, IMAGE, META.as_bytes(), body);
        let refused = bench.refused(400, "PARAM_ERROR", |b| b.ask(&request));
        assert_eq!(refused["detail"]["location"], "body", "{shown}");
    }
    let mut json = upload(&bench, IMAGE, META.as_bytes(), good());
    json.headers_mut()
        .insert("content-type", HeaderValue::from_static("application/json"));
    let refused = bench.refused(400, "PARAM_ERROR", |b| b.ask(&json));
    assert_eq!(refused["detail"]["field"], "content-type");
    // Who does not say who they are is asked that first.
    let mut unsigned = upload(&bench, IMAGE, b"", Bytes::new());
    unsigned.headers_mut().remove("authorization");
    bench.refused(401, "SIGN_ERROR", |b| b.ask(&unsigned));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever is uploaded, the engine answers, and signs what it says.
    #[test]
    fn any_body_is_answered(body in prop::collection::vec(any::<u8>(), 0..600), video: bool) {
        let mut bench = Bench::new();
        let path = if video { VIDEO } else { IMAGE };
        let request = upload(&bench, path, META.as_bytes(), body.into());
        let (status, _) = bench.ask(&request);
        prop_assert!([400, 401].contains(&status));
    }

    /// An upload in which any octets were changed is answered, and taken only as it was signed.
    #[test]
    fn any_change_is_answered(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
        video: bool,
    ) {
        let mut bench = Bench::new();
        let mut body = good().to_vec();
        let before = body.clone();
        for (at, byte) in &changes {
            let at = at.index(body.len());
            body[at] = *byte;
        }
        if cut.index(4) == 0 {
            body.truncate(cut.index(body.len()));
        }
        let kept = before == body;
        let path = if video { VIDEO } else { IMAGE };
        let request = upload(&bench, path, META.as_bytes(), body.clone().into());
        let (status, answer) = bench.ask(&request);
        prop_assert!([200, 400, 401].contains(&status), "{}", answer);
        let expected = if video { 400 } else { 200 };
        prop_assert!(!kept || status == expected);
        if let Some(id) = answer["media_id"].as_str() {
            let response = image(&mut bench, &target(id));
            prop_assert_eq!(&response.body()[..], b"abc");
        }
    }

    /// Any name and any file that the core sends is taken, and the file comes back.
    #[test]
    fn what_the_core_sends_is_taken(
        stem in "[a-zA-Z0-9 ._()+%&';,=#一-龥é-]{1,40}",
        file in prop::collection::vec(any::<u8>(), 1..2_000),
    ) {
        let mut bench = Bench::new();
        let sent = UploadImage::new(&format!("{stem}.png"), &file).unwrap();
        let uploaded = bench.call(&sent).unwrap();
        let response = image(&mut bench, &target(&uploaded.media_id));
        prop_assert_eq!(&response.body()[..], &file[..]);
    }
}
