//! The claims of `SECURITY.md`: each names the tests that hold it, and they are there.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What the document names: a crate's folder, a file's name without its ending, a function.
fn named(text: &str) -> BTreeSet<(String, String, String)> {
    let quoted = text.split('`').skip(1).step_by(2);
    let tests = quoted.filter_map(|quoted| {
        let (place, function) = quoted.split_once("::")?;
        let (folder, file) = place.split_once('/')?;
        Some((folder.to_owned(), file.to_owned(), function.to_owned()))
    });
    tests.collect()
}

#[test]
fn every_test_that_a_claim_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let mut named = named(&text);
    // How a test is named, in words.
    assert!(named.remove(&("core".into(), "answers".into(), "name".into())));
    assert!(named.len() > 40, "{}", named.len());
    for (folder, file, function) in named {
        let mut tests = BTreeSet::new();
        collect(&root.join(&folder).join("tests"), &file, &mut tests);
        assert!(tests.contains(&function), "{folder}/{file}::{function}");
    }
}

#[test]
fn every_claim_of_the_tables_names_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| "));
    let claims: Vec<_> = rows
        .filter(|row| !row.contains("| held by |") && !row.contains("| what holds them |"))
        .collect();
    assert!(claims.len() > 20, "{}", claims.len());
    for claim in claims {
        // Those whom a section holds, or a script of the gate.
        let elsewhere = claim.contains("](#what-never-shows)") || claim.contains("`.ci/");
        assert!(elsewhere || !named(claim).is_empty(), "{claim}");
    }
}

/// The tests in the files of this name, wherever below the folder they are.
fn collect(folder: &Path, file: &str, tests: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, file, tests);
        } else if path.file_name().unwrap() == format!("{file}.rs").as_str() {
            tests.extend(tests_of(&fs::read_to_string(&path).unwrap()));
        }
    }
}

fn tests_of(text: &str) -> Vec<String> {
    let marked = text.split("#[test]").skip(1);
    let marked = marked.chain(text.split("#[tokio::test").skip(1));
    marked
        .filter_map(|rest| rest.split_once("fn ")?.1.split_once('('))
        .map(|(name, _)| name.to_owned())
        .collect()
}
