//! The two transports behind one call. Each worker has a client of its own, which counts its
//! attempts; connections, keys and the gate of the refresh are shared.

use std::error::Error as StdError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use wechatpay_core::api::ecommerce::subsidies::SubsidyState;
use wechatpay_core::api::marketing::busifavor::subsidy::ReturnStatus;
use wechatpay_core::{CallError, Effect, Ended, Keyring, Report, RsaSigner};

use crate::work::Work;

pub(crate) type Hyper = wechatpay_hyper::Client<Arc<RsaSigner>, Arc<Keyring>>;
pub(crate) type Ureq = wechatpay_ureq::Client<Arc<RsaSigner>, Arc<Keyring>>;

/// What a call claimed at its end.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) known: Known,
    pub(crate) attempts: u32,
    /// Attempts that sent nothing.
    pub(crate) unsent: u32,
    pub(crate) words: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Done,
    NotDone,
    Unknown,
}

/// Counts the attempts of the call that a worker is at.
#[derive(Clone, Default)]
pub(crate) struct Counter(Arc<(AtomicU32, AtomicU32)>);

impl Counter {
    pub(crate) fn observer(&self) -> impl Fn(&Report<'_>) + Send + Sync + 'static {
        let counter = self.clone();
        move |report| {
            // Certificates are fetched beside a call, and are counted by the gateway.
            if report.operation.path() != "/v3/certificates" {
                let (all, unsent) = &*counter.0;
                all.fetch_max(report.attempt, Ordering::Relaxed);
                if report.ended == Ended::NotSent {
                    unsent.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    fn claim(&self, result: Result<bool, (Effect, String)>) -> Claim {
        let (all, unsent) = &*self.0;
        let (known, words) = match result {
            Ok(true) => (Known::Done, String::new()),
            Ok(false) => (Known::NotDone, "HTTP 200 with a failure".to_owned()),
            Err((Effect::None, words)) => (Known::NotDone, words),
            Err((_, words)) => (Known::Unknown, words),
        };
        Claim {
            known,
            attempts: all.swap(0, Ordering::Relaxed),
            unsent: unsent.swap(0, Ordering::Relaxed),
            words,
        }
    }
}

fn told<T, E: StdError + 'static>(
    result: Result<T, CallError<E>>,
    done: impl FnOnce(T) -> bool,
) -> Result<bool, (Effect, String)> {
    result.map(done).map_err(|e| (e.effect(), e.to_string()))
}

macro_rules! call {
    ($client:ident, $work:ident $(, $wait:tt)?) => {
        match $work {
            Work::Create(create) => told($client.call(create)$(.$wait)?, |created| {
                created.result == SubsidyState::Success
            }),
            Work::Cancel(cancel) => told($client.call(cancel)$(.$wait)?, |_| true),
            Work::Fee(fee) => told($client.call(fee)$(.$wait)?, |_| true),
            Work::Coupon(receipt) => told($client.call(receipt)$(.$wait)?, |returned| {
                *returned.status == ReturnStatus::Success
            }),
            Work::Query(query) => told($client.call(query)$(.$wait)?, |_| true),
        }
    };
}

pub(crate) async fn over_hyper(client: &Hyper, counter: &Counter, work: &Work) -> Claim {
    let result = call!(client, work, await);
    counter.claim(result)
}

pub(crate) fn over_ureq(client: &Ureq, counter: &Counter, work: &Work) -> Claim {
    let result = call!(client, work);
    counter.claim(result)
}
