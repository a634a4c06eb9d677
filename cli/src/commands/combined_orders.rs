//! `wxpay combined-orders`.

use clap::{Args, Subcommand};
use wechatpay_core::DateTime;
use wechatpay_core::api::combine_transactions::{
    App, H5, Jsapi, Native, NewSubOrder, Order, Payer, SubOrderId, out_trade_no,
};
use wechatpay_core::api::pay::transactions::{LimitPay, Scene};

use crate::args::{Connection, ENVIRONMENT};
use crate::commands::Caller;
use crate::commands::h5::H5Flags;
use crate::commands::orders::{Kind, limit_pay, time};
use crate::json_arg::Json;
use crate::report::{Exit, Layout};

const PLACE_EXAMPLE: &str = "\
Places orders that are paid with one password (合单下单): POST \
/v3/combine-transactions/{jsapi,app,h5,native}.

The answer holds what opens the payment page: prepay_id, h5_url or code_url. Placed is not paid: \
query the order. When the outcome is unknown, run exactly the same command again: the same number \
with the same parameters is the same order, and is paid once.

A sub-order has mchid, attach, amount, out_trade_no and description, and may have sub_mchid, \
sub_appid, detail, goods_tag and settle_info. For a subsidy (补差) later, its settle_info is \
{\"profit_sharing\": true, \"subsidy_amount\": FEN}.

Example:
  wxpay combined-orders place --kind native --combine-appid wxd678efh567hg6787 \\
      --combine-mchid 1900001109 --combine-out-trade-no C20261121-1 \\
      --notify-url https://pay.example.com/notify --sub-orders '[{\"mchid\": \"1900001109\",
      \"sub_mchid\": \"1900077001\", \"out_trade_no\": \"C20261121-1-A\", \"attach\": \"branch 1\",
      \"amount\": {\"total_amount\": 100, \"currency\": \"CNY\"}, \"description\": \"a doll\"}]'";

const QUERY_EXAMPLE: &str = "\
Asks what became of a combined order (合单查询订单): GET \
/v3/combine-transactions/out-trade-no/{combine_out_trade_no}.

Example:
  wxpay combined-orders query --combine-out-trade-no C20261121-1";

const CLOSE_EXAMPLE: &str = "\
Closes a combined order that nobody shall pay any more (合单关闭订单): POST \
/v3/combine-transactions/out-trade-no/{combine_out_trade_no}/close.

It is closed as a whole: the sub-orders are exactly those that were placed, each with mchid and \
out_trade_no, and with sub_mchid and sub_appid where it has them.

Example:
  wxpay combined-orders close --combine-appid wxd678efh567hg6787 \\
      --combine-out-trade-no C20261121-1 --sub-orders '[{\"mchid\": \"1900001109\",
      \"out_trade_no\": \"C20261121-1-A\", \"sub_mchid\": \"1900077001\"}]'";

/// The operations.
#[derive(Debug, Subcommand)]
pub(crate) enum CombinedOrders {
    Place(Box<Place>),
    Query(Query),
    Close(Close),
}

/// Place orders that are paid with one password (合单下单)
#[derive(Debug, Args)]
#[command(long_about = PLACE_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Place {
    /// Where the payer is
    #[arg(long, value_enum)]
    kind: Kind,
    /// The application of the one who combines (合单商户appid)
    #[arg(long)]
    combine_appid: String,
    /// Who combines the orders (合单商户号): who signs the call
    #[arg(long)]
    combine_mchid: String,
    /// Your own number of the combined order (合单商户订单号): the same number is the same order
    #[arg(long)]
    combine_out_trade_no: String,
    /// The sub-orders (子单), 1 to 50: a list of objects
    #[arg(long, value_name = "JSON|@FILE")]
    sub_orders: Json<Vec<NewSubOrder>>,
    /// Where the notice of the payment goes (通知地址), without a query
    #[arg(long, value_name = "URL")]
    notify_url: Option<String>,
    /// The payer, as the application of the one who combines knows them (用户标识); jsapi asks for
    /// one of the two
    #[arg(long)]
    openid: Option<String>,
    /// The payer, as the application of a sub-merchant knows them (用户子标识)
    #[arg(long)]
    sub_openid: Option<String>,
    /// From when it can be paid (交易起始时间), such as 2018-06-08T10:34:56+08:00
    #[arg(long, value_name = "TIME", value_parser = time)]
    time_start: Option<DateTime>,
    /// Until when it can be paid (交易结束时间)
    #[arg(long, value_name = "TIME", value_parser = time)]
    time_expire: Option<DateTime>,
    /// no_balance, no_debit or balance_only; may be given many times
    #[arg(long, value_parser = limit_pay)]
    limit_pay: Vec<LimitPay>,
    /// The address of the payer's device (用户终端IP); h5 asks for it
    #[arg(long, value_name = "IP", required_if_eq("kind", "h5"))]
    payer_client_ip: Option<String>,
    /// Your device or shop (商户端设备号)
    #[arg(long, requires = "payer_client_ip")]
    device_id: Option<String>,
    #[command(flatten)]
    h5: H5Flags,
    #[command(flatten)]
    connection: Connection,
}

