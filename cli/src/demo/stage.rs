//! What the story is played on: the gateway, the client, and the page that it is written to.

use serde_json::{Value, json};
use wechatpay_core::api::bill::Download;
use wechatpay_core::notice::Event;
use wechatpay_core::{
    Answer, Effect, Fen, Merchant, Method, PlatformKeys, ResponseError, ToDraft, Unverified,
};
use wechatpay_gateway::{Account, Gateway, Running, Transfer, credentials};

use super::Balances;
use super::error::DemoError;
use super::page::{self, Breaks};
use super::receiver::Receiver;
use crate::report;
use crate::transport::{Client, Failure, Stack};

/// Money that is expected to move: from, to, fen.
pub(super) type Move = (Account, Account, i64);

/// Whether the story waits for whoever watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    Through,
    /// It stops after each step.
    StepByStep,
}

pub(super) struct Stage {
    gateway: Running,
    client: Client,
    receiver: Receiver,
    pace: Pace,
    step: usize,
    /// The last step that was waited after.
    seen: usize,
    /// How many of the ledger's entries were told.
    told: usize,
}

impl Stage {
    /// Starts the gateway, and a client that holds no platform key yet.
    pub(super) fn open(stack: Stack, pace: Pace) -> Result<Self, DemoError> {
        let gateway = Gateway::start().map_err(DemoError::Start)?;
        let merchant = Merchant::new(credentials::MCHID)?.at(&gateway.base_url())?;
        let signer = credentials::merchant_signer()?;
        let client = Client::new(stack, merchant, signer, PlatformKeys::new())?;
        let told = gateway.engine().lock().ledger().entries().len();
        Ok(Self {
            gateway,
            client,
            receiver: Receiver::start()?.map_err(DemoError::Start)?,
            pace,
            step: 0,
            seen: 0,
            told,
        })
    }

    /// Where the gateway listens.
    pub(super) fn base_url(&self) -> String {
        self.gateway.base_url()
    }

