use std::collections::BTreeSet;

use thiserror::Error;

use super::rows::{FundFlowRow, TradeRow};
use crate::error::excerpt;
use crate::money::Fen;

/// The lines of a bill that was verified: a head of column names, rows, and a summary of two lines.
///
/// Values are found by the name of their column (表头), because columns differ by the kind of bill
/// and grow. Each value of a row begins with a back-tick, so a comma inside one does not end it.
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::api::bill::Sheet;
///
/// let sheet = Sheet::read("记账时间,收支类型,收支金额(元),备注\n\
///     `2024-06-01 04:21:23,`支出,`0.02,`缺货, 退款\n\
///     资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n`1.0,`0.0,`0.00,`1.0,`0.02\n".as_bytes())?;
/// for row in sheet.rows() {
///     let row = row?;
///     assert_eq!(row.get("备注"), Some("缺货, 退款"));
///     assert_eq!(row.amount("收支金额(元)")?, Some(Fen::new(2)));
/// }
/// sheet.check_summary()?;
/// # Ok::<(), wechatpay_core::api::bill::SheetError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sheet<'a> {
    columns: Vec<&'a str>,
    /// The lines between the head and the summary.
    body: &'a [u8],
    first_line: u64,
    summary: Summary<'a>,
}

impl<'a> Sheet<'a> {
    /// Reads the head and the summary; the rows are read as they are asked for.
    ///
    /// # Errors
    ///
    /// [`SheetError`] when they are not there, or not of the grammar.
    pub fn read(text: &'a [u8]) -> Result<Self, SheetError> {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let (values, above_values) = split_last_line(text);
        let (names, above) = split_last_line(above_values);
        let mut lines = Lines {
            rest: above,
            next: 1,
        };
        let Some((line, head)) = lines.next() else {
            return Err(SheetError::NoSummary);
        };
        if names.starts_with(b"`") || !values.starts_with(b"`") {
            return Err(SheetError::NoSummary);
        }
        let columns = read_names(line, head)?;
        let line = count_lines(above_values) + 1;
        let summary = Summary {
            line,
            names: read_names(count_lines(above) + 1, names)?,
            values: read_cells(line, values)?,
        };
        same_length(line, &summary.names, &summary.values)?;
        Ok(Self {
            columns,
            body: lines.rest,
            first_line: lines.next,
            summary,
        })
    }

    /// The column names, in their order.
    #[must_use]
    pub fn columns(&self) -> &[&'a str] {
        &self.columns
    }

    /// The rows. After an error the next line is read all the same.
    pub fn rows(&self) -> impl Iterator<Item = Result<Row<'_>, SheetError>> {
        let lines = Lines {
            rest: self.body,
            next: self.first_line,
        };
        lines.map(|(line, text)| {
            let cells = read_cells(line, text)?;
            same_length(line, &self.columns, &cells)?;
            Ok(Row {
                line,
                columns: &self.columns,
                cells,
            })
        })
    }

    /// The rows of a [`TradeBill`](super::TradeBill).
    pub fn trade_rows(&self) -> impl Iterator<Item = Result<TradeRow<'_>, SheetError>> {
        self.rows().map(|row| TradeRow::read(row?))
    }

    /// The rows of a [`FundFlowBill`](super::FundFlowBill).
    pub fn fund_flow_rows(&self) -> impl Iterator<Item = Result<FundFlowRow<'_>, SheetError>> {
        self.rows().map(|row| FundFlowRow::read(row?))
    }

    /// The summary (汇总数据).
    #[must_use]
    pub fn summary(&self) -> &Summary<'a> {
        &self.summary
    }
}

/// One line of a bill, taken apart.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    line: u64,
    columns: &'a [&'a str],
    cells: Vec<&'a str>,
}

impl<'a> Row<'a> {
    /// The number of its line, from 1.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The value in the column of this name, as it is written; `None` without such a column.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<&'a str> {
        find(self.columns, &self.cells, column)
    }

    /// The amount, which is written in yuan (元), in the column of this name; `None` without such a
    /// column, and for an empty value.
    ///
    /// # Errors
    ///
    /// [`SheetError::Number`] when it is not an amount of whole fen.
    pub fn amount(&self, column: &str) -> Result<Option<Fen>, SheetError> {
        read_amount(self.line, column, self.get(column))
    }

    /// All columns and values, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.columns.iter().copied().zip(self.cells.iter().copied())
    }

    /// The value in a column that must be there.
    pub(super) fn required(&self, column: &'static str) -> Result<&'a str, SheetError> {
        self.get(column).ok_or(SheetError::NoColumn { column })
    }
}

/// The last two lines of a bill: names, and counts and sums.
#[derive(Clone, Debug)]
pub struct Summary<'a> {
    /// Of the values.
    line: u64,
    names: Vec<&'a str>,
    values: Vec<&'a str>,
}

impl<'a> Summary<'a> {
    /// The value of this name, as it is written.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        find(&self.names, &self.values, name)
    }

    /// The sum of this name, which is written in yuan (元).
    ///
    /// # Errors
    ///
    /// [`SheetError::Number`] when it is not an amount of whole fen.
    pub fn amount(&self, name: &str) -> Result<Option<Fen>, SheetError> {
        read_amount(self.line, name, self.get(name))
    }

    /// The count of this name, which is written as `20` or `20.0`.
    ///
    /// # Errors
    ///
    /// [`SheetError::Number`] when it is not a count.
    pub fn count(&self, name: &str) -> Result<Option<u64>, SheetError> {
        let Some(text) = self.get(name).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let (whole, zeros) = text.split_once('.').unwrap_or((text, "0"));
        let plain = !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
        let plain = plain && !zeros.is_empty() && zeros.bytes().all(|b| b == b'0');
        match whole.parse() {
            Ok(count) if plain => Ok(Some(count)),
            _ => Err(number(self.line, name, text)),
        }
    }

    /// All names and values, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.names.iter().copied().zip(self.values.iter().copied())
    }
}

