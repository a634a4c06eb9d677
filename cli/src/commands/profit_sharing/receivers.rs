use std::convert::Infallible;

use clap::Args;
use wechatpay_core::api::ecommerce::profitsharing::receivers::{Add, Delete, Kind, Relation};

use crate::args::{Connection, ENVIRONMENT};
use crate::secret_arg::Secret;

const ADD_EXAMPLE: &str = "\
Adds a receiver (添加分账接收方): POST /v3/ecommerce/profitsharing/receivers/add.

The list is yours, so a receiver is added once for all sub-merchants. No money moves, and adding \
twice is adding once.

Example:
  wxpay profit-sharing add-receiver --appid wx8888888888888888 --type MERCHANT_ID \\
      --account 1900000110 --name 'a full company name' --relation-type SUPPLIER";

const DELETE_EXAMPLE: &str = "\
Removes a receiver (删除分账接收方): POST /v3/ecommerce/profitsharing/receivers/delete.

Example:
  wxpay profit-sharing delete-receiver --appid wx8888888888888888 --type MERCHANT_ID \\
      --account 1900000110";

/// Add a receiver (添加分账接收方)
#[derive(Debug, Args)]
#[command(long_about = ADD_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct AddReceiver {
    /// Your app (公众账号ID)
    #[arg(long)]
    appid: String,
    /// What kind of receiver it is: MERCHANT_ID or PERSONAL_OPENID
    #[arg(long = "type", value_name = "TYPE", value_parser = kind)]
    kind: Kind,
    /// Who it is: a merchant's number, or a person's openid
    #[arg(long)]
    account: String,
    /// A merchant's full name (商户全称)
    #[arg(long)]
    name: Option<String>,
    /// A person's name (个人姓名) in clear, or `@FILE`: it is sealed here
    #[arg(long, value_name = "NAME")]
    encrypted_name: Option<Secret>,
    /// SUPPLIER, DISTRIBUTOR, SERVICE_PROVIDER, PLATFORM or OTHERS
    #[arg(long, value_parser = relation)]
    relation_type: Relation,
    #[command(flatten)]
    pub(super) connection: Connection,
}

/// Remove a receiver (删除分账接收方)
#[derive(Debug, Args)]
#[command(long_about = DELETE_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct DeleteReceiver {
    /// Your app (公众账号ID)
    #[arg(long)]
    appid: String,
    /// What kind of receiver it is: MERCHANT_ID or PERSONAL_OPENID
    #[arg(long = "type", value_name = "TYPE", value_parser = kind)]
    kind: Kind,
    /// Who it is, as it was added
    #[arg(long)]
    account: String,
    #[command(flatten)]
    pub(super) connection: Connection,
}

impl AddReceiver {
    pub(super) fn operation(&self) -> Add {
        Add::builder()
            .appid(&self.appid)
            .kind(self.kind.clone())
            .account(&self.account)
            .maybe_name(self.name.as_deref())
            .maybe_encrypted_name(self.encrypted_name.as_ref().map(Secret::as_str))
            .relation_type(self.relation_type.clone())
            .build()
    }
}

impl DeleteReceiver {
    pub(super) fn operation(&self) -> Delete {
        Delete::builder()
            .appid(&self.appid)
            .kind(self.kind.clone())
            .account(&self.account)
            .build()
    }
}

/// Kinds and relations that are not known here are passed on: the platform adds to them.
fn kind(text: &str) -> Result<Kind, Infallible> {
    text.parse()
}

fn relation(text: &str) -> Result<Relation, Infallible> {
    text.parse()
}
