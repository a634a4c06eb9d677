//! A merchant: what it has saved, and the process that works with it until it crashes.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::rc::Rc;

use wechatpay_core::http::{Request, StatusCode};
use wechatpay_core::notice::{Event, Payment};
use wechatpay_core::{Bytes, Deduplicator, Hosts, Keyring, Merchant as Caller, Reply};
use wechatpay_gateway::credentials;

use super::client::Client;
use super::disk::{Disk, Record};
use super::executor::{Millis, Owner};
use super::oracle::{Expects, Held};
use super::protection::Protection;
use super::shop::{Refund, Shop};
use super::weather::Fault;
use super::work::{Told, Work};
use super::world::World;
use super::{buyers, draw};

/// Requests are refused when their time is more than 5 minutes off the platform's clock. A clock may
/// be that much ahead, so one can be accepted this long after it was sent, and no longer.
const PATIENCE: Millis = 2 * 300_000 + 5_000;

/// The platform counts some operations by the minute.
const MINUTE: Millis = 61_000;

pub(crate) struct Merchant {
    pub(crate) index: usize,
    pub(crate) sub_mchid: String,
    /// How far its clock is off, in milliseconds.
    pub(crate) skew: Cell<i64>,
    pub(crate) disk: RefCell<Disk>,
    process: RefCell<Option<Rc<Process>>>,
}

struct Process {
    client: Client,
    seen: RefCell<Deduplicator>,
    /// Records that somebody is at.
    in_hand: RefCell<BTreeSet<usize>>,
}

impl Merchant {
    pub(crate) fn draw(world: &World, index: usize) -> Self {
        Self {
            index,
            sub_mchid: format!("19000{:05}", 77_001 + index),
            skew: Cell::new(0),
            disk: RefCell::new(Disk::draw(&world.dice)),
            process: RefCell::new(None),
        }
    }

    /// Starts its process, from what was saved.
    pub(crate) fn start(self: &Rc<Self>, world: &Rc<World>) {
        let disk = self.disk.borrow();
        let key = credentials::api_v3_key().expect("the gateway's credentials are whole");
        let caller = Caller::new(credentials::MCHID).expect("the gateway's credentials are whole");
        let client = Client {
            world: Rc::clone(world),
            caller,
            ring: Keyring::new(disk.keys.read()).with_api_v3_key(key),
            hosts: Hosts::new(),
            policy: disk.policy.clone(),
            merchant: self.index,
        };
        let mut seen = Deduplicator::new(NonZeroUsize::MAX);
        for id in &disk.applied {
            let claimed = seen.claim(id, client.now()).into_ticket();
            claimed.into_iter().for_each(|ticket| seen.done(ticket));
        }
        let process = Rc::new(Process {
            client,
            seen: RefCell::new(seen),
            in_hand: RefCell::default(),
        });
        for _ in 0..disk.workers {
            let (merchant, process) = (Rc::clone(self), Rc::clone(&process));
            let work = async move { merchant.work(&process).await };
            world.executor.spawn(Owner::Merchant(self.index), work);
        }
        drop(disk);
        *self.process.borrow_mut() = Some(process);
    }

    /// Its process dies. In a while it starts again.
    pub(crate) fn crash(self: &Rc<Self>, world: &Rc<World>) {
        if self.process.borrow_mut().take().is_none() {
            return;
        }
        world.note(&format!("merchant {} dies", self.index));
        world.executor.kill(Owner::Merchant(self.index));
        let (merchant, world) = (Rc::clone(self), Rc::clone(world));
        let again = Rc::clone(&world);
        world.executor.spawn(Owner::World, async move {
            let away = again.dice.within(500..=30_000);
            again.executor.sleep(away).await;
            again.note(&format!("merchant {} is back", merchant.index));
            merchant.start(&again);
        });
    }

    pub(crate) fn is_up(&self) -> bool {
        self.process.borrow().is_some()
    }

    /// The ring of its process.
    pub(crate) fn with_ring(&self, change: impl FnOnce(&Keyring)) {
        if let Some(process) = &*self.process.borrow() {
            change(&process.client.ring);
        }
    }

