//! The stories of `docs/`: each in two languages, with the same code and the same sequence.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;

const STORIES: [&str; 4] = [
    "subsidise-and-share",
    "refund-and-take-back",
    "coupon-subsidy",
    "after-sales-fee",
];

fn read(name: &str) -> String {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    fs::read_to_string(docs.join(name)).unwrap()
}

/// The blocks of one language, without their fences.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let begin = format!("```{language}\n");
    let blocks = text.split(&begin).skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

#[test]
fn both_languages_have_the_same_code() {
    for story in STORIES {
        let (english, chinese) = (
            read(&format!("{story}.md")),
            read(&format!("{story}.zh-CN.md")),
        );
        let code = blocks(&english, "rust");
        assert_eq!(code.len(), 1, "{story}");
        assert_eq!(code, blocks(&chinese, "rust"), "{story}");
    }
}

/// An arrow's ends and direction; the words on it are in the language of the page.
fn arrows(text: &str) -> Vec<String> {
    let diagrams = blocks(text, "mermaid");
    assert_eq!(diagrams.len(), 1);
    let lines = diagrams[0].lines().map(str::trim);
    lines
        .filter_map(|line| line.split_once(": ").map(|(ends, _)| ends.to_owned()))
        .collect()
}

#[test]
fn both_languages_have_the_same_sequence_and_say_what_to_do_at_each_call() {
    for story in STORIES {
        let (english, chinese) = (
            read(&format!("{story}.md")),
            read(&format!("{story}.zh-CN.md")),
        );
        let sequence = arrows(&english);
        assert_eq!(sequence, arrows(&chinese), "{story}");
        for text in [&english, &chinese] {
            let told = told(text);
            for (at, arrow) in sequence
                .iter()
                .filter(|a| !a.starts_with("Note"))
                .enumerate()
            {
                // Only an arrow to the platform can be lost on its way; answers are its other half.
                let asks = arrow.starts_with("P->>W");
                assert!(
                    !asks || told.contains(&(at + 1)),
                    "{story}: arrow {}",
                    at + 1
                );
            }
        }
    }
}

/// The numbers of the arrows in the table.
fn told(text: &str) -> Vec<usize> {
    let rows = text.lines().filter(|line| line.starts_with("| "));
    rows.filter_map(|row| row.split('|').nth(1))
        .flat_map(|cell| cell.split([',', '、']))
        .filter_map(|number| number.trim().parse().ok())
        .collect()
}

#[test]
fn every_page_is_linked() {
    for (index, suffix) in [("README.md", ".md"), ("README.zh-CN.md", ".zh-CN.md")] {
        let index = read(index);
        for story in STORIES {
            assert!(index.contains(&format!("({story}{suffix})")), "{story}");
        }
    }
}
