//! What queries and notices tell of orders.

use wechatpay_core::Fen;
use wechatpay_core::api::combine_transactions as combined;
use wechatpay_core::api::pay::partner::transactions::{Payer, Transaction, id, out_trade_no};
use wechatpay_core::api::pay::transactions::{Amount, SceneInfo, TradeState, TradeType};

use super::{Checkout, CheckoutKey, Part, Standing, unknown};
use crate::credentials;
use crate::moment::in_china;
use crate::notices::{APPID, Event, OPENID};
use crate::orders::{Order, OrderKey};
use crate::problem::{Code, Problem};
use crate::state::State;

/// What is known of an order's payment page.
#[derive(Clone, Debug)]
pub(crate) struct Sale<'a> {
    pub(crate) checkout: &'a Checkout,
    pub(crate) part: Part<'a>,
}

impl State {
    pub(crate) fn query_by_id(&self, query: &id::Query) -> Result<Transaction, Problem> {
        let key = OrderKey::new(&query.sub_mchid, &query.transaction_id);
        self.paid_order(&key, self.order(&key)?)
    }

    pub(crate) fn query_by_number(
        &self,
        query: &out_trade_no::Query,
    ) -> Result<Transaction, Problem> {
        let key = CheckoutKey::Single(query.out_trade_no.clone());
        let placed = self.checkouts.get(&key);
        if let Some(placed) = placed.filter(|placed| placed.request.is_for(&query.sub_mchid)) {
            return self.single_order(placed);
        }
        let key = self.find_paid(&query.sub_mchid, &query.out_trade_no)?;
        self.paid_order(key, self.order(key)?)
    }

    pub(crate) fn query_combined(
        &self,
        query: &combined::out_trade_no::Query,
    ) -> Result<combined::Transaction, Problem> {
        let key = CheckoutKey::Combined(query.combine_out_trade_no.clone());
        let placed = self.checkouts.get(&key).ok_or_else(|| unknown(&key))?;
        self.combined_order(&query.combine_out_trade_no, placed)
    }

    /// A sub-merchant's paid order by the merchant's own number.
    pub(crate) fn find_paid(&self, sub_mchid: &str, number: &str) -> Result<&OrderKey, Problem> {
        let mut paid = self.orders_numbered(number).iter();
        paid.find(|key| key.sub_mchid == sub_mchid).ok_or_else(|| {
            let hint = match self.sub_orders.get(number) {
                Some(CheckoutKey::Combined(combined)) => format!(
                    "; it is a sub-order of {combined}, which is asked for and closed as a whole \
                     under /v3/combine-transactions/out-trade-no/"
                ),
                _ => String::new(),
            };
            let why = format!("sub-merchant {sub_mchid} has no order {number}{hint}");
            Problem::new(Code::OrderNotExist, why)
        })
    }

