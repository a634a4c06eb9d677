//! What merchants do: every operation of the core, what it leaves in the ledger, and what is learned
//! from its answer.

use std::future::Future;

use wechatpay_core::api::ecommerce::profitsharing::{
    after_sales_orders, finish_order, orders, receivers, returnorders,
};
use wechatpay_core::api::ecommerce::refunds::{self, abnormal, return_advance};
use wechatpay_core::api::ecommerce::{bill as sub_bill, fund as sub_fund, subsidies};
use wechatpay_core::api::marketing::busifavor::subsidy::{
    ReturnReceipt, pay_receipts, return_receipts,
};
use wechatpay_core::api::merchant::{fund, media};
use wechatpay_core::api::merchant_service::images;
use wechatpay_core::api::pay::partner::transactions as partner;
use wechatpay_core::api::{bill, certificates, combine_transactions as combine};
use wechatpay_core::{ApiError, CallError, DraftError, Earlier, Effect, ToDraft};

use super::byhand::ByHand;
use super::client::{Client, Rule};
use super::network::Lost;
use super::oracle::{Expects, IntentId};
use super::protection::Protection;
use super::shop::Shop;

/// An operation, as a merchant does it.
pub(crate) trait Job: ToDraft + Clone {
    /// What it leaves in the ledger. None for what only asks.
    fn expects(&self) -> Option<Expects> {
        None
    }

    /// The same under another number: what must never be done to be sure.
    fn renumbered(&self, _: u32) -> Self {
        self.clone()
    }

    /// The merchant's own number.
    fn number(&self) -> Option<&str> {
        None
    }

    fn learn(&self, _: &Self::Response, _: &mut Shop) {}

    /// What an answer says that is no error.
    fn judge(&self, _: &Self::Response) -> Told {
        Told::Done
    }

    /// How it is repeated.
    fn rule(&self) -> Rule {
        Rule::AsPlanned
    }

    /// The operation as it is sent.
    fn sent(&self, _: Option<Protection>) -> Self {
        self.clone()
    }

    /// Asks whether it was done, where nothing else may be done. None while that is not known.
    fn ask(&self, _: &Client) -> impl Future<Output = Option<Told>> {
        async { None }
    }
}

/// What a call told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Told {
    Done,
    /// This call moved nothing; a signed refusal of the operation itself.
    Refused,
    /// This call moved nothing, and says nothing of what was before.
    NotDone,
    Unknown,
}

impl Told {
    fn of(error: &CallError<Lost>, off: Option<Protection>) -> Self {
        let error = match error {
            CallError::Unsettled { last, .. } if off == Some(Protection::EarlierAttempts) => last,
            error => error,
        };
        match error.effect() {
            // What breaks a documented limit was never sent, and never will be.
            Effect::None if matches!(error, CallError::Draft(DraftError::Field { .. })) => {
                Self::Refused
            }
            Effect::None => match error.answered().and_then(|answered| answered.api()) {
                // The signature of the request, and the rate: the operation was not looked at.
                Some(api) if matches!(api.status.as_u16(), 401 | 429) => Self::NotDone,
                Some(api) if is_about_the_key(api) => Self::NotDone,
                Some(_) => Self::Refused,
                None => Self::NotDone,
            },
            Effect::Accepted => Self::Done,
            _ => Self::Unknown,
        }
    }
}

macro_rules! works {
    ($($name:ident($kind:ty),)+) => {
        /// Every operation.
        #[derive(Clone)]
        pub(crate) enum Work {
            $($name(Box<$kind>),)+
        }

        impl Work {
            /// How many kinds there are.
            pub(crate) const KINDS: &[&str] = &[$(stringify!($name),)+];

            pub(crate) fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => stringify!($name),)+ }
            }

            pub(crate) fn number(&self) -> Option<&str> {
                match self { $(Self::$name(job) => job.number(),)+ }
            }

            pub(crate) fn expects(&self) -> Option<Expects> {
                match self { $(Self::$name(job) => job.expects(),)+ }
            }

            pub(crate) fn renumbered(&self, by: u32) -> Self {
                match self { $(Self::$name(job) => Self::$name(Box::new(job.renumbered(by))),)+ }
            }

            pub(crate) fn asks_first(&self) -> bool {
                match self { $(Self::$name(job) => job.rule() == Rule::AskFirst,)+ }
            }

            pub(crate) async fn ask(&self, client: &Client) -> Option<Told> {
                match self { $(Self::$name(job) => job.ask(client).await,)+ }
            }

            pub(crate) async fn call(&self, client: &Client, intent: Option<IntentId>) -> Told {
                let told = match self {
                    $(Self::$name(job) => run(&**job, client, intent).await,)+
                };
                let mut outcomes = client.world.outcomes.borrow_mut();
                *outcomes.entry((self.name(), told)).or_default() += 1;
                told
            }
        }

        $(impl From<$kind> for Work {
            fn from(job: $kind) -> Self {
                Self::$name(Box::new(job))
            }
        })+
    };
}

