//! Bills: asked for, downloaded, held against their digest, unpacked and read. The files come from
//! `tests/bills/make.py`, their digests from openssl.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;

use common::{NOW, answer, merchant, pending, platform_keys, unsigned_answer};
use proptest::prelude::*;
use wechatpay_core::api::bill::{
    AccountType, BillCheck, BillError, BillFile, BillType, Direction, Download, FundFlowBill,
    HashType, Packing, Sheet, SheetError, TarType, TradeBill,
};
use wechatpay_core::{DraftError, Fen, Merchant, Operation, Replay, Unverified};

const TRADE: &[u8] = include_bytes!("bills/trade.csv");
const TRADE_SHA1: &str = "baf31f9c7bb024273d0985e2d8bc6421aab84684";
const FLOW: &str = include_str!("bills/fund_flow.csv");

fn bill(hash_value: &str) -> BillFile {
    let url = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=xxx";
    BillFile::builder()
        .hash_type(HashType::Sha1)
        .hash_value(hash_value)
        .download_url(url)
        .build()
}

fn download(merchant: &Merchant, url: &str) -> Result<String, DraftError> {
    let draft = merchant.draft(&Download::new(url))?;
    let uri = draft
        .stamp(NOW, common::nonce())
        .request()
        .uri()
        .to_string();
    Ok(uri)
}

#[test]
fn bills_are_asked_for_as_documented() {
    let target = |bill: &TradeBill| merchant().draft(bill).unwrap().target().to_owned();
    let trade = || TradeBill::builder().bill_date("2024-06-01");
    assert_eq!(
        target(&trade().build()),
        "/v3/bill/tradebill?bill_date=2024-06-01"
    );
    let all = trade()
        .sub_mchid("1900000109")
        .bill_type(BillType::All)
        .tar_type(TarType::Gzip)
        .build();
    assert_eq!(
        target(&all),
        "/v3/bill/tradebill?bill_date=2024-06-01&bill_type=ALL&sub_mchid=1900000109&tar_type=GZIP"
    );
    let flow = FundFlowBill::builder()
        .bill_date("2024-06-01")
        .account_type(AccountType::Operation)
        .tar_type(TarType::Gzip)
        .build();
    assert_eq!(
        merchant().draft(&flow).unwrap().target(),
        "/v3/bill/fundflowbill?account_type=OPERATION&bill_date=2024-06-01&tar_type=GZIP"
    );
    assert_eq!(TradeBill::REPLAY, Replay::ReadOnly);
    assert_eq!(FundFlowBill::REPLAY, Replay::ReadOnly);
    let kinds = ["ALL", "SUCCESS", "REFUND", "RECHARGE_REFUND"].map(BillType::from);
    assert!(!kinds.iter().any(|kind| matches!(kind, BillType::Other(_))));
}

#[test]
fn a_day_is_written_in_full() {
    for date in [
        "",
        "20240601",
        "2024-6-1",
        "2024-13-01",
        "2024-00-10",
        "2024-06-32",
        "2024-06-00",
        "2024/06/01",
        "2024-06-01 ",
        " 2024-06-1",
        "2024-06-+1",
        "２024-06-01",
        "今天是六月一日吧",
    ] {
        let trade = TradeBill::builder().bill_date(date).build();
        let error = merchant().draft(&trade).unwrap_err().to_string();
        assert!(
            error.contains("bill_date must be a day as YYYY-MM-DD"),
            "{error}"
        );
        let flow = FundFlowBill::builder().bill_date(date).build();
        assert!(merchant().draft(&flow).is_err());
    }
    let empty = TradeBill::builder().bill_date("2024-06-01").sub_mchid("");
    assert!(merchant().draft(&empty.build()).is_err());
}

#[test]
fn the_digest_comes_in_a_signed_answer() {
    let ask = TradeBill::builder().bill_date("2024-06-01").build();
    let body = format!(
        r#"{{"hash_type":"SHA1","hash_value":"{TRADE_SHA1}","download_url":"https://api.mch.weixin.qq.com/v3/billdownload/file?token=xxx","new":1}}"#
    );
    let done = pending(&ask)
        .complete(&answer(200, body.as_str()), &platform_keys(), NOW)
        .unwrap();
    assert_eq!(done.value, bill(TRADE_SHA1));
    let forged = pending(&ask).complete(&unsigned_answer(200, body), &platform_keys(), NOW);
    assert!(forged.is_err());

    let file = pending(&done.value.download())
        .complete(&unsigned_answer(200, TRADE), &platform_keys(), NOW)
        .unwrap();
    let open = done
        .value
        .open(&file.value, Packing::Plain, 10_000)
        .unwrap();
    assert_eq!(open, TRADE);
}

