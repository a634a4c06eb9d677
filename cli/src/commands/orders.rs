//! `wxpay orders`.

use std::convert::Infallible;

use clap::{Args, Subcommand, ValueEnum};
use wechatpay_core::api::pay::partner::transactions::{
    App, H5, Jsapi, Native, Order, Payer, id, out_trade_no,
};
use wechatpay_core::api::pay::transactions::{
    Amount, Detail, LimitPay, Scene, SettleInfo, StoreInfo,
};
use wechatpay_core::{DateTime, Fen};

use crate::args::{Connection, ENVIRONMENT, fen};
use crate::commands::Caller;
use crate::commands::h5::H5Flags;
use crate::json_arg::Json;
use crate::report::{Exit, Layout};

const PLACE_EXAMPLE: &str = "\
Places an order of a sub-merchant (下单): POST /v3/pay/partner/transactions/{jsapi,app,h5,native}.

The answer holds what opens the payment page: prepay_id, h5_url or code_url. Placed is not paid: \
query the order. When the outcome is unknown, run exactly the same command again: the same number \
with the same parameters is the same order, and is paid once.

Example:
  wxpay orders place --kind native --sp-appid wx8888888888888888 --sp-mchid 1900001109 \\
      --sub-mchid 1900077001 --out-trade-no P20261121-1 --amount 100 \\
      --description 'a doll' --notify-url https://pay.example.com/notify --subsidy-amount 10";

const QUERY_EXAMPLE: &str = "\
Asks what became of an order (查询订单): GET \
/v3/pay/partner/transactions/{out-trade-no/{out_trade_no},id/{transaction_id}}.

Example:
  wxpay orders query --sp-mchid 1900001109 --sub-mchid 1900077001 --out-trade-no P20261121-1";

const CLOSE_EXAMPLE: &str = "\
Closes an order that nobody shall pay any more (关闭订单): POST \
/v3/pay/partner/transactions/out-trade-no/{out_trade_no}/close.

Example:
  wxpay orders close --sp-mchid 1900001109 --sub-mchid 1900077001 --out-trade-no P20261121-2";

/// The operations.
#[derive(Debug, Subcommand)]
pub(crate) enum Orders {
    Place(Box<Place>),
    Query(Query),
    Close(Close),
}

/// Where the payer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A page inside WeChat, or a mini-program
    Jsapi,
    /// An app
    App,
    /// A browser on a phone
    H5,
    /// In front of a code
    Native,
}

