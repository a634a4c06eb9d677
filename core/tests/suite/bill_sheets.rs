//! The lines of bills: read by the names of their columns, amounts to the fen.

use crate::common::bills::{FLOW, TRADE};
use proptest::prelude::*;
use wechatpay_core::Fen;
use wechatpay_core::api::bill::{Direction, Sheet, SheetError};

#[test]
fn a_trade_bill_is_read_by_the_names_of_its_columns() {
    let sheet = Sheet::read(TRADE).unwrap();
    assert_eq!(sheet.columns().len(), 27);
    assert_eq!(sheet.columns()[0], "交易时间");
    let rows: Vec<_> = sheet.trade_rows().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3);

    let [paid, small, refund] = &rows[..] else {
        panic!("three rows");
    };
    assert_eq!(paid.row.line(), 2);
    assert_eq!(paid.time, "2024-06-01 08:30:05");
    assert_eq!(paid.mchid, Some("1900001109"));
    assert_eq!(paid.sub_mchid, Some("1900000109"));
    assert_eq!(paid.transaction_id, "4200000000202406010000000001");
    assert_eq!(paid.out_trade_no, "ORDER-1");
    assert_eq!(paid.trade_state, Some("SUCCESS"));
    assert_eq!(paid.settlement_total, Some(Fen::new(123_456_789)));
    assert_eq!(paid.total, Some(Fen::new(123_456_789)));
    assert_eq!(paid.fee, Some(Fen::new(740_741)));
    assert_eq!((paid.refund_id, paid.refund), (None, Some(Fen::ZERO)));
    // Commas, quotes and unknown columns survive.
    assert_eq!(paid.row.get("商品名称"), Some("苹果, 香蕉 \"大\""));
    assert_eq!(paid.row.get("商户数据包"), Some("a,b"));
    assert_eq!(paid.row.get("费率备注"), Some(""));
    assert_eq!(paid.row.get("没有的列"), None);
    assert_eq!(paid.row.iter().count(), 27);
    assert_eq!(paid.row.iter().nth(23), Some(("费率", "0.60%")));

    assert_eq!((small.sub_mchid, small.total), (None, Some(Fen::new(10))));
    assert_eq!(small.row.get("商品名称"), Some("` 引号"));
    assert_eq!(small.fee, Some(Fen::ZERO));

    assert_eq!(refund.refund_id, Some("50000000002024060100000000001"));
    assert_eq!(refund.out_refund_no, Some("REFUND-1"));
    assert_eq!(refund.refund, Some(Fen::new(100)));
    assert_eq!(refund.refund_asked, Some(Fen::new(150)));
    assert_eq!(refund.refund_state, Some("SUCCESS"));
    assert_eq!(refund.fee, Some(Fen::new(-1)));

    let summary = sheet.summary();
    assert_eq!(summary.count("总交易单数").unwrap(), Some(3));
    assert_eq!(summary.get("总交易单数"), Some("3"));
    assert_eq!(
        summary.amount("应结订单总金额").unwrap(),
        Some(Fen::new(123_456_799))
    );
    assert_eq!(summary.amount("没有的列").unwrap(), None);
    assert_eq!(summary.iter().last(), Some(("申请退款总金额", "1.50")));
    sheet.check_summary().unwrap();
}

#[test]
fn a_fund_flow_bill_is_read_too() {
    let sheet = Sheet::read(FLOW.as_bytes()).unwrap();
    let rows: Vec<_> = sheet.fund_flow_rows().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0].direction, Direction::Income);
    assert_eq!(rows[0].amount, Fen::new(10_000));
    assert_eq!(rows[1].direction, Direction::Expense);
    assert_eq!(rows[1].business_type, Some("扣除交易手续费"));
    assert_eq!(rows[1].remark, None);
    assert_eq!(rows[2].time, "2024-06-01 12:00:00");
    assert_eq!(rows[2].business_id, "50000000002024060100000000001");
    assert_eq!(rows[2].flow_id, "1000000000000000000000000003");
    assert_eq!(rows[2].business, Some("退款"));
    assert_eq!(rows[2].balance, Some(Fen::new(9_938)));
    assert_eq!(rows[2].remark, Some("缺货,换色"));
    assert_eq!(rows[2].voucher, Some("REFUND-1"));
    assert_eq!(sheet.summary().count("支出笔数").unwrap(), Some(2));
    sheet.check_summary().unwrap();
    let error = sheet.trade_rows().next().unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the bill has no column 交易时间: it is of another kind"
    );
}