works! {
    Jsapi(partner::Jsapi),
    App(partner::App),
    H5(partner::H5),
    Native(partner::Native),
    Close(partner::out_trade_no::Close),
    QueryOrder(partner::out_trade_no::Query),
    QueryOrderById(partner::id::Query),
    CombinedJsapi(combine::Jsapi),
    CombinedApp(combine::App),
    CombinedH5(combine::H5),
    CombinedNative(combine::Native),
    CombinedClose(combine::out_trade_no::Close),
    QueryCombined(combine::out_trade_no::Query),
    Subsidise(subsidies::Create),
    ReturnSubsidy(subsidies::Return),
    CancelSubsidy(subsidies::Cancel),
    Fee(after_sales_orders::Create),
    QueryFee(after_sales_orders::Query),
    Share(orders::Create),
    QueryShare(orders::Query),
    QueryUnsplit(orders::amounts::Query),
    FinishSharing(finish_order::Finish),
    AddReceiver(receivers::Add),
    DeleteReceiver(receivers::Delete),
    GiveBack(returnorders::Create),
    QueryGivenBack(returnorders::Query),
    Refund(refunds::Apply),
    RefundByHand(ByHand),
    QueryRefund(refunds::QueryById),
    QueryRefundByNumber(refunds::QueryByOutRefundNo),
    RescueRefund(abnormal::Apply),
    ReturnAdvance(return_advance::Create),
    QueryAdvance(return_advance::Query),
    PayCoupon(pay_receipts::Create),
    ListCouponPayments(pay_receipts::List),
    QueryCouponPayment(pay_receipts::Query),
    ReturnCoupon(ReturnReceipt),
    QueryCouponReturn(return_receipts::Query),
    UploadImage(media::UploadImage),
    UploadVideo(media::UploadVideo),
    DownloadImage(images::Download),
    PlatformBalance(fund::QueryBalance),
    SubBalance(sub_fund::QueryBalance),
    EndDayBalance(sub_fund::QueryEndDayBalance),
    TradeBill(bill::TradeBill),
    FundFlowBill(bill::FundFlowBill),
    SubBill(sub_bill::FundFlowBill),
    DownloadBill(bill::Download),
    Certificates(certificates::List),
}

async fn run<J: Job>(job: &J, client: &Client, intent: Option<IntentId>) -> Told {
    let off = client.world.off;
    let sent = job.sent(off);
    let called = client
        .call(&sent, intent, job.rule(), |job, by| job.renumbered(by))
        .await;
    match called {
        Ok(answer) => {
            let merchants = client.world.merchants.borrow();
            let mut disk = merchants[client.merchant].disk.borrow_mut();
            let told = job.judge(&answer.value);
            if told == Told::Done {
                job.learn(&answer.value, &mut disk.shop);
            }
            let open = answer.earlier == Earlier::MayHaveArrived;
            if told == Told::Refused && open && off != Some(Protection::EarlierAttempts) {
                return Told::Unknown;
            }
            told
        }
        Err(error) => {
            client.world.note(&error.to_string());
            let api = error.answered().and_then(|answered| answered.api());
            if api.is_some_and(is_about_the_key) {
                client.renew_keys().await;
            }
            Told::of(&error, off)
        }
    }
}

/// Whether a refusal is of the key that sealed a field: one that the platform has no more. The
/// operation was not looked at.
fn is_about_the_key(api: &ApiError) -> bool {
    let field = api.detail.as_ref().and_then(|detail| detail.get("field"));
    field.is_some_and(|field| field == "Wechatpay-Serial")
}
