//! Which answers are signed: the table of the paths that are not, near misses, and statements.

use std::error::Error;

use crate::common::{self, NOW, answer, merchant, nonce, pending, platform_keys, unsigned_answer};
use bytes::Bytes;
use proptest::prelude::*;
use wechatpay_core::platform::AnswerSignature;
use wechatpay_core::{
    AnyOperation, Coverage, Decode, Document, DraftError, KeyId, Method, NoContent, Operation,
    Reason, Replay, Statement, Unverified, VerifyError, http,
};

const UNSIGNED: [&str; 6] = [
    "/v3/billdownload/file",
    "/v3/merchant-service/images/BB04A5DE.bmp",
    "/v3/global/merchant-service/images/BB04A5DE.bmp",
    "/v3/transferdownload/elecvoucherfile",
    "/v3/transferdownload/signfile",
    "/v3/new-tax-control-fapiao/download",
];

const STATEMENTS: [&str; 2] = ["/hk/v3/statements", "/v3/global/statements"];

#[track_caller]
fn drafts<T: Decode>(method: Method, target: &str) -> Result<(), DraftError> {
    let operation = AnyOperation::new(method, target).answering::<T>();
    merchant().draft(&operation).map(drop)
}

/// The one coverage that a draft may have; every other is refused.
#[track_caller]
fn only(method: &Method, target: &str, coverage: Coverage) {
    assert_eq!(Coverage::of(method, target), coverage, "{method} {target}");
    let allowed = [
        (Coverage::Body, drafts::<Document>(method.clone(), target)),
        (Coverage::Body, drafts::<NoContent>(method.clone(), target)),
        (
            Coverage::Nothing,
            drafts::<Unverified>(method.clone(), target),
        ),
        (
            Coverage::Statement,
            drafts::<Statement>(method.clone(), target),
        ),
    ];
    for (expects, drafted) in allowed {
        match drafted {
            Ok(()) => assert_eq!(expects, coverage, "{method} {target}"),
            Err(DraftError::Coverage {
                expected,
                documented,
                ..
            }) => {
                assert_eq!((expected, documented), (expects, coverage), "{target}");
                assert_ne!(expects, coverage, "{method} {target}");
            }
            Err(other) => panic!("{method} {target}: {other}"),
        }
    }
}

#[test]
fn the_documented_paths_are_unsigned_and_no_other_answer_type_waits_there() {
    for path in UNSIGNED {
        only(&Method::GET, path, Coverage::Nothing);
        only(
            &Method::GET,
            &format!("{path}?token=a/b"),
            Coverage::Nothing,
        );
    }
    for path in STATEMENTS {
        only(&Method::GET, path, Coverage::Statement);
        only(
            &Method::GET,
            &format!("{path}?date=20240601"),
            Coverage::Statement,
        );
    }
}

#[test]
fn another_method_is_signed() {
    for path in UNSIGNED.into_iter().chain(STATEMENTS) {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            only(&method, path, Coverage::Body);
        }
    }
}

#[test]
fn a_near_miss_is_signed() {
    for path in UNSIGNED.into_iter().chain(STATEMENTS) {
        for near in [
            format!("{path}/"),
            format!("{path}/x"),
            format!("{path}%2F"),
            format!("{path};a=b"),
            format!("{path}%3Ftoken=x"),
            format!("/x{path}"),
            path.to_uppercase(),
            path.replacen("/v3/", "/v3//", 1),
            path.replacen("/v3/", "/V3/", 1),
            path.replacen("/v3/", "/%76%33/", 1),
            path.replacen("/v3/", "/v3%2F", 1),
            path.replacen("/v3/", "/v3/%2e/", 1),
            format!("/v3/certificates?path={path}"),
            format!("/v3/certificates?/..{path}"),
        ] {
            let is_media = path.contains("/images/");
            // A media id may hold an encoded slash.
            if !(is_media && near.ends_with("%2F")) {
                only(&Method::GET, &near, Coverage::Body);
            }
        }
    }
    for path in [
        "/",
        "/v3/certificates",
        "/v3/billdownload/fil%65",
        "/v3/billdownload/file2",
        "/v3/billdownload",
        "/v3/bill/tradebill",
        "/v3/ecommerce/subsidies/create",
        "/v3/merchant-service/images",
        "/v3/merchant-service/images/",
        "/v3/merchant-service/images//x",
        "/v3/merchant-service/images/a/b",
        "/v3/merchant-service/images/upload/x",
        "/v3/statements",
        "/hk/v3/global/statements",
    ] {
        only(&Method::GET, path, Coverage::Body);
    }
}