#[test]
fn a_summary_that_differs_from_the_rows_is_refused() {
    let trade = std::str::from_utf8(TRADE).unwrap();
    let check = |text: &str| Sheet::read(text.as_bytes()).unwrap().check_summary();
    for (from, to, name) in [
        ("`3,`1234567.99", "`4,`1234567.99", "总交易单数"),
        ("`3,`1234567.99", "`3,`1234567.98", "应结订单总金额"),
        (
            "`7407.40000,`1234567.99,`1.50",
            "`7407.41,`1234567.99,`1.50",
            "手续费总金额",
        ),
        (
            "`7407.40000,`1234567.99,`1.50",
            "`7407.4,`1234567.99,`0",
            "申请退款总金额",
        ),
    ] {
        let error = check(&trade.replace(from, to)).unwrap_err().to_string();
        assert!(error.starts_with("the summary says "), "{error}");
        assert!(error.contains(name), "{error}");
    }
    for (from, to, name) in [
        ("`3.0,`1.0", "`2.0,`1.0", "资金流水总笔数"),
        ("`3.0,`1.0", "`3,`2", "收入笔数"),
        ("`2.0,`0.62", "`1.0,`0.62", "支出笔数"),
        ("`2.0,`0.62", "`2.0,`0.63", "支出金额"),
        ("`100.00,`2.0", "`100.01,`2.0", "收入金额"),
    ] {
        let error = check(&FLOW.replace(from, to)).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
    // A line that is lost is missed.
    let mut lines: Vec<_> = FLOW.lines().collect();
    lines.remove(2);
    assert!(check(&lines.join("\n")).is_err());
    assert_eq!(check("a\n`1\nb\n`1"), Err(SheetError::UnknownSummary));
    let huge = "`92233720368547758.07";
    let text = format!("交易时间,退款金额\n`,{huge}\n`,{huge}\n总交易单数\n`2");
    assert_eq!(
        check(&text),
        Err(SheetError::Overflow {
            column: "退款金额"
        })
    );
}

#[test]
fn an_error_names_its_line_and_the_next_line_is_read() {
    let text =
        "a,金额\r\n`1,`0.001\r\n\r\nno tick\r\n`1\r\n`1,`2,`3\r\n`1,`ÿ\r\n`6,`-1.00\r\nn\r\n`1\r\n";
    let mut bytes = text.as_bytes().to_vec();
    // The ÿ of the text becomes a byte that is no UTF-8.
    let at = bytes
        .windows(2)
        .position(|two| two == "ÿ".as_bytes())
        .unwrap();
    bytes.splice(at..at + 2, [0xFF]);
    let sheet = Sheet::read(&bytes).unwrap();
    let rows: Vec<_> = sheet.rows().collect();
    let number = rows[0].as_ref().unwrap().amount("金额").unwrap_err();
    assert_eq!(
        number.to_string(),
        "line 2, 金额: \"0.001\" is not a number of whole fen or a count"
    );
    assert_eq!(
        rows[1].as_ref().unwrap_err(),
        &SheetError::BackTick { line: 4 }
    );
    let cells = |line, found| SheetError::Cells {
        line,
        expected: 2,
        found,
    };
    assert_eq!(rows[2].as_ref().unwrap_err(), &cells(5, 1));
    assert_eq!(rows[3].as_ref().unwrap_err(), &cells(6, 3));
    assert_eq!(rows[4].as_ref().unwrap_err(), &SheetError::Utf8 { line: 7 });
    let last = rows[5].as_ref().unwrap();
    assert_eq!(
        (last.line(), last.amount("金额").unwrap()),
        (8, Some(Fen::new(-100)))
    );
    assert_eq!(rows.len(), 6);
}

#[test]
fn what_is_no_bill_is_refused() {
    for text in [
        "",
        "\n",
        "\r\n\r\n",
        "\u{feff}",
        "a,b",
        "a,b\n`1,`2",
        "n\n`1",
        "a,b\n`1,`2\n`3,`4",
        "a,b\n`1,`2\n总交易单数\n",
        r#"{"code":"NO_STATEMENT_EXIST","message":"账单不存在"}"#,
        "<html>\n<body>\n</html>",
    ] {
        assert_eq!(
            Sheet::read(text.as_bytes()).unwrap_err(),
            SheetError::NoSummary,
            "{text:?}"
        );
    }
    // Cut off anywhere, it is refused, or its summary does not fit.
    for end in 0..TRADE.len() - 7 {
        let fits = Sheet::read(&TRADE[..end]).is_ok_and(|sheet| sheet.check_summary().is_ok());
        assert!(!fits, "{end}");
    }
    assert_eq!(
        Sheet::read("a,b,a\nn\n`1".as_bytes()).unwrap_err(),
        SheetError::Twice {
            line: 1,
            column: "a".to_owned()
        }
    );
    assert_eq!(
        Sheet::read("a\n\n\nn,m\n\n`1".as_bytes()).unwrap_err(),
        SheetError::Cells {
            line: 6,
            expected: 2,
            found: 1
        }
    );
    let empty = Sheet::read("交易时间\n总交易单数\n`0".as_bytes()).unwrap();
    assert_eq!(empty.rows().count(), 0);
    empty.check_summary().unwrap();
    for count in [
        "",
        "x",
        "-1",
        "1.5",
        "1e3",
        ".0",
        "1.",
        "18446744073709551616",
    ] {
        let text = format!("交易时间\n总交易单数\n`{count}");
        assert!(
            Sheet::read(text.as_bytes())
                .unwrap()
                .check_summary()
                .is_err(),
            "{count}"
        );
    }
}

#[test]
fn yuan_are_read_exactly() {
    for (text, fen) in [
        ("0", 0),
        ("0.10", 10),
        ("0.1", 10),
        ("-1.00", -100),
        ("-0.00", 0),
        ("1234567.89", 123_456_789),
        ("0.00000", 0),
        ("-0.01000", -1),
        ("007.5", 750),
        ("92233720368547758.07", i64::MAX),
        ("-92233720368547758.08", i64::MIN),
    ] {
        assert_eq!(Fen::from_yuan(text), Ok(Fen::new(fen)), "{text}");
    }
    for text in [
        "",
        "-",
        ".",
        "1.",
        ".5",
        "0.001",
        "1e3",
        "+1.00",
        "--1",
        "1,234.00",
        "1.0.0",
        " 1.00",
        "1.00 ",
        "１.00",
        "0x10",
        "NaN",
        "inf",
        "92233720368547758.08",
        "-92233720368547758.09",
        "0.0000000000000000000000000001",
        &"9".repeat(1000),
    ] {
        let error = Fen::from_yuan(text).unwrap_err();
        assert!(error.to_string().contains("whole fen"), "{text}");
        assert!(error.to_string().len() < 1000);
    }
}

proptest! {
    #[test]
    fn what_is_written_in_yuan_is_read_again(fen in any::<i64>()) {
        let fen = Fen::new(fen);
        prop_assert_eq!(Fen::from_yuan(&fen.yuan()), Ok(fen));
    }

    #[test]
    fn what_is_written_is_read_again(
        rows in proptest::collection::vec(proptest::collection::vec("[^`\r\n]{0,12}", 3), 0..20),
        bom in any::<bool>(),
        end in "(\r)?\n",
        last in any::<bool>(),
    ) {
        let mut text = String::from(if bom { "\u{feff}" } else { "" });
        text.push_str(&format!("甲,乙,丙{end}"));
        for row in &rows {
            text.push_str(&format!("`{}{end}", row.join(",`")));
        }
        text.push_str(&format!("总交易单数{end}`{}{}", rows.len(), if last { &end } else { "" }));
        let sheet = Sheet::read(text.as_bytes()).unwrap();
        let read: Vec<Vec<String>> = sheet
            .rows()
            .map(|row| row.unwrap().iter().map(|(_, value)| value.to_owned()).collect())
            .collect();
        prop_assert_eq!(read, rows);
        prop_assert_eq!(sheet.check_summary(), Ok(()));
    }

    #[test]
    fn any_bytes_are_a_bill_or_an_error(text in "(`|,|\r|\n|a|1|\\.|总交易单数|收支类型|收入|收支金额\\(元\\)|资金流水总笔数){0,60}") {
        if let Ok(sheet) = Sheet::read(text.as_bytes()) {
            let _ = sheet.check_summary();
            let _ = (sheet.trade_rows().count(), sheet.fund_flow_rows().count());
        }
    }
}
