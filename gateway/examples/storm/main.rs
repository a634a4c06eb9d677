//! Thousands of calls through everything that goes wrong at once, over real HTTP: connections cut
//! before and after the effect, 500, 429, probe signatures, a certificate rotation, the switch to
//! the public key and its rollback. Then the ledger is held against what each call claimed.
//!
//! ```text
//! cargo run --release -p wechatpay-gateway --example storm -- --calls 10000 --transport hyper|ureq
//! ```
//!
//! The exit status is 0 only if every claim was true, every operation is in the ledger exactly once,
//! and no call took more attempts than its policy allows.

mod clients;
mod report;
mod storm;
mod work;

use std::process::ExitCode;

use storm::{Storm, Transport};

fn main() -> ExitCode {
    let storm = match parse(std::env::args().skip(1)) {
        Ok(storm) => storm,
        Err(why) => {
            eprintln!("{why}\nusage: storm [--calls N] [--concurrency N] [--transport hyper|ureq]");
            return ExitCode::from(2);
        }
    };
    match storm.run() {
        Ok(report) => {
            print!("{report}");
            if report.faults().is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            eprintln!("the storm did not come to its end: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Storm, String> {
    let mut storm = Storm::new(10_000, Transport::Hyper);
    while let Some(flag) = arguments.next() {
        let value = arguments
            .next()
            .ok_or_else(|| format!("{flag} wants a value"))?;
        let number = || match value.parse() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(format!("{flag} wants a number above zero, not {value:?}")),
        };
        match flag.as_str() {
            "--calls" => storm.calls = number()?,
            "--concurrency" => storm.concurrency = number()?,
            "--transport" => {
                storm.transport = match value.as_str() {
                    "hyper" => Transport::Hyper,
                    "ureq" => Transport::Ureq,
                    _ => return Err(format!("there is no transport {value:?}")),
                }
            }
            _ => return Err(format!("there is no flag {flag}")),
        }
    }
    Ok(storm)
}
