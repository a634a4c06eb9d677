use wechatpay_core::api::certificates::List;
use wechatpay_core::{Merchant, Nonce, PlatformKeys, Timestamp};
use wechatpay_gateway::credentials;

use crate::bench::{Bench, NONCE};

#[test]
fn first_list_opens_and_verifies_with_no_key_held() {
    let mut bench = Bench::new();
    let now = Timestamp::from_secs(bench.now);
    let signer = credentials::merchant_signer().unwrap();
    let draft = Merchant::new(credentials::MCHID)
        .unwrap()
        .draft(&List::new())
        .unwrap();
    let prepared = draft
        .stamp(now, Nonce::parse(NONCE).unwrap())
        .sign(&signer)
        .unwrap();
    let response = bench.send(&prepared.request);
    let key = credentials::api_v3_key().unwrap();
    let keys: PlatformKeys = prepared
        .pending
        .bootstrap(&response, &key, now)
        .unwrap()
        .value;
    let ids: Vec<&str> = keys.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(ids, ["7132D72A03E93CDDF8C03BBD1F37EEDF00A1B2C3"]);
}

#[test]
fn list_says_what_is_in_the_certificate() {
    let mut bench = Bench::new();
    let (status, answer) = bench.get("/v3/certificates");
    assert_eq!(status, 200);
    let listed = &answer["data"][0];
    assert_eq!(
        listed["serial_no"],
        "7132D72A03E93CDDF8C03BBD1F37EEDF00A1B2C3"
    );
    assert_eq!(listed["effective_time"], "2020-01-01T08:00:00+08:00");
    assert_eq!(listed["expire_time"], "2120-01-01T08:00:00+08:00");
    let sealed = &listed["encrypt_certificate"];
    assert_eq!(sealed["algorithm"], "AEAD_AES_256_GCM");
    assert_eq!(sealed["associated_data"], "certificate");
    assert_eq!(sealed["nonce"].as_str().unwrap().len(), 12);
    // Each list is sealed under a nonce of its own.
    let (_, again) = bench.get("/v3/certificates");
    assert_ne!(
        again["data"][0]["encrypt_certificate"]["nonce"],
        sealed["nonce"]
    );
}

#[test]
fn algorithm_type_selects() {
    let mut bench = Bench::new();
    for (algorithm, count) in [("RSA", 1), ("ALL", 1), ("SM2", 0)] {
        let (status, answer) = bench.get(&format!("/v3/certificates?algorithm_type={algorithm}"));
        assert_eq!(
            (status, answer["data"].as_array().unwrap().len()),
            (200, count)
        );
    }
    let refused = bench.refused(400, "PARAM_ERROR", |b| {
        b.get("/v3/certificates?algorithm_type=ROT13")
    });
    assert_eq!(refused["detail"]["field"], "algorithm_type");
    assert_eq!(refused["detail"]["location"], "query");
}
