//! `wxpay profit-sharing`.

mod receivers;
mod returns;
mod rounds;

use clap::Subcommand;

use crate::commands::Caller;
use crate::report::{Exit, Layout};

/// The eight operations.
#[derive(Debug, Subcommand)]
pub(crate) enum ProfitSharing {
    Share(Box<rounds::Share>),
    Query(rounds::Query),
    Finish(Box<rounds::Finish>),
    Return(Box<returns::Return>),
    QueryReturn(returns::QueryReturn),
    Unsplit(rounds::Unsplit),
    AddReceiver(receivers::AddReceiver),
    DeleteReceiver(receivers::DeleteReceiver),
}

pub(crate) fn run(operation: &ProfitSharing, caller: &impl Caller) -> Exit {
    match operation {
        ProfitSharing::Share(args) => match args.operation() {
            Ok(operation) => caller.call(&args.connection, &operation, Layout::Indented),
            Err(error) => caller.misused(&error),
        },
        ProfitSharing::Query(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
        ProfitSharing::Finish(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
        ProfitSharing::Return(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
        ProfitSharing::QueryReturn(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
        ProfitSharing::Unsplit(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
        ProfitSharing::AddReceiver(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
        ProfitSharing::DeleteReceiver(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
    }
}
