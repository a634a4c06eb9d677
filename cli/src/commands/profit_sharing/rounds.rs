use std::path::PathBuf;

use clap::Args;
use serde_json::Value;
use thiserror::Error;
use wechatpay_core::Sealed;
use wechatpay_core::api::ecommerce::profitsharing::finish_order;
use wechatpay_core::api::ecommerce::profitsharing::orders::{self, Receiver, amounts};

use crate::args::{Connection, ENVIRONMENT};

const SHARE_EXAMPLE: &str = "\
Shares an order (请求分账): POST /v3/ecommerce/profitsharing/orders.

The order is for sharing and paid for at least a minute; its receivers were added. The answer says \
only that the round is accepted: query the outcome, because one round may partly succeed. When the \
outcome is unknown, run exactly the same command again.

Each receiver is an object with type, receiver_account, amount, description and, for a person, \
receiver_name: in clear, it is sealed here. A file keeps names out of the list of processes.

Example:
  wxpay profit-sharing share --sub-mchid 1900077001 --transaction-id \"$TRANSACTION_ID\" \\
      --out-order-no S20261121-1 --receivers '[{\"type\": \"MERCHANT_ID\",
      \"receiver_account\": \"1900000110\", \"amount\": 19, \"description\": \"commission\"}]'";

const QUERY_EXAMPLE: &str = "\
Asks what became of a round (查询分账结果), or of an order's finish: GET \
/v3/ecommerce/profitsharing/orders.

FINISHED is carried out, and not paid: each receiver has a result of its own. Where one got nothing, \
this command ends with 1.

Example:
  wxpay profit-sharing query --sub-mchid 1900077001 \\
      --transaction-id \"$TRANSACTION_ID\" --out-order-no S20261121-1";

const FINISH_EXAMPLE: &str = "\
Ends an order's sharing (完结分账): POST /v3/ecommerce/profitsharing/finish-order.

What is not shared is released to the sub-merchant, and the order can be shared no further. The \
number is a new one, unlike that of any round. The answer says only that the request is accepted: \
query the outcome under that number. When it is unknown, run exactly the same command again.

Example:
  wxpay profit-sharing finish --sub-mchid 1900077001 \\
      --transaction-id \"$TRANSACTION_ID\" --out-order-no S20261121-END \\
      --description 'nothing left to share'";

const UNSPLIT_EXAMPLE: &str = "\
Asks how much of an order is not shared yet (查询订单剩余待分金额): GET \
/v3/ecommerce/profitsharing/orders/{transaction_id}/amounts.

Example:
  wxpay profit-sharing unsplit --transaction-id \"$TRANSACTION_ID\"";

/// The fields of a receiver. A field of another name would be dropped, and a name that is not
/// compared is not noticed.
const FIELDS: [&str; 6] = [
    "type",
    "receiver_account",
    "receiver_mchid",
    "amount",
    "description",
    "receiver_name",
];

/// Share an order (请求分账)
#[derive(Debug, Args)]
#[command(long_about = SHARE_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Share {
    /// Your app (公众账号ID); required where a receiver is a person
    #[arg(long)]
    appid: Option<String>,
    /// The sub-merchant that pays (二级商户号)
    #[arg(long)]
    sub_mchid: String,
    /// The platform's number of the order (微信订单号)
    #[arg(long)]
    transaction_id: String,
    /// Your own number of the round (商户分账单号): the same number is the same request
    #[arg(long)]
    out_order_no: String,
    /// Who gets how much (分账接收方列表): a JSON array, or @FILE to read it from a file
    #[arg(long, value_name = "JSON|@FILE")]
    receivers: String,
    /// This is the last round: release the rest to the sub-merchant
    #[arg(long)]
    finish: bool,
    /// Where the outcome is notified
    #[arg(long, value_name = "URL")]
    notify_url: Option<String>,
    #[command(flatten)]
    pub(super) connection: Connection,
}

