//! What moves money, or what money depends on.

use wechatpay_core::Fen;
use wechatpay_core::api::ecommerce::profitsharing::{
    after_sales_orders, finish_order, orders, receivers, returnorders,
};
use wechatpay_core::api::ecommerce::refunds::{
    self, ApplyAmount, RefundAccount, abnormal, return_advance,
};
use wechatpay_core::api::ecommerce::subsidies;
use wechatpay_core::api::marketing::busifavor::subsidy::{ReturnReceipt, pay_receipts};
use wechatpay_core::api::merchant::media;
use wechatpay_gateway::credentials::MCHID;

use super::byhand::ByHand;
use super::draw::{APP, Desk, MAKER, PERSON};
use super::sealed::{CARD, NAME};
use super::shop::Order;
use super::work::Work;

impl Desk<'_> {
    pub(super) fn subsidise(&self) -> Option<Work> {
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

    pub(super) fn return_subsidy(&self) -> Option<Work> {
        let (order, id) =
            self.paid_with(|order| order.subsidy_id.is_some() && !order.refunds.is_empty())?;
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

    pub(super) fn cancel_subsidy(&self) -> Option<Work> {
        let (_, id) = self.paid()?;
        let cancel = subsidies::Cancel::builder()
            .sub_mchid(self.sub_mchid())
            .transaction_id(id)
            .description(self.text());
        Some(cancel.build().into())
    }

    pub(super) fn fee(&self) -> Option<Work> {
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

    pub(super) fn share(&self) -> Option<Work> {
        let (order, id) = self.paid_with(Order::is_ready_to_share)?;
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

    pub(super) fn finish(&self) -> Option<Work> {
        let (_, id) = self.paid()?;
        let finish = finish_order::Finish::builder()
            .sub_mchid(self.sub_mchid())
            .transaction_id(id)
            .out_order_no(self.number("F"))
            .description(self.text());
        Some(finish.build().into())
    }

    pub(super) fn receiver(&self) -> Option<Work> {
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

    pub(super) fn give_back(&self) -> Option<Work> {
        let (order, _) = self.paid_with(|order| !order.rounds.is_empty())?;
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

    pub(super) fn refund(&self) -> Option<Work> {
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

    pub(super) fn rescue(&self) -> Option<Work> {
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

    pub(super) fn return_advance(&self) -> Option<Work> {
        let (_, refund) = self.refunded()?;
        let create = return_advance::Create::builder()
            .refund_id(&refund.refund_id)
            .sub_mchid(self.sub_mchid());
        Some(create.build().into())
    }

    pub(super) fn pay_coupon(&self) -> Option<Work> {
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

    pub(super) fn return_coupon(&self) -> Option<Work> {
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

    pub(super) fn upload(&self) -> Option<Work> {
        let file = self.world.dice.bytes::<64>();
        if self.world.dice.percent(50) {
            Some(media::UploadImage::new("shop.png", &file).ok()?.into())
        } else {
            Some(media::UploadVideo::new("shop.mp4", &file).ok()?.into())
        }
    }
}