    async fn work(&self, process: &Process) {
        let world = &process.client.world;
        loop {
            world.executor.sleep(world.dice.within(100..=15_000)).await;
            if world.dice.percent(50) && self.settle_one(process).await {
                continue;
            }
            let steps = self.disk.borrow().steps_left;
            if steps == 0 {
                if !self.has_open() {
                    return;
                }
                continue;
            }
            self.disk.borrow_mut().steps_left = steps - 1;
            buyers::come(world, self);
            if let Some(work) = draw::work(world, self) {
                self.perform(process, work).await;
            }
        }
    }

    async fn perform(&self, process: &Process, work: Work) {
        let (client, world) = (&process.client, &process.client.world);
        let Some(expects) = work.expects() else {
            let _ = work.call(client, None).await;
            return;
        };
        // A number that is used again is another undertaking's, and so is its answer.
        let expects = if self.is_known(&work) {
            Expects::Nothing
        } else {
            expects
        };
        let name = format!("{} {}", work.name(), work.number().unwrap_or_default());
        let intent = world.oracle.borrow_mut().intends(name, expects);
        let record = Record {
            intent,
            work,
            held: Held::Unknown,
            due: 0,
            renumbered: 0,
        };
        if world.is_off(Protection::SavedBeforeSent) {
            let told = record.work.call(client, Some(intent)).await;
            let at = self.save(record);
            self.conclude(process, at, told, First::Yes);
        } else {
            let at = self.save(record);
            self.send(process, at, First::Yes).await;
        }
    }

    fn is_known(&self, work: &Work) -> bool {
        let disk = self.disk.borrow();
        let known = |record: &Record| record.work.number() == work.number();
        work.number().is_some() && disk.records.iter().any(known)
    }

    fn save(&self, record: Record) -> usize {
        let records = &mut self.disk.borrow_mut().records;
        records.push(record);
        records.len() - 1
    }

    async fn send(&self, process: &Process, at: usize, first: First) {
        let world = &process.client.world;
        process.in_hand.borrow_mut().insert(at);
        let (work, intent) = {
            let mut disk = self.disk.borrow_mut();
            let record = &mut disk.records[at];
            record.due = self.patience(world);
            (record.work.clone(), record.intent)
        };
        let told = work.call(&process.client, Some(intent)).await;
        self.disk.borrow_mut().records[at].due = self.patience(world);
        self.conclude(process, at, told, first);
    }

    /// Until when a request that is sent now may be carried out.
    fn patience(&self, world: &World) -> Millis {
        let patience = if world.is_off(Protection::Patience) {
            MINUTE
        } else {
            PATIENCE
        };
        world.executor.now() + patience
    }

    /// What a call told becomes what the merchant holds. An outcome that was unknown is settled only
    /// by the operation's own answer; a refusal settles it when no earlier attempt can arrive any more.
    fn conclude(&self, process: &Process, at: usize, told: Told, first: First) {
        let world = &process.client.world;
        process.in_hand.borrow_mut().remove(&at);
        let held = match (told, first) {
            (Told::Done, _) => Held::Done,
            (Told::Refused | Told::NotDone, First::Yes) | (Told::Refused, First::No) => {
                Held::Refused
            }
            (Told::NotDone, First::No) | (Told::Unknown, _) => Held::Unknown,
        };
        let mut disk = self.disk.borrow_mut();
        let record = &mut disk.records[at];
        record.held = held;
        world.note(&format!(
            "merchant {} holds {} {} as {held:?}",
            self.index,
            record.work.name(),
            record.work.number().unwrap_or_default()
        ));
        let mut oracle = world.oracle.borrow_mut();
        oracle.now = world.executor.now();
        oracle.holds(record.intent, held);
    }

