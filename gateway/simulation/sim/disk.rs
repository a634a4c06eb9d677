//! What a merchant has saved.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use wechatpay_core::{PlatformKeys, Policy};
use wechatpay_gateway::credentials;

use super::dice::Dice;
use super::executor::Millis;
use super::oracle::{Held, IntentId};
use super::shop::Shop;
use super::work::Work;

/// What outlives the process.
pub(crate) struct Disk {
    pub(crate) records: Vec<Record>,
    pub(crate) shop: Shop,
    pub(super) applied: BTreeSet<String>,
    pub(crate) steps_left: u32,
    pub(crate) numbers: u64,
    pub(super) workers: u32,
    pub(super) policy: Policy,
    pub(super) keys: StartingKeys,
}

impl Disk {
    pub(super) fn draw(dice: &Dice) -> Self {
        let keys = [
            StartingKeys::None,
            StartingKeys::Certificate,
            StartingKeys::PublicKey,
            StartingKeys::Both,
        ];
        let attempts = *dice.pick(&[1, 1, 2, 4]).unwrap_or(&1);
        let attempts = NonZeroU32::new(attempts).unwrap_or(NonZeroU32::MIN);
        Self {
            records: Vec::new(),
            shop: Shop::default(),
            applied: BTreeSet::new(),
            steps_left: dice.within(10..=40) as u32,
            numbers: 0,
            workers: dice.within(1..=2) as u32,
            policy: Policy::default().with_attempts(attempts),
            keys: *dice.pick(&keys).unwrap_or(&StartingKeys::Certificate),
        }
    }

    /// A number that was not used before.
    pub(crate) fn number(&mut self, merchant: usize, prefix: &str) -> String {
        self.numbers += 1;
        format!("{prefix}{merchant}X{:04}", self.numbers)
    }
}

/// An undertaking, as it is saved before it is sent.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) intent: IntentId,
    pub(crate) work: Work,
    pub(crate) held: Held,
    /// When it is looked at again, while it is unknown.
    pub(super) due: Millis,
    pub(super) renumbered: u32,
}

/// The platform keys that a process is configured with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StartingKeys {
    None,
    Certificate,
    PublicKey,
    Both,
}

impl StartingKeys {
    pub(super) fn read(self) -> PlatformKeys {
        let keys = PlatformKeys::new();
        let certificate = credentials::PLATFORM_CERT_PEM.as_bytes();
        let (id, public) = (
            credentials::PUBLIC_KEY_ID,
            credentials::PUBLIC_KEY_PEM.as_bytes(),
        );
        let read = match self {
            Self::None => Ok(keys),
            Self::Certificate => keys.with_certificate(certificate),
            Self::PublicKey => keys.with_public_key(id, public),
            Self::Both => keys
                .with_certificate(certificate)
                .and_then(|keys| keys.with_public_key(id, public)),
        };
        read.expect("the gateway's credentials are whole")
    }
}
