use bytes::Bytes;
use http::Request;
use http::header::{AUTHORIZATION, HeaderValue};
use serde_json::{Value, json};

use crate::bench::{Bench, NONCE, NOW, read};

const CREATE: &str = "/v3/ecommerce/subsidies/create";
const FEES: &str = "/v3/ecommerce/profitsharing/after-sales-orders";

/// A request for a subsidy that would be made, were it not for what a test does to it.
fn good(bench: &mut Bench) -> (Request<Bytes>, String) {
    let order = bench.order(&json!({ "subsidy_amount": 500 }));
    let body = json!({
        "sub_mchid": "1900000109", "transaction_id": order, "amount": 500, "description": "补差",
    })
    .to_string();
    (bench.signed("POST", CREATE, body.clone()), body)
}

fn authorization(request: &Request<Bytes>) -> String {
    request.headers()[AUTHORIZATION]
        .to_str()
        .unwrap()
        .to_owned()
}

fn with_authorization(mut request: Request<Bytes>, value: &str) -> Request<Bytes> {
    let value = HeaderValue::from_str(value).unwrap();
    request.headers_mut().insert(AUTHORIZATION, value);
    request
}

/// Changes a part of the header, and holds the answer to be a refusal that says each of `words`.
fn refused_part(from: &str, to: &str, field: &str, words: &[&str]) -> Value {
    let mut bench = Bench::new();
    let (request, _) = good(&mut bench);
    let text = authorization(&request).replace(from, to);
    let request = with_authorization(request, &text);
    let refused = bench.refused(401, "SIGN_ERROR", |b| b.ask(&request));
    assert_eq!(refused["detail"]["field"], field, "{refused}");
    assert_eq!(refused["detail"]["location"], "authorization");
    let message = refused["message"].as_str().unwrap();
    for word in words {
        assert!(message.contains(word), "{word:?} is not in {message}");
    }
    refused
}

#[test]
fn accept_and_user_agent_are_needed() {
    for header in ["accept", "user-agent"] {
        let mut bench = Bench::new();
        let (mut request, _) = good(&mut bench);
        request.headers_mut().remove(header);
        let refused = bench.refused(400, "PARAM_ERROR", |b| b.ask(&request));
        let message = refused["message"].as_str().unwrap();
        assert!(
            message.starts_with("Http头缺少Accept或User-Agent"),
            "{message}"
        );
        assert!(message.contains(header), "{message}");
    }
}

#[test]
fn authorization_is_needed_and_of_the_grammar() {
    let mut bench = Bench::new();
    let (request, _) = good(&mut bench);
    let text = authorization(&request);
    let nonce = format!("nonce_str=\"{NONCE}\",");
    let cases = [
        (None, "no Authorization"),
        (Some(String::new()), "scheme"),
        (Some("Bearer".to_owned()), "scheme"),
        (
            Some("WECHATPAY2-SHA256-RSA2048 gibberish".to_owned()),
            "name=\"value\"",
        ),
        (Some(text.replace(&nonce, "")), "no nonce_str"),
        (
            Some(text.replace(&nonce, &nonce.repeat(2))),
            "nonce_str twice",
        ),
        (Some(text.replace("\",", "\";")), "name=\"value\""),
        (
            Some(text.replace(&NOW.to_string(), "yesterday")),
            "yesterday",
        ),
        (Some(text.replace(&NOW.to_string(), "-1")), "seconds"),
    ];
    for (value, words) in cases {
        let request = match value {
            Some(value) => with_authorization(request.clone(), &value),
            None => {
                let mut request = request.clone();
                request.headers_mut().remove(AUTHORIZATION);
                request
            }
        };
        let refused = bench.refused(401, "SIGN_ERROR", |b| b.ask(&request));
        let message = refused["message"].as_str().unwrap();
        assert!(
            message.starts_with("Http头Authorization值格式错误"),
            "{message}"
        );
        assert!(message.contains(words), "{words:?} is not in {message}");
    }
    let mut twice = request.clone();
    let value = request.headers()[AUTHORIZATION].clone();
    twice.headers_mut().append(AUTHORIZATION, value);
    let refused = bench.refused(401, "SIGN_ERROR", |b| b.ask(&twice));
    assert!(refused["message"].as_str().unwrap().contains("several"));
}

#[test]
fn scheme_merchant_and_serial_are_the_known_ones() {
    refused_part(
        "WECHATPAY2-SHA256-RSA2048",
        "WECHATPAY2-SM2-WITH-SM3",
        "scheme",
        &["WECHATPAY2-SM2-WITH-SM3", "WECHATPAY2-SHA256-RSA2048"],
    );
    refused_part(
        "mchid=\"1900001109\"",
        "mchid=\"1900009191\"",
        "mchid",
        &["1900009191", "1900001109"],
    );
    let serial = "5A0E1C7B2D9F48E36B105C8D7F2A94E1B3C6D8F0";
    refused_part(serial, "1DDE55AD", "serial_no", &["1DDE55AD", serial]);
    let platform = "7132D72A03E93CDDF8C03BBD1F37EEDF00A1B2C3";
    refused_part(
        serial,
        platform,
        "serial_no",
        &["platform certificate", "apiclient_cert.pem"],
    );
    let public = "PUB_KEY_ID_0119000011092026112100000000000000";
    refused_part(
        serial,
        public,
        "serial_no",
        &["public key", "apiclient_cert.pem"],
    );
}

