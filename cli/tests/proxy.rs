//! A proxy that changes a request on its way: the command line shows both messages.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use common::{Gateway, STACKS};

const LENGTH: &str = "content-length: ";

/// Passes one request on with a space after its body, and its answer back. Returns its own URL.
fn proxy(gateway: &Gateway) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let behind = gateway.base_url.strip_prefix("http://").unwrap().to_owned();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        let request = read_request(&mut client);
        let mut server = TcpStream::connect(behind).unwrap();
        server.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).unwrap();
        client.write_all(&answer).unwrap();
    });
    url
}

fn read_request(client: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let count = client.read(&mut buffer).unwrap();
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8(bytes.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let mut lines: Vec<String> = head.lines().map(str::to_owned).collect();
        let line = lines
            .iter_mut()
            .find(|line| line.to_ascii_lowercase().starts_with(LENGTH))
            .unwrap();
        let length: usize = line[LENGTH.len()..].parse().unwrap();
        if body.len() == length {
            *line = format!("{LENGTH}{}", length + 1);
            lines.push("connection: close".to_owned());
            return format!("{}\r\n\r\n{body} ", lines.join("\r\n"));
        }
    }
}

#[test]
fn both_messages_are_shown_when_their_lengths_differ() {
    let gateway = Gateway::start();
    for stack in STACKS {
        let url = proxy(&gateway);
        let run = gateway.run(&[
            "subsidies",
            "cancel",
            "--base-url",
            &url,
            "--transport",
            stack,
            "--sub-mchid",
            "1900013401",
            "--transaction-id",
            "4208450740201411110007820472",
            "--description",
            "退款",
        ]);
        let words = [
            "401 SIGN_ERROR",
            "hint: the platform built another message",
            "platform, 1",
            r#"bytes: POST\n/v3/ecommerce/subsidies/cancel\n"#,
            r#"退款\"} \n"#,
            "here, 1",
            r#"退款\"}\n"#,
            "moved no money",
        ];
        run.failed(1, &words);
    }
}
