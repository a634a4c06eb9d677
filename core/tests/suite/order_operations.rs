//! Orders of sub-merchants and combined orders: what is sent, and what is refused before sending.

use std::time::Duration;

use crate::common::{merchant, sends};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wechatpay_core::api::combine_transactions as combined;
use wechatpay_core::api::combine_transactions::{NewSubOrder, SubAmount, SubOrderId};
use wechatpay_core::api::pay::partner::transactions as partner;
use wechatpay_core::api::pay::transactions::{
    Amount, Detail, Goods, H5Info, H5Kind, H5Scene, LimitPay, Scene, SettleInfo, StoreInfo,
};
use wechatpay_core::{DateTime, Fen, Method, Operation, Replay};

const NUMBER: &str = "1217752501201407033233368018";

fn order() -> partner::Order {
    partner::Order::builder()
        .sp_appid("wx8888888888888888")
        .sp_mchid("1230000109")
        .sub_mchid("1900000109")
        .description("Image形象店-深圳腾大-QQ公仔")
        .out_trade_no(NUMBER)
        .notify_url("https://www.weixin.qq.com/wxpay/pay.php")
        .amount(Amount::cny(Fen::new(100)))
        .build()
}

/// Each field that the documents know.
fn whole_order() -> partner::Order {
    let goods = Goods::builder()
        .merchant_goods_id("商品编码")
        .wechatpay_goods_id("1001")
        .goods_name("iPhoneX 256G")
        .quantity(1)
        .unit_price(Fen::new(828_800));
    let mut order = order();
    order.sub_appid = Some("wxd678efh567hg6999".into());
    order.time_expire = Some(DateTime::new("2018-06-08T10:34:56+08:00"));
    order.attach = Some("自定义数据".into());
    order.goods_tag = Some("WXG".into());
    order.limit_pay = Some(vec![LimitPay::NoCredit]);
    order.support_fapiao = Some(false);
    order.settle_info = Some(SettleInfo::subsidised(Fen::new(10)));
    order.detail = Some(
        Detail::builder()
            .cost_price(Fen::new(608_800))
            .invoice_id("微信123")
            .goods_detail(vec![goods.build()])
            .build(),
    );
    order
}

fn scene() -> Scene {
    let store = StoreInfo::builder()
        .id("0001")
        .name("腾讯大厦分店")
        .area_code("440305")
        .address("广东省深圳市南山区科技中一道10000号");
    Scene::builder()
        .payer_client_ip("14.23.150.211")
        .device_id("013467007045764")
        .store_info(store.build())
        .build()
}