#[test]
fn nonce_has_10_to_32_characters() {
    for (length, fine) in [(9, false), (10, true), (32, true), (33, false)] {
        let mut bench = Bench::new();
        let nonce = "n".repeat(length);
        let timestamp = bench.now.to_string();
        let text = bench.authorization("GET", "/v3/certificates", &timestamp, &nonce, b"");
        let request = with_authorization(bench.signed("GET", "/v3/certificates", ""), &text);
        let (status, answer) = bench.ask(&request);
        assert_eq!(status == 200, fine, "{length}: {answer}");
        if !fine {
            assert_eq!(answer["detail"]["field"], "nonce_str");
        }
    }
}

#[test]
fn clock_may_be_less_than_300_seconds_off() {
    for (offset, fine) in [
        (-300, false),
        (-299, true),
        (0, true),
        (299, true),
        (300, false),
    ] {
        let mut bench = Bench::new();
        let timestamp = NOW.checked_add_signed(offset).unwrap().to_string();
        let text = bench.authorization("GET", "/v3/certificates", &timestamp, NONCE, b"");
        let request = with_authorization(bench.signed("GET", "/v3/certificates", ""), &text);
        let (status, answer) = bench.ask(&request);
        assert_eq!(status == 200, fine, "{offset}: {answer}");
        if !fine {
            let message = answer["message"].as_str().unwrap();
            for figure in [timestamp, NOW.to_string(), "300 s apart".to_owned()] {
                assert!(message.contains(&figure), "{figure} is not in {message}");
            }
            assert_eq!(answer["detail"]["field"], "timestamp");
        }
    }
}

#[test]
fn milliseconds_are_recognised() {
    let milliseconds = (NOW * 1_000).to_string();
    refused_part(
        &NOW.to_string(),
        &milliseconds,
        "timestamp",
        &["milliseconds"],
    );
}

#[test]
fn wrong_signature_shows_what_the_gateway_saw() {
    let mut bench = Bench::new();
    let (request, body) = good(&mut bench);
    let other = body.replace("500", "501");
    let request = request.map(|_| Bytes::from(other.clone()));
    let refused = bench.refused(401, "SIGN_ERROR", |b| b.ask(&request));
    let message = format!("POST\n{CREATE}\n{NOW}\n{NONCE}\n{other}\n");
    let expected = json!({
        "detail": { "issue": "sign not match" },
        "field": "signature",
        "location": "authorization",
        "sign_information": {
            "method": "POST",
            "url": CREATE,
            "sign_message_length": message.len(),
            "truncated_sign_message": message,
        },
    });
    assert_eq!(refused["detail"], expected);
}

#[test]
fn signature_covers_method_target_and_body() {
    let mut bench = Bench::new();
    let target = format!("{FEES}?sub_mchid=1900000109&transaction_id=1");
    let signed = bench.signed("GET", &target, "");
    let mut moved = signed.clone();
    *moved.uri_mut() = format!("{FEES}?transaction_id=1&sub_mchid=1900000109")
        .parse()
        .unwrap();
    let mut posted = signed.clone();
    *posted.method_mut() = http::Method::POST;
    let filled = signed.clone().map(|_| Bytes::from_static(b"{}"));
    for request in [moved, posted, filled] {
        bench.refused(401, "SIGN_ERROR", |b| b.ask(&request));
    }
    for signature in ["", "bm90IGEgc2lnbmF0dXJl", "!!!", "WECHATPAY/SIGNTEST/"] {
        let text = authorization(&signed);
        let start = text.split("signature=").next().unwrap();
        let text = format!("{start}signature=\"{signature}\"");
        let request = with_authorization(signed.clone(), &text);
        bench.refused(401, "SIGN_ERROR", |b| b.ask(&request));
    }
}

#[test]
fn long_messages_are_shown_in_part() {
    let mut bench = Bench::new();
    let (request, _) = good(&mut bench);
    let request = request.map(|_| Bytes::from("长".repeat(100_000)));
    let refused = bench.refused(401, "SIGN_ERROR", |b| b.ask(&request));
    let information = &refused["detail"]["sign_information"];
    assert!(information["sign_message_length"].as_u64().unwrap() > 300_000);
    let shown = information["truncated_sign_message"].as_str().unwrap();
    assert_eq!(shown.chars().count(), 1024);
}

