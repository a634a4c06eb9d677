//! The whole of it, without a socket, a thread or a clock: merchants, the platform, the network between
//! them, and what has to hold. One seed decides everything.

mod ask;
mod buyers;
mod byhand;
mod chaos;
mod client;
mod dice;
mod disk;
mod draw;
mod executor;
mod jobs;
mod merchant;
mod moving;
mod network;
mod oracle;
mod place;
mod placed;
mod platform;
mod protection;
mod sealed;
mod shop;
mod weather;
mod work;
mod world;

use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::{Value, json};
use wechatpay_core::http::Method;
use wechatpay_core::{AwsLcSigner, KeyError};
use wechatpay_gateway::credentials;

use executor::Owner;
use merchant::Merchant;
use world::World;

pub(crate) use oracle::{Law, Violation};
pub(crate) use protection::Protection;
pub(crate) use weather::Fault;
pub(crate) use work::{Told, Work};
pub(crate) use world::{Keys, Tell};

/// Merchants work for so long at most.
const STORM: u64 = 900_000;
/// The longest time that something is on its way, and then some.
const CALM: u64 = 2_200_000;
/// Enough for every merchant to settle what is open, again and again.
const SETTLING: u64 = 7_200_000;
/// A day, in which the platform repeats its callbacks.
const DAY: u64 = 90_000_000;

/// How a simulation ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) seed: u64,
    /// Of all that happened, byte for byte.
    pub(crate) digest: [u8; 32],
    pub(crate) violations: Vec<Violation>,
    pub(crate) injected: BTreeMap<Fault, u64>,
    /// Requests that reached the platform.
    pub(crate) requests: u64,
    pub(crate) undertakings: usize,
    pub(crate) steps: u64,
    /// What was called how often, and how it ended.
    pub(crate) calls: BTreeMap<(&'static str, Told), u64>,
    pub(crate) story: Vec<String>,
}

/// What all seeds share.
pub(crate) fn keys() -> Result<Keys, KeyError> {
    let pem = credentials::MERCHANT_KEY_PEM.as_bytes();
    let signer = AwsLcSigner::from_pem(credentials::MERCHANT_SERIAL, pem)?;
    Ok(Keys {
        signer: Rc::new(signer),
        envelopes: sealed::Envelopes::new(),
    })
}

/// Runs one seed to its end.
pub(crate) fn run(seed: u64, off: Option<Protection>, keys: &Keys, tell: Tell) -> Ended {
    let world = World::new(seed, off, keys, tell);
    open(&world);
    world.executor.run_until(STORM);
    world.heal();
    // What is on its way arrives, and who was down comes back.
    world.executor.run_until(STORM + CALM);
    world.settle_keys();
    for merchant in world.merchants.borrow().iter() {
        let merchant = Rc::clone(merchant);
        let settling = async move { merchant.settle_all().await };
        world.executor.spawn(Owner::World, settling);
    }
    world.executor.run_until(STORM + CALM + SETTLING);
    let later = json!({ "advance_seconds": 120 });
    world.admin(Method::POST, "/_gateway/clock", &later);
    world.executor.run_until(STORM + CALM + SETTLING + DAY);
    reckon(&world);
    let oracle = world.oracle.borrow();
    let ended = Ended {
        seed,
        digest: world.transcript.digest(),
        violations: oracle.violations().to_vec(),
        injected: world.weather.injected(),
        requests: world.requests.get(),
        undertakings: oracle.intents(),
        steps: oracle.steps,
        calls: world.outcomes.borrow().clone(),
        story: world.transcript.lines(),
    };
    drop(oracle);
    world.close();
    ended
}

fn open(world: &Rc<World>) {
    if world.dice.percent(50) {
        let lifted = json!({ "rates": "lifted" });
        world.admin(Method::PUT, "/_gateway/limits", &lifted);
    }
    let speed = json!({ "speed": world.dice.pick(&[1, 10, 60]) });
    world.admin(Method::PUT, "/_gateway/clock", &speed);
    for index in 0..world.dice.within(1..=3) as usize {
        let merchant = Rc::new(Merchant::draw(world, index));
        world.merchants.borrow_mut().push(merchant);
    }
    for merchant in world.merchants.borrow().iter() {
        merchant.start(world);
    }
    world
        .executor
        .spawn(Owner::World, Rc::clone(world).happen());
    world
        .executor
        .spawn(Owner::World, Rc::clone(world).courier());
    let treasury = Rc::clone(world).treasury(STORM + CALM);
    world.executor.spawn(Owner::World, treasury);
}

/// Holds everything against everything, once all is over.
fn reckon(world: &Rc<World>) {
    let notices = world.admin(Method::GET, "/_gateway/notices", &Value::Null);
    let notices = notices.unwrap_or_default();
    let mut oracle = world.oracle.borrow_mut();
    oracle.now = world.executor.now();
    let ended = notices["delivered"].as_u64().unwrap_or_default()
        + notices["given_up"].as_u64().unwrap_or_default();
    if notices["queued"].as_u64() != Some(ended) {
        oracle.broken(Law::Delivered, notices.to_string());
    }
    oracle.reckons();
}
