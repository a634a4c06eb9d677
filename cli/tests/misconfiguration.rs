//! Each classic mistake gives an exit status and words that name what to fix, and no secret. That
//! no secret is written is held for every command that these tests run, by the common module.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{ANOTHER_KEY, Env, Gateway, STACKS, damaged};
use serde_json::json;
use wechatpay_gateway::credentials;

const GET: [&str; 3] = ["call", "GET", "/v3/certificates"];

const CREATE: [&str; 12] = [
    "subsidies",
    "create",
    "--sub-mchid",
    "1900000109",
    "--transaction-id",
    "4208450740201411110007820472",
    "--amount",
    "10",
    "--description",
    "d",
    "--out-subsidy-no",
    "P20150806125347",
];

/// A key that is not the platform's.
const ANOTHER_PUBLIC_KEY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../core/tests/known_answers/keys/platform_spki.pem"
);

/// Changes the last character of a text.
fn other(text: &str) -> String {
    let (rest, last) = text.split_at(text.len() - 1);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}

#[test]
fn a_damaged_private_key_is_found_before_a_call() {
    let gateway = Gateway::start();
    let file = gateway.dir().join("apiclient_key.pem");
    let length = std::fs::metadata(&file).unwrap().len() as usize;
    // The first line, the structure, the modulus, each of the factors, the end, the last line.
    let places = [
        3,
        30,
        100,
        length / 4,
        length / 3,
        length / 2,
        length * 3 / 4,
        length - 60,
        length - 4,
    ];
    for at in places {
        let copy = damaged(&file, at);
        let name = copy.file_name().unwrap().to_str().unwrap();
        let env = gateway.env();
        let env = env.with("WECHATPAY_PRIVATE_KEY_FILE", copy.to_str().unwrap());
        // Without the certificate beside it, the key is judged by itself.
        let env = env.without("WECHATPAY_MERCHANT_CERT_FILE");
        let words = [
            "WECHATPAY_PRIVATE_KEY_FILE",
            name,
            "nothing was sent",
            "hint: ",
        ];
        env.run(&GET).failed(2, &words);
    }
}

#[test]
fn another_private_key_is_told_from_the_merchants() {
    let gateway = Gateway::start();
    let key = ANOTHER_KEY;
    let env = gateway.env().with("WECHATPAY_PRIVATE_KEY_FILE", key);
    let words = [
        "WECHATPAY_PRIVATE_KEY_FILE",
        "apiclient_cert.pem",
        "public keys differ",
    ];
    env.run(&GET).failed(2, &words);

    let env = env.without("WECHATPAY_MERCHANT_CERT_FILE");
    for stack in STACKS {
        let words = [
            "401 SIGN_ERROR",
            "moved no money",
            "hint: the platform built a message of",
            "WECHATPAY_PRIVATE_KEY_FILE",
            "WECHATPAY_SERIAL_NO",
        ];
        env.run(&[&CREATE[..], &["--transport", stack]].concat())
            .failed(1, &words);
        // The certificates cannot be downloaded either, and nothing else is sent.
        let run = env.clone().bootstrapping();
        let run = run.run(&[&CREATE[..], &["--transport", stack]].concat());
        run.failed(1, &["401 SIGN_ERROR", "subsidies/create was not sent"]);
    }
}

#[test]
fn a_wrong_serial_number_is_named() {
    let gateway = Gateway::start();
    let env = gateway.env();
    let right = env.get("WECHATPAY_SERIAL_NO").to_owned();
    let wrong = other(&right);
    let env = env.with("WECHATPAY_SERIAL_NO", &wrong);
    let words = ["WECHATPAY_SERIAL_NO", &wrong, &right, "apiclient_cert.pem"];
    env.run(&GET).failed(2, &words);

    let env = env.without("WECHATPAY_MERCHANT_CERT_FILE");
    let words = [
        "401 SIGN_ERROR",
        &wrong,
        "hint: check that",
        "WECHATPAY_SERIAL_NO",
    ];
    env.run(&CREATE).failed(1, &words);

    let env = env.with("WECHATPAY_SERIAL_NO", credentials::PUBLIC_KEY_ID);
    env.run(&GET)
        .failed(2, &["WECHATPAY_SERIAL_NO", "id of a WeChat Pay public key"]);
    let env = env.with("WECHATPAY_SERIAL_NO", "5A:0E:1C");
    env.run(&GET)
        .failed(2, &["WECHATPAY_SERIAL_NO", "without colons"]);
}

