use super::sheet::{Row, Sheet, SheetError};
use crate::api::open_enum::open_enum;
use crate::money::Fen;

/// A payment or a refund in a [`TradeBill`](super::TradeBill).
///
/// A refund has a [`refund_id`](Self::refund_id). What is not written, or is written as `0` where a
/// number of the platform's or the merchant's belongs, is `None`. All columns are in
/// [`row`](Self::row).
///
/// Source: <https://pay.weixin.qq.com/wiki/doc/apiv3_partner/apis/chapter5_1_19.shtml>
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct TradeRow<'a> {
    /// When it was paid, or the refund was accepted (交易时间): `YYYY-MM-DD hh:mm:ss` in China.
    pub time: &'a str,
    /// The merchant (商户号).
    pub mchid: Option<&'a str>,
    /// The sub-merchant (特约商户号).
    pub sub_mchid: Option<&'a str>,
    /// The platform's number of the order (微信订单号).
    pub transaction_id: &'a str,
    /// The merchant's own number of the order (商户订单号).
    pub out_trade_no: &'a str,
    /// What became of the order (交易状态), such as `SUCCESS` or `REFUND`.
    pub trade_state: Option<&'a str>,
    /// What the merchant receives before fees (应结订单金额).
    pub settlement_total: Option<Fen>,
    /// The order's amount (订单金额).
    pub total: Option<Fen>,
    /// The platform's number of the refund (微信退款单号).
    pub refund_id: Option<&'a str>,
    /// The merchant's own number of the refund (商户退款单号).
    pub out_refund_no: Option<&'a str>,
    /// What the merchant gives back (退款金额).
    pub refund: Option<Fen>,
    /// What the merchant asked to give back (申请退款金额).
    pub refund_asked: Option<Fen>,
    /// What became of the refund (退款状态) when the bill was made.
    pub refund_state: Option<&'a str>,
    /// The platform's fee (手续费); negative where it is given back.
    pub fee: Option<Fen>,
    /// The whole row, with the columns that have no field here.
    pub row: Row<'a>,
}

impl<'a> TradeRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, SheetError> {
        let text = |column| row.get(column).filter(|text| !text.is_empty());
        let number = |column| text(column).filter(|text| *text != "0");
        Ok(Self {
            time: row.required("交易时间")?,
            mchid: number("商户号"),
            sub_mchid: number("特约商户号").or_else(|| number("子商户号")),
            transaction_id: row.required("微信订单号")?,
            out_trade_no: row.required("商户订单号")?,
            trade_state: text("交易状态"),
            settlement_total: row.amount("应结订单金额")?,
            total: row.amount("订单金额")?,
            refund_id: number("微信退款单号"),
            out_refund_no: number("商户退款单号"),
            refund: row.amount("退款金额")?,
            refund_asked: row.amount("申请退款金额")?,
            refund_state: text("退款状态"),
            fee: row.amount("手续费")?,
            row,
        })
    }
}

/// A movement in a [`FundFlowBill`](super::FundFlowBill). All columns are in [`row`](Self::row).
///
/// Source: <https://pay.weixin.qq.com/docs/merchant/products/bill-download/format-fundflow.html>
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::api::bill::{Direction, Sheet};
///
/// let sheet = Sheet::read("记账时间,微信支付业务单号,资金流水单号,收支类型,收支金额(元)\n\
///     `2024-06-01 04:21:23,`5000000001,`1900000001,`支出,`0.02\n\
///     资金流水总笔数,支出笔数,支出金额\n`1.0,`1.0,`0.02\n".as_bytes())?;
/// for row in sheet.fund_flow_rows() {
///     let row = row?;
///     assert_eq!((row.direction, row.amount), (Direction::Expense, Fen::new(2)));
/// }
/// # Ok::<(), wechatpay_core::api::bill::SheetError>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct FundFlowRow<'a> {
    /// When the balance changed (记账时间): `YYYY-MM-DD hh:mm:ss` in China.
    pub time: &'a str,
    /// The platform's number of the business (微信支付业务单号).
    pub business_id: &'a str,
    /// The number of the movement (资金流水单号).
    pub flow_id: &'a str,
    /// Which business (业务名称); the names change.
    pub business: Option<&'a str>,
    /// Which part of it (业务类型); the names change.
    pub business_type: Option<&'a str>,
    /// Whether the balance grew.
    pub direction: Direction,
    /// By how much it changed (收支金额): not negative, see [`direction`](Self::direction).
    pub amount: Fen,
    /// The balance afterwards (账户结余).
    pub balance: Option<Fen>,
    /// A remark (备注).
    pub remark: Option<&'a str>,
    /// The number of the voucher (业务凭证号), mostly the merchant's own number of the order.
    pub voucher: Option<&'a str>,
    /// The whole row, with the columns that have no field here.
    pub row: Row<'a>,
}

open_enum! {
    /// Whether a balance grew (收支类型).
    Direction {
        /// It grew.
        Income = "收入",
        /// It shrank.
        Expense = "支出",
    }
}