/// Place an order of a sub-merchant (下单)
#[derive(Debug, Args)]
#[command(long_about = PLACE_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Place {
    /// Where the payer is
    #[arg(long, value_enum)]
    kind: Kind,
    /// The service provider's application (服务商应用ID)
    #[arg(long)]
    sp_appid: String,
    /// The service provider (服务商户号): who signs the call
    #[arg(long)]
    sp_mchid: String,
    /// The sub-merchant's application (子商户应用ID)
    #[arg(long)]
    sub_appid: Option<String>,
    /// The sub-merchant (子商户号, 二级商户号)
    #[arg(long)]
    sub_mchid: String,
    /// Your own number of the order (商户订单号): the same number is the same order
    #[arg(long)]
    out_trade_no: String,
    /// What it costs, in fen
    #[arg(long, value_name = "FEN", value_parser = fen, allow_negative_numbers = true)]
    amount: Fen,
    /// What is paid for (商品描述), up to 127 characters
    #[arg(long)]
    description: String,
    /// Where the notice of the payment goes (通知地址), without a query
    #[arg(long, value_name = "URL")]
    notify_url: String,
    /// The money waits for profit sharing (分账)
    #[arg(long)]
    profit_sharing: bool,
    /// The subsidy that is promised (补差金额), in fen; the money waits for profit sharing then
    #[arg(long, value_name = "FEN", value_parser = fen, allow_negative_numbers = true)]
    subsidy_amount: Option<Fen>,
    /// jsapi: the payer, as the service provider's application knows them (用户服务标识)
    #[arg(long)]
    sp_openid: Option<String>,
    /// jsapi: the payer, as the sub-merchant's application knows them (用户子标识)
    #[arg(long)]
    sub_openid: Option<String>,
    /// Until when it can be paid (交易结束时间), such as 2018-06-08T10:34:56+08:00
    #[arg(long, value_name = "TIME", value_parser = time)]
    time_expire: Option<DateTime>,
    /// What comes back with notices and queries (附加数据)
    #[arg(long)]
    attach: Option<String>,
    /// What coupons go by (订单优惠标记)
    #[arg(long)]
    goods_tag: Option<String>,
    /// no_balance, no_credit, no_debit or balance_only; may be given many times
    #[arg(long, value_parser = limit_pay)]
    limit_pay: Vec<LimitPay>,
    /// The payer is offered an electronic invoice (电子发票)
    #[arg(long)]
    support_fapiao: bool,
    /// What is bought (优惠功能): an object with cost_price, invoice_id and goods_detail
    #[arg(long, value_name = "JSON|@FILE")]
    detail: Option<Json<Detail>>,
    /// The address of the payer's device (用户终端IP); h5 asks for it
    #[arg(long, value_name = "IP", required_if_eq("kind", "h5"))]
    payer_client_ip: Option<String>,
    /// Your device or shop (商户端设备号)
    #[arg(long, requires = "payer_client_ip")]
    device_id: Option<String>,
    /// The shop (商户门店信息): an object with id, name, area_code and address
    #[arg(long, value_name = "JSON|@FILE", requires = "payer_client_ip")]
    store_info: Option<Json<StoreInfo>>,
    #[command(flatten)]
    h5: H5Flags,
    #[command(flatten)]
    connection: Connection,
}

/// Ask what became of an order (查询订单)
#[derive(Debug, Args)]
#[command(long_about = QUERY_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Query {
    /// The service provider (服务商户号)
    #[arg(long)]
    sp_mchid: String,
    /// The sub-merchant (子商户号, 二级商户号)
    #[arg(long)]
    sub_mchid: String,
    #[command(flatten)]
    number: Number,
    #[command(flatten)]
    connection: Connection,
}

/// One of the two numbers of an order.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Number {
    /// Your own number of the order (商户订单号)
    #[arg(long)]
    out_trade_no: Option<String>,
    /// The platform's number of the order (微信支付订单号), which it has once it is paid
    #[arg(long)]
    transaction_id: Option<String>,
}

/// Close an order that nobody shall pay any more (关闭订单)
#[derive(Debug, Args)]
#[command(long_about = CLOSE_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Close {
    /// The service provider (服务商户号)
    #[arg(long)]
    sp_mchid: String,
    /// The sub-merchant (子商户号, 二级商户号)
    #[arg(long)]
    sub_mchid: String,
    /// Your own number of the order (商户订单号)
    #[arg(long)]
    out_trade_no: String,
    #[command(flatten)]
    connection: Connection,
}

pub(crate) fn run(operation: &Orders, caller: &impl Caller) -> Exit {
    match operation {
        Orders::Place(args) => args.place(caller),
        Orders::Query(args) => args.query(caller),
        Orders::Close(args) => caller.call(&args.connection, &args.operation(), Layout::Indented),
    }
}

