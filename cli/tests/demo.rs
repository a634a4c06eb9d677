//! The demonstration, and its figures, written out once more.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{Env, STACKS};

const CLOSING: &str = "\
world -1000100 -900 -1001000
buyers -30000 -11000 -41000
platform:operation 1000000 -720 999280
platform:income 0 +300 300
merchant:1900000001 0 0 0
merchant:1900000002 100 0 100
merchant:1900077003 0 +900 900
merchant:1900077004 0 0 0
sub-merchant:1900000109:available 20000 0 20000
sub-merchant:1900013401:available 10000 0 10000
sub-merchant:1900077001:available 0 +6720 6720
sub-merchant:1900077001:unsettled 0 0 0
sub-merchant:1900077002:available 0 +4700 4700
sub-merchant:1900077002:in-transit 0 0 0
sum 0 0 0";

const MOVED: &str = "\
nothing
buyers -> sub-merchant:1900077001:unsettled 10000 fen
sub-merchant:1900077001:unsettled -> sub-merchant:1900077001:available 10000 fen
platform:operation -> sub-merchant:1900077001:available 1200 fen
nothing
sub-merchant:1900077001:available -> buyers 4000 fen
sub-merchant:1900077001:available -> platform:operation 480 fen
buyers -> sub-merchant:1900077001:available 5000 fen
nothing
sub-merchant:1900077001:available -> buyers 5000 fen
nothing
buyers -> sub-merchant:1900077002:available 8000 fen
sub-merchant:1900077002:available -> buyers 3000 fen
sub-merchant:1900077002:available -> sub-merchant:1900077002:in-transit 300 fen
nothing
sub-merchant:1900077002:in-transit -> platform:income 300 fen
nothing
world -> merchant:1900077003 900 fen
merchant:1900077003 -> merchant:1900077004 900 fen
merchant:1900077004 -> merchant:1900077003 900 fen";

#[test]
fn tells_the_story_over_both_stacks() {
    for stack in STACKS {
        let run = Env::empty().run(&["demo", "--transport", stack]);
        assert_eq!(run.status, 0, "{run:#?}");
        assert_eq!(run.stderr, "");
        let story = &run.stdout;
        assert!(story.contains(&format!("transport   {stack}\n")), "{story}");

        let lines = story.lines().map(words);
        let table = lines.skip_while(|line| !line.starts_with("account at the start"));
        let table: Vec<String> = table.skip(1).take_while(|line| !line.is_empty()).collect();
        assert_eq!(table.join("\n"), CLOSING, "{story}");

        let moved = story
            .lines()
            .filter_map(|line| line.strip_prefix("    moved   "));
        assert_eq!(moved.collect::<Vec<_>>().join("\n"), MOVED, "{story}");

        let answers = story
            .lines()
            .filter(|line| line.starts_with("    answer  "));
        let (fine, refused): (Vec<_>, Vec<_>) = answers.partition(|line| line.contains(" 200, "));
        assert_eq!((fine.len(), refused.len()), (9, 1), "{story}");
        assert!(refused[0].contains("400, request id 08"), "{story}");
        assert!(story.contains("INVALID_REQUEST"), "{story}");
        assert!(story.contains("\"result\":\"PROCESSING\""), "{story}");
        assert!(story.contains("RETURN_RECEIPT_SUCCESS"), "{story}");
        assert!(story.ends_with("written out in the program.\n"), "{story}");

        // Chinese characters take two columns; there are few.
        let widest = story.lines().map(|line| line.chars().count()).max();
        assert!(widest.unwrap() <= 100, "{story}");
    }
}

/// A line with its white space reduced.
fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
