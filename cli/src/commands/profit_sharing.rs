//! `wxpay profit-sharing`.

mod receivers;
mod returns;
mod rounds;

use clap::Subcommand;

use crate::commands::call;
use crate::report::{self, Exit, Layout};

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

pub(crate) fn run(operation: &ProfitSharing) -> Exit {
    match operation {
        ProfitSharing::Share(args) => match args.operation() {
            Ok(operation) => call(&args.connection, &operation, Layout::Indented),
            Err(error) => report::usage(error),
        },
        ProfitSharing::Query(args) => call(&args.connection, &args.operation(), Layout::Indented),
        ProfitSharing::Finish(args) => call(&args.connection, &args.operation(), Layout::Indented),
        ProfitSharing::Return(args) => call(&args.connection, &args.operation(), Layout::Indented),
        ProfitSharing::QueryReturn(args) => {
            call(&args.connection, &args.operation(), Layout::Indented)
        }
        ProfitSharing::Unsplit(args) => call(&args.connection, &args.operation(), Layout::Indented),
        ProfitSharing::AddReceiver(args) => {
            call(&args.connection, &args.operation(), Layout::Indented)
        }
        ProfitSharing::DeleteReceiver(args) => {
            call(&args.connection, &args.operation(), Layout::Indented)
        }
    }
}
