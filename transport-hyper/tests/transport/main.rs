//! The client against a scripted server, byte by byte, and against the simulator.
#![allow(clippy::unwrap_used, missing_docs)]

mod attempts;
mod downloads;
mod failures;
mod gateway;
mod rehearsal;
mod rotation;
#[cfg(feature = "tracing")]
#[path = "../../../cli/tests/common/secrets.rs"]
mod secrets;
mod server;
mod tls;
#[cfg(feature = "tracing")]
mod traced;
mod wire;

use std::sync::LazyLock;
use std::time::Duration;

use wechatpay_core::api::bill::{BillFile, Checked, Packing};
use wechatpay_core::{
    AnyOperation, ApiV3Key, CallError, DownloadError, Keyring, Method, Notice, NoticeError,
    PlatformKeys, Policy, RsaSigner, ToDraft, Verifier,
};
use wechatpay_hyper::{Client, Timeouts, TransportError};

use server::Server;

pub(crate) type Plain = Client<RsaSigner, PlatformKeys>;

/// A client of the scripted server, patient enough for a busy machine.
pub(crate) fn client(server: &Server) -> Plain {
    let patient = Timeouts::new(Duration::from_secs(5), Duration::from_secs(10));
    client_of(&server.base_url()).with_timeouts(patient)
}

/// An impatient one.
pub(crate) fn client_of(base_url: &str) -> Plain {
    let timeouts = Timeouts::new(Duration::from_millis(400), Duration::from_millis(700));
    Client::new(server::merchant(base_url), server::signer(), server::keys())
        .with_policy(Policy::once())
        .with_timeouts(timeouts)
}

pub(crate) fn get() -> AnyOperation {
    AnyOperation::new(Method::GET, "/v3/certificates").query("algorithm_type", "RSA")
}

pub(crate) fn post() -> AnyOperation {
    let cancel = AnyOperation::new(Method::POST, "/v3/ecommerce/subsidies/cancel");
    cancel
        .json(&serde_json::json!({"description": "订单退款"}))
        .unwrap()
}

/// Calls and waits.
pub(crate) fn call<V, O>(
    client: &Client<RsaSigner, V>,
    operation: &O,
) -> Result<O::Response, CallError<TransportError>>
where
    V: Verifier,
    O: ToDraft,
{
    RUNTIME.block_on(client.call(operation))
}

static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());

/// Downloads and waits; what was written comes with it.
pub(crate) fn download(
    client: &Plain,
    bill: &BillFile,
    packing: Packing,
    limit: u64,
) -> (Result<Checked, DownloadError<TransportError>>, Vec<u8>) {
    let mut written = Vec::new();
    let checked = RUNTIME.block_on(client.download(bill, packing, limit, &mut written));
    (checked, written)
}

pub(crate) fn open_notice(
    client: &Client<RsaSigner, Keyring>,
    request: &wechatpay_core::http::Request<Vec<u8>>,
    key: &ApiV3Key,
) -> Result<Notice, NoticeError> {
    RUNTIME.block_on(client.open_notice(request, key))
}
