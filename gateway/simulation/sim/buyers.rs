//! What buyers and the merchants' own people do meanwhile, beside the interface.

use std::rc::Rc;

use serde_json::json;
use wechatpay_core::Fen;
use wechatpay_core::http::Method;

use super::draw::MAKER;
use super::merchant::Merchant;
use super::shop::{Coupon, Kept, Order};
use super::world::World;

/// What buyers do meanwhile: they pay orders, and come with new ones and with coupons.
pub(crate) fn come(world: &Rc<World>, merchant: &Merchant) {
    let dice = &world.dice;
    let tickets = {
        let shop = &merchant.disk.borrow().shop;
        let single = shop.orders.iter().filter_map(|order| order.ticket.clone());
        let combined = shop
            .combined
            .iter()
            .filter_map(|order| order.ticket.clone());
        single.chain(combined).collect::<Vec<_>>()
    };
    for (field, ticket) in tickets {
        if dice.percent(60) {
            world.admin(
                Method::POST,
                "/_gateway/payments",
                &json!({ field: ticket }),
            );
        }
    }
    let known = merchant.disk.borrow().shop.orders.len();
    if known < 2 || dice.percent(15) {
        bring_order(world, merchant);
    }
    if dice.percent(15) {
        bring_coupon(world, merchant);
    }
    if dice.percent(3) {
        let day = json!({ "advance_seconds": 86_400 });
        world.admin(Method::POST, "/_gateway/clock", &day);
    }
    if dice.percent(12) {
        // The shop draws its money out.
        let account = format!("sub-merchant:{}:available", merchant.sub_mchid);
        let nothing = json!({ "account": account, "balance": 0 });
        world.admin(Method::POST, "/_gateway/balances", &nothing);
    }
    if dice.percent(10) {
        let payer = *dice
            .pick(&["normal", "abnormal", "closed"])
            .unwrap_or(&"normal");
        let orders = merchant.disk.borrow().shop.orders.clone();
        let order = dice
            .pick(&orders)
            .and_then(|order| order.transaction_id.clone());
        if let Some(id) = order {
            let path = format!("/_gateway/orders/{}/{id}/payer", merchant.sub_mchid);
            world.admin(Method::PUT, &path, &json!({ "payer_account": payer }));
        }
    }
}

/// An order from elsewhere, paid already.
fn bring_order(world: &Rc<World>, merchant: &Merchant) {
    let dice = &world.dice;
    let total = dice.within(200..=20_000) as i64;
    let promised = dice.percent(40).then(|| dice.within(1..=2_000) as i64);
    let number = merchant.disk.borrow_mut().number(merchant.index, "E");
    let state = *dice
        .pick(&["paid", "settled", "settled", "settled"])
        .unwrap_or(&"settled");
    let shared = dice.percent(80) || promised.is_some();
    let order = json!({
        "sub_mchid": merchant.sub_mchid, "total": total, "subsidy_amount": promised,
        "out_trade_no": number, "profit_sharing": shared, "state": state,
    });
    let Some(order) = world.admin(Method::POST, "/_gateway/orders", &order) else {
        return;
    };
    let id = order["transaction_id"].as_str().map(str::to_owned);
    merchant.disk.borrow_mut().shop.orders.push(Order {
        out_trade_no: number,
        transaction_id: id,
        total: Fen::new(total),
        promised: promised.map(Fen::new),
        kept: if shared { Kept::ForSharing } else { Kept::No },
        ticket: None,
        subsidy_id: None,
        refunds: Vec::new(),
        rounds: Vec::new(),
    });
}

fn bring_coupon(world: &Rc<World>, merchant: &Merchant) {
    let dice = &world.dice;
    let amount = dice.within(1..=900) as i64;
    let coupon_code = merchant.disk.borrow_mut().number(merchant.index, "C");
    let refund_id = format!(
        "{:0<30}",
        merchant.disk.borrow_mut().number(merchant.index, "5")
    );
    let coupon = json!({
        "payer_merchant": MAKER, "payee_merchant": merchant.sub_mchid, "amount": amount,
        "state": "redeemed", "coupon_code": coupon_code, "refund_id": refund_id,
    });
    let Some(coupon) = world.admin(Method::POST, "/_gateway/coupons", &coupon) else {
        return;
    };
    let text = |field: &str| coupon[field].as_str().unwrap_or_default().to_owned();
    merchant.disk.borrow_mut().shop.coupons.push(Coupon {
        stock_id: text("stock_id"),
        coupon_code: text("coupon_code"),
        transaction_id: text("transaction_id"),
        refund_id,
        amount: Fen::new(amount),
        receipt: None,
        return_receipt: None,
    });
}
