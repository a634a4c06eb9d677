//! Bills: asked for, and where their files are fetched.

use crate::common::bills::{TRADE, TRADE_SHA1, bill};
use crate::common::{self, NOW, answer, merchant, pending, platform_keys, unsigned_answer};
use wechatpay_core::api::bill::{
    AccountType, BillType, Download, FundFlowBill, Packing, TarType, TradeBill,
};
use wechatpay_core::{DraftError, Merchant, Operation, Replay};

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