#[test]
fn an_address_is_taken_as_it_came_and_goes_to_the_merchants_own_access_point() {
    let target = "/v3/billdownload/file?token=a%2Fb+c==&tartype=gzip";
    for host in [
        "https://api.mch.weixin.qq.com",
        "https://api2.mch.weixin.qq.com",
        "https://apihk.mch.weixin.qq.com",
        "https://api.wechatpay.cn",
        "https://api2.wechatpay.cn",
    ] {
        let sent = download(&merchant(), &format!("{host}{target}")).unwrap();
        assert_eq!(sent, format!("https://api.mch.weixin.qq.com{target}"));
    }
    let simulated = merchant().at("http://127.0.0.1:8080").unwrap();
    let own = format!("http://127.0.0.1:8080{target}");
    assert_eq!(download(&simulated, &own).unwrap(), own);
    let platform = format!("https://api.mch.weixin.qq.com{target}");
    assert_eq!(download(&simulated, &platform).unwrap(), own);
    assert!(download(&merchant(), &own).is_err());
    let backed = simulated.with_backup("http://127.0.0.1:8081").unwrap();
    let backup = format!("http://127.0.0.1:8081{target}");
    assert_eq!(download(&backed, &backup).unwrap(), own);
}

#[test]
fn an_address_elsewhere_is_refused_and_its_token_not_repeated() {
    let host = "https://api.mch.weixin.qq.com";
    let file = "/v3/billdownload/file?token=TOKEN";
    for url in [
        String::new(),
        file.to_owned(),
        format!("https://evil.example{file}"),
        format!("http://api.mch.weixin.qq.com{file}"),
        format!("//api.mch.weixin.qq.com{file}"),
        format!("https://api.mch.weixin.qq.com.evil.example{file}"),
        format!("https://api.mch.weixin.qq.com@evil.example{file}"),
        format!("https://evil.example\\@api.mch.weixin.qq.com{file}"),
        format!("https://user@api.mch.weixin.qq.com{file}"),
        format!("https://api.mch.weixin.qq.com:444{file}"),
        format!(" {host}{file}"),
        format!("{host}/v3/billdownload/file"),
        format!("{host}/v3/billdownload/file?"),
        format!("{host}/v3/billdownload/file/?token=TOKEN"),
        format!("{host}//v3/billdownload/file?token=TOKEN"),
        format!("{host}/v3/billdownload/../certificates?token=TOKEN"),
        format!("{host}/v3/billdownload/fil%65?token=TOKEN"),
        format!("{host}/v3/Billdownload/file?token=TOKEN"),
        format!("{host}/v3/certificates?token=TOKEN"),
        format!("{host}/v3/bill/downloadurl?token=TOKEN"),
        format!("{host}{file}#x"),
        format!("{host}{file} x"),
        format!("{host}{file}\r\nX: y"),
        format!("{host}{file}令牌"),
    ] {
        let error = download(&merchant(), &url).unwrap_err();
        assert!(
            matches!(error, DraftError::Field { .. } | DraftError::Target { .. }),
            "{error:?}"
        );
        let texts = format!("{error} {error:?} {:?}", Download::new(url));
        assert!(!texts.contains("TOKEN"), "{texts}");
    }
    let error = download(&merchant(), &format!("https://evil.example{file}")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /v3/billdownload/file: field download_url must be an address of the platform or of the \
         merchant's access point, with the path /v3/billdownload/file and a query, and is \
         \"https://evil.example/v3/billdownload/file\"; nothing was sent"
    );
}

