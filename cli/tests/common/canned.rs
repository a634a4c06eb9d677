//! A platform that writes down the one request it is sent, and answers what it is told to.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::SystemTime;

use wechatpay_core::platform::AnswerSignature;
use wechatpay_core::{KeyId, Nonce, Opener, RsaSigner, Timestamp, http};

use super::{ANOTHER_KEY, Env, PATIENCE, Run};

const KEYS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../core/tests/known_answers/keys"
);
pub(crate) const PLATFORM_ID: &str = "PUB_KEY_ID_0114232134912410000000000000";

/// What a command sent, and how it took the answer.
pub(crate) struct Played {
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) run: Run,
}

/// Runs a command, and answers its one request with this, signed.
pub(crate) fn play(args: &[&str], status: u16, answer: &str) -> Played {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let env = env(&format!("http://{}", listener.local_addr().unwrap()));
    let (sender, requests) = mpsc::channel();
    let answer = answer.to_owned();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let request = request(&mut stream);
        stream.write_all(&signed(status, &answer)).unwrap();
        sender.send(request).unwrap();
    });
    let run = env.run(args);
    let request = requests.recv_timeout(PATIENCE);
    let (head, body) = request.unwrap_or_else(|_| panic!("nothing was sent: {run:#?}"));
    Played { head, body, run }
}

/// What arrived.
#[derive(Debug)]
pub(crate) struct Request {
    /// The method and the target.
    pub(crate) line: String,
    /// The headers, their names in small letters.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// The same for an answer 200, and what was sent taken apart.
pub(crate) fn exchange(args: &[&str], answer: &str) -> (Run, Request) {
    let Played { head, body, run } = play(args, 200, answer);
    let (line, head) = head.split_once("\r\n").unwrap();
    let request = Request {
        line: line.trim_end_matches(" HTTP/1.1").to_owned(),
        head: head.to_ascii_lowercase(),
        body,
    };
    (run, request)
}

/// Opens what was sealed for this platform.
pub(crate) fn opener() -> Opener {
    Opener::from_pem(&platform_key()).unwrap()
}

fn platform_key() -> Vec<u8> {
    std::fs::read(format!("{KEYS}/platform_pkcs8.pem")).unwrap()
}

/// Head and body of a request.
fn request(stream: &mut TcpStream) -> (String, String) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_ascii_lowercase();
            let length = lower
                .lines()
                .find_map(|l| l.strip_prefix("content-length: "));
            let length = length.map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return (head.to_owned(), body.to_owned());
            }
        }
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "{text}");
        bytes.extend_from_slice(&buffer[..read]);
    }
}

fn signed(status: u16, body: &str) -> Vec<u8> {
    let signer = RsaSigner::from_pem("00", &platform_key()).unwrap();
    let id = KeyId::parse(PLATFORM_ID).unwrap();
    let now = Timestamp::from(SystemTime::now());
    let nonce = Nonce::from_entropy([7; 16]);
    let signature = AnswerSignature::new(body.as_bytes(), id, &signer, now, nonce).unwrap();
    let mut response = http::Response::new(());
    signature.write(&mut response);
    let mut text = format!("HTTP/1.1 {status} Any\r\nRequest-ID: 08F7-0\r\nConnection: close\r\n");
    if status != 204 {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    for (name, value) in response.headers() {
        text.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// A merchant whose platform is there.
pub(crate) fn env(base_url: &str) -> Env {
    Env::empty()
        .with("WECHATPAY_BASE_URL", base_url)
        .with("WECHATPAY_MCHID", "1230000109")
        .with(
            "WECHATPAY_SERIAL_NO",
            "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D",
        )
        .with("WECHATPAY_PRIVATE_KEY_FILE", ANOTHER_KEY)
        .with("WECHATPAY_PUBLIC_KEY_ID", PLATFORM_ID)
        .with(
            "WECHATPAY_PUBLIC_KEY_FILE",
            &format!("{KEYS}/platform_spki.pem"),
        )
}
