//! Each phase of a call alone, and beside what it cannot be faster than: ring's own RSA.
#![allow(missing_docs)]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use wechatpay_benches::{
    NOW, create, created, der, merchant, nonce, platform_keys, prepared, signer,
};
use wechatpay_core::Signer as _;
use wechatpay_core::platform::SignedRequest;
use wechatpay_gateway::credentials;

fn requests(c: &mut Criterion) {
    let (merchant, create, signer) = (merchant(), create(), signer());
    c.bench_function("request/draft", |b| {
        b.iter(|| merchant.draft(black_box(&create)))
    });
    let draft = merchant.draft(&create).expect("the sample is in order");
    c.bench_function("request/stamp", |b| {
        b.iter(|| black_box(&draft).stamp(NOW, nonce()))
    });
    let message = draft.stamp(NOW, nonce()).message().to_vec();
    let signature = signer.sign(&message).expect("the development key signs");
    c.bench_function("request/stamp and attach", |b| {
        b.iter(|| black_box(&draft).stamp(NOW, nonce()).attach(&signature));
    });
    c.bench_function("request/sign", |b| {
        b.iter(|| signer.sign(black_box(&message)))
    });
    c.bench_function("request/all phases", |b| {
        b.iter(|| {
            merchant
                .prepare(black_box(&create), NOW, nonce())
                .map(|u| u.sign(&signer))
        });
    });

    // The reference: the same key and message through ring alone.
    let key = RsaKeyPair::from_pkcs8(&der(credentials::MERCHANT_KEY_PEM))
        .expect("the development key is PKCS#8");
    let (random, mut out) = (SystemRandom::new(), vec![0; key.public().modulus_len()]);
    c.bench_function("reference/ring sign", |b| {
        b.iter(|| key.sign(&RSA_PKCS1_SHA256, &random, black_box(&message), &mut out));
    });
}

fn answers(c: &mut Criterion) {
    let (keys, response, pending) = (platform_keys(), created(), prepared().pending);
    c.bench_function("answer/complete", |b| {
        b.iter(|| pending.complete(black_box(&response), &keys, NOW));
    });
}

fn platform(c: &mut Criterion) {
    let request = prepared().request;
    c.bench_function("platform/read", |b| {
        b.iter(|| SignedRequest::read(black_box(&request)))
    });
}

criterion_group!(benches, requests, answers, platform);
criterion_main!(benches);
