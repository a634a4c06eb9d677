//! When bills are there, how long their address lasts, and what holds of all of them.

use http::HeaderValue;
use proptest::prelude::*;
use serde_json::{Value, json};
use wechatpay_core::Fen;
use wechatpay_core::api::bill::{
    AccountType, BillType, Direction, FundFlowBill, Packing, Sheet, TradeBill,
};

use crate::bench::{Bench, verify};
use crate::bills::{DAY, FLOW, HOUR, READY, TRADE, ask, download, refused, trade};

#[test]
fn bill_is_there_from_10_o_clock_of_the_next_day() {
    let mut bench = Bench::new();
    trade(&mut bench);
    // 13:40:02 of the day.
    let today = refused(&mut bench, "INVALID_REQUEST", TRADE);
    for words in [
        "2025-11-22T10:00:00+08:00",
        "2025-11-21T13:40:02+08:00",
        "/_gateway/clock",
    ] {
        assert!(today.contains(words), "{today}");
    }
    let tomorrow = "/v3/bill/tradebill?bill_date=2025-11-22";
    refused(&mut bench, "INVALID_REQUEST", tomorrow);
    refused(
        &mut bench,
        "INVALID_REQUEST",
        "/v3/bill/fundflowbill?bill_date=9999-12-30",
    );
    // To 23:59:59, 00:00:00, 09:59:59 and 10:00:00.
    bench.advance(10 * HOUR + 19 * 60 + 57);
    refused(&mut bench, "INVALID_REQUEST", TRADE);
    bench.advance(1);
    refused(&mut bench, "STATEMENT_CREATING", TRADE);
    bench.advance(10 * HOUR - 1);
    refused(&mut bench, "STATEMENT_CREATING", FLOW);
    bench.advance(1);
    ask(&mut bench, TRADE);
    refused(&mut bench, "INVALID_REQUEST", tomorrow);
    refused(
        &mut bench,
        "NO_STATEMENT_EXIST",
        "/v3/bill/tradebill?bill_date=2025-11-20",
    );
    // 92 days later, and a day more.
    bench.advance(92 * 24 * HOUR - 10 * HOUR - 1);
    ask(&mut bench, TRADE);
    bench.advance(1);
    let late = refused(&mut bench, "INVALID_REQUEST", TRADE);
    assert!(late.contains("three months"), "{late}");
}

#[test]
fn queries_are_read_strictly() {
    let mut bench = Bench::new();
    trade(&mut bench);
    bench.advance(READY);
    for path in ["/v3/bill/tradebill", "/v3/bill/fundflowbill"] {
        let dates = [
            "",
            "?bill_date=",
            "?bill_date=20251121",
            "?bill_date=2025-11-31",
            "?bill_date=2025-13-01",
            "?bill_date=2025-02-29",
            "?bill_date=0000-00-00",
            "?bill_date=1970-01-01",
            "?bill_date=9999-12-31",
            "?bill_date=2025-11-21T00",
            "?bill_date=%E4%BB%8A%E5%A4%A9",
            "?bill_date=2025-11-2%31%00",
        ];
        for query in dates {
            let target = format!("{path}{query}");
            let answer = bench.refused(400, "PARAM_ERROR", |b| b.get(&target));
            assert_eq!(answer["detail"]["field"], "bill_date", "{answer}");
        }
        for query in ["tar_type=ZIP", "tar_type=", "bill_date=2025-11-21"] {
            refused(
                &mut bench,
                "PARAM_ERROR",
                &format!("{path}?bill_date={DAY}&{query}"),
            );
        }
    }
    refused(
        &mut bench,
        "PARAM_ERROR",
        &format!("{TRADE}&bill_type=REVOKED"),
    );
    refused(
        &mut bench,
        "PARAM_ERROR",
        &format!("{TRADE}&sub_mchid={}", "1".repeat(33)),
    );
    refused(
        &mut bench,
        "PARAM_ERROR",
        &format!("{FLOW}&account_type=SAVINGS"),
    );
}

#[test]
fn address_lasts_for_30_seconds_and_for_64_bills() {
    let mut bench = Bench::new();
    trade(&mut bench);
    bench.advance(READY);
    let file = ask(&mut bench, TRADE);
    let once = download(&mut bench, &file);
    bench.advance(29);
    assert_eq!(download(&mut bench, &file).body(), once.body());
    bench.advance(1);
    let late = download(&mut bench, &file);
    assert_eq!(late.status(), 400);
    verify(&bench.keys, late.headers(), late.body()).unwrap();
    let late: Value = serde_json::from_slice(late.body()).unwrap();
    assert_eq!(late["code"], "INVALID_REQUEST");
    let token = file.download_url.split_once("token=").unwrap().1;
    assert!(!late.to_string().contains(token));
    for query in [
        "",
        "?",
        "?token=",
        "?token=x",
        "?token",
        "?other=x",
        "?token=%00",
    ] {
        refused(
            &mut bench,
            "INVALID_REQUEST",
            &format!("/v3/billdownload/file{query}"),
        );
    }
    let doubled = format!("/v3/billdownload/file?token={token}&token={token}");
    refused(&mut bench, "PARAM_ERROR", &doubled);
    let files: Vec<_> = (0..65).map(|_| ask(&mut bench, TRADE)).collect();
    assert_eq!(download(&mut bench, &files[0]).status(), 400);
    assert_eq!(download(&mut bench, &files[1]).status(), 200);
    bench.admin("POST", "/_gateway/reset", &Value::Null);
    assert_eq!(download(&mut bench, &files[1]).status(), 400);
}

