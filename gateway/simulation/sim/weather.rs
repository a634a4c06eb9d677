//! What goes wrong, and how often: each seed has a weather of its own, in which some faults are
//! frequent, some rare, and some do not occur.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use super::dice::{Dice, Millionths};

macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident = $name:literal, at most $most:literal;)+) => {
        /// Something that goes wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Fault {
            $($(#[$doc])* $fault,)+
        }

        impl Fault {
            pub(crate) const ALL: &[Self] = &[$(Self::$fault,)+];

            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$fault => $name,)+ }
            }

            /// The greatest rate that a seed can draw.
            fn most(self) -> Millionths {
                match self { $(Self::$fault => $most,)+ }
            }
        }
    };
}

faults! {
    /// A request never arrives.
    LostRequest = "request lost", at most 80_000;
    /// An answer never arrives.
    LostAnswer = "answer lost", at most 80_000;
    /// A request arrives twice.
    DuplicateRequest = "request duplicated", at most 60_000;
    /// A request arrives after its sender gave up, and sometimes after later ones.
    LateRequest = "request delayed past the deadline", at most 120_000;
    /// An answer does.
    LateAnswer = "answer delayed past the deadline", at most 40_000;
    /// An answer ends in the middle.
    Truncated = "answer truncated", at most 40_000;
    /// A byte of an answer is another one.
    Corrupted = "answer corrupted", at most 60_000;
    /// A byte of a request is another one.
    CorruptedRequest = "request corrupted", at most 30_000;
    /// The connection is cut before the request is carried out.
    CutBefore = "connection cut before the effect", at most 60_000;
    /// The connection is cut after it.
    CutAfter = "connection cut after the effect", at most 80_000;
    /// A signed 429.
    RateLimited = "429", at most 40_000;
    /// A signed 500, and nothing happened.
    ErrorBefore = "500 before the effect", at most 40_000;
    /// A signed 500, and it happened.
    ErrorAfter = "500 after the effect", at most 40_000;
    /// A proxy's 502, and nothing happened.
    BadGatewayBefore = "502 before the effect", at most 40_000;
    /// A proxy's 502, and it happened.
    BadGatewayAfter = "502 after the effect", at most 40_000;
    /// An answer with a probe for a signature.
    Probe = "probe signature", at most 40_000;
    /// An answer with another message's signature.
    WrongSignature = "wrong signature", at most 40_000;
    /// An answer that names a key that nobody has.
    UnknownSerial = "unknown serial number", at most 30_000;
    /// An answer that is dated ten minutes back.
    StaleTimestamp = "stale timestamp", at most 30_000;
    /// An old answer to a like request, in place of the new one.
    ReplayedAnswer = "old answer replayed", at most 60_000;
    /// A success or a refusal that the platform never wrote.
    ForgedAnswer = "answer forged", at most 60_000;
    /// A callback never arrives.
    LostNotice = "callback lost", at most 150_000;
    /// A callback arrives twice.
    DuplicateNotice = "callback duplicated", at most 200_000;
    /// A callback arrives late, and so after later ones.
    LateNotice = "callback delayed", at most 150_000;
    /// A byte of a callback is another one.
    CorruptedNotice = "callback corrupted", at most 100_000;
    /// What the merchant answers to a callback never arrives.
    LostReply = "callback's answer lost", at most 150_000;
    /// The merchant cannot deal with a callback now.
    FailedNotice = "callback refused by the merchant", at most 150_000;
    /// The platform dies in the middle of a request, before what it did is kept.
    CrashInRequest = "gateway crash in a request", at most 10_000;
    /// The platform dies, and comes back with what its store has.
    PlatformCrash = "gateway crash", at most 250_000;
    /// A merchant's process dies, and comes back with what it had saved.
    MerchantCrash = "merchant crash", at most 250_000;
    /// The main access point is down.
    MainDown = "main access point down", at most 200_000;
    /// The backup is.
    BackupDown = "backup access point down", at most 100_000;
    /// Both are.
    BothDown = "both access points down", at most 100_000;
    /// The platform's clock jumps.
    PlatformClockJump = "gateway clock jump", at most 100_000;
    /// The platform's clock is a little off.
    PlatformClockDrift = "gateway clock drift", at most 200_000;
    /// A merchant's clock jumps.
    MerchantClockJump = "merchant clock jump", at most 150_000;
    /// A merchant's clock is a little off.
    MerchantClockDrift = "merchant clock drift", at most 300_000;
    /// The platform's certificates take a step of their rotation.
    Rotation = "certificate rotation step", at most 500_000;
    /// The platform has no certificates any more: its public key signs.
    PublicKeyOnly = "switch to the public key", at most 150_000;
    /// It has them again.
    RollBack = "rollback to certificates", at most 400_000;
    /// A part of the callbacks is signed with the public key.
    SplitSwitch = "callbacks switched in part", at most 150_000;
    /// A merchant declares another key.
    Redeclared = "merchant declares another key", at most 200_000;
}

pub(crate) struct Weather {
    rates: BTreeMap<Fault, Millionths>,
    clear: Cell<bool>,
    injected: RefCell<BTreeMap<Fault, u64>>,
}

impl Weather {
    /// One seed in ten has fair weather.
    pub(crate) fn draw(dice: &Dice) -> Self {
        let fair = dice.percent(10);
        let rate = |fault: &Fault| {
            let share = match dice.within(0..=9) {
                0..=3 => 0,
                4..=7 => u64::from(fault.most()) / 4,
                _ => u64::from(fault.most()),
            };
            (*fault, if fair { 0 } else { share as Millionths })
        };
        let mut rates: BTreeMap<_, _> = Fault::ALL.iter().map(rate).collect();
        // Most of the others have one thing that goes wrong all the time; often what arrives when
        // nobody reckons with it any more.
        let favourite = match dice.within(0..=9) {
            0..=1 => Some(&Fault::LateRequest),
            2..=6 => dice.pick(Fault::ALL),
            _ => None,
        };
        if let Some(favourite) = favourite.filter(|_| !fair) {
            let rate = rates.entry(*favourite).or_default();
            *rate = (favourite.most() * 5).min(400_000);
        }
        Self {
            rates,
            clear: Cell::new(false),
            injected: RefCell::default(),
        }
    }

    /// From now on nothing goes wrong any more.
    pub(crate) fn clear_up(&self) {
        self.clear.set(true);
    }

    /// Whether this goes wrong now. It is counted as injected when it does.
    pub(crate) fn brings(&self, fault: Fault, dice: &Dice) -> bool {
        let rate = self.rates.get(&fault).copied().unwrap_or_default();
        // Drawn in any case, so that the switches of the tests change as little as can be.
        let brings = dice.chance(rate) && !self.clear.get();
        if brings {
            *self.injected.borrow_mut().entry(fault).or_default() += 1;
        }
        brings
    }

    /// The first of these that goes wrong.
    pub(crate) fn first(&self, faults: &[Fault], dice: &Dice) -> Option<Fault> {
        faults
            .iter()
            .copied()
            .find(|fault| self.brings(*fault, dice))
    }

    pub(crate) fn injected(&self) -> BTreeMap<Fault, u64> {
        self.injected.borrow().clone()
    }
}
