//! `wxpay gateway` under clients that take what they can: its memory has a bound.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use common::Gateway;

struct Attacked {
    gateway: Gateway,
    before: usize,
}

impl Attacked {
    fn start() -> Self {
        let gateway = Gateway::start();
        let before = peak(&gateway);
        Self { gateway, before }
    }

    fn connect(&self) -> TcpStream {
        let address = self.gateway.base_url.strip_prefix("http://").unwrap();
        TcpStream::connect(address).unwrap()
    }

    /// So many clients write the same at once, as far as it is taken, and stay.
    fn by(&self, count: usize, bytes: &[u8]) -> Vec<TcpStream> {
        let attack = || {
            let mut client = self.connect();
            // Whoever is made to wait has done its part.
            client
                .set_write_timeout(Some(Duration::from_secs(5)))
                .unwrap();
            // However that ends.
            let _ = client.write_all(bytes);
            client
        };
        thread::scope(|scope| {
            let clients: Vec<_> = (0..count).map(|_| scope.spawn(attack)).collect();
            clients
                .into_iter()
                .map(|client| client.join().unwrap())
                .collect()
        })
    }

    /// Others are served, before any patience ends, and the process did not grow.
    #[track_caller]
    fn is_bounded(&self, most: usize) {
        let mut other = self.connect();
        other
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let ask = "GET /_gateway/clock HTTP/1.1\r\nhost: g\r\nconnection: close\r\n\r\n";
        other.write_all(ask.as_bytes()).unwrap();
        let mut answer = String::new();
        other.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let cost = (peak(&self.gateway) - self.before) / 1_024;
        println!("{cost} MiB");
        assert!(cost <= most, "it took {cost} MiB");
    }
}

/// The most memory that the process ever had, in KiB.
fn peak(gateway: &Gateway) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.pid())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// 256 MiB of heads, of each of which 32 KiB are read.
#[test]
fn heads_that_are_not_ended_are_bounded() {
    let attacked = Attacked::start();
    let head = format!("GET / HTTP/1.1\r\nhost: g\r\nx: {}", "x".repeat(1 << 20));
    let _clients = attacked.by(256, head.as_bytes());
    attacked.is_bounded(32);
}

/// 256 MiB of bodies that are not ended.
#[test]
fn bodies_that_are_not_ended_are_bounded() {
    let attacked = Attacked::start();
    let head = "POST /v3/x HTTP/1.1\r\nhost: g\r\ncontent-length: 1048576\r\n\r\n";
    let body = format!("{head}{}", " ".repeat(1_048_575));
    let _clients = attacked.by(256, body.as_bytes());
    attacked.is_bounded(128);
}

/// A MiB of bodies, each of whose pieces is one byte.
#[test]
fn bodies_in_tiny_pieces_are_bounded() {
    let attacked = Attacked::start();
    let head =
        "POST /v3/merchant/media/upload HTTP/1.1\r\nhost: g\r\ntransfer-encoding: chunked\r\n\r\n";
    let body = format!("{head}{}0\r\n\r\n", "1\r\nx\r\n".repeat(1 << 17));
    for mut client in attacked.by(8, body.as_bytes()) {
        let mut answer = [0; 12];
        client.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 400");
    }
    attacked.is_bounded(16);
}
