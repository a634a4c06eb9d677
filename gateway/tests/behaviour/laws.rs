//! Whatever is sent, in whatever order: the ledger sums to zero, and no account owes but those of
//! the world outside.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::bench::Bench;

#[derive(Clone, Debug)]
enum Step {
    Post(&'static str, Value),
    Query(String),
    Admin(&'static str, String, Value),
}

fn sub_merchant() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("1900000109"), Just("1900013401"), Just("1900000108")]
}

fn transaction() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("4208450740201411110007820472"),
        Just("3008450740201411110007820472"),
        Just("T1"),
        Just("T2"),
    ]
}

fn refund_id() -> impl Strategy<Value = Option<&'static str>> {
    prop_oneof![
        Just(None),
        Just(Some("3008450740201411110007820472")),
        Just(Some("50000000382019052709732678859")),
        Just(Some("R1")),
        Just(Some("R2")),
    ]
}

/// Mostly small, so that sums are met; sometimes absurd.
fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 1_i64..40, 2 => Just(40_i64), 2 => Just(10_i64), 1 => 1_000_i64..20_000, 1 => any::<i64>()]
}

fn number() -> impl Strategy<Value = String> {
    (0..4).prop_map(|n| format!("N{n}"))
}

fn description() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("测试备注"), Just("订单退款")]
}

fn without_nulls(mut body: Value) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    body
}

fn step() -> impl Strategy<Value = Step> {
    let order = || (sub_merchant(), transaction());
    let create = (
        order(),
        amount(),
        description(),
        prop::option::of(number()),
        refund_id(),
    )
        .prop_map(|((payee, id), amount, description, number, refund)| {
            let body = json!({
                "sub_mchid": payee, "transaction_id": id, "amount": amount,
                "description": description, "out_subsidy_no": number, "refund_id": refund,
            });
            Step::Post("/v3/ecommerce/subsidies/create", without_nulls(body))
        });
    let take_back = (order(), amount(), number(), refund_id(), prop::bool::ANY).prop_map(
        |((payee, id), amount, number, refund, unsettled)| {
            let from = json!([{ "account": "UNAVAILABLE", "amount": amount }]);
            let body = json!({
                "sub_mchid": payee, "out_order_no": number, "transaction_id": id,
                "refund_id": refund, "amount": amount, "description": "测试备注",
                "from": if unsettled { from } else { Value::Null },
            });
            Step::Post("/v3/ecommerce/subsidies/return", without_nulls(body))
        },
    );
    let cancel = (order(), description()).prop_map(|((payee, id), description)| {
        let body = json!({ "sub_mchid": payee, "transaction_id": id, "description": description });
        Step::Post("/v3/ecommerce/subsidies/cancel", body)
    });
    let fee = (order(), amount(), refund_id()).prop_map(|((payee, id), amount, refund)| {
        let body = json!({
            "sub_mchid": payee, "transaction_id": id, "amount": amount,
            "type": "SERVICE_FEE_INCOME", "scene": "RETURN_GOODS", "refund_id": refund,
        });
        Step::Post("/v3/ecommerce/profitsharing/after-sales-orders", body)
    });
    let apply =
        (order(), amount(), number(), 0..4_u8).prop_map(|((payee, id), amount, number, way)| {
            let body = json!({
                "sub_mchid": payee, "sp_appid": "wx8888888888888888", "transaction_id": id,
                "out_refund_no": number, "amount": { "refund": amount.clamp(1, 40), "total": 40 },
                "refund_account": (way == 1).then_some("REFUND_SOURCE_PARTNER_ADVANCE"),
                "funds_account": (way == 2).then_some("UNSETTLED"),
            });
            Step::Post("/v3/ecommerce/refunds/apply", without_nulls(body))
        });
    let query = order().prop_map(|(payee, id)| {
        Step::Query(format!(
            "/v3/ecommerce/profitsharing/after-sales-orders?sub_mchid={payee}&transaction_id={id}"
        ))
    });
    let coupon = (amount(), number()).prop_map(|(amount, number)| {
        let body = json!({
            "stock_id": "128888000000001", "coupon_code": "ABCD12345678",
            "transaction_id": "4200000913202101152566792388",
            "refund_id": "50100506732021010105138718375",
            "payer_merchant": "1900000001", "payee_merchant": "1900000002",
            "amount": amount, "description": "d", "out_subsidy_return_no": number,
        });
        Step::Post("/v3/marketing/busifavor/subsidy/return-receipts", body)
    });
    // Boxed: all of them at once are too much for a thread's stack.
    prop_oneof![
        4 => create.boxed(),
        4 => take_back.boxed(),
        2 => cancel.boxed(),
        3 => fee.boxed(),
        1 => query.boxed(),
        2 => coupon.boxed(),
        4 => apply.boxed(),
        6 => scene().boxed(),
    ]
}

