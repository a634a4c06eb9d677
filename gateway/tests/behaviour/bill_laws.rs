//! Whatever a day brings: its bills and balances say what the ledger says, to the fen.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use wechatpay_core::Fen;
use wechatpay_core::api::bill::{Direction, FundFlowRow, Sheet};

use crate::bench::Bench;
use crate::bills::{DAY, FLOW, READY, TRADE, ask, download};
use crate::refunds::APPLY;
use crate::sub_merchants_bill::whole_bill;

const SUB_MERCHANTS: [&str; 2] = ["1900000109", "1900013401"];

#[derive(Clone, Copy, Debug)]
enum Deed {
    Order,
    Apply,
    Refund,
    Subsidise,
    TakeSubsidyBack,
    TakeFee,
    Settle,
    Payer,
    Close,
    SendElsewhere,
    TakeAdvanceBack,
    SetBalance,
    Wait,
}

/// What is done, with numbers that it is done with.
type Step = (Deed, i64, usize);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    use Deed::*;
    let deed = prop::sample::select(vec![
        Order,
        Order,
        Order,
        Apply,
        Apply,
        Apply,
        Apply,
        Refund,
        Subsidise,
        Subsidise,
        TakeSubsidyBack,
        TakeFee,
        Settle,
        Payer,
        Close,
        SendElsewhere,
        TakeAdvanceBack,
        SetBalance,
        Wait,
        Wait,
        Wait,
    ]);
    prop::collection::vec((deed, 1..900_i64, 0..12_usize), 1..60)
}

/// A day in the making: the orders and the refunds so far.
#[derive(Default)]
struct Made {
    orders: Vec<(String, String)>,
    refunds: Vec<(usize, String)>,
}

fn play(bench: &mut Bench, made: &mut Made, (deed, amount, pick): Step) {
    let (status, answer) = match deed {
        Deed::Order => {
            let sub_mchid = SUB_MERCHANTS[pick % 2];
            let order = json!({
                "sub_mchid": sub_mchid, "total": amount * 3, "subsidy_amount": 50,
                "state": if pick < 4 { "paid" } else { "settled" },
                "profit_sharing": pick > 8,
            });
            let placed = bench.admin("POST", "/_gateway/orders", &order);
            let id = placed.1["transaction_id"].as_str().unwrap().to_owned();
            made.orders.push((sub_mchid.to_owned(), id));
            placed
        }
        Deed::SetBalance => {
            let accounts = ["platform:operation", "sub-merchant:1900000109:available"];
            let body = json!({ "account": accounts[pick % 2], "balance": amount });
            bench.admin("PUT", "/_gateway/balances", &body)
        }
        // 39 seconds to 10 hours.
        Deed::Wait => return bench.advance(amount.unsigned_abs() * 39),
        _ => match made.orders.len() {
            0 => return,
            orders => on_order(bench, made, (deed, amount, pick), pick % orders),
        },
    };
    assert!(
        matches!(status, 200 | 201 | 400 | 403 | 404 | 409),
        "{answer}"
    );
}

fn on_order(
    bench: &mut Bench,
    made: &mut Made,
    (deed, amount, pick): Step,
    order: usize,
) -> (u16, Value) {
    let (sub_mchid, id) = made.orders[order].clone();
    let path = format!("/_gateway/orders/{sub_mchid}/{id}");
    let view = bench.admin("GET", &path, &Value::Null).1;
    match deed {
        Deed::Apply => {
            let source = if pick % 3 == 0 {
                "PARTNER_ADVANCE"
            } else {
                "SUB_MERCHANT"
            };
            let number = format!("R-{}", made.refunds.len());
            let body = json!({
                "sub_mchid": sub_mchid, "sp_appid": "wx8888888888888888", "transaction_id": id,
                "out_refund_no": number, "refund_account": format!("REFUND_SOURCE_{source}"),
                "amount": { "refund": amount.min(view["total"].as_i64().unwrap()),
                            "total": view["total"] },
            });
            let answer = bench.post(APPLY, &body);
            let refund = answer.1["refund_id"].as_str();
            made.refunds.extend(refund.map(|id| (order, id.to_owned())));
            return answer;
        }
        Deed::Refund => {
            let answer = bench.admin("POST", &(path + "/refunds"), &json!({ "amount": amount }));
            let refund = answer.1["refund_id"].as_str();
            made.refunds.extend(refund.map(|id| (order, id.to_owned())));
            return answer;
        }
        Deed::Subsidise => {
            let body = json!({
                "sub_mchid": sub_mchid, "transaction_id": id, "amount": 50, "description": "d",
            });
            return bench.post("/v3/ecommerce/subsidies/create", &body);
        }
        Deed::Settle => return bench.admin("POST", &(path + "/settle"), &Value::Null),
        Deed::Payer => {
            let account = if pick % 2 == 0 { "abnormal" } else { "normal" };
            return bench.admin(
                "PUT",
                &(path + "/payer"),
                &json!({ "payer_account": account }),
            );
        }
        _ => {}
    }
    let Some((order, refund)) = made.refunds.last() else {
        return (200, Value::Null);
    };
    let (sub_mchid, id) = &made.orders[*order];
    let refunds = format!("/v3/ecommerce/refunds/{refund}");
    match deed {
        Deed::TakeSubsidyBack => {
            let body = json!({
                "sub_mchid": sub_mchid, "out_order_no": amount.to_string(), "transaction_id": id,
                "refund_id": refund, "amount": amount % 60 + 1, "description": "d",
            });
            bench.post("/v3/ecommerce/subsidies/return", &body)
        }
        Deed::TakeFee => {
            let body = json!({
                "sub_mchid": sub_mchid, "transaction_id": id, "amount": amount,
                "type": "SERVICE_FEE_INCOME", "scene": "RETURN_GOODS", "refund_id": refund,
            });
            bench.post("/v3/ecommerce/profitsharing/after-sales-orders", &body)
        }
        Deed::Close => {
            let path = format!("/_gateway/orders/{sub_mchid}/{id}/refunds/{refund}/close");
            bench.admin("POST", &path, &Value::Null)
        }
        Deed::SendElsewhere => {
            let number = format!("R-{}", made.refunds.len() - 1);
            let body = json!({
                "sub_mchid": sub_mchid, "out_refund_no": number, "type": "MERCHANT_BANK_CARD",
            });
            bench.post(&(refunds + "/apply-abnormal-refund"), &body)
        }
        _ => bench.post(
            &(refunds + "/return-advance"),
            &json!({ "sub_mchid": sub_mchid }),
        ),
    }
}

