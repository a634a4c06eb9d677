use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use wechatpay_gateway::{Account, Gateway};

#[test]
fn runs_until_it_is_dropped() {
    let gateway = Gateway::start().unwrap();
    let address = gateway.local_addr();
    assert_eq!(gateway.base_url(), format!("http://{address}"));
    TcpStream::connect(address).unwrap();
    drop(gateway);
    assert!(TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_err());
}

#[test]
fn dropping_does_not_wait_for_idle_connections() {
    let gateway = Gateway::start().unwrap();
    let mut idle = TcpStream::connect(gateway.local_addr()).unwrap();
    idle.write_all(b"GET /_gateway/clock HT").unwrap();
    drop(gateway);
    idle.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    // Closed, by end of file or by reset; not a time-out.
    let closed = match idle.read(&mut [0; 16]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
    };
    assert!(closed);
}

#[test]
fn administration_is_at_hand_without_a_socket() {
    let gateway = Gateway::start().unwrap();
    let body = json!({ "account": "platform:operation", "balance": 5 });
    gateway
        .admin(Method::PUT, "/_gateway/balances", &body)
        .unwrap();
    let held = gateway
        .engine()
        .lock()
        .ledger()
        .balance(&Account::PlatformOperation);
    assert_eq!(held.get(), 5);
    let refused = gateway
        .admin(Method::GET, "/_gateway/nothing", &Value::Null)
        .unwrap_err();
    assert_eq!(refused.status(), 404);
    assert!(
        refused.to_string().contains("RESOURCE_NOT_EXISTS"),
        "{refused}"
    );
}

#[tokio::test]
async fn starts_inside_an_asynchronous_program() {
    let gateway = Gateway::start().unwrap();
    let order = json!({ "sub_mchid": "1900000109", "total": 100 });
    let order = gateway
        .admin(Method::POST, "/_gateway/orders", &order)
        .unwrap();
    assert_eq!(order["total"], 100);
    TcpStream::connect(gateway.local_addr()).unwrap();
}
