//! Stateful: whatever is asked of one engine, in whatever order, every fen is somewhere.

use std::collections::BTreeMap;

use arbitrary::{Arbitrary, Unstructured};
use serde_json::{Value, json};
use wechatpay_core::http::{Request, Response};
use wechatpay_core::{Bytes, Fen, Nonce, ToDraft};
use wechatpay_gateway::{Account, Engine, Entropy, Handled, Records};

use crate::scenes::{Scene, Step};
use crate::stage::{ENGINE, MERCHANT, NOW, PLATFORM_KEYS, SIGNER};

/// More steps than these meet nothing new.
const MOST_STEPS: usize = 48;

/// A sequence of signed requests, scenes and waits: after each the ledger's sum is zero, its balances
/// are the fold of its entries, and nobody owes who may not; what is refused, or asked twice, moves
/// nothing; and an engine that is made of the records is the same.
pub fn ledger(data: &[u8]) {
    let Ok(steps) = Vec::<Step>::arbitrary_take_rest(Unstructured::new(data)) else {
        return;
    };
    let mut engine = ENGINE.at_its_start();
    let mut play = Play::new(&mut engine);
    for step in steps.into_iter().take(MOST_STEPS) {
        match step {
            Step::Scene(Scene::Restart) => play.restart(),
            Step::Scene(scene) => play.scene(&scene),
            Step::Ask(ask) => {
                play.ask(&ask);
            }
            Step::AskTwice(ask) => {
                play.ask(&ask);
                let before = play.engine.ledger().entries().len();
                play.ask(&ask);
                let after = play.engine.ledger().entries().len();
                assert_eq!(before, after, "asked twice, it moved twice");
            }
        }
        play.count();
    }
    play.restart();
}

pub(crate) struct Play<'a> {
    engine: &'a mut Engine,
    requests: u64,
    records: Records,
    /// What the entries say, as far as they were counted.
    counted: BTreeMap<Account, i64>,
    entries: usize,
    /// The numbers that the platform gave to refunds.
    pub(crate) refunds: Vec<String>,
}

impl<'a> Play<'a> {
    fn new(engine: &'a mut Engine) -> Self {
        let mut play = Self {
            engine,
            requests: 0,
            records: Records::default(),
            counted: BTreeMap::new(),
            entries: 0,
            refunds: vec![
                "3008450740201411110007820472".to_owned(),
                "50000000382019052709732678859".to_owned(),
                "50100506732021010105138718375".to_owned(),
            ],
        };
        // The clock stands still: nothing is held to the rates of a second.
        play.admin("PUT", "/_gateway/limits", &json!({ "rates": "lifted" }));
        play
    }

    /// Calls the administration; what it refuses moves nothing.
    pub(crate) fn admin(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let body = match body {
            Value::Null => Bytes::new(),
            body => body.to_string().into(),
        };
        let request = Request::builder().method(method).uri(path).body(body);
        let before = self.engine.ledger().entries().len();
        let response = self.send(&request.expect("the request is in order"));
        if !response.status().is_success() {
            assert_eq!(before, self.engine.ledger().entries().len());
        }
        serde_json::from_slice(response.body()).expect("the administration answers in JSON")
    }

    /// Makes a call as a merchant does, unless it breaks a documented limit. The answer is signed; a
    /// refusal moves nothing.
    pub(crate) fn call<O: ToDraft>(&mut self, operation: &O) -> Option<O::Response> {
        let draft = MERCHANT.draft_for(operation, &*PLATFORM_KEYS).ok()?;
        let unsigned = draft.stamp(NOW, Nonce::from_entropy([7; 16]));
        let prepared = unsigned.sign(&*SIGNER).expect("the key signs");
        let before = self.engine.ledger().entries().len();
        let response = self.send(&prepared.request);
        match prepared.pending.complete(&response, &*PLATFORM_KEYS, NOW) {
            Ok(answer) => Some(answer.value),
            Err(error) => {
                let api = error.api().unwrap_or_else(|| panic!("{error}"));
                assert!(api.is_verified(), "{error}");
                assert!(api.status.is_client_error(), "{error}");
                assert_ne!(api.code, "SIGN_ERROR", "{error}");
                assert_eq!(before, self.engine.ledger().entries().len(), "{error}");
                None
            }
        }
    }

    fn send(&mut self, request: &Request<Bytes>) -> Response<Bytes> {
        self.requests += 1;
        let mut entropy = [0; 32];
        for part in entropy.chunks_mut(8) {
            part.copy_from_slice(&self.requests.to_be_bytes());
        }
        match self.engine.handle(request, NOW, Entropy::new(entropy)) {
            Handled::Answer { response, .. } => response,
            other => panic!("no answer: {other:?}"),
        }
    }

    /// Lets time pass, and what is due happen.
    pub(crate) fn wait(&mut self, seconds: u64) {
        let body = json!({ "advance_seconds": seconds });
        self.admin("POST", "/_gateway/clock", &body);
        self.admin("GET", "/_gateway/clock", &Value::Null);
    }

    /// Holds the ledger to its laws.
    fn count(&mut self) {
        let ledger = self.engine.ledger();
        assert_eq!(ledger.sum(), Fen::ZERO);
        for entry in &ledger.entries()[self.entries..] {
            for transfer in &entry.transfers {
                assert!(transfer.amount.is_positive() && transfer.from != transfer.to);
                let amount = transfer.amount.get();
                *self.counted.entry(transfer.from.clone()).or_default() -= amount;
                *self.counted.entry(transfer.to.clone()).or_default() += amount;
            }
        }
        self.entries = ledger.entries().len();
        let balances = ledger.balances().map(|(account, fen)| (account, fen.get()));
        assert!(balances.eq(self.counted.iter().map(|(account, fen)| (account, *fen))));
        for (account, balance) in &self.counted {
            assert!(*balance >= 0 || account.may_be_negative(), "{account} owes");
        }
    }

    /// The process dies, and another takes over.
    fn restart(&mut self) {
        self.records.keep(self.engine.changes());
        let mut restored = Engine::restore(&self.records).expect("what was kept is taken in");
        assert_eq!(restored.ledger(), self.engine.ledger());
        assert!(restored.changes().is_empty());
        assert_eq!(business(&restored), business(self.engine));
        *self.engine = restored;
    }
}

/// All that an engine remembers of its business: what is written is not always what is read.
fn business(engine: &Engine) -> String {
    let all = format!("{engine:#?}");
    let from = all.find("\n    state: ").expect("an engine has a state");
    let to = all.find("\n    outbox: ").expect("an engine has an outbox");
    all[from..to].to_owned()
}
