//! Orders of sub-merchants and combined orders: the documented limits, before anything is sent.

use crate::common::{merchant, refuses};
use wechatpay_core::api::combine_transactions as combined;
use wechatpay_core::api::combine_transactions::{NewSubOrder, SubAmount};
use wechatpay_core::api::pay::partner::transactions as partner;
use wechatpay_core::api::pay::transactions::{
    Amount, Detail, Goods, H5Info, H5Kind, H5Scene, Scene, SettleInfo, StoreInfo,
};
use wechatpay_core::{DateTime, Fen, ToDraft};

fn jsapi() -> partner::Jsapi {
    let order = partner::Order::builder()
        .sp_appid("wx8888888888888888")
        .sp_mchid("1230000109")
        .sub_mchid("1900000109")
        .description("公仔")
        .out_trade_no("1217752501201407033233368018")
        .notify_url("https://www.weixin.qq.com/wxpay/pay.php")
        .amount(Amount::cny(Fen::new(100)))
        .build();
    let payer = partner::Payer::builder().sp_openid("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
    partner::Jsapi::builder()
        .order(order)
        .payer(payer.build())
        .build()
}

fn combined_jsapi() -> combined::Jsapi {
    let sub_order = NewSubOrder::builder()
        .mchid("1900000109")
        .attach("深圳分店")
        .amount(SubAmount::cny(Fen::new(100)))
        .out_trade_no("20150806125346")
        .sub_mchid("1230000109")
        .description("会员充值")
        .build();
    let order = combined::Order::builder()
        .combine_appid("wxd678efh567hg6787")
        .combine_mchid("1900000109")
        .combine_out_trade_no("P20150806125346")
        .sub_orders(vec![sub_order])
        .notify_url("https://yourapp.com/notify")
        .build();
    let payer = combined::Payer::builder().openid("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
    combined::Jsapi::builder()
        .order(order)
        .combine_payer_info(payer.build())
        .build()
}

#[track_caller]
fn takes<O: ToDraft>(operation: &O) {
    if let Err(error) = merchant().draft(operation) {
        panic!("{error}");
    }
}

macro_rules! with {
    ($operation:expr, $($field:ident).+ = $value:expr) => {{
        let mut operation = $operation;
        operation.$($field).+ = $value;
        operation
    }};
}

macro_rules! with_sub {
    ($($field:ident).+ = $value:expr) => {{
        let mut operation = combined_jsapi();
        operation.order.sub_orders[0].$($field).+ = $value;
        operation
    }};
}

#[test]
fn an_order_keeps_its_limits() {
    refuses(
        &with!(jsapi(), order.amount.total = Fen::ZERO),
        "POST /v3/pay/partner/transactions/jsapi: field amount.total must be 1 fen or more, and is 0",
    );
    refuses(&with!(jsapi(), order.amount.total = Fen::new(-1)), "is -1");
    takes(&with!(jsapi(), order.amount.total = Fen::new(i64::MAX)));
    for (number, words) in [
        ("", "field out_trade_no must be 1 to 32 characters"),
        (
            &"1".repeat(33),
            "field out_trade_no must be 1 to 32 characters",
        ),
        (
            "a b",
            "field out_trade_no must be letters, digits and _-|*@ only, and is \"a b\"",
        ),
        ("a/b", "field out_trade_no"),
        ("订单", "field out_trade_no"),
        ("..", "field out_trade_no"),
    ] {
        refuses(&with!(jsapi(), order.out_trade_no = number.into()), words);
        let close = partner::out_trade_no::Close::builder().out_trade_no(number);
        refuses(&close.sp_mchid("1").sub_mchid("2").build(), words);
        let query = partner::out_trade_no::Query::builder().out_trade_no(number);
        refuses(&query.sp_mchid("1").sub_mchid("2").build(), words);
    }
    takes(&with!(jsapi(), order.out_trade_no = "aZ9_-|*@".into()));
    takes(&with!(jsapi(), order.out_trade_no = "1".repeat(32)));

    let long = |length: usize| "长".repeat(length);
    refuses(
        &with!(jsapi(), order.description = long(128)),
        "field description must be 1 to 127 characters",
    );
    let nothing = with!(jsapi(), order.description = String::new());
    refuses(&nothing, "field description");
    refuses(&with!(jsapi(), order.description = "🎉".into()), "emoji");
    takes(&with!(jsapi(), order.description = long(127)));
    refuses(
        &with!(jsapi(), order.attach = Some(long(129))),
        "field attach must be 1 to 128",
    );
    takes(&with!(jsapi(), order.attach = Some(long(128))));
    let goods_tag = with!(jsapi(), order.goods_tag = Some(long(33)));
    refuses(&goods_tag, "field goods_tag");
    refuses(
        &with!(jsapi(), order.sp_appid = "1".repeat(33)),
        "field sp_appid",
    );
    refuses(
        &with!(jsapi(), order.sp_mchid = "1\r\n".into()),
        "field sp_mchid must be visible ASCII",
    );
    refuses(
        &with!(jsapi(), order.sub_appid = Some(String::new())),
        "field sub_appid",
    );
    let nobody = with!(jsapi(), order.sub_mchid = String::new());
    refuses(&nobody, "field sub_mchid");

    let query = partner::id::Query::builder().sp_mchid("1").sub_mchid("2");
    refuses(
        &query.transaction_id("1".repeat(33)).build(),
        "field transaction_id",
    );
}

#[test]
fn notices_go_to_an_address_without_a_query() {
    let to = |url: &str| with!(jsapi(), order.notify_url = url.into());
    let words = "field notify_url must be an https:// or http:// address without a query";
    for url in [
        "yourapp.com/notify",
        "ftp://yourapp.com",
        "https://yourapp.com/notify?order=1",
        "//yourapp.com",
    ] {
        refuses(&to(url), words);
    }
    for url in [" https://yourapp.com", "https://yourapp.com/回调"] {
        refuses(&to(url), "field notify_url must be visible ASCII");
    }
    refuses(&to(""), "field notify_url must be 1 to 256 characters");
    let long = format!("https://yourapp.com/{}", "n".repeat(236));
    takes(&to(&long));
    refuses(
        &to(&format!("{long}n")),
        "field notify_url must be 1 to 256 characters",
    );
    takes(&to("http://10.0.0.1:8080/notify"));
    takes(&to("HTTPS://yourapp.com/notify"));

    let to = |url: Option<&str>| with!(combined_jsapi(), order.notify_url = url.map(str::to_owned));
    refuses(&to(Some("https://yourapp.com/?")), words);
    takes(&to(None));
}

#[test]
fn times_are_rfc_3339() {
    let until = |time: &str| with!(jsapi(), order.time_expire = Some(DateTime::new(time)));
    for time in [
        "",
        "2018-06-08 10:34",
        "2018-06-08T10:34:56",
        "2018-06-08T10:34:61+08:00",
        "2018-02-30T10:34:60+08:00",
        "1528425296",
    ] {
        let words =
            "field time_expire must be a time of RFC 3339, such as 2018-06-08T10:34:56+08:00";
        refuses(&until(time), words);
    }
    takes(&until("2018-06-08T10:34:56+08:00"));
    takes(&until("2018-06-08T10:34:56.120Z"));
    takes(&until("2018-06-08T10:34:60+08:00"));

    let mut start = combined_jsapi();
    start.order.time_start = Some(DateTime::new("2019-12-31"));
    refuses(&start, "field time_start must be a time of RFC 3339");
    let mut expire = combined_jsapi();
    expire.order.time_expire = Some(DateTime::new("长长长长长长长长长"));
    refuses(&expire, "field time_expire must be a time of RFC 3339");
}

#[test]
fn a_subsidy_is_not_negative() {
    let settled = |amount: i64| {
        with!(
            jsapi(),
            order.settle_info = Some(SettleInfo::subsidised(Fen::new(amount)))
        )
    };
    refuses(
        &settled(-1),
        "field settle_info.subsidy_amount must be 0 fen or more, and is -1",
    );
    takes(&settled(0));
    // The platform takes it, and promises nothing.
    let mut unshared = SettleInfo::subsidised(Fen::new(10));
    unshared.profit_sharing = Some(false);
    takes(&with!(jsapi(), order.settle_info = Some(unshared)));
    refuses(
        &with_sub!(settle_info = Some(SettleInfo::subsidised(Fen::new(-10)))),
        "field sub_orders[].settle_info.subsidy_amount must be 0 fen or more, and is -10",
    );
}

#[test]
fn a_payer_has_an_openid() {
    let nobody = partner::Payer::builder().build();
    refuses(
        &with!(jsapi(), payer = nobody),
        "field payer must be one with sp_openid or sub_openid, and is \"neither\"",
    );
    let long = partner::Payer::builder()
        .sub_openid("o".repeat(129))
        .build();
    refuses(
        &with!(jsapi(), payer = long),
        "field payer.sub_openid must be 1 to 128 characters",
    );
    let empty = partner::Payer::builder().sp_openid("").build();
    refuses(&with!(jsapi(), payer = empty), "field payer.sp_openid");
    takes(&with!(
        jsapi(),
        payer = partner::Payer::builder().sub_openid("o").build()
    ));

    let nobody = combined::Payer::builder().build();
    let words = "field combine_payer_info must be one with openid or sub_openid";
    refuses(
        &with!(combined_jsapi(), combine_payer_info = nobody.clone()),
        words,
    );
    let mut app = combined::App::builder()
        .order(combined_jsapi().order)
        .build();
    takes(&app);
    app.combine_payer_info = Some(nobody);
    refuses(&app, words);
}

#[test]
fn a_scene_keeps_its_limits() {
    let at = |ip: &str| Scene::builder().payer_client_ip(ip).build();
    let native = |scene: Scene| {
        let native = partner::Native::builder().order(jsapi().order);
        native.scene_info(scene).build()
    };
    refuses(
        &native(at("")),
        "field scene_info.payer_client_ip must be 1 to 45 characters",
    );
    refuses(
        &native(at("长")),
        "field scene_info.payer_client_ip must be visible ASCII",
    );
    takes(&native(at("2001:0db8:85a3:0000:0000:8a2e:0370:7334")));
    refuses(
        &native(with!(at("::1"), device_id = Some("1".repeat(33)))),
        "field scene_info.device_id must be 1 to 32 characters",
    );
    let store = StoreInfo::builder().name("店".repeat(257)).build();
    refuses(
        &native(with!(at("::1"), store_info = Some(store))),
        "field scene_info.store_info.name must be 1 to 256 characters",
    );
    let scene = H5Scene::builder()
        .scene(at(""))
        .h5_info(H5Info::of(H5Kind::Android));
    let h5 = combined::H5::builder().order(combined_jsapi().order);
    refuses(
        &h5.scene_info(scene.build()).build(),
        "field scene_info.payer_client_ip",
    );

    let goods = Goods::builder()
        .merchant_goods_id("")
        .quantity(1)
        .unit_price(Fen::ZERO);
    let detail = Detail::builder().goods_detail(vec![goods.build()]).build();
    refuses(
        &with!(jsapi(), order.detail = Some(detail)),
        "field detail.goods_detail[].merchant_goods_id must be 1 to 32 characters",
    );
}

#[test]
fn a_combined_order_keeps_its_limits() {
    let count = |count: usize| {
        let mut operation = combined_jsapi();
        let one = operation.order.sub_orders[0].clone();
        let numbered = (0..count).map(|number| {
            let mut one = one.clone();
            one.out_trade_no = format!("2015080612534{number}");
            one
        });
        operation.order.sub_orders = numbered.collect();
        operation
    };
    let mut twice = count(3);
    twice.order.sub_orders[2].out_trade_no = "20150806125340".into();
    refuses(
        &twice,
        "field sub_orders[].out_trade_no must be unlike that of any other sub-order, and is \
         \"20150806125340\"",
    );
    let words = "field sub_orders must be 1 to 50 sub-orders, and is ";
    refuses(&count(0), &format!("{words}0"));
    refuses(&count(51), &format!("{words}51"));
    takes(&count(1));
    takes(&count(50));
    let close = |order: combined::Jsapi| combined::out_trade_no::Close::of(&order.order);
    refuses(&close(count(0)), &format!("{words}0"));
    refuses(&close(count(51)), &format!("{words}51"));
    takes(&close(count(50)));

    refuses(
        &with!(combined_jsapi(), order.combine_out_trade_no = "a b".into()),
        "field combine_out_trade_no must be letters, digits and _-|*@ only",
    );
    let query = combined::out_trade_no::Query::builder().combine_out_trade_no("1".repeat(33));
    refuses(
        &query.build(),
        "field combine_out_trade_no must be 1 to 32 characters",
    );
    refuses(
        &with!(combined_jsapi(), order.combine_appid = String::new()),
        "field combine_appid",
    );
    let mchid = with!(combined_jsapi(), order.combine_mchid = "１".into());
    refuses(&mchid, "field combine_mchid");

    refuses(
        &with_sub!(amount.total_amount = Fen::ZERO),
        "field sub_orders[].amount.total_amount must be 1 fen or more, and is 0",
    );
    refuses(
        &with_sub!(out_trade_no = "a/b".into()),
        "field sub_orders[].out_trade_no",
    );
    refuses(
        &with_sub!(attach = String::new()),
        "field sub_orders[].attach must be 1 to 128",
    );
    refuses(
        &with_sub!(attach = "长".repeat(129)),
        "field sub_orders[].attach must be 1 to 128",
    );
    refuses(
        &with_sub!(description = "长".repeat(128)),
        "field sub_orders[].description",
    );
    refuses(
        &with_sub!(detail = Some("长".repeat(6001))),
        "field sub_orders[].detail",
    );
    refuses(
        &with_sub!(goods_tag = Some("1".repeat(33))),
        "field sub_orders[].goods_tag",
    );
    refuses(
        &with_sub!(mchid = "1".repeat(33)),
        "field sub_orders[].mchid",
    );
    refuses(
        &with_sub!(sub_mchid = Some(String::new())),
        "field sub_orders[].sub_mchid",
    );
    refuses(
        &with_sub!(sub_appid = Some(" ".into())),
        "field sub_orders[].sub_appid",
    );
    let mut bad = close(combined_jsapi());
    bad.sub_orders[0].out_trade_no = "a b".into();
    refuses(&bad, "field sub_orders[].out_trade_no");
}
