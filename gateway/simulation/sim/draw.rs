//! What merchants and buyers do next, drawn from what the merchant knows; wrong uses among it.

use serde_json::json;
use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::profitsharing::{
    after_sales_orders, finish_order, orders, receivers, returnorders,
};
use wechatpay_core::api::ecommerce::refunds::{
    self, ApplyAmount, RefundAccount, abnormal, return_advance,
};
use wechatpay_core::api::ecommerce::{bill as sub_bill, fund as sub_fund, subsidies};
use wechatpay_core::api::marketing::busifavor::subsidy::{
    ReturnReceipt, pay_receipts, return_receipts,
};
use wechatpay_core::api::merchant::{fund, media};
use wechatpay_core::api::merchant_service::images;
use wechatpay_core::api::pay::partner::transactions as partner;
use wechatpay_core::api::{bill, certificates};
use wechatpay_core::http::Method;
use wechatpay_gateway::credentials::MCHID;

use super::byhand::ByHand;
use super::merchant::Merchant;
use super::oracle::Held;
use super::place;
use super::sealed::{CARD, NAME};
use super::shop::{Coupon, Order, Refund, Shop};
use super::work::Work;
use super::world::World;
use std::rc::Rc;

pub(crate) const APP: &str = "wx8888888888888888";
pub(crate) const PERSON: &str = "oTHER8uMuAJO_M2pxb1Q9zNjWeS6";
/// Who pays for coupons.
pub(crate) const MAKER: &str = "1900000001";

/// A merchant at its desk.
pub(crate) struct Desk<'a> {
    pub(crate) world: &'a World,
    pub(crate) merchant: &'a Merchant,
    pub(crate) shop: Shop,
}