const AMOUNT: &str = "收支金额(元)";

impl<'a> FundFlowRow<'a> {
    pub(super) fn read(row: Row<'a>) -> Result<Self, SheetError> {
        let text = |column| row.get(column).filter(|text| !text.is_empty());
        Ok(Self {
            time: row.required("记账时间")?,
            business_id: row.required("微信支付业务单号")?,
            flow_id: row.required("资金流水单号")?,
            business: text("业务名称"),
            business_type: text("业务类型"),
            direction: Direction::from(row.required("收支类型")?),
            amount: amount(&row)?,
            balance: row.amount("账户结余(元)")?,
            remark: text("备注"),
            voucher: text("业务凭证号"),
            row,
        })
    }
}

/// An amount that must be there.
fn amount(row: &Row<'_>) -> Result<Fen, SheetError> {
    match row.amount(AMOUNT)? {
        Some(amount) => Ok(amount),
        None => Err(match row.get(AMOUNT) {
            None => SheetError::NoColumn { column: AMOUNT },
            Some(_) => SheetError::Number {
                line: row.line(),
                column: AMOUNT.to_owned(),
                value: String::new(),
            },
        }),
    }
}

/// A sum of the summary of a trade bill, and the column that it sums up. The last two are of older
/// bills.
const TRADE_SUMS: [(&str, &str); 8] = [
    ("应结订单总金额", "应结订单金额"),
    ("退款总金额", "退款金额"),
    ("充值券退款总金额", "充值券退款金额"),
    ("手续费总金额", "手续费"),
    ("订单总金额", "订单金额"),
    ("申请退款总金额", "申请退款金额"),
    ("总交易额", "总金额"),
    ("总退款金额", "退款金额"),
];

impl Sheet<'_> {
    /// Holds the summary against the rows: their count, and every sum that is known here.
    ///
    /// # Errors
    ///
    /// [`SheetError::Summary`] when they differ, [`SheetError::UnknownSummary`] when the summary has
    /// no count; the first error of a row.
    pub fn check_summary(&self) -> Result<(), SheetError> {
        if let Some(stated) = self.summary().count("总交易单数")? {
            self.check_trades(stated)
        } else if let Some(stated) = self.summary().count("资金流水总笔数")? {
            self.check_flow(stated)
        } else {
            Err(SheetError::UnknownSummary)
        }
    }

    fn check_trades(&self, stated: u64) -> Result<(), SheetError> {
        let mut count = 0;
        let mut sums = [Fen::ZERO; TRADE_SUMS.len()];
        for row in self.rows() {
            let row = row?;
            count += 1;
            for (sum, (_, column)) in sums.iter_mut().zip(TRADE_SUMS) {
                add(sum, row.amount(column)?, column)?;
            }
        }
        agree("总交易单数", Some(stated), count)?;
        for (sum, (name, _)) in sums.into_iter().zip(TRADE_SUMS) {
            agree_sum(name, self.summary().amount(name)?, sum)?;
        }
        Ok(())
    }

    fn check_flow(&self, stated: u64) -> Result<(), SheetError> {
        let (mut incomes, mut expenses, mut others) = (0, 0, 0);
        let (mut income, mut expense) = (Fen::ZERO, Fen::ZERO);
        for row in self.rows() {
            let row = row?;
            let amount = amount(&row)?;
            match Direction::from(row.required("收支类型")?) {
                Direction::Income => {
                    incomes += 1;
                    add(&mut income, Some(amount), AMOUNT)?;
                }
                Direction::Expense => {
                    expenses += 1;
                    add(&mut expense, Some(amount), AMOUNT)?;
                }
                Direction::Other(_) => others += 1,
            }
        }
        let summary = self.summary();
        agree("资金流水总笔数", Some(stated), incomes + expenses + others)?;
        agree("收入笔数", summary.count("收入笔数")?, incomes)?;
        agree("支出笔数", summary.count("支出笔数")?, expenses)?;
        agree_sum("收入金额", summary.amount("收入金额")?, income)?;
        agree_sum("支出金额", summary.amount("支出金额")?, expense)
    }
}

fn add(sum: &mut Fen, amount: Option<Fen>, column: &'static str) -> Result<(), SheetError> {
    let more = sum.checked_add(amount.unwrap_or_default());
    *sum = more.ok_or(SheetError::Overflow { column })?;
    Ok(())
}

fn agree(name: &'static str, stated: Option<u64>, found: u64) -> Result<(), SheetError> {
    match stated {
        Some(stated) if stated != found => Err(SheetError::Summary {
            name,
            stated: stated.to_string(),
            found: found.to_string(),
        }),
        _ => Ok(()),
    }
}

fn agree_sum(name: &'static str, stated: Option<Fen>, found: Fen) -> Result<(), SheetError> {
    match stated {
        Some(stated) if stated != found => Err(SheetError::Summary {
            name,
            stated: stated.yuan(),
            found: found.yuan(),
        }),
        _ => Ok(()),
    }
}