/// Why a text is no bill. Lines count from 1.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SheetError {
    /// There are no head and no summary.
    #[error(
        "the text has no line of column names and no summary of two lines at its end: it is cut \
         off, or no bill"
    )]
    NoSummary,
    /// A line is not UTF-8.
    #[error("line {line} is not UTF-8")]
    Utf8 {
        /// The line.
        line: u64,
    },
    /// A line of values does not begin with a back-tick.
    #[error("line {line} does not begin with a back-tick, as lines of values do")]
    BackTick {
        /// The line.
        line: u64,
    },
    /// A line has more or fewer values than there are columns.
    #[error("line {line} has {found} values, where there are {expected} columns")]
    Cells {
        /// The line.
        line: u64,
        /// How many columns there are.
        expected: usize,
        /// How many values the line has.
        found: usize,
    },
    /// Two columns have one name.
    #[error("line {line} names the column \"{}\" twice", excerpt(.column))]
    Twice {
        /// The line.
        line: u64,
        /// The name.
        column: String,
    },
    /// A column is not there that every bill of the kind has.
    #[error("the bill has no column {column}: it is of another kind")]
    NoColumn {
        /// The name.
        column: &'static str,
    },
    /// A value is not a number, or not one of whole fen.
    #[error("line {line}, {}: \"{}\" is not a number of whole fen or a count", excerpt(.column), excerpt(.value))]
    Number {
        /// The line.
        line: u64,
        /// The column.
        column: String,
        /// What stands there.
        value: String,
    },
    /// A sum over the rows is beyond the range of 64 bits.
    #[error("the sum of {column} is beyond the range of amounts")]
    Overflow {
        /// The column.
        column: &'static str,
    },
    /// The summary has no count of rows, so that it summarises nothing that is known here.
    #[error("the summary has neither 总交易单数 nor 资金流水总笔数")]
    UnknownSummary,
    /// The summary says another number than the rows.
    #[error(
        "the summary says {stated} for {name}, and the rows make {found}: the bill is not whole"
    )]
    Summary {
        /// The name in the summary.
        name: &'static str,
        /// What it says.
        stated: String,
        /// What the rows make.
        found: String,
    },
}

/// The lines that are not blank, with their numbers.
struct Lines<'a> {
    rest: &'a [u8],
    next: u64,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (u64, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let end = self.rest.iter().position(|byte| *byte == b'\n');
            let (line, rest) = match end {
                Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
                None => (self.rest, &self.rest[self.rest.len()..]),
            };
            self.rest = rest;
            let number = self.next;
            self.next += 1;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.is_empty() {
                return Some((number, line));
            }
        }
        None
    }
}

/// The last line that is not blank, and what stands above it.
fn split_last_line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'));
    let text = &text[..end.map_or(0, |end| end + 1)];
    let start = text.iter().rposition(|byte| *byte == b'\n');
    let start = start.map_or(0, |at| at + 1);
    (&text[start..], &text[..start])
}

fn count_lines(text: &[u8]) -> u64 {
    let count = text.iter().filter(|byte| **byte == b'\n').count();
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn read_names(line: u64, text: &[u8]) -> Result<Vec<&str>, SheetError> {
    let text = std::str::from_utf8(text).map_err(|_| SheetError::Utf8 { line })?;
    let names: Vec<_> = text
        .split(',')
        .map(|name| name.strip_prefix('`').unwrap_or(name))
        .collect();
    let mut seen = BTreeSet::new();
    match names.iter().find(|name| !seen.insert(**name)) {
        None => Ok(names),
        Some(twice) => Err(SheetError::Twice {
            line,
            column: (*twice).to_owned(),
        }),
    }
}

/// Values are separated by a comma and the back-tick of the next.
fn read_cells(line: u64, text: &[u8]) -> Result<Vec<&str>, SheetError> {
    let text = std::str::from_utf8(text).map_err(|_| SheetError::Utf8 { line })?;
    let cells = text
        .strip_prefix('`')
        .ok_or(SheetError::BackTick { line })?;
    Ok(cells.split(",`").collect())
}

fn same_length(line: u64, columns: &[&str], cells: &[&str]) -> Result<(), SheetError> {
    let (expected, found) = (columns.len(), cells.len());
    if expected == found {
        Ok(())
    } else {
        Err(SheetError::Cells {
            line,
            expected,
            found,
        })
    }
}

fn find<'a>(names: &[&str], values: &[&'a str], name: &str) -> Option<&'a str> {
    let at = names.iter().position(|other| *other == name)?;
    values.get(at).copied()
}

fn read_amount(line: u64, name: &str, text: Option<&str>) -> Result<Option<Fen>, SheetError> {
    match text {
        None | Some("") => Ok(None),
        Some(text) => match Fen::from_yuan(text) {
            Ok(amount) => Ok(Some(amount)),
            Err(_) => Err(number(line, name, text)),
        },
    }
}

fn number(line: u64, column: &str, value: &str) -> SheetError {
    SheetError::Number {
        line,
        column: column.to_owned(),
        value: value.to_owned(),
    }
}
