//! One module per command. A command that calls turns its flags into an operation of the core and
//! hands it to a [`Caller`], which does the rest.

pub(crate) mod after_sales;
pub(crate) mod balance;
pub(crate) mod call;
pub(crate) mod certificates;
pub(crate) mod combined_orders;
pub(crate) mod coupon_subsidy;
pub(crate) mod gateway;
pub(crate) mod h5;
pub(crate) mod orders;
pub(crate) mod profit_sharing;
pub(crate) mod refunds;
pub(crate) mod subsidies;

use std::cell::RefCell;
use std::fmt::Display;

use wechatpay_core::{DraftError, PlatformKeys, SealError, SealedFieldError, ToDraft};

use crate::args::Connection;
use crate::config::{self, Config, Trust, process_environment};
use crate::report::{self, Exit, Layout};
use crate::transport::{Client, Failure};
use crate::verdict::Judge;

/// What becomes of a command.
pub(crate) trait Caller {
    /// Takes the operation that the command names.
    fn call<O>(&self, connection: &Connection, operation: &O, layout: Layout) -> Exit
    where
        O: ToDraft,
        O::Response: Judge;

    /// Takes note of wrong usage that the grammar of the command line does not see.
    fn misused(&self, words: &dyn Display) -> Exit;

    /// Takes a command that is more than one call.
    fn run(&self, command: impl FnOnce() -> Exit) -> Exit;
}

/// Carries commands out.
pub(crate) struct Sending;

impl Caller for Sending {
    fn call<O>(&self, connection: &Connection, operation: &O, layout: Layout) -> Exit
    where
        O: ToDraft,
        O::Response: Judge,
    {
        call(connection, operation, layout)
    }

    fn misused(&self, words: &dyn Display) -> Exit {
        report::usage(words)
    }

    fn run(&self, command: impl FnOnce() -> Exit) -> Exit {
        command()
    }
}

/// Holds operations against the documented limits, and sends nothing.
#[derive(Default)]
pub(crate) struct Checking {
    /// What would be said in place of sending.
    pub(crate) said: RefCell<Option<String>>,
}

impl Caller for Checking {
    fn call<O>(&self, connection: &Connection, operation: &O, _: Layout) -> Exit
    where
        O: ToDraft,
        O::Response: Judge,
    {
        let merchant = match config::merchant_of(connection) {
            Ok(merchant) => merchant,
            Err(error) => return self.misused(&error),
        };
        match merchant.draft(operation) {
            Ok(_) => Exit::Success,
            Err(DraftError::Seal { source, .. }) if lacks_a_key(&source) => Exit::Success,
            Err(error) => self.misused(&error),
        }
    }

    fn misused(&self, words: &dyn Display) -> Exit {
        self.said.replace(Some(words.to_string()));
        Exit::Usage
    }

    fn run(&self, _: impl FnOnce() -> Exit) -> Exit {
        Exit::Success
    }
}

/// Makes one call as it is configured, and reports it.
fn call<O>(connection: &Connection, operation: &O, layout: Layout) -> Exit
where
    O: ToDraft,
    O::Response: Judge,
{
    let config = match Config::read(connection, &process_environment) {
        Ok(config) => config,
        Err(error) => return report::setting(&error),
    };
    // The draft comes before the download: what cannot be sent needs no keys.
    let name = match name(&config, operation) {
        Ok(name) => name,
        Err(error) => return report::draft(&error),
    };
    let client = match open(connection, config, &name) {
        Ok(client) => client,
        Err(exit) => return exit,
    };
    match client.call(operation) {
        Ok(answer) => report::answer(&name, &answer, layout),
        Err(failure) => report::failure(&failure, &client),
    }
}

/// The operation's name, once it is known that it can be drafted.
fn name<O: ToDraft>(config: &Config, operation: &O) -> Result<String, DraftError> {
    let draft = match &config.trust {
        Trust::Held(keys) => config.merchant.draft_for(operation, keys),
        Trust::Download(_) => config.merchant.draft(operation),
    };
    match (draft, &config.trust) {
        (Ok(draft), _) => Ok(draft.operation().to_string()),
        // The key that seals is downloaded with the certificates.
        (Err(DraftError::Seal { operation, source }), Trust::Download(_))
            if lacks_a_key(&source) =>
        {
            Ok(operation.to_string())
        }
        (Err(error), _) => Err(error),
    }
}

/// Whether nothing but the key that seals is missing.
fn lacks_a_key(error: &SealedFieldError) -> bool {
    matches!(error.reason(), SealError::NoSealer)
}

/// A client that can verify, after the certificates were downloaded if need be.
fn open(connection: &Connection, config: Config, operation: &str) -> Result<Client, Exit> {
    let Config {
        merchant,
        signer,
        trust,
    } = config;
    let stack = connection.transport;
    let start = |client: Result<Client, Failure>| client.map_err(|f| report::usage(&f));
    let key = match trust {
        Trust::Held(keys) => return start(Client::new(stack, merchant, signer, keys)),
        Trust::Download(key) => key,
    };
    let client = start(Client::new(stack, merchant, signer, PlatformKeys::new()))?;
    match client.certificates(&key) {
        Ok(answer) => {
            report::say(report::status_line("GET /v3/certificates", &answer));
            Ok(client.trusting(answer.value))
        }
        Err(failure) => {
            let exit = report::failure(&failure, &client);
            report::say(format_args!(
                "note: without the platform's certificates, {operation} was not sent"
            ));
            // Nothing about the operation is unknown.
            Err(match exit {
                Exit::Refused => Exit::Refused,
                _ => Exit::Usage,
            })
        }
    }
}
