//! The client against a scripted server, byte by byte, and against the simulator.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../../../transport-hyper/tests/transport/attempts.rs"]
mod attempts;
#[path = "../../../transport-hyper/tests/transport/downloads.rs"]
mod downloads;
mod failures;
mod gateway;
mod logged;
// The same rehearsal and the same script for both transports.
#[path = "../../../transport-hyper/tests/transport/rehearsal.rs"]
mod rehearsal;
#[path = "../../../transport-hyper/tests/transport/rotation.rs"]
mod rotation;
#[path = "../../../cli/tests/common/secrets.rs"]
mod secrets;
#[path = "../../../transport-hyper/tests/transport/server.rs"]
mod server;
mod tls;
#[cfg(feature = "tracing")]
#[path = "../../../transport-hyper/tests/transport/traced.rs"]
mod traced;
mod wire;

use std::time::Duration;

use wechatpay_core::api::bill::{BillFile, Checked, Packing};
use wechatpay_core::{
    AnyOperation, ApiV3Key, CallError, DownloadError, Keyring, Method, Notice, NoticeError,
    PlatformKeys, Policy, RsaSigner, ToDraft, Verifier,
};
use wechatpay_ureq::{Client, Timeouts, TransportError};

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

pub(crate) fn call<V, O>(
    client: &Client<RsaSigner, V>,
    operation: &O,
) -> Result<O::Response, CallError<TransportError>>
where
    V: Verifier,
    O: ToDraft,
{
    client.call(operation)
}

/// What was written comes with it.
pub(crate) fn download(
    client: &Plain,
    bill: &BillFile,
    packing: Packing,
    limit: u64,
) -> (Result<Checked, DownloadError<TransportError>>, Vec<u8>) {
    let mut written = Vec::new();
    let checked = client.download(bill, packing, limit, &mut written);
    (checked, written)
}

pub(crate) fn open_notice(
    client: &Client<RsaSigner, Keyring>,
    request: &wechatpay_core::http::Request<Vec<u8>>,
    key: &ApiV3Key,
) -> Result<Notice, NoticeError> {
    client.open_notice(request, key)
}
