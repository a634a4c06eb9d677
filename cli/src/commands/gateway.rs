//! `wxpay gateway`.

use std::error::Error;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use wechatpay_gateway::{Server, SharedEngine, credentials};

use crate::report::{self, Exit};

const EXAMPLE: &str = "\
Serves a simulator of the platform on one address, in plain HTTP: it verifies signatures, keeps the \
platform's rules and a ledger of every fen, and signs its answers. The sample requests of the \
platform's documents succeed on it from the start.

The first line on standard output is `listening on http://ADDR:PORT`. The merchant, the keys and \
the APIv3 key are development values that everyone can read: never use them elsewhere, and never \
let the gateway be reached from outside.

Example:
  wxpay gateway --listen 127.0.0.1:8080 --credentials ./credentials
and in another terminal:
  set -a; . ./credentials/wechatpay.env; set +a
  wxpay call GET /v3/certificates
  curl http://127.0.0.1:8080/_gateway/ledger

With --state FILE all that happened is there again when it is started anew, even after kill -9.

It ends on ctrl-c or SIGTERM, with exit status 0.";

/// Serve the simulator, with credentials that anyone can read
#[derive(Debug, Args)]
#[command(long_about = EXAMPLE)]
pub(crate) struct GatewayArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    listen: String,
    /// Write apiclient_key.pem, apiclient_cert.pem, pub_key.pem, platform_cert.pem and
    /// wechatpay.env into this directory, which is made if need be
    #[arg(long, value_name = "DIR")]
    credentials: Option<PathBuf>,
    /// Keep the state in this file, which is made if need be: orders, the ledger, callbacks, the
    /// clock and the keys. An answer goes out when what it tells is on the disk
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

pub(crate) fn run(args: &GatewayArgs) -> Exit {
    match serve(args) {
        Ok(()) => Exit::Success,
        Err(error) => {
            report::say(format_args!("error: {error}"));
            Exit::Usage
        }
    }
}

fn serve(args: &GatewayArgs) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| format!("the runtime could not be started: {e}"))?;
    runtime.block_on(async {
        let server = Server::bind(&args.listen).await.map_err(|e| {
            format!(
                "cannot listen on {}: {e}; --listen takes another address",
                args.listen
            )
        })?;
        let server = match &args.state {
            Some(path) => server.with_engine(remembered(path)?),
            None => server,
        };
        let engine = server.engine();
        // From here on the signals end the server, and not the process.
        let shutdown = shutdown().map_err(|e| format!("signals cannot be awaited: {e}"))?;
        let at = server.local_addr();
        announce(at, args.credentials.as_deref())?;
        server.serve(shutdown).await;
        report::say("the gateway has ended");
        match engine.failure() {
            Some(why) => Err(format!("the state cannot be kept any more: {why}")),
            None => Ok(()),
        }
    })
}

/// The engine that a file keeps, and words on whether there was one.
fn remembered(path: &Path) -> Result<SharedEngine, String> {
    let known = path.exists();
    let engine = SharedEngine::open(path).map_err(|e| chain(&e))?;
    let entries = engine.lock().ledger().entries().len();
    let path = path.display();
    if known {
        report::say(format_args!(
            "goes on with the state in {path}: the ledger has {entries} entries"
        ));
    } else {
        report::say(format_args!("begins a new state in {path}"));
    }
    Ok(engine)
}

/// An error with all that caused it.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

/// Writes the credentials, then says on both streams that the gateway is ready for them.
fn announce(at: SocketAddr, dir: Option<&Path>) -> Result<(), String> {
    let base_url = format!("http://{}", reachable(at));
    if let Some(dir) = dir {
        credentials::write_to(dir, &base_url)
            .map_err(|e| format!("credentials cannot be written to {}: {e}", dir.display()))?;
    }
    report::print(&format!("listening on {base_url}"))
        .map_err(|e| format!("standard output is closed: {e}"))?;
    report::say(
        "WARNING: the merchant, its private key, the platform's keys and the APIv3 key are PUBLIC \
         development\nvalues. Everyone can read them. Never use them anywhere else.",
    );
    if !at.ip().is_loopback() {
        report::say(
            "WARNING: this address can be reached from other machines, and /_gateway/ asks for no \
             password.",
        );
    }
    match dir {
        Some(dir) => {
            let env = quoted(&dir.join("wechatpay.env").display().to_string());
            report::say(format_args!(
                "To call it, in another terminal:\n  set -a; . {env}; set +a\n  wxpay call GET \
                 /v3/certificates"
            ));
        }
        None => report::say(
            "To call it, start it with --credentials DIR, which writes key files and a \
             wechatpay.env.",
        ),
    }
    report::say(format_args!("The ledger: {base_url}/_gateway/ledger"));
    Ok(())
}

/// Where a client on this machine reaches a server that listens on `at`.
fn reachable(at: SocketAddr) -> SocketAddr {
    let ip = match at.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, at.port())
}

/// A path as a shell's `.` takes it: quoted where it must be, and never without a slash, which
/// would be looked up in `PATH`.
fn quoted(path: &str) -> String {
    let path = if path.contains('/') {
        path.to_owned()
    } else {
        format!("./{path}")
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    if path.chars().all(plain) {
        path
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

/// Resolves on ctrl-c or SIGTERM.
#[cfg(unix)]
fn shutdown() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use std::task::Poll;

    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(std::future::poll_fn(move |cx| {
        if interrupt.poll_recv(cx).is_ready() || terminate.poll_recv(cx).is_ready() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }))
}

/// Resolves on ctrl-c.
#[cfg(not(unix))]
fn shutdown() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        // Without a signal to wait for, the process is ended from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
