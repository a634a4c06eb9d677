use bytes::Bytes;
use http::{Method, Request};
use serde::Serialize;
use wechatpay_core::Operation;
use wechatpay_core::api::bill::{FundFlowBill, TradeBill};
use wechatpay_core::api::certificates::List;
use wechatpay_core::api::combine_transactions as combined;
use wechatpay_core::api::ecommerce::profitsharing::orders::{self as rounds, amounts};
use wechatpay_core::api::ecommerce::profitsharing::{
    after_sales_orders, finish_order, receivers, returnorders,
};
use wechatpay_core::api::ecommerce::{refunds, subsidies};
use wechatpay_core::api::marketing::busifavor::subsidy::{
    ReturnReceipt, pay_receipts, return_receipts,
};
use wechatpay_core::api::merchant::media::{UploadImage, UploadVideo};
use wechatpay_core::api::merchant_service::images;
use wechatpay_core::api::pay::partner::transactions as partner;
use wechatpay_core::api::{ecommerce, merchant};

use crate::answer::{Content, Outcome};
use crate::bills::{self, Asked};
use crate::certificates::SealedCertificates;
use crate::checkout::Place;
use crate::moment::{Entropy, Moment};
use crate::problem::{Code, Problem};
use crate::read::{Readable, read_body, read_query};
use crate::sharing;
use crate::state::State;
use crate::uploads;

/// The operations that the gateway plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    PlaceJsapi,
    PlaceApp,
    PlaceH5,
    PlaceNative,
    QueryOrder,
    QueryOrderNumber,
    CloseOrder,
    CombineJsapi,
    CombineApp,
    CombineH5,
    CombineNative,
    QueryCombined,
    CloseCombined,
    CreateSubsidy,
    ReturnSubsidy,
    CancelSubsidy,
    PayCoupon,
    ListCouponPayments,
    CouponPayment,
    ReturnCoupon,
    CouponReturn,
    Share,
    QueryRound,
    QueryAmounts,
    FinishOrder,
    GiveBack,
    QueryReturn,
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
    const ALL: [(Self, Method, &'static str); 48] = [
        entry::<partner::Jsapi>(Self::PlaceJsapi),
        entry::<partner::App>(Self::PlaceApp),
        entry::<partner::H5>(Self::PlaceH5),
        entry::<partner::Native>(Self::PlaceNative),
        entry::<partner::id::Query>(Self::QueryOrder),
        entry::<partner::out_trade_no::Query>(Self::QueryOrderNumber),
        entry::<partner::out_trade_no::Close>(Self::CloseOrder),
        entry::<combined::Jsapi>(Self::CombineJsapi),
        entry::<combined::App>(Self::CombineApp),
        entry::<combined::H5>(Self::CombineH5),
        entry::<combined::Native>(Self::CombineNative),
        entry::<combined::out_trade_no::Query>(Self::QueryCombined),
        entry::<combined::out_trade_no::Close>(Self::CloseCombined),
        entry::<subsidies::Create>(Self::CreateSubsidy),
        entry::<subsidies::Return>(Self::ReturnSubsidy),
        entry::<subsidies::Cancel>(Self::CancelSubsidy),
        entry::<pay_receipts::Create>(Self::PayCoupon),
        entry::<pay_receipts::List>(Self::ListCouponPayments),
        entry::<pay_receipts::Query>(Self::CouponPayment),
        entry::<ReturnReceipt>(Self::ReturnCoupon),
        entry::<return_receipts::Query>(Self::CouponReturn),
        entry::<rounds::Create>(Self::Share),
        entry::<rounds::Query>(Self::QueryRound),
        entry::<amounts::Query>(Self::QueryAmounts),
        entry::<finish_order::Finish>(Self::FinishOrder),
        entry::<returnorders::Create>(Self::GiveBack),
        entry::<returnorders::Query>(Self::QueryReturn),
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
        if let Some(problem) = sharing::wrong_family(path) {
            return Err(problem);
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
            Self::PlaceJsapi => place::<partner::Jsapi>(state, &asked),
            Self::PlaceApp => place::<partner::App>(state, &asked),
            Self::PlaceH5 => place::<partner::H5>(state, &asked),
            Self::PlaceNative => place::<partner::Native>(state, &asked),
            Self::QueryOrder => write(&state.query_by_id(&read_query(request)?)?),
            Self::QueryOrderNumber => write(&state.query_by_number(&read_query(request)?)?),
            Self::CloseOrder => nothing(state.close_order(&read_body(request)?)),
            Self::CombineJsapi => place::<combined::Jsapi>(state, &asked),
            Self::CombineApp => place::<combined::App>(state, &asked),
            Self::CombineH5 => place::<combined::H5>(state, &asked),
            Self::CombineNative => place::<combined::Native>(state, &asked),
            Self::QueryCombined => write(&state.query_combined(&read_query(request)?)?),
            Self::CloseCombined => nothing(state.close_combined(&read_body(request)?)),
            Self::CreateSubsidy => {
                write(&state.create_subsidy_staged(&read_body(request)?, moment)?)
            }
            Self::ReturnSubsidy => {
                write(&state.return_subsidy_staged(&read_body(request)?, moment)?)
            }
            Self::CancelSubsidy => {
                write(&state.cancel_subsidy_staged(&read_body(request)?, moment)?)
            }
            Self::PayCoupon => write(&state.pay_coupon(&read_body(request)?, moment)?),
            Self::ListCouponPayments => write(&state.coupon_payments(&read_query(request)?)?),
            Self::CouponPayment => write(&state.coupon_payment(&read_query(request)?)?),
            Self::ReturnCoupon => write(&state.return_coupon(&read_body(request)?, moment)?),
            Self::CouponReturn => write(&state.coupon_return(&read_query(request)?)?),
            Self::Share => write(&state.share(
                read_body(request)?,
                request.headers(),
                &certificates.rotation,
                moment,
            )?),
            Self::QueryRound => write(&state.query_round(&read_query(request)?, moment)?),
            Self::QueryAmounts => write(&state.query_amounts(&read_query(request)?)?),
            Self::FinishOrder => write(&state.finish_order(&read_body(request)?, moment)?),
            Self::GiveBack => write(&state.give_back(&read_body(request)?, moment)?),
            Self::QueryReturn => write(&state.query_return(&read_query(request)?)?),
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

fn place<O: Place + Readable>(state: &mut State, asked: &Asked<'_>) -> Outcome
where
    O::Response: Serialize,
{
    let operation: O = read_body(asked.request)?;
    write(&state.place(operation, asked.moment)?)
}

/// An answer without a body.
fn nothing(done: Result<(), Problem>) -> Outcome {
    done.map(|()| Content::Nothing)
}

fn write(answer: &impl Serialize) -> Outcome {
    match serde_json::to_vec(answer) {
        Ok(body) => Ok(Content::Json(body.into())),
        Err(error) => Err(Problem::new(Code::SystemError, error.to_string())),
    }
}
