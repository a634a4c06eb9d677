//! The command line's grammar, and what its `--help` says.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use wechatpay_core::Fen;

use crate::commands::after_sales::AfterSales;
use crate::commands::balance::Balance;
use crate::commands::call::CallArgs;
use crate::commands::certificates::CertificatesArgs;
use crate::commands::combined_orders::CombinedOrders;
use crate::commands::coupon_subsidy::CouponSubsidy;
use crate::commands::gateway::GatewayArgs;
use crate::commands::orders::Orders;
use crate::commands::profit_sharing::ProfitSharing;
use crate::commands::refunds::Refunds;
use crate::commands::subsidies::Subsidies;
use crate::demo::DemoArgs;
use crate::transport::Stack;

const ABOUT: &str = "\
WeChat Pay APIv3 on the command line: signs each request, verifies each answer before a byte of it \
is read, and brings a gateway (simulator) to rehearse against.

Without an account, see the whole story:
  wxpay demo

Rehearse against the gateway, from two terminals:
  wxpay gateway --listen 127.0.0.1:8080 --credentials ./credentials
  set -a; . ./credentials/wechatpay.env; set +a
  wxpay subsidies create --sub-mchid 1900000109 --transaction-id 4208450740201411110007820472 \\
      --amount 10 --description 'autumn campaign' --out-subsidy-no P20150806125347
  wxpay subsidies return --sub-mchid 1900000109 --transaction-id 4208450740201411110007820472 \\
      --out-order-no P20150806125346 --refund-id 3008450740201411110007820472 \\
      --amount 10 --description 'order refunded'
  wxpay after-sales query --sub-mchid 1900000109 --transaction-id 3008450740201411110007820472
  wxpay call GET /v3/certificates
  wxpay certificates

Answers go to standard output as JSON, words to standard error.";

/// What `--help` of every command that calls ends with.
pub(crate) const ENVIRONMENT: &str = "\
Environment (a flag of the same name comes first; an empty variable counts as unset):
  WECHATPAY_BASE_URL            access point; default https://api.mch.weixin.qq.com
  WECHATPAY_MCHID               merchant number (商户号) of the caller
  WECHATPAY_SERIAL_NO           serial number of the merchant's API certificate (商户API证书序列号)
  WECHATPAY_PRIVATE_KEY_FILE    the merchant's API private key, apiclient_key.pem
  WECHATPAY_PUBLIC_KEY_ID       id of the WeChat Pay public key, PUB_KEY_ID_…
  WECHATPAY_PUBLIC_KEY_FILE     the WeChat Pay public key, pub_key.pem
  WECHATPAY_PLATFORM_CERT_FILE  a platform certificate (平台证书), for merchants that have one
  WECHATPAY_APIV3_KEY           the APIv3 key (APIv3密钥), 32 bytes; no flag takes it, a file may:
                                --apiv3-key-file
  WECHATPAY_MERCHANT_CERT_FILE  optional, apiclient_cert.pem: held against serial number and key

Answers are verified with the public key, the platform certificate, or both. With neither, the \
platform certificates are downloaded first and opened with the APIv3 key.

