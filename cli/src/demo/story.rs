//! The story itself, with every figure written out.

mod aftermath;
mod coupon;
mod fee;
mod order;
mod second;

use serde_json::{Value, json};
use wechatpay_core::Fen;
use wechatpay_gateway::{Account, Mchid, Purse, credentials};

use super::Balances;
use super::error::DemoError;
use super::stage::Stage;

/// The platform's app.
const APP: &str = "wx8888888888888888";
/// The sub-merchant of the subsidised orders: a tea shop.
const SHOP: &str = "1900077001";
/// The sub-merchant that is paid beside it: a bakery.
const BAKERY: &str = "1900077002";
/// The sub-merchant of the ticket: a travel agency.
const AGENCY: &str = "1900077003";
/// Who made the coupon.
const MAKER: &str = "1900077004";
/// The shop that honoured it.
const BRANCH: &str = "1900077005";

/// What the accounts of the story hold in the end, in fen.
pub(super) fn closing_balances() -> Result<Balances, DemoError> {
    Ok(vec![
        // 1,000,000 at the start, less the subsidy of 1,200, and 480 of it back.
        (Account::PlatformOperation, Fen::new(999_280)),
        // A commission of 800, 320 of it back, and a service fee of 300.
        (Account::PlatformIncome, Fen::new(780)),
        // 10,000 for the first order, 1,200 of subsidy, 800 shared and 320 of it back, 4,000
        // refunded, 480 of subsidy back; the second order came and went.
        (available(SHOP)?, Fen::new(6_240)),
        (unsettled(SHOP)?, Fen::ZERO),
        (frozen(SHOP)?, Fen::ZERO),
        (in_transit(SHOP)?, Fen::ZERO),
        // Paid together with the first order.
        (available(BAKERY)?, Fen::new(3_000)),
        (unsettled(BAKERY)?, Fen::ZERO),
        // 8,000 for the ticket, 7,000 refunded, 300 of fee.
        (available(AGENCY)?, Fen::new(700)),
        (in_transit(AGENCY)?, Fen::ZERO),
        // The coupon's subsidy of 900 went to the branch, and 500 of it came back.
        (merchant(MAKER)?, Fen::new(500)),
        (merchant(BRANCH)?, Fen::new(400)),
    ])
}

/// Plays all chapters.
pub(super) fn play(stage: Stage) -> Result<Stage, DemoError> {
    stage.line("The life of a subsidised order, on an embedded gateway (simulator)")?;
    stage.line("")?;
    stage.line(&format!(
        "  gateway     {}, a simulator behind a real socket",
        stage.base_url()
    ))?;
    stage.line(&format!("  transport   {}", stage.stack()))?;
    stage.line(&format!(
        "  caller      merchant {}, an e-commerce platform (电商平台)",
        credentials::MCHID
    ))?;
    stage.line(&format!(
        "  callbacks   {}, a server in this process",
        stage.notify_url()
    ))?;
    stage.line("  signatures  RSA of 2048 bits, made and verified on both sides")?;
    stage.line("")?;
    stage.line(
        "Each step is a call (ask, answer), a callback (notice), or a scene that the buyer or",
    )?;
    stage.line(
        "time sets; beneath it stands what moved in the ledger, and what the accounts concerned",
    )?;
    stage.line("hold now. The gateway's clock stands still but for the scenes that move it.")?;

    let mut stage = trust(stage)?;
    let order = order::place(&mut stage)?;
    let subsidy = order::subsidise(&mut stage, &order)?;
    order::share(&mut stage, &order)?;
    aftermath::take_back(&mut stage, &order, &subsidy)?;
    second::cancel(&mut stage)?;
    let mut stage = stage.trust_public_key()?;
    fee::take(&mut stage)?;
    coupon::subsidise(&mut stage)?;
    aftermath::read_bills(&mut stage)?;
    Ok(stage)
}

fn trust(mut stage: Stage) -> Result<Stage, DemoError> {
    stage.stop_clock()?;
    stage.chapter("Whom to trust")?;
    stage.step("Download the platform's certificates; no key is held yet")?;
    stage.download_certificates()
}

/// Lets time pass on the gateway's clock.
fn pass(stage: &mut Stage, seconds: u64, moves: &[super::stage::Move]) -> Result<(), DemoError> {
    let clock = json!({ "advance_seconds": seconds });
    stage.scene("/_gateway/clock", &clock, moves)?;
    Ok(())
}

fn text(value: &Value, field: &'static str) -> Result<String, DemoError> {
    let text = value.get(field).and_then(Value::as_str);
    text.map(str::to_owned).ok_or(DemoError::Field(field))
}

fn available(sub_mchid: &str) -> Result<Account, DemoError> {
    purse(sub_mchid, Purse::Available)
}

fn unsettled(sub_mchid: &str) -> Result<Account, DemoError> {
    purse(sub_mchid, Purse::Unsettled)
}

fn frozen(sub_mchid: &str) -> Result<Account, DemoError> {
    purse(sub_mchid, Purse::Frozen)
}

fn in_transit(sub_mchid: &str) -> Result<Account, DemoError> {
    purse(sub_mchid, Purse::InTransit)
}

fn purse(sub_mchid: &str, purse: Purse) -> Result<Account, DemoError> {
    Ok(Account::SubMerchant(sub_mchid.parse::<Mchid>()?, purse))
}

fn merchant(mchid: &str) -> Result<Account, DemoError> {
    Ok(Account::Merchant(mchid.parse::<Mchid>()?))
}
