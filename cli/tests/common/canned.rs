//! A platform that says one thing: what the gateway does not play, and what it would not say.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::SystemTime;

use wechatpay_core::platform::AnswerSignature;
use wechatpay_core::{KeyId, Nonce, RsaSigner, Timestamp, http};

use super::{Env, PATIENCE};

const KEYS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../core/tests/known_answers/keys"
);
const ID: &str = "PUB_KEY_ID_0114232134912410000000000000";

/// The first line of a request, and its body.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) line: String,
    pub(crate) body: String,
}

/// Answers one request with 200 and this body, signed. The environment is that of its merchant.
pub(crate) fn answering(body: &str) -> (Env, mpsc::Receiver<Sent>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, sent) = mpsc::channel();
    let body = body.to_owned();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = read(&mut client);
        client.write_all(answer(&body).as_bytes()).unwrap();
        let _ = sender.send(request);
    });
    let key = |name| Path::new(KEYS).join(name).to_str().unwrap().to_owned();
    let env = Env::empty()
        .with("WECHATPAY_BASE_URL", &url)
        .with("WECHATPAY_MCHID", "1900009191")
        .with(
            "WECHATPAY_SERIAL_NO",
            "1DDE55AD98ED71D6EDD4A4A16996DE7B47773A8D",
        )
        .with("WECHATPAY_PRIVATE_KEY_FILE", &key("merchant_pkcs8.pem"))
        .with("WECHATPAY_PUBLIC_KEY_ID", ID)
        .with("WECHATPAY_PUBLIC_KEY_FILE", &key("platform_spki.pem"));
    (env, sent)
}

/// What opens a field that was sealed for this platform.
pub(crate) fn private_key() -> Vec<u8> {
    std::fs::read(Path::new(KEYS).join("platform_pkcs8.pem")).unwrap()
}

fn read(client: &mut TcpStream) -> Sent {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0; 4096];
        let count = client.read(&mut buffer).unwrap();
        assert_ne!(count, 0, "the request ended early");
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let named = name.eq_ignore_ascii_case("content-length");
            named.then(|| value.trim().parse::<usize>().unwrap())
        });
        if body.len() >= length.unwrap_or(0) {
            let line = head.lines().next().unwrap();
            return Sent {
                line: line.to_owned(),
                body: body.to_owned(),
            };
        }
    }
}

fn answer(body: &str) -> String {
    let signer = RsaSigner::from_pem("00", &private_key()).unwrap();
    let now = Timestamp::from(SystemTime::now());
    let (id, nonce) = (KeyId::parse(ID).unwrap(), Nonce::from_entropy([7; 16]));
    let signature = AnswerSignature::new(body.as_bytes(), id, &signer, now, nonce).unwrap();
    let mut headers = http::HeaderMap::new();
    signature.write_headers(&mut headers);
    let mut head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Request-ID: 08F78BDBEB0510A1-0\r\nConnection: close\r\n",
        body.len()
    );
    for (name, value) in &headers {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    format!("{head}\r\n{body}")
}
