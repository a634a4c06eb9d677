//! The typed operations against the simulator, which verifies and signs for real.

use std::time::Duration;

use wechatpay_core::api::certificates::List;
use wechatpay_core::{Fen, Merchant, PlatformKeys, Policy};
use wechatpay_gateway::{Gateway, credentials};
use wechatpay_ureq::{Client, Timeouts};

use crate::Plain;
use crate::rehearsal::{self, balance};
use crate::server::{Act, Server};
use crate::tls::settings;

fn client(base_url: &str) -> Plain {
    let merchant = Merchant::new(credentials::MCHID).unwrap();
    let merchant = merchant.at(base_url).unwrap();
    let signer = credentials::merchant_signer().unwrap();
    Client::new(merchant, signer, credentials::platform_keys().unwrap()).with_policy(Policy::once())
}

/// The official samples, pasted as they are.
fn all_seven(client: &Plain) {
    let create = rehearsal::create();
    let created = client.call_full(&create).unwrap();
    assert_eq!(created.value.result.as_str(), "SUCCESS");
    assert!(created.request_id.unwrap().ends_with("-0"));

    let give_back = rehearsal::take_back();
    assert_eq!(client.call(&give_back).unwrap().result.as_str(), "SUCCESS");

    let cancel = rehearsal::cancel();
    assert_eq!(client.call(&cancel).unwrap().result.as_str(), "SUCCESS");

    let receipt = rehearsal::receipt();
    assert_eq!(
        client.call(&receipt).unwrap().status.as_str(),
        "RETURN_RECEIPT_SUCCESS"
    );

    let fee = rehearsal::fee();
    assert_eq!(client.call(&fee).unwrap().amount, Fen::new(10));

    let query = rehearsal::query();
    assert_eq!(client.call(&query).unwrap().amount, Fen::new(10));

    let list = client.call(&List::new()).unwrap();
    assert_eq!(list.data[0].serial_no, credentials::PLATFORM_CERT_SERIAL);
}

#[test]
fn the_seven_operations() {
    let gateway = Gateway::start().unwrap();
    let client = client(&gateway.base_url());
    all_seven(&client);
}

#[test]
fn the_seven_operations_over_tls() {
    let gateway = Gateway::start().unwrap();
    let (behind, trusting) = settings();
    let address = gateway.local_addr();
    let front = Server::start_tls(behind, move |_| Act::Pass(address));
    let client = client(&front.base_url()).with_agent(trusting);
    all_seven(&client);
    assert_eq!(front.seen().len(), 7);
}

#[test]
fn certificates_from_nothing_then_a_call_that_they_verify() {
    let gateway = Gateway::start().unwrap();
    let key = credentials::api_v3_key().unwrap();
    for client in [
        client(&gateway.base_url()).with_keys(PlatformKeys::new()),
        client(&gateway.base_url()),
    ] {
        let keys = client.certificates(&key).unwrap().value;
        assert!(keys.get(credentials::PLATFORM_CERT_SERIAL).is_some());
        let client = client.with_keys(keys);
        client.call(&List::new()).unwrap();
    }
}

#[test]
fn faults() {
    let gateway = Gateway::start().unwrap();
    let impatient = Timeouts::new(Duration::from_secs(5), Duration::from_millis(800));
    let client = client(&gateway.base_url()).with_timeouts(impatient);
    for (number, (fault, check, effect, paid)) in rehearsal::faults().into_iter().enumerate() {
        let create = rehearsal::promised(&gateway, number);
        let before = balance(&gateway);
        rehearsal::inject(&gateway, &fault);
        let error = client.call(&create).unwrap_err();
        assert!(check(&error), "{fault}: {error:?}");
        assert_eq!(error.effect(), effect, "{fault}: {error}");
        let moved = before.get() - balance(&gateway).get();
        assert_eq!(moved, if paid { 500 } else { 0 }, "{fault}");

        // The same parameters again: paid once.
        assert_eq!(client.call(&create).unwrap().result.as_str(), "SUCCESS");
        assert_eq!(before.get() - balance(&gateway).get(), 500, "{fault}");
    }
}
