//! What operations on orders read: the documented answers, kept whole, and what may differ.

use crate::common::{NOW, answer, keeps, pending, platform_keys};
use serde_json::json;
use wechatpay_core::api::combine_transactions as combined;
use wechatpay_core::api::pay::partner::transactions as partner;
use wechatpay_core::api::pay::transactions::{
    CodeLink, H5Link, Prepay, PromotionScope, TradeState, TradeType,
};
use wechatpay_core::cashier::PrepayId;
use wechatpay_core::{Decode, Effect, Fen, NoContent};

#[test]
fn what_opens_the_payment_page_is_read_whole() {
    let prepay: Prepay = keeps(json!({ "prepay_id": "wx201410272009395522657a690389285100" }));
    assert!(PrepayId::parse(prepay.prepay_id).is_ok());
    let url = "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx2016121516420242444321ca0631331346&package=1405458241";
    let link: H5Link = keeps(json!({ "h5_url": url }));
    assert_eq!(link.h5_url, url);
    let link: CodeLink = keeps(json!({
        "code_url": "weixin://pay.weixin.qq.com/bizpayurl/up?pr=NwY5Mz9&groupid=00",
    }));
    assert!(link.code_url.ends_with("&groupid=00"));
}

#[test]
fn an_order_is_read_whole() {
    let order: partner::Transaction = keeps(json!({
        "sp_appid": "wx8888888888888888", "sp_mchid": "1230000109",
        "sub_appid": "wxd678efh567hg6999", "sub_mchid": "1900000109",
        "out_trade_no": "1217752501201407033233368018",
        "transaction_id": "1217752501201407033233368018", "trade_type": "APP",
        "trade_state": "SUCCESS", "trade_state_desc": "支付成功", "bank_type": "CMC",
        "attach": "自定义数据", "success_time": "2018-06-08T10:34:56+08:00",
        "payer": {
            "sp_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
            "sub_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        },
        "amount": { "total": 100, "payer_total": 90, "currency": "CNY", "payer_currency": "CNY" },
        "scene_info": { "device_id": "013467007045764" },
        "promotion_detail": [{
            "coupon_id": "109519", "name": "单品惠-6", "scope": "SINGLE", "type": "CASH",
            "amount": 10, "stock_id": "931386", "wechatpay_contribute": 0,
            "merchant_contribute": 10, "other_contribute": 0, "currency": "CNY",
            "goods_detail": [{
                "goods_id": "M1006", "quantity": 1, "unit_price": 100, "discount_amount": 0,
                "goods_remark": "商品备注信息",
            }],
        }],
    }));
    assert_eq!(order.trade_type, Some(TradeType::App));
    assert_eq!(order.amount.unwrap().payer_total, Some(Fen::new(90)));
    assert_eq!(
        order.promotion_detail[0].scope,
        Some(PromotionScope::Single)
    );
}

#[test]
fn a_combined_order_is_read_whole() {
    let order: combined::Transaction = keeps(json!({
        "combine_appid": "wxd678efh567hg6787", "combine_mchid": "1230000109",
        "combine_out_trade_no": "1217752501201407033233368018",
        "combine_payer_info": { "openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o" },
        "scene_info": { "device_id": "POS1:1" },
        "sub_orders": [{
            "mchid": "1900000109", "trade_type": "JSAPI", "trade_state": "SUCCESS",
            "bank_type": "CMC", "attach": "深圳分店",
            "success_time": "2015-05-20T13:29:35.120+08:00",
            "transaction_id": "1009660380201506130728806387",
            "out_trade_no": "20150806125346", "sub_mchid": "1230000109",
            "sub_appid": "wxd678efh567hg6999", "sub_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
            "amount": {
                "total_amount": 10, "payer_amount": 10, "currency": "CNY", "payer_currency": "CNY",
            },
        }],
    }));
    let paid = &order.sub_orders[0];
    assert_eq!(paid.trade_state, TradeState::Success);
    let number = Some("1009660380201506130728806387");
    assert_eq!(paid.transaction_id.as_deref(), number);
    let payer = order.combine_payer_info.unwrap();
    assert_eq!(
        payer.openid.as_deref(),
        Some("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
    );

    let payer: combined::Payer = keeps(json!({ "sub_openid": "oUpF8" }));
    assert_eq!(payer.openid, None);
}

#[test]
fn answers_may_lack_optional_fields_grow_new_ones_and_know_new_values() {
    let order = partner::Transaction::decode(
        br#"{"sp_mchid":"1","sub_mchid":"2","out_trade_no":"3","trade_state":"WAITING","settle_info":{"x":1},"promotion_detail":null}"#,
    );
    let order = order.unwrap();
    assert_eq!(order.trade_state, TradeState::Other("WAITING".into()));
    assert!(order.promotion_detail.is_empty());

    for sub_orders in ["", r#","sub_orders":null"#, r#","sub_orders":[]"#] {
        let body = format!(r#"{{"combine_mchid":"1","combine_out_trade_no":"2"{sub_orders}}}"#);
        let order = combined::Transaction::decode(body.as_bytes()).unwrap();
        assert!(order.sub_orders.is_empty(), "{sub_orders}");
    }
    let body = br#"{"combine_mchid":"1","combine_out_trade_no":"2","trade_scenario":"RECOMMERCE","sub_orders":[{"mchid":"1","out_trade_no":"3","trade_state":"NOTPAY"}]}"#;
    let order = combined::Transaction::decode(body).unwrap();
    assert_eq!(order.sub_orders[0].trade_state, TradeState::NotPay);

    let prepay = Prepay::decode(br#"{"prepay_id":"wx1","contract_result":{"code":"X"}}"#);
    assert_eq!(prepay.unwrap().prepay_id, "wx1");
}

#[test]
fn an_answer_without_what_opens_the_page_is_no_success() {
    let native = partner::Native::builder().order(
        partner::Order::builder()
            .sp_appid("1")
            .sp_mchid("1")
            .sub_mchid("2")
            .description("-")
            .out_trade_no("3")
            .notify_url("https://yourapp.com/notify")
            .amount(wechatpay_core::api::pay::transactions::Amount::cny(
                Fen::new(1),
            ))
            .build(),
    );
    let native = native.build();
    let complete = |status, body: &str| {
        pending(&native).complete(&answer(status, body), &platform_keys(), NOW)
    };
    let code_url = complete(200, r#"{"code_url":"weixin://1"}"#).unwrap();
    assert_eq!(code_url.value.code_url, "weixin://1");
    let paying = complete(202, r#"{"code":"USERPAYING","message":"用户支付中"}"#).unwrap_err();
    assert!(paying.to_string().contains("202 USERPAYING"), "{paying}");
    assert_eq!(paying.effect(), Effect::Unknown);
    assert!(complete(200, r#"{"code_url":null}"#).is_err());
    assert!(complete(200, "").is_err());
}

#[test]
fn a_closed_order_answers_nothing() {
    let close = partner::out_trade_no::Close::builder()
        .out_trade_no("3")
        .sp_mchid("1")
        .sub_mchid("2")
        .build();
    let closed = pending(&close).complete(&answer(204, ""), &platform_keys(), NOW);
    let closed = closed.unwrap();
    assert_eq!((closed.value, closed.status.as_u16()), (NoContent, 204));
    let error = r#"{"code":"ORDERPAID","message":"该订单已支付"}"#;
    let paid = pending(&close).complete(&answer(400, error), &platform_keys(), NOW);
    assert_eq!(paid.unwrap_err().effect(), Effect::None);
}
