//! Bills: when they are there, what they hold, and how long their address lasts.

use bytes::Bytes;
use http::{HeaderValue, Response};
use proptest::prelude::*;
use serde_json::{Value, json};
use wechatpay_core::Fen;
use wechatpay_core::api::bill::{
    AccountType, BillFile, BillType, Direction, FundFlowBill, Packing, Sheet, TarType, TradeBill,
};

use crate::bench::{Bench, verify};

const TRADE: &str = "/v3/bill/tradebill?bill_date=2025-11-21";
const FLOW: &str = "/v3/bill/fundflowbill?bill_date=2025-11-21";
/// The day of `bench::NOW`.
const DAY: &str = "2025-11-21";
const HOUR: u64 = 3_600;

/// From any time of a day to where its bill is there.
const READY: u64 = 34 * HOUR;

fn ask(bench: &mut Bench, target: &str) -> BillFile {
    let (status, answer) = bench.get(target);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["hash_type"], "SHA1");
    serde_json::from_value(answer).unwrap()
}

/// Downloads a file from an address that names the platform's host.
fn download(bench: &mut Bench, file: &BillFile) -> Response<Bytes> {
    let target = file
        .download_url
        .strip_prefix("https://api.mch.weixin.qq.com");
    let request = bench.signed("GET", target.unwrap(), "");
    bench.send(&request)
}

fn refused(bench: &mut Bench, code: &str, target: &str) -> String {
    let answer = bench.refused(400, code, |b| b.get(target));
    answer["message"].as_str().unwrap().to_owned()
}

/// An order with two refunds, and another, of another sub-merchant, an hour later.
fn trade(bench: &mut Bench) {
    let order = json!({
        "sub_mchid": "1900000109", "total": 199_900, "transaction_id": "4200000001",
        "subsidy_amount": 500,
    });
    assert_eq!(bench.admin("POST", "/_gateway/orders", &order).0, 201);
    for (id, amount) in [("5000000002", 1), ("5000000001", 10_000)] {
        bench.advance(1);
        let refund = json!({ "refund_id": id, "amount": amount });
        let path = Bench::order_path("4200000001") + "/refunds";
        assert_eq!(bench.admin("POST", &path, &refund).0, 201);
    }
    bench.advance(HOUR);
    let order = json!({ "sub_mchid": "1900013401", "total": 5, "transaction_id": "42,00`00002" });
    assert_eq!(bench.admin("POST", "/_gateway/orders", &order).0, 201);
}

const COLUMNS: &str = "\u{feff}交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n";
const PAID: &str = "`2025-11-21 12:40:00,`,`1900001109,`1900000109,`,`4200000001,`P4200000001,`,`JSAPI,`SUCCESS,`OTHERS,`CNY,`1999.00,`0.00,`0,`0,`0.00,`0.00,`,`,`,`,`0.00000,`0.00%,`1999.00,`0.00,`\r\n";
const REFUNDED: &str = "`2025-11-21 12:40:01,`,`1900001109,`1900000109,`,`4200000001,`P4200000001,`,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5000000002,`R5000000002,`0.01,`0.00,`ORIGINAL,`SUCCESS,`,`,`0.00000,`0.00%,`0.00,`0.01,`\r\n";
const REFUNDED_LATER: &str = "`2025-11-21 12:40:02,`,`1900001109,`1900000109,`,`4200000001,`P4200000001,`,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5000000001,`R5000000001,`100.00,`0.00,`ORIGINAL,`SUCCESS,`,`,`0.00000,`0.00%,`0.00,`100.00,`\r\n";
/// A comma does not end a value, and a back-tick is left out.
const PAID_ELSEWHERE: &str = "`2025-11-21 13:40:02,`,`1900001109,`1900013401,`,`42,0000002,`P42,0000002,`,`JSAPI,`SUCCESS,`OTHERS,`CNY,`0.05,`0.00,`0,`0,`0.00,`0.00,`,`,`,`,`0.00000,`0.00%,`0.05,`0.00,`\r\n";
const NAMES: &str = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n";

#[test]
fn trade_bill_lists_payments_and_refunds_of_the_day() {
    let mut bench = Bench::new();
    trade(&mut bench);
    bench.advance(READY);
    let file = ask(&mut bench, TRADE);
    let response = download(&mut bench, &file);
    assert_eq!(response.status(), 200);
    let expected = [
        COLUMNS,
        PAID,
        REFUNDED,
        REFUNDED_LATER,
        PAID_ELSEWHERE,
        NAMES,
        "`4,`1999.05,`100.01,`0.00,`0.00000,`1999.05,`100.01\r\n",
    ];
    let expected = expected.concat();
    assert_eq!(std::str::from_utf8(response.body()).unwrap(), expected);
    // `sha1sum` of the text above.
    assert_eq!(file.hash_value, "ea35e4cdaa4dd43ac95b8c250320554bed757d4c");
    assert_eq!(
        response.headers()["content-type"],
        "text/csv; charset=utf-8"
    );
    for name in [
        "signature",
        "timestamp",
        "nonce",
        "serial",
        "signature-type",
    ] {
        assert!(
            !response.headers().contains_key(format!("wechatpay-{name}")),
            "{name}"
        );
    }
}

