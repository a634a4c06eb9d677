use bytes::Bytes;
use http::{Method, Request};
use serde::Serialize;
use wechatpay_core::Operation;
use wechatpay_core::api::certificates::List;
use wechatpay_core::api::ecommerce::profitsharing::after_sales_orders;
use wechatpay_core::api::ecommerce::subsidies;
use wechatpay_core::api::marketing::busifavor::subsidy::ReturnReceipt;

use crate::answer::Outcome;
use crate::certificates::SealedCertificates;
use crate::moment::{Entropy, Moment};
use crate::problem::{Code, Problem};
use crate::read::{read_body, read_query};
use crate::state::State;

/// The operations that the gateway plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    CreateSubsidy,
    ReturnSubsidy,
    CancelSubsidy,
    ReturnCoupon,
    TakeFee,
    QueryFee,
    Certificates,
}

/// What an operation is called in the ledger: its method and path.
pub(crate) fn name_of<O: Operation>() -> String {
    format!("{} {}", O::METHOD, O::PATH)
}

impl Route {
    const ALL: [(Self, Method, &'static str); 7] = [
        entry::<subsidies::Create>(Self::CreateSubsidy),
        entry::<subsidies::Return>(Self::ReturnSubsidy),
        entry::<subsidies::Cancel>(Self::CancelSubsidy),
        entry::<ReturnReceipt>(Self::ReturnCoupon),
        entry::<after_sales_orders::Create>(Self::TakeFee),
        entry::<after_sales_orders::Query>(Self::QueryFee),
        entry::<List>(Self::Certificates),
    ];

    /// The operation behind a method and a path.
    pub(crate) fn find(method: &Method, path: &str) -> Result<Self, Problem> {
        let here = || Self::ALL.into_iter().filter(|(_, _, known)| *known == path);
        if let Some((route, _, _)) = here().find(|(_, known, _)| known == method) {
            return Ok(route);
        }
        Err(match Self::methods(path) {
            none if none.is_empty() => Problem::new(
                Code::ResourceNotExists,
                format!("{path} is no path of this gateway; GET /_gateway/ lists what there is"),
            ),
            methods => Problem::new(
                Code::MethodNotAllowed,
                format!("{path} takes {methods}, not {method}"),
            ),
        })
    }

    /// The methods of a path, as the `Allow` header lists them.
    pub(crate) fn methods(path: &str) -> String {
        let here = Self::ALL.into_iter().filter(|(_, _, known)| *known == path);
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
        match self {
            Self::CreateSubsidy => {
                write(&state.create_subsidy_staged(&read_body(request.body())?, moment)?)
            }
            Self::ReturnSubsidy => {
                write(&state.return_subsidy_staged(&read_body(request.body())?, moment)?)
            }
            Self::CancelSubsidy => {
                write(&state.cancel_subsidy_staged(&read_body(request.body())?, moment)?)
            }
            Self::ReturnCoupon => write(&state.return_coupon(&read_body(request.body())?, moment)?),
            Self::TakeFee => write(&state.take_fee_staged(&read_body(request.body())?, moment)?),
            Self::QueryFee => write(&state.query_fee_staged(&read_query(request.uri())?, moment)?),
            Self::Certificates => write(&certificates.list(&read_query(request.uri())?, entropy)?),
        }
    }

    /// The paths, for those who look around.
    pub(crate) fn listing() -> impl Iterator<Item = String> {
        Self::ALL
            .into_iter()
            .map(|(_, method, path)| format!("{method} {path}"))
    }
}

const fn entry<O: Operation>(route: Route) -> (Route, Method, &'static str) {
    (route, O::METHOD, O::PATH)
}

fn write(answer: &impl Serialize) -> Outcome {
    match serde_json::to_vec(answer) {
        Ok(body) => Ok(body.into()),
        Err(error) => Err(Problem::new(Code::SystemError, error.to_string())),
    }
}
