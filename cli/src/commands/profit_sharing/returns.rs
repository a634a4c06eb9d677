use clap::Args;
use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::profitsharing::returnorders;

use crate::args::{Connection, ENVIRONMENT, fen};

const RETURN_EXAMPLE: &str = "\
Takes a receiver's part back (请求分账回退): POST /v3/ecommerce/profitsharing/returnorders.

The receiver is a merchant, and the round is finished. While the result is PROCESSING, or unknown, \
never change the number: the same return under another number is another return. Run exactly the \
same command again, or query.

Example:
  wxpay profit-sharing return --sub-mchid 1900077001 --out-order-no S20261121-1 \\
      --out-return-no SR20261121-1 --return-mchid 1900000110 --amount 10 \\
      --description 'order refunded'";

const QUERY_EXAMPLE: &str = "\
Asks what became of a return (查询分账回退结果): GET /v3/ecommerce/profitsharing/returnorders.

Example:
  wxpay profit-sharing query-return --sub-mchid 1900077001 --out-order-no S20261121-1 \\
      --out-return-no SR20261121-1";

/// Take a receiver's part back (请求分账回退)
#[derive(Debug, Args)]
#[command(long_about = RETURN_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Return {
    /// The sub-merchant that shared (二级商户号), and receives now
    #[arg(long)]
    sub_mchid: String,
    /// The platform's number of the round (微信分账单号); this or --out-order-no
    #[arg(long)]
    order_id: Option<String>,
    /// Your own number of the round (商户分账单号); this or --order-id
    #[arg(long)]
    out_order_no: Option<String>,
    /// Your own number of the return (商户回退单号): the same number is the same request
    #[arg(long)]
    out_return_no: String,
    /// Who gives back (回退商户号)
    #[arg(long)]
    return_mchid: String,
    /// What comes back, in fen
    #[arg(long, value_name = "FEN", value_parser = fen, allow_negative_numbers = true)]
    amount: Fen,
    /// A remark, up to 80 characters
    #[arg(long)]
    description: String,
    /// The platform's number of the order (微信订单号)
    #[arg(long)]
    transaction_id: Option<String>,
    #[command(flatten)]
    pub(super) connection: Connection,
}

/// Ask what became of a return (查询分账回退结果)
#[derive(Debug, Args)]
#[command(long_about = QUERY_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct QueryReturn {
    /// The sub-merchant that shared (二级商户号)
    #[arg(long)]
    sub_mchid: String,
    /// The platform's number of the round (微信分账单号); this or --out-order-no
    #[arg(long)]
    order_id: Option<String>,
    /// Your own number of the round (商户分账单号); this or --order-id
    #[arg(long)]
    out_order_no: Option<String>,
    /// Your own number of the return (商户回退单号)
    #[arg(long)]
    out_return_no: String,
    #[command(flatten)]
    pub(super) connection: Connection,
}

impl Return {
    pub(super) fn operation(&self) -> returnorders::Create {
        returnorders::Create::builder()
            .sub_mchid(&self.sub_mchid)
            .maybe_order_id(self.order_id.as_deref())
            .maybe_out_order_no(self.out_order_no.as_deref())
            .out_return_no(&self.out_return_no)
            .return_mchid(&self.return_mchid)
            .amount(self.amount)
            .description(&self.description)
            .maybe_transaction_id(self.transaction_id.as_deref())
            .build()
    }
}

impl QueryReturn {
    pub(super) fn operation(&self) -> returnorders::Query {
        returnorders::Query::builder()
            .sub_mchid(&self.sub_mchid)
            .maybe_order_id(self.order_id.as_deref())
            .maybe_out_order_no(self.out_order_no.as_deref())
            .out_return_no(&self.out_return_no)
            .build()
    }
}