#[test]
fn trade_bill_is_of_one_kind_and_one_sub_merchant() {
    let mut bench = Bench::new();
    trade(&mut bench);
    bench.advance(READY);
    let cases = [
        (
            "&bill_type=ALL&sub_mchid=1900013401",
            vec![PAID_ELSEWHERE],
            "`1,`0.05,`0.00,`0.00,`0.00000,`0.05,`0.00\r\n",
        ),
        (
            "&bill_type=SUCCESS",
            vec![PAID, PAID_ELSEWHERE],
            "`2,`1999.05,`0.00,`0.00,`0.00000,`1999.05,`0.00\r\n",
        ),
        (
            "&bill_type=REFUND",
            vec![REFUNDED, REFUNDED_LATER],
            "`2,`0.00,`100.01,`0.00,`0.00000,`0.00,`100.01\r\n",
        ),
    ];
    for (query, rows, sums) in cases {
        let file = ask(&mut bench, &format!("{TRADE}{query}"));
        let response = download(&mut bench, &file);
        let expected = [COLUMNS, &rows.concat(), NAMES, sums].concat();
        assert_eq!(
            std::str::from_utf8(response.body()).unwrap(),
            expected,
            "{query}"
        );
    }
    for query in [
        "&bill_type=RECHARGE_REFUND",
        "&sub_mchid=1",
        "&bill_type=REFUND&sub_mchid=1900013401",
    ] {
        refused(&mut bench, "NO_STATEMENT_EXIST", &format!("{TRADE}{query}"));
    }
}

#[test]
fn fund_flow_bill_lists_what_moved_on_an_account() {
    let mut bench = Bench::new();
    trade(&mut bench);
    let create = json!({
        "sub_mchid": "1900000109", "transaction_id": "4200000001", "amount": 123,
        "description": "d", "out_subsidy_no": "S-1", "refund_id": "5000000001",
    });
    let created = bench.signed("POST", "/v3/ecommerce/subsidies/create", create.to_string());
    let created = bench.send(&created);
    assert_eq!(created.status(), 200);
    let fee = json!({
        "sub_mchid": "1900000109", "transaction_id": "4200000001", "amount": 77,
        "type": "SERVICE_FEE_INCOME", "scene": "RETURN_GOODS", "refund_id": "5000000001",
    });
    let taken = bench.signed(
        "POST",
        "/v3/ecommerce/profitsharing/after-sales-orders",
        fee.to_string(),
    );
    let taken = bench.send(&taken);
    assert_eq!(taken.status(), 200);
    bench.advance(24 * HOUR);
    bench.set_balance("platform:operation", 5);
    bench.advance(READY);
    let ids = [created, taken].map(|r| r.headers()["request-id"].to_str().unwrap().to_owned());
    let [created, taken] = ids;
    let head = "\u{feff}记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n";
    let names = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n";
    let operation = format!(
        "{head}`2025-11-21 13:40:02,`{created},`6000000000000000000000000002,`POST /v3/ecommerce/subsidies/create,`sub-merchant:1900000109:available,`支出,`1.23,`9998.77,`system,`,`\r\n{names}`1,`0,`0.00,`1,`1.23\r\n"
    );
    let income = format!(
        "{head}`2025-11-21 13:40:12,`{taken},`6000000000000000000000000001,`after-sales order finished,`sub-merchant:1900000109:in-transit,`收入,`0.77,`0.77,`system,`,`\r\n{names}`1,`1,`0.77,`0,`0.00\r\n"
    );
    for (query, expected) in [
        ("&account_type=OPERATION", &operation),
        ("&account_type=BASIC", &income),
        ("", &income),
    ] {
        let file = ask(&mut bench, &format!("{FLOW}{query}"));
        let response = download(&mut bench, &file);
        assert_eq!(
            std::str::from_utf8(response.body()).unwrap(),
            expected,
            "{query}"
        );
    }
    refused(
        &mut bench,
        "NO_STATEMENT_EXIST",
        &format!("{FLOW}&account_type=FEES"),
    );
    let next = ask(
        &mut bench,
        "/v3/bill/fundflowbill?bill_date=2025-11-22&account_type=OPERATION",
    );
    let response = download(&mut bench, &next);
    let text = std::str::from_utf8(response.body()).unwrap();
    assert!(
        text.contains("`balance set,`world,`支出,`9998.72,`0.05,"),
        "{text}"
    );
}

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
fn days_begin_in_china() {
    let mut bench = Bench::new();
    // From 12:40:00 to 23:59:59 and 00:00:00.
    bench.advance(11 * HOUR + 19 * 60 + 59);
    bench.order(&json!({ "transaction_id": "LATE" }));
    bench.advance(1);
    bench.order(&json!({ "transaction_id": "EARLY" }));
    bench.advance(READY);
    for (day, here, not_here) in [(DAY, "LATE", "EARLY"), ("2025-11-22", "EARLY", "LATE")] {
        let file = ask(&mut bench, &format!("/v3/bill/tradebill?bill_date={day}"));
        let response = download(&mut bench, &file);
        let text = std::str::from_utf8(response.body()).unwrap();
        assert!(
            text.contains(here) && !text.contains(not_here),
            "{day}: {text}"
        );
    }
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
fn gzip_unpacks_to_the_same_text() {
    let mut bench = Bench::new();
    trade(&mut bench);
    bench.advance(READY);
    let plain = ask(&mut bench, TRADE);
    let packed = ask(&mut bench, &format!("{TRADE}&tar_type=GZIP"));
    assert_eq!(plain.hash_value, packed.hash_value);
    let response = download(&mut bench, &packed);
    assert_eq!(response.headers()["content-type"], "application/gzip");
    assert!(!response.headers().contains_key("content-encoding"));
    assert!(response.body().starts_with(&[0x1F, 0x8B, 8]));
    let asked = TradeBill::builder()
        .bill_date(DAY)
        .tar_type(TarType::Gzip)
        .build();
    let file = bench.call(&asked).unwrap();
    let answer = bench.call(&file.download()).unwrap();
    let text = file.open(&answer, Packing::Gzip, 1 << 20).unwrap();
    assert_eq!(text, download(&mut bench, &plain).body());
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
