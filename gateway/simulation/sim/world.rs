//! What all share: the clock, chance, the weather, the platform, and who watches.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use ring::digest::{Context, SHA256};
use wechatpay_core::AwsLcSigner;
use wechatpay_core::Bytes;
use wechatpay_core::http::Response;

use super::dice::Dice;
use super::executor::Executor;
use super::merchant::Merchant;
use super::network::Lines;
use super::oracle::{CallId, Oracle};
use super::platform::Platform;
use super::protection::Protection;
use super::sealed::Envelopes;
use super::weather::Weather;
use super::work::Told;

pub(crate) struct World {
    pub(crate) executor: Executor,
    pub(crate) dice: Dice,
    pub(crate) weather: Weather,
    pub(crate) oracle: RefCell<Oracle>,
    pub(crate) platform: RefCell<Platform>,
    pub(crate) merchants: RefCell<Vec<Rc<Merchant>>>,
    pub(crate) lines: Lines,
    /// Signs as the caller that all merchants are.
    pub(crate) signer: Rc<AwsLcSigner>,
    pub(crate) envelopes: Rc<Envelopes>,
    /// What the simulator's tests turned off.
    pub(crate) off: Option<Protection>,
    /// Answers that were sent, for whoever sends them again.
    pub(crate) overheard: RefCell<Vec<(String, Response<Bytes>)>>,
    pub(crate) transcript: Transcript,
    calls: Cell<CallId>,
    pub(crate) outcomes: RefCell<BTreeMap<(&'static str, Told), u64>>,
    pub(crate) requests: Cell<u64>,
}

/// What is the same for all seeds, and takes time to make.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) signer: Rc<AwsLcSigner>,
    pub(crate) envelopes: Rc<Envelopes>,
}

impl World {
    pub(crate) fn new(seed: u64, off: Option<Protection>, keys: &Keys, tell: Tell) -> Rc<Self> {
        let dice = Dice::new(seed);
        let weather = Weather::draw(&dice);
        Rc::new(Self {
            executor: Executor::default(),
            dice,
            weather,
            oracle: RefCell::default(),
            platform: RefCell::new(Platform::start()),
            merchants: RefCell::default(),
            lines: Lines::default(),
            signer: Rc::clone(&keys.signer),
            envelopes: Rc::clone(&keys.envelopes),
            off,
            overheard: RefCell::default(),
            transcript: Transcript::new(tell),
            calls: Cell::new(0),
            outcomes: RefCell::default(),
            requests: Cell::new(0),
        })
    }

    pub(crate) fn is_off(&self, protection: Protection) -> bool {
        self.off == Some(protection)
    }

    pub(crate) fn next_call(&self) -> CallId {
        self.calls.set(self.calls.get() + 1);
        self.calls.get()
    }

    /// Lets go of everything: what waits holds the world that it waits in.
    pub(crate) fn close(&self) {
        self.executor.end();
        self.merchants.borrow_mut().clear();
    }

    /// Writes down what happens.
    pub(crate) fn note(&self, words: &str) {
        self.transcript.line(self.executor.now(), words);
    }
}

/// Whether the story is kept for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tell {
    /// Its digest alone.
    Nothing,
    /// The last of it.
    End,
    Everything,
}

/// All that happened, in order, as a digest: two runs of a seed are equal when it is.
pub(crate) struct Transcript {
    digest: RefCell<Context>,
    lines: RefCell<VecDeque<String>>,
    tell: Tell,
}

impl Transcript {
    fn new(tell: Tell) -> Self {
        Self {
            digest: RefCell::new(Context::new(&SHA256)),
            lines: RefCell::default(),
            tell,
        }
    }

    fn line(&self, at: u64, words: &str) {
        let mut digest = self.digest.borrow_mut();
        digest.update(&at.to_be_bytes());
        digest.update(words.as_bytes());
        if self.tell == Tell::Nothing {
            return;
        }
        const LAST: usize = 400;
        let mut lines = self.lines.borrow_mut();
        if self.tell == Tell::End && lines.len() == LAST {
            lines.pop_front();
        }
        lines.push_back(format!("{:>10}.{:03}  {words}", at / 1_000, at % 1_000));
    }

    /// Takes bytes in that were sent.
    pub(crate) fn bytes(&self, bytes: &[u8]) {
        let mut digest = self.digest.borrow_mut();
        digest.update(&bytes.len().to_be_bytes());
        digest.update(bytes);
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.digest.borrow().clone().finish().as_ref());
        bytes
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.borrow().iter().cloned().collect()
    }
}
