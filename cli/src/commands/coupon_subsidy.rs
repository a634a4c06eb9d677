//! `wxpay coupon-subsidy`.

use clap::{Args, Subcommand};
use wechatpay_core::Fen;
use wechatpay_core::api::marketing::busifavor::subsidy::{
    ReturnReceipt, pay_receipts, return_receipts,
};

use crate::args::{Connection, ENVIRONMENT, fen};
use crate::commands::Caller;
use crate::report::{Exit, Layout};

const PAY_EXAMPLE: &str = "\
Subsidises a coupon (营销补差付款): POST /v3/marketing/busifavor/subsidy/pay-receipts.

The coupon was used for an order that is paid, and its stock allows subsidies. When the outcome is \
unknown or ACCEPTED, run exactly the same command again, or list.

Example:
  wxpay coupon-subsidy pay --stock-id 128888000000001 --coupon-code ABCD12345678 \\
      --transaction-id 4200000913202101152566792388 --payer-merchant 1900000001 \\
      --payee-merchant 1900000002 --amount 100 --description 20210115DESCRIPTION \\
      --out-subsidy-no subsidy-abcd-12345678";

const LIST_EXAMPLE: &str = "\
Lists what a coupon was subsidised with (查询营销补差付款单列表): GET \
/v3/marketing/busifavor/subsidy/pay-receipts.

Example:
  wxpay coupon-subsidy list --stock-id 128888000000001 --coupon-code ABCD12345678 \\
      --out-subsidy-no subsidy-abcd-12345678";

const SHOW_EXAMPLE: &str = "\
Shows one subsidy (查询营销补差付款单详情): GET \
/v3/marketing/busifavor/subsidy/pay-receipts/{subsidy_receipt_id}.

Example:
  wxpay coupon-subsidy show --subsidy-receipt-id 1120200119165100000000000001";

const SHOW_RETURN_EXAMPLE: &str = "\
Shows one return (查询营销补差回退单详情): GET \
/v3/marketing/busifavor/subsidy/return-receipts/{subsidy_return_receipt_id}.

Its number is given only after success: when the outcome is unknown, repeat the return instead.

Example:
  wxpay coupon-subsidy show-return --subsidy-return-receipt-id \"$RECEIPT_ID\"";

const RETURN_EXAMPLE: &str = "\
Returns a coupon's subsidy (营销补差回退): POST /v3/marketing/busifavor/subsidy/return-receipts.

The subsidised order was refunded; all returns of a coupon code together are at most its subsidy. \
When the outcome is unknown or ACCEPTED, run exactly the same command again.

Example:
  wxpay coupon-subsidy return --stock-id 128888000000001 --coupon-code ABCD12345678 \\
      --transaction-id 4200000913202101152566792388 --refund-id 50100506732021010105138718375 \\
      --payer-merchant 1900000001 --payee-merchant 1900000002 --amount 100 \\
      --description 'order refunded' --out-subsidy-return-no subsidy-abcd-12345678";

/// The five operations.
#[derive(Debug, Subcommand)]
pub(crate) enum CouponSubsidy {
    Pay(Box<Pay>),
    List(List),
    Show(Show),
    Return(Box<Return>),
    ShowReturn(ShowReturn),
}

/// Subsidise a coupon (营销补差付款)
#[derive(Debug, Args)]
#[command(long_about = PAY_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Pay {
    /// The coupon's stock (商家券批次号)
    #[arg(long)]
    stock_id: String,
    /// The coupon's code (券code)
    #[arg(long)]
    coupon_code: String,
    /// The platform's number of the order (微信支付订单号)
    #[arg(long)]
    transaction_id: String,
    /// Who pays the subsidy
    #[arg(long)]
    payer_merchant: String,
    /// Who receives it
    #[arg(long)]
    payee_merchant: String,
    /// The subsidy in fen: at most what the coupon takes off
    #[arg(long, value_name = "FEN", value_parser = fen, allow_negative_numbers = true)]
    amount: Fen,
    /// A remark, up to 1024 characters
    #[arg(long)]
    description: String,
    /// Your own number of the subsidy (业务请求唯一单号): the same number is the same request
    #[arg(long)]
    out_subsidy_no: String,
    #[command(flatten)]
    connection: Connection,
}

