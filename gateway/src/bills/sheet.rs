use wechatpay_core::{Fen, Timestamp};

use crate::moment::in_china;
use crate::problem::{Code, Problem};

/// A bill that is being written: a head of column names, rows, and a summary of two lines.
pub(super) struct Sheet {
    text: String,
    rows: u64,
}

impl Sheet {
    pub(super) fn new(columns: &str) -> Self {
        Self {
            text: format!("\u{feff}{columns}\r\n"),
            rows: 0,
        }
    }

    pub(super) fn push<const N: usize>(&mut self, cells: [&str; N]) {
        self.line(&cells);
        self.rows += 1;
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// The bill with its summary; none without rows.
    pub(super) fn sum_up<const N: usize>(mut self, names: &str, values: [&str; N]) -> Option<Self> {
        self.text.push_str(names);
        self.text.push_str("\r\n");
        self.line(&values);
        (self.rows > 0).then_some(self)
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn line(&mut self, cells: &[&str]) {
        for (at, cell) in cells.iter().enumerate() {
            self.text.push_str(if at == 0 { "`" } else { ",`" });
            // Nothing escapes a back-tick or the end of a line.
            self.text
                .extend(cell.chars().filter(|c| *c != '`' && !c.is_control()));
        }
        self.text.push_str("\r\n");
    }
}

/// A time as bills have it: `YYYY-MM-DD hh:mm:ss` in China.
pub(super) fn time(at: Timestamp) -> Result<String, Problem> {
    let text = in_china(at)?;
    let text = text.as_str();
    Ok(text.get(..19).unwrap_or(text).replace('T', " "))
}

/// Adds to a sum of the summary.
pub(super) fn add(sum: &mut Fen, amount: Fen) -> Result<(), Problem> {
    let beyond = || Problem::new(Code::SystemError, "a sum of the bill is beyond 64 bits");
    *sum = sum.checked_add(amount).ok_or_else(beyond)?;
    Ok(())
}