    /// Settles an outcome that is unknown, if there is one whose time has come.
    async fn settle_one(&self, process: &Process) -> bool {
        let world = &process.client.world;
        let now = world.executor.now();
        let open: Vec<usize> = {
            let (disk, in_hand) = (self.disk.borrow(), process.in_hand.borrow());
            let is_open = |(at, record): &(usize, &Record)| {
                record.held == Held::Unknown && !in_hand.contains(at) && now >= record.due
            };
            let open = disk.records.iter().enumerate().filter(is_open);
            open.map(|(at, _)| at).collect()
        };
        let Some(at) = world.dice.pick(&open).copied() else {
            return false;
        };
        let asked = {
            let mut disk = self.disk.borrow_mut();
            let record = &mut disk.records[at];
            if world.is_off(Protection::SameNumber) {
                record.renumbered += 1;
                record.work = record.work.renumbered(10 + record.renumbered);
            }
            record.work.asks_first().then(|| record.work.clone())
        };
        match asked {
            Some(work) if !world.is_off(Protection::AskFirst) => {
                process.in_hand.borrow_mut().insert(at);
                let told = work.ask(&process.client).await;
                self.disk.borrow_mut().records[at].due = world.executor.now() + MINUTE;
                self.conclude(process, at, told.unwrap_or(Told::Unknown), First::No);
            }
            _ => self.send(process, at, First::No).await,
        }
        true
    }

    /// Settles everything, one after the other, in fair weather.
    pub(crate) async fn settle_all(&self) {
        let process = self.process.borrow().clone();
        let Some(process) = process else { return };
        while self.has_open() {
            let settled = self.settle_one(&process).await;
            let pause = if settled { 1_000 } else { 10_000 };
            process.client.world.executor.sleep(pause).await;
        }
    }

    fn has_open(&self) -> bool {
        let is_open = |record: &Record| record.held == Held::Unknown;
        self.disk.borrow().records.iter().any(is_open)
    }

    /// Takes a callback.
    pub(crate) async fn receive(&self, request: Request<Bytes>) -> StatusCode {
        let process = self.process.borrow().clone();
        let Some(process) = process else {
            return StatusCode::BAD_GATEWAY;
        };
        let world = &process.client.world;
        let notice = match process.client.open_notice(&request).await {
            Ok(notice) => notice,
            Err(error) => return Reply::refuse(&error).status(),
        };
        {
            let mut oracle = world.oracle.borrow_mut();
            oracle.now = world.executor.now();
            oracle.trusts(u64::MAX, "a notice", request.headers(), request.body());
        }
        let ticket = if world.is_off(Protection::Deduplication) {
            None
        } else {
            let now = process.client.now();
            match process
                .seen
                .borrow_mut()
                .claim(&notice.id, now)
                .into_ticket()
            {
                Ok(ticket) => Some(ticket),
                Err(reply) => return reply.status(),
            }
        };
        world.executor.sleep(world.dice.within(1..=3_000)).await;
        if world.weather.brings(Fault::FailedNotice, &world.dice) {
            ticket
                .into_iter()
                .for_each(|ticket| process.seen.borrow_mut().failed(ticket));
            return Reply::again("try later").status();
        }
        {
            let mut disk = self.disk.borrow_mut();
            disk.applied.insert(notice.id.clone());
            learn(&notice.event, &mut disk.shop);
            let mut oracle = world.oracle.borrow_mut();
            oracle.now = world.executor.now();
            oracle.applies(self.index, &notice.id);
        }
        ticket
            .into_iter()
            .for_each(|ticket| process.seen.borrow_mut().done(ticket));
        Reply::accept().status()
    }
}

/// Whether an undertaking is sent for the first time: then nothing came before that could be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    Yes,
    No,
}

fn learn(event: &Event, shop: &mut Shop) {
    match event {
        Event::Payment(Payment::Partner(order)) => {
            shop.was_paid(&order.out_trade_no, order.transaction_id.clone());
        }
        Event::Payment(Payment::Combined(order)) => {
            for order in &order.sub_orders {
                shop.was_paid(&order.out_trade_no, order.transaction_id.clone());
            }
        }
        Event::Refund(told) => {
            let refund = Refund {
                out_refund_no: told.out_refund_no.clone(),
                refund_id: told.refund_id.clone(),
            };
            shop.was_refunded(told.transaction_id.as_deref().unwrap_or_default(), refund);
        }
        _ => {}
    }
}