/// List what a coupon was subsidised with (查询营销补差付款单列表)
#[derive(Debug, Args)]
#[command(long_about = LIST_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct List {
    /// The coupon's stock (商家券批次号)
    #[arg(long)]
    stock_id: String,
    /// The coupon's code (券code)
    #[arg(long)]
    coupon_code: String,
    /// Your own number of one subsidy (业务请求唯一单号)
    #[arg(long)]
    out_subsidy_no: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

/// Show one subsidy (查询营销补差付款单详情)
#[derive(Debug, Args)]
#[command(long_about = SHOW_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Show {
    /// The platform's number of the subsidy (补差付款单号)
    #[arg(long)]
    subsidy_receipt_id: String,
    #[command(flatten)]
    connection: Connection,
}

/// Return a coupon's subsidy (营销补差回退)
#[derive(Debug, Args)]
#[command(long_about = RETURN_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Return {
    /// The coupon's stock (商家券批次号)
    #[arg(long)]
    stock_id: String,
    /// The coupon's code (券code)
    #[arg(long)]
    coupon_code: String,
    /// The platform's number of the subsidised order (微信支付订单号)
    #[arg(long)]
    transaction_id: String,
    /// The platform's number of its refund (微信支付退款单号)
    #[arg(long)]
    refund_id: String,
    /// Who paid the subsidy, and receives now
    #[arg(long)]
    payer_merchant: String,
    /// Who received the subsidy, and pays now
    #[arg(long)]
    payee_merchant: String,
    /// What comes back, in fen
    #[arg(long, value_name = "FEN", value_parser = fen, allow_negative_numbers = true)]
    amount: Fen,
    /// A remark, up to 1024 characters
    #[arg(long)]
    description: String,
    /// Your own number of the return (商户营销补差回退单号): the same number is the same request
    #[arg(long)]
    out_subsidy_return_no: String,
    #[command(flatten)]
    connection: Connection,
}

/// Show one return (查询营销补差回退单详情)
#[derive(Debug, Args)]
#[command(long_about = SHOW_RETURN_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct ShowReturn {
    /// The platform's number of the return (补差回退单号)
    #[arg(long)]
    subsidy_return_receipt_id: String,
    #[command(flatten)]
    connection: Connection,
}

pub(crate) fn run(operation: &CouponSubsidy, caller: &impl Caller) -> Exit {
    match operation {
        CouponSubsidy::Pay(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
        CouponSubsidy::List(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
        CouponSubsidy::Show(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
        CouponSubsidy::Return(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
        CouponSubsidy::ShowReturn(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
    }
}

impl Pay {
    fn operation(&self) -> pay_receipts::Create {
        pay_receipts::Create::builder()
            .stock_id(&self.stock_id)
            .coupon_code(&self.coupon_code)
            .transaction_id(&self.transaction_id)
            .payer_merchant(&self.payer_merchant)
            .payee_merchant(&self.payee_merchant)
            .amount(self.amount)
            .description(&self.description)
            .out_subsidy_no(&self.out_subsidy_no)
            .build()
    }
}

impl List {
    fn operation(&self) -> pay_receipts::List {
        pay_receipts::List::builder()
            .stock_id(&self.stock_id)
            .coupon_code(&self.coupon_code)
            .maybe_out_subsidy_no(self.out_subsidy_no.as_deref())
            .build()
    }
}

impl Show {
    fn operation(&self) -> pay_receipts::Query {
        pay_receipts::Query::builder()
            .subsidy_receipt_id(&self.subsidy_receipt_id)
            .build()
    }
}

impl Return {
    fn operation(&self) -> ReturnReceipt {
        ReturnReceipt::builder()
            .stock_id(&self.stock_id)
            .coupon_code(&self.coupon_code)
            .transaction_id(&self.transaction_id)
            .refund_id(&self.refund_id)
            .payer_merchant(&self.payer_merchant)
            .payee_merchant(&self.payee_merchant)
            .amount(self.amount)
            .description(&self.description)
            .out_subsidy_return_no(&self.out_subsidy_return_no)
            .build()
    }
}

impl ShowReturn {
    fn operation(&self) -> return_receipts::Query {
        return_receipts::Query::builder()
            .subsidy_return_receipt_id(&self.subsidy_return_receipt_id)
            .build()
    }
}
