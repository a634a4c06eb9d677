//! Bills (账单): what was traded and what moved on an account, a file for each day.
//!
//! [`TradeBill`] and [`FundFlowBill`] ask for a [`BillFile`]: where the file is, and its digest. The
//! file itself is unsigned, so it is good only after [`BillFile::open`], or piece by piece
//! [`BillCheck`], held it against that digest. [`Sheet`] then reads its lines.
//!
//! A day's bills are there from 10 o'clock of the next day, for three months. The address of a file
//! lasts for minutes, by older documents for 30 seconds: ask again instead of keeping it.
//!
//! ```
//! use wechatpay_core::api::bill::{BillFile, Packing, Sheet, TradeBill};
//! use wechatpay_core::{Fen, Merchant, Unverified};
//!
//! let merchant = Merchant::new("1900001109")?;
//! let draft = merchant.draft(&TradeBill::builder().bill_date("2024-06-01").build())?;
//! assert_eq!(draft.target(), "/v3/bill/tradebill?bill_date=2024-06-01");
//!
//! // Its answer, verified:
//! let file: BillFile = serde_json::from_str(r#"{
//!     "hash_type": "SHA1",
//!     "hash_value": "08bd1f364d0d9c401d11defb5ad43ebb472b5a0f",
//!     "download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=xxx"
//! }"#)?;
//! let draft = merchant.draft(&file.download())?;
//! assert_eq!(draft.target(), "/v3/billdownload/file?token=xxx");
//!
//! // And that one's, unsigned:
//! let answer = Unverified("\u{feff}交易时间,微信订单号,商户订单号,订单金额\r\n\
//!     `2024-06-01 10:00:00,`4200000001,`A-1,`19.90\r\n\
//!     总交易单数,订单总金额\r\n`1,`19.90\r\n".into());
//! let text = file.open(&answer, Packing::Plain, 1 << 20)?;
//! let sheet = Sheet::read(&text)?;
//! for row in sheet.trade_rows() {
//!     let row = row?;
//!     assert_eq!((row.out_trade_no, row.total), ("A-1", Some(Fen::new(1_990))));
//! }
//! sheet.check_summary()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use bon::Builder;
use bytes::Bytes;
use http::Method;
use serde::{Deserialize, Serialize};

use crate::api::check;
use crate::api::open_enum::open_enum;
use crate::call::Draft;
use crate::coverage::Unverified;
use crate::error::{DraftError, FieldError, OperationName};
use crate::merchant::{BACKUP_HOST, HOST, Merchant};
use crate::operation::{Body, Operation, Replay, ToDraft};
use crate::sealing::Seal;
use crate::target::Target;

mod digest;
#[cfg(feature = "bills")]
mod gzip;
mod rows;
mod sheet;

pub use digest::{BillCheck, BillError, Checked, Packing};
pub use rows::{Direction, FundFlowRow, TradeRow};
pub use sheet::{Row, Sheet, SheetError, Summary};

/// Asks for a day's trade bill (申请交易账单): `GET /v3/bill/tradebill`.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/merchant/4012556654>,
/// <https://pay.weixin.qq.com/docs/partner/apis/combine-payment-identity/bill-download/get-trade-bill.html>
///
/// ```
/// use wechatpay_core::api::bill::{BillType, TarType, TradeBill};
///
/// let refunds = TradeBill::builder()
///     .bill_date("2024-06-01")
///     .sub_mchid("1900000109")
///     .bill_type(BillType::Refund)
///     .tar_type(TarType::Gzip)
///     .build();
/// # assert_eq!(refunds.bill_date, "2024-06-01");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct TradeBill {
    /// The day (账单日期), as `YYYY-MM-DD`, within the last three months.
    pub bill_date: String,
    /// For service providers: the one sub-merchant (子商户号) whose trades are meant; without it, all
    /// of the provider's. 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_mchid: Option<String>,
    /// Which trades; without it, [`BillType::All`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill_type: Option<BillType>,
    /// How the file is packed; without it, not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tar_type: Option<TarType>,
}

impl Operation for TradeBill {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/bill/tradebill";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/merchant/4012556654";
    type Response = BillFile;

    fn check(&self) -> Result<(), FieldError> {
        check::day("bill_date", &self.bill_date)?;
        check::optional_id("sub_mchid", self.sub_mchid.as_deref(), 1..=32)
    }
}

/// Asks for a day's fund flow bill (申请资金账单): `GET /v3/bill/fundflowbill`.
///
/// Source: <https://pay.weixin.qq.com/doc/v3/partner/4012760535>
///
/// ```
/// use wechatpay_core::api::bill::{AccountType, FundFlowBill};
///
/// let fees = FundFlowBill::builder()
///     .bill_date("2024-06-01")
///     .account_type(AccountType::Fees)
///     .build();
/// # assert_eq!(fees.bill_date, "2024-06-01");
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct FundFlowBill {
    /// The day (账单日期), as `YYYY-MM-DD`, within the last three months.
    pub bill_date: String,
    /// Which account: [`AccountType::Basic`], [`AccountType::Operation`] or [`AccountType::Fees`];
    /// without it, the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_type: Option<AccountType>,
    /// How the file is packed; without it, not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tar_type: Option<TarType>,
}

impl Operation for FundFlowBill {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/bill/fundflowbill";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/doc/v3/partner/4012760535";
    type Response = BillFile;

    fn check(&self) -> Result<(), FieldError> {
        check::day("bill_date", &self.bill_date)
    }
}

