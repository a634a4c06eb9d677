//! The committed corpus runs through every target.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use wechatpay_core::api::CATALOG;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The names in a folder, without their extensions.
fn names(name: &str) -> BTreeSet<String> {
    let name_of = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let entries = std::fs::read_dir(folder(name)).unwrap();
    entries
        .map(|entry| name_of(entry.unwrap().path()))
        .collect()
}

#[track_caller]
fn run(name: &str, target: fn(&[u8])) {
    let mut count = 0;
    for entry in std::fs::read_dir(folder("corpus").join(name)).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        target(&std::fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count >= 3, "the corpus of {name} holds {count} files");
}

macro_rules! targets {
    ($($name:ident)+) => {
        $(
            #[test]
            fn $name() {
                run(stringify!($name), wechatpay_fuzz::$name);
            }
        )+

        #[test]
        fn each_target_runs_its_corpus() {
            let run = BTreeSet::from([$(stringify!($name).to_owned()),+]);
            assert_eq!(names("fuzz_targets"), run);
            assert_eq!(names("corpus"), run);
        }
    };
}

targets! {
    answer arguments authorization bill certificate_list error_body gateway_request headers
    key_files ledger notice round_trip typed_answer upload
}

#[test]
fn each_operation_has_its_answer_read() {
    let read = wechatpay_fuzz::OPERATIONS.iter().map(|(name, _)| *name);
    let all = CATALOG.iter().map(|entry| entry.rust_type);
    assert_eq!(read.collect::<BTreeSet<_>>(), all.collect());
}
