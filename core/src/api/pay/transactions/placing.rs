use bon::Builder;
use serde::{Deserialize, Serialize};

use crate::api::check;
use crate::api::open_enum::open_enum;
use crate::error::FieldError;
use crate::money::Fen;

/// How an order is settled (结算信息): whether its money waits to be shared, and whether the platform
/// adds to it.
///
/// Both fields together are the subsidy flag (补差标识) that
/// [`subsidies::Create`](crate::api::ecommerce::subsidies::Create) asks for: a `subsidy_amount` of
/// more than nothing, and `profit_sharing: true`. The platform takes an amount without
/// `profit_sharing: true` as well, and then promises nothing. What is promised cannot be changed: a
/// combined order that is placed again with another `settle_info` is refused.
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::api::pay::transactions::SettleInfo;
///
/// let settle_info = SettleInfo::subsidised(Fen::new(10));
/// let json = serde_json::to_string(&settle_info)?;
/// assert_eq!(json, r#"{"profit_sharing":true,"subsidy_amount":10}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
pub struct SettleInfo {
    /// Whether the money waits for profit sharing (是否指定分账). Without it, it is the sub-merchant's at
    /// once, and cannot be shared later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profit_sharing: Option<bool>,
    /// The subsidy that is promised (补差金额), in fen; by the documents at most 500,000 per order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subsidy_amount: Option<Fen>,
}

impl SettleInfo {
    /// The money waits for profit sharing, without a subsidy.
    #[must_use]
    pub const fn shared() -> Self {
        Self {
            profit_sharing: Some(true),
            subsidy_amount: None,
        }
    }

    /// The money waits for profit sharing, and the platform promises to add `amount`.
    #[must_use]
    pub const fn subsidised(amount: Fen) -> Self {
        Self {
            profit_sharing: Some(true),
            subsidy_amount: Some(amount),
        }
    }

    /// Holds the subsidy, which goes by the name of `field`, against its limit.
    pub(crate) fn check(&self, field: &'static str) -> Result<(), FieldError> {
        match self.subsidy_amount {
            Some(amount) if amount < Fen::ZERO => {
                Err(FieldError::new(field, "0 fen or more", amount.get()))
            }
            _ => Ok(()),
        }
    }
}

open_enum! {
    /// What an order may not, or may only, be paid with (指定支付方式).
    LimitPay {
        /// Not with the payer's balance (零钱).
        NoBalance = "no_balance",
        /// Not with a credit card.
        NoCredit = "no_credit",
        /// Not with a debit card.
        NoDebit = "no_debit",
        /// With the payer's balance and with nothing else.
        BalanceOnly = "balance_only",
    }
}

/// Where an order is placed (场景信息).
///
/// ```
/// use wechatpay_core::api::pay::transactions::{H5Info, H5Kind, H5Scene, Scene};
///
/// let scene = Scene::builder().payer_client_ip("14.23.150.211").device_id("013467007045764").build();
/// let scene = H5Scene::builder().scene(scene).h5_info(H5Info::of(H5Kind::Wap)).build();
/// let json = serde_json::to_value(&scene)?;
/// assert_eq!(json["payer_client_ip"], "14.23.150.211");
/// assert_eq!(json["h5_info"]["type"], "Wap");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Scene {
    /// The address of the payer's device (用户终端IP), of IPv4 or IPv6. 1 to 45 characters.
    pub payer_client_ip: String,
    /// The merchant's device or shop (商户端设备号). 1 to 32 characters, in combined orders 16.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// The shop (商户门店信息); combined orders have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_info: Option<StoreInfo>,
}

impl Scene {
    pub(crate) fn check(&self) -> Result<(), FieldError> {
        check::id("scene_info.payer_client_ip", &self.payer_client_ip, 1..=45)?;
        let device_id = self.device_id.as_deref();
        check::optional_text("scene_info.device_id", device_id, 1..=32)?;
        let Some(store) = &self.store_info else {
            return Ok(());
        };
        let text = check::optional_text;
        text("scene_info.store_info.id", store.id.as_deref(), 1..=32)?;
        text("scene_info.store_info.name", store.name.as_deref(), 1..=256)?;
        let area_code = store.area_code.as_deref();
        text("scene_info.store_info.area_code", area_code, 1..=32)?;
        let address = store.address.as_deref();
        text("scene_info.store_info.address", address, 1..=512)
    }
}

/// A shop (门店). The documents disagree on which of its fields are required: newer ones ask for
/// `id`, older ones for the other three.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct StoreInfo {
    /// The merchant's own number of it (门店编号). 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name. 1 to 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its district, as the platform numbers them (地区编码): `440305`. 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area_code: Option<String>,
    /// Its address. 1 to 512 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// Where an order is placed that is paid from a browser: a [`Scene`], and what opens the page.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
pub struct H5Scene {
    /// What every order may tell.
    #[serde(flatten)]
    pub scene: Scene,
    /// What opens the page.
    pub h5_info: H5Info,
}

