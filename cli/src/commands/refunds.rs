//! `wxpay refunds`.

use std::convert::Infallible;

use clap::{ArgGroup, Args, Subcommand};
use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::refunds::abnormal::{self, Destination};
use wechatpay_core::api::ecommerce::refunds::{
    self, ApplyAmount, FundsAccount, FundsFrom, RefundAccount, return_advance,
};

use crate::args::{Connection, ENVIRONMENT, fen};
use crate::commands::Caller;
use crate::report::{Exit, Layout};
use crate::secret_arg::Secret;

const APPLY_EXAMPLE: &str = "\
Asks for a refund (申请退款): POST /v3/ecommerce/refunds/apply.

The answer says only that the refund is accepted: query the outcome. One number refunds once, and a \
new number refunds twice. When the outcome is unknown, run exactly the same command again, or query.

Example:
  wxpay refunds apply --sub-mchid 1900077001 --sp-appid wx8888888888888888 \\
      --out-trade-no P20261121-1 \\
      --out-refund-no R20261121-1 --refund 10 --total 100";

const QUERY_EXAMPLE: &str = "\
Asks what became of a refund (查询单笔退款): GET /v3/ecommerce/refunds/id/{refund_id} or \
/v3/ecommerce/refunds/out-refund-no/{out_refund_no}.

Example:
  wxpay refunds query --sub-mchid 1900077001 --out-refund-no R20261121-1";

const ABNORMAL_EXAMPLE: &str = "\
Sends an abnormal refund elsewhere (发起异常退款): POST \
/v3/ecommerce/refunds/{refund_id}/apply-abnormal-refund.

A query said ABNORMAL. To USER_BANK_CARD it needs bank, card and name, which are sealed with the \
platform's key; to MERCHANT_BANK_CARD none of them.

Example:
  wxpay refunds abnormal --refund-id \"$REFUND_ID\" --sub-mchid 1900077001 \\
      --out-refund-no R20261121-2 --type MERCHANT_BANK_CARD";

const RETURN_EXAMPLE: &str = "\
Takes back what the platform paid in advance for a refund (垫付退款回补): POST \
/v3/ecommerce/refunds/{refund_id}/return-advance.

Example:
  wxpay refunds advance-return --refund-id \"$REFUND_ID\" --sub-mchid 1900077001";

const RETURN_QUERY_EXAMPLE: &str = "\
Asks what became of the return of an advance (查询垫付回补结果): GET \
/v3/ecommerce/refunds/{refund_id}/return-advance.

Example:
  wxpay refunds advance-query --refund-id \"$REFUND_ID\" --sub-mchid 1900077001";

/// The operations.
#[derive(Debug, Subcommand)]
pub(crate) enum Refunds {
    Apply(Box<Apply>),
    Query(Query),
    Abnormal(Abnormal),
    AdvanceReturn(AdvanceReturn),
    AdvanceQuery(AdvanceQuery),
}

/// Ask for a refund (申请退款)
#[derive(Debug, Args)]
#[command(long_about = APPLY_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Apply {
    /// The sub-merchant (二级商户号) whose order it is
    #[arg(long)]
    sub_mchid: String,
    /// The platform's app (电商平台APPID)
    #[arg(long)]
    sp_appid: String,
    /// The sub-merchant's app (二级商户APPID)
    #[arg(long)]
    sub_appid: Option<String>,
    /// The platform's number of the order (微信订单号); this or --out-trade-no
    #[arg(long)]
    transaction_id: Option<String>,
    /// Your own number of the order (商户订单号)
    #[arg(long)]
    out_trade_no: Option<String>,
    /// Your own number of the refund (商户退款单号): the same number is the same refund
    #[arg(long)]
    out_refund_no: String,
    /// Why, as the payer is told, up to 80 characters
    #[arg(long)]
    reason: Option<String>,
    /// What is refunded, in fen
    #[arg(long, value_name = "FEN", value_parser = fen, allow_negative_numbers = true)]
    refund: Fen,
    /// What the order cost, in fen
    #[arg(long, value_name = "FEN", value_parser = fen, allow_negative_numbers = true)]
    total: Fen,
    /// The currency: CNY
    #[arg(long)]
    currency: Option<String>,
    /// Which account pays how much: AVAILABLE=10 or UNAVAILABLE=10; the amounts add up to --refund
    #[arg(long, value_name = "ACCOUNT=FEN", value_parser = funds_from)]
    from: Vec<FundsFrom>,
    /// Where the notice goes
    #[arg(long, value_name = "URL")]
    notify_url: Option<String>,
    /// Whose money it is: REFUND_SOURCE_SUB_MERCHANT or REFUND_SOURCE_PARTNER_ADVANCE
    #[arg(long, value_parser = word::<RefundAccount>)]
    refund_account: Option<RefundAccount>,
    /// Which funds pay: AVAILABLE; not together with --from
    #[arg(long, value_parser = word::<FundsAccount>)]
    funds_account: Option<FundsAccount>,
    #[command(flatten)]
    connection: Connection,
}

/// Ask what became of a refund (查询单笔退款)
#[derive(Debug, Args)]
#[command(long_about = QUERY_EXAMPLE, after_long_help = ENVIRONMENT)]
#[command(group(ArgGroup::new("number").required(true)))]
pub(crate) struct Query {
    /// The platform's number of the refund (微信支付退款单号)
    #[arg(long, group = "number")]
    refund_id: Option<String>,
    /// Your own number of the refund (商户退款单号)
    #[arg(long, group = "number")]
    out_refund_no: Option<String>,
    /// The sub-merchant (二级商户号)
    #[arg(long)]
    sub_mchid: String,
    #[command(flatten)]
    connection: Connection,
}

