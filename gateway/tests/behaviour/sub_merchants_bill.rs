//! The encrypted bill of all sub-merchants.

use std::collections::BTreeSet;

use serde_json::json;
use wechatpay_core::api::bill::{Packing, Sheet, TarType};
use wechatpay_core::api::ecommerce::bill::{EncryptedBills, FundFlowBill};
use wechatpay_core::{Fen, Opener};
use wechatpay_gateway::credentials;

use crate::bench::Bench;
use crate::bills::{DAY, HOUR, READY};
use crate::refunds::{accepted, apply};

const TARGET: &str = "/v3/ecommerce/bill/fundflowbill?bill_date=2025-11-21&account_type=ALL\
                      &algorithm=AEAD_AES_256_GCM";

fn opener() -> Opener {
    Opener::from_pem(credentials::MERCHANT_KEY_PEM.as_bytes()).unwrap()
}

fn ask(bench: &mut Bench, tar_type: Option<TarType>) -> EncryptedBills {
    let asked = FundFlowBill::builder().bill_date(DAY);
    let asked = asked.maybe_tar_type(tar_type).build();
    bench.call(&asked).unwrap()
}

/// Downloads and opens all parts.
pub(crate) fn open(bench: &mut Bench, bills: &EncryptedBills, packing: Packing) -> Vec<u8> {
    let mut whole = Vec::new();
    for part in bills.in_order().unwrap() {
        let file = bench.call(&part.download()).unwrap();
        let text = part.open(&file, packing, 1 << 20, &opener()).unwrap();
        whole.extend_from_slice(&text);
    }
    whole
}

pub(crate) fn whole_bill(bench: &mut Bench) -> Vec<u8> {
    let bills = ask(bench, None);
    open(bench, &bills, Packing::Plain)
}

#[test]
fn bill_lists_what_changed_the_accounts_of_all_sub_merchants() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({ "state": "paid" }));
    let elsewhere = json!({ "sub_mchid": "1900013401", "total": 5 });
    bench.advance(1);
    let request = http::Request::post("/_gateway/orders").body(elsewhere.to_string().into());
    let placed = bench.send(&request.unwrap());
    // Settling moves the money from one purse to another, and the account has what it had.
    let settle = Bench::order_path(&order) + "/settle";
    assert_eq!(
        bench.admin("POST", &settle, &serde_json::Value::Null).0,
        200
    );
    bench.advance(1);
    let refund = bench.signed(
        "POST",
        "/v3/ecommerce/refunds/apply",
        apply(&order, "R-1", 1_000, &json!({})).to_string(),
    );
    let refund = bench.send(&refund);
    assert_eq!(refund.status(), 200);
    bench.advance(READY);
    let [placed, refund] =
        [placed, refund].map(|r| r.headers()["request-id"].to_str().unwrap().to_owned());
    let bill = String::from_utf8(whole_bill(&mut bench)).unwrap();
    let lines: Vec<&str> = bill.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "\u{feff}二级商户号,记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号"
    );
    // The samples' orders, of 100 yuan each, are from 1970: they count, and are not listed.
    assert!(
        lines[1].starts_with("`1900000109,`2025-11-21 12:40:00,`")
            && lines[1].ends_with(
                ",`6100000000000000000000000004,`order paid,`buyers,`收入,`80.00,`280.00,`system,`,`"
            ),
        "{}",
        lines[1]
    );
    assert_eq!(
        lines[2..],
        [
            format!(
                "`1900013401,`2025-11-21 12:40:01,`{placed},`6100000000000000000000000005,`order paid,`buyers,`收入,`0.05,`100.05,`system,`,`"
            ),
            format!(
                "`1900000109,`2025-11-21 12:40:02,`{refund},`6100000000000000000000000006,`POST /v3/ecommerce/refunds/apply,`sub-merchant:1900000109:in-transit,`支出,`10.00,`270.00,`system,`,`"
            ),
            "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额".to_owned(),
            "`3,`2,`80.05,`1,`10.00".to_owned(),
            String::new(),
        ]
    );
}