/// What the ledger's transfers come to, by this test's own sums.
struct Books {
    /// (operation, from, to, amount) of the day.
    day: Vec<(String, String, String, i64)>,
    /// What each account held when the day was over.
    balances: BTreeMap<String, i64>,
}

impl Books {
    fn read(ledger: &Value) -> Self {
        let mut books = Self {
            day: Vec::new(),
            balances: BTreeMap::new(),
        };
        for entry in ledger["entries"].as_array().unwrap() {
            let at = entry["at"].as_str().unwrap().get(..10).unwrap();
            for transfer in entry["transfers"].as_array().unwrap() {
                let text = |name: &str| transfer[name].as_str().unwrap().to_owned();
                let (from, to) = (text("from"), text("to"));
                let amount = transfer["amount"].as_i64().unwrap();
                if at <= DAY {
                    *books.balances.entry(from.clone()).or_default() -= amount;
                    *books.balances.entry(to.clone()).or_default() += amount;
                }
                if at == DAY {
                    let operation = entry["operation"].as_str().unwrap().to_owned();
                    books.day.push((operation, from, to, amount));
                }
            }
        }
        books
    }

    fn of(&self, operations: &[&str]) -> i64 {
        let here = self
            .day
            .iter()
            .filter(|(name, ..)| operations.contains(&name.as_str()));
        here.map(|(.., amount)| amount).sum()
    }

    /// What came and went on the accounts of one owner; between them nothing comes or goes.
    fn flows(&self, is_own: impl Fn(&str) -> bool) -> (i64, i64) {
        let sum = |way: fn(bool, bool) -> bool| {
            let here = self
                .day
                .iter()
                .filter(|(_, from, to, _)| way(is_own(from), is_own(to)));
            here.map(|(.., amount)| amount).sum()
        };
        (sum(|from, to| !from && to), sum(|from, to| from && !to))
    }
}

fn is_basic(sub_mchid: &str, account: &str) -> bool {
    let purse = account.strip_prefix(&format!("sub-merchant:{sub_mchid}:"));
    matches!(purse, Some("available" | "unsettled" | "frozen"))
}

fn sums<'a>(rows: impl Iterator<Item = FundFlowRow<'a>>) -> (i64, i64) {
    let (mut came, mut went) = (0, 0);
    for row in rows {
        match row.direction {
            Direction::Income => came += row.amount.get(),
            _ => went += row.amount.get(),
        }
    }
    (came, went)
}

/// The text of a bill; none where the day has none.
fn bill(bench: &mut Bench, target: &str) -> Option<String> {
    let (status, answer) = bench.get(target);
    if status == 400 {
        assert_eq!(answer["code"], "NO_STATEMENT_EXIST");
        return None;
    }
    let file = ask(bench, target);
    let response = download(bench, &file);
    Some(String::from_utf8(response.body().to_vec()).unwrap())
}

