use std::fmt;

use wechatpay_core::Fen;
use wechatpay_core::api::bill::{AccountType, FundFlowBill};

use super::day::Day;
use super::sheet::{Sheet, add, time};
use super::unknown;
use crate::account::Account;
use crate::ledger::Ledger;
use crate::problem::Problem;

const COLUMNS: &str = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),\
    账户结余(元),资金变更提交申请人,备注,业务凭证号";
pub(super) const SUMMARY: &str = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额";

/// Which way money went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::In => "收入",
            Self::Out => "支出",
        })
    }
}

/// What the day's rows of one way come to.
#[derive(Default)]
pub(super) struct Total {
    pub(super) count: u64,
    pub(super) sum: Fen,
}

/// The day's transfers from and to the account that `query` names; none without any.
pub(super) fn sheet(
    ledger: &Ledger,
    query: &FundFlowBill,
    day: &Day,
) -> Result<Option<Sheet>, Problem> {
    let account = match &query.account_type {
        None | Some(AccountType::Basic) => Account::PlatformIncome,
        Some(AccountType::Operation) => Account::PlatformOperation,
        // The gateway charges no fees.
        Some(AccountType::Fees) => return Ok(None),
        Some(other) => {
            let issue = "must be BASIC, OPERATION or FEES";
            return Err(unknown("account_type", other.as_str(), issue));
        }
    };
    let mut sheet = Sheet::new(COLUMNS);
    let mut balance = Fen::ZERO;
    let (mut income, mut expense) = (Total::default(), Total::default());
    let mut number = 0_u64;
    for entry in ledger.entries() {
        for transfer in &entry.transfers {
            let (way, other) = if transfer.to == account {
                (Way::In, &transfer.from)
            } else if transfer.from == account {
                (Way::Out, &transfer.to)
            } else {
                continue;
            };
            number += 1;
            let amount = transfer.amount;
            let (change, total) = match way {
                Way::In => (Some(amount), &mut income),
                Way::Out => (Fen::ZERO.checked_sub(amount), &mut expense),
            };
            add(&mut balance, change.unwrap_or_default())?;
            if !day.contains(entry.at) {
                continue;
            }
            total.count += 1;
            add(&mut total.sum, amount)?;
            sheet.push([
                &time(entry.at)?,
                &entry.request_id,
                &format!("60{number:026}"),
                &entry.operation,
                &other.to_string(),
                &way.to_string(),
                &amount.yuan(),
                &balance.yuan(),
                "system",
                "",
                "",
            ]);
        }
    }
    let values = [
        &*sheet.rows().to_string(),
        &income.count.to_string(),
        &income.sum.yuan(),
        &expense.count.to_string(),
        &expense.sum.yuan(),
    ];
    Ok(sheet.sum_up(SUMMARY, values))
}