#[test]
fn a_media_id_is_no_way_out_of_its_path() {
    let images = "/v3/merchant-service/images/";
    for id in [
        "abc",
        "a%2Fb",
        "a%2fb%2B%3D%3D",
        "BB04A5DE.bmp",
        "%41",
        "a..b",
        "-_~+=",
    ] {
        only(&Method::GET, &format!("{images}{id}"), Coverage::Nothing);
    }
    for id in [
        "%2e%2e",
        "%2E",
        "..%2F..%2Fcertificates",
        "a%2F..%2F..%2Fx",
        "a%252Fb",
        "%252e%252e",
        "a%5Cb",
        "a%00",
        "a%3Fb",
        "a%23b",
        "a%",
        "a%2",
        "a%zz",
        "a%+1",
        "a;b",
        "a%E4%B8%AD",
    ] {
        only(&Method::GET, &format!("{images}{id}"), Coverage::Body);
    }
}

#[test]
fn a_typed_operation_cannot_switch_verification_off() {
    macro_rules! operation {
        ($name:ident, $path:literal, $response:ty) => {
            #[derive(serde::Serialize)]
            struct $name {
                #[serde(skip)]
                media_id: &'static str,
            }
            impl Operation for $name {
                const METHOD: Method = Method::GET;
                const PATH: &'static str = $path;
                const REPLAY: Replay = Replay::ReadOnly;
                type Response = $response;
                fn path_args(&self) -> Vec<(&'static str, &str)> {
                    vec![("media_id", self.media_id)]
                }
            }
        };
    }
    operation!(Anything, "/v3/{media_id}", Unverified);
    operation!(Image, "/v3/merchant-service/images/{media_id}", Unverified);
    operation!(Waits, "/v3/merchant-service/images/{media_id}", Document);

    let error = merchant()
        .draft(&Anything {
            media_id: "billdownload/file",
        })
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /v3/{media_id}: the response type expects nothing, and the platform signs the body; \
         take a response type that is verified; nothing was sent"
    );
    assert!(error.source().is_none());
    let error = merchant().draft(&Image { media_id: "../x" }).unwrap_err();
    assert!(matches!(error, DraftError::Coverage { .. }), "{error}");
    let error = merchant().draft(&Waits { media_id: "x" }).unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /v3/merchant-service/images/{media_id}: the response type expects the body, and the \
         platform signs nothing; take the answer as `Unverified`; nothing was sent"
    );
    let draft = merchant().draft(&Image { media_id: "a/+=" }).unwrap();
    assert_eq!(draft.target(), "/v3/merchant-service/images/a%2F%2B%3D");
}

#[test]
fn unsigned_bytes_are_shared_and_their_errors_are_still_checked() {
    let operation = AnyOperation::new(Method::GET, UNSIGNED[0]).answering::<Unverified>();
    let file = Bytes::from_static(b"\xFF\x00 bill");
    let response = http::Response::new(file.clone());
    let done = pending(&operation)
        .complete(&response, &platform_keys(), NOW)
        .unwrap();
    assert_eq!(done.value.0.as_ptr(), file.as_ptr());
    assert_eq!(done.body.as_ptr(), file.as_ptr());

    let failed = |response: &http::Response<Vec<u8>>| {
        let error = pending(&operation)
            .complete(response, &platform_keys(), NOW)
            .unwrap_err();
        error.api().unwrap().is_verified()
    };
    let body = r#"{"code":"NO_STATEMENT_EXIST","message":"-"}"#;
    assert!(failed(&answer(400, body)));
    assert!(!failed(&unsigned_answer(400, body)));
}

/// `printf 'date,amount\r\n20240601,1\r\n' | openssl dgst -sha1`
const SHA1: &str = "b4a7bb78d39bbfc81413b40e3f25773142e2800c";
const FILE: &[u8] = b"date,amount\r\n20240601,1\r\n";