fn trade_bill_agrees(bench: &mut Bench, books: &Books) {
    let Some(text) = bill(bench, TRADE) else {
        assert_eq!(books.of(&["order paid"]), 0);
        return;
    };
    let sheet = Sheet::read(text.as_bytes()).unwrap();
    sheet.check_summary().unwrap();
    let sum = |name| sheet.summary().amount(name).unwrap().map(Fen::get);
    assert_eq!(sum("订单总金额"), Some(books.of(&["order paid"])));
    let apply = "POST /v3/ecommerce/refunds/apply";
    assert_eq!(
        sum("退款总金额"),
        Some(books.of(&["order refunded", apply]))
    );
    let by_state = |state: &str| {
        let rows = sheet.trade_rows().map(|row| row.unwrap());
        let rows = rows.filter(|row| row.refund_state == Some(state));
        rows.map(|row| row.refund.unwrap().get()).sum::<i64>()
    };
    let arrived = books.of(&["order refunded", "refund arrived"]);
    assert_eq!(by_state("SUCCESS"), arrived);
    assert_eq!(by_state("CLOSED"), books.of(&["refund closed"]));
    let waiting = by_state("PROCESSING") + by_state("ABNORMAL");
    let fees = books.of(&["POST /v3/ecommerce/profitsharing/after-sales-orders"])
        - books.of(&["after-sales order finished"]);
    let transit = books
        .balances
        .iter()
        .filter(|(account, _)| account.ends_with(":in-transit"));
    assert_eq!(waiting + fees, transit.map(|(_, held)| held).sum::<i64>());
}

fn own_bills_agree(bench: &mut Bench, books: &Books) {
    for (name, account) in [
        ("BASIC", "platform:income"),
        ("OPERATION", "platform:operation"),
    ] {
        let expected = books.flows(|other| other == account);
        let Some(text) = bill(bench, &format!("{FLOW}&account_type={name}")) else {
            assert_eq!(expected, (0, 0), "{name}");
            continue;
        };
        let sheet = Sheet::read(text.as_bytes()).unwrap();
        sheet.check_summary().unwrap();
        assert_eq!(
            sums(sheet.fund_flow_rows().map(|row| row.unwrap())),
            expected,
            "{name}"
        );
        let last = sheet.fund_flow_rows().last().unwrap().unwrap();
        let held = books.balances.get(account).copied().map(Fen::new);
        assert_eq!(last.balance, held, "{name}");
    }
}

fn sub_merchants_agree(bench: &mut Bench, books: &Books) {
    let text = whole_bill(bench);
    let sheet = (!text.is_empty()).then(|| Sheet::read(&text).unwrap());
    if let Some(sheet) = &sheet {
        sheet.check_summary().unwrap();
    }
    for sub_mchid in SUB_MERCHANTS {
        let is_own = |account: &str| is_basic(sub_mchid, account);
        let mut flows = (0, 0);
        let mut last = None;
        if let Some(sheet) = &sheet {
            let whose = sheet
                .rows()
                .map(|row| row.unwrap().get("二级商户号").unwrap());
            let rows = sheet.fund_flow_rows().map(|row| row.unwrap()).zip(whose);
            let rows: Vec<_> = rows.filter(|(_, whose)| *whose == sub_mchid).collect();
            last = rows.last().map(|(row, _)| row.balance.unwrap().get());
            flows = sums(rows.into_iter().map(|(row, _)| row));
        }
        assert_eq!(flows, books.flows(is_own), "{sub_mchid}");
        let own = books.balances.iter().filter(|(account, _)| is_own(account));
        let held: i64 = own.map(|(_, held)| held).sum();
        assert_eq!(last.unwrap_or(held), held, "{sub_mchid}");
        let end = format!("/v3/ecommerce/fund/enddaybalance/{sub_mchid}?date={DAY}");
        let balance = bench.get(&end).1;
        let parts = ["available_amount", "pending_amount"].map(|name| balance[name].as_i64());
        assert_eq!(parts[0].unwrap() + parts[1].unwrap(), held, "{sub_mchid}");
    }
}

/// What orders hold is what lies in the purses that cannot be used yet.
fn held_agrees(bench: &mut Bench, made: &Made) {
    let balances = bench.ledger()["balances"].clone();
    for sub_mchid in SUB_MERCHANTS {
        let purses = ["unsettled", "frozen"].map(|purse| {
            let account = format!("sub-merchant:{sub_mchid}:{purse}");
            balances[account].as_i64().unwrap_or(0)
        });
        let own = made.orders.iter().filter(|(payee, _)| payee == sub_mchid);
        let held = own.map(|(payee, id)| {
            let path = format!("/_gateway/orders/{payee}/{id}");
            let view = bench.admin("GET", &path, &Value::Null).1;
            view["held"].as_i64().unwrap()
        });
        assert_eq!(held.sum::<i64>(), purses.iter().sum::<i64>(), "{sub_mchid}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn bills_say_what_the_ledger_says(steps in steps()) {
        let mut bench = Bench::new();
        let mut made = Made::default();
        for step in steps {
            play(&mut bench, &mut made, step);
        }
        held_agrees(&mut bench, &made);
        bench.advance(READY);
        let books = Books::read(&bench.ledger());
        trade_bill_agrees(&mut bench, &books);
        own_bills_agree(&mut bench, &books);
        sub_merchants_agree(&mut bench, &books);
    }
}