#[test]
fn a_wrong_merchant_number_is_named() {
    let gateway = Gateway::start();
    let wrong = other(credentials::MCHID);
    let env = gateway.env().with("WECHATPAY_MCHID", &wrong);
    let words = ["WECHATPAY_MCHID", &wrong, "belongs to merchant 1900001109"];
    env.run(&GET).failed(2, &words);
    let env = env.without("WECHATPAY_MERCHANT_CERT_FILE");
    env.run(&GET)
        .failed(1, &["SIGN_ERROR", &wrong, "WECHATPAY_MCHID"]);
    let env = env.with("WECHATPAY_MCHID", "shop");
    env.run(&GET)
        .failed(2, &["WECHATPAY_MCHID", "decimal digits"]);
}

#[test]
fn a_wrong_apiv3_key_is_named() {
    let gateway = Gateway::start();
    let right = credentials::API_V3_KEY;
    let env = gateway.env();
    for stack in STACKS {
        let certificates = ["certificates", "--transport", stack];
        let run = |key: &str| {
            env.clone()
                .with("WECHATPAY_APIV3_KEY", key)
                .run(&certificates)
        };
        let words = ["does not open", "hint: WECHATPAY_APIV3_KEY"];
        run(&other(right)).failed(2, &words);
        run(&right[1..]).failed(2, &["WECHATPAY_APIV3_KEY", "31 bytes", "32", "hint: "]);
        run(&format!("{right} ")).failed(2, &["33 bytes", "space"]);
        run("").failed(2, &["not configured", "WECHATPAY_APIV3_KEY"]);
    }
    // A key of another length is a mistake even where none is needed.
    let short = env.clone().with("WECHATPAY_APIV3_KEY", &right[1..]);
    short.run(&GET).failed(2, &["31 bytes"]);
    // Where certificates are needed first, the operation is not sent.
    let env = env
        .bootstrapping()
        .with("WECHATPAY_APIV3_KEY", &other(right));
    let words = ["does not open", "WECHATPAY_APIV3_KEY", "was not sent"];
    env.run(&CREATE).failed(2, &words);
}

#[test]
fn a_wrong_public_key_is_named() {
    let gateway = Gateway::start();
    let env = gateway.env().without("WECHATPAY_PLATFORM_CERT_FILE");
    let id = other(credentials::PUBLIC_KEY_ID);
    for stack in STACKS {
        let create = [&CREATE[..], &["--transport", stack]].concat();
        let wrong = env.clone().with("WECHATPAY_PUBLIC_KEY_ID", &id);
        let words = [
            "not trusted",
            "money may have moved",
            &id,
            "WECHATPAY_PUBLIC_KEY_ID",
        ];
        wrong.run(&create).failed(3, &words);
    }

    let wrong = env
        .clone()
        .with("WECHATPAY_PUBLIC_KEY_FILE", ANOTHER_PUBLIC_KEY);
    let words = [
        "does not verify",
        "money may have moved",
        "WECHATPAY_PUBLIC_KEY_FILE",
    ];
    wrong.run(&CREATE).failed(3, &words);

    let wrong = env
        .clone()
        .with("WECHATPAY_PUBLIC_KEY_ID", credentials::PLATFORM_CERT_SERIAL);
    let words = ["WECHATPAY_PUBLIC_KEY_ID", "belongs to a certificate"];
    wrong.run(&GET).failed(2, &words);
    let wrong = env.clone().without("WECHATPAY_PUBLIC_KEY_ID");
    wrong
        .run(&GET)
        .failed(2, &["not configured: WECHATPAY_PUBLIC_KEY_ID"]);
    let wrong = env.without("WECHATPAY_PUBLIC_KEY_FILE");
    wrong
        .run(&GET)
        .failed(2, &["not configured: WECHATPAY_PUBLIC_KEY_FILE"]);
}