#[test]
fn a_file_with_another_digest_is_never_handed_over() {
    let open = |file: &[u8], limit| {
        let file = Unverified(file.to_vec().into());
        bill(TRADE_SHA1).open(&file, Packing::Plain, limit)
    };
    let size = TRADE.len() as u64;
    assert_eq!(open(TRADE, size).unwrap(), TRADE);
    assert_eq!(
        open(TRADE, size - 1),
        Err(BillError::TooLarge { limit: size - 1 })
    );
    let mut changed = TRADE.to_vec();
    changed[700] ^= 1;
    for wrong in [
        &changed,
        &TRADE[..TRADE.len() - 1],
        &[TRADE, b"\n"].concat(),
        b"",
    ] {
        let error = open(wrong, 10_000).unwrap_err();
        assert!(matches!(error, BillError::Digest { .. }), "{error}");
    }
    // printf '' | openssl dgst -sha1
    let nothing = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    assert_eq!(
        open(b"", 0).unwrap_err().to_string(),
        format!(
            "the file of 0 bytes has SHA-1 {nothing}, and the bill has {TRADE_SHA1}: it is cut off \
             or was changed; download it again"
        )
    );
    let upper = bill(&TRADE_SHA1.to_uppercase());
    let file = Unverified(TRADE.into());
    let kept = upper.open(&file, Packing::Plain, 10_000).unwrap();
    assert_eq!(kept.as_ptr(), file.0.as_ptr());
}

#[test]
fn only_a_digest_of_sha1_can_be_checked() {
    let mut other = bill(TRADE_SHA1);
    other.hash_type = HashType::from("SM3");
    let error = BillCheck::new(&other, Packing::Plain, 1).unwrap_err();
    assert_eq!(error, BillError::HashType("SM3".to_owned()));
    for digits in [
        "",
        &TRADE_SHA1[1..],
        &format!("{TRADE_SHA1}0"),
        &"z".repeat(40),
        &"\n".repeat(40),
    ] {
        let error = BillCheck::new(&bill(digits), Packing::Plain, 1).unwrap_err();
        assert!(matches!(error, BillError::HashValue(_)), "{digits}");
        assert!(!error.to_string().contains('\n'));
    }
}

#[test]
fn pieces_make_the_same_digest_and_a_failure_stays() {
    for size in [1, 2, 7, 4096] {
        let mut check = BillCheck::new(&bill(TRADE_SHA1), Packing::Plain, 10_000).unwrap();
        let mut kept = Vec::new();
        for piece in TRADE.chunks(size) {
            check
                .push(piece, |bytes| kept.extend_from_slice(bytes))
                .unwrap();
            check
                .push(b"", |_| panic!("nothing comes of nothing"))
                .unwrap();
        }
        let done = check.finish().unwrap();
        assert_eq!((done.size(), done.sha1()), (TRADE.len() as u64, TRADE_SHA1));
        assert_eq!(kept, TRADE);
    }
    let mut check = BillCheck::new(&bill(TRADE_SHA1), Packing::Plain, 3).unwrap();
    check.push(b"abc", |_| ()).unwrap();
    let mut over = 0;
    let error = check.push(b"d", |_| over += 1).unwrap_err();
    assert_eq!((error, over), (BillError::TooLarge { limit: 3 }, 0));
    assert_eq!(check.push(b"", |_| ()), Err(BillError::Failed));
    assert_eq!(check.finish(), Err(BillError::Failed));
}

#[cfg(feature = "bills")]
mod gzip {
    use super::*;

    const PACKED: &[u8] = include_bytes!("bills/trade.csv.gz");
    /// 4,000,000 zeros.
    const ZEROS: &[u8] = include_bytes!("bills/zeros.gz");
    const ZEROS_SHA1: &str = "cfe78845826845c0f76837eafdd964b8dc2ab337";

    fn open(file: &[u8]) -> Result<Vec<u8>, BillError> {
        let file = Unverified(file.to_vec().into());
        let open = bill(TRADE_SHA1).open(&file, Packing::Gzip, 10_000)?;
        Ok(open.to_vec())
    }

    #[test]
    fn the_digest_is_of_the_unpacked_bytes() {
        assert_eq!(open(PACKED).unwrap(), TRADE);
        for size in [1, 2, 3, 17, 4096] {
            let mut check = BillCheck::new(&bill(TRADE_SHA1), Packing::Gzip, 10_000).unwrap();
            let mut kept = Vec::new();
            for piece in PACKED.chunks(size) {
                check
                    .push(piece, |bytes| kept.extend_from_slice(bytes))
                    .unwrap();
            }
            assert_eq!(check.finish().unwrap().size(), TRADE.len() as u64);
            assert_eq!(kept, TRADE);
        }
        // The digest of the packed bytes is another.
        let packed = bill("f399ac2581c4b8ba9a6acbfe7750e5f530764378");
        let error = packed.open(&Unverified(PACKED.into()), Packing::Gzip, 10_000);
        assert!(matches!(error, Err(BillError::Digest { found, .. }) if found == TRADE_SHA1));
    }

