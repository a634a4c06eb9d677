//! Orders, against a server that writes down what it is sent and answers what it is told to.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::STACKS;
use common::canned::{env, play};

/// `wxpay orders place` with what every order has.
fn place<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let order = [
        "orders",
        "place",
        "--sp-appid",
        "wx8888888888888888",
        "--sp-mchid",
        "1230000109",
        "--sub-mchid",
        "1900000109",
        "--out-trade-no",
        "1217752501201407033233368018",
        "--amount",
        "100",
        "--description",
        "公仔",
        "--notify-url",
        "https://www.weixin.qq.com/wxpay/pay",
    ];
    [&order[..], more].concat()
}

/// `wxpay combined-orders place` with what every order has, and this of its one sub-order.
fn combine<'a>(sub_orders: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let order = [
        "combined-orders",
        "place",
        "--combine-appid",
        "wxd678efh567hg6787",
        "--combine-mchid",
        "1230000109",
        "--combine-out-trade-no",
        "P20150806125346",
        "--sub-orders",
        sub_orders,
    ];
    [&order[..], more].concat()
}

const SUB_ORDERS: &str = r#"[{"mchid":"1230000109","attach":"a","amount":{"total_amount":100,"currency":"CNY"},"out_trade_no":"20150806125346","sub_mchid":"1900000109","description":"d","settle_info":{"profit_sharing":true,"subsidy_amount":10}}]"#;