#[test]
fn what_real_clients_send_is_tolerated() {
    let mut bench = Bench::new();
    let variants: [fn(Request<Bytes>) -> Request<Bytes>; 5] = [
        |request| {
            let text = authorization(&request);
            let (scheme, items) = text.split_once(' ').unwrap();
            let mut items: Vec<&str> = items.split(',').collect();
            items.reverse();
            let text = format!("{scheme} {}", items.join(", "));
            with_authorization(request, &text)
        },
        |request| {
            let lower = authorization(&request).replace(
                "5A0E1C7B2D9F48E36B105C8D7F2A94E1B3C6D8F0",
                "005a0e1c7b2d9f48e36b105c8d7f2a94e1b3c6d8f0",
            );
            with_authorization(request, &lower)
        },
        |mut request| {
            let value = HeaderValue::from_static("application/json; charset=utf-8");
            request.headers_mut().insert("content-type", value);
            request
        },
        |mut request| {
            request.headers_mut().remove("content-type");
            let any = HeaderValue::from_static("*/*");
            request.headers_mut().insert("accept", any);
            request
        },
        |mut request| {
            let unknown = HeaderValue::from_static("who knows");
            request.headers_mut().insert("wechatpay-serial", unknown);
            request
        },
    ];
    for variant in variants {
        let (request, _) = good(&mut bench);
        let (status, answer) = bench.ask(&variant(request));
        assert_eq!(status, 200, "{answer}");
    }
}

#[test]
fn body_counts_as_it_is_parsed_and_is_signed_as_it_is_sent() {
    let mut bench = Bench::new();
    let spellings: [fn(&str) -> String; 4] = [
        |body| format!("{body}\n"),
        |body| body.replace("补差", "\\u8865\\u5dee"),
        |body| format!(" {} ", body.replace(':', " : ").replace(',', "\r\n,\t")),
        |body| body.replacen('{', "{\"notify_url\":\"https://example.com\",", 1),
    ];
    for spell in spellings {
        let (_, body) = good(&mut bench);
        let request = bench.signed("POST", CREATE, spell(&body));
        let (status, answer) = bench.ask(&request);
        assert_eq!((status, &answer["description"]), (200, &json!("补差")));
    }
}

#[test]
fn query_keys_come_in_any_order_and_encoding() {
    let mut bench = Bench::new();
    let (sub_mchid, id) = (
        "sub_mchid=1900000109",
        "transaction_id=3008450740201411110007820472",
    );
    let encoded = "sub%5Fmchid=%31900000109";
    for query in [
        format!("{sub_mchid}&{id}"),
        format!("{id}&{sub_mchid}"),
        format!("{id}&{encoded}"),
        format!("{id}&{sub_mchid}&appid=wx1"),
        format!("{id}&{sub_mchid}&"),
    ] {
        let (status, answer) = bench.get(&format!("{FEES}?{query}"));
        assert_eq!(status, 200, "{query}: {answer}");
    }
}

#[test]
fn answer_is_signed_with_the_key_that_the_request_names() {
    let certificate = "7132D72A03E93CDDF8C03BBD1F37EEDF00A1B2C3";
    let public_key = "PUB_KEY_ID_0119000011092026112100000000000000";
    for (named, expected) in [
        (Some(public_key), public_key),
        (Some(certificate), certificate),
        (Some("0000"), certificate),
        (None, certificate),
    ] {
        let mut bench = Bench::new();
        for target in ["/v3/certificates", "/v3/nowhere"] {
            let mut request = bench.signed("GET", target, "");
            if let Some(named) = named {
                let value = HeaderValue::from_str(named).unwrap();
                request.headers_mut().insert("Wechatpay-Serial", value);
            }
            let response = bench.send(&request);
            bench.verify(&response);
            assert_eq!(response.headers()["wechatpay-serial"], expected);
            let kind = &response.headers()["wechatpay-signature-type"];
            assert_eq!(kind, "WECHATPAY2-SHA256-RSA2048");
        }
    }
}

#[test]
fn request_id_ends_in_0_when_all_is_well() {
    let mut bench = Bench::new();
    let mut seen = Vec::new();
    for (target, number) in [("/v3/certificates", "0"), ("/v3/nowhere", "268435462")] {
        let request = bench.signed("GET", target, "");
        let response = bench.send(&request);
        let id = response.headers()["request-id"]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(id.rsplit_once('-').unwrap().1, number);
        seen.push(id);
    }
    assert_ne!(seen[0], seen[1]);
}

#[test]
fn unknown_paths_and_methods_are_told_apart() {
    let mut bench = Bench::new();
    for target in [
        "/v3/ecommerce/subsidies",
        "/v3/ecommerce/subsidies/create/",
        "/",
        "/v3/pay",
    ] {
        bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.get(target));
    }
    let request = bench.signed("GET", CREATE, "");
    let response = bench.send(&request);
    assert_eq!(read(&response).1["code"], "METHOD_NOT_ALLOWED");
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "POST");
    let request = bench.signed("DELETE", FEES, "");
    assert_eq!(bench.send(&request).headers()["allow"], "POST, GET");
}
