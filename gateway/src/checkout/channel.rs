use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wechatpay_core::api::combine_transactions as combined;
use wechatpay_core::api::pay::partner::transactions as partner;
use wechatpay_core::api::pay::transactions::{CodeLink, H5Link, Prepay, TradeType};
use wechatpay_core::{DateTime, Operation};

use super::Request;
use super::request::{Combined, Single};

/// Where the buyer pays, by the name that answers have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Channel {
    Jsapi,
    App,
    #[serde(rename = "MWEB")]
    H5,
    Native,
}

/// How long a `prepay_id` and a `code_url` open the payment page.
const TICKET: Duration = Duration::from_secs(2 * 60 * 60);
/// How long an `h5_url` does.
const H5_TICKET: Duration = Duration::from_secs(5 * 60);

impl Channel {
    pub(crate) fn trade_type(self) -> TradeType {
        match self {
            Self::Jsapi => TradeType::Jsapi,
            Self::App => TradeType::App,
            Self::H5 => TradeType::Mweb,
            Self::Native => TradeType::Native,
        }
    }

    /// What opens the payment page: made of a number that is given out once.
    pub(super) fn ticket(self, time: &DateTime, number: u64) -> String {
        let digits = time.as_str().chars().filter(char::is_ascii_digit);
        let second: String = digits.take(14).collect();
        let prepay_id = format!("wx{second}{number:020}");
        match self {
            Self::Jsapi | Self::App => prepay_id,
            Self::H5 => format!(
                "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={prepay_id}\
                 &package={number}"
            ),
            Self::Native => format!("weixin://wxpay/bizpayurl/up?pr={number:07X}&groupid=00"),
        }
    }

    pub(super) fn ticket_lasts(self) -> Duration {
        match self {
            Self::Jsapi | Self::App | Self::Native => TICKET,
            Self::H5 => H5_TICKET,
        }
    }
}

/// An operation that places an order.
pub(crate) trait Place: Operation {
    fn placed(self) -> Request;

    /// The answer, of what opens the payment page.
    fn answer(ticket: String) -> Self::Response;
}

fn single(
    trade_type: Channel,
    order: partner::Order,
    payer: Option<partner::Payer>,
    scene_info: &impl Serialize,
) -> Request {
    Request::Single(Box::new(Single {
        trade_type,
        order,
        payer,
        scene_info: value(scene_info),
    }))
}

fn combined(
    trade_type: Channel,
    order: combined::Order,
    combine_payer_info: Option<combined::Payer>,
    scene_info: &impl Serialize,
) -> Request {
    Request::Combined(Box::new(Combined {
        trade_type,
        order,
        combine_payer_info,
        scene_info: value(scene_info),
    }))
}

/// What a request holds always serializes.
fn value(part: &impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}

impl Place for partner::Jsapi {
    fn placed(self) -> Request {
        single(
            Channel::Jsapi,
            self.order,
            Some(self.payer),
            &self.scene_info,
        )
    }

    fn answer(ticket: String) -> Prepay {
        Prepay::builder().prepay_id(ticket).build()
    }
}

impl Place for partner::App {
    fn placed(self) -> Request {
        single(Channel::App, self.order, None, &self.scene_info)
    }

    fn answer(ticket: String) -> Prepay {
        Prepay::builder().prepay_id(ticket).build()
    }
}

impl Place for partner::H5 {
    fn placed(self) -> Request {
        single(Channel::H5, self.order, None, &self.scene_info)
    }

    fn answer(ticket: String) -> H5Link {
        H5Link::builder().h5_url(ticket).build()
    }
}

impl Place for partner::Native {
    fn placed(self) -> Request {
        single(Channel::Native, self.order, None, &self.scene_info)
    }

    fn answer(ticket: String) -> CodeLink {
        CodeLink::builder().code_url(ticket).build()
    }
}

impl Place for combined::Jsapi {
    fn placed(self) -> Request {
        let payer = Some(self.combine_payer_info);
        combined(Channel::Jsapi, self.order, payer, &self.scene_info)
    }

    fn answer(ticket: String) -> Prepay {
        Prepay::builder().prepay_id(ticket).build()
    }
}

impl Place for combined::App {
    fn placed(self) -> Request {
        let payer = self.combine_payer_info;
        combined(Channel::App, self.order, payer, &self.scene_info)
    }

    fn answer(ticket: String) -> Prepay {
        Prepay::builder().prepay_id(ticket).build()
    }
}

impl Place for combined::H5 {
    fn placed(self) -> Request {
        let payer = self.combine_payer_info;
        combined(Channel::H5, self.order, payer, &self.scene_info)
    }

    fn answer(ticket: String) -> H5Link {
        H5Link::builder().h5_url(ticket).build()
    }
}

impl Place for combined::Native {
    fn placed(self) -> Request {
        let payer = self.combine_payer_info;
        combined(Channel::Native, self.order, payer, &self.scene_info)
    }

    fn answer(ticket: String) -> CodeLink {
        CodeLink::builder().code_url(ticket).build()
    }
}
