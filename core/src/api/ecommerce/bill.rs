//! What moved on the accounts of all sub-merchants (二级商户资金账单): `/v3/ecommerce/bill/…`.
//!
//! [`FundFlowBill`] asks for a day. The answer lists one file or more, as the platform parts a bill
//! at some 16 GB, and each is encrypted: its key is sealed for the merchant's own certificate.
//! [`EncryptedBill::download`] fetches a part like any bill, [`EncryptedBill::open`] opens, unpacks
//! and checks it. The opened parts, one after the other as [`EncryptedBills::in_order`] hands them,
//! are the bill that a [`Sheet`](crate::api::bill::Sheet) reads.
//!
//! A part is opened in memory. A transport reads as much of it as its body limit allows, so set that
//! to what you expect. The addresses last for 5 minutes: download the parts at once.
//!
//! ```
//! use wechatpay_core::api::bill::{Packing, Sheet};
//! use wechatpay_core::api::ecommerce::bill::EncryptedBills;
//! use wechatpay_core::{Merchant, Opener, Unverified};
//! # let pem = include_bytes!("../../../tests/known_answers/keys/merchant_pkcs8.pem");
//! # let json = concat!(
//! #     r#"{"download_bill_count":1,"download_bill_list":[{"bill_sequence":1,"hash_type":"SHA1","#,
//! #     r#""download_url":"https://api.mch.weixin.qq.com/v3/billdownload/file?token=xxx","#,
//! #     r#""hash_value":""#, include_str!("../../../tests/encrypted_bills/sixteen/sha1"),
//! #     r#"","encrypt_key":""#, include_str!("../../../tests/encrypted_bills/encrypt_key"),
//! #     r#"","nonce":"a8607ef79034c49c"}]}"#,
//! # );
//! # let file: &[u8] = include_bytes!("../../../tests/encrypted_bills/sixteen/file");
//!
//! let merchant = Merchant::new("1900001109")?;
//! let opener = Opener::from_pem(pem)?; // the merchant's private key
//! let bills: EncryptedBills = serde_json::from_str(json)?; // the answer, verified
//!
//! let mut bill = Vec::new();
//! for part in bills.in_order()? {
//!     let draft = merchant.draft(&part.download())?; // or a transport's `call(&part.download())`
//!     assert_eq!(draft.target(), "/v3/billdownload/file?token=xxx");
//!     let file = Unverified(file.into()); // what comes back
//!     bill.extend_from_slice(&part.open(&file, Packing::Plain, 1 << 30, &opener)?);
//! }
//! Sheet::read(&bill)?.check_summary()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use bon::Builder;
use bytes::Bytes;
use http::Method;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::api::bill::{AccountType, BillError, BillFile, Download, HashType, Packing, TarType};
use crate::api::open_enum::open_enum;
use crate::api::{check, lenient};
use crate::coverage::Unverified;
use crate::error::{FieldError, OpenError, excerpt};
use crate::gcm::{self, Unopened};
use crate::operation::{Operation, Replay};
use crate::sealing::{Open, Sealed};

/// Asks for a day's fund flow bill of all sub-merchants (申请二级商户资金账单):
/// `GET /v3/ecommerce/bill/fundflowbill`.
///
/// A day's bill is there from 10 o'clock of the next day, for three months. The product has to be
/// opened in the merchant platform first (下载二级商户资金账单).
///
/// Source: <https://pay.weixin.qq.com/docs/partner/apis/ecommerce-bill-download/get-sub-merchant-fund-flow-bill.html>
///
/// ```
/// use wechatpay_core::Merchant;
/// use wechatpay_core::api::bill::TarType;
/// use wechatpay_core::api::ecommerce::bill::FundFlowBill;
///
/// let bill = FundFlowBill::builder().bill_date("2019-06-11").tar_type(TarType::Gzip).build();
/// let draft = Merchant::new("1900001109")?.draft(&bill)?;
/// assert_eq!(
///     draft.target(),
///     "/v3/ecommerce/bill/fundflowbill?account_type=ALL&algorithm=AEAD_AES_256_GCM\
///      &bill_date=2019-06-11&tar_type=GZIP",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct FundFlowBill {
    /// The day (账单日期), as `YYYY-MM-DD`, within the last three months.
    pub bill_date: String,
    /// Which account. There is one value, [`AccountType::All`], which is the default.
    #[builder(default = AccountType::All)]
    pub account_type: AccountType,
    /// How a file is packed before it is encrypted; without it, not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tar_type: Option<TarType>,
    /// How a file is encrypted: by default with AES-256, which is what is opened here.
    #[builder(default = Algorithm::AeadAes256Gcm)]
    pub algorithm: Algorithm,
}

impl Operation for FundFlowBill {
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v3/ecommerce/bill/fundflowbill";
    const REPLAY: Replay = Replay::ReadOnly;
    const SOURCE: &'static str = "https://pay.weixin.qq.com/docs/partner/apis/ecommerce-bill-download/get-sub-merchant-fund-flow-bill.html";
    type Response = EncryptedBills;

    fn check(&self) -> Result<(), FieldError> {
        check::day("bill_date", &self.bill_date)?;
        check::text("account_type", self.account_type.as_str(), 1..=32)?;
        check::text("algorithm", self.algorithm.as_str(), 1..=32)
    }
}

open_enum! {
    /// How a bill's file is encrypted (账单文件加密算法). The national `SM4_GCM` is out of scope.
    Algorithm {
        /// AES-256 in GCM.
        AeadAes256Gcm = "AEAD_AES_256_GCM",
    }
}

