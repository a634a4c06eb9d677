//! What happens by chance while merchants work: processes die, clocks jump, keys change, lines fail;
//! and the callbacks on their way.

use std::rc::Rc;

use serde_json::json;
use tokio::sync::oneshot;
use wechatpay_core::http::{Method, StatusCode};
use wechatpay_gateway::{Delivery, DeliveryOutcome, credentials};

use super::draw::MAKER;
use super::executor::{Millis, Owner};
use super::weather::Fault;
use super::world::World;

/// What chance may bring at any moment.
const EVENTS: &[Fault] = &[
    Fault::PlatformCrash,
    Fault::MerchantCrash,
    Fault::MainDown,
    Fault::BackupDown,
    Fault::BothDown,
    Fault::PlatformClockJump,
    Fault::PlatformClockDrift,
    Fault::MerchantClockJump,
    Fault::MerchantClockDrift,
    Fault::Rotation,
    Fault::PublicKeyOnly,
    Fault::RollBack,
    Fault::SplitSwitch,
    Fault::Redeclared,
];

/// Clocks that are right by people's standards differ by this much at most, in milliseconds. Two of
/// them together stay within the 5 minutes.
const DRIFT: u64 = 140_000;

impl World {
    /// Lets things happen, until the weather clears up.
    pub(crate) async fn happen(self: Rc<Self>) {
        loop {
            self.executor.sleep(self.dice.within(1_000..=30_000)).await;
            if let Some(event) = self.weather.first(EVENTS, &self.dice) {
                self.note(event.name());
                self.befall(event);
            }
        }
    }

    /// The accounts that subsidies are paid from run dry, and are filled up.
    pub(crate) async fn treasury(self: Rc<Self>, until: Millis) {
        while self.executor.now() < until {
            for account in ["platform:operation".to_owned(), format!("merchant:{MAKER}")] {
                let balance = self.dice.pick(&[0, 200_000]);
                let funds = json!({ "account": account, "balance": balance });
                self.admin(Method::POST, "/_gateway/balances", &funds);
            }
            self.executor.sleep(self.dice.within(10_000..=90_000)).await;
        }
    }

    fn befall(self: &Rc<Self>, event: Fault) {
        let merchants = self.merchants.borrow().clone();
        let Some(merchant) = self.dice.pick(&merchants) else {
            return;
        };
        match event {
            Fault::PlatformCrash => self.crash_platform(),
            Fault::MerchantCrash => merchant.crash(self),
            Fault::MainDown => self.fail(&[&self.lines.main]),
            Fault::BackupDown => self.fail(&[&self.lines.backup]),
            Fault::BothDown => self.fail(&[&self.lines.main, &self.lines.backup]),
            // So far off that it agrees with nobody's.
            Fault::PlatformClockJump => self.set_platform_clock(6_000_000..=8_000_000),
            Fault::PlatformClockDrift => self.set_platform_clock(0..=DRIFT),
            Fault::MerchantClockJump => merchant.skew.set(self.off_by(2_400_000..=4_000_000)),
            Fault::MerchantClockDrift => merchant.skew.set(self.off_by(0..=DRIFT)),
            Fault::Rotation => self.rotate(),
            Fault::PublicKeyOnly => self.set_certificates("not_exists"),
            Fault::RollBack => self.set_certificates("listed"),
            Fault::SplitSwitch => {
                let share = self.dice.within(0..=100);
                let share = json!({ "public_key_percent": share });
                self.admin(Method::PUT, "/_gateway/switch", &share);
            }
            Fault::Redeclared => self.redeclare(),
            _ => {}
        }
    }

    fn off_by(&self, range: std::ops::RangeInclusive<u64>) -> i64 {
        let off = i64::try_from(self.dice.within(range)).unwrap_or_default();
        if self.dice.percent(50) { off } else { -off }
    }

    fn set_platform_clock(&self, range: std::ops::RangeInclusive<u64>) {
        let skew = self.off_by(range);
        self.platform.borrow_mut().skew = skew;
    }

    fn fail(&self, lines: &[&std::cell::Cell<u64>]) {
        let until = self.executor.now() + self.dice.within(1_000..=120_000);
        for line in lines {
            line.set(until);
        }
    }

