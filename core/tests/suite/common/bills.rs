//! A bill of trades, one of funds, and where they are.

use wechatpay_core::api::bill::{BillFile, HashType};

pub const TRADE: &[u8] = include_bytes!("../../bills/trade.csv");
pub const TRADE_SHA1: &str = "baf31f9c7bb024273d0985e2d8bc6421aab84684";
pub const FLOW: &str = include_str!("../../bills/fund_flow.csv");

pub fn bill(hash_value: &str) -> BillFile {
    let url = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=xxx";
    BillFile::builder()
        .hash_type(HashType::Sha1)
        .hash_value(hash_value)
        .download_url(url)
        .build()
}
