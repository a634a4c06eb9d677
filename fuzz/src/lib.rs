//! The bodies of the fuzz targets: whatever reads foreign bytes is called with any bytes, and holds
//! to a law.
//!
//! Each is a plain function, so a stable toolchain builds it, a test runs the committed corpus
//! through it, and a crash found elsewhere becomes a file of that corpus. See `README.md`.

mod answers;
mod arguments;
mod asking;
mod files;
mod happening;
mod headers;
mod ledger;
mod notice;
mod requests;
mod round_trip;
mod scenes;
mod stage;
mod typed;

use std::process::ExitCode;

pub use answers::{answer, certificate_list, error_body};
pub use arguments::arguments;
pub use files::{bill, key_files};
pub use headers::headers;
pub use ledger::ledger;
pub use notice::notice;
pub use requests::{authorization, gateway_request, upload};
pub use round_trip::round_trip;
pub use typed::{OPERATIONS, typed_answer};

/// What a target does on a stable toolchain: runs the files named on the command line.
#[must_use]
pub fn replay(target: fn(&[u8])) -> ExitCode {
    let mut count = 0;
    for path in std::env::args_os().skip(1) {
        match std::fs::read(&path) {
            Ok(data) => target(&data),
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                return ExitCode::from(2);
            }
        }
        count += 1;
    }
    eprintln!("{count} inputs run");
    ExitCode::SUCCESS
}
