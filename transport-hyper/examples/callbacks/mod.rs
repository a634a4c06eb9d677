//! What the callback servers share: how they are set up, a stand-in for their database, and the
//! rehearsal that posts notices to them. None of it is for copying.

pub(crate) mod books;
mod rehearsal;
mod report;
mod setup;

use std::error::Error as StdError;
use std::net::SocketAddr;
use std::process::ExitCode;

use rehearsal::Plan;
pub(crate) use setup::Setup;

/// Whatever may fail here.
pub(crate) type Failure = Box<dyn StdError + Send + Sync>;

/// Serves callbacks at an address, until it fails.
pub(crate) type Serve = fn(SocketAddr, Setup) -> Result<(), Failure>;

const USAGE: &str = "usage: [--notices COUNT | --listen ADDRESS]";

/// Rehearses a server, or with `--listen` just runs it.
pub(crate) fn run(serve: Serve) -> ExitCode {
    match begin(serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn begin(serve: Serve) -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let notices = match arguments.as_slice() {
        [] => 1_000,
        ["--notices", count] => count.parse().map_err(|_| USAGE)?,
        ["--listen", address] => return serve(address.parse()?, Setup::from_env()?),
        _ => return Err(USAGE.into()),
    };
    let seen = rehearsal::rehearse(&Plan::of(notices), serve)?;
    println!("{seen}");
    seen.check()
}

/// With more probes than the platform sends, so that there are some for certain.
#[cfg(test)]
pub(crate) fn rehearse_in_small(serve: Serve) -> Result<(), Failure> {
    let mut plan = Plan::of(200);
    plan.probes_percent = 20.0;
    let seen = rehearsal::rehearse(&plan, serve)?;
    assert!(seen.counts.probes > 0, "{seen}");
    seen.check()
}
