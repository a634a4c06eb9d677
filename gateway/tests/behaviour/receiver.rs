//! A merchant's end of the callbacks: takes requests on a port of its own.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver as Queue, Sender, channel};
use std::thread;
use std::time::Duration;

use bytes::Bytes;

/// What came: the head, and the body.
pub(crate) type Came = (String, Vec<u8>);

/// What is answered to the request of this number; nothing is silence, until the peer hangs up.
type Answers = fn(usize) -> Option<&'static str>;

pub(crate) const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";
pub(crate) const REFUSED: &str =
    "HTTP/1.1 401 Unauthorized\r\ncontent-length: 17\r\n\r\n{\"code\":\"REFUSE\"}";

pub(crate) struct Receiver {
    pub(crate) url: String,
    came: Queue<Came>,
}

impl Receiver {
    pub(crate) fn start(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/notify", listener.local_addr().unwrap());
        let (send, came) = channel();
        let count = Arc::new(AtomicUsize::new(0));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (send, count) = (send.clone(), count.clone());
                thread::spawn(move || serve(stream.unwrap(), answers, &send, &count));
            }
        });
        Self { url, came }
    }

    /// The next request that comes, its head in small letters.
    pub(crate) fn next(&self) -> Came {
        let (head, body) = self.next_as_it_came();
        (head.to_lowercase(), body)
    }

    fn next_as_it_came(&self) -> Came {
        self.came.recv_timeout(Duration::from_secs(20)).unwrap()
    }

    /// The next request that comes, to be opened.
    pub(crate) fn next_request(&self) -> http::Request<Bytes> {
        let (head, body) = self.next_as_it_came();
        let mut request = http::Request::post("/notify");
        for line in head.lines().skip(1) {
            if let Some((name, value)) = line.split_once(": ") {
                request = request.header(name, value);
            }
        }
        request.body(body.into()).unwrap()
    }
}

fn serve(mut stream: TcpStream, answers: Answers, send: &Sender<Came>, count: &AtomicUsize) {
    while let Some(came) = read(&mut stream) {
        if send.send(came).is_err() {
            return;
        }
        match answers(count.fetch_add(1, Ordering::Relaxed)) {
            Some(answer) => stream.write_all(answer.as_bytes()).unwrap(),
            None => {
                // Ends when the other side does.
                let _ = stream.read(&mut [0]);
                return;
            }
        }
    }
}

fn read(stream: &mut TcpStream) -> Option<Came> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let lower = head.to_lowercase();
    let length = lower.split("content-length: ").nth(1)?;
    let length = length.split("\r\n").next()?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}