    /// How an order was placed; none where it was made by hand.
    pub(crate) fn sale_of(&self, order: &Order) -> Option<Sale<'_>> {
        let checkout = self.checkouts.get(order.checkout.as_ref()?)?;
        let mut parts = checkout.request.parts().into_iter();
        let part = parts.find(|part| part.out_trade_no == order.out_trade_no)?;
        Some(Sale { checkout, part })
    }

    /// What a notice of this kind tells of an order, where it was placed so.
    pub(crate) fn notice_of(
        &self,
        key: &OrderKey,
        event: Event,
    ) -> Result<Option<String>, Problem> {
        match (event, &self.order(key)?.checkout) {
            (Event::Payment, Some(placed @ CheckoutKey::Single(_)))
            | (Event::CombinedPayment, Some(placed @ CheckoutKey::Combined(_))) => {
                self.payment_text(placed).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// What a notice tells of a payment.
    pub(super) fn payment_text(&self, key: &CheckoutKey) -> Result<String, Problem> {
        let placed = self.checkouts.get(key).ok_or_else(|| unknown(key))?;
        let text = match key {
            CheckoutKey::Single(_) => serde_json::to_string(&self.single_order(placed)?),
            CheckoutKey::Combined(number) => {
                serde_json::to_string(&self.combined_order(number, placed)?)
            }
        };
        text.map_err(|e| Problem::new(Code::SystemError, e.to_string()))
    }

    fn single_order(&self, placed: &Checkout) -> Result<Transaction, Problem> {
        if let [key, ..] = placed.standing.orders() {
            return self.paid_order(key, self.order(key)?);
        }
        let parts = placed.request.parts();
        let part = parts.first().ok_or_else(no_part)?;
        let state = state_of(&placed.standing, None);
        Ok(Transaction::builder()
            .sp_appid(placed.request.appid())
            .sp_mchid(part.mchid)
            .maybe_sub_appid(part.sub_appid)
            .sub_mchid(part.sub_mchid.unwrap_or(part.mchid))
            .out_trade_no(part.out_trade_no)
            .trade_state_desc(in_words(&state))
            .trade_state(state)
            .amount(Amount::cny(part.total))
            .build())
    }

    fn paid_order(&self, key: &OrderKey, order: &Order) -> Result<Transaction, Problem> {
        let sale = self.sale_of(order);
        let sale = sale.as_ref();
        let state = state_of(&Standing::Paid(Vec::new()), Some(order));
        let payer = sale.map(Sale::paid_by);
        let payer = Payer::builder()
            .maybe_sp_openid(payer.map_or(Some(OPENID), |payer| payer.openid))
            .maybe_sub_openid(payer.and_then(|payer| payer.sub_openid))
            .build();
        Ok(Transaction::builder()
            .sp_appid(sale.map_or(APPID, |sale| sale.checkout.request.appid()))
            .sp_mchid(credentials::MCHID)
            .maybe_sub_appid(sale.and_then(|sale| sale.part.sub_appid))
            .sub_mchid(&key.sub_mchid)
            .out_trade_no(&order.out_trade_no)
            .transaction_id(&key.transaction_id)
            .trade_type(sale.map_or(TradeType::Jsapi, Sale::trade_type))
            .trade_state_desc(in_words(&state))
            .trade_state(state)
            .bank_type("OTHERS")
            .maybe_attach(sale.and_then(|sale| sale.part.attach))
            .success_time(in_china(order.paid_at)?)
            .payer(payer)
            .amount(amount(order.total))
            .maybe_scene_info(sale.and_then(Sale::scene))
            .build())
    }

    fn combined_order(
        &self,
        number: &str,
        placed: &Checkout,
    ) -> Result<combined::Transaction, Problem> {
        let parts = placed.request.parts();
        let orders = placed.standing.orders();
        let told =
            |(index, part): (usize, &Part<'_>)| self.sub_order(placed, part, orders.get(index));
        let sub_orders = parts.iter().enumerate().map(told);
        let is_paid = !orders.is_empty();
        let payer = placed.request.paid_by();
        let payer = combined::Payer::builder()
            .maybe_openid(payer.openid)
            .maybe_sub_openid(payer.sub_openid)
            .build();
        Ok(combined::Transaction::builder()
            .combine_appid(placed.request.appid())
            .combine_mchid(credentials::MCHID)
            .combine_out_trade_no(number)
            .maybe_scene_info(scene(placed).filter(|_| is_paid))
            .sub_orders(sub_orders.collect::<Result<Vec<_>, Problem>>()?)
            .maybe_combine_payer_info(is_paid.then_some(payer))
            .build())
    }

    fn sub_order(
        &self,
        placed: &Checkout,
        part: &Part<'_>,
        key: Option<&OrderKey>,
    ) -> Result<combined::SubOrder, Problem> {
        let order = key.map(|key| self.order(key)).transpose()?;
        let told = combined::SubOrder::builder()
            .mchid(part.mchid)
            .maybe_sub_mchid(part.sub_mchid)
            .maybe_sub_appid(part.sub_appid)
            .out_trade_no(part.out_trade_no)
            .trade_state(state_of(&placed.standing, order));
        let (Some(key), Some(order)) = (key, order) else {
            return Ok(told.amount(combined::SubAmount::cny(part.total)).build());
        };
        let amount = combined::SubAmount::builder()
            .total_amount(order.total)
            .currency("CNY")
            .payer_amount(order.total)
            .payer_currency("CNY")
            .build();
        // Only the application that the payer was named by knows them so.
        let payer = part.sub_appid.map(|_| placed.request.paid_by());
        Ok(told
            .maybe_sub_openid(payer.and_then(|payer| payer.sub_openid))
            .transaction_id(&key.transaction_id)
            .trade_type(placed.request.channel().trade_type())
            .bank_type("OTHERS")
            .maybe_attach(part.attach)
            .success_time(in_china(order.paid_at)?)
            .amount(amount)
            .build())
    }
}

impl Sale<'_> {
    pub(crate) fn trade_type(&self) -> TradeType {
        self.checkout.request.channel().trade_type()
    }

    pub(crate) fn paid_by(&self) -> super::Payer<'_> {
        self.checkout.request.paid_by()
    }

    fn scene(&self) -> Option<SceneInfo> {
        scene(self.checkout)
    }
}

fn scene(placed: &Checkout) -> Option<SceneInfo> {
    let device_id = placed.request.device_id()?;
    Some(SceneInfo::builder().device_id(device_id).build())
}

fn amount(total: Fen) -> Amount {
    Amount::builder()
        .total(total)
        .payer_total(total)
        .currency("CNY")
        .payer_currency("CNY")
        .build()
}

fn state_of(standing: &Standing, order: Option<&Order>) -> TradeState {
    match standing {
        Standing::Waiting => TradeState::NotPay,
        Standing::Failed => TradeState::PayError,
        Standing::Closed => TradeState::Closed,
        Standing::Paid(_) if order.is_some_and(Order::has_refund) => TradeState::Refund,
        Standing::Paid(_) => TradeState::Success,
    }
}

fn in_words(state: &TradeState) -> &'static str {
    match state {
        TradeState::NotPay => "订单未支付",
        TradeState::PayError => "支付失败",
        TradeState::Closed => "订单已关闭",
        TradeState::Refund => "订单发生过退款",
        _ => "支付成功",
    }
}

fn no_part() -> Problem {
    Problem::new(Code::SystemError, "the order is for nothing")
}
