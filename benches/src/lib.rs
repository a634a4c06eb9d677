//! What the benchmarks share: one subsidy to create, the development keys, and the answer to it.

use wechatpay_core::api::ecommerce::subsidies::{self, Created};
use wechatpay_core::http::Response;
use wechatpay_core::{Bytes, Fen, Merchant, Nonce, PlatformKeys, Prepared, RsaSigner, Timestamp};
use wechatpay_gateway::{Engine, Entropy, Handled, credentials};

/// The time at which everything happens.
pub const NOW: Timestamp = Timestamp::from_secs(1_795_219_200);

/// The development merchant, declaring the development public key.
#[must_use]
pub fn merchant() -> Merchant {
    Merchant::new(credentials::MCHID)
        .expect("the development merchant number is digits")
        .declaring(&platform_keys())
}

/// The sample of the documents.
#[must_use]
pub fn create() -> subsidies::Create {
    subsidies::Create::builder()
        .sub_mchid("1900000109")
        .transaction_id("4208450740201411110007820472")
        .amount(Fen::new(10))
        .description("测试备注")
        .out_subsidy_no("P20150806125347")
        .build()
}

/// A nonce; what it holds does not matter here.
#[must_use]
pub fn nonce() -> Nonce {
    Nonce::from_entropy([0xAB; 16])
}

/// The development merchant's key.
#[must_use]
pub fn signer() -> RsaSigner {
    credentials::merchant_signer().expect("the development key is in order")
}

/// The development platform's keys.
#[must_use]
pub fn platform_keys() -> PlatformKeys {
    credentials::platform_keys().expect("the development keys are in order")
}

/// [`create`] as a signed request, and what reads its answer.
pub fn prepared() -> Prepared<Created> {
    let unsigned = merchant()
        .prepare(&create(), NOW, nonce())
        .expect("the sample is in order");
    unsigned.sign(&signer()).expect("the development key signs")
}

/// The gateway's answer to [`prepared`].
///
/// # Panics
///
/// When the gateway does not answer 200, which would make every figure meaningless.
#[must_use]
pub fn created() -> Response<Bytes> {
    match Engine::new().handle(&prepared().request, NOW, Entropy::new([1; 32])) {
        Handled::Answer { response, .. } if response.status().is_success() => response,
        other => panic!("{other:?}"),
    }
}

/// The bytes inside a PEM file.
#[must_use]
pub fn der(pem: &str) -> Vec<u8> {
    pem::parse(pem)
        .expect("the development keys are PEM")
        .into_contents()
}