#[test]
fn download_is_signed_by_the_merchant() {
    let mut bench = Bench::new();
    trade(&mut bench);
    bench.advance(READY);
    let file = ask(&mut bench, TRADE);
    let target = file
        .download_url
        .strip_prefix("https://api.mch.weixin.qq.com")
        .unwrap();
    let mut request = bench.signed("GET", target, "");
    request.headers_mut().remove("authorization");
    bench.refused(401, "SIGN_ERROR", |b| b.ask(&request));
    let mut request = bench.signed("GET", "/v3/billdownload/file", "");
    *request.uri_mut() = target.parse().unwrap();
    bench.refused(401, "SIGN_ERROR", |b| b.ask(&request));
}

#[test]
fn address_is_where_the_request_found_the_gateway() {
    let mut bench = Bench::new();
    trade(&mut bench);
    bench.advance(READY);
    let hosts = [
        (
            "127.0.0.1:8080",
            "http://127.0.0.1:8080/v3/billdownload/file?token=",
        ),
        (
            "gateway.test",
            "http://gateway.test/v3/billdownload/file?token=",
        ),
        (
            "not a host/",
            "https://api.mch.weixin.qq.com/v3/billdownload/file?token=",
        ),
    ];
    for (host, start) in hosts {
        let mut request = bench.signed("GET", TRADE, "");
        request
            .headers_mut()
            .insert("host", HeaderValue::from_static(host));
        let (status, answer) = bench.ask(&request);
        assert_eq!(status, 200);
        let url = answer["download_url"].as_str().unwrap();
        assert!(url.starts_with(start), "{url}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever happens on a day, its bills read, sum up, and say what the ledger says.
    #[test]
    fn bills_agree_with_the_ledger(
        steps in prop::collection::vec((0_u8..4, 1_i64..100_000, 0_u64..8_000), 1..20),
    ) {
        let mut bench = Bench::new();
        let mut orders = vec![bench.order(&json!({}))];
        for (step, amount, wait) in steps {
            bench.advance(wait);
            let last = orders.last().unwrap().clone();
            match step {
                0 => orders.push(bench.order(&json!({ "total": amount, "subsidy_amount": 9 }))),
                1 => {
                    // May be more than is left.
                    let refund = json!({ "amount": amount % 5_000 });
                    bench.admin("POST", &(Bench::order_path(&last) + "/refunds"), &refund);
                }
                2 => {
                    let create = json!({
                        "sub_mchid": "1900000109", "transaction_id": last, "amount": 9,
                        "description": "d",
                    });
                    bench.post("/v3/ecommerce/subsidies/create", &create);
                }
                _ => bench.set_balance("platform:operation", amount),
            }
        }
        let ledger = bench.ledger();
        bench.advance(READY);
        let moved = |account: &str| {
            let transfers = ledger["entries"].as_array().unwrap().iter()
                .filter(|entry| entry["at"].as_str().unwrap().starts_with(DAY))
                .flat_map(|entry| entry["transfers"].as_array().unwrap());
            let (mut to, mut from) = (0, 0);
            for transfer in transfers {
                let amount = transfer["amount"].as_i64().unwrap();
                to += if transfer["to"] == account { amount } else { 0 };
                from += if transfer["from"] == account { amount } else { 0 };
            }
            (Fen::new(to), Fen::new(from))
        };

        let asked = TradeBill::builder().bill_date(DAY).bill_type(BillType::All).build();
        let file = bench.call(&asked).unwrap();
        let answer = bench.call(&file.download()).unwrap();
        let text = file.open(&answer, Packing::Plain, 1 << 20).unwrap();
        let sheet = Sheet::read(&text).unwrap();
        sheet.check_summary().unwrap();
        let rows: Vec<_> = sheet.trade_rows().map(Result::unwrap).collect();
        let paid = Fen::checked_sum(rows.iter().filter_map(|row| row.total)).unwrap();
        let back = Fen::checked_sum(rows.iter().filter_map(|row| row.refund)).unwrap();
        prop_assert_eq!((back, paid), moved("buyers"));
        prop_assert!(rows.iter().all(|row| row.time.starts_with(DAY)));
        prop_assert!(rows.is_sorted_by_key(|row| row.time));

        let operation = AccountType::Operation;
        let asked = FundFlowBill::builder().bill_date(DAY).account_type(operation).build();
        let (to, from) = moved("platform:operation");
        if let Ok(file) = bench.call(&asked) {
            let answer = bench.call(&file.download()).unwrap();
            let text = file.open(&answer, Packing::Plain, 1 << 20).unwrap();
            let sheet = Sheet::read(&text).unwrap();
            sheet.check_summary().unwrap();
            let rows: Vec<_> = sheet.fund_flow_rows().map(Result::unwrap).collect();
            let sum = |way| {
                let rows = rows.iter().filter(|row| row.direction == way);
                Fen::checked_sum(rows.map(|row| row.amount)).unwrap()
            };
            prop_assert_eq!((sum(Direction::Income), sum(Direction::Expense)), (to, from));
        } else {
            prop_assert_eq!((to, from), (Fen::ZERO, Fen::ZERO));
        }
    }
}