/// Ask what became of a round (查询分账结果), or of an order's finish
#[derive(Debug, Args)]
#[command(long_about = QUERY_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Query {
    /// The sub-merchant that pays (二级商户号)
    #[arg(long)]
    sub_mchid: String,
    /// The platform's number of the order (微信订单号)
    #[arg(long)]
    transaction_id: String,
    /// Your own number of the round, or of the finish (商户分账单号)
    #[arg(long)]
    out_order_no: String,
    #[command(flatten)]
    pub(super) connection: Connection,
}

/// End an order's sharing, and release the rest (完结分账)
#[derive(Debug, Args)]
#[command(long_about = FINISH_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Finish {
    /// The sub-merchant (二级商户号), to which the rest is released
    #[arg(long)]
    sub_mchid: String,
    /// The platform's number of the order (微信订单号)
    #[arg(long)]
    transaction_id: String,
    /// Your own, new number of the finish (商户分账单号): the same number is the same request
    #[arg(long)]
    out_order_no: String,
    /// A remark, up to 80 characters
    #[arg(long)]
    description: String,
    /// Where the outcome is notified
    #[arg(long, value_name = "URL")]
    notify_url: Option<String>,
    #[command(flatten)]
    pub(super) connection: Connection,
}

/// Ask how much of an order is not shared yet (查询订单剩余待分金额)
#[derive(Debug, Args)]
#[command(long_about = UNSPLIT_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Unsplit {
    /// The platform's number of the order (微信订单号)
    #[arg(long)]
    transaction_id: String,
    #[command(flatten)]
    pub(super) connection: Connection,
}

impl Share {
    pub(super) fn operation(&self) -> Result<orders::Create, ReceiversError> {
        Ok(orders::Create::builder()
            .maybe_appid(self.appid.as_deref())
            .sub_mchid(&self.sub_mchid)
            .transaction_id(&self.transaction_id)
            .out_order_no(&self.out_order_no)
            .receivers(receivers(&self.receivers)?)
            .finish(self.finish)
            .maybe_notify_url(self.notify_url.as_deref())
            .build())
    }
}

impl Query {
    pub(super) fn operation(&self) -> orders::Query {
        orders::Query::builder()
            .sub_mchid(&self.sub_mchid)
            .transaction_id(&self.transaction_id)
            .out_order_no(&self.out_order_no)
            .build()
    }
}

impl Finish {
    pub(super) fn operation(&self) -> finish_order::Finish {
        finish_order::Finish::builder()
            .sub_mchid(&self.sub_mchid)
            .transaction_id(&self.transaction_id)
            .out_order_no(&self.out_order_no)
            .description(&self.description)
            .maybe_notify_url(self.notify_url.as_deref())
            .build()
    }
}

impl Unsplit {
    pub(super) fn operation(&self) -> amounts::Query {
        amounts::Query::builder()
            .transaction_id(&self.transaction_id)
            .build()
    }
}

/// Why the receivers are not usable.
#[derive(Debug, Error)]
pub(super) enum ReceiversError {
    #[error("--receivers @{}: {source}", .path.display())]
    File {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("--receivers is not a JSON array of receivers: {0}")]
    Json(#[from] serde_json::Error),
    #[error("--receivers: no receiver has a field {0:?}")]
    Field(String),
}

/// Reads receivers, whose names are in clear.
fn receivers(text: &str) -> Result<Vec<Receiver>, ReceiversError> {
    let text = match text.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).map_err(|source| ReceiversError::File {
            path: path.into(),
            source,
        })?,
        None => text.to_owned(),
    };
    let objects: Vec<serde_json::Map<String, Value>> = serde_json::from_str(&text)?;
    let mut names = objects.iter().flat_map(serde_json::Map::keys);
    if let Some(name) = names.find(|name| !FIELDS.contains(&name.as_str())) {
        return Err(ReceiversError::Field(name.clone()));
    }
    let mut receivers: Vec<Receiver> = serde_json::from_str(&text)?;
    for name in receivers.iter_mut().flat_map(|r| &mut r.receiver_name) {
        // What was read counts as sealed, and is not.
        let clear = name.as_sealed().unwrap_or_default();
        *name = Sealed::plain(clear);
    }
    Ok(receivers)
}
