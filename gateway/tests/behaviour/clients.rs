//! Uploads, sealed fields and bills by both transports, over a socket.

use http::Method;
use serde_json::{Value, json};
use wechatpay_core::api::bill::{BillType, Direction, Packing, Sheet, TarType, TradeBill};
use wechatpay_core::api::ecommerce;
use wechatpay_core::api::ecommerce::profitsharing::receivers::{Add, Kind, Relation};
use wechatpay_core::api::ecommerce::refunds::{
    Apply, ApplyAmount, QueryByOutRefundNo, RefundStatus,
};
use wechatpay_core::api::merchant::media::{UploadImage, UploadVideo};
use wechatpay_core::api::merchant_service::images::Download;
use wechatpay_core::{Fen, Opener, Policy};
use wechatpay_gateway::{Gateway, Running, credentials};

use crate::both::{Client, Transport};

pub(crate) fn over_ureq(gateway: &Running) -> Client {
    Transport::Ureq.to_gateway(gateway, Policy::default())
}

pub(crate) fn over_hyper(gateway: &Running) -> Client {
    Transport::Hyper.to_gateway(gateway, Policy::default())
}

fn upload_and_download(client: &Client) {
    // More than any other request may have.
    let file: Vec<u8> = (0..=255).cycle().take(3 << 19).collect();
    let image = client.answer(&UploadImage::new("门店.png", &file).unwrap());
    let download = Download::builder().media_id(image.media_id).build();
    assert_eq!(client.answer(&download).0, file);
    client.answer(&UploadVideo::new("a.mp4", b"abc").unwrap());
}

fn seal(client: &Client, gateway: &Running) {
    let add = Add::builder()
        .appid("wx8888888888888888")
        .kind(Kind::PersonalOpenid)
        .account("oxTWIuGaIt6gTKsQRLau2M0yL16E")
        .encrypted_name("欧阳待证实")
        .relation_type(Relation::Distributor)
        .build();
    client.answer(&add);
    let path = "/_gateway/receivers";
    let list = gateway.admin(Method::GET, path, &Value::Null).unwrap();
    assert_eq!(
        list["receivers"][0]["account"],
        "oxTWIuGaIt6gTKsQRLau2M0yL16E"
    );
}

fn read_bills(client: &Client, gateway: &Running) {
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
        let file = client.answer(&asked);
        assert!(file.download_url.starts_with(&gateway.base_url()));
        let answer = client.answer(&file.download());
        let text = file.open(&answer, packing, 1 << 20).unwrap();
        let sheet = Sheet::read(&text).unwrap();
        sheet.check_summary().unwrap();
        let row = sheet.trade_rows().next().unwrap().unwrap();
        assert_eq!(row.transaction_id, order["transaction_id"]);
        assert_eq!(row.total, Some(Fen::new(1_234)));
    }
}

/// Refunds an order, and finds it in the encrypted bill of all sub-merchants.
fn refund(client: &Client, gateway: &Running) {
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
    let applied = client.answer(&apply);
    let day = applied.create_time.as_str().get(..10).unwrap();
    let ready = json!({ "advance_seconds": 34 * 3_600 });
    gateway
        .admin(Method::POST, "/_gateway/clock", &ready)
        .unwrap();
    let query = QueryByOutRefundNo::builder()
        .out_refund_no("R|1")
        .sub_mchid("1900000109")
        .build();
    let refund = client.answer(&query);
    assert_eq!(refund.status, RefundStatus::Success);
    assert_eq!(refund.refund_id, applied.refund_id);
    let opener = Opener::from_pem(credentials::MERCHANT_KEY_PEM.as_bytes()).unwrap();
    for (tar_type, packing) in [(None, Packing::Plain), (Some(TarType::Gzip), Packing::Gzip)] {
        let asked = ecommerce::bill::FundFlowBill::builder().bill_date(day);
        let bills = client.answer(&asked.maybe_tar_type(tar_type).build());
        let mut text = Vec::new();
        for part in bills.in_order().unwrap() {
            let file = client.answer(&part.download());
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
    let end = client.answer(&query);
    let query = ecommerce::fund::QueryBalance::builder().sub_mchid("1900000109");
    // Nothing happened since.
    assert_eq!(client.answer(&query.build()), end);
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
