//! Uploads, sealed fields and bills by both transports, over a socket.

use http::{Method, Request};
use serde_json::{Value, json};
use wechatpay_core::api::bill::{BillType, Direction, Packing, Sheet, TarType, TradeBill};
use wechatpay_core::api::ecommerce;
use wechatpay_core::api::ecommerce::profitsharing::receivers::{Add, Kind, Relation};
use wechatpay_core::api::ecommerce::refunds::{
    Apply, ApplyAmount, QueryByOutRefundNo, RefundStatus,
};
use wechatpay_core::api::merchant::media::{UploadImage, UploadVideo};
use wechatpay_core::api::merchant_service::images::Download;
use wechatpay_core::{ApiV3Key, Fen, Merchant, Notice, Opener, PlatformKeys, RsaSigner, ToDraft};
use wechatpay_gateway::{Gateway, Running, credentials};

/// A transport, to be waited for.
pub(crate) trait Client {
    fn call<O: ToDraft>(&self, operation: &O) -> O::Response;

    /// Opens a callback.
    fn open(&self, request: &Request<Vec<u8>>, key: &ApiV3Key) -> Notice;
}

impl Client for wechatpay_ureq::Client<RsaSigner, PlatformKeys> {
    fn call<O: ToDraft>(&self, operation: &O) -> O::Response {
        self.call(operation).unwrap()
    }

    fn open(&self, request: &Request<Vec<u8>>, key: &ApiV3Key) -> Notice {
        self.open_notice(request, key).unwrap()
    }
}

struct Hyper {
    runtime: tokio::runtime::Runtime,
    client: wechatpay_hyper::Client<RsaSigner, PlatformKeys>,
}

impl Client for Hyper {
    fn call<O: ToDraft>(&self, operation: &O) -> O::Response {
        let call = self.client.call(operation);
        self.runtime.block_on(call).unwrap()
    }

    fn open(&self, request: &Request<Vec<u8>>, key: &ApiV3Key) -> Notice {
        let opened = self.client.open_notice(request, key);
        self.runtime.block_on(opened).unwrap()
    }
}

pub(crate) fn over_ureq(gateway: &Running) -> impl Client {
    let (merchant, signer, keys) = parts(gateway);
    wechatpay_ureq::Client::new(merchant, signer, keys)
}

pub(crate) fn over_hyper(gateway: &Running) -> impl Client {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (merchant, signer, keys) = parts(gateway);
    let client = wechatpay_hyper::Client::new(merchant, signer, keys);
    Hyper { runtime, client }
}

fn parts(gateway: &Running) -> (Merchant, RsaSigner, PlatformKeys) {
    (
        Merchant::new(credentials::MCHID)
            .unwrap()
            .at(&gateway.base_url())
            .unwrap(),
        credentials::merchant_signer().unwrap(),
        credentials::platform_keys().unwrap(),
    )
}

fn upload_and_download(client: &impl Client) {
    // More than any other request may have.
    let file: Vec<u8> = (0..=255).cycle().take(3 << 19).collect();
    let image = client.call(&UploadImage::new("门店.png", &file).unwrap());
    let download = Download::builder().media_id(image.media_id).build();
    assert_eq!(client.call(&download).0, file);
    client.call(&UploadVideo::new("a.mp4", b"abc").unwrap());
}

fn seal(client: &impl Client, gateway: &Running) {
    let add = Add::builder()
        .appid("wx8888888888888888")
        .kind(Kind::PersonalOpenid)
        .account("oxTWIuGaIt6gTKsQRLau2M0yL16E")
        .encrypted_name("欧阳待证实")
        .relation_type(Relation::Distributor)
        .build();
    client.call(&add);
    let path = "/_gateway/receivers";
    let list = gateway.admin(Method::GET, path, &Value::Null).unwrap();
    assert_eq!(
        list["receivers"][0]["account"],
        "oxTWIuGaIt6gTKsQRLau2M0yL16E"
    );
}