#[test]
fn an_order_is_placed_for_each_kind_of_payment() {
    let body = r#""sp_appid":"wx8888888888888888","sp_mchid":"1230000109","sub_mchid":"1900000109","description":"公仔","out_trade_no":"1217752501201407033233368018","notify_url":"https://www.weixin.qq.com/wxpay/pay","amount":{"total":100,"currency":"CNY"}"#;
    for stack in STACKS {
        for (kind, more, answer, rest) in [
            (
                "jsapi",
                &["--sp-openid", "oUpF8", "--subsidy-amount", "10"][..],
                r#"{"prepay_id":"wx2014"}"#,
                r#","settle_info":{"profit_sharing":true,"subsidy_amount":10},"payer":{"sp_openid":"oUpF8"}"#,
            ),
            (
                "app",
                &["--profit-sharing"],
                r#"{"prepay_id":"wx2014"}"#,
                r#","settle_info":{"profit_sharing":true}"#,
            ),
            (
                "h5",
                &["--payer-client-ip", "14.23.150.211", "--h5-type", "Wap"],
                r#"{"h5_url":"https://wx.tenpay.com/x"}"#,
                r#","scene_info":{"payer_client_ip":"14.23.150.211","h5_info":{"type":"Wap"}}"#,
            ),
            ("native", &[], r#"{"code_url":"weixin://x"}"#, ""),
        ] {
            let args = place(&["--transport", stack, "--kind", kind]);
            let played = play(&[&args[..], more].concat(), 200, answer);
            let line = format!("POST /v3/pay/partner/transactions/{kind} HTTP/1.1\r\n");
            assert!(played.head.starts_with(&line), "{}", played.head);
            assert_eq!(played.body, format!("{{{body}{rest}}}"));
            assert_eq!(played.run.status, 0, "{:#?}", played.run);
            assert_eq!(played.run.json().to_string(), answer);
        }
    }
}

#[test]
fn every_field_has_a_flag() {
    let args = place(&[
        "--kind",
        "native",
        "--sub-appid",
        "wxd678efh567hg6999",
        "--time-expire",
        "2018-06-08T10:34:56+08:00",
        "--attach",
        "a",
        "--goods-tag",
        "WXG",
        "--limit-pay",
        "no_credit",
        "--limit-pay",
        "no_debit",
        "--support-fapiao",
        "--detail",
        r#"{"cost_price":200,"goods_detail":[{"merchant_goods_id":"1","quantity":1,"unit_price":100}]}"#,
        "--payer-client-ip",
        "::1",
        "--device-id",
        "7",
        "--store-info",
        r#"{"id":"0001"}"#,
    ]);
    let played = play(&args, 200, r#"{"code_url":"weixin://x"}"#);
    assert_eq!(
        played.body,
        r#"{"sp_appid":"wx8888888888888888","sp_mchid":"1230000109","sub_appid":"wxd678efh567hg6999","sub_mchid":"1900000109","description":"公仔","out_trade_no":"1217752501201407033233368018","time_expire":"2018-06-08T10:34:56+08:00","attach":"a","notify_url":"https://www.weixin.qq.com/wxpay/pay","goods_tag":"WXG","limit_pay":["no_credit","no_debit"],"support_fapiao":true,"amount":{"total":100,"currency":"CNY"},"detail":{"cost_price":200,"goods_detail":[{"merchant_goods_id":"1","quantity":1,"unit_price":100}]},"scene_info":{"payer_client_ip":"::1","device_id":"7","store_info":{"id":"0001"}}}"#
    );
}

#[test]
fn a_combined_order_is_placed_and_closed() {
    let order = format!(
        r#""combine_appid":"wxd678efh567hg6787","combine_mchid":"1230000109","combine_out_trade_no":"P20150806125346","sub_orders":{SUB_ORDERS}"#
    );
    let url = ["--notify-url", "https://yourapp.com/notify"];
    let jsapi = ["--kind", "jsapi", "--openid", "oUpF8", url[0], url[1]];
    let played = play(&combine(SUB_ORDERS, &jsapi), 200, r#"{"prepay_id":"wx1"}"#);
    assert!(
        played
            .head
            .starts_with("POST /v3/combine-transactions/jsapi ")
    );
    let rest =
        r#","notify_url":"https://yourapp.com/notify","combine_payer_info":{"openid":"oUpF8"}"#;
    assert_eq!(played.body, format!("{{{order}{rest}}}"));
    assert_eq!(played.run.status, 0);

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), SUB_ORDERS).unwrap();
    let at_file = format!("@{}", file.path().display());
    let h5 = [
        "--kind",
        "h5",
        "--payer-client-ip",
        "::1",
        "--h5-type",
        "iOS",
    ];
    let played = play(&combine(&at_file, &h5), 200, r#"{"h5_url":"https://x"}"#);
    assert!(played.head.starts_with("POST /v3/combine-transactions/h5 "));
    let rest = r#","scene_info":{"payer_client_ip":"::1","h5_info":{"type":"iOS"}}"#;
    assert_eq!(played.body, format!("{{{order}{rest}}}"));

    for (kind, answer) in [("app", "prepay_id"), ("native", "code_url")] {
        let answer = format!(r#"{{"{answer}":"x"}}"#);
        let played = play(&combine(SUB_ORDERS, &["--kind", kind]), 200, &answer);
        let line = format!("POST /v3/combine-transactions/{kind} ");
        assert!(played.head.starts_with(&line), "{}", played.head);
        assert_eq!(played.body, format!("{{{order}}}"));
    }

    let ids =
        r#"[{"mchid":"1230000109","out_trade_no":"20150806125346","sub_mchid":"1900000109"}]"#;
    let close = [
        "combined-orders",
        "close",
        "--combine-appid",
        "wxd678efh567hg6787",
        "--combine-out-trade-no",
        "P20150806125346",
        "--sub-orders",
        ids,
    ];
    let played = play(&close, 204, "");
    let path = "/v3/combine-transactions/out-trade-no/P20150806125346/close";
    assert!(played.head.starts_with(&format!("POST {path} ")));
    let body = format!(r#"{{"combine_appid":"wxd678efh567hg6787","sub_orders":{ids}}}"#);
    assert_eq!(played.body, body);
    assert_eq!((played.run.status, played.run.stdout.as_str()), (0, ""));
    // The payer is at it: that is not closed.
    let played = play(
        &close,
        202,
        r#"{"code":"USERPAYING","message":"用户支付中"}"#,
    );
    played
        .run
        .failed(3, &["202 USERPAYING: 用户支付中", "the outcome is unknown"]);
    let played = play(&close, 202, "");
    played.run.failed(
        3,
        &["unclear: the status is 202 and not 204", "query the order"],
    );
}

#[test]
fn an_order_is_asked_for_by_either_number_and_closed() {
    const ORDER: &str = "/v3/pay/partner/transactions";
    let who = ["--sp-mchid", "1230000109", "--sub-mchid", "1900000109"];
    let by =
        |what: &'static str, flag: &'static str| [&["orders", what, flag, "42"], &who[..]].concat();
    let paid = r#"{"sp_mchid":"1230000109","sub_mchid":"1900000109","out_trade_no":"42","trade_state":"SUCCESS"}"#;
    let query = "?sp_mchid=1230000109&sub_mchid=1900000109 ";
    for (flag, path) in [
        ("--out-trade-no", "out-trade-no"),
        ("--transaction-id", "id"),
    ] {
        let played = play(&by("query", flag), 200, paid);
        let line = format!("GET {ORDER}/{path}/42{query}");
        assert!(played.head.starts_with(&line), "{}", played.head);
        assert_eq!((played.body.as_str(), played.run.status), ("", 0));
    }
    let played = play(&by("close", "--out-trade-no"), 204, "");
    let line = format!("POST {ORDER}/out-trade-no/42/close ");
    assert!(played.head.starts_with(&line), "{}", played.head);
    assert_eq!(
        played.body,
        r#"{"sp_mchid":"1230000109","sub_mchid":"1900000109"}"#
    );
    assert_eq!(played.run.status, 0);
    let error = r#"{"code":"ORDERPAID","message":"该订单已支付"}"#;
    let played = play(&by("close", "--out-trade-no"), 400, error);
    played.run.failed(1, &["ORDERPAID"]);
}

#[test]
fn only_a_paid_order_is_0_without_a_note() {
    let query = ["orders", "query", "--out-trade-no", "42"];
    let query = [&query[..], &["--sp-mchid", "1", "--sub-mchid", "2"]].concat();
    for (state, status, words) in [
        ("NOTPAY", 0, "note: trade_state is NOTPAY: not paid"),
        ("CLOSED", 1, "refused: trade_state is CLOSED: not paid"),
        ("PAYERROR", 1, "refused: trade_state is PAYERROR"),
        ("REFUND", 1, "it was paid, and refunded"),
        ("A_NEW_STATE", 3, "unclear: "),
    ] {
        let answer = format!(
            r#"{{"sp_mchid":"1","sub_mchid":"2","out_trade_no":"42","trade_state":"{state}"}}"#
        );
        play(&query, 200, &answer).run.failed(status, &[words]);
    }

    let query = ["combined-orders", "query", "--combine-out-trade-no", "P1"];
    for (states, status, words) in [
        (
            &["SUCCESS", "SUCCESS"][..],
            0,
            "200 GET /v3/combine-transactions",
        ),
        (
            &["SUCCESS", "NOTPAY"],
            0,
            "note: trade_state of 1 is NOTPAY",
        ),
        (
            &["NOTPAY", "REFUND", "CLOSED"],
            1,
            "refused: trade_state of 1 is REFUND",
        ),
        (&["CLOSED", "X"], 3, "unclear: "),
        (&[], 3, "unclear: the answer names no sub-order"),
    ] {
        let sub_orders = states.iter().enumerate().map(|(number, state)| {
            format!(r#"{{"mchid":"1","out_trade_no":"{number}","trade_state":"{state}"}}"#)
        });
        let sub_orders = sub_orders.collect::<Vec<_>>().join(",");
        let answer = format!(
            r#"{{"combine_mchid":"1","combine_out_trade_no":"P1","sub_orders":[{sub_orders}]}}"#
        );
        play(&query, 200, &answer).run.failed(status, &[words]);
    }
}

#[test]
fn what_does_not_fit_together_is_not_sent() {
    // Nobody listens here.
    let env = env("http://127.0.0.1:9");
    let unsent = |args: &[&str], words: &[&str]| {
        let run = env.run(args).failed(2, words);
        assert_eq!(run.stdout, "");
    };
    let jsapi = place(&["--kind", "jsapi"]);
    unsent(
        &jsapi,
        &[
            "one with sp_openid or sub_openid",
            "correct --sp-openid or --sub-openid",
        ],
    );
    unsent(
        &place(&["--kind", "app", "--sp-openid", "o"]),
        &["go with --kind jsapi"],
    );
    unsent(
        &place(&["--kind", "h5"]),
        &["--payer-client-ip", "--h5-type"],
    );
    unsent(
        &place(&["--kind", "app", "--app-name", "x"]),
        &["go with --kind h5"],
    );
    unsent(
        &place(&["--kind", "native", "--device-id", "1"]),
        &["--payer-client-ip"],
    );
    unsent(
        &place(&["--kind", "micropay"]),
        &["invalid value 'micropay'"],
    );
    let negative = place(&["--kind", "app", "--subsidy-amount", "-1"]);
    unsent(
        &negative,
        &["settle_info.subsidy_amount", "correct --subsidy-amount"],
    );
    let both = ["orders", "query", "--sp-mchid", "1", "--sub-mchid", "2"];
    unsent(&both, &["--out-trade-no"]);
    let numbers = ["--out-trade-no", "1", "--transaction-id", "2"];
    unsent(&[&both[..], &numbers].concat(), &["cannot be used with"]);

    let slip = SUB_ORDERS.replace("subsidy_amount", "subsidy");
    let words = [
        "--sub-orders",
        "field settle_info.subsidy is not known here",
    ];
    unsent(&combine(&slip, &["--kind", "app"]), &words);
    unsent(
        &combine("[]", &["--kind", "app"]),
        &["1 to 50 sub-orders", "correct --sub-orders"],
    );
    unsent(
        &combine("@/no/such/file", &["--kind", "app"]),
        &["/no/such/file: "],
    );
    let jsapi = combine(SUB_ORDERS, &["--kind", "jsapi"]);
    unsent(&jsapi, &["correct --openid or --sub-openid"]);
}
