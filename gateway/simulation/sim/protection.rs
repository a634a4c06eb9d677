//! The protections that the simulator's tests turn off, one at a time, to show that each matters.

/// Something that keeps money safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Protection {
    FrozenDraft,
    Verification,
    ClockWindow,
    PlatformClockWindow,
    Deduplication,
    SameNumber,
    EarlierAttempts,
    AskFirst,
    Adoption,
    SavedBeforeSent,
    KeptBeforeAnswered,
    Patience,
}

impl Protection {
    pub(crate) const ALL: [Self; 12] = [
        Self::FrozenDraft,
        Self::Verification,
        Self::ClockWindow,
        Self::PlatformClockWindow,
        Self::Deduplication,
        Self::SameNumber,
        Self::EarlierAttempts,
        Self::AskFirst,
        Self::Adoption,
        Self::SavedBeforeSent,
        Self::KeptBeforeAnswered,
        Self::Patience,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FrozenDraft => "frozen draft",
            Self::Verification => "verification",
            Self::ClockWindow => "clock window",
            Self::PlatformClockWindow => "the platform's clock window",
            Self::Deduplication => "deduplication of callbacks",
            Self::SameNumber => "replay under the same number",
            Self::EarlierAttempts => "memory of earlier attempts",
            Self::AskFirst => "ask first",
            Self::Adoption => "adoption of certificates",
            Self::SavedBeforeSent => "saved before sent",
            Self::KeptBeforeAnswered => "kept before answered",
            Self::Patience => "patience before a refusal counts",
        }
    }

    /// What is done in its place.
    pub(crate) fn without(self) -> &'static str {
        match self {
            Self::FrozenDraft => "each attempt is drafted anew, under a number of its own",
            Self::Verification => "every signature counts as valid",
            Self::ClockWindow => "answers are accepted however old they are",
            Self::PlatformClockWindow => "the platform accepts requests however old they are",
            Self::Deduplication => "each delivery of a callback is dealt with",
            Self::SameNumber => {
                "an unknown outcome counts as a failure, and is tried again under a new number"
            }
            Self::EarlierAttempts => {
                "the last attempt speaks for all (`CallError::Unsettled` is taken for its `last`, `Answer::earlier` is not looked at)"
            }
            Self::AskFirst => "an operation that must be asked about is repeated like any other",
            Self::Adoption => "no certificates are fetched",
            Self::SavedBeforeSent => "a merchant saves what it does when it is over",
            Self::KeptBeforeAnswered => {
                "the platform answers first and keeps its state a second later"
            }
            Self::Patience => "a refusal settles an unknown outcome at once",
        }
    }
}
