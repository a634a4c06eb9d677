//! The demonstration, and its figures, written out once more.

#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{Env, STACKS};

const CLOSING: &str = "\
world -1000100 -900 -1001000
buyers -30000 -10000 -40000
platform:operation 1000000 -720 999280
platform:income 0 +780 780
merchant:1900000001 0 0 0
merchant:1900000002 100 0 100
merchant:1900077004 0 +500 500
merchant:1900077005 0 +400 400
sub-merchant:1900000109:available 20000 0 20000
sub-merchant:1900013401:available 10000 0 10000
sub-merchant:1900077001:available 0 +6240 6240
sub-merchant:1900077001:unsettled 0 0 0
sub-merchant:1900077001:frozen 0 0 0
sub-merchant:1900077001:in-transit 0 0 0
sub-merchant:1900077002:available 0 +3000 3000
sub-merchant:1900077002:unsettled 0 0 0
sub-merchant:1900077003:available 0 +700 700
sub-merchant:1900077003:in-transit 0 0 0
sum 0 0 0";

const MOVED: &str = "\
nothing
nothing
buyers -> sub-merchant:1900077001:unsettled 10000 fen
buyers -> sub-merchant:1900077002:unsettled 3000 fen
nothing
sub-merchant:1900077001:unsettled -> sub-merchant:1900077001:frozen 10000 fen
sub-merchant:1900077002:unsettled -> sub-merchant:1900077002:available 3000 fen
nothing
platform:operation -> sub-merchant:1900077001:frozen 1200 fen
nothing
nothing
sub-merchant:1900077001:frozen -> sub-merchant:1900077001:in-transit 800 fen
sub-merchant:1900077001:in-transit -> platform:income 800 fen
nothing
nothing
nothing
platform:income -> sub-merchant:1900077001:frozen 320 fen
nothing
sub-merchant:1900077001:frozen -> sub-merchant:1900077001:in-transit 4000 fen
sub-merchant:1900077001:in-transit -> buyers 4000 fen
nothing
sub-merchant:1900077001:frozen -> platform:operation 480 fen
nothing
sub-merchant:1900077001:frozen -> sub-merchant:1900077001:available 6240 fen
nothing
nothing
buyers -> sub-merchant:1900077001:unsettled 5000 fen
nothing
nothing
sub-merchant:1900077001:unsettled -> sub-merchant:1900077001:frozen 5000 fen
sub-merchant:1900077001:frozen -> sub-merchant:1900077001:in-transit 5000 fen
sub-merchant:1900077001:in-transit -> buyers 5000 fen
nothing
buyers -> sub-merchant:1900077003:available 8000 fen
sub-merchant:1900077003:available -> sub-merchant:1900077003:in-transit 7000 fen
sub-merchant:1900077003:available -> sub-merchant:1900077003:in-transit 300 fen
nothing
sub-merchant:1900077003:in-transit -> buyers 7000 fen
sub-merchant:1900077003:in-transit -> platform:income 300 fen
nothing
world -> merchant:1900077004 900 fen
nothing
merchant:1900077004 -> merchant:1900077005 900 fen
merchant:1900077005 -> merchant:1900077004 500 fen
nothing
nothing
nothing";

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
        assert_eq!((fine.len(), refused.len()), (24, 1), "{story}");
        assert!(refused[0].contains("400, request id 08"), "{story}");
        assert!(story.contains("INVALID_REQUEST"), "{story}");
        assert!(story.contains("\"result\":\"PROCESSING\""), "{story}");
        assert!(story.contains("RETURN_RECEIPT_SUCCESS"), "{story}");
        assert!(story.ends_with("written out in the program.\n"), "{story}");

        let notices = story
            .lines()
            .filter_map(|line| line.strip_prefix("    notice  "));
        let notices: Vec<&str> = notices.collect();
        assert_eq!(
            notices,
            [
                "TRANSACTION.SUCCESS, verified and opened",
                "PROFITSHARING.SUCCESS, verified and opened",
                "PROFITSHARING.RETURN, verified and opened",
                "REFUND.SUCCESS, verified and opened",
                "TRANSACTION.SUCCESS, verified and opened",
            ],
            "{story}"
        );

        // Chinese characters take two columns; there are few. An address has no place to break.
        let lines = story.lines().filter(|line| !line.contains("token="));
        let widest = lines.map(|line| line.chars().count()).max();
        assert!(widest.unwrap() <= 100, "{story}");
    }
}

#[test]
fn step_by_step_it_goes_on_when_it_is_told_to() {
    let run = Env::empty().run_with_input(&["demo", "--step"], b"\n\nq\n");
    assert_eq!(run.status, 0, "{run:#?}");
    let prompts: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(prompts.len(), 3, "{run:#?}");
    for (at, prompt) in prompts.iter().enumerate() {
        let begin = format!("-- after step {}: Enter goes on, q ends the story", at + 1);
        assert!(prompt.starts_with(&begin), "{prompt}");
        assert!(prompt.ends_with("/_gateway/ledger"), "{prompt}");
    }
    assert!(run.stdout.contains("\n 3. "), "{run:#?}");
    assert!(!run.stdout.contains("\n 4. "), "{run:#?}");

    // Nobody is there to press a key: it goes on to the end.
    let run = Env::empty().run(&["demo", "--step"]);
    assert_eq!(run.status, 0, "{run:#?}");
    assert!(
        run.stdout.ends_with("written out in the program.\n"),
        "{run:#?}"
    );
}

/// A line with its white space reduced.
fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