#[test]
fn long_bill_comes_in_parts_each_with_a_key_of_its_own() {
    let mut bench = Bench::new();
    for _ in 0..201 {
        bench.order(&json!({ "total": 7 }));
    }
    bench.advance(READY);
    for (tar_type, packing) in [(None, Packing::Plain), (Some(TarType::Gzip), Packing::Gzip)] {
        let bills = ask(&mut bench, tar_type);
        assert_eq!(bills.download_bill_count, 3);
        let parts = bills.in_order().unwrap();
        let all = |name: fn(&&wechatpay_core::api::ecommerce::bill::EncryptedBill) -> String| {
            parts.iter().map(name).collect::<BTreeSet<_>>().len()
        };
        assert_eq!(all(|part| part.nonce.clone()), 3);
        assert_eq!(all(|part| part.download_url.clone()), 3);
        assert_eq!(all(|part| part.hash_value.clone()), 3);
        assert_eq!(all(|part| format!("{:?}", part.encrypt_key.as_sealed())), 3);
        // The key of another part opens nothing.
        let file = bench.call(&parts[1].download()).unwrap();
        assert!(parts[0].open(&file, packing, 1 << 20, &opener()).is_err());
        let text = open(&mut bench, &bills, packing);
        let sheet = Sheet::read(&text).unwrap();
        sheet.check_summary().unwrap();
        let rows = sheet.fund_flow_rows().map(|row| row.unwrap().amount);
        assert_eq!(rows.collect::<Vec<_>>(), vec![Fen::new(7); 201]);
    }
}

#[test]
fn part_is_a_file_of_bytes_for_five_minutes() {
    let mut bench = Bench::new();
    bench.order(&json!({}));
    bench.advance(READY);
    let bills = ask(&mut bench, None);
    let part = &bills.download_bill_list[0];
    assert_eq!(part.nonce.len(), 12);
    let target = part
        .download_url
        .strip_prefix("https://api.mch.weixin.qq.com");
    let target = target.unwrap().to_owned();
    let get = |bench: &mut Bench| {
        let request = bench.signed("GET", &target, "");
        bench.send(&request)
    };
    bench.advance(299);
    let response = get(&mut bench);
    assert_eq!(response.status(), 200);
    assert_eq!(
        response.headers()["content-type"],
        "application/octet-stream"
    );
    assert!(!response.headers().contains_key("wechatpay-signature"));
    let text = String::from_utf8_lossy(response.body()).into_owned();
    assert!(!text.contains("1900000109"), "it is encrypted");
    bench.advance(1);
    assert_eq!(get(&mut bench).status(), 400);
}

#[test]
fn quiet_day_has_no_parts() {
    let mut bench = Bench::new();
    bench.advance(READY);
    let bills = ask(&mut bench, None);
    assert_eq!(bills.download_bill_count, 0);
    assert_eq!(bills.in_order().unwrap(), Vec::<&_>::new());
}

#[test]
fn bill_is_there_in_the_morning_and_for_three_months() {
    let mut bench = Bench::new();
    let order = bench.order(&json!({}));
    accepted(&mut bench, &apply(&order, "R-1", 1, &json!({})));
    bench.refused(400, "INVALID_REQUEST", |b| b.get(TARGET));
    // 09:59:59 and 10:00:00.
    bench.advance(21 * HOUR + 20 * 60 - 1);
    bench.refused(400, "STATEMENT_CREATING", |b| b.get(TARGET));
    bench.advance(1);
    assert_eq!(bench.get(TARGET).0, 200);
    bench.advance(93 * 24 * HOUR);
    bench.refused(400, "INVALID_REQUEST", |b| b.get(TARGET));
}

#[test]
fn other_accounts_and_algorithms_are_refused() {
    let mut bench = Bench::new();
    bench.order(&json!({}));
    bench.advance(READY);
    for (from, to) in [
        ("ALL", "BASIC"),
        ("AEAD_AES_256_GCM", "SM4_GCM"),
        ("&account_type=ALL", ""),
        ("&algorithm=AEAD_AES_256_GCM", ""),
        ("2025-11-21", "2025-11-31"),
        ("ALL", "ALL&tar_type=ZIP"),
    ] {
        let target = TARGET.replace(from, to);
        bench.refused(400, "PARAM_ERROR", |b| b.get(&target));
    }
}