    #[test]
    fn what_is_cut_off_or_goes_on_is_refused() {
        for end in 0..PACKED.len() {
            assert_eq!(open(&PACKED[..end]), Err(BillError::Truncated), "{end}");
        }
        for more in [&b"\0"[..], b"\n", PACKED] {
            assert_eq!(open(&[PACKED, more].concat()), Err(BillError::Trailing));
        }
    }

    #[test]
    fn a_changed_bit_is_never_another_bill() {
        for bit in 0..PACKED.len() * 8 {
            let mut changed = PACKED.to_vec();
            changed[bit / 8] ^= 1 << (bit % 8);
            if let Ok(text) = open(&changed) {
                assert_eq!(text, TRADE, "bit {bit}");
            }
        }
        let mut checksum = PACKED.to_vec();
        let at = checksum.len() - 8;
        checksum[at] ^= 1;
        assert!(matches!(open(&checksum), Err(BillError::Damaged(_))));
    }

    #[test]
    fn what_is_not_gzip_says_so() {
        for file in [
            TRADE,
            b"<html>",
            br#"{"code":"x"}"#,
            b"\x1f\x8c",
            b"PK\x03\x04",
        ] {
            assert_eq!(open(file), Err(BillError::NotGzip));
        }
        assert_eq!(open(b""), Err(BillError::Truncated));
        let file = Unverified(PACKED.into());
        let plain = bill(TRADE_SHA1).open(&file, Packing::Plain, 10_000);
        assert!(matches!(plain, Err(BillError::Digest { .. })));
    }

    /// RFC 1952, 2.3: extra field, name, comment and the head's own checksum.
    #[test]
    fn every_head_is_read() {
        let with = |flags: u8, fields: &[u8]| {
            let head = [&PACKED[..3], &[flags], &PACKED[4..10], fields].concat();
            open(&[&head, &PACKED[10..]].concat())
        };
        assert_eq!(with(8, b"bill.csv\0").unwrap(), TRADE);
        assert_eq!(with(16, b"\0").unwrap(), TRADE);
        assert_eq!(with(4, b"\x03\0abc").unwrap(), TRADE);
        assert_eq!(with(2, b"\xAB\xCD").unwrap(), TRADE);
        assert_eq!(
            with(1 | 2 | 4 | 8 | 16, b"\0\0n\0c\0\xAB\xCD").unwrap(),
            TRADE
        );
        assert_eq!(with(0x20, b""), Err(BillError::NotGzip));
        assert_eq!(with(8, &[b'a'; 2000]), Err(BillError::NotGzip));
        assert_eq!(with(4, &[0xFF; 2000]), Err(BillError::NotGzip));
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let file = bill(ZEROS_SHA1);
        let zeros = Unverified(ZEROS.into());
        let open = file.open(&zeros, Packing::Gzip, 4_000_000).unwrap();
        assert!(open.len() == 4_000_000 && open.iter().all(|byte| *byte == 0));
        let error = file.open(&zeros, Packing::Gzip, 3_999_999).unwrap_err();
        assert_eq!(error, BillError::TooLarge { limit: 3_999_999 });

        let mut check = BillCheck::new(&file, Packing::Gzip, 100_000).unwrap();
        let (mut received, mut largest) = (0, 0);
        let error = check.push(ZEROS, |bytes| {
            received += bytes.len();
            largest = largest.max(bytes.len());
        });
        assert_eq!(error, Err(BillError::TooLarge { limit: 100_000 }));
        assert!(
            received <= 100_000 && largest <= 16 * 1024,
            "{received} {largest}"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused(head in any::<bool>(), file in proptest::collection::vec(any::<u8>(), 0..300)) {
            let file = if head { [&PACKED[..10], &file].concat() } else { file };
            prop_assert!(open(&file).is_err());
        }

        #[test]
        fn pieces_do_not_matter(cuts in proptest::collection::vec(0..PACKED.len(), 0..6)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            cuts.push(PACKED.len());
            let mut check = BillCheck::new(&bill(TRADE_SHA1), Packing::Gzip, 10_000).unwrap();
            let mut start = 0;
            for cut in cuts {
                check.push(&PACKED[start..cut], |_| ()).unwrap();
                start = cut;
            }
            prop_assert!(check.finish().is_ok());
        }
    }
}

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
