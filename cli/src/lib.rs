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
//! The crate is a library with one function so that the binary stays a line; what the command line
//! is built on is `wechatpay-core` and the two transports.

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

use crate::args::{Cli, Command};
use crate::report::Exit;

/// Runs one command line, the program's name first, and says how it ended.
#[must_use]
pub fn run<I>(args: I) -> ExitCode
where
    I: IntoIterator,
    I::Item: Into<OsString> + Clone,
{
    let exit = match Cli::try_parse_from(args) {
        Ok(cli) => dispatch(cli.command),
        Err(error) => report::command_line(&error),
    };
    exit.into()
}

fn dispatch(command: Command) -> Exit {
    match command {
        Command::Demo(args) => demo::run(&args),
        Command::Gateway(args) => commands::gateway::run(&args),
        Command::Call(args) => commands::call::run(&args),
        Command::Subsidies { operation } => commands::subsidies::run(&operation),
        Command::ProfitSharing { operation } => commands::profit_sharing::run(&operation),
        Command::AfterSales { operation } => commands::after_sales::run(&operation),
        Command::CouponSubsidy { operation } => commands::coupon_subsidy::run(&operation),
        Command::Orders { operation } => commands::orders::run(&operation),
        Command::CombinedOrders { operation } => commands::combined_orders::run(&operation),
        Command::Refunds { operation } => commands::refunds::run(&operation),
        Command::Balance { operation } => commands::balance::run(&operation),
        Command::Certificates(args) => commands::certificates::run(&args),
    }
}
