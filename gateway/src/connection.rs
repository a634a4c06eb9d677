//! One connection: HTTP/1.1, with an end to what it may take of time and memory.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;

use crate::engine::{Handled, Unread};
use crate::memory::Share;
use crate::server::{Cut, SharedEngine};
use crate::uploads::body_limit;

/// How long a client may take for the head of a request, again for its body, and again for each
/// piece of the answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The longest head of a request. Also so much of a body or of answers waits in a buffer.
const MOST_BUFFERED: usize = 32 * 1024;

/// Serves a connection to its end.
pub(crate) async fn serve<I>(io: I, engine: SharedEngine, patience: Duration)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin,
{
    // Who does not read its answers shall not hold them.
    let mut io = TimeoutStream::new(TokioIo::new(io));
    io.set_write_timeout(Some(patience));
    let service = service_fn(|request| answer(request, engine.clone(), patience));
    // What goes wrong with one connection is its client's to see.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        // A client may say that it is done, and wait for its answer.
        .half_close(true)
        .max_buf_size(MOST_BUFFERED)
        // As the platform writes them, for clients that read header names by the letter.
        .title_case_headers(true)
        .serve_connection(TokioIo::new(Box::pin(io)), service)
        .await;
}

async fn answer(
    request: Request<Incoming>,
    engine: SharedEngine,
    patience: Duration,
) -> Result<Response<Full<Bytes>>, Cut> {
    let (head, body) = request.into_parts();
    let limit = body_limit(&head.method, head.uri.path());
    let mut share = engine.bodies().share();
    let body = match timeout(patience, read(body, limit, &mut share)).await {
        Ok(Ok(body)) => body,
        Ok(Err(Unreadable::TooLarge)) => {
            return Ok(engine.refuse(head, Unread::TooLarge)?.map(Full::new));
        }
        Ok(Err(Unreadable::Gone)) => return Err(Cut),
        Err(_) => return Ok(engine.refuse(head, Unread::TooSlow)?.map(Full::new)),
    };
    match engine.handle(&Request::from_parts(head, body)).await? {
        Handled::Answer { response, delay } => {
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            Ok(response.map(Full::new))
        }
        Handled::Cut => Err(Cut),
    }
}

/// Why a body is not there whole.
enum Unreadable {
    TooLarge,
    /// The client went away in the middle, or sent what is no body.
    Gone,
}

/// Reads a body into one piece: kept as they come, a million pieces of one byte each would take many
/// times their size.
async fn read(mut body: Incoming, limit: usize, share: &mut Share) -> Result<Bytes, Unreadable> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Unreadable::Gone)?;
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        if piece.len() > limit - whole.len() {
            return Err(Unreadable::TooLarge);
        }
        share.take(piece.len()).await;
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}
