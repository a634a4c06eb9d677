use super::{NewOrder, Order, OrderKey};
use crate::account::{Account, Purse};
use crate::ledger::Transfer;
use crate::moment::Moment;
use crate::problem::Problem;
use crate::state::State;

impl State {
    /// Places an order and has it paid; settled too, if so wished.
    pub(crate) fn place_order(
        &mut self,
        new: NewOrder,
        moment: &Moment,
    ) -> Result<OrderKey, Problem> {
        let (key, order) = self.made_order(new, moment)?;
        self.take_payment(vec![(key.clone(), order)], moment)?;
        Ok(key)
    }

    /// Places orders that are paid together: all of them, or none.
    pub(crate) fn place_orders(
        &mut self,
        new: Vec<NewOrder>,
        moment: &Moment,
    ) -> Result<Vec<OrderKey>, Problem> {
        let orders = new
            .into_iter()
            .map(|new| self.made_order(new, moment))
            .collect::<Result<Vec<_>, _>>()?;
        let keys = orders.iter().map(|(key, _)| key.clone()).collect();
        self.take_payment(orders, moment)?;
        Ok(keys)
    }

    /// Takes what the buyer pays, in one entry, and keeps the orders that it pays.
    fn take_payment(
        &mut self,
        orders: Vec<(OrderKey, Order)>,
        moment: &Moment,
    ) -> Result<(), Problem> {
        let pays = |order: &Order| {
            Transfer::new(Account::Buyers, order.account(order.purse()), order.total)
        };
        let transfers = orders.iter().map(|(_, order)| pays(order)).collect();
        self.ledger.post(moment.entry("order paid", transfers))?;
        for (key, mut order) in orders {
            if order.purse() != Purse::Available {
                order.held = order.total;
            }
            self.number_order(&order.out_trade_no, &key);
            self.orders.insert(key.clone(), order);
            self.keep_for_sharing(&key, moment);
        }
        Ok(())
    }

    /// Remembers an order by the merchant's own number.
    fn number_order(&mut self, out_trade_no: &str, key: &OrderKey) {
        let mut keys = self.orders_numbered(out_trade_no).to_vec();
        keys.push(key.clone());
        self.order_numbers.insert(out_trade_no.to_owned(), keys);
    }

    /// The paid orders of the merchant's own number: one for each sub-merchant, unless they were made
    /// by hand.
    pub(crate) fn orders_numbered(&self, out_trade_no: &str) -> &[OrderKey] {
        self.order_numbers
            .get(out_trade_no)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}
