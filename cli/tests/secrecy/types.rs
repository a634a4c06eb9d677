//! Every public type of the libraries: shown with secrets inside, or listed with the reason why there
//! can be none.

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Debug;
use std::path::Path;

use crate::common::secrets::Secrets;
use crate::samples::{self, API_V3_KEY, NAME, PERSONAL};

/// What was shown, by type.
#[derive(Default)]
pub(crate) struct Shown {
    texts: Vec<(String, String)>,
}

impl Shown {
    pub(crate) fn debug<T: Debug>(&mut self, value: &T) {
        self.take::<T>(format!("{value:?} {value:#?}"));
    }

    /// An error and all that caused it.
    pub(crate) fn error<T: Error + 'static>(&mut self, error: &T) {
        self.take::<T>(format!("{error} {error:?} {error:#?}"));
        let mut next = error.source();
        while let Some(error) = next {
            self.take::<T>(format!("{error} {error:?} {error:#?}"));
            next = error.source();
        }
    }

    fn take<T>(&mut self, text: String) {
        let name = type_name::<T>().split('<').next().unwrap_or_default();
        self.texts.push((name.to_owned(), text));
    }
}

#[test]
fn every_public_type_hides_what_is_secret() {
    let mut shown = Shown::default();
    samples::show(&mut shown);

    let secrets = Secrets::default()
        .private_key(&samples::text("merchant_pkcs8.pem"))
        .private_key(&samples::text("merchant_pkcs1.pem"))
        .private_key(&samples::text("platform_pkcs8.pem"))
        .private_key_der(&samples::file("merchant_pkcs8.der"))
        .text(API_V3_KEY)
        .text(NAME)
        .text(PERSONAL)
        .text(&samples::signature_of_an_answer())
        .text(&samples::authorization());
    for (name, text) in &shown.texts {
        secrets.are_not_in(name, &[text]);
    }

    let shown: BTreeSet<&str> = shown.texts.iter().map(|(name, _)| &**name).collect();
    let public = public_types();
    assert!(public.len() > 200, "{} types were found", public.len());
    let listed = |name: &str, body: &str| {
        let suspect = CAN_HOLD_ONE.iter().any(|word| mentions(body, word));
        let mut lists = HOLD_NONE
            .iter()
            .flat_map(|(_, list)| list.split_whitespace());
        lists.any(|listed| {
            name == listed || !suspect && listed.ends_with(':') && name.starts_with(listed)
        })
    };
    let forgotten: Vec<_> = public
        .iter()
        .filter(|(name, body)| !shown.contains(&***name) && !listed(name, body))
        .collect();
    assert!(
        forgotten.is_empty(),
        "show these in `samples.rs`, or list them here: {forgotten:#?}"
    );
    for (_, names) in HOLD_NONE {
        for listed in names.split_whitespace() {
            let there = public.keys().any(|name| name.starts_with(listed));
            assert!(there, "{listed} is listed, and there is no such type");
        }
    }
}

/// What a secret stands in.
const CAN_HOLD_ONE: [&str; 12] = [
    "ApiV3Key",
    "Bytes",
    "Form",
    "KeyPair",
    "LessSafeKey",
    "Opened",
    "Request",
    "Response",
    "RsaKeyPair",
    "Sealed",
    "Signature",
    "Zeroizing",
];

/// Types that hold no secret, by the reason; a name that ends in colons is all of a module that
/// mentions nothing in which one stands.
const HOLD_NONE: [(&str, &str); 6] = [
    (
        "requests and answers, which hold what the caller, or the platform, put into their fields",
        "wechatpay_core::api:: wechatpay_core::operation::Document \
         wechatpay_core::coverage::Statement wechatpay_core::coverage::Unverified \
         wechatpay_core::notice::refund:: wechatpay_core::notice::sharing:: \
         wechatpay_core::notice::event::Payment wechatpay_core::answer::Answer",
    ),
    (
        "times, amounts, counts, places and states",
        "wechatpay_core::datetime:: wechatpay_core::money:: wechatpay_core::policy:: \
         wechatpay_core::stamp::Timestamp wechatpay_core::observe::Ended \
         wechatpay_core::observe::Traced wechatpay_core::operation::Replay \
         wechatpay_core::operation::Coverage wechatpay_core::operation::NoContent \
         wechatpay_core::error::response::Effect wechatpay_core::keyring::record::Wish \
         wechatpay_core::attempts::Attempt wechatpay_core::attempts::Attempts \
         wechatpay_core::hosts:: wechatpay_core::answer::Earlier \
         wechatpay_core::attempts::WantedKeys wechatpay_core::cashier::PartnerId \
         wechatpay_core::sign::Scheme wechatpay_core::notice::deduplicator:: \
         wechatpay_core::notice::reply::Reply \
         wechatpay_hyper::pool::Timeouts wechatpay_ureq::Timeouts",
    ),
    (
        "steps of a plan, whose outcomes and reports are shown as results, errors and reports",
        "wechatpay_core::attempts::Next wechatpay_core::observe::Report",
    ),
    (
        "what is wrong with a field, and its value: of a sensitive one there is only the length",
        "wechatpay_core::error::draft::FieldError",
    ),
    (
        "the parts of an upload, which are the sender's own",
        "wechatpay_core::platform::upload::",
    ),
    (
        "the gateway's business: its credentials are public, and in none of these",
        "wechatpay_gateway:: wechatpay_gateway::engine::Handled \
         wechatpay_gateway::notices::Delivery",
    ),
];

fn mentions(body: &str, word: &str) -> bool {
    let mut words = body.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|found| found == word)
}

/// The public types by their paths, with their definitions.
fn public_types() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = BTreeMap::new();
    for (folder, name) in [
        ("core", "wechatpay_core"),
        ("transport-hyper", "wechatpay_hyper"),
        ("transport-ureq", "wechatpay_ureq"),
        ("gateway", "wechatpay_gateway"),
    ] {
        scan(&root.join(folder).join("src"), name, &mut found);
    }
    found
}

fn scan(folder: &Path, module: &str, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if path.is_dir() {
            scan(&path, &format!("{module}::{stem}"), found);
            continue;
        }
        let module = match stem {
            "lib" => module.to_owned(),
            stem => format!("{module}::{stem}"),
        };
        let text = std::fs::read_to_string(&path).unwrap();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let line = line.trim_start();
            let rest = ["pub struct ", "pub enum ", "pub union "];
            let Some(rest) = rest.iter().find_map(|begin| line.strip_prefix(begin)) else {
                continue;
            };
            let name = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            let mut body = line.to_owned();
            while !body.ends_with(';') && !body.ends_with('}') {
                let line = lines.next().unwrap().trim();
                // A comment mentions what it links to.
                if !line.starts_with("//") {
                    body.push('\n');
                    body.push_str(line);
                }
            }
            found.insert(format!("{module}::{name}"), body);
        }
    }
}
