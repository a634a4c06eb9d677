use std::fmt;
use std::time::Duration;

use wechatpay_core::{DateTime, Timestamp};

use crate::moment::in_china;
use crate::problem::{Code, Location, Problem};

/// A day in China.
#[derive(Clone, Debug)]
pub(crate) struct Day {
    text: String,
    start: Timestamp,
}

const LENGTH: Duration = Duration::from_secs(24 * 60 * 60);
/// Bills and balances of a day are there at 10 o'clock of the next.
const READY: Duration = Duration::from_secs(34 * 60 * 60);

/// What a day is asked for.
struct Wanted {
    /// The field that names the day.
    field: &'static str,
    what: &'static str,
    /// What is answered on the next morning.
    early: Code,
    kept: Duration,
    kept_text: &'static str,
}

const BILL: Wanted = Wanted {
    field: "bill_date",
    what: "bill",
    early: Code::StatementCreating,
    // Three months, of which no three are longer.
    kept: Duration::from_secs(92 * 24 * 60 * 60),
    kept_text: "three months",
};

const BALANCE: Wanted = Wanted {
    field: "date",
    what: "balance",
    early: Code::InvalidRequest,
    kept: Duration::from_secs(90 * 24 * 60 * 60),
    kept_text: "90 days",
};

impl Day {
    /// The day of a bill that can be asked for at `now`.
    pub(super) fn of_bill(date: &str, now: Timestamp) -> Result<Self, Problem> {
        Self::of(&BILL, date, now)
    }

    /// The day of a balance that can be asked for at `now`.
    pub(crate) fn of_balance(date: &str, now: Timestamp) -> Result<Self, Problem> {
        Self::of(&BALANCE, date, now)
    }

    fn of(wanted: &Wanted, date: &str, now: Timestamp) -> Result<Self, Problem> {
        let field = wanted.field;
        let refuse = |code, issue: &str| {
            let value = date.into();
            let problem = Problem::new(code, format!("{field} {issue}"));
            Err(problem.at(Location::Query, field, &value, issue))
        };
        let start = DateTime::new(format!("{date}T00:00:00+08:00")).to_timestamp();
        let start = start
            .ok()
            .filter(|start| in_china(start.plus(READY)).is_ok());
        let Some(start) = start else {
            let issue = "must be a day as YYYY-MM-DD, 1970 to 9999";
            return refuse(Code::ParamError, issue);
        };
        let day = Self {
            text: date.to_owned(),
            start,
        };
        let wait = format!(
            "{day} has its {} at {}, and the gateway's clock says {}; POST /_gateway/clock moves \
             it on",
            wanted.what,
            in_china(start.plus(READY))?,
            in_china(now)?
        );
        if now < day.end() {
            return refuse(Code::InvalidRequest, &wait);
        }
        if now < start.plus(READY) {
            return refuse(wanted.early, &wait);
        }
        if now >= start.plus(LENGTH + wanted.kept) {
            let (kept, what) = (wanted.kept_text, wanted.what);
            let issue = format!("{day} is more than {kept} ago, and {what}s are kept no longer");
            return refuse(Code::InvalidRequest, &issue);
        }
        Ok(day)
    }

    pub(super) fn contains(&self, at: Timestamp) -> bool {
        (self.start..self.end()).contains(&at)
    }

    /// When the next day begins.
    pub(crate) fn end(&self) -> Timestamp {
        self.start.plus(LENGTH)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