#[test]
fn files_in_the_wrong_place_are_told_apart() {
    let gateway = Gateway::start();
    let confusions = [
        (
            "WECHATPAY_PLATFORM_CERT_FILE",
            "apiclient_cert.pem",
            "belongs to merchant 1900001109",
        ),
        (
            "WECHATPAY_PLATFORM_CERT_FILE",
            "pub_key.pem",
            "holds public key",
        ),
        (
            "WECHATPAY_PLATFORM_CERT_FILE",
            "apiclient_key.pem",
            "merchant's private key",
        ),
        (
            "WECHATPAY_PUBLIC_KEY_FILE",
            "platform_cert.pem",
            "holds certificate",
        ),
        (
            "WECHATPAY_PUBLIC_KEY_FILE",
            "apiclient_key.pem",
            "never hand a private key",
        ),
        (
            "WECHATPAY_PRIVATE_KEY_FILE",
            "apiclient_cert.pem",
            "apiclient_key.pem",
        ),
        (
            "WECHATPAY_MERCHANT_CERT_FILE",
            "platform_cert.pem",
            "WECHATPAY_SERIAL_NO",
        ),
        ("WECHATPAY_PRIVATE_KEY_FILE", "nowhere.pem", "cannot read"),
    ];
    for (variable, file, words) in confusions {
        let env = gateway.env().with(variable, &gateway.file(file));
        env.run(&GET)
            .failed(2, &[variable, file, words, "nothing was sent"]);
    }
}

#[test]
fn missing_variables_are_listed() {
    let run = Env::empty().run(&GET);
    let names = [
        "WECHATPAY_MCHID",
        "WECHATPAY_SERIAL_NO",
        "WECHATPAY_PRIVATE_KEY_FILE",
    ];
    run.failed(2, &[&names[..], &["not configured", "hint: "]].concat());

    let gateway = Gateway::start();
    for name in names {
        // An empty variable counts as unset.
        let run = gateway.env().with(name, "").run(&GET);
        let run = run.failed(2, &["not configured", name]);
        for other in names.into_iter().filter(|other| *other != name) {
            assert!(!run.stderr.contains(other), "{run:#?}");
        }
    }
    let env = gateway.env().bootstrapping().without("WECHATPAY_APIV3_KEY");
    let words = [
        "WECHATPAY_PUBLIC_KEY_ID",
        "WECHATPAY_PUBLIC_KEY_FILE",
        "WECHATPAY_PLATFORM_CERT_FILE",
        "WECHATPAY_APIV3_KEY",
    ];
    env.run(&GET).failed(2, &words);
}

#[test]
fn clocks_that_differ_are_both_shown() {
    let gateway = Gateway::start();
    for stack in STACKS {
        gateway.fault(&json!({ "fault": "stale_timestamp" }));
        let run = gateway.run(&[&CREATE[..], &["--transport", stack]].concat());
        let words = [
            "the outcome is unknown",
            "hint: this machine's clock says 20",
            "+08:00",
        ];
        let run = run.failed(3, &words);
        assert_eq!(run.stderr.matches("+08:00").count(), 2, "{run:#?}");
    }
}

#[test]
fn keys_in_the_place_of_paths_are_not_shown() {
    let gateway = Gateway::start();
    let pem = credentials::MERCHANT_KEY_PEM;
    let env = gateway.env();
    let key = env.clone().with("WECHATPAY_PRIVATE_KEY_FILE", pem);
    key.run(&GET)
        .failed(2, &["WECHATPAY_PRIVATE_KEY_FILE", "path of the file"]);
    let flag = format!("--private-key-file={pem}");
    env.run(&[&GET[..], &[&flag]].concat())
        .failed(2, &["path of the file"]);
    env.run(&[&GET[..], &["--private-key-file", pem]].concat())
        .failed(2, &["(a secret)"]);

    let key = credentials::API_V3_KEY;
    let none = env.clone().without("WECHATPAY_APIV3_KEY");
    none.run(&["certificates", "--apiv3-key-file", key])
        .failed(2, &["WECHATPAY_APIV3_KEY", "cannot read the file"]);
    env.with("WECHATPAY_MCHID", key)
        .run(&GET)
        .failed(2, &["WECHATPAY_MCHID"]);
}
