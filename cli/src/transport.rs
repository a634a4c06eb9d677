//! One client over both HTTP stacks.

use std::error::Error as StdError;

use clap::ValueEnum;
use thiserror::Error;
use wechatpay_core::{
    Answer, ApiV3Key, CallError, DraftError, Merchant, PlatformKeys, Policy, Replay, ResponseError,
    RsaSigner, SignError, ToDraft,
};

use crate::recorder::Recorder;

/// The HTTP stack that carries a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stack {
    /// hyper, the asynchronous transport
    #[default]
    Hyper,
    /// ureq, the blocking transport
    Ureq,
}

/// Why a call brought no value, whichever stack carried it.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// The operation is at fault; nothing was sent.
    #[error(transparent)]
    Draft(DraftError),
    /// The signer is at fault; nothing was sent.
    #[error(transparent)]
    Sign(SignError),
    /// No connection was made; nothing was sent.
    #[error("{0}")]
    NotSent(String),
    /// The request may have arrived, and no whole answer came back.
    #[error("{words}")]
    NoAnswer {
        words: String,
        /// What may be done about it, where the transport told.
        replay: Option<Replay>,
    },
    /// The platform answered, and not with what was asked for.
    #[error(transparent)]
    Answered(Box<ResponseError>),
    /// The transport itself could not be set up; nothing was sent.
    #[error("the HTTP stack could not be started: {0}; nothing was sent")]
    Start(std::io::Error),
}

impl<E: StdError + 'static> From<CallError<E>> for Failure {
    fn from(error: CallError<E>) -> Self {
        let words = error.to_string();
        match error {
            CallError::Draft(error) => Self::Draft(error),
            CallError::Sign(error) => Self::Sign(error),
            CallError::NotSent { .. } => Self::NotSent(words),
            CallError::Answered(error) => Self::Answered(Box::new(error)),
            CallError::Unknown { replay, .. } => Self::NoAnswer {
                words,
                replay: Some(replay),
            },
            // What is not known to be unsent may have arrived.
            _ => Self::NoAnswer {
                words,
                replay: None,
            },
        }
    }
}

/// A client of the chosen stack, for one merchant.
#[derive(Debug)]
pub(crate) struct Client {
    merchant: Merchant,
    signer: Recorder,
    wire: Wire,
}

#[derive(Debug)]
enum Wire {
    Hyper {
        runtime: tokio::runtime::Runtime,
        client: Box<wechatpay_hyper::Client<Recorder, PlatformKeys>>,
    },
    Ureq(Box<wechatpay_ureq::Client<Recorder, PlatformKeys>>),
}

impl Client {
    /// Opens no connection yet. Each call will be one attempt: whoever sits at the terminal decides
    /// about another.
    pub(crate) fn new(
        stack: Stack,
        merchant: Merchant,
        signer: RsaSigner,
        keys: PlatformKeys,
    ) -> Result<Self, Failure> {
        let signer = Recorder::new(signer);
        let wire = match stack {
            Stack::Hyper => Wire::Hyper {
                runtime: tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .map_err(Failure::Start)?,
                client: Box::new(
                    wechatpay_hyper::Client::new(merchant.clone(), signer.clone(), keys)
                        .with_policy(Policy::once()),
                ),
            },
            Stack::Ureq => Wire::Ureq(Box::new(
                wechatpay_ureq::Client::new(merchant.clone(), signer.clone(), keys)
                    .with_policy(Policy::once()),
            )),
        };
        Ok(Self {
            merchant,
            signer,
            wire,
        })
    }

    /// The same caller, on the same connections, who verifies with other keys.
    pub(crate) fn trusting(self, keys: PlatformKeys) -> Self {
        let wire = match self.wire {
            Wire::Hyper { runtime, client } => Wire::Hyper {
                runtime,
                client: Box::new(client.with_keys(keys)),
            },
            Wire::Ureq(client) => Wire::Ureq(Box::new(client.with_keys(keys))),
        };
        Self { wire, ..self }
    }

    /// Makes one attempt.
    pub(crate) fn call<O: ToDraft>(&self, operation: &O) -> Result<Answer<O::Response>, Failure> {
        Ok(match &self.wire {
            Wire::Hyper { runtime, client } => runtime.block_on(client.call_full(operation))?,
            Wire::Ureq(client) => client.call_full(operation)?,
        })
    }

    /// Downloads the platform's certificates, with no platform key held.
    pub(crate) fn certificates(&self, key: &ApiV3Key) -> Result<Answer<PlatformKeys>, Failure> {
        Ok(match &self.wire {
            Wire::Hyper { runtime, client } => runtime.block_on(client.certificates(key))?,
            Wire::Ureq(client) => client.certificates(key)?,
        })
    }

    /// What carries the calls.
    pub(crate) fn stack(&self) -> Stack {
        match self.wire {
            Wire::Hyper { .. } => Stack::Hyper,
            Wire::Ureq(_) => Stack::Ureq,
        }
    }

    /// Who calls, and where to.
    pub(crate) fn merchant(&self) -> &Merchant {
        &self.merchant
    }

    /// What was signed last, and under which serial number.
    pub(crate) fn signer(&self) -> &Recorder {
        &self.signer
    }
}
