//! `wxpay subsidies`.

use clap::{Args, Subcommand};
use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::subsidies::{self, Account, ReturnFrom};

use crate::args::{Connection, ENVIRONMENT, fen};
use crate::commands::Caller;
use crate::report::{Exit, Layout};

const CREATE_EXAMPLE: &str = "\
Subsidises an order (请求补差): POST /v3/ecommerce/subsidies/create.

The order promised a subsidy when it was placed, is paid and settled, and is not shared yet. One \
subsidy per order. When the outcome is unknown, run exactly the same command again: identical \
parameters are charged once.

Example:
  wxpay subsidies create --sub-mchid 1900000109 --transaction-id 4208450740201411110007820472 \\
      --amount 10 --description 'autumn campaign' --out-subsidy-no P20150806125347";

const RETURN_EXAMPLE: &str = "\
Takes a subsidy back (请求补差回退): POST /v3/ecommerce/subsidies/return.

The order was subsidised and is refunded. One return per refund, together no more than the \
subsidy. When the outcome is unknown, run exactly the same command again.

Example:
  wxpay subsidies return --sub-mchid 1900000109 --transaction-id 4208450740201411110007820472 \\
      --out-order-no P20150806125346 --refund-id 3008450740201411110007820472 \\
      --amount 10 --description 'order refunded' --from AVAILABLE=10";

const CANCEL_EXAMPLE: &str = "\
Gives a promised subsidy up (取消补差): POST /v3/ecommerce/subsidies/cancel.

The order promised a subsidy, was refunded, and is neither subsidised nor shared. Afterwards it can \
be shared without a subsidy.

Example:
  wxpay subsidies cancel --sub-mchid 1900013401 --transaction-id 4208450740201411110007820472 \\
      --description 'order refunded'";

/// The three operations.
#[derive(Debug, Subcommand)]
pub(crate) enum Subsidies {
    Create(Create),
    Return(Return),
    Cancel(Cancel),
}

/// Subsidise an order (请求补差)
#[derive(Debug, Args)]
#[command(long_about = CREATE_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Create {
    /// The sub-merchant (二级商户号) that receives the subsidy
    #[arg(long)]
    sub_mchid: String,
    /// The platform's number of the order (微信订单号)
    #[arg(long)]
    transaction_id: String,
    /// The subsidy in fen: what the order promised, or less after a refund
    #[arg(long, value_name = "FEN", value_parser = fen, allow_negative_numbers = true)]
    amount: Fen,
    /// A remark, up to 80 characters
    #[arg(long)]
    description: String,
    /// Your own number of the subsidy (商户补差单号): the same number is the same request
    #[arg(long)]
    out_subsidy_no: Option<String>,
    /// Legacy: the platform's number of the refund that made the subsidy smaller
    #[arg(long)]
    refund_id: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

/// Take a subsidy back (请求补差回退)
#[derive(Debug, Args)]
#[command(long_about = RETURN_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Return {
    /// The sub-merchant (二级商户号) that gives the money back
    #[arg(long)]
    sub_mchid: String,
    /// Your own number of the return (商户补差回退单号): the same number is the same request
    #[arg(long)]
    out_order_no: String,
    /// The platform's number of the order (微信订单号)
    #[arg(long)]
    transaction_id: String,
    /// The platform's number of the refund (微信退款单号); left out only when the order cannot be
    /// refunded because the payer's account is abnormal
    #[arg(long)]
    refund_id: Option<String>,
    /// What comes back, in fen
    #[arg(long, value_name = "FEN", value_parser = fen, allow_negative_numbers = true)]
    amount: Fen,
    /// A remark, up to 80 characters
    #[arg(long)]
    description: String,
    /// The platform's number of the subsidy (微信补差单号)
    #[arg(long)]
    subsidy_id: Option<String>,
    /// Which account pays how much: AVAILABLE=10 or UNAVAILABLE=10; the amounts add up to --amount
    #[arg(long, value_name = "ACCOUNT=FEN", value_parser = return_from)]
    from: Vec<ReturnFrom>,
    #[command(flatten)]
    connection: Connection,
}

/// Give a promised subsidy up (取消补差)
#[derive(Debug, Args)]
#[command(long_about = CANCEL_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Cancel {
    /// The sub-merchant (二级商户号)
    #[arg(long)]
    sub_mchid: String,
    /// The platform's number of the order (微信订单号)
    #[arg(long)]
    transaction_id: String,
    /// Why, up to 80 characters
    #[arg(long)]
    description: String,
    /// Legacy: the platform's number of the refund
    #[arg(long)]
    refund_id: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

pub(crate) fn run(operation: &Subsidies, caller: &impl Caller) -> Exit {
    match operation {
        Subsidies::Create(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
        Subsidies::Return(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
        Subsidies::Cancel(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
    }
}

impl Create {
    fn operation(&self) -> subsidies::Create {
        subsidies::Create::builder()
            .sub_mchid(&self.sub_mchid)
            .transaction_id(&self.transaction_id)
            .amount(self.amount)
            .description(&self.description)
            .maybe_out_subsidy_no(self.out_subsidy_no.as_deref())
            .maybe_refund_id(self.refund_id.as_deref())
            .build()
    }
}

impl Return {
    fn operation(&self) -> subsidies::Return {
        let from = (!self.from.is_empty()).then(|| self.from.clone());
        subsidies::Return::builder()
            .sub_mchid(&self.sub_mchid)
            .out_order_no(&self.out_order_no)
            .transaction_id(&self.transaction_id)
            .maybe_refund_id(self.refund_id.as_deref())
            .amount(self.amount)
            .description(&self.description)
            .maybe_subsidy_id(self.subsidy_id.as_deref())
            .maybe_from(from)
            .build()
    }
}

impl Cancel {
    fn operation(&self) -> subsidies::Cancel {
        subsidies::Cancel::builder()
            .sub_mchid(&self.sub_mchid)
            .transaction_id(&self.transaction_id)
            .description(&self.description)
            .maybe_refund_id(self.refund_id.as_deref())
            .build()
    }
}

fn return_from(text: &str) -> Result<ReturnFrom, String> {
    let (account, amount) = text
        .split_once('=')
        .ok_or("an account and an amount are written as AVAILABLE=10")?;
    let account = Account::from(account.to_ascii_uppercase());
    let amount = fen(amount)?;
    Ok(ReturnFrom::builder()
        .account(account)
        .amount(amount)
        .build())
}
