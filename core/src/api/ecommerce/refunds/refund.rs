use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::api::ecommerce::subsidies::Account;
use crate::api::lenient;
use crate::api::open_enum::open_enum;
use crate::api::pay::transactions::PromotionScope;
use crate::datetime::DateTime;
use crate::money::Fen;

/// A refund (退款), as queries tell it. HTTP 200 is not success: look at [`status`](Self::status).
///
/// A refund that is not a success is not over for good: an abnormal one waits for another account.
#[non_exhaustive]
#[must_use = "HTTP 200 is not success: look at `status`"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Refund {
    /// The platform's number of the refund (微信支付退款单号).
    pub refund_id: String,
    /// The merchant's own number of the refund (商户退款单号).
    pub out_refund_no: String,
    /// The platform's number of the order (微信支付订单号).
    pub transaction_id: String,
    /// The merchant's own number of the order (商户订单号).
    pub out_trade_no: String,
    /// Which way it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Where it arrives (退款入账账户): personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_received_account: Option<String>,
    /// When it arrived; absent unless it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_time: Option<DateTime>,
    /// When it was accepted (退款创建时间).
    pub create_time: DateTime,
    /// What became of it.
    pub status: RefundStatus,
    /// The amounts.
    pub amount: RefundAmount,
    /// What it gives back of coupons (优惠退款信息).
    #[serde(
        default,
        deserialize_with = "lenient::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[builder(default)]
    pub promotion_detail: Vec<Promotion>,
    /// Whose money it is; absent while none was taken yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_account: Option<RefundAccount>,
    /// Which funds pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funds_account: Option<FundsAccount>,
}

/// The answer to [`Apply`](super::Apply): accepted, and not more than that. It carries no status:
/// [`QueryByOutRefundNo`](super::QueryByOutRefundNo) tells the outcome.
#[non_exhaustive]
#[must_use = "accepted is not refunded: query the outcome"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Applied {
    /// The platform's number of the refund (微信支付退款单号), which the return of a subsidy asks for.
    pub refund_id: String,
    /// As sent.
    pub out_refund_no: String,
    /// When it was accepted (退款创建时间).
    pub create_time: DateTime,
    /// The amounts.
    pub amount: RefundAmount,
    /// What it gives back of coupons (优惠退款详情).
    #[serde(
        default,
        deserialize_with = "lenient::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[builder(default)]
    pub promotion_detail: Vec<Promotion>,
    /// Whose money it is; absent while none was taken yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_account: Option<RefundAccount>,
}

open_enum! {
    /// What became of a refund (退款状态).
    RefundStatus {
        /// The payer has the money.
        Success = "SUCCESS",
        /// It was closed without effect (退款关闭).
        Closed = "CLOSED",
        /// On its way.
        Processing = "PROCESSING",
        /// It cannot arrive as it is, such as at a closed bank card (退款异常).
        Abnormal = "ABNORMAL",
    }
}

open_enum! {
    /// Whose money a refund is (退款出资商户).
    RefundAccount {
        /// The e-commerce platform's, in advance (电商平台垫付).
        PartnerAdvance = "REFUND_SOURCE_PARTNER_ADVANCE",
        /// The sub-merchant's (二级商户).
        SubMerchant = "REFUND_SOURCE_SUB_MERCHANT",
    }
}

open_enum! {
    /// Which way a refund goes (退款渠道).
    Channel {
        /// The way that the payment came (原路退款).
        Original = "ORIGINAL",
        /// To the payer's balance (退回到余额).
        Balance = "BALANCE",
        /// To another balance, as the payer's account is abnormal.
        OtherBalance = "OTHER_BALANCE",
        /// To another bank card, as the payer's is abnormal.
        OtherBankcard = "OTHER_BANKCARD",
    }
}

open_enum! {
    /// Which funds pay a refund (资金账户). A request names [`Available`](Self::Available), by some
    /// documents [`Unsettled`](Self::Unsettled) or [`Prepaid`](Self::Prepaid).
    FundsAccount {
        /// Available funds (可用余额).
        Available = "AVAILABLE",
        /// Funds that are not available yet (不可用余额).
        Unavailable = "UNAVAILABLE",
        /// Funds that are not settled yet (未结算资金).
        Unsettled = "UNSETTLED",
        /// Funds that were paid in before (预充值).
        Prepaid = "PREPAID",
        /// The operating account (运营户).
        Operation = "OPERATION",
        /// The basic account (基本账户), whether available or not.
        Basic = "BASIC",
        /// The basic account in digital yuan (数字人民币基本账户).
        EcnyBasic = "ECNY_BASIC",
    }
}

/// The amounts of a refund, in fen.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct RefundAmount {
    /// What is refunded (退款金额).
    pub refund: Fen,
    /// Which accounts pay (退款出资账户及金额).
    #[serde(
        default,
        deserialize_with = "lenient::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[builder(default)]
    pub from: Vec<FundsFrom>,
    /// What the payer gets back, without coupons (用户退款金额).
    pub payer_refund: Fen,
    /// What goes back of coupons (优惠退款金额).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_refund: Option<Fen>,
    /// The currency: `CNY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What the platform paid in advance (垫付金额).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advance: Option<Fen>,
    /// What goes back of the fee (手续费退款金额).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_fee: Option<Fen>,
}

/// An account that pays a refund, and how much.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
pub struct FundsFrom {
    /// The account.
    pub account: Account,
    /// Its part, in fen.
    pub amount: Fen,
}

/// What a refund gives back of a coupon.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Promotion {
    /// The coupon (券ID).
    pub promotion_id: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<PromotionScope>,
    /// `type` on the wire: whether its money was paid in before.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<PromotionKind>,
    /// What it took off (优惠券面额), in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Fen>,
    /// What goes back of it (优惠退款金额), in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_amount: Option<Fen>,
    /// The goods that it was used for (商品列表).
    #[serde(
        default,
        deserialize_with = "lenient::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    #[builder(default)]
    pub goods_detail: Vec<PromotionGoods>,
}

open_enum! {
    /// Whether a coupon's money was paid in before (优惠类型).
    PromotionKind {
        /// It was (充值型代金券).
        Coupon = "COUPON",
        /// It was not (免充值型优惠券).
        Discount = "DISCOUNT",
    }
}

/// Goods whose coupon goes back.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct PromotionGoods {
    /// The merchant's code of the goods (商户侧商品编码).
    pub merchant_goods_id: String,
    /// The platform's code of the goods (微信侧商品编码).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wechatpay_goods_id: Option<String>,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_name: Option<String>,
    /// The price of one, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<Fen>,
    /// What is refunded of them (商品退款金额), in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_amount: Option<Fen>,
    /// How many come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_quantity: Option<u64>,
}