/// The answer to [`FundFlowBill`]: the parts of a bill, of which a quiet day may have none.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
pub struct EncryptedBills {
    /// How many parts there are (下载信息总数).
    pub download_bill_count: u64,
    /// The parts (下载信息明细).
    #[serde(
        default,
        deserialize_with = "lenient::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[builder(default)]
    pub download_bill_list: Vec<EncryptedBill>,
}

impl EncryptedBills {
    /// The parts in the order in which they make the bill.
    ///
    /// # Errors
    ///
    /// [`EncryptedBillError::Parts`] when one is missing or there twice.
    pub fn in_order(&self) -> Result<Vec<&EncryptedBill>, EncryptedBillError> {
        let mut parts: Vec<_> = self.download_bill_list.iter().collect();
        parts.sort_by_key(|part| part.bill_sequence);
        let listed = parts.iter().map(|part| part.bill_sequence);
        if listed.clone().eq(1..=self.download_bill_count) {
            return Ok(parts);
        }
        Err(EncryptedBillError::Parts {
            count: self.download_bill_count,
            listed: listed.collect(),
        })
    }
}

/// A part of a bill: where its file is, its digest, and what opens it. The answer that brings it is
/// signed.
#[non_exhaustive]
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct EncryptedBill {
    /// Which part it is (账单文件序号), from 1 on.
    pub bill_sequence: u64,
    /// The digest's algorithm.
    pub hash_type: HashType,
    /// The digest of the part's bytes, opened and unpacked (原始账单), as hexadecimal digits.
    pub hash_value: String,
    /// The file's address, which lasts for 5 minutes.
    pub download_url: String,
    /// The file's key (加密密钥), sealed for the merchant's certificate.
    #[builder(into)]
    pub encrypt_key: Sealed,
    /// The file's nonce (随机字符串), whose characters count as bytes: 12 by the rules for
    /// `AEAD_AES_256_GCM`, 16 in this operation's example.
    pub nonce: String,
}

impl EncryptedBill {
    /// The call that downloads the file, for a transport's `call`.
    #[must_use]
    pub fn download(&self) -> Download {
        Download::new(&self.download_url)
    }

    /// Opens a downloaded file with the merchant's private key, unpacks it and holds it against the
    /// digest: what is returned is what the platform meant.
    ///
    /// The platform packs before it encrypts, so `packing` is what the bill was asked for with.
    /// `limit` is the most bytes that the part may have unpacked. A nonce of 16 bytes, as the
    /// documents have it, needs the feature `aws-lc-rs`; one of 12 does not.
    ///
    /// # Errors
    ///
    /// [`EncryptedBillError`] when the key does not open, the file is another or was changed, does
    /// not unpack, or is larger than `limit`.
    pub fn open(
        &self,
        file: &Unverified,
        packing: Packing,
        limit: u64,
        opener: &(impl Open + ?Sized),
    ) -> Result<Bytes, EncryptedBillError> {
        let size = file.0.len();
        let digest = BillFile::builder()
            .hash_type(self.hash_type.clone())
            .hash_value(&self.hash_value)
            .download_url(&self.download_url)
            .build();
        let key = self.encrypt_key.open(opener);
        let key = key.map_err(EncryptedBillError::Key)?;
        let length = key.len();
        let key: [u8; gcm::KEY_LEN] = key
            .as_bytes()
            .try_into()
            .map_err(|_| EncryptedBillError::KeyLength(length))?;
        let key = Zeroizing::new(key);
        let plain = gcm::open(&key, self.nonce.as_bytes(), file.0.to_vec());
        let plain = plain.map_err(|error| match error {
            Unopened::Nonce => EncryptedBillError::Nonce(self.nonce.len()),
            Unopened::Tag => EncryptedBillError::Tag { size },
        })?;
        Ok(digest.open(&Unverified(plain.into()), packing, limit)?)
    }
}

/// Without the address's token: with it the file could be fetched.
impl fmt::Debug for EncryptedBill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedBill")
            .field("bill_sequence", &self.bill_sequence)
            .field("hash_type", &self.hash_type)
            .field("hash_value", &self.hash_value)
            .field("download_url", &self.download())
            .field("encrypt_key", &self.encrypt_key)
            .field("nonce", &self.nonce)
            .finish()
    }
}

/// Why a part is not to be had. The key is in none of them.
#[non_exhaustive]
#[derive(Debug, Error)]
pub enum EncryptedBillError {
    /// The list does not hold each part once.
    #[error(
        "the bill has {count} parts, and listed are {}: ask for the bill again",
        excerpt(&format!("{listed:?}"))
    )]
    Parts {
        /// How many parts the answer counts.
        count: u64,
        /// The numbers of those that it lists, in order.
        listed: Vec<u64>,
    },
    /// The file's key does not open.
    #[error("the file's key (encrypt_key) does not open: {0}")]
    Key(#[source] OpenError),
    /// The file's key is not one of AES-256.
    #[error(
        "the file's key (encrypt_key) has {0} bytes, and one of AES-256 has 32: was the bill asked \
         for with algorithm=AEAD_AES_256_GCM?"
    )]
    KeyLength(usize),
    /// The file's nonce is of a length that cannot be used.
    #[error(
        "the file's nonce has {0} bytes, and 12 or 16 are good (16 with the feature `aws-lc-rs`)"
    )]
    Nonce(usize),
    /// The file is not what its key encrypted.
    #[error(
        "the file of {size} bytes does not open with its key: it is another, is cut off or was \
         changed; download it again"
    )]
    Tag {
        /// How many bytes the file has.
        size: usize,
    },
    /// What was opened is not the bill.
    #[error(transparent)]
    Bill(#[from] BillError),
}
