//! A platform that says what it is told to, signed: for answers that no gateway gives.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::SystemTime;

use wechatpay_core::http::Response;
use wechatpay_core::platform::AnswerSignature;
use wechatpay_core::{KeyId, Nonce, Opener, RsaSigner, Timestamp};

use super::{ANOTHER_KEY, Env, PATIENCE, Run};

const PLATFORM_KEY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../core/tests/known_answers/keys/platform_pkcs8.pem"
);
const PLATFORM_PUBLIC_KEY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../core/tests/known_answers/keys/platform_spki.pem"
);
pub(crate) const PLATFORM_ID: &str = "PUB_KEY_ID_0114232134912410000000000000";

/// What arrived.
#[derive(Debug)]
pub(crate) struct Request {
    /// The method and the target.
    pub(crate) line: String,
    /// The headers, their names in small letters.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Runs `wxpay` against an answer 200 with this body, and returns what was sent.
#[track_caller]
pub(crate) fn exchange(args: &[&str], answer: &str) -> (Run, Request) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let env = env(&format!("http://{}", listener.local_addr().unwrap()));
    let answer = answer.to_owned();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        let _ = sender.send(read(&mut client));
        client.write_all(&signed(&answer)).unwrap();
    });
    let run = env.run(args);
    let request = receiver.recv_timeout(PATIENCE);
    let request = request.unwrap_or_else(|_| panic!("nothing arrived: {run:#?}"));
    (run, request)
}

/// A merchant who trusts this platform, at this address.
pub(crate) fn env(base_url: &str) -> Env {
    Env::empty()
        .with("WECHATPAY_BASE_URL", base_url)
        .with("WECHATPAY_MCHID", "1900009191")
        .with(
            "WECHATPAY_SERIAL_NO",
            "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D",
        )
        .with("WECHATPAY_PRIVATE_KEY_FILE", ANOTHER_KEY)
        .with("WECHATPAY_PUBLIC_KEY_ID", PLATFORM_ID)
        .with("WECHATPAY_PUBLIC_KEY_FILE", PLATFORM_PUBLIC_KEY)
}

/// Opens what was sealed for this platform.
pub(crate) fn opener() -> Opener {
    Opener::from_pem(&std::fs::read(PLATFORM_KEY).unwrap()).unwrap()
}

fn signed(body: &str) -> Vec<u8> {
    let signer = RsaSigner::from_pem("00", &std::fs::read(PLATFORM_KEY).unwrap()).unwrap();
    let id = KeyId::parse(PLATFORM_ID).unwrap();
    let now = Timestamp::from(SystemTime::now());
    let nonce = Nonce::from_entropy([0xAB; 16]);
    let signature = AnswerSignature::new(body.as_bytes(), id, &signer, now, nonce).unwrap();
    let mut response = Response::new(());
    signature.write(&mut response);
    let mut text = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\nRequest-ID: 08F78BDBEB0510A1-0\r\n",
        body.len()
    );
    for (name, value) in response.headers() {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    format!("{text}\r\n{body}").into_bytes()
}

fn read(client: &mut TcpStream) -> Request {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let count = client.read(&mut buffer).unwrap();
        assert_ne!(count, 0, "the request broke off");
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let (line, head) = head.split_once("\r\n").unwrap();
        let head = head.to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        if body.len() >= length {
            return Request {
                line: line.trim_end_matches(" HTTP/1.1").to_owned(),
                body: body.to_owned(),
                head,
            };
        }
    }
}
