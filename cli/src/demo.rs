//! `wxpay demo`: the life of a subsidised order, told on an embedded gateway.
//!
//! The calls are real: typed operations, RSA signatures on both sides, HTTP over a socket. The
//! scenes between them (orders are paid, refunded, the clock moves) are set through the gateway's
//! administration, without a socket. What each step moves, and what every account holds in the
//! end, is written out in the code and held against the gateway's ledger.

mod error;
mod page;
mod receiver;
mod stage;
mod story;

use clap::Args;
use wechatpay_core::Fen;
use wechatpay_gateway::Account;

use crate::report::{self, Exit};
use crate::transport::Stack;
use error::DemoError;
use stage::{Pace, Stage};

const EXAMPLE: &str = "\
Tells the life of a subsidised order on an embedded gateway (simulator), over real HTTP with real \
signatures: nothing to install, no account, no money. Each step shows what is asked, the status, \
what moved, and the balances concerned.

What each step moves and what the accounts hold in the end is held against figures written out in \
the program: the exit status is 0 when all agree, and 1 when they do not.

With --step it stops after each step: meanwhile the gateway serves, and what it holds can be looked \
at from another terminal, at the address that the story begins with.

Examples:
  wxpay demo --transport ureq
  wxpay demo --step";

/// Tell the life of a subsidised order on an embedded gateway
#[derive(Debug, Args)]
#[command(long_about = EXAMPLE)]
pub(crate) struct DemoArgs {
    /// The HTTP stack
    #[arg(long, value_enum, value_name = "STACK", default_value_t)]
    transport: Stack,
    /// Stop after each step until Enter is pressed; `q` and Enter end the story there. Without
    /// anybody at the keyboard it goes on
    #[arg(long)]
    step: bool,
}

pub(crate) fn run(args: &DemoArgs) -> Exit {
    let pace = if args.step {
        Pace::StepByStep
    } else {
        Pace::Through
    };
    match tell(args.transport, pace) {
        Ok(()) | Err(DemoError::Ended) => Exit::Success,
        Err(error) => {
            report::say(format_args!("error: {error}"));
            match error {
                DemoError::Start(_) | DemoError::Key(_) | DemoError::Config(_) => Exit::Usage,
                // The story did not go as it is written.
                _ => Exit::Refused,
            }
        }
    }
}

fn tell(stack: Stack, pace: Pace) -> Result<(), DemoError> {
    let stage = Stage::open(stack, pace)?;
    let opening = stage.balances();
    let stage = story::play(stage)?;
    let closing = stage.balances();
    show_balances(&stage, &opening, &closing)?;
    check(&closing, &story::closing_balances()?)?;
    stage.line("Every figure agrees with what is written out in the program.")
}

type Balances = Vec<(Account, Fen)>;

fn balance(balances: &Balances, account: &Account) -> Fen {
    let found = balances.iter().find(|(name, _)| name == account);
    found.map_or(Fen::ZERO, |(_, balance)| *balance)
}

fn show_balances(stage: &Stage, opening: &Balances, closing: &Balances) -> Result<(), DemoError> {
    stage.line("")?;
    stage.line("The ledger, in fen (sample orders that every gateway starts with are in it)")?;
    stage.line("")?;
    stage.line(&page::row("account", "at the start", "change", "now"))?;
    let mut sums = [Fen::ZERO; 3];
    for (account, now) in closing {
        let then = balance(opening, account);
        let change = now.checked_sub(then).ok_or(DemoError::Range)?;
        for (sum, amount) in sums.iter_mut().zip([then, change, *now]) {
            *sum = sum.checked_add(amount).ok_or(DemoError::Range)?;
        }
        stage.line(&page::amounts(&account.to_string(), then, change, *now))?;
    }
    let [then, change, now] = sums;
    stage.line(&page::amounts("sum", then, change, now))?;
    stage.line("")?;
    if [then, change, now] == [Fen::ZERO; 3] && stage.ledger_sum() == Fen::ZERO {
        Ok(())
    } else {
        Err(DemoError::Sum(now))
    }
}

/// Holds the balances against those that are written out.
fn check(closing: &Balances, expected: &Balances) -> Result<(), DemoError> {
    for (account, expected) in expected {
        let found = balance(closing, account);
        if found != *expected {
            return Err(DemoError::Balance {
                account: account.clone(),
                expected: *expected,
                found,
            });
        }
    }
    Ok(())
}