/// What buyers do meanwhile: they pay orders, and come with new ones and with coupons.
pub(crate) fn buyers(world: &Rc<World>, merchant: &Merchant) {
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
    if dice.percent(5) {
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

/// What the merchant does next. None where what was drawn lacks its object.
pub(crate) fn work(world: &World, merchant: &Merchant) -> Option<Work> {
    let shop = merchant.disk.borrow().shop.clone();
    let desk = Desk {
        world,
        merchant,
        shop,
    };
    (0..10).find_map(|_| desk.draw())
}

impl Desk<'_> {
    fn draw(&self) -> Option<Work> {
        let dice = &self.world.dice;
        // What moves money is drawn more often than what asks.
        match dice.within(0..=99) {
            0..=7 => place::single(self),
            8..=11 => place::combined(self),
            12..=13 => place::close(self),
            14..=23 => self.subsidise(),
            24..=29 => self.return_subsidy(),
            30..=31 => self.cancel_subsidy(),
            32..=36 => self.fee(),
            37..=47 => self.share(),
            48..=50 => self.finish(),
            51..=54 => self.receiver(),
            55..=60 => self.give_back(),
            61..=72 => self.refund(),
            73..=74 => self.rescue(),
            75..=76 => self.return_advance(),
            77..=80 => self.pay_coupon(),
            81..=84 => self.return_coupon(),
            85..=86 => self.upload(),
            _ => self.ask(),
        }
    }

    /// A new number; now and then one that was used before, and is settled.
    pub(crate) fn number(&self, prefix: &str) -> String {
        let mut disk = self.merchant.disk.borrow_mut();
        if self.world.dice.percent(4) {
            let settled = disk
                .records
                .iter()
                .filter(|record| record.held != Held::Unknown);
            let used: Vec<_> = settled.filter_map(|record| record.work.number()).collect();
            if let Some(number) = self.world.dice.pick(&used) {
                return (*number).to_owned();
            }
        }
        disk.number(self.merchant.index, prefix)
    }

    /// An amount up to what fits; now and then one that does not.
    pub(crate) fn amount(&self, most: Fen) -> Fen {
        let dice = &self.world.dice;
        if dice.percent(6) {
            let wrong = [0, -1, most.get().saturating_add(1), i64::MAX];
            return Fen::new(dice.pick(&wrong).copied().unwrap_or_default());
        }
        let most = u64::try_from(most.get()).unwrap_or_default().max(1);
        Fen::new(dice.within(1..=most) as i64)
    }

    /// The merchant's number; now and then another's.
    fn sub_mchid(&self) -> &str {
        if self.world.dice.percent(3) {
            "1900000109"
        } else {
            &self.merchant.sub_mchid
        }
    }

    fn text(&self) -> String {
        self.merchant
            .disk
            .borrow_mut()
            .number(self.merchant.index, "text ")
    }

    pub(crate) fn notify_url(&self) -> String {
        format!("http://127.0.0.1:9/notify/{}", self.merchant.index)
    }

    /// An order, most often one of the last.
    fn order(&self) -> Option<&Order> {
        let orders = &self.shop.orders;
        let last = orders
            .get(orders.len().saturating_sub(2)..)
            .unwrap_or(orders);
        let recent = self.world.dice.percent(60);
        self.world.dice.pick(if recent { last } else { orders })
    }

    /// An order that was paid; now and then one that nobody knows.
    fn paid(&self) -> Option<(&Order, String)> {
        let order = self.order()?;
        let id = order.transaction_id.clone()?;
        if self.world.dice.percent(3) {
            return Some((order, "4200000000000000000000000404".to_owned()));
        }
        Some((order, id))
    }

    fn refunded(&self) -> Option<(String, &Refund)> {
        let (order, id) = self.paid()?;
        Some((id, self.world.dice.pick(&order.refunds)?))
    }

    fn subsidise(&self) -> Option<Work> {
        let (order, id) = self.paid()?;
        if order.promised.is_none() && self.world.dice.percent(90) {
            return None;
        }
        let promised = order.promised.unwrap_or(Fen::new(100));
        let amount = if self.world.dice.percent(80) {
            promised
        } else {
            self.amount(promised)
        };
        let number = self.number("S");
        let create = subsidies::Create::builder()
            .sub_mchid(self.sub_mchid())
            .transaction_id(id)
            .amount(amount)
            .description(self.text())
            .maybe_out_subsidy_no(self.world.dice.percent(80).then_some(number));
        Some(create.build().into())
    }

    fn return_subsidy(&self) -> Option<Work> {
        let (order, id) = self.paid()?;
        let subsidy = order.subsidy_id.clone()?;
        let refund = self.world.dice.pick(&order.refunds);
        let take_back = subsidies::Return::builder()
            .sub_mchid(self.sub_mchid())
            .out_order_no(self.number("SB"))
            .transaction_id(id)
            .maybe_refund_id(refund.map(|refund| refund.refund_id.clone()))
            .amount(self.amount(order.promised?))
            .description(self.text())
            .subsidy_id(subsidy);
        Some(take_back.build().into())
    }

    fn cancel_subsidy(&self) -> Option<Work> {
        let (_, id) = self.paid()?;
        let cancel = subsidies::Cancel::builder()
            .sub_mchid(self.sub_mchid())
            .transaction_id(id)
            .description(self.text());
        Some(cancel.build().into())
    }

    fn fee(&self) -> Option<Work> {
        let (id, refund) = self.refunded()?;
        if self.has_fee(&refund.refund_id) {
            return None;
        }
        let fee = after_sales_orders::Create::builder()
            .sub_mchid(self.sub_mchid())
            .transaction_id(id)
            .amount(self.amount(Fen::new(60)))
            .scene(after_sales_orders::Scene::ReturnGoods)
            .refund_id(&refund.refund_id);
        Some(fee.build().into())
    }

    /// A fee that is asked for twice with equal parameters is the same one.
    fn has_fee(&self, refund_id: &str) -> bool {
        let records = &self.merchant.disk.borrow().records;
        let has = |work: &Work| matches!(work, Work::Fee(_)) && work.number() == Some(refund_id);
        records.iter().any(|record| has(&record.work))
    }

    fn share(&self) -> Option<Work> {
        let (order, id) = self.paid()?;
        let most = Fen::new(order.total.get() / 8);
        let part = |kind, account: &str, name: Option<&str>| {
            orders::Receiver::builder()
                .kind(kind)
                .receiver_account(account)
                .amount(self.amount(most))
                .description("a part")
                .maybe_receiver_name(name)
                .build()
        };
        let own = part(receivers::Kind::MerchantId, MCHID, None);
        let number = self.number("P");
        let mut parts = vec![own];
        if self.world.dice.percent(40) {
            let name = self.world.dice.percent(50).then_some(NAME);
            parts.push(part(receivers::Kind::PersonalOpenid, PERSON, name));
        }
        let share = orders::Create::builder()
            .appid(APP)
            .sub_mchid(self.sub_mchid())
            .transaction_id(id)
            .out_order_no(number)
            .receivers(parts)
            .finish(self.world.dice.percent(15))
            .maybe_notify_url(self.world.dice.percent(70).then(|| self.notify_url()));
        Some(share.build().into())
    }

    fn finish(&self) -> Option<Work> {
        let (_, id) = self.paid()?;
        let finish = finish_order::Finish::builder()
            .sub_mchid(self.sub_mchid())
            .transaction_id(id)
            .out_order_no(self.number("F"))
            .description(self.text());
        Some(finish.build().into())
    }

    fn receiver(&self) -> Option<Work> {
        use receivers::{Add, Delete, Kind, Relation};
        let (kind, account) = if self.world.dice.percent(60) {
            (Kind::MerchantId, MCHID)
        } else {
            (Kind::PersonalOpenid, PERSON)
        };
        let name = (kind == Kind::PersonalOpenid).then_some(NAME);
        if self.world.dice.percent(8) {
            let delete = Delete::builder().appid(APP).kind(kind).account(account);
            return Some(delete.build().into());
        }
        let add = Add::builder()
            .appid(APP)
            .kind(kind)
            .account(account)
            .relation_type(Relation::Distributor)
            .maybe_encrypted_name(name);
        Some(add.build().into())
    }

    fn give_back(&self) -> Option<Work> {
        let order = self.order()?;
        let round = self.world.dice.pick(&order.rounds)?;
        let back = returnorders::Create::builder()
            .sub_mchid(self.sub_mchid())
            .out_order_no(&round.out_order_no)
            .out_return_no(self.number("B"))
            .return_mchid(MCHID)
            .amount(self.amount(Fen::new(round.amount.get().max(2) / 2)))
            .description(self.text());
        Some(back.build().into())
    }

    fn refund(&self) -> Option<Work> {
        let (order, id) = self.paid()?;
        let amount = self.amount(Fen::new(order.total.get() / 3));
        let account = self
            .world
            .dice
            .percent(35)
            .then_some(RefundAccount::PartnerAdvance);
        let apply = refunds::Apply::builder()
            .sub_mchid(self.sub_mchid())
            .sp_appid(APP)
            .transaction_id(id)
            .out_refund_no(self.number("R"))
            .reason(self.text())
            .amount(
                ApplyAmount::builder()
                    .refund(amount)
                    .total(order.total)
                    .currency("CNY")
                    .build(),
            )
            .maybe_refund_account(account)
            .maybe_notify_url(self.world.dice.percent(70).then(|| self.notify_url()))
            .build();
        if self.world.dice.percent(20) {
            return Some(ByHand::new(apply).into());
        }
        Some(apply.into())
    }

    fn rescue(&self) -> Option<Work> {
        let (_, refund) = self.refunded()?;
        let apply = abnormal::Apply::builder()
            .refund_id(&refund.refund_id)
            .sub_mchid(self.sub_mchid())
            .out_refund_no(&refund.out_refund_no);
        let apply = if self.world.dice.percent(50) {
            apply
                .destination(abnormal::Destination::MerchantBankCard)
                .build()
        } else {
            apply
                .destination(abnormal::Destination::UserBankCard)
                .bank_type("ICBC_DEBIT")
                .bank_account(CARD)
                .real_name(NAME)
                .build()
        };
        Some(apply.into())
    }

    fn return_advance(&self) -> Option<Work> {
        let (_, refund) = self.refunded()?;
        let create = return_advance::Create::builder()
            .refund_id(&refund.refund_id)
            .sub_mchid(self.sub_mchid());
        Some(create.build().into())
    }

    fn pay_coupon(&self) -> Option<Work> {
        let coupon = self.world.dice.pick(&self.shop.coupons)?;
        let amount = if self.world.dice.percent(85) {
            coupon.amount
        } else {
            self.amount(coupon.amount)
        };
        let pay = pay_receipts::Create::builder()
            .stock_id(&coupon.stock_id)
            .coupon_code(&coupon.coupon_code)
            .transaction_id(&coupon.transaction_id)
            .payer_merchant(MAKER)
            .payee_merchant(self.sub_mchid())
            .amount(amount)
            .description(self.text())
            .out_subsidy_no(self.number("K"));
        Some(pay.build().into())
    }

    fn return_coupon(&self) -> Option<Work> {
        let coupon = self.world.dice.pick(&self.shop.coupons)?;
        let back = ReturnReceipt::builder()
            .stock_id(&coupon.stock_id)
            .coupon_code(&coupon.coupon_code)
            .transaction_id(&coupon.transaction_id)
            .refund_id(&coupon.refund_id)
            .payer_merchant(MAKER)
            .payee_merchant(self.sub_mchid())
            .amount(self.amount(coupon.amount))
            .description(self.text())
            .out_subsidy_return_no(self.number("KB"));
        Some(back.build().into())
    }

    fn upload(&self) -> Option<Work> {
        let file = self.world.dice.bytes::<64>();
        if self.world.dice.percent(50) {
            Some(media::UploadImage::new("shop.png", &file).ok()?.into())
        } else {
            Some(media::UploadVideo::new("shop.mp4", &file).ok()?.into())
        }
    }

    fn ask(&self) -> Option<Work> {
        let dice = &self.world.dice;
        let shop = &self.shop;
        let sub_mchid = self.sub_mchid();
        let day = *dice
            .pick(&["2025-11-21", "2025-11-22"])
            .unwrap_or(&"2025-11-21");
        Some(match dice.within(0..=21) {
            0 => place::query(self)?,
            1 => {
                let query = partner::id::Query::builder().transaction_id(self.paid()?.1);
                query.sp_mchid(MCHID).sub_mchid(sub_mchid).build().into()
            }
            2 => place::query_combined(self)?,
            3 => {
                let query = after_sales_orders::Query::builder().sub_mchid(sub_mchid);
                query.transaction_id(self.refunded()?.0).build().into()
            }
            4 => {
                let (order, id) = self.paid()?;
                let round = dice.pick(&order.rounds)?;
                let query = orders::Query::builder()
                    .sub_mchid(sub_mchid)
                    .transaction_id(id);
                query.out_order_no(&round.out_order_no).build().into()
            }
            5 => {
                let query = orders::amounts::Query::builder();
                query.transaction_id(self.paid()?.1).build().into()
            }
            6 => {
                let round = dice.pick(&self.order()?.rounds)?;
                let query = returnorders::Query::builder().sub_mchid(sub_mchid);
                let query = query.out_order_no(&round.out_order_no);
                query
                    .out_return_no(dice.pick(&round.given_back)?)
                    .build()
                    .into()
            }
            7 => {
                let query = refunds::QueryById::builder().refund_id(&self.refunded()?.1.refund_id);
                query.sub_mchid(sub_mchid).build().into()
            }
            8 => {
                let query = refunds::QueryByOutRefundNo::builder();
                let query = query.out_refund_no(&self.refunded()?.1.out_refund_no);
                query.sub_mchid(sub_mchid).build().into()
            }
            9 => {
                let query = return_advance::Query::builder();
                let query = query.refund_id(&self.refunded()?.1.refund_id);
                query.sub_mchid(sub_mchid).build().into()
            }
            10 => {
                let coupon = dice.pick(&shop.coupons)?;
                let list = pay_receipts::List::builder().stock_id(&coupon.stock_id);
                list.coupon_code(&coupon.coupon_code).build().into()
            }
            11 => {
                let receipt = dice.pick(&shop.coupons)?.receipt.clone()?;
                pay_receipts::Query::builder()
                    .subsidy_receipt_id(receipt)
                    .build()
                    .into()
            }
            12 => {
                let receipt = dice.pick(&shop.coupons)?.return_receipt.clone()?;
                let query = return_receipts::Query::builder();
                query.subsidy_return_receipt_id(receipt).build().into()
            }
            13 => images::Download::builder()
                .media_id(dice.pick(&shop.images)?)
                .build()
                .into(),
            14 => {
                let account = bill::AccountType::Operation;
                fund::QueryBalance::builder()
                    .account_type(account)
                    .build()
                    .into()
            }
            15 => sub_fund::QueryBalance::builder()
                .sub_mchid(sub_mchid)
                .build()
                .into(),
            16 => {
                let query = sub_fund::QueryEndDayBalance::builder().sub_mchid(sub_mchid);
                query.date(day).build().into()
            }
            17 => bill::TradeBill::builder().bill_date(day).build().into(),
            18 => bill::FundFlowBill::builder().bill_date(day).build().into(),
            19 => sub_bill::FundFlowBill::builder()
                .bill_date(day)
                .build()
                .into(),
            20 => bill::Download::new(dice.pick(&shop.bills)?).into(),
            _ => certificates::List::new().into(),
        })
    }
}