fn payer() -> partner::Payer {
    let payer = partner::Payer::builder().sp_openid("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
    payer.build()
}

fn jsapi() -> partner::Jsapi {
    partner::Jsapi::builder()
        .order(order())
        .payer(payer())
        .build()
}

fn h5_scene(scene: Scene) -> H5Scene {
    let mut info = H5Info::of(H5Kind::Ios);
    info.app_name = Some("王者荣耀".into());
    info.app_url = Some("https://pay.qq.com".into());
    info.bundle_id = Some("com.tencent.wzryiOS".into());
    info.package_name = Some("com.tencent.tmgp.sgame".into());
    H5Scene::builder().scene(scene).h5_info(info).build()
}

fn sub_order(number: &str) -> NewSubOrder {
    NewSubOrder::builder()
        .mchid("1900000109")
        .attach("深圳分店")
        .amount(SubAmount::cny(Fen::new(100)))
        .out_trade_no(number)
        .sub_mchid("1230000109")
        .description("腾讯充值中心-QQ会员充值")
        .build()
}

fn combined_order() -> combined::Order {
    combined::Order::builder()
        .combine_appid("wxd678efh567hg6787")
        .combine_mchid("1900000109")
        .combine_out_trade_no("P20150806125346")
        .sub_orders(vec![
            sub_order("20150806125346"),
            sub_order("20150806125347"),
        ])
        .notify_url("https://yourapp.com/notify")
        .build()
}

fn combined_payer() -> combined::Payer {
    let payer = combined::Payer::builder().openid("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
    payer.build()
}

fn combined_jsapi() -> combined::Jsapi {
    combined::Jsapi::builder()
        .order(combined_order())
        .combine_payer_info(combined_payer())
        .build()
}

fn close() -> combined::out_trade_no::Close {
    combined::out_trade_no::Close::of(&combined_order())
}

fn by_number() -> partner::out_trade_no::Query {
    partner::out_trade_no::Query::builder()
        .out_trade_no("a|b*c@d")
        .sp_mchid("1230000109")
        .sub_mchid("1900000109")
        .build()
}

const ORDER: &str = r#""sp_appid":"wx8888888888888888","sp_mchid":"1230000109","sub_mchid":"1900000109","description":"Image形象店-深圳腾大-QQ公仔","out_trade_no":"1217752501201407033233368018","notify_url":"https://www.weixin.qq.com/wxpay/pay.php","amount":{"total":100,"currency":"CNY"}"#;
const WHOLE: &str = r#""sp_appid":"wx8888888888888888","sp_mchid":"1230000109","sub_appid":"wxd678efh567hg6999","sub_mchid":"1900000109","description":"Image形象店-深圳腾大-QQ公仔","out_trade_no":"1217752501201407033233368018","time_expire":"2018-06-08T10:34:56+08:00","attach":"自定义数据","notify_url":"https://www.weixin.qq.com/wxpay/pay.php","goods_tag":"WXG","limit_pay":["no_credit"],"support_fapiao":false,"amount":{"total":100,"currency":"CNY"},"settle_info":{"profit_sharing":true,"subsidy_amount":10},"detail":{"cost_price":608800,"invoice_id":"微信123","goods_detail":[{"merchant_goods_id":"商品编码","wechatpay_goods_id":"1001","goods_name":"iPhoneX 256G","quantity":1,"unit_price":828800}]}"#;
const SCENE: &str = r#""payer_client_ip":"14.23.150.211","device_id":"013467007045764","store_info":{"id":"0001","name":"腾讯大厦分店","area_code":"440305","address":"广东省深圳市南山区科技中一道10000号"}"#;
const H5_INFO: &str = r#""h5_info":{"type":"iOS","app_name":"王者荣耀","app_url":"https://pay.qq.com","bundle_id":"com.tencent.wzryiOS","package_name":"com.tencent.tmgp.sgame"}"#;

#[test]
fn orders_are_placed_as_documented() {
    const PATH: &str = "/v3/pay/partner/transactions";
    sends(
        &jsapi(),
        Method::POST,
        &format!("{PATH}/jsapi"),
        &format!(r#"{{{ORDER},"payer":{{"sp_openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}}}"#),
    );
    let mut whole = jsapi();
    (whole.order, whole.scene_info) = (whole_order(), Some(scene()));
    whole.payer.sub_openid = Some("oUpF8uMuAJO".into());
    sends(
        &whole,
        Method::POST,
        &format!("{PATH}/jsapi"),
        &format!(
            r#"{{{WHOLE},"payer":{{"sp_openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","sub_openid":"oUpF8uMuAJO"}},"scene_info":{{{SCENE}}}}}"#
        ),
    );
    let app = partner::App::builder().order(order()).build();
    let body = format!("{{{ORDER}}}");
    sends(&app, Method::POST, &format!("{PATH}/app"), &body);
    let native = partner::Native::builder()
        .order(order())
        .scene_info(scene());
    let body = format!(r#"{{{ORDER},"scene_info":{{{SCENE}}}}}"#);
    let target = format!("{PATH}/native");
    sends(&native.build(), Method::POST, &target, &body);
    let h5 = partner::H5::builder().order(order());
    let h5 = h5.scene_info(h5_scene(scene())).build();
    let body = format!(r#"{{{ORDER},"scene_info":{{{SCENE},{H5_INFO}}}}}"#);
    sends(&h5, Method::POST, &format!("{PATH}/h5"), &body);
}

#[test]
fn combined_orders_are_placed_as_documented() {
    const PATH: &str = "/v3/combine-transactions";
    const ORDER: &str = r#""combine_appid":"wxd678efh567hg6787","combine_mchid":"1900000109","combine_out_trade_no":"P20150806125346","sub_orders":[{"mchid":"1900000109","attach":"深圳分店","amount":{"total_amount":100,"currency":"CNY"},"out_trade_no":"20150806125346","sub_mchid":"1230000109","description":"腾讯充值中心-QQ会员充值"},{"mchid":"1900000109","attach":"深圳分店","amount":{"total_amount":100,"currency":"CNY"},"out_trade_no":"20150806125347","sub_mchid":"1230000109","description":"腾讯充值中心-QQ会员充值"}],"notify_url":"https://yourapp.com/notify""#;
    const PAYER: &str = r#""combine_payer_info":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}"#;
    sends(
        &combined_jsapi(),
        Method::POST,
        &format!("{PATH}/jsapi"),
        &format!("{{{ORDER},{PAYER}}}"),
    );
    let app = combined::App::builder().order(combined_order());
    let app = app.combine_payer_info(combined_payer()).build();
    let body = format!("{{{ORDER},{PAYER}}}");
    sends(&app, Method::POST, &format!("{PATH}/app"), &body);
    let native = combined::Native::builder().order(combined_order()).build();
    let body = format!("{{{ORDER}}}");
    sends(&native, Method::POST, &format!("{PATH}/native"), &body);
    let scene = Scene::builder().payer_client_ip("14.17.22.32");
    let scene = h5_scene(scene.device_id("POS1:1").build());
    let h5 = combined::H5::builder().order(combined_order());
    sends(
        &h5.scene_info(scene).build(),
        Method::POST,
        &format!("{PATH}/h5"),
        &format!(
            r#"{{{ORDER},"scene_info":{{"payer_client_ip":"14.17.22.32","device_id":"POS1:1",{H5_INFO}}}}}"#
        ),
    );

    let mut whole = combined_jsapi();
    let mut sub_order = sub_order("20150806125346");
    sub_order.sub_appid = Some("wxd678efh567hg6999".into());
    sub_order.detail = Some("买单费用".into());
    sub_order.goods_tag = Some("WXG".into());
    sub_order.settle_info = Some(SettleInfo::subsidised(Fen::new(10)));
    whole.order.sub_orders = vec![sub_order];
    // The second is the documents' own.
    whole.order.time_start = Some(DateTime::new("2019-12-31T15:59:60+08:00"));
    whole.order.time_expire = Some(DateTime::new("2019-12-31T16:59:59+08:00"));
    whole.order.limit_pay = Some(vec![LimitPay::NoBalance, LimitPay::BalanceOnly]);
    whole.scene_info = Some(Scene::builder().payer_client_ip("::1").build());
    whole.combine_payer_info = combined::Payer::builder().sub_openid("oUpF8").build();
    sends(
        &whole,
        Method::POST,
        &format!("{PATH}/jsapi"),
        r#"{"combine_appid":"wxd678efh567hg6787","combine_mchid":"1900000109","combine_out_trade_no":"P20150806125346","sub_orders":[{"mchid":"1900000109","attach":"深圳分店","amount":{"total_amount":100,"currency":"CNY"},"out_trade_no":"20150806125346","sub_mchid":"1230000109","sub_appid":"wxd678efh567hg6999","detail":"买单费用","goods_tag":"WXG","description":"腾讯充值中心-QQ会员充值","settle_info":{"profit_sharing":true,"subsidy_amount":10}}],"time_start":"2019-12-31T15:59:60+08:00","time_expire":"2019-12-31T16:59:59+08:00","notify_url":"https://yourapp.com/notify","limit_pay":["no_balance","balance_only"],"scene_info":{"payer_client_ip":"::1"},"combine_payer_info":{"sub_openid":"oUpF8"}}"#,
    );
}

#[test]
fn orders_are_asked_for_and_closed_as_documented() {
    let by_id = partner::id::Query::builder()
        .transaction_id(NUMBER)
        .sp_mchid("1230000109")
        .sub_mchid("1900000109")
        .build();
    sends(
        &by_id,
        Method::GET,
        "/v3/pay/partner/transactions/id/1217752501201407033233368018?sp_mchid=1230000109&sub_mchid=1900000109",
        "",
    );
    sends(
        &by_number(),
        Method::GET,
        "/v3/pay/partner/transactions/out-trade-no/a%7Cb%2Ac%40d?sp_mchid=1230000109&sub_mchid=1900000109",
        "",
    );
    let one = partner::out_trade_no::Close::builder()
        .out_trade_no(NUMBER)
        .sp_mchid("1230000109")
        .sub_mchid("1900000109")
        .build();
    sends(
        &one,
        Method::POST,
        "/v3/pay/partner/transactions/out-trade-no/1217752501201407033233368018/close",
        r#"{"sp_mchid":"1230000109","sub_mchid":"1900000109"}"#,
    );
    let query = combined::out_trade_no::Query::builder().combine_out_trade_no("P20150806125346");
    sends(
        &query.build(),
        Method::GET,
        "/v3/combine-transactions/out-trade-no/P20150806125346",
        "",
    );
    // A close names exactly the sub-orders that were placed.
    sends(
        &close(),
        Method::POST,
        "/v3/combine-transactions/out-trade-no/P20150806125346/close",
        r#"{"combine_appid":"wxd678efh567hg6787","sub_orders":[{"mchid":"1900000109","out_trade_no":"20150806125346","sub_mchid":"1230000109"},{"mchid":"1900000109","out_trade_no":"20150806125347","sub_mchid":"1230000109"}]}"#,
    );
    let id = SubOrderId::builder()
        .mchid("1900000109")
        .out_trade_no("20150806125346")
        .sub_appid("wxd678efh567hg6999");
    let mut close = close();
    close.sub_orders = vec![id.build()];
    sends(
        &close,
        Method::POST,
        "/v3/combine-transactions/out-trade-no/P20150806125346/close",
        r#"{"combine_appid":"wxd678efh567hg6787","sub_orders":[{"mchid":"1900000109","out_trade_no":"20150806125346","sub_appid":"wxd678efh567hg6999"}]}"#,
    );
}

/// The gateway and the command line read the requests that clients write.
#[test]
fn requests_are_read_back() {
    fn read<O: Serialize + DeserializeOwned>(operation: &O) -> O {
        serde_json::from_str(&serde_json::to_string(operation).unwrap()).unwrap()
    }
    let mut whole = jsapi();
    (whole.order, whole.scene_info) = (whole_order(), Some(scene()));
    assert_eq!(read(&whole), whole);
    let h5 = partner::H5::builder().order(whole_order());
    let h5 = h5.scene_info(h5_scene(scene())).build();
    assert_eq!(read(&h5), h5);
    assert_eq!(read(&combined_jsapi()), combined_jsapi());
    // What stands in the path is filled in afterwards.
    let mut read_close = read(&close());
    assert_eq!(read_close.combine_out_trade_no, "");
    read_close.combine_out_trade_no = "P20150806125346".into();
    assert_eq!(read_close, close());
    let mut query = read(&by_number());
    assert!(merchant().draft(&query).is_err());
    query.out_trade_no = "a|b*c@d".into();
    assert_eq!(query, by_number());
}

#[test]
fn amounts_that_are_no_whole_fen_are_not_read() {
    let good = serde_json::to_value(jsapi()).unwrap();
    assert!(serde_json::from_value::<partner::Jsapi>(good.clone()).is_ok());
    let bad = ["1.5", "1e2", "\"100\"", "null", "9223372036854775808"];
    for total in bad {
        let mut order = good.clone();
        order["amount"]["total"] = serde_json::from_str::<Value>(total).unwrap();
        assert!(
            serde_json::from_value::<partner::Jsapi>(order).is_err(),
            "{total}"
        );
    }
}

#[test]
fn each_operation_states_what_a_replay_may_do() {
    const NO_WINDOW: Option<Duration> = None;
    for replay in [
        partner::Jsapi::REPLAY,
        partner::App::REPLAY,
        partner::H5::REPLAY,
        partner::Native::REPLAY,
    ] {
        let key = "out_trade_no, with equal parameters";
        let window = NO_WINDOW;
        assert_eq!(replay, Replay::Idempotent { key, window });
    }
    for replay in [
        combined::Jsapi::REPLAY,
        combined::App::REPLAY,
        combined::H5::REPLAY,
        combined::Native::REPLAY,
    ] {
        let key = "combine_out_trade_no, with equal parameters";
        let window = NO_WINDOW;
        assert_eq!(replay, Replay::Idempotent { key, window });
    }
    let query = Some("GET /v3/pay/partner/transactions/out-trade-no/{out_trade_no}");
    assert_eq!(partner::Jsapi::SETTLED_BY, query);
    assert_eq!(partner::out_trade_no::Close::SETTLED_BY, query);
    let query = Some("GET /v3/combine-transactions/out-trade-no/{combine_out_trade_no}");
    assert_eq!(combined::H5::SETTLED_BY, query);
    assert_eq!(combined::out_trade_no::Close::SETTLED_BY, query);
    assert_eq!(partner::id::Query::REPLAY, Replay::ReadOnly);
    assert_eq!(combined::out_trade_no::Query::REPLAY, Replay::ReadOnly);
}
