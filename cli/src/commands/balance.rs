//! `wxpay balance`.

use std::convert::Infallible;

use clap::{Args, Subcommand};
use wechatpay_core::api::bill::AccountType;
use wechatpay_core::api::ecommerce::fund;
use wechatpay_core::api::merchant;

use crate::args::{Connection, ENVIRONMENT};
use crate::commands::Caller;
use crate::report::{Exit, Layout};

const MERCHANT_EXAMPLE: &str = "\
Asks for the balance of an own account (查询账户实时余额): GET \
/v3/merchant/fund/balance/{account_type}.

Example:
  wxpay balance merchant --account-type OPERATION";

const SUB_MERCHANT_EXAMPLE: &str = "\
Asks for a sub-merchant's balance (查询二级商户账户实时余额): GET \
/v3/ecommerce/fund/balance/{sub_mchid}.

Example:
  wxpay balance sub-merchant --sub-mchid 1900000109";

const END_OF_DAY_EXAMPLE: &str = "\
Asks for a sub-merchant's balance at the end of a day (查询二级商户账户日终余额): GET \
/v3/ecommerce/fund/enddaybalance/{sub_mchid}.

It is there from 10 o'clock of the next day, for 90 days.

Example:
  wxpay balance end-of-day --sub-mchid 1900000109 --date \"$(date -d yesterday +%F)\"";

/// The operations.
#[derive(Debug, Subcommand)]
pub(crate) enum Balance {
    Merchant(Merchant),
    SubMerchant(SubMerchant),
    EndOfDay(EndOfDay),
}

/// Ask for the balance of an own account (查询账户实时余额)
#[derive(Debug, Args)]
#[command(long_about = MERCHANT_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Merchant {
    /// Which account: BASIC, OPERATION or FEES
    #[arg(long, value_parser = account, default_value = "BASIC")]
    account_type: AccountType,
    #[command(flatten)]
    connection: Connection,
}

/// Ask for a sub-merchant's balance (查询二级商户账户实时余额)
#[derive(Debug, Args)]
#[command(long_about = SUB_MERCHANT_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct SubMerchant {
    /// The sub-merchant (二级商户号)
    #[arg(long)]
    sub_mchid: String,
    /// Which account: BASIC, OPERATION, FEES or DEPOSIT
    #[arg(long, value_parser = account)]
    account_type: Option<AccountType>,
    #[command(flatten)]
    connection: Connection,
}

/// Ask for a sub-merchant's balance at the end of a day (查询二级商户账户日终余额)
#[derive(Debug, Args)]
#[command(long_about = END_OF_DAY_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct EndOfDay {
    /// The sub-merchant (二级商户号)
    #[arg(long)]
    sub_mchid: String,
    /// The day, as YYYY-MM-DD
    #[arg(long)]
    date: String,
    /// Which account: BASIC or DEPOSIT
    #[arg(long, value_parser = account)]
    account_type: Option<AccountType>,
    #[command(flatten)]
    connection: Connection,
}

pub(crate) fn run(operation: &Balance, caller: &impl Caller) -> Exit {
    match operation {
        Balance::Merchant(args) => {
            let query =
                merchant::fund::QueryBalance::builder().account_type(args.account_type.clone());
            caller.call(&args.connection, &query.build(), Layout::Indented)
        }
        Balance::SubMerchant(args) => {
            let query = fund::QueryBalance::builder()
                .sub_mchid(&args.sub_mchid)
                .maybe_account_type(args.account_type.clone());
            caller.call(&args.connection, &query.build(), Layout::Indented)
        }
        Balance::EndOfDay(args) => {
            let query = fund::QueryEndDayBalance::builder()
                .sub_mchid(&args.sub_mchid)
                .date(&args.date)
                .maybe_account_type(args.account_type.clone());
            caller.call(&args.connection, &query.build(), Layout::Indented)
        }
    }
}

/// Accounts that are not known here are passed on: the platform adds to them.
fn account(text: &str) -> Result<AccountType, Infallible> {
    text.parse()
}
