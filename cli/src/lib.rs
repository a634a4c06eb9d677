//! # `wxpay`: WeChat Pay APIv3 on the command line
//!
//! | command | what it does |
//! |---|---|
//! | `wxpay demo` | tells the life of a subsidised order on an embedded gateway, over real HTTP |
//! | `wxpay gateway` | serves the simulator, and writes the credentials that it accepts |
//! | `wxpay call METHOD PATH` | signs and sends any call, verifies and prints its answer |
//! | `wxpay subsidies`, `profit-sharing`, `after-sales`, `coupon-subsidy` | the typed operations, one flag per field |
//! | `wxpay orders`, `combined-orders` | orders: place, query, close |
//! | `wxpay refunds`, `balance` | refunds, and what is where |
//! | `wxpay certificates` | downloads, opens and verifies the platform's certificates |
//!
//! Answers go to standard output as JSON, and nothing else goes there; words go to standard error.
//! `demo` is for people and writes its story to standard output, and `gateway` writes its address.
//! The exit status is 0 for success, 1 when the platform refused, 2 when the usage or the
//! configuration is wrong, 3 when the outcome is unknown.
//!
//! The crate is a library so that the binary stays a line and that command lines can be checked
//! without a process; what the command line is built on is `wechatpay-core` and the two transports.

// The examples of both README files are compiled where both transports are at hand.
#[cfg(doctest)]
mod readme {
    #[doc = include_str!("../../README.md")]
    struct English;
    #[doc = include_str!("../../README.zh-CN.md")]
    struct Chinese;
}

// The stories run whole, against a gateway of their own.
#[cfg(doctest)]
mod stories {
    #[doc = include_str!("../../docs/subsidise-and-share.md")]
    struct SubsidiseAndShare;
    #[doc = include_str!("../../docs/refund-and-take-back.md")]
    struct RefundAndTakeBack;
    #[doc = include_str!("../../docs/coupon-subsidy.md")]
    struct CouponSubsidy;
    #[doc = include_str!("../../docs/after-sales-fee.md")]
    struct AfterSalesFee;
}

mod args;
mod commands;
mod config;
mod demo;
mod hint;
mod json;
mod json_arg;
mod recorder;
mod redact;
mod report;
mod secret_arg;
mod transport;
mod verdict;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use thiserror::Error;

use crate::args::{Cli, Command};
use crate::commands::{Caller, Checking, Sending};
use crate::report::Exit;

/// Runs one command line, the program's name first, and says how it ended.
#[must_use]
pub fn run<I>(args: I) -> ExitCode
where
    I: IntoIterator,
    I::Item: Into<OsString> + Clone,
{
    let exit = match Cli::try_parse_from(args) {
        Ok(cli) => dispatch(&cli.command, &Sending),
        Err(error) => report::command_line(&error),
    };
    exit.into()
}

/// Reads one command line, the program's name first, and holds the operation that it names against
/// the documented limits. Nothing is sent, and no key is read; what a flag names by `@FILE` or `-`
/// is.
///
/// ```
/// let refused = wechatpay_cli::check([
///     "wxpay", "subsidies", "cancel", "--sub-mchid", "1900013401", "--transaction-id", "",
///     "--description", "refunded",
/// ]);
/// assert!(refused.unwrap_err().to_string().contains("transaction_id"));
/// assert_eq!(wechatpay_cli::check(["wxpay", "call", "GET", "/v3/certificates"]), Ok(()));
/// ```
///
/// # Errors
///
/// [`Misuse`], with what `wxpay` would say.
pub fn check<I>(args: I) -> Result<(), Misuse>
where
    I: IntoIterator,
    I::Item: Into<OsString> + Clone,
{
    let checking = Checking::default();
    let said = match Cli::try_parse_from(args) {
        Ok(cli) => {
            dispatch(&cli.command, &checking);
            checking.said.into_inner()
        }
        // Help and version come this way, too.
        Err(error) => (error.exit_code() != 0).then(|| error.render().to_string()),
    };
    match said {
        Some(words) => Err(Misuse(redact::redact(&words))),
        None => Ok(()),
    }
}

/// A command line that is not carried out, and why. No private key is in the words.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Misuse(String);

fn dispatch(command: &Command, caller: &impl Caller) -> Exit {
    match command {
        Command::Demo(args) => caller.run(|| demo::run(args)),
        Command::Gateway(args) => caller.run(|| commands::gateway::run(args)),
        Command::Call(args) => commands::call::run(args, caller),
        Command::Subsidies { operation } => commands::subsidies::run(operation, caller),
        Command::ProfitSharing { operation } => commands::profit_sharing::run(operation, caller),
        Command::AfterSales { operation } => commands::after_sales::run(operation, caller),
        Command::CouponSubsidy { operation } => commands::coupon_subsidy::run(operation, caller),
        Command::Orders { operation } => commands::orders::run(operation, caller),
        Command::CombinedOrders { operation } => commands::combined_orders::run(operation, caller),
        Command::Refunds { operation } => commands::refunds::run(operation, caller),
        Command::Balance { operation } => commands::balance::run(operation, caller),
        Command::Certificates(args) => caller.run(|| commands::certificates::run(args)),
    }
}
