use bytes::Bytes;
use http::{Method, Request};
use serde::Serialize;
use wechatpay_core::Operation;
use wechatpay_core::api::bill::{FundFlowBill, TradeBill};
use wechatpay_core::api::certificates::List;
use wechatpay_core::api::ecommerce::profitsharing::{after_sales_orders, receivers};
use wechatpay_core::api::ecommerce::{refunds, subsidies};
use wechatpay_core::api::marketing::busifavor::subsidy::ReturnReceipt;
use wechatpay_core::api::merchant::media::{UploadImage, UploadVideo};
use wechatpay_core::api::merchant_service::images;
use wechatpay_core::api::{ecommerce, merchant};

use crate::answer::{Content, Outcome};
use crate::bills::{self, Asked};
use crate::certificates::SealedCertificates;
use crate::moment::{Entropy, Moment};
use crate::problem::{Code, Problem};
use crate::read::{read_body, read_query};
use crate::state::State;
use crate::uploads;

/// The operations that the gateway plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    CreateSubsidy,
    ReturnSubsidy,
    CancelSubsidy,
    ReturnCoupon,
    TakeFee,
    QueryFee,
    AddReceiver,
    DeleteReceiver,
    UploadImage,
    UploadVideo,
    Image,
    TradeBill,
    FundFlowBill,
    Bill,
    ApplyRefund,
    QueryRefund,
    QueryRefundByNumber,
    RescueRefund,
    ReturnAdvance,
    QueryAdvance,
    OwnBalance,
    Balance,
    EndDayBalance,
    SubMerchantsBill,
    Certificates,
}

/// What an operation is called in the ledger: its method and path.
pub(crate) fn name_of<O: Operation>() -> String {
    format!("{} {}", O::METHOD, O::PATH)
}

