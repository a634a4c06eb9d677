//! The committed corpus runs through every target.
#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;

#[track_caller]
fn run(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name);
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        target(&std::fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count >= 3, "the corpus of {name} holds {count} files");
}

#[test]
fn authorization() {
    run("authorization", wechatpay_fuzz::authorization);
}

#[test]
fn answer() {
    run("answer", wechatpay_fuzz::answer);
}

#[test]
fn key_files() {
    run("key_files", wechatpay_fuzz::key_files);
}

#[test]
fn certificate_list() {
    run("certificate_list", wechatpay_fuzz::certificate_list);
}

#[test]
fn gateway_request() {
    run("gateway_request", wechatpay_fuzz::gateway_request);
}

#[test]
fn notice() {
    run("notice", wechatpay_fuzz::notice);
}

#[test]
fn upload() {
    run("upload", wechatpay_fuzz::upload);
}

#[test]
fn bill() {
    run("bill", wechatpay_fuzz::bill);
}