impl H5Scene {
    pub(crate) fn check(&self) -> Result<(), FieldError> {
        self.scene.check()
    }
}

/// What opens the payment page of an H5 order (H5场景信息).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct H5Info {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: H5Kind,
    /// The application's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_name: Option<String>,
    /// The site's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_url: Option<String>,
    /// The `BundleID` of an application on iOS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle_id: Option<String>,
    /// The `PackageName` of an application on Android.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package_name: Option<String>,
}

impl H5Info {
    /// Its kind, and nothing else.
    #[must_use]
    pub const fn of(kind: H5Kind) -> Self {
        Self {
            kind,
            app_name: None,
            app_url: None,
            bundle_id: None,
            package_name: None,
        }
    }
}

open_enum! {
    /// What opens the payment page of an H5 order (场景类型).
    H5Kind {
        /// An application on iOS.
        Ios = "iOS",
        /// An application on Android.
        Android = "Android",
        /// A site.
        Wap = "Wap",
    }
}

/// What is bought, for coupons on certain goods (优惠功能).
///
/// ```
/// use wechatpay_core::Fen;
/// use wechatpay_core::api::pay::transactions::{Detail, Goods};
///
/// let phone = Goods::builder().merchant_goods_id("1246464644").quantity(1).unit_price(Fen::new(828_800));
/// let detail = Detail::builder().cost_price(Fen::new(608_800)).goods_detail(vec![phone.build()]).build();
/// # assert_eq!(detail.invoice_id, None);
/// ```
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Detail {
    /// What the order cost before any part of it was split off (订单原价), in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_price: Option<Fen>,
    /// The merchant's own number of the receipt (商品小票ID). 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invoice_id: Option<String>,
    /// The goods (单品列表).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_detail: Option<Vec<Goods>>,
}

impl Detail {
    pub(crate) fn check(&self) -> Result<(), FieldError> {
        let text = check::optional_text;
        text("detail.invoice_id", self.invoice_id.as_deref(), 1..=32)?;
        for goods in self.goods_detail.iter().flatten() {
            let id = goods.merchant_goods_id.as_str();
            check::text("detail.goods_detail[].merchant_goods_id", id, 1..=32)?;
            let id = goods.wechatpay_goods_id.as_deref();
            text("detail.goods_detail[].wechatpay_goods_id", id, 1..=32)?;
            let name = goods.goods_name.as_deref();
            text("detail.goods_detail[].goods_name", name, 1..=256)?;
        }
        Ok(())
    }
}

/// Goods of an order (单品).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Goods {
    /// The merchant's code of the goods (商户侧商品编码). 1 to 32 characters.
    pub merchant_goods_id: String,
    /// The platform's code of the goods (微信支付商品编码). 1 to 32 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wechatpay_goods_id: Option<String>,
    /// Their name. 1 to 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods_name: Option<String>,
    /// How many.
    pub quantity: u64,
    /// The price of one, in fen.
    pub unit_price: Fen,
}

/// The answer to an order for JSAPI, a mini-program or an app: placed, and not paid. The
/// [`cashier`](crate::cashier) signs what opens the payment page.
///
/// ```
/// use wechatpay_core::api::pay::transactions::Prepay;
/// use wechatpay_core::cashier::PrepayId;
///
/// let answer = r#"{ "prepay_id": "wx201410272009395522657a690389285100" }"#;
/// let prepay: Prepay = serde_json::from_str(answer)?;
/// let prepay_id = PrepayId::parse(prepay.prepay_id)?;
/// # assert_eq!(prepay_id.as_str(), "wx201410272009395522657a690389285100");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[must_use = "placed is not paid: open the cashier with `prepay_id`"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct Prepay {
    /// The number of the order that waits to be paid (预支付交易会话标识), good for two hours.
    pub prepay_id: String,
}

/// The answer to an order for a browser: placed, and not paid.
///
/// ```
/// use wechatpay_core::api::pay::transactions::H5Link;
///
/// let answer = r#"{ "h5_url": "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=wx2016" }"#;
/// let link: H5Link = serde_json::from_str(answer)?;
/// assert!(link.h5_url.starts_with("https://"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[non_exhaustive]
#[must_use = "placed is not paid: send the payer to `h5_url`"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct H5Link {
    /// Where the payer's browser goes (支付跳转链接). It is good for five minutes.
    pub h5_url: String,
}

/// The answer to an order for a code that the merchant shows: placed, and not paid.
///
/// ```
/// use wechatpay_core::api::pay::transactions::CodeLink;
///
/// let answer = r#"{ "code_url": "weixin://wxpay/bizpayurl/up?pr=NwY5Mz9&groupid=00" }"#;
/// let link: CodeLink = serde_json::from_str(answer)?;
/// assert!(link.code_url.starts_with("weixin://"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[non_exhaustive]
#[must_use = "placed is not paid: show `code_url` as a code"]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Builder)]
#[builder(on(String, into))]
pub struct CodeLink {
    /// What the code holds that the payer scans (二维码链接). It is good for two hours.
    pub code_url: String,
}
