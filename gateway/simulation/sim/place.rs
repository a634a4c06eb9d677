//! Orders that a merchant places itself, for a buyer to pay.

use wechatpay_core::Fen;
use wechatpay_core::api::combine_transactions::{
    self as combine, NewSubOrder, SubAmount, SubOrderId,
};
use wechatpay_core::api::pay::partner::transactions as partner;
use wechatpay_core::api::pay::transactions::{Amount, H5Info, H5Kind, H5Scene, Scene, SettleInfo};
use wechatpay_gateway::credentials::MCHID;

use super::draw::{APP, Desk, PERSON};
use super::shop::{Combined, Kept, Order};
use super::work::Work;

fn scene() -> H5Scene {
    let scene = Scene::builder().payer_client_ip("14.23.150.211").build();
    H5Scene::builder()
        .scene(scene)
        .h5_info(H5Info::of(H5Kind::Wap))
        .build()
}

/// What an order promises of a subsidy, and how it is settled.
fn settling(desk: &Desk<'_>) -> (Option<Fen>, Option<SettleInfo>) {
    let dice = &desk.world.dice;
    match dice.within(0..=2) {
        0 => (None, None),
        1 => (None, Some(SettleInfo::shared())),
        _ => {
            let promised = Fen::new(dice.within(1..=1_500) as i64);
            (Some(promised), Some(SettleInfo::subsidised(promised)))
        }
    }
}

fn kept(settle_info: Option<&SettleInfo>) -> Kept {
    match settle_info {
        Some(_) => Kept::ForSharing,
        None => Kept::No,
    }
}

/// The merchant writes an order down before it places it.
fn write_down(desk: &Desk<'_>, number: &str, total: Fen, promised: Option<Fen>, kept: Kept) {
    let mut disk = desk.merchant.disk.borrow_mut();
    if disk.shop.order(number).is_none() {
        disk.shop.orders.push(Order {
            out_trade_no: number.to_owned(),
            transaction_id: None,
            total,
            promised,
            kept,
            ticket: None,
            subsidy_id: None,
            refunds: Vec::new(),
            rounds: Vec::new(),
        });
    }
}

pub(super) fn single(desk: &Desk<'_>) -> Option<Work> {
    let dice = &desk.world.dice;
    let total = desk.amount(Fen::new(20_000));
    let number = desk.number("O");
    let (promised, settle_info) = settling(desk);
    write_down(desk, &number, total, promised, kept(settle_info.as_ref()));
    let order = partner::Order::builder()
        .sp_appid(APP)
        .sp_mchid(MCHID)
        .sub_mchid(&desk.merchant.sub_mchid)
        .description("tea")
        .out_trade_no(number)
        .notify_url(desk.notify_url())
        .amount(Amount::cny(total))
        .maybe_settle_info(settle_info)
        .build();
    Some(match dice.within(0..=3) {
        0 => {
            let payer = partner::Payer::builder().sp_openid(PERSON).build();
            partner::Jsapi::builder()
                .order(order)
                .payer(payer)
                .build()
                .into()
        }
        1 => partner::App::builder().order(order).build().into(),
        2 => partner::H5::builder()
            .order(order)
            .scene_info(scene())
            .build()
            .into(),
        _ => partner::Native::builder().order(order).build().into(),
    })
}

pub(super) fn combined(desk: &Desk<'_>) -> Option<Work> {
    let dice = &desk.world.dice;
    let number = desk.number("M");
    let parts: Vec<_> = (0..dice.within(2..=3))
        .map(|_| {
            let (promised, settle_info) = settling(desk);
            let total = desk.amount(Fen::new(8_000));
            let own = desk.number("O");
            write_down(desk, &own, total, promised, kept(settle_info.as_ref()));
            NewSubOrder::builder()
                .mchid(MCHID)
                .sub_mchid(&desk.merchant.sub_mchid)
                .attach("autumn")
                .amount(SubAmount::cny(total))
                .out_trade_no(own)
                .description("tea")
                .maybe_settle_info(settle_info)
                .build()
        })
        .collect();
    let sub_orders = parts.iter().map(|part| part.out_trade_no.clone()).collect();
    {
        let mut disk = desk.merchant.disk.borrow_mut();
        if disk.shop.combined(&number).is_none() {
            disk.shop.combined.push(Combined {
                combine_out_trade_no: number.clone(),
                sub_orders,
                ticket: None,
            });
        }
    }
    let order = combine::Order::builder()
        .combine_appid(APP)
        .combine_mchid(MCHID)
        .combine_out_trade_no(number)
        .sub_orders(parts)
        .notify_url(desk.notify_url())
        .build();
    let payer = combine::Payer::builder().openid(PERSON).build();
    Some(match dice.within(0..=3) {
        0 => combine::Jsapi::builder()
            .order(order)
            .combine_payer_info(payer)
            .build()
            .into(),
        1 => combine::App::builder().order(order).build().into(),
        2 => combine::H5::builder()
            .order(order)
            .scene_info(scene())
            .build()
            .into(),
        _ => combine::Native::builder().order(order).build().into(),
    })
}

pub(super) fn close(desk: &Desk<'_>) -> Option<Work> {
    let dice = &desk.world.dice;
    if dice.percent(50) {
        let order = dice.pick(&desk.shop.orders)?;
        let close = partner::out_trade_no::Close::builder()
            .out_trade_no(&order.out_trade_no)
            .sp_mchid(MCHID)
            .sub_mchid(&desk.merchant.sub_mchid);
        return Some(close.build().into());
    }
    let combined = dice.pick(&desk.shop.combined)?;
    let sub_order = |number: &String| {
        SubOrderId::builder()
            .mchid(MCHID)
            .out_trade_no(number)
            .sub_mchid(&desk.merchant.sub_mchid)
            .build()
    };
    let close = combine::out_trade_no::Close::builder()
        .combine_out_trade_no(&combined.combine_out_trade_no)
        .combine_appid(APP)
        .sub_orders(combined.sub_orders.iter().map(sub_order).collect());
    Some(close.build().into())
}

pub(super) fn query(desk: &Desk<'_>) -> Option<Work> {
    let order = desk.world.dice.pick(&desk.shop.orders)?;
    let query = partner::out_trade_no::Query::builder()
        .out_trade_no(&order.out_trade_no)
        .sp_mchid(MCHID)
        .sub_mchid(&desk.merchant.sub_mchid);
    Some(query.build().into())
}

pub(super) fn query_combined(desk: &Desk<'_>) -> Option<Work> {
    let combined = desk.world.dice.pick(&desk.shop.combined)?;
    let query = combine::out_trade_no::Query::builder()
        .combine_out_trade_no(&combined.combine_out_trade_no);
    Some(query.build().into())
}