fn read_bills(client: &impl Client, gateway: &Running) {
    let order = json!({ "sub_mchid": "1900000109", "total": 1_234 });
    let order = gateway
        .admin(Method::POST, "/_gateway/orders", &order)
        .unwrap();
    let ledger = gateway
        .admin(Method::GET, "/_gateway/ledger", &Value::Null)
        .unwrap();
    let last = ledger["entries"].as_array().unwrap().last().unwrap();
    let day = last["at"].as_str().unwrap().get(..10).unwrap();
    let ready = json!({ "advance_seconds": 34 * 3_600 });
    gateway
        .admin(Method::POST, "/_gateway/clock", &ready)
        .unwrap();
    for (tar_type, packing) in [(None, Packing::Plain), (Some(TarType::Gzip), Packing::Gzip)] {
        let asked = TradeBill::builder()
            .bill_date(day)
            .bill_type(BillType::Success)
            .maybe_tar_type(tar_type)
            .build();
        let file = client.call(&asked);
        assert!(file.download_url.starts_with(&gateway.base_url()));
        let answer = client.call(&file.download());
        let text = file.open(&answer, packing, 1 << 20).unwrap();
        let sheet = Sheet::read(&text).unwrap();
        sheet.check_summary().unwrap();
        let row = sheet.trade_rows().next().unwrap().unwrap();
        assert_eq!(row.transaction_id, order["transaction_id"]);
        assert_eq!(row.total, Some(Fen::new(1_234)));
    }
}

/// Refunds an order, and finds it in the encrypted bill of all sub-merchants.
fn refund(client: &impl Client, gateway: &Running) {
    let order = json!({ "sub_mchid": "1900000109", "total": 1_234 });
    let order = gateway
        .admin(Method::POST, "/_gateway/orders", &order)
        .unwrap();
    let amount = ApplyAmount::builder().refund(Fen::new(234));
    let apply = Apply::builder()
        .sub_mchid("1900000109")
        .sp_appid("wx8888888888888888")
        .transaction_id(order["transaction_id"].as_str().unwrap())
        .out_refund_no("R|1")
        .amount(amount.total(Fen::new(1_234)).build())
        .build();
    let applied = client.call(&apply);
    let day = applied.create_time.as_str().get(..10).unwrap();
    let ready = json!({ "advance_seconds": 34 * 3_600 });
    gateway
        .admin(Method::POST, "/_gateway/clock", &ready)
        .unwrap();
    let query = QueryByOutRefundNo::builder()
        .out_refund_no("R|1")
        .sub_mchid("1900000109")
        .build();
    let refund = client.call(&query);
    assert_eq!(refund.status, RefundStatus::Success);
    assert_eq!(refund.refund_id, applied.refund_id);
    let opener = Opener::from_pem(credentials::MERCHANT_KEY_PEM.as_bytes()).unwrap();
    for (tar_type, packing) in [(None, Packing::Plain), (Some(TarType::Gzip), Packing::Gzip)] {
        let asked = ecommerce::bill::FundFlowBill::builder().bill_date(day);
        let bills = client.call(&asked.maybe_tar_type(tar_type).build());
        let mut text = Vec::new();
        for part in bills.in_order().unwrap() {
            let file = client.call(&part.download());
            text.extend_from_slice(&part.open(&file, packing, 1 << 20, &opener).unwrap());
        }
        let sheet = Sheet::read(&text).unwrap();
        sheet.check_summary().unwrap();
        let last = sheet.fund_flow_rows().last().unwrap().unwrap();
        assert_eq!(last.business, Some("POST /v3/ecommerce/refunds/apply"));
        assert_eq!(last.direction, Direction::Expense);
        assert_eq!(last.amount, Fen::new(234));
    }
    let query = ecommerce::fund::QueryEndDayBalance::builder()
        .sub_mchid("1900000109")
        .date(day)
        .build();
    let end = client.call(&query);
    let query = ecommerce::fund::QueryBalance::builder().sub_mchid("1900000109");
    // Nothing happened since.
    assert_eq!(client.call(&query.build()), end);
}

#[test]
fn files_and_sealed_names_go_over_ureq() {
    let gateway = Gateway::start().unwrap();
    let client = over_ureq(&gateway);
    upload_and_download(&client);
    seal(&client, &gateway);
    read_bills(&client, &gateway);
}

#[test]
fn refunds_and_encrypted_bills_go_over_both() {
    let gateway = Gateway::start().unwrap();
    refund(&over_ureq(&gateway), &gateway);
    let gateway = Gateway::start().unwrap();
    refund(&over_hyper(&gateway), &gateway);
}

#[test]
fn files_and_sealed_names_go_over_hyper() {
    let gateway = Gateway::start().unwrap();
    let client = over_hyper(&gateway);
    upload_and_download(&client);
    seal(&client, &gateway);
    read_bills(&client, &gateway);
}
