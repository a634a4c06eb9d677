//! `/v3/ecommerce/bill/fundflowbill`: what moved on the basic accounts of all sub-merchants, in
//! encrypted parts.

use std::collections::BTreeMap;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use wechatpay_core::api::bill::{AccountType, HashType};
use wechatpay_core::api::ecommerce::bill::{
    Algorithm, EncryptedBill, EncryptedBills, FundFlowBill,
};
use wechatpay_core::{Fen, Seal as _, Sealed};

use super::day::Day;
use super::flow::{SUMMARY, Total, Way};
use super::sheet::{Sheet, add, time};
use super::{Asked, Packing, address, sha1, unknown};
use crate::account::{Account, Mchid};
use crate::balances::basic_of;
use crate::credentials;
use crate::files::{File, MediaType};
use crate::ledger::{Entry, Ledger};
use crate::moment::{Entropy, Purpose};
use crate::problem::{Code, Problem};
use crate::state::State;

const COLUMNS: &str = "二级商户号,记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,\
    收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号";

/// So many rows a part has, unless there would be more than [`MOST_PARTS`].
const ROWS: usize = 100;
/// Half of the files that are kept, so that no part makes another forgotten.
const MOST_PARTS: usize = 32;

impl State {
    pub(crate) fn make_sub_merchants_bill(
        &mut self,
        query: &FundFlowBill,
        asked: &Asked<'_>,
    ) -> Result<EncryptedBills, Problem> {
        let packing = Packing::read(query.tar_type.as_ref())?;
        if query.account_type != AccountType::All {
            let account = query.account_type.as_str();
            return Err(unknown("account_type", account, "must be ALL"));
        }
        if query.algorithm != Algorithm::AeadAes256Gcm {
            let issue = "must be AEAD_AES_256_GCM";
            return Err(unknown("algorithm", query.algorithm.as_str(), issue));
        }
        let day = Day::of_bill(&query.bill_date, asked.moment.at)?;
        let parts = match sheet(&self.ledger, &day)? {
            Some(sheet) => parts(&sheet.into_text()),
            None => Vec::new(),
        };
        let mut list = Vec::new();
        for (index, text) in parts.into_iter().enumerate() {
            list.push(self.publish_part(index, text, packing, asked)?);
        }
        Ok(EncryptedBills::builder()
            .download_bill_count(count(list.len()))
            .download_bill_list(list)
            .build())
    }

    fn publish_part(
        &mut self,
        index: usize,
        text: String,
        packing: Packing,
        asked: &Asked<'_>,
    ) -> Result<EncryptedBill, Problem> {
        let digest = sha1(text.as_bytes());
        let packed = packing.pack(text)?.bytes.to_vec();
        let key = asked.entropy.part(Purpose::BillKey, index).letters();
        let nonce = asked.entropy.part(Purpose::BillNonce, index).letters();
        let nonce = &nonce[..NONCE_LEN];
        let file = File {
            media_type: MediaType::Encrypted,
            bytes: encrypt(&key, nonce, packed)?.into(),
        };
        let part = Entropy::part(asked.entropy, Purpose::File, index);
        let (token, url) = address(asked.request, &part);
        self.bills.put(token, file, asked.moment.at);
        let sealer = credentials::merchant_sealer().map_err(failed)?;
        Ok(EncryptedBill::builder()
            .bill_sequence(count(index + 1))
            .hash_type(HashType::Sha1)
            .hash_value(digest)
            .download_url(url)
            .encrypt_key(Sealed::from_wire(sealer.seal(&key).map_err(failed)?))
            .nonce(nonce)
            .build())
    }
}

/// The day's flows of all sub-merchants, in the order of the ledger; none without any.
fn sheet(ledger: &Ledger, day: &Day) -> Result<Option<Sheet>, Problem> {
    let mut book = Book {
        sheet: Sheet::new(COLUMNS),
        balances: BTreeMap::new(),
        income: Total::default(),
        expense: Total::default(),
        number: 0,
    };
    for entry in ledger.entries() {
        for transfer in &entry.transfers {
            let (from, to) = (&transfer.from, &transfer.to);
            let (payer, payee) = (basic_of(from), basic_of(to));
            if payer == payee {
                // From one purse to another of the same account, or none of theirs.
                continue;
            }
            for (mchid, way, other) in [(payer, Way::Out, to), (payee, Way::In, from)] {
                if let Some(mchid) = mchid {
                    book.write(mchid, entry, way, other, transfer.amount, day)?;
                }
            }
        }
    }
    let values = [
        &*book.sheet.rows().to_string(),
        &book.income.count.to_string(),
        &book.income.sum.yuan(),
        &book.expense.count.to_string(),
        &book.expense.sum.yuan(),
    ];
    Ok(book.sheet.sum_up(SUMMARY, values))
}

struct Book {
    sheet: Sheet,
    balances: BTreeMap<Mchid, Fen>,
    income: Total,
    expense: Total,
    number: u64,
}

impl Book {
    fn write(
        &mut self,
        mchid: &Mchid,
        entry: &Entry,
        way: Way,
        other: &Account,
        amount: Fen,
        day: &Day,
    ) -> Result<(), Problem> {
        self.number += 1;
        let (change, total) = match way {
            Way::In => (Some(amount), &mut self.income),
            Way::Out => (Fen::ZERO.checked_sub(amount), &mut self.expense),
        };
        let balance = self.balances.entry(mchid.clone()).or_default();
        add(balance, change.unwrap_or_default())?;
        if !day.contains(entry.at) {
            return Ok(());
        }
        total.count += 1;
        add(&mut total.sum, amount)?;
        self.sheet.push([
            mchid.as_str(),
            &time(entry.at)?,
            &entry.request_id,
            &format!("61{:026}", self.number),
            &entry.operation,
            &other.to_string(),
            &way.to_string(),
            &amount.yuan(),
            &balance.yuan(),
            "system",
            "",
            "",
        ]);
        Ok(())
    }
}

/// The bill's text, cut between rows: the first part has the head, the last the summary.
fn parts(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    // A head above the rows, and two lines of summary below.
    let rows = lines.len().saturating_sub(3);
    let size = ROWS.max(rows.div_ceil(MOST_PARTS));
    let cuts = (1..rows.div_ceil(size)).map(|part| 1 + part * size);
    let ends = cuts.chain([lines.len()]);
    let mut start = 0;
    ends.map(|end| {
        let part = lines[start..end].concat();
        start = end;
        part
    })
    .collect()
}

fn encrypt(key: &str, nonce: &str, mut file: Vec<u8>) -> Result<Vec<u8>, Problem> {
    let refuse = |_| failed("the bill could not be encrypted");
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_bytes()).map_err(refuse)?);
    let nonce = Nonce::try_assume_unique_for_key(nonce.as_bytes()).map_err(refuse)?;
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut file)
        .map_err(refuse)?;
    Ok(file)
}

fn failed(why: impl ToString) -> Problem {
    Problem::new(Code::SystemError, why.to_string())
}

fn count(length: usize) -> u64 {
    // A count of things in memory fits.
    u64::try_from(length).unwrap_or(u64::MAX)
}
