use std::num::NonZeroU32;
use std::time::Duration;

/// How often a call is attempted, for how long, and with what pauses.
///
/// By default four attempts within 60 seconds, with pauses that begin near 200 ms, double, and end
/// near 5 s. What is repeated is the operation's to say, whatever the policy: see
/// [`Attempts`](crate::Attempts).
///
/// ```
/// use std::num::NonZeroU32;
/// use std::time::Duration;
/// use wechatpay_core::Policy;
///
/// let patient = Policy::default()
///     .with_attempts(NonZeroU32::new(8).unwrap())
///     .with_total(Duration::from_secs(120));
/// assert_eq!(patient.attempts(), 8);
/// assert_eq!(Policy::once().attempts(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    attempts: NonZeroU32,
    total: Duration,
    first_pause: Duration,
    longest_pause: Duration,
}

impl Policy {
    /// One attempt, whatever comes of it. Platform keys are fetched all the same when an answer
    /// needs one, which sends the call itself no second time.
    #[must_use]
    pub fn once() -> Self {
        Self::default().with_attempts(NonZeroU32::MIN)
    }

    /// At most this many attempts.
    #[must_use]
    pub fn with_attempts(mut self, attempts: NonZeroU32) -> Self {
        self.attempts = attempts;
        self
    }

    /// At most this long for the whole call, pauses and refreshes of keys included, and at most a
    /// year. No attempt runs over it; only a signer that blocks cannot be interrupted.
    #[must_use]
    pub fn with_total(mut self, total: Duration) -> Self {
        const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
        self.total = total.min(YEAR);
        self
    }

    /// Pauses that begin with half of `first` to all of it, double, and are never longer than
    /// `longest`.
    #[must_use]
    pub fn with_pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.first_pause = first;
        self.longest_pause = longest;
        self
    }

    /// The policy for fetching certificates in the middle of a call: no more than three attempts,
    /// within this time.
    #[must_use]
    pub fn for_refresh(&self, within: Duration) -> Self {
        const MOST: NonZeroU32 = NonZeroU32::new(3).unwrap();
        Self {
            attempts: self.attempts.min(MOST),
            total: within,
            ..self.clone()
        }
    }

    /// At most how many attempts.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts.get()
    }

    /// At most how long.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.total
    }

    /// The pause after the attempt of this number: half of it is sure, half is drawn.
    pub(crate) fn delay(&self, attempt: u32, entropy: [u8; 8]) -> Duration {
        let doublings = attempt.saturating_sub(1).min(30);
        let whole = self.first_pause.saturating_mul(1 << doublings);
        let half = whole.min(self.longest_pause) / 2;
        let nanos = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
        let drawn = match nanos {
            0 => 0,
            nanos => u64::from_le_bytes(entropy) % nanos,
        };
        half.saturating_add(Duration::from_nanos(drawn))
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: const { NonZeroU32::new(4).unwrap() },
            total: Duration::from_secs(60),
            first_pause: Duration::from_millis(200),
            longest_pause: Duration::from_secs(5),
        }
    }
}