fn statement(signed: &str, header: Option<&str>, body: &[u8]) -> http::Response<Vec<u8>> {
    let id = KeyId::parse(common::PLATFORM_ID).unwrap();
    let signer = common::platform_signer();
    let signature = AnswerSignature::new(signed.as_bytes(), id, &signer, NOW, nonce()).unwrap();
    let mut response = http::Response::new(body.to_vec());
    signature.write(&mut response);
    if let Some(header) = header {
        let header = header.parse().unwrap();
        let name = "Wechatpay-Statement-Sha1";
        response.headers_mut().insert(name, header);
    }
    response
}

fn completed(response: &http::Response<Vec<u8>>) -> Result<Statement, VerifyError> {
    let operation = AnyOperation::new(Method::GET, STATEMENTS[0]).answering::<Statement>();
    let done = pending(&operation).complete(response, &platform_keys(), NOW);
    done.map(|done| done.value)
        .map_err(|error| match error.reason {
            Reason::Untrusted { source, .. } => source,
            other => panic!("{other}"),
        })
}

#[test]
fn a_statement_is_signed_by_its_sha1() {
    let signed = format!(r#"{{"sha1":"{SHA1}"}}"#);
    let done = completed(&statement(&signed, Some(SHA1), FILE)).unwrap();
    assert_eq!(done.0, FILE);

    // The header's own spelling is what is signed.
    let upper = SHA1.to_uppercase();
    let signed_upper = format!(r#"{{"sha1":"{upper}"}}"#);
    assert!(completed(&statement(&signed_upper, Some(&upper), FILE)).is_ok());
    let error = completed(&statement(&signed, Some(&upper), FILE)).unwrap_err();
    assert!(matches!(error, VerifyError::BadSignature { .. }), "{error}");
}

#[test]
fn a_statement_whose_bytes_or_digest_were_changed_is_refused() {
    let signed = format!(r#"{{"sha1":"{SHA1}"}}"#);
    let error = completed(&statement(
        &signed,
        Some(SHA1),
        b"date,amount\r\n20240601,2\r\n",
    ));
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains(&format!("signature covers {SHA1}")),
        "{error}"
    );
    // sha1 of the changed file, by openssl.
    assert!(
        error.contains("b9154aa0ed4610a0a43748d3a8f27f357141e74a"),
        "{error}"
    );

    let other = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    let error = completed(&statement(&signed, Some(other), b"")).unwrap_err();
    assert!(matches!(error, VerifyError::BadSignature { .. }), "{error}");

    let missing = completed(&statement(&signed, None, FILE)).unwrap_err();
    assert!(
        missing
            .to_string()
            .contains("wechatpay-statement-sha1 is missing"),
        "{missing}"
    );

    // A signature over the body is another promise.
    let over_body = statement(std::str::from_utf8(FILE).unwrap(), Some(SHA1), FILE);
    assert!(completed(&over_body).is_err());

    for header in [
        &SHA1[1..],
        "x",
        &format!(r#"{}"}}"#, &SHA1[..38]),
        &"g".repeat(40),
    ] {
        let signed = format!(r#"{{"sha1":"{header}"}}"#);
        let error = completed(&statement(&signed, Some(header), FILE)).unwrap_err();
        assert!(
            matches!(error, VerifyError::Malformed { .. }),
            "{header}: {error}"
        );
    }

    let mut twice = statement(&signed, Some(SHA1), FILE);
    let value = SHA1.parse().unwrap();
    twice
        .headers_mut()
        .append("wechatpay-statement-sha1", value);
    assert!(matches!(
        completed(&twice),
        Err(VerifyError::Malformed { .. })
    ));
}

proptest! {
    /// Whatever else a path is, it is signed.
    #[test]
    fn no_other_path_is_unsigned(path in "/[a-z0-9%./;_-]{0,40}") {
        let known = UNSIGNED.into_iter().chain(STATEMENTS).any(|known| known == path);
        let image = path.contains("merchant-service/images/");
        prop_assume!(!known && !image);
        let unverified = drafts::<Unverified>(Method::GET, &path);
        prop_assert!(unverified.is_err());
        prop_assert!(drafts::<Statement>(Method::GET, &path).is_err());
    }
}