    /// The next step of the rotation, whichever it is.
    fn rotate(self: &Rc<Self>) {
        for step in ["announce", "switch", "retire"] {
            let body = json!({ "step": step });
            if self
                .admin(Method::POST, "/_gateway/certificates", &body)
                .is_some()
            {
                return;
            }
        }
    }

    fn set_certificates(self: &Rc<Self>, available: &str) {
        let body = json!({ "available": available });
        self.admin(Method::POST, "/_gateway/certificates", &body);
    }

    /// A merchant goes over to the public key, or back.
    fn redeclare(&self) {
        let merchants = self.merchants.borrow();
        let Some(merchant) = self.dice.pick(&merchants) else {
            return;
        };
        let over = self.dice.percent(50);
        merchant.with_ring(|ring| {
            let (id, pem) = (credentials::PUBLIC_KEY_ID, credentials::PUBLIC_KEY_PEM);
            // What is not held cannot be declared, which changes nothing.
            let _ = if over {
                ring.add_public_key(id, pem.as_bytes())
            } else {
                ring.declare(credentials::PLATFORM_CERT_SERIAL)
            };
        });
    }

    /// Everything is as it should be, from now on.
    pub(crate) fn heal(self: &Rc<Self>) {
        self.weather.clear_up();
        self.note("the weather clears up");
        self.lines.main.set(0);
        self.lines.backup.set(0);
        self.platform.borrow_mut().skew = 0;
        for merchant in self.merchants.borrow().iter() {
            merchant.skew.set(0);
        }
    }

    /// Nobody minds the certificates any more: they are listed, and the public key is known.
    pub(crate) fn settle_keys(self: &Rc<Self>) {
        self.set_certificates("listed");
        let none = json!({ "public_key_percent": 0 });
        self.admin(Method::PUT, "/_gateway/switch", &none);
    }

    /// Carries callbacks, for as long as there are any.
    pub(crate) async fn courier(self: Rc<Self>) {
        loop {
            self.executor.sleep(1_000).await;
            for delivery in self.due_notices() {
                let world = Rc::clone(&self);
                let way = async move { world.deliver(delivery).await };
                self.executor.spawn(Owner::World, way);
            }
        }
    }

    async fn deliver(self: Rc<Self>, delivery: Delivery) {
        let Delivery {
            id, mut request, ..
        } = delivery;
        {
            let mut oracle = self.oracle.borrow_mut();
            oracle.signs(u64::MAX, request.headers(), request.body());
        }
        self.transcript.bytes(request.body());
        self.executor.sleep(self.dice.within(5..=500)).await;
        if self.weather.brings(Fault::LateNotice, &self.dice) {
            self.executor.sleep(self.dice.within(1_000..=40_000)).await;
        }
        if self.weather.brings(Fault::CorruptedNotice, &self.dice) {
            *request.body_mut() = self.with_another_byte(request.body());
        }
        let lost = self.weather.brings(Fault::LostNotice, &self.dice);
        let copies = 1 + u64::from(self.weather.brings(Fault::DuplicateNotice, &self.dice));
        let mut answer = None;
        for _ in 0..if lost { 0 } else { copies } {
            let (sender, receiver) = oneshot::channel();
            let index = request.uri().path().rsplit('/').next();
            let index: Option<usize> = index.and_then(|index| index.parse().ok());
            let merchants = self.merchants.borrow();
            let merchant = index.and_then(|index| merchants.get(index)).cloned();
            let Some(merchant) = merchant.filter(|merchant| merchant.is_up()) else {
                break;
            };
            let (owner, request) = (Owner::Merchant(merchant.index), request.clone());
            self.executor.spawn(owner, async move {
                // The platform may have hung up.
                let _ = sender.send(merchant.receive(request).await);
            });
            answer.get_or_insert(receiver);
        }
        let reply = async {
            match answer {
                Some(answer) => answer.await.ok(),
                None => None,
            }
        };
        let status = self.executor.within(5_000, reply).await.flatten();
        let heard = status.filter(|_| !self.weather.brings(Fault::LostReply, &self.dice));
        self.notice_answered(
            id,
            match heard {
                Some(status) => DeliveryOutcome::Answered(status),
                None => DeliveryOutcome::Unanswered("no answer".to_owned()),
            },
        );
        self.note(&format!(
            "a callback: {}",
            heard.as_ref().map_or("no answer", StatusCode::as_str)
        ));
    }
}
