//! `wxpay`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    wechatpay_cli::run(std::env::args_os())
}
