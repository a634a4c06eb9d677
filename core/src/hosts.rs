use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::stamp::Timestamp;

/// Which of the two access points an attempt goes to.
#[allow(clippy::exhaustive_enums, reason = "the platform documents two")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Host {
    /// The main one (主域名).
    #[default]
    Main,
    /// The one in another city (备域名).
    Backup,
}

impl Host {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Main => Self::Backup,
            Self::Backup => Self::Main,
        }
    }
}

/// What the calls of one client know of the access points: whether the main one could be reached.
///
/// A call that cannot connect to the main one goes to the backup, and so do the calls that begin
/// within the next minute. Then the main one is tried again.
#[derive(Debug, Default)]
pub struct Hosts {
    /// In seconds; zero for never.
    main_from: AtomicU64,
}

impl Hosts {
    /// How long the main access point is passed over: one minute.
    pub const PASSED_OVER: Duration = Duration::from_secs(60);

    /// The main one is taken to be reachable.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            main_from: AtomicU64::new(0),
        }
    }

    /// Where a call that begins now goes first.
    #[must_use]
    pub fn first(&self, now: Timestamp) -> Host {
        let from = self.main_from.load(Ordering::Relaxed);
        // A clock that was set back shall not keep calls on the backup for longer.
        let soon = from.saturating_sub(now.as_secs()) <= Self::PASSED_OVER.as_secs();
        if now.as_secs() < from && soon {
            Host::Backup
        } else {
            Host::Main
        }
    }

    pub(crate) fn avoid_main(&self, now: Timestamp) {
        let until = now.plus(Self::PASSED_OVER).as_secs();
        self.main_from.store(until, Ordering::Relaxed);
    }
}