/// Send an abnormal refund elsewhere (发起异常退款)
#[derive(Args)]
#[command(long_about = ABNORMAL_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Abnormal {
    /// The platform's number of the refund (微信支付退款单号)
    #[arg(long)]
    refund_id: String,
    /// The sub-merchant (二级商户号)
    #[arg(long)]
    sub_mchid: String,
    /// Your own number of the refund (商户退款单号), as it was asked for
    #[arg(long)]
    out_refund_no: String,
    /// Where it goes: USER_BANK_CARD or MERCHANT_BANK_CARD
    #[arg(long = "type", value_name = "TYPE", value_parser = word::<Destination>)]
    destination: Destination,
    /// The payer's bank (开户银行): ICBC_DEBIT
    #[arg(long)]
    bank_type: Option<String>,
    /// The payer's card (收款银行卡号), or `@FILE`: sealed on its way
    #[arg(long)]
    bank_account: Option<Secret>,
    /// The payer's name (收款用户姓名), or `@FILE`: sealed on its way
    #[arg(long)]
    real_name: Option<Secret>,
    #[command(flatten)]
    connection: Connection,
}

/// Take back what the platform paid in advance (垫付退款回补)
#[derive(Debug, Args)]
#[command(long_about = RETURN_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct AdvanceReturn {
    /// The platform's number of the refund (微信支付退款单号)
    #[arg(long)]
    refund_id: String,
    /// The sub-merchant (二级商户号) that pays
    #[arg(long)]
    sub_mchid: String,
    #[command(flatten)]
    connection: Connection,
}

/// Ask what became of the return of an advance (查询垫付回补结果)
#[derive(Debug, Args)]
#[command(long_about = RETURN_QUERY_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct AdvanceQuery {
    /// The platform's number of the refund (微信支付退款单号)
    #[arg(long)]
    refund_id: String,
    /// The sub-merchant (二级商户号) that pays
    #[arg(long)]
    sub_mchid: String,
    #[command(flatten)]
    connection: Connection,
}

pub(crate) fn run(operation: &Refunds, caller: &impl Caller) -> Exit {
    match operation {
        Refunds::Apply(args) => caller.call(&args.connection, &args.operation(), Layout::Indented),
        Refunds::Query(args) => args.run(caller),
        Refunds::Abnormal(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
        Refunds::AdvanceReturn(args) => {
            let operation = return_advance::Create::builder()
                .refund_id(&args.refund_id)
                .sub_mchid(&args.sub_mchid);
            caller.call(&args.connection, &operation.build(), Layout::Indented)
        }
        Refunds::AdvanceQuery(args) => {
            let operation = return_advance::Query::builder()
                .refund_id(&args.refund_id)
                .sub_mchid(&args.sub_mchid);
            caller.call(&args.connection, &operation.build(), Layout::Indented)
        }
    }
}

impl Apply {
    fn operation(&self) -> refunds::Apply {
        let from = (!self.from.is_empty()).then(|| self.from.clone());
        let amount = ApplyAmount::builder()
            .refund(self.refund)
            .total(self.total)
            .maybe_currency(self.currency.as_deref())
            .maybe_from(from)
            .build();
        refunds::Apply::builder()
            .sub_mchid(&self.sub_mchid)
            .sp_appid(&self.sp_appid)
            .maybe_sub_appid(self.sub_appid.as_deref())
            .maybe_transaction_id(self.transaction_id.as_deref())
            .maybe_out_trade_no(self.out_trade_no.as_deref())
            .out_refund_no(&self.out_refund_no)
            .maybe_reason(self.reason.as_deref())
            .amount(amount)
            .maybe_notify_url(self.notify_url.as_deref())
            .maybe_refund_account(self.refund_account.clone())
            .maybe_funds_account(self.funds_account.clone())
            .build()
    }
}

impl Query {
    fn run(&self, caller: &impl Caller) -> Exit {
        match &self.out_refund_no {
            Some(number) => {
                let query = refunds::QueryByOutRefundNo::builder()
                    .out_refund_no(number)
                    .sub_mchid(&self.sub_mchid);
                caller.call(&self.connection, &query.build(), Layout::Indented)
            }
            None => {
                let query = refunds::QueryById::builder()
                    .refund_id(self.refund_id.as_deref().unwrap_or_default())
                    .sub_mchid(&self.sub_mchid);
                caller.call(&self.connection, &query.build(), Layout::Indented)
            }
        }
    }
}

impl Abnormal {
    fn operation(&self) -> abnormal::Apply {
        abnormal::Apply::builder()
            .refund_id(&self.refund_id)
            .sub_mchid(&self.sub_mchid)
            .out_refund_no(&self.out_refund_no)
            .destination(self.destination.clone())
            .maybe_bank_type(self.bank_type.as_deref())
            .maybe_bank_account(self.bank_account.as_ref().map(Secret::as_str))
            .maybe_real_name(self.real_name.as_ref().map(Secret::as_str))
            .build()
    }
}

/// Without the payer's card and name.
impl std::fmt::Debug for Abnormal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.operation().fmt(f)
    }
}

fn funds_from(text: &str) -> Result<FundsFrom, String> {
    let (account, amount) = text
        .split_once('=')
        .ok_or("an account and an amount are written as AVAILABLE=10")?;
    Ok(FundsFrom::builder()
        .account(account.to_ascii_uppercase().into())
        .amount(fen(amount)?)
        .build())
}

/// Words that are not known here are passed on: the platform adds to them.
fn word<T: for<'a> From<&'a str>>(text: &str) -> Result<T, Infallible> {
    Ok(T::from(text))
}
