//! `wxpay coupon-subsidy`.

use clap::{Args, Subcommand};
use wechatpay_core::Fen;
use wechatpay_core::api::marketing::busifavor::subsidy::ReturnReceipt;

use crate::args::{Connection, ENVIRONMENT, fen};
use crate::commands::call;
use crate::report::{Exit, Layout};

const EXAMPLE: &str = "\
Returns a coupon's subsidy (营销补差回退): POST /v3/marketing/busifavor/subsidy/return-receipts.

The subsidised order was refunded; all returns of a coupon code together are at most its subsidy. \
When the outcome is unknown or ACCEPTED, run exactly the same command again.

Example:
  wxpay coupon-subsidy return --stock-id 128888000000001 --coupon-code ABCD12345678 \\
      --transaction-id 4200000913202101152566792388 --refund-id 50100506732021010105138718375 \\
      --payer-merchant 1900000001 --payee-merchant 1900000002 --amount 100 \\
      --description 'order refunded' --out-subsidy-return-no subsidy-abcd-12345678";

/// The operation.
#[derive(Debug, Subcommand)]
pub(crate) enum CouponSubsidy {
    Return(Box<Return>),
}

/// Return a coupon's subsidy (营销补差回退)
#[derive(Debug, Args)]
#[command(long_about = EXAMPLE, after_long_help = ENVIRONMENT)]
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

pub(crate) fn run(operation: &CouponSubsidy) -> Exit {
    let CouponSubsidy::Return(args) = operation;
    call(&args.connection, &args.operation(), Layout::Indented)
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