    /// What carries the calls.
    pub(super) fn stack(&self) -> &'static str {
        match self.client.stack() {
            Stack::Hyper => "hyper",
            Stack::Ureq => "ureq",
        }
    }

    /// Writes a line.
    pub(super) fn line(&self, text: &str) -> Result<(), DemoError> {
        report::print(&format!("{text}\n")).map_err(DemoError::Print)
    }

    /// Writes words beside a label.
    pub(super) fn tell(&self, label: &str, text: &str) -> Result<(), DemoError> {
        self.line(&page::entry(label, text, Breaks::Words))
    }

    fn tell_json(&self, text: &str) -> Result<(), DemoError> {
        self.line(&page::entry("", text, Breaks::Json))
    }

    /// Where callbacks are taken.
    pub(super) fn notify_url(&self) -> &str {
        self.receiver.url()
    }

    /// Waits for the callback that an operation brought about, and tells of it.
    pub(super) fn callback(&mut self) -> Result<Event, DemoError> {
        let came = self.receiver.next();
        let came = came.map_err(|e| DemoError::NoCallback(self.step, e))?;
        let notice = came.map_err(|e| DemoError::Callback(self.step, e))?;
        self.tell(
            "notice",
            &format!("{}, verified and opened", notice.event_type.text()),
        )?;
        self.tell_json(&String::from_utf8_lossy(&notice.plaintext))?;
        self.expect_moves(&[])?;
        Ok(notice.event)
    }

    /// A callback came that tells of something else.
    pub(super) fn other_callback<T>(&self, expected: &str) -> Result<T, DemoError> {
        Err(DemoError::Answer {
            step: self.step,
            expected: format!("a callback that tells of {expected}"),
            found: "one of another kind".to_owned(),
        })
    }

    /// Lets time pass by the story's scenes only, however long whoever watches takes.
    pub(super) fn stop_clock(&self) -> Result<(), DemoError> {
        let stand_still = json!({ "speed": 0 });
        self.gateway
            .admin(Method::PUT, "/_gateway/clock", &stand_still)?;
        Ok(())
    }

    /// The day on the gateway's clock, as bills name it.
    pub(super) fn today(&self) -> Result<String, DemoError> {
        let clock = self
            .gateway
            .admin(Method::GET, "/_gateway/clock", &Value::Null)?;
        let time = clock["time"].as_str().and_then(|time| time.get(..10));
        time.map(str::to_owned).ok_or(DemoError::Field("time"))
    }

    /// Waits, where whoever watches wants it so.
    fn pause(&mut self) -> Result<(), DemoError> {
        if self.pace == Pace::Through || self.step == self.seen {
            return Ok(());
        }
        self.seen = self.step;
        report::say(format_args!(
            "-- after step {}: Enter goes on, q ends the story; the ledger is at {}/_gateway/ledger",
            self.step,
            self.gateway.base_url()
        ));
        let mut line = String::new();
        let read = std::io::stdin().read_line(&mut line);
        match read.map_err(DemoError::Read)? {
            // Nobody is there to press a key.
            0 => {
                self.pace = Pace::Through;
                Ok(())
            }
            _ if line.trim().eq_ignore_ascii_case("q") => Err(DemoError::Ended),
            _ => Ok(()),
        }
    }

    /// Begins a chapter.
    pub(super) fn chapter(&mut self, title: &str) -> Result<(), DemoError> {
        self.pause()?;
        self.line("")?;
        self.line(&format!("== {title} =="))
    }

    /// Begins a step.
    pub(super) fn step(&mut self, title: &str) -> Result<(), DemoError> {
        self.pause()?;
        self.step += 1;
        self.line("")?;
        self.line(&format!("{:>2}. {title}", self.step))
    }

    /// The platform's certificates, by which answers are verified from here on.
    pub(super) fn download_certificates(mut self) -> Result<Self, DemoError> {
        let key = credentials::api_v3_key()?;
        self.tell("ask", "GET /v3/certificates")?;
        let answer = self.client.certificates(&key)?;
        self.show_status(&answer)?;
        let found = ids(&answer.value);
        self.tell(
            "",
            &format!("opened with the APIv3 key, and verified with the certificate in it: {found}"),
        )?;
        self.expect_answer(credentials::PLATFORM_CERT_SERIAL, &found)?;
        self.client = self.client.trusting(answer.value);
        self.expect_moves(&[])?;
        Ok(self)
    }

    /// Verifies with the platform's public key from here on, as merchants without certificates do.
    pub(super) fn trust_public_key(mut self) -> Result<Self, DemoError> {
        self.client = self.client.trusting(credentials::platform_keys()?);
        self.line("")?;
        self.line("From here on answers are signed by the WeChat Pay public key (微信支付公钥),")?;
        self.line(&format!(
            "{}, and verified with it.",
            credentials::PUBLIC_KEY_ID
        ))?;
        Ok(self)
    }

    /// Sets a scene through the gateway's administration.
    pub(super) fn scene(
        &mut self,
        path: &str,
        body: &Value,
        moves: &[Move],
    ) -> Result<Value, DemoError> {
        self.tell("scene", &format!("POST {path}"))?;
        if !body.is_null() {
            self.tell_json(&body.to_string())?;
        }
        let answer = self.gateway.admin(Method::POST, path, body)?;
        self.expect_moves(moves)?;
        Ok(answer)
    }

    /// Makes a call that succeeds.
    pub(super) fn call<O: ToDraft>(
        &mut self,
        operation: &O,
        moves: &[Move],
    ) -> Result<O::Response, DemoError> {
        self.show_request(operation)?;
        let answer = self.client.call(operation)?;
        self.show_status(&answer)?;
        self.tell_json(&String::from_utf8_lossy(&answer.body))?;
        self.expect_moves(moves)?;
        Ok(answer.value)
    }

    /// Downloads a file, which no signature covers.
    pub(super) fn download(&mut self, download: &Download) -> Result<Unverified, DemoError> {
        self.show_request(download)?;
        let answer = self.client.call(download)?;
        self.show_status(&answer)?;
        let length = answer.value.0.len();
        self.tell("", &format!("a file of {length} bytes"))?;
        self.expect_moves(&[])?;
        Ok(answer.value)
    }

    /// Makes a call that the gateway refuses, by a signed answer, and that moves nothing.
    pub(super) fn refused<O: ToDraft>(&mut self, operation: &O) -> Result<(), DemoError> {
        self.show_request(operation)?;
        let Err(failure) = self.client.call(operation) else {
            return Err(DemoError::NotRefused(self.step));
        };
        match &failure {
            Failure::Answered(error) if is_refusal(error) => {
                let status = error.api().map_or(0, |api| api.status.as_u16());
                let id = error.request_id.as_deref().unwrap_or("none");
                self.tell("answer", &format!("{status}, request id {id}"))?;
                self.tell("error", &failure.to_string())?;
                self.expect_moves(&[])
            }
            _ => Err(failure.into()),
        }
    }

    /// Holds what an answer says against what it should say.
    pub(super) fn expect_answer(&self, expected: &str, found: &str) -> Result<(), DemoError> {
        if found == expected {
            return Ok(());
        }
        Err(DemoError::Answer {
            step: self.step,
            expected: expected.to_owned(),
            found: found.to_owned(),
        })
    }

    /// What every account holds.
    pub(super) fn balances(&self) -> Balances {
        let engine = self.gateway.engine().lock();
        let balances = engine.ledger().balances();
        balances
            .map(|(account, fen)| (account.clone(), fen))
            .collect()
    }

    /// What all accounts hold together, in the ledger's own count.
    pub(super) fn ledger_sum(&self) -> Fen {
        self.gateway.engine().lock().ledger().sum()
    }

    fn show_request<O: ToDraft>(&self, operation: &O) -> Result<(), DemoError> {
        let draft = self.client.merchant().draft(operation)?;
        let line = format!("{} {}", draft.operation().method(), draft.target());
        self.tell("ask", &line)?;
        if draft.body().is_empty() {
            return Ok(());
        }
        self.tell_json(&String::from_utf8_lossy(draft.body()))
    }

    fn show_status<T>(&self, answer: &Answer<T>) -> Result<(), DemoError> {
        let id = answer.request_id.as_deref().unwrap_or("none");
        let status = answer.status.as_u16();
        self.tell("answer", &format!("{status}, request id {id}"))
    }

    /// Tells what moved since the last time, and holds it against what should have.
    fn expect_moves(&mut self, expected: &[Move]) -> Result<(), DemoError> {
        let moved = self.new_transfers();
        if moved.is_empty() {
            self.tell("moved", "nothing")?;
        }
        for transfer in &moved {
            self.tell("moved", &words_of(transfer))?;
        }
        for (account, balance) in self.concerned(&moved) {
            self.tell("now", &format!("{account} {balance}"))?;
        }
        let expected: Vec<String> = expected.iter().map(words_of_move).collect();
        let found: Vec<String> = moved.iter().map(words_of).collect();
        if expected == found {
            return Ok(());
        }
        Err(DemoError::Moved {
            step: self.step,
            expected: list(&expected),
            found: list(&found),
        })
    }

    fn new_transfers(&mut self) -> Vec<Transfer> {
        let engine = self.gateway.engine().lock();
        let entries = engine.ledger().entries();
        let new = entries.iter().skip(self.told);
        self.told = entries.len();
        new.flat_map(|entry| entry.transfers.iter().cloned())
            .collect()
    }

    /// The accounts of some transfers, each once, with what they hold.
    fn concerned(&self, transfers: &[Transfer]) -> Balances {
        let engine = self.gateway.engine().lock();
        let mut accounts: Vec<&Account> = Vec::new();
        for account in transfers.iter().flat_map(|t| [&t.from, &t.to]) {
            if !accounts.contains(&account) {
                accounts.push(account);
            }
        }
        let with_balance = |account: &Account| (account.clone(), engine.ledger().balance(account));
        accounts.into_iter().map(with_balance).collect()
    }
}

/// A signed 4xx: proof that nothing happened.
fn is_refusal(error: &ResponseError) -> bool {
    error.effect() == Effect::None && error.api().is_some_and(|api| api.status.is_client_error())
}

fn ids(keys: &PlatformKeys) -> String {
    let ids: Vec<&str> = keys.iter().map(|(id, _)| id.as_str()).collect();
    ids.join(", ")
}

fn words_of(transfer: &Transfer) -> String {
    let Transfer {
        from, to, amount, ..
    } = transfer;
    format!("{from} -> {to} {amount}")
}

fn words_of_move((from, to, amount): &Move) -> String {
    format!("{from} -> {to} {}", Fen::new(*amount))
}

fn list(moves: &[String]) -> String {
    match moves {
        [] => "nothing".to_owned(),
        moves => moves.join(", "),
    }
}
