//! The list of operations: whole, in order, and the same as the table in the documents.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use wechatpay_core::api::CATALOG;
use wechatpay_core::{Method, Replay};

/// Each `impl Operation for X` under `src/api`, as `module::X`.
fn implemented() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api")];
    let root = folders[0].clone();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let module = path.strip_prefix(&root).unwrap().with_extension("");
            let module = module.to_str().unwrap().replace(['/', '\\'], "::");
            for line in fs::read_to_string(&path).unwrap().lines() {
                if let Some(rest) = line.strip_prefix("impl Operation for ") {
                    let name = rest.split(' ').next().unwrap();
                    assert!(found.insert(format!("{module}::{name}")));
                }
            }
        }
    }
    found
}

#[test]
fn no_operation_is_missing() {
    let listed: Vec<&str> = CATALOG.iter().map(|entry| entry.rust_type).collect();
    let listed: BTreeSet<String> = listed
        .into_iter()
        .map(|name| name.replace(' ', ""))
        .collect();
    assert_eq!(listed.len(), CATALOG.len(), "an operation is listed twice");
    assert_eq!(listed, implemented());
}

#[test]
fn they_are_in_the_order_of_their_paths() {
    let paths: Vec<(&str, &str)> = CATALOG
        .iter()
        .map(|entry| (entry.path, entry.method.as_str()))
        .collect();
    let mut sorted = paths.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(paths, sorted);
}

#[test]
fn each_states_its_page_and_what_settles_it() {
    for entry in CATALOG {
        let page = entry.source;
        assert!(page.starts_with("https://pay.weixin.qq.com/"), "{entry}");
        let reads = entry.method == Method::GET;
        assert!(!reads || entry.replay == Replay::ReadOnly, "{entry}");
        let Some(query) = entry.settled_by else {
            continue;
        };
        let known = |other: &wechatpay_core::api::Entry| {
            other.method == Method::GET && format!("GET {}", other.path) == query
        };
        assert!(CATALOG.iter().any(known), "{query} is not typed: {entry}");
    }
}

/// `WECHATPAY_WRITE_DOCS=1 cargo test -p wechatpay-core --test suite catalog` writes the table anew.
#[test]
fn the_table_in_the_documents_is_this_list() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations.md");
    let mut table = String::from(
        "# Operations\n\nEach is a type under `wechatpay_core::api`. What *replay* means: read only \
         ones may be sent again at any\ntime; an idempotent one acts once for equal parameters; before \
         one that says *ask first* is\nrepeated, its query is called. Sealed fields (敏感信息加密) are \
         encrypted on the wire.\n\n\
         | operation | Rust type | replay | settled by | sealed | official page |\n\
         |---|---|---|---|---|---|\n",
    );
    for entry in CATALOG {
        table.push_str(&format!("{entry}\n"));
    }
    if std::env::var_os("WECHATPAY_WRITE_DOCS").is_some() {
        fs::write(&path, &table).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written.replace("\r\n", "\n"), table);
}
