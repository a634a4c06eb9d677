use std::fmt;
use std::time::Duration;

use wechatpay_core::{DateTime, Timestamp};

use crate::moment::in_china;
use crate::problem::{Code, Location, Problem};

/// A day in China.
#[derive(Clone, Debug)]
pub(super) struct Day {
    text: String,
    start: Timestamp,
}

const LENGTH: Duration = Duration::from_secs(24 * 60 * 60);
/// Bills of a day are there at 10 o'clock of the next.
const READY: Duration = Duration::from_secs(34 * 60 * 60);
/// Bills are kept for three months, of which no three are longer.
const KEPT: Duration = Duration::from_secs(92 * 24 * 60 * 60);

impl Day {
    /// The day of a bill that can be asked for at `now`.
    pub(super) fn of_bill(date: &str, now: Timestamp) -> Result<Self, Problem> {
        let refuse = |code, issue: &str| {
            let value = date.into();
            let problem = Problem::new(code, format!("bill_date {issue}"));
            Err(problem.at(Location::Query, "bill_date", &value, issue))
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
            "{day} has its bill at {}, and the gateway's clock says {}; POST /_gateway/clock moves \
             it on",
            in_china(start.plus(READY))?,
            in_china(now)?
        );
        if now < start.plus(LENGTH) {
            return refuse(Code::InvalidRequest, &wait);
        }
        if now < start.plus(READY) {
            return refuse(Code::StatementCreating, &wait);
        }
        if now >= start.plus(LENGTH + KEPT) {
            let issue =
                format!("{day} is more than three months ago, and bills are kept no longer");
            return refuse(Code::InvalidRequest, &issue);
        }
        Ok(day)
    }

    pub(super) fn contains(&self, at: Timestamp) -> bool {
        (self.start..self.start.plus(LENGTH)).contains(&at)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
