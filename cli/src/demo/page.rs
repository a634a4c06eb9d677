//! How the story is set: a column of labels, a column of text, within 100 columns.

use wechatpay_core::Fen;

/// The right margin.
const COLUMNS: usize = 100;

/// Where the labels stand.
const GUTTER: &str = "    ";

/// Where the text stands.
const TEXT: usize = 12;

/// What a line may be broken after.
#[derive(Clone, Copy, Debug)]
pub(super) enum Breaks {
    /// Spaces, and the marks of a request target.
    Words,
    /// The commas of JSON.
    Json,
}

impl Breaks {
    fn marks(self) -> &'static [char] {
        match self {
            Self::Words => &[' ', '?', '&'],
            Self::Json => &[','],
        }
    }
}

/// Sets text beside a label. What has no place to break stays whole.
pub(super) fn entry(label: &str, text: &str, breaks: Breaks) -> String {
    let room = COLUMNS - TEXT;
    let mut lines = vec![String::new()];
    for part in text.split_inclusive(breaks.marks()) {
        let taken = lines.last().map_or(0, |line| width(line));
        if taken > 0 && taken + width(part.trim_end()) > room {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(part);
        }
    }
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    let lines: Vec<String> = labels
        .zip(&lines)
        .map(|(label, line)| format!("{GUTTER}{label:<8}{}", line.trim_end()))
        .collect();
    lines.join("\n")
}

/// Columns on a terminal, where Chinese characters take two.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| if c < '\u{1100}' { 1 } else { 2 })
        .sum()
}

/// A row of the ledger's table.
pub(super) fn row(account: &str, then: &str, change: &str, now: &str) -> String {
    format!("  {account:<40}{then:>16}{change:>16}{now:>16}")
}

/// A row of the ledger's table, from amounts.
pub(super) fn amounts(account: &str, then: Fen, change: Fen, now: Fen) -> String {
    let change = match change {
        Fen::ZERO => "0".to_owned(),
        change => format!("{:+}", change.get()),
    };
    row(
        account,
        &then.get().to_string(),
        &change,
        &now.get().to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::{Breaks, COLUMNS, TEXT, amounts, entry, width};
    use wechatpay_core::Fen;

    #[test]
    fn keeps_within_the_margin_and_loses_nothing() {
        let text = r#"{"sub_mchid":"1900077001","transaction_id":"4200000000000000000000000001","amount":1200,"description":"ten percent on top"}"#;
        let set = entry("ask", text, Breaks::Json);
        assert!(set.lines().all(|line| line.chars().count() <= COLUMNS));
        assert!(set.starts_with("    ask     {"), "{set}");
        let joined: String = set.lines().map(|line| &line[TEXT..]).collect();
        assert_eq!(joined, text);
    }

    #[test]
    fn breaks_long_targets() {
        let target = format!("GET /v3/path?a={}&b={}", "1".repeat(60), "2".repeat(30));
        let set = entry("ask", &target, Breaks::Words);
        assert!(set.lines().all(|line| line.chars().count() <= COLUMNS));
        assert_eq!(set.lines().count(), 2);
    }

    #[test]
    fn counts_chinese_characters_as_two() {
        assert_eq!(width("yuan 元"), 7);
        let set = entry("answer", &"无效请求 ".repeat(30), Breaks::Words);
        assert!(set.lines().all(|line| width(line) <= COLUMNS), "{set}");
    }

    #[test]
    fn rows_keep_within_the_margin() {
        let row = amounts("sum", Fen::ZERO, Fen::new(-5), Fen::new(7));
        assert!(row.ends_with("              -5               7"), "{row}");
        assert!(row.chars().count() <= COLUMNS);
    }
}