fn scene() -> impl Strategy<Value = Step> {
    let order = || (sub_merchant(), transaction());
    let place = (
        order(),
        amount(),
        prop::option::of(amount()),
        prop::bool::ANY,
    )
        .prop_map(|((payee, id), total, promised, paid)| {
            let body = json!({
                "sub_mchid": payee, "transaction_id": id, "total": total,
                "subsidy_amount": promised, "state": if paid { "paid" } else { "settled" },
            });
            Step::Admin("POST", "/_gateway/orders".to_owned(), without_nulls(body))
        });
    let on_order = |name: &'static str| {
        move |(payee, id): (&str, &str)| {
            Step::Admin(
                "POST",
                format!("/_gateway/orders/{payee}/{id}/{name}"),
                Value::Null,
            )
        }
    };
    let refund = (order(), amount(), refund_id()).prop_map(|((payee, id), amount, refund)| {
        let path = format!("/_gateway/orders/{payee}/{id}/refunds");
        let body = without_nulls(json!({ "amount": amount, "refund_id": refund }));
        Step::Admin("POST", path, body)
    });
    let account = prop_oneof![
        Just("platform:operation"),
        Just("platform:income"),
        Just("sub-merchant:1900000109:available"),
        Just("sub-merchant:1900013401:unsettled"),
        Just("merchant:1900000002"),
    ];
    let balance = (account, amount()).prop_map(|(account, balance)| {
        let body = json!({ "account": account, "balance": balance });
        Step::Admin("PUT", "/_gateway/balances".to_owned(), body)
    });
    let clock = (0_u64..40).prop_map(|seconds| {
        let body = json!({ "advance_seconds": seconds });
        Step::Admin("POST", "/_gateway/clock".to_owned(), body)
    });
    prop_oneof![
        3 => place,
        3 => refund,
        1 => order().prop_map(on_order("settle")),
        1 => order().prop_map(on_order("share")),
        2 => balance,
        2 => clock,
    ]
}

/// The sum is zero, the balances are the sums of the transfers, and no one owes who may not.
fn sound(ledger: &Value) {
    let mut sums = std::collections::BTreeMap::new();
    for entry in ledger["entries"].as_array().unwrap() {
        for transfer in entry["transfers"].as_array().unwrap() {
            let amount = transfer["amount"].as_i64().unwrap();
            assert!(amount > 0);
            *sums.entry(transfer["from"].as_str().unwrap()).or_insert(0) -= amount;
            *sums.entry(transfer["to"].as_str().unwrap()).or_insert(0) += amount;
        }
    }
    assert_eq!(sums.values().sum::<i64>(), 0);
    assert_eq!(json!(sums), ledger["balances"]);
    for (account, balance) in sums {
        let may_owe = ["world", "buyers"].contains(&account);
        assert!(may_owe || balance >= 0, "{account} holds {balance}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn ledger_stays_sound(steps in prop::collection::vec(step(), 1..50)) {
        let mut bench = Bench::new();
        for step in steps {
            let before = bench.ledger();
            let (status, answer) = match &step {
                Step::Post(path, body) => bench.post(path, body),
                Step::Query(target) => bench.get(target),
                Step::Admin(method, path, body) => bench.admin(method, path, body),
            };
            let after = bench.ledger();
            prop_assert!(matches!(status, 200 | 201 | 400 | 403 | 404 | 409), "{answer}");
            if status >= 400 {
                prop_assert_eq!(&before, &after, "{:?} moved money: {}", step, answer);
            }
            sound(&after);
        }
    }

    /// The same request twice, whatever came before: the second changes nothing. A query on a
    /// sample order may set the stage the first time only.
    #[test]
    fn second_time_moves_nothing(
        steps in prop::collection::vec(step(), 0..30),
        last in step(),
    ) {
        let mut bench = Bench::new();
        let play = |bench: &mut Bench, step: &Step| match step {
            Step::Post(path, body) => bench.post(path, body),
            Step::Query(target) => bench.get(target),
            Step::Admin(method, path, body) => bench.admin(method, path, body),
        };
        for step in &steps {
            play(&mut bench, step);
        }
        if !matches!(last, Step::Admin(..)) {
            play(&mut bench, &last);
            let before = bench.ledger();
            play(&mut bench, &last);
            prop_assert_eq!(before, bench.ledger());
        }
    }

    /// Bytes that were signed right, and are anything at all.
    #[test]
    fn any_body_is_answered(body in prop::collection::vec(any::<u8>(), 0..200), path in 0_usize..14) {
        let paths = [
            "/v3/ecommerce/refunds/apply",
            "/v3/ecommerce/subsidies/create",
            "/v3/ecommerce/subsidies/return",
            "/v3/ecommerce/subsidies/cancel",
            "/v3/marketing/busifavor/subsidy/return-receipts",
            "/v3/ecommerce/profitsharing/after-sales-orders",
            "/v3/ecommerce/profitsharing/orders",
            "/v3/ecommerce/profitsharing/finish-order",
            "/v3/ecommerce/profitsharing/returnorders",
            "/v3/marketing/busifavor/subsidy/pay-receipts",
            "/v3/pay/partner/transactions/jsapi",
            "/v3/pay/partner/transactions/out-trade-no/A1/close",
            "/v3/combine-transactions/h5",
            "/v3/combine-transactions/out-trade-no/C1/close",
        ];
        let mut bench = Bench::new();
        let request = bench.signed("POST", paths[path], body);
        bench.refused(400, "PARAM_ERROR", |b| b.ask(&request));
    }

    /// An Authorization header of anything at all.
    #[test]
    fn any_authorization_is_answered(text in "[ -~]{0,200}") {
        let mut bench = Bench::new();
        let mut request = bench.signed("GET", "/v3/certificates", "");
        let value = http::HeaderValue::from_str(&text).unwrap();
        request.headers_mut().insert("authorization", value);
        bench.refused(401, "SIGN_ERROR", |b| b.ask(&request));
    }
}
