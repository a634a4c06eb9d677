//! `wxpay after-sales`.

use std::convert::Infallible;

use clap::{Args, Subcommand};
use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders::{self, Kind, Scene};

use crate::args::{Connection, ENVIRONMENT, fen};
use crate::commands::Caller;
use crate::report::{Exit, Layout};

const CREATE_EXAMPLE: &str = "\
Takes an after-sales service fee (请求售后服务分账): POST \
/v3/ecommerce/profitsharing/after-sales-orders.

The order was refunded. The answer says only that the request is accepted: query the outcome.

Example:
  wxpay after-sales create --sub-mchid 1900000109 --transaction-id 3008450740201411110007820472 \\
      --amount 10 --scene REFUND_TICKET --refund-id 50000000382019052709732678859";

const QUERY_EXAMPLE: &str = "\
Asks what became of a fee (查询售后服务分账结果): GET \
/v3/ecommerce/profitsharing/after-sales-orders.

Example:
  wxpay after-sales query --sub-mchid 1900000109 --transaction-id 3008450740201411110007820472";

/// The two operations.
#[derive(Debug, Subcommand)]
pub(crate) enum AfterSales {
    Create(Create),
    Query(Query),
}

/// Take an after-sales service fee (请求售后服务分账)
#[derive(Debug, Args)]
#[command(long_about = CREATE_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Create {
    /// The sub-merchant that pays (分账出资商户)
    #[arg(long)]
    sub_mchid: String,
    /// The platform's number of the order (微信订单号)
    #[arg(long)]
    transaction_id: String,
    /// The fee in fen
    #[arg(long, value_name = "FEN", value_parser = fen, allow_negative_numbers = true)]
    amount: Fen,
    /// What kind of income the fee is
    #[arg(long = "type", value_name = "TYPE", value_parser = kind, default_value = "SERVICE_FEE_INCOME")]
    kind: Kind,
    /// What happened to the order: REFUND_TICKET, CHANGE_TICKET or RETURN_GOODS
    #[arg(long, value_parser = scene)]
    scene: Scene,
    /// The platform's number of the refund (微信退款单号); required for every documented scene
    #[arg(long)]
    refund_id: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

/// Ask what became of a fee (查询售后服务分账结果)
#[derive(Debug, Args)]
#[command(long_about = QUERY_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Query {
    /// The sub-merchant that pays (分账出资商户)
    #[arg(long)]
    sub_mchid: String,
    /// The platform's number of the order (微信订单号)
    #[arg(long)]
    transaction_id: String,
    #[command(flatten)]
    connection: Connection,
}

pub(crate) fn run(operation: &AfterSales, caller: &impl Caller) -> Exit {
    match operation {
        AfterSales::Create(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
        AfterSales::Query(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
    }
}

impl Create {
    fn operation(&self) -> after_sales_orders::Create {
        after_sales_orders::Create::builder()
            .sub_mchid(&self.sub_mchid)
            .transaction_id(&self.transaction_id)
            .amount(self.amount)
            .kind(self.kind.clone())
            .scene(self.scene.clone())
            .maybe_refund_id(self.refund_id.as_deref())
            .build()
    }
}

impl Query {
    fn operation(&self) -> after_sales_orders::Query {
        after_sales_orders::Query::builder()
            .sub_mchid(&self.sub_mchid)
            .transaction_id(&self.transaction_id)
            .build()
    }
}

fn kind(text: &str) -> Result<Kind, Infallible> {
    text.parse()
}

/// Scenes that are not known here are passed on: the platform adds to them.
fn scene(text: &str) -> Result<Scene, Infallible> {
    text.parse()
}
