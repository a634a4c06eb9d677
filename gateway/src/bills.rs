//! `/v3/bill/…` and `/v3/billdownload/file`: a day's trades, and what moved on the platform's
//! accounts.
//!
//! The trade bill lists orders and refunds; the fund flow bill lists the ledger's transfers, of
//! `platform:income` as the basic account and of `platform:operation` as the operating account, and
//! the encrypted one those of all sub-merchants. A bill is written when it is asked for, and its
//! address lasts for [`LIFE`], or [`ENCRYPTED_LIFE`].

mod day;
mod flow;
mod sheet;
mod sub_merchants;
mod trade;

use std::io::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::HOST;
use http::uri::Authority;
use http::{Request, Uri};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::Value;
use wechatpay_core::api::bill::{BillFile, FundFlowBill, HashType, TarType, TradeBill};

use crate::files::{File, MediaType};
use crate::moment::{Entropy, Moment, Purpose};
use crate::problem::{Code, Location, Problem};
use crate::query;
use crate::state::State;

pub(crate) use day::Day;
use sheet::Sheet;

/// Where bills are downloaded.
pub(crate) const DOWNLOAD: &str = "/v3/billdownload/file";

/// How long the address of a bill lasts, on the gateway's clock.
const LIFE: Duration = Duration::from_secs(30);
/// The same for an encrypted part.
const ENCRYPTED_LIFE: Duration = Duration::from_secs(5 * 60);

/// A request for a bill, and what its address is made of.
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a Request<Bytes>,
    pub(crate) moment: &'a Moment,
    pub(crate) entropy: &'a Entropy,
}

impl State {
    pub(crate) fn make_trade_bill(
        &mut self,
        query: &TradeBill,
        asked: &Asked<'_>,
    ) -> Result<BillFile, Problem> {
        let packing = Packing::read(query.tar_type.as_ref())?;
        let day = Day::of_bill(&query.bill_date, asked.moment.at)?;
        let sheet = trade::sheet(self, query, &day)?;
        self.publish(sheet, &day, packing, asked)
    }

    pub(crate) fn make_fund_flow_bill(
        &mut self,
        query: &FundFlowBill,
        asked: &Asked<'_>,
    ) -> Result<BillFile, Problem> {
        let packing = Packing::read(query.tar_type.as_ref())?;
        let day = Day::of_bill(&query.bill_date, asked.moment.at)?;
        let sheet = flow::sheet(&self.ledger, query, &day)?;
        self.publish(sheet, &day, packing, asked)
    }

    fn publish(
        &mut self,
        sheet: Option<Sheet>,
        day: &Day,
        packing: Packing,
        asked: &Asked<'_>,
    ) -> Result<BillFile, Problem> {
        let Some(sheet) = sheet else {
            let why = format!("nothing of what was asked for happened on {day}");
            return Err(Problem::new(Code::NoStatementExist, why));
        };
        let text = sheet.into_text();
        let (token, url) = address(asked.request, &asked.entropy.part(Purpose::File, 0));
        let answer = BillFile::builder()
            .hash_type(HashType::Sha1)
            .hash_value(sha1(text.as_bytes()))
            .download_url(url)
            .build();
        self.bills.put(token, packing.pack(text)?, asked.moment.at);
        Ok(answer)
    }

    /// Gives a bill out, as often as is asked for while its address lasts.
    pub(crate) fn bill(&self, uri: &Uri, moment: &Moment) -> Result<File, Problem> {
        let fields = query::fields(uri.query().unwrap_or_default())?;
        let refuse = |issue: &str| {
            // The token is left out: it is what opens the file.
            Err(Problem::invalid(format!("the token {issue}")).at(
                Location::Query,
                "token",
                &Value::Null,
                issue,
            ))
        };
        let Some(Value::String(token)) = fields.get("token") else {
            return refuse("is missing: take download_url as it is");
        };
        let Some((file, since)) = self.bills.get(token) else {
            return refuse("names no bill that is kept: ask for the bill again");
        };
        let life = match file.media_type {
            MediaType::Encrypted => ENCRYPTED_LIFE,
            _ => LIFE,
        };
        if moment.at >= since.plus(life) {
            return refuse(&format!(
                "is {} s old, and lasts for {} s: ask for the bill again",
                moment.at.distance(since).as_secs(),
                life.as_secs()
            ));
        }
        Ok(file.clone())
    }
}

/// A new token, and the address that it makes.
fn address(request: &Request<Bytes>, entropy: &Entropy) -> (String, String) {
    let token = URL_SAFE_NO_PAD.encode(entropy.bytes());
    let url = format!("{}{DOWNLOAD}?token={token}", base_url(request));
    (token, url)
}

fn sha1(text: &[u8]) -> String {
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, text);
    digest.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

/// Where the gateway is for whoever sent the request. A socket of this crate speaks plain HTTP; a
/// request that came over none names the platform's host.
fn base_url(request: &Request<Bytes>) -> String {
    let uri = request.uri();
    if let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) {
        return format!("{scheme}://{authority}");
    }
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    match host.and_then(|host| host.parse::<Authority>().ok()) {
        Some(host) => format!("http://{host}"),
        None => wechatpay_core::HOST.to_owned(),
    }
}

/// How a file is given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Plain,
    Gzip,
}

impl Packing {
    fn read(tar_type: Option<&TarType>) -> Result<Self, Problem> {
        match tar_type {
            None => Ok(Self::Plain),
            Some(TarType::Gzip) => Ok(Self::Gzip),
            Some(other) => Err(unknown(
                "tar_type",
                other.as_str(),
                "must be GZIP, or absent",
            )),
        }
    }

    fn pack(self, text: String) -> Result<File, Problem> {
        match self {
            Self::Plain => Ok(File {
                media_type: MediaType::Csv,
                bytes: text.into(),
            }),
            Self::Gzip => {
                let mut packer = GzEncoder::new(Vec::new(), Compression::default());
                let packed = packer
                    .write_all(text.as_bytes())
                    .and_then(|()| packer.finish());
                Ok(File {
                    media_type: MediaType::Gzip,
                    bytes: packed
                        .map_err(|e| Problem::new(Code::SystemError, e.to_string()))?
                        .into(),
                })
            }
        }
    }
}

/// A value that is not one of those that are documented.
fn unknown(field: &str, value: &str, issue: &str) -> Problem {
    Problem::field(Location::Query, field, &value.into(), issue)
}
