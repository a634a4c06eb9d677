//! The typed operations against the simulator, which verifies and signs for real.

use std::time::Duration;

use wechatpay_core::api::certificates::List;
use wechatpay_core::{Fen, Merchant, PlatformKeys, Policy};
use wechatpay_gateway::{Gateway, Running, credentials};
use wechatpay_hyper::{Client, Timeouts};

use crate::Plain;
use crate::rehearsal::{self, balance};
use crate::server::{Act, Server};
use crate::tls::settings;

fn gateway() -> Running {
    Gateway::start().unwrap()
}

fn client(base_url: &str) -> Plain {
    let merchant = Merchant::new(credentials::MCHID).unwrap();
    let merchant = merchant.at(base_url).unwrap();
    let signer = credentials::merchant_signer().unwrap();
    Client::new(merchant, signer, credentials::platform_keys().unwrap()).with_policy(Policy::once())
}

/// The official samples, pasted as they are.
async fn all_seven(client: &Plain) {
    let create = rehearsal::create();
    let created = client.call_full(&create).await.unwrap();
    assert_eq!(created.value.result.as_str(), "SUCCESS");
    assert!(created.request_id.unwrap().ends_with("-0"));

    let give_back = rehearsal::take_back();
    assert_eq!(
        client.call(&give_back).await.unwrap().result.as_str(),
        "SUCCESS"
    );

    let cancel = rehearsal::cancel();
    assert_eq!(
        client.call(&cancel).await.unwrap().result.as_str(),
        "SUCCESS"
    );

    let receipt = rehearsal::receipt();
    assert_eq!(
        client.call(&receipt).await.unwrap().status.as_str(),
        "RETURN_RECEIPT_SUCCESS"
    );

    let fee = rehearsal::fee();
    assert_eq!(client.call(&fee).await.unwrap().amount, Fen::new(10));

    let query = rehearsal::query();
    assert_eq!(client.call(&query).await.unwrap().amount, Fen::new(10));

    let list = client.call(&List::new()).await.unwrap();
    assert_eq!(list.data[0].serial_no, credentials::PLATFORM_CERT_SERIAL);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_seven_operations() {
    let gateway = gateway();
    let client = client(&gateway.base_url());
    tokio::spawn(async move { all_seven(&client).await })
        .await
        .unwrap();
}

#[tokio::test]
async fn the_seven_operations_over_tls() {
    let gateway = gateway();
    let (behind, trusting) = settings();
    let address = gateway.local_addr();
    let front = Server::start_tls(behind, move |_| Act::Pass(address));
    let client = client(&front.base_url()).with_tls(trusting);
    all_seven(&client).await;
    assert_eq!(front.seen().len(), 7);
}

#[tokio::test]
async fn certificates_from_nothing_then_a_call_that_they_verify() {
    let gateway = gateway();
    let key = credentials::api_v3_key().unwrap();
    for client in [
        client(&gateway.base_url()).with_keys(PlatformKeys::new()),
        client(&gateway.base_url()),
    ] {
        let keys = client.certificates(&key).await.unwrap().value;
        assert!(keys.get(credentials::PLATFORM_CERT_SERIAL).is_some());
        let client = client.with_keys(keys);
        client.call(&List::new()).await.unwrap();
    }
}

#[tokio::test]
async fn faults() {
    let gateway = gateway();
    let impatient = Timeouts::new(Duration::from_secs(5), Duration::from_millis(800));
    let client = client(&gateway.base_url()).with_timeouts(impatient);
    for (number, (fault, check, effect, paid)) in rehearsal::faults().into_iter().enumerate() {
        let create = rehearsal::promised(&gateway, number);
        let before = balance(&gateway);
        rehearsal::inject(&gateway, &fault);
        let error = client.call(&create).await.unwrap_err();
        assert!(check(&error), "{fault}: {error:?}");
        assert_eq!(error.effect(), effect, "{fault}: {error}");
        let moved = before.get() - balance(&gateway).get();
        assert_eq!(moved, if paid { 500 } else { 0 }, "{fault}");

        // The same parameters again: paid once.
        assert_eq!(
            client.call(&create).await.unwrap().result.as_str(),
            "SUCCESS"
        );
        assert_eq!(before.get() - balance(&gateway).get(), 500, "{fault}");
    }
}