open_enum! {
    /// Which trades a bill lists (账单类型).
    BillType {
        /// Payments and refunds.
        All = "ALL",
        /// Payments.
        Success = "SUCCESS",
        /// Refunds.
        Refund = "REFUND",
        /// Refunds of recharges (充值退款).
        RechargeRefund = "RECHARGE_REFUND",
    }
}

open_enum! {
    /// An account of a merchant at the platform (资金账户类型), such as the one whose movements a bill
    /// lists. Each operation says which of them it takes.
    AccountType {
        /// The basic account (基本账户).
        Basic = "BASIC",
        /// The operating account (运营账户).
        Operation = "OPERATION",
        /// The account for fees (手续费账户).
        Fees = "FEES",
        /// The account for deposits (保证金账户).
        Deposit = "DEPOSIT",
        /// All of them (所有账户), which only the bill of all sub-merchants knows.
        All = "ALL",
    }
}

open_enum! {
    /// How a file is packed (压缩类型).
    TarType {
        /// As gzip: unpacked by the feature `bills` of this crate.
        Gzip = "GZIP",
    }
}

open_enum! {
    /// The algorithm of a file's digest (哈希类型).
    HashType {
        /// SHA-1.
        Sha1 = "SHA1",
    }
}

/// Where a bill is, and its digest. The answer that brings it is signed, so the digest can be
/// trusted, and by it the file.
#[non_exhaustive]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct BillFile {
    /// The digest's algorithm.
    pub hash_type: HashType,
    /// The digest of the file's bytes before they are packed (原始账单), as hexadecimal digits.
    pub hash_value: String,
    /// The file's address, which lasts for minutes.
    pub download_url: String,
}

impl BillFile {
    /// The call that downloads the file.
    #[must_use]
    pub fn download(&self) -> Download {
        Download {
            url: self.download_url.clone(),
        }
    }

    /// Unpacks a downloaded file and holds it against the digest: what is returned is what the
    /// platform meant. For a file in pieces see [`BillCheck`].
    ///
    /// `limit` is the most bytes that it may have unpacked.
    ///
    /// # Errors
    ///
    /// [`BillError`] when it is another file, does not unpack, or is larger than `limit`.
    pub fn open(
        &self,
        file: &Unverified,
        packing: Packing,
        limit: u64,
    ) -> Result<Bytes, BillError> {
        let mut check = BillCheck::new(self, packing, limit)?;
        if matches!(packing, Packing::Plain) {
            check.push(&file.0, |_| ())?;
            check.finish()?;
            return Ok(file.0.clone());
        }
        let mut unpacked = Vec::new();
        check.push(&file.0, |piece| unpacked.extend_from_slice(piece))?;
        check.finish()?;
        Ok(unpacked.into())
    }
}

/// Downloads a bill (下载账单): `GET /v3/billdownload/file`, of which [`BillFile`] has the address.
///
/// It goes to the merchant's own access point, whichever of the platform's hosts the address names,
/// with the path and the query as they came. An address elsewhere is refused, so that the
/// merchant's signature is not made for it.
///
/// Source: <https://pay.weixin.qq.com/wiki/doc/apiv3_partner/apis/chapter5_1_19.shtml>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::bill::Download;
///
/// let download = Download::new("https://api.mch.weixin.qq.com/v3/billdownload/file?token=a%2Fb");
/// let draft = Merchant::new("1900001109")?.draft(&download)?;
/// assert_eq!(draft.target(), "/v3/billdownload/file?token=a%2Fb");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Download {
    url: String,
}

impl Download {
    const PATH: &'static str = "/v3/billdownload/file";

    /// Takes a `download_url` as it came.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }

    /// The address without its query, where stands what opens the file.
    fn shown(&self) -> &str {
        self.url.split('?').next().unwrap_or_default()
    }

    /// The path and query, if the address is one of a bill at `merchant`'s platform.
    fn target(&self, merchant: &Merchant) -> Option<&str> {
        let (scheme, rest) = self.url.split_once("://")?;
        let at = rest.find('/')?;
        let (authority, target) = rest.split_at(at);
        let base = format!("{scheme}://{authority}");
        let own = [Some(merchant.base_url()), merchant.backup_url()];
        let known = PLATFORM.contains(&base.as_str()) || own.contains(&Some(base));
        let (path, query) = target.split_once('?')?;
        (known && path == Self::PATH && !query.is_empty()).then_some(target)
    }
}

/// The platform's access points, any of which an address may name.
const PLATFORM: [&str; 5] = [
    HOST,
    BACKUP_HOST,
    "https://apihk.mch.weixin.qq.com",
    "https://api.wechatpay.cn",
    "https://api2.wechatpay.cn",
];

/// Without the address's token: with it the file could be fetched.
impl fmt::Debug for BillFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BillFile")
            .field("hash_type", &self.hash_type)
            .field("hash_value", &self.hash_value)
            .field("download_url", &self.download())
            .finish()
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Download({})", self.shown())
    }
}

impl ToDraft for Download {
    type Response = Unverified;

    fn to_draft(
        &self,
        merchant: &Merchant,
        _: Option<&dyn Seal>,
    ) -> Result<Draft<Unverified>, DraftError> {
        let operation = OperationName::new(Method::GET, Self::PATH);
        let target = self.target(merchant).ok_or_else(|| {
            let limit = "an address of the platform or of the merchant's access point, with the \
                         path /v3/billdownload/file and a query";
            DraftError::Field {
                operation: operation.clone(),
                source: FieldError::new("download_url", limit, self.shown()),
            }
        })?;
        let target = Target::from_text(&operation, target)?;
        Draft::freeze(merchant, operation, Replay::ReadOnly, target, Body::empty())
    }
}