Exit status:
  0  success: a verified answer, and no result in it that says otherwise
     (ACCEPTED and PROCESSING are 0 too, with a note that they are not final, and so is an order
     that is not paid yet)
  1  the platform refused this attempt: an error 4xx that is signed or that answers a query, or an
     answer 200 whose result says FAIL, or a refund's status CLOSED or ABNORMAL; where a receiver
     of a shared profit got nothing; where an order is not paid any more; or where a subsidy has
     wholly come back: REFUND from `subsidies create`, FULL_RETURN from `coupon-subsidy`. An
     earlier attempt that ended in 3 may have been carried out all the same
  2  wrong usage or configuration, or no connection could be made: no operation was sent
  3  the outcome is unknown: no answer, an answer that does not verify, an error 5xx. Money may
     have moved: repeat with identical parameters or query, as the error says, and never with
     another number or amount";

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "wxpay",
    version,
    about = "WeChat Pay APIv3 on the command line, with a simulator inside",
    long_about = ABOUT,
    after_help = "See `wxpay --help` for examples, the environment and the exit status.",
    after_long_help = ENVIRONMENT,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(DemoArgs),
    Gateway(GatewayArgs),
    Call(CallArgs),
    /// Subsidies of orders (补差): create, return, cancel
    Subsidies {
        #[command(subcommand)]
        operation: Subsidies,
    },
    /// Profit sharing (分账): rounds, their end, returns, and receivers
    ProfitSharing {
        #[command(subcommand)]
        operation: ProfitSharing,
    },
    /// After-sales service fees (售后服务分账): create, query
    AfterSales {
        #[command(subcommand)]
        operation: AfterSales,
    },
    /// Subsidies of merchant coupons (商家券营销补差): pay, list, return, and show either
    CouponSubsidy {
        #[command(subcommand)]
        operation: CouponSubsidy,
    },
    /// Orders of sub-merchants (服务商订单): place, query, close
    Orders {
        #[command(subcommand)]
        operation: Orders,
    },
    /// Orders that are paid with one password (合单): place, query, close
    CombinedOrders {
        #[command(subcommand)]
        operation: CombinedOrders,
    },
    /// Refunds (收付通退款): apply, query, abnormal, advance-return, advance-query
    Refunds {
        #[command(subcommand)]
        operation: Refunds,
    },
    /// Balances (余额): merchant, sub-merchant, end-of-day
    Balance {
        #[command(subcommand)]
        operation: Balance,
    },
    Certificates(CertificatesArgs),
}

/// Who calls, where to, and with which keys: the flags that every calling command has.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct Connection {
    /// The HTTP stack
    #[arg(long, value_enum, value_name = "STACK", default_value_t)]
    pub(crate) transport: Stack,
    /// Access point: scheme, host and port [env: WECHATPAY_BASE_URL]
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Merchant number of the caller [env: WECHATPAY_MCHID]
    #[arg(long, value_name = "DIGITS")]
    pub(crate) mchid: Option<String>,
    /// Serial number of the merchant's API certificate [env: WECHATPAY_SERIAL_NO]
    #[arg(long, value_name = "HEX")]
    pub(crate) serial_no: Option<String>,
    /// The merchant's API private key, PEM [env: WECHATPAY_PRIVATE_KEY_FILE]
    #[arg(long, value_name = "FILE")]
    pub(crate) private_key_file: Option<PathBuf>,
    /// Id of the WeChat Pay public key [env: WECHATPAY_PUBLIC_KEY_ID]
    #[arg(long, value_name = "ID")]
    pub(crate) public_key_id: Option<String>,
    /// The WeChat Pay public key, PEM [env: WECHATPAY_PUBLIC_KEY_FILE]
    #[arg(long, value_name = "FILE")]
    pub(crate) public_key_file: Option<PathBuf>,
    /// A platform certificate, PEM [env: WECHATPAY_PLATFORM_CERT_FILE]
    #[arg(long, value_name = "FILE")]
    pub(crate) platform_cert_file: Option<PathBuf>,
    /// A file that holds the APIv3 key and nothing else [env: WECHATPAY_APIV3_KEY, the key itself]
    #[arg(long, value_name = "FILE")]
    pub(crate) apiv3_key_file: Option<PathBuf>,
    /// The merchant's API certificate, PEM, as a check [env: WECHATPAY_MERCHANT_CERT_FILE]
    #[arg(long, value_name = "FILE")]
    pub(crate) merchant_cert_file: Option<PathBuf>,
}

/// Reads an amount as flags take it.
pub(crate) fn fen(text: &str) -> Result<Fen, String> {
    text.parse().map_err(|_| {
        "an amount is a whole number of fen (分), such as 1999 for 19.99 yuan".to_owned()
    })
}
