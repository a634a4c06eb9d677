//! Both transports behind one call.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use tokio::runtime::{Builder, Runtime};
use wechatpay_core::{
    ApiError, ApiV3Key, CallError, Effect, Keyring, Merchant, Notice, NoticeError, Policy, Reason,
    ResponseError, RsaSigner, ToDraft, VerifyError,
};
use wechatpay_gateway::{Running, credentials};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Transport {
    Hyper,
    Ureq,
}

type Hyper = wechatpay_hyper::Client<RsaSigner, Arc<Keyring>>;
type Ureq = wechatpay_ureq::Client<RsaSigner, Arc<Keyring>>;

pub(crate) enum Client {
    Hyper(Box<Hyper>, Runtime),
    Ureq(Box<Ureq>),
}

/// What a test asks a failed call.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) effect: Effect,
    pub(crate) words: String,
    /// The platform's own error.
    pub(crate) api: Option<ApiError>,
    /// Why a 2xx is not trusted.
    pub(crate) untrusted: Option<VerifyError>,
}

impl Transport {
    pub(crate) const BOTH: [Self; 2] = [Self::Hyper, Self::Ureq];

    pub(crate) fn client(
        self,
        merchant: Merchant,
        signer: RsaSigner,
        keys: impl Into<Arc<Keyring>>,
        policy: Policy,
    ) -> Client {
        let keys = keys.into();
        match self {
            Self::Hyper => {
                let mut runtime = Builder::new_multi_thread();
                let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
                let client = Hyper::new(merchant, signer, keys).with_policy(policy);
                Client::Hyper(Box::new(client), runtime)
            }
            Self::Ureq => {
                let client = Ureq::new(merchant, signer, keys).with_policy(policy);
                Client::Ureq(Box::new(client))
            }
        }
    }

    /// A client of the gateway.
    pub(crate) fn to_gateway(self, gateway: &Running, policy: Policy) -> Client {
        let merchant = Merchant::new(credentials::MCHID).unwrap();
        let merchant = merchant.at(&gateway.base_url()).unwrap();
        let signer = credentials::merchant_signer().unwrap();
        let keys = Keyring::new(credentials::platform_keys().unwrap());
        self.client(merchant, signer, keys, policy)
    }
}

impl Client {
    pub(crate) fn call<O: ToDraft>(&self, operation: &O) -> Result<O::Response, Failure> {
        match self {
            Self::Hyper(client, runtime) => runtime
                .block_on(client.call(operation))
                .map_err(|error| Failure::new(&error)),
            Self::Ureq(client) => client.call(operation).map_err(|error| Failure::new(&error)),
        }
    }

    /// A call that succeeds.
    pub(crate) fn answer<O: ToDraft>(&self, operation: &O) -> O::Response {
        let answer = self.call(operation);
        answer.unwrap_or_else(|failure| panic!("{}", failure.words))
    }

    /// A callback of the gateway, verified and opened.
    pub(crate) fn notice(&self, request: &Request<Bytes>) -> Notice {
        let key = credentials::api_v3_key().unwrap();
        self.open_notice(request, &key).unwrap()
    }

    pub(crate) fn open_notice(
        &self,
        request: &Request<Bytes>,
        key: &ApiV3Key,
    ) -> Result<Notice, NoticeError> {
        match self {
            Self::Hyper(client, runtime) => runtime.block_on(client.open_notice(request, key)),
            Self::Ureq(client) => client.open_notice(request, key),
        }
    }
}

impl Failure {
    fn new<E: StdError>(error: &CallError<E>) -> Self {
        let answered = error.answered();
        Self {
            effect: error.effect(),
            words: error.to_string(),
            api: answered.and_then(ResponseError::api).cloned(),
            untrusted: answered.and_then(|error| match &error.reason {
                Reason::Untrusted { source, .. } => Some(source.clone()),
                _ => None,
            }),
        }
    }

    /// The platform's status and code.
    pub(crate) fn code(&self) -> (u16, &str) {
        let api = self.api.as_ref();
        let api = api.unwrap_or_else(|| panic!("no error of the platform: {}", self.words));
        (api.status.as_u16(), &api.code)
    }
}

/// Four attempts, one right after the other.
pub(crate) fn quick() -> Policy {
    Policy::default().with_pauses(Duration::from_millis(1), Duration::from_millis(2))
}
