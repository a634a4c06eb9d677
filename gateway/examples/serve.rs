//! Serves a gateway until it is interrupted: `cargo run -p wechatpay-gateway --example serve DIR`
//! writes the credentials for clients into DIR.
#![allow(clippy::print_stdout, reason = "the address is what it is started for")]

use std::path::Path;

use wechatpay_gateway::{Gateway, credentials};

fn main() -> std::io::Result<()> {
    let gateway = Gateway::start()?;
    println!("listening on {}", gateway.base_url());
    if let Some(dir) = std::env::args_os().nth(1) {
        credentials::write_to(Path::new(&dir), &gateway.base_url())?;
    }
    loop {
        std::thread::park();
    }
}