impl Route {
    const ALL: [(Self, Method, &'static str); 25] = [
        entry::<subsidies::Create>(Self::CreateSubsidy),
        entry::<subsidies::Return>(Self::ReturnSubsidy),
        entry::<subsidies::Cancel>(Self::CancelSubsidy),
        entry::<ReturnReceipt>(Self::ReturnCoupon),
        entry::<after_sales_orders::Create>(Self::TakeFee),
        entry::<after_sales_orders::Query>(Self::QueryFee),
        entry::<receivers::Add>(Self::AddReceiver),
        entry::<receivers::Delete>(Self::DeleteReceiver),
        entry::<UploadImage>(Self::UploadImage),
        entry::<UploadVideo>(Self::UploadVideo),
        entry::<images::Download>(Self::Image),
        entry::<TradeBill>(Self::TradeBill),
        entry::<FundFlowBill>(Self::FundFlowBill),
        (Self::Bill, Method::GET, bills::DOWNLOAD),
        entry::<refunds::Apply>(Self::ApplyRefund),
        entry::<refunds::QueryById>(Self::QueryRefund),
        entry::<refunds::QueryByOutRefundNo>(Self::QueryRefundByNumber),
        entry::<refunds::abnormal::Apply>(Self::RescueRefund),
        entry::<refunds::return_advance::Create>(Self::ReturnAdvance),
        entry::<refunds::return_advance::Query>(Self::QueryAdvance),
        entry::<merchant::fund::QueryBalance>(Self::OwnBalance),
        entry::<ecommerce::fund::QueryBalance>(Self::Balance),
        entry::<ecommerce::fund::QueryEndDayBalance>(Self::EndDayBalance),
        entry::<ecommerce::bill::FundFlowBill>(Self::SubMerchantsBill),
        entry::<List>(Self::Certificates),
    ];

    /// The operation behind a method and a path.
    pub(crate) fn find(method: &Method, path: &str) -> Result<Self, Problem> {
        let mut here = Self::ALL
            .into_iter()
            .filter(|(_, _, known)| fits(known, path));
        if let Some((route, _, _)) = here.find(|(_, known, _)| known == method) {
            return Ok(route);
        }
        Err(match Self::methods(path) {
            none if none.is_empty() => Problem::new(
                Code::ResourceNotExists,
                format!(
                    "{path} is no path of this gateway; GET /_gateway/ lists what there is, with \
                     {{…}} for one percent-encoded segment"
                ),
            ),
            methods => Problem::new(
                Code::MethodNotAllowed,
                format!("{path} takes {methods}, not {method}"),
            ),
        })
    }

    /// The methods of a path, as the `Allow` header lists them.
    pub(crate) fn methods(path: &str) -> String {
        let here = Self::ALL
            .into_iter()
            .filter(|(_, _, known)| fits(known, path));
        let methods: Vec<_> = here.map(|(_, method, _)| method.to_string()).collect();
        methods.join(", ")
    }

    /// Reads the request and carries it out.
    pub(crate) fn carry_out(
        self,
        request: &Request<Bytes>,
        state: &mut State,
        certificates: &SealedCertificates,
        moment: &Moment,
        entropy: &Entropy,
    ) -> Outcome {
        let asked = Asked {
            request,
            moment,
            entropy,
        };
        match self {
            Self::CreateSubsidy => {
                write(&state.create_subsidy_staged(&read_body(request)?, moment)?)
            }
            Self::ReturnSubsidy => {
                write(&state.return_subsidy_staged(&read_body(request)?, moment)?)
            }
            Self::CancelSubsidy => {
                write(&state.cancel_subsidy_staged(&read_body(request)?, moment)?)
            }
            Self::ReturnCoupon => write(&state.return_coupon(&read_body(request)?, moment)?),
            Self::TakeFee => write(&state.take_fee_staged(&read_body(request)?, moment)?),
            Self::QueryFee => write(&state.query_fee_staged(&read_query(request)?, moment)?),
            Self::AddReceiver => write(&state.add_receiver(
                &read_body(request)?,
                request.headers(),
                &certificates.rotation,
            )?),
            Self::DeleteReceiver => write(&state.delete_receiver(&read_body(request)?)?),
            Self::UploadImage => write(&state.upload_image(request, moment, entropy)?),
            Self::UploadVideo => write(&uploads::upload_video(request, entropy)?),
            Self::Image => Ok(Content::File(state.image(request.uri())?)),
            Self::TradeBill => write(&state.make_trade_bill(&read_query(request)?, &asked)?),
            Self::FundFlowBill => write(&state.make_fund_flow_bill(&read_query(request)?, &asked)?),
            Self::Bill => Ok(Content::File(state.bill(request.uri(), moment)?)),
            Self::ApplyRefund => write(&state.apply_refund(&read_body(request)?, moment)?),
            Self::QueryRefund => write(&state.query_refund(&read_query(request)?)?),
            Self::QueryRefundByNumber => {
                write(&state.query_refund_by_number(&read_query(request)?)?)
            }
            Self::RescueRefund => write(&state.rescue_refund(
                &read_body(request)?,
                request.headers(),
                &certificates.rotation,
                moment,
            )?),
            Self::ReturnAdvance => write(&state.return_advance(&read_body(request)?, moment)?),
            Self::QueryAdvance => write(&state.query_advance(&read_query(request)?)?),
            Self::OwnBalance => write(&state.own_balance(&read_query(request)?)?),
            Self::Balance => write(&state.balance_of(&read_query(request)?)?),
            Self::EndDayBalance => write(&state.end_day_balance(&read_query(request)?, moment)?),
            Self::SubMerchantsBill => {
                write(&state.make_sub_merchants_bill(&read_query(request)?, &asked)?)
            }
            Self::Certificates => write(&certificates.list(&read_query(request)?, entropy)?),
        }
    }

    /// The paths, for those who look around.
    pub(crate) fn listing() -> impl Iterator<Item = String> {
        Self::ALL
            .into_iter()
            .map(|(_, method, path)| format!("{method} {path}"))
    }
}

/// Whether a path is of this template, segment by segment. A placeholder stands for one segment.
fn fits(template: &str, path: &str) -> bool {
    let mut given = path.split('/');
    let all = template.split('/').all(|wanted| match given.next() {
        Some(segment) if wanted.starts_with('{') => !segment.is_empty(),
        Some(segment) => segment == wanted,
        None => false,
    });
    all && given.next().is_none()
}

const fn entry<O: Operation>(route: Route) -> (Route, Method, &'static str) {
    (route, O::METHOD, O::PATH)
}

fn write(answer: &impl Serialize) -> Outcome {
    match serde_json::to_vec(answer) {
        Ok(body) => Ok(Content::Json(body.into())),
        Err(error) => Err(Problem::new(Code::SystemError, error.to_string())),
    }
}