impl Place {
    fn place(&self, caller: &impl Caller) -> Exit {
        let (to, layout) = (&self.connection, Layout::Indented);
        if self.kind != Kind::Jsapi && (self.sp_openid.is_some() || self.sub_openid.is_some()) {
            return caller.misused(&"--sp-openid and --sub-openid go with --kind jsapi");
        }
        if self.kind != Kind::H5 && self.h5.is_given() {
            return caller.misused(&"--h5-type and what goes with it go with --kind h5");
        }
        let (order, scene) = (self.order(), self.scene());
        match self.kind {
            Kind::Jsapi => {
                let payer = Payer::builder()
                    .maybe_sp_openid(self.sp_openid.as_deref())
                    .maybe_sub_openid(self.sub_openid.as_deref());
                let jsapi = Jsapi::builder().order(order).payer(payer.build());
                caller.call(to, &jsapi.maybe_scene_info(scene).build(), layout)
            }
            Kind::App => {
                let app = App::builder().order(order).maybe_scene_info(scene);
                caller.call(to, &app.build(), layout)
            }
            Kind::H5 => match scene.and_then(|scene| self.h5.scene(scene)) {
                Some(scene) => {
                    let h5 = H5::builder().order(order).scene_info(scene);
                    caller.call(to, &h5.build(), layout)
                }
                None => caller.misused(&"--kind h5 asks for --payer-client-ip and --h5-type"),
            },
            Kind::Native => {
                let native = Native::builder().order(order).maybe_scene_info(scene);
                caller.call(to, &native.build(), layout)
            }
        }
    }

    fn order(&self) -> Order {
        let settle_info = match self.subsidy_amount {
            Some(amount) => Some(SettleInfo::subsidised(amount)),
            None => self.profit_sharing.then(SettleInfo::shared),
        };
        let limit_pay = (!self.limit_pay.is_empty()).then(|| self.limit_pay.clone());
        let detail = self.detail.clone().map(|Json(detail)| detail);
        Order::builder()
            .sp_appid(&self.sp_appid)
            .sp_mchid(&self.sp_mchid)
            .maybe_sub_appid(self.sub_appid.as_deref())
            .sub_mchid(&self.sub_mchid)
            .description(&self.description)
            .out_trade_no(&self.out_trade_no)
            .maybe_time_expire(self.time_expire.clone())
            .maybe_attach(self.attach.as_deref())
            .notify_url(&self.notify_url)
            .maybe_goods_tag(self.goods_tag.as_deref())
            .maybe_limit_pay(limit_pay)
            .maybe_support_fapiao(self.support_fapiao.then_some(true))
            .amount(Amount::cny(self.amount))
            .maybe_settle_info(settle_info)
            .maybe_detail(detail)
            .build()
    }

    fn scene(&self) -> Option<Scene> {
        let store_info = self.store_info.clone().map(|Json(store)| store);
        let scene = Scene::builder()
            .payer_client_ip(self.payer_client_ip.as_deref()?)
            .maybe_device_id(self.device_id.as_deref())
            .maybe_store_info(store_info);
        Some(scene.build())
    }
}

impl Query {
    fn query(&self, caller: &impl Caller) -> Exit {
        let (to, layout) = (&self.connection, Layout::Indented);
        match &self.number {
            Number {
                out_trade_no: Some(number),
                ..
            } => {
                let query = out_trade_no::Query::builder()
                    .out_trade_no(number)
                    .sp_mchid(&self.sp_mchid)
                    .sub_mchid(&self.sub_mchid);
                caller.call(to, &query.build(), layout)
            }
            number => {
                let query = id::Query::builder()
                    .transaction_id(number.transaction_id.clone().unwrap_or_default())
                    .sp_mchid(&self.sp_mchid)
                    .sub_mchid(&self.sub_mchid);
                caller.call(to, &query.build(), layout)
            }
        }
    }
}

impl Close {
    fn operation(&self) -> out_trade_no::Close {
        out_trade_no::Close::builder()
            .out_trade_no(&self.out_trade_no)
            .sp_mchid(&self.sp_mchid)
            .sub_mchid(&self.sub_mchid)
            .build()
    }
}

/// Reads a time as flags take it; what it says is checked with the rest of the order.
pub(crate) fn time(text: &str) -> Result<DateTime, Infallible> {
    Ok(DateTime::new(text))
}

/// Values that are not known here are passed on: the platform adds to them.
pub(crate) fn limit_pay(text: &str) -> Result<LimitPay, Infallible> {
    text.parse()
}
