//! Bills: what they hold.

use bytes::Bytes;
use http::Response;
use serde_json::json;
use wechatpay_core::api::bill::{BillFile, Packing, TarType, TradeBill};

use crate::bench::Bench;

pub(crate) const TRADE: &str = "/v3/bill/tradebill?bill_date=2025-11-21";
pub(crate) const FLOW: &str = "/v3/bill/fundflowbill?bill_date=2025-11-21";
/// The day of `bench::NOW`.
pub(crate) const DAY: &str = "2025-11-21";
pub(crate) const HOUR: u64 = 3_600;

/// From any time of a day to where its bill is there.
pub(crate) const READY: u64 = 34 * HOUR;

pub(crate) fn ask(bench: &mut Bench, target: &str) -> BillFile {
    let (status, answer) = bench.get(target);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["hash_type"], "SHA1");
    serde_json::from_value(answer).unwrap()
}

/// Downloads a file from an address that names the platform's host.
pub(crate) fn download(bench: &mut Bench, file: &BillFile) -> Response<Bytes> {
    let target = file
        .download_url
        .strip_prefix("https://api.mch.weixin.qq.com");
    let request = bench.signed("GET", target.unwrap(), "");
    bench.send(&request)
}

pub(crate) fn refused(bench: &mut Bench, code: &str, target: &str) -> String {
    let answer = bench.refused(400, code, |b| b.get(target));
    answer["message"].as_str().unwrap().to_owned()
}

/// An order with two refunds, and another, of another sub-merchant, an hour later.
pub(crate) fn trade(bench: &mut Bench) {
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
