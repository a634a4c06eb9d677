//! What merchants do next, drawn from what the merchant knows; wrong uses among it.

use wechatpay_core::Fen;

use super::merchant::Merchant;
use super::oracle::Held;
use super::place;
use super::shop::{Order, Refund, Shop};
use super::work::Work;
use super::world::World;

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
        if self.merchant.disk.borrow().records.len() < 2 {
            return self.receiver();
        }
        // What moves money is drawn more often than what asks.
        match dice.within(0..=109) {
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
    pub(super) fn sub_mchid(&self) -> &str {
        if self.world.dice.percent(3) {
            "1900000109"
        } else {
            &self.merchant.sub_mchid
        }
    }

    pub(super) fn text(&self) -> String {
        self.merchant
            .disk
            .borrow_mut()
            .number(self.merchant.index, "text ")
    }

    pub(crate) fn notify_url(&self) -> String {
        format!("http://127.0.0.1:9/notify/{}", self.merchant.index)
    }

    /// An order, most often one of the last.
    pub(super) fn order(&self) -> Option<&Order> {
        let orders = &self.shop.orders;
        let last = orders
            .get(orders.len().saturating_sub(2)..)
            .unwrap_or(orders);
        let recent = self.world.dice.percent(60);
        self.world.dice.pick(if recent { last } else { orders })
    }

    /// An order that was paid; now and then one that nobody knows.
    pub(super) fn paid(&self) -> Option<(&Order, String)> {
        let order = self.order()?;
        let id = order.transaction_id.clone()?;
        if self.world.dice.percent(3) {
            return Some((order, "4200000000000000000000000404".to_owned()));
        }
        Some((order, id))
    }

    /// An order that has this, most often.
    pub(super) fn paid_with(&self, has: impl Fn(&Order) -> bool) -> Option<(&Order, String)> {
        let fitting: Vec<_> = self.shop.orders.iter().filter(|order| has(order)).collect();
        match self.world.dice.pick(&fitting) {
            Some(order) if self.world.dice.percent(80) => {
                Some((order, order.transaction_id.clone()?))
            }
            _ => self.paid(),
        }
    }

    pub(super) fn refunded(&self) -> Option<(String, &Refund)> {
        let (order, id) = self.paid_with(|order| !order.refunds.is_empty())?;
        Some((id, self.world.dice.pick(&order.refunds)?))
    }
}
