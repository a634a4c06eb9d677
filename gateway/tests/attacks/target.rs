//! The server that is attacked, and clients that write what they like.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use wechatpay_core::{AnyOperation, Merchant, Method, Nonce, RsaSigner, Timestamp, http};
use wechatpay_gateway::{Account, Server, SharedEngine, credentials};

/// The order of the official samples.
pub(crate) const CREATE: &str = "/v3/ecommerce/subsidies/create";

/// A server in a thread that outlives the test.
pub(crate) struct Target {
    address: SocketAddr,
    engine: SharedEngine,
}

impl Target {
    /// Waits 200 ms for what is slow.
    pub(crate) fn impatient() -> Self {
        Self::start(|server| server.with_patience(Duration::from_millis(200)))
    }

    /// Waits for half a minute.
    pub(crate) fn patient() -> Self {
        Self::start(|server| server)
    }

    pub(crate) fn start(settings: fn(Server) -> Server) -> Self {
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let server = Server::bind("127.0.0.1:0").await.unwrap();
                tell.send((server.local_addr(), server.engine())).unwrap();
                settings(server).serve(std::future::pending()).await;
            });
        });
        let (address, engine) = told.recv().unwrap();
        Self { address, engine }
    }

    pub(crate) fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).unwrap();
        let patience = Some(Duration::from_secs(60));
        stream.set_read_timeout(patience).unwrap();
        stream.set_write_timeout(patience).unwrap();
        stream.set_nodelay(true).unwrap();
        Client(stream)
    }

    /// What it answers to these bytes, and nothing after them.
    pub(crate) fn ask(&self, bytes: impl AsRef<[u8]>) -> Vec<Answer> {
        let mut client = self.connect();
        client.write(bytes);
        client.end()
    }

    /// What the sub-merchant of the samples was paid as a subsidy.
    pub(crate) fn subsidised(&self) -> i64 {
        let engine = self.engine.lock();
        let held = engine.ledger().balance(&Account::PlatformOperation);
        1_000_000 - held.get()
    }

    /// Holds that others are served.
    #[track_caller]
    pub(crate) fn serves(&self) {
        let mut client = self.connect();
        client.write(signed("GET", "/v3/certificates", ""));
        assert_eq!(client.answer().status, 200);
    }
}

pub(crate) struct Client(TcpStream);

impl Client {
    /// Writes as much as is taken: the server may close in the middle.
    #[track_caller]
    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) {
        self.writes(bytes);
    }

    /// Whether the server takes what comes. It closes when it does not.
    #[track_caller]
    pub(crate) fn writes(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        let written = self.0.write_all(bytes.as_ref());
        if let Err(error) = &written {
            let closed = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
            assert!(
                closed.contains(&error.kind()),
                "it neither reads nor closes: {error}"
            );
        }
        written.is_ok()
    }

    /// Whether the server has closed by now, without a word.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.0.set_nonblocking(true).unwrap();
        let end = self.0.read(&mut [0]);
        self.0.set_nonblocking(false).unwrap();
        end.is_ok_and(|length| length == 0)
    }

    /// One answer of those that come.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> Answer {
        let mut bytes = Vec::new();
        let mut byte = [0];
        while !bytes.ends_with(b"\r\n\r\n") {
            self.0.read_exact(&mut byte).unwrap();
            bytes.push(byte[0]);
        }
        let (mut answer, length) = Answer::of(&bytes);
        answer.body = vec![0; length];
        self.0.read_exact(&mut answer.body).unwrap();
        answer
    }

    /// Says that nothing more comes.
    pub(crate) fn half_close(&mut self) {
        let _ = self.0.shutdown(Shutdown::Write);
    }

    /// Says so, and takes what answers there are until the server closes.
    #[track_caller]
    pub(crate) fn end(&mut self) -> Vec<Answer> {
        self.half_close();
        self.rest()
    }

    /// Takes what answers there are until the server closes.
    #[track_caller]
    pub(crate) fn rest(&mut self) -> Vec<Answer> {
        let mut bytes = Vec::new();
        if let Err(error) = self.0.read_to_end(&mut bytes) {
            // A server that closes with something unread resets; a time-out would be another error.
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        }
        let mut rest = &bytes[..];
        let mut answers = Vec::new();
        while let Some(end) = rest.windows(4).position(|four| four == b"\r\n\r\n") {
            let (mut answer, length) = Answer::of(&rest[..end + 4]);
            rest = &rest[end + 4..];
            answer.body = rest[..length].to_vec();
            rest = &rest[length..];
            answers.push(answer);
        }
        assert!(rest.is_empty(), "half an answer: {rest:?}");
        answers
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// An answer without its body, and how long that is.
    fn of(head: &[u8]) -> (Self, usize) {
        let head = std::str::from_utf8(head).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.split("content-length: ").nth(1).map_or(0, |rest| {
            rest.split("\r\n").next().unwrap().parse().unwrap()
        });
        let body = Vec::new();
        (Self { status, body }, length)
    }
}

/// The sample request for a subsidy of 10 fen, under a number of its own.
pub(crate) fn create() -> Vec<u8> {
    signed("POST", CREATE, CREATE_BODY)
}

pub(crate) const CREATE_BODY: &str = r#"{"sub_mchid":"1900000109","transaction_id":"4208450740201411110007820472","amount":10,"description":"d"}"#;

/// A request as bytes, signed at the real time.
pub(crate) fn signed(method: &str, target: &str, body: &str) -> Vec<u8> {
    let (mut head, body) = parts(method, target, body);
    head += &format!("content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body.as_bytes()].concat()
}

/// The request line with all headers but those of the length, and the body.
pub(crate) fn parts<'a>(method: &str, target: &str, body: &'a str) -> (String, &'a str) {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let operation = AnyOperation::new(method.clone(), target);
    let operation = match method {
        Method::GET => operation,
        _ => operation.json_bytes(body.to_owned()),
    };
    static SIGNER: LazyLock<RsaSigner> = LazyLock::new(|| credentials::merchant_signer().unwrap());
    let merchant = Merchant::new(credentials::MCHID).unwrap();
    let now = Timestamp::from(SystemTime::now());
    let unsigned = merchant.prepare(&operation, now, Nonce::from_entropy([7; 16]));
    let request: http::Request<_> = unsigned.unwrap().sign(&*SIGNER).unwrap().request;
    let mut head = format!("{method} {target} HTTP/1.1\r\nhost: gateway\r\n");
    for (name, value) in request.headers() {
        head += &format!("{name}: {}\r\n", value.to_str().unwrap());
    }
    (head, body)
}
