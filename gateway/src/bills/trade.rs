use wechatpay_core::Fen;
use wechatpay_core::Timestamp;
use wechatpay_core::api::bill::{BillType, TradeBill};
use wechatpay_core::api::ecommerce::refunds::RefundStatus;
use wechatpay_core::api::pay::transactions::TradeType;

use super::day::Day;
use super::sheet::{Sheet, add, time};
use super::unknown;
use crate::checkout::{Request, Sale};
use crate::credentials;
use crate::orders::OrderKey;
use crate::problem::Problem;
use crate::refunds::Refund;
use crate::state::State;

const COLUMNS: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,\
    交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,\
    退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const SUMMARY: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";

/// A payment or a refund.
struct Trade<'a> {
    at: Timestamp,
    order: &'a OrderKey,
    out_trade_no: &'a str,
    refund: Option<(&'a str, &'a Refund)>,
    amount: Fen,
    /// How the order was placed; none where it was made by hand.
    sale: Option<Sale<'a>>,
}

/// The day's payments and refunds as `query` wants them; none without any.
pub(super) fn sheet(state: &State, query: &TradeBill, day: &Day) -> Result<Option<Sheet>, Problem> {
    let (payments, refunds) = match &query.bill_type {
        None | Some(BillType::All) => (true, true),
        Some(BillType::Success) => (true, false),
        Some(BillType::Refund) => (false, true),
        Some(BillType::RechargeRefund) => (false, false),
        Some(other) => {
            let issue = "must be ALL, SUCCESS, REFUND or RECHARGE_REFUND";
            return Err(unknown("bill_type", other.as_str(), issue));
        }
    };
    let mut trades = Vec::new();
    for (key, order) in state.orders.iter() {
        if query
            .sub_mchid
            .as_ref()
            .is_some_and(|only| *only != key.sub_mchid)
        {
            continue;
        }
        let sale = state.sale_of(order);
        let payment = Trade {
            at: order.paid_at,
            order: key,
            out_trade_no: &order.out_trade_no,
            refund: None,
            amount: order.total,
            sale: sale.clone(),
        };
        let given_back = order.refunds.iter().map(|(id, refund)| Trade {
            at: refund.at,
            order: key,
            out_trade_no: &order.out_trade_no,
            refund: Some((id, refund)),
            amount: refund.amount,
            sale: sale.clone(),
        });
        trades.extend(Some(payment).filter(|_| payments));
        trades.extend(given_back.filter(|_| refunds));
    }
    trades.retain(|trade| day.contains(trade.at));
    trades.sort_by_key(|trade| trade.at);

    let mut sheet = Sheet::new(COLUMNS);
    let (mut paid, mut back) = (Fen::ZERO, Fen::ZERO);
    for trade in trades {
        match trade.refund {
            None => add(&mut paid, trade.amount)?,
            Some(_) => add(&mut back, trade.amount)?,
        }
        push(&mut sheet, &trade, day)?;
    }
    let (count, paid, back) = (sheet.rows().to_string(), paid.yuan(), back.yuan());
    let values = [&*count, &paid, &back, "0.00", "0.00000", &paid, &back];
    Ok(sheet.sum_up(SUMMARY, values))
}

fn push(sheet: &mut Sheet, trade: &Trade<'_>, day: &Day) -> Result<(), Problem> {
    let number = &trade.order.transaction_id;
    let amount = trade.amount.yuan();
    let (state, paid, back) = match trade.refund {
        None => ("SUCCESS", &*amount, "0.00"),
        Some(_) => ("REFUND", "0.00", &*amount),
    };
    // A day that is over does not change: what became of a refund later is not told.
    let refund_state = trade.refund.map(|(_, r)| r.status_before(day.end()));
    let (kind, refund_id, own_refund) = match trade.refund {
        None => ("", "0", "0"),
        Some((id, refund)) => ("ORIGINAL", id, &*refund.out_refund_no),
    };
    let sale = trade.sale.as_ref();
    let request = sale.map(|sale| &sale.checkout.request);
    let payer = sale.map(Sale::paid_by);
    let trade_type = sale.map_or(TradeType::Jsapi, Sale::trade_type);
    sheet.push([
        &time(trade.at)?,
        request.map(Request::appid).unwrap_or_default(),
        credentials::MCHID,
        &trade.order.sub_mchid,
        request.and_then(Request::device_id).unwrap_or_default(),
        number,
        trade.out_trade_no,
        payer.and_then(|payer| payer.openid).unwrap_or_default(),
        trade_type.as_str(),
        state,
        "OTHERS",
        "CNY",
        paid,
        "0.00",
        refund_id,
        own_refund,
        back,
        "0.00",
        kind,
        refund_state.as_ref().map_or("", RefundStatus::as_str),
        sale.map(|sale| sale.part.description).unwrap_or_default(),
        sale.and_then(|sale| sale.part.attach).unwrap_or_default(),
        "0.00000",
        "0.00%",
        paid,
        back,
        "",
    ]);
    Ok(())
}