/// Ask what became of a combined order (合单查询订单)
#[derive(Debug, Args)]
#[command(long_about = QUERY_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Query {
    /// Your own number of the combined order (合单商户订单号)
    #[arg(long)]
    combine_out_trade_no: String,
    #[command(flatten)]
    connection: Connection,
}

/// Close a combined order that nobody shall pay any more (合单关闭订单)
#[derive(Debug, Args)]
#[command(long_about = CLOSE_EXAMPLE, after_long_help = ENVIRONMENT)]
pub(crate) struct Close {
    /// The application that placed it (合单商户appid)
    #[arg(long)]
    combine_appid: String,
    /// Your own number of the combined order (合单商户订单号)
    #[arg(long)]
    combine_out_trade_no: String,
    /// Its sub-orders (子单), all of them: a list of objects
    #[arg(long, value_name = "JSON|@FILE")]
    sub_orders: Json<Vec<SubOrderId>>,
    #[command(flatten)]
    connection: Connection,
}

pub(crate) fn run(operation: &CombinedOrders, caller: &impl Caller) -> Exit {
    match operation {
        CombinedOrders::Place(args) => args.place(caller),
        CombinedOrders::Query(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
        CombinedOrders::Close(args) => {
            caller.call(&args.connection, &args.operation(), Layout::Indented)
        }
    }
}

impl Place {
    fn place(&self, caller: &impl Caller) -> Exit {
        let (to, layout) = (&self.connection, Layout::Indented);
        if self.kind != Kind::H5 && self.h5.is_given() {
            return caller.misused(&"--h5-type and what goes with it go with --kind h5");
        }
        let (order, scene, payer) = (self.order(), self.scene(), self.payer());
        let known = self.openid.is_some() || self.sub_openid.is_some();
        match self.kind {
            Kind::Jsapi => {
                let jsapi = Jsapi::builder().order(order).combine_payer_info(payer);
                caller.call(to, &jsapi.maybe_scene_info(scene).build(), layout)
            }
            Kind::App => {
                let app = App::builder()
                    .order(order)
                    .maybe_scene_info(scene)
                    .maybe_combine_payer_info(known.then_some(payer));
                caller.call(to, &app.build(), layout)
            }
            Kind::H5 => match scene.and_then(|scene| self.h5.scene(scene)) {
                Some(scene) => {
                    let h5 = H5::builder()
                        .order(order)
                        .scene_info(scene)
                        .maybe_combine_payer_info(known.then_some(payer));
                    caller.call(to, &h5.build(), layout)
                }
                None => caller.misused(&"--kind h5 asks for --payer-client-ip and --h5-type"),
            },
            Kind::Native => {
                let native = Native::builder()
                    .order(order)
                    .maybe_scene_info(scene)
                    .maybe_combine_payer_info(known.then_some(payer));
                caller.call(to, &native.build(), layout)
            }
        }
    }

    fn order(&self) -> Order {
        let limit_pay = (!self.limit_pay.is_empty()).then(|| self.limit_pay.clone());
        Order::builder()
            .combine_appid(&self.combine_appid)
            .combine_mchid(&self.combine_mchid)
            .combine_out_trade_no(&self.combine_out_trade_no)
            .sub_orders(self.sub_orders.0.clone())
            .maybe_time_start(self.time_start.clone())
            .maybe_time_expire(self.time_expire.clone())
            .maybe_notify_url(self.notify_url.as_deref())
            .maybe_limit_pay(limit_pay)
            .build()
    }

    fn scene(&self) -> Option<Scene> {
        let scene = Scene::builder()
            .payer_client_ip(self.payer_client_ip.as_deref()?)
            .maybe_device_id(self.device_id.as_deref());
        Some(scene.build())
    }

    fn payer(&self) -> Payer {
        Payer::builder()
            .maybe_openid(self.openid.as_deref())
            .maybe_sub_openid(self.sub_openid.as_deref())
            .build()
    }
}

impl Query {
    fn operation(&self) -> out_trade_no::Query {
        out_trade_no::Query::builder()
            .combine_out_trade_no(&self.combine_out_trade_no)
            .build()
    }
}

impl Close {
    fn operation(&self) -> out_trade_no::Close {
        out_trade_no::Close::builder()
            .combine_out_trade_no(&self.combine_out_trade_no)
            .combine_appid(&self.combine_appid)
            .sub_orders(self.sub_orders.0.clone())
            .build()
    }
}
