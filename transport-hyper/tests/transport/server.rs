//! A server that writes what a test tells it to, byte by byte, and keeps what it got. With TLS in
//! front or without.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use wechatpay_core::http::Response;
use wechatpay_core::platform::AnswerSignature;
use wechatpay_core::{KeyId, Merchant, Nonce, PlatformKeys, RsaSigner, Timestamp};

pub(crate) const KEY_ID: &str = "PUB_KEY_ID_0114232134912410000000000000";
const SERIAL: &str = "5A0E1C7B2D9F48E36B105C8D7F2A94E1B3C6D8F0";
pub(crate) const MERCHANT: &[u8] =
    include_bytes!("../../../core/tests/known_answers/keys/merchant_pkcs8.pem");
const PLATFORM: &[u8] = include_bytes!("../../../core/tests/known_answers/keys/platform_pkcs8.pem");
const PLATFORM_PUBLIC: &[u8] =
    include_bytes!("../../../core/tests/known_answers/keys/platform_spki.pem");

pub(crate) fn merchant(base_url: &str) -> Merchant {
    Merchant::new("1900001109").unwrap().at(base_url).unwrap()
}

pub(crate) fn signer() -> RsaSigner {
    RsaSigner::from_pem(SERIAL, MERCHANT).unwrap()
}

pub(crate) fn keys() -> PlatformKeys {
    let keys = PlatformKeys::new();
    keys.with_public_key(KEY_ID, PLATFORM_PUBLIC).unwrap()
}

/// What the server does with a request.
pub(crate) enum Act {
    /// Writes this, and reads on.
    Write(Vec<u8>),
    /// Writes this, and closes.
    Close(Vec<u8>),
    /// Writes this, and then nothing more.
    Stall(Vec<u8>),
    /// Passes the request on, and what comes back.
    Pass(SocketAddr),
}

/// One request, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) connection: usize,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) struct Server {
    address: SocketAddr,
    scheme: &'static str,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// `script` gets the number of the request, from 0, over all connections.
    pub(crate) fn start(script: impl Fn(usize) -> Act + Send + Sync + 'static) -> Self {
        Self::listen("http", script, |stream| Some(Box::new(stream)))
    }

    pub(crate) fn start_tls(
        tls: rustls::ServerConfig,
        script: impl Fn(usize) -> Act + Send + Sync + 'static,
    ) -> Self {
        let tls = Arc::new(tls);
        Self::listen("https", script, move |mut stream| {
            let mut session = rustls::ServerConnection::new(Arc::clone(&tls)).ok()?;
            session.complete_io(&mut stream).ok()?;
            Some(Box::new(rustls::StreamOwned::new(session, stream)))
        })
    }

    fn listen(
        scheme: &'static str,
        script: impl Fn(usize) -> Act + Send + Sync + 'static,
        accept: impl Fn(TcpStream) -> Option<Box<dyn Stream>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::new((script, accept, Arc::clone(&seen)));
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let (stream, shared) = (stream.unwrap(), Arc::clone(&shared));
                thread::spawn(move || {
                    let (script, accept, seen) = &*shared;
                    let Some(mut stream) = accept(stream) else {
                        return;
                    };
                    while let Some(bytes) = read_message(&mut stream) {
                        let number = {
                            let mut seen = seen.lock().unwrap();
                            seen.push(Seen {
                                connection,
                                bytes: bytes.clone(),
                            });
                            seen.len() - 1
                        };
                        if !act(script(number), &bytes, &mut stream) {
                            return;
                        }
                    }
                });
            }
        });
        Self {
            address,
            scheme,
            seen,
        }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// Whether the connection is kept.
fn act(act: Act, request: &[u8], stream: &mut impl Write) -> bool {
    match act {
        Act::Write(bytes) => stream
            .write_all(&bytes)
            .and_then(|()| stream.flush())
            .is_ok(),
        Act::Close(bytes) => {
            let _ = stream.write_all(&bytes).and_then(|()| stream.flush());
            false
        }
        Act::Stall(bytes) => {
            let _ = stream.write_all(&bytes).and_then(|()| stream.flush());
            thread::sleep(Duration::from_secs(20));
            false
        }
        Act::Pass(to) => {
            let mut onward = TcpStream::connect(to).unwrap();
            onward.write_all(request).unwrap();
            match read_message(&mut onward) {
                Some(answer) => stream
                    .write_all(&answer)
                    .and_then(|()| stream.flush())
                    .is_ok(),
                None => false,
            }
        }
    }
}

/// A head, and the body that its `Content-Length` announces.
fn read_message(stream: &mut impl Read) -> Option<Vec<u8>> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
            let length = head.split("\r\ncontent-length: ").nth(1);
            let length = length.map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
            if bytes.len() >= end + 4 + length {
                return Some(bytes);
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&buffer[..n]),
        }
    }
}

/// The head of a signed answer, without any length, and up to its empty line.
pub(crate) fn signed_head(status: &str, body: &[u8]) -> String {
    let now = Timestamp::from(std::time::SystemTime::now());
    let signer = RsaSigner::from_pem("00", PLATFORM).unwrap();
    let id = KeyId::parse(KEY_ID).unwrap();
    let nonce = Nonce::from_entropy([9; 16]);
    let mut response = Response::new(());
    let signature = AnswerSignature::new(body, id, &signer, now, nonce).unwrap();
    signature.write(&mut response);
    let mut head = format!("HTTP/1.1 {status}\r\nRequest-ID: 08F78BB5-0\r\n");
    for (name, value) in response.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    head
}

/// A signed answer with its length.
pub(crate) fn signed(status: &str, body: &[u8]) -> Vec<u8> {
    let head = signed_head(status, body) + &format!("Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}
