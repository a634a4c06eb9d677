//! What merchants ask of the engine and what happens to them, out of small choices: so that steps
//! meet the same orders, and sums are reached.

use arbitrary::Arbitrary;

/// The sub-merchants, the last of which only has placed orders.
const SHOPS: [&str; 3] = ["1900000109", "1900013401", "1230000109"];
const RECEIVERS: [&str; 3] = ["1900000110", "1900001109", "1900000109"];
/// Some of them are the samples', whose orders set their own stage.
const TRANSACTIONS: [&str; 6] = [
    "4200000000000000000000000001",
    "4200000000000000000000000002",
    "4200000000000000000000000003",
    "4208450740201411110007820472",
    "3008450740201411110007820472",
    "4200000913202101152566792388",
];
const NUMBERS: [&str; 5] = ["N1", "N2", "N3", "N4", "N5"];
const ACCOUNTS: [&str; 6] = [
    "platform:operation",
    "platform:income",
    "sub-merchant:1900000109:available",
    "sub-merchant:1900013401:unsettled",
    "merchant:1900000110",
    "merchant:1900000002",
];

/// One of a few, whichever number it is.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) struct Pick(u8);

impl Pick {
    pub(crate) fn of<T: Clone>(self, choices: &[T]) -> T {
        choices[usize::from(self.0) % choices.len()].clone()
    }

    pub(crate) fn shop(self) -> &'static str {
        self.of(&SHOPS)
    }

    pub(crate) fn receiver(self) -> &'static str {
        self.of(&RECEIVERS)
    }

    pub(crate) fn transaction(self) -> &'static str {
        self.of(&TRANSACTIONS)
    }

    pub(crate) fn number(self) -> &'static str {
        self.of(&NUMBERS)
    }

    pub(crate) fn account(self) -> &'static str {
        self.of(&ACCOUNTS)
    }

    /// One of those, or none.
    pub(crate) fn some_of<T: Clone>(self, choices: &[T]) -> Option<T> {
        let index = usize::from(self.0) % (choices.len() + 1);
        choices.get(index).cloned()
    }
}

/// Mostly small, so that sums are met; sometimes absurd.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) enum Sum {
    Small(u8),
    Large(u16),
    Any(i64),
}

impl Sum {
    pub(crate) fn fen(self) -> i64 {
        match self {
            Self::Small(fen) => i64::from(fen % 40) + 1,
            Self::Large(fen) => i64::from(fen) + 1,
            Self::Any(fen) => fen,
        }
    }
}

/// An order, by its sub-merchant and number.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) struct Of {
    pub(crate) shop: Pick,
    pub(crate) transaction: Pick,
}

impl Of {
    pub(crate) fn path(self, rest: &str) -> String {
        let (shop, transaction) = (self.shop.shop(), self.transaction.transaction());
        format!("/_gateway/orders/{shop}/{transaction}{rest}")
    }
}

/// What happens without the caller's doing.
#[derive(Arbitrary, Clone, Debug)]
pub(crate) enum Scene {
    Order {
        of: Of,
        total: Sum,
        promised: Option<Sum>,
        sharing: bool,
        paid: bool,
    },
    Refund {
        of: Of,
        amount: Sum,
        id: Pick,
    },
    Settle(Of),
    Share(Of),
    Payer(Of, Pick),
    CloseRefund(Of, Pick),
    Coupon {
        code: Pick,
        amount: Sum,
        paid: bool,
    },
    RefundCoupon(Pick),
    Balance(Pick, Sum),
    Receiver(Pick, bool),
    Greatest(u8),
    Pay {
        number: Pick,
        what: Placed,
        outcome: Outcome,
    },
    Wait(Wait),
    Restart,
}

/// What was placed under a number.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) enum Placed {
    Order,
    Combined,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) enum Outcome {
    Paid,
    Failed,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(crate) enum Wait {
    Seconds(u8),
    Hours(u8),
    Days(u8),
}

impl Wait {
    pub(crate) fn seconds(self) -> u64 {
        match self {
            Self::Seconds(count) => u64::from(count),
            Self::Hours(count) => u64::from(count) * 3_600,
            Self::Days(count) => u64::from(count) * 86_400,
        }
    }
}

/// What the caller asks for.
#[derive(Arbitrary, Clone, Debug)]
pub(crate) enum Ask {
    Subsidy(AskSubsidy),
    Sharing(AskSharing),
    Refund(AskRefund),
    Coupon(AskCoupon),
    Placing(AskPlacing),
    Look { of: Of, number: Pick, refund: Pick },
}

#[derive(Arbitrary, Clone, Debug)]
pub(crate) enum AskSubsidy {
    Create {
        of: Of,
        amount: Sum,
        number: Option<Pick>,
        refund: Pick,
    },
    Return {
        of: Of,
        number: Pick,
        amount: Sum,
        refund: Pick,
        unsettled: bool,
    },
    Cancel(Of),
}

#[derive(Arbitrary, Clone, Debug)]
pub(crate) enum AskSharing {
    Share {
        of: Of,
        number: Pick,
        parts: Vec<(Pick, Sum)>,
        last: bool,
    },
    Finish {
        of: Of,
        number: Pick,
    },
    GiveBack {
        shop: Pick,
        round: Pick,
        number: Pick,
        from: Pick,
        amount: Sum,
    },
    AddReceiver(Pick),
    DeleteReceiver(Pick),
    Fee {
        of: Of,
        amount: Sum,
        refund: Pick,
    },
}

#[derive(Arbitrary, Clone, Debug)]
pub(crate) enum AskRefund {
    Apply {
        of: Of,
        number: Pick,
        amount: Sum,
        advance: bool,
        account: Pick,
    },
    Elsewhere {
        shop: Pick,
        refund: Pick,
        number: Pick,
    },
    ReturnAdvance {
        shop: Pick,
        refund: Pick,
    },
}

#[derive(Arbitrary, Clone, Debug)]
pub(crate) enum AskCoupon {
    Pay {
        code: Pick,
        amount: Sum,
        number: Pick,
    },
    Return {
        code: Pick,
        amount: Sum,
        number: Pick,
    },
}

#[derive(Arbitrary, Clone, Debug)]
pub(crate) enum AskPlacing {
    One {
        number: Pick,
        amount: Sum,
        subsidy: Option<Sum>,
    },
    Two {
        number: Pick,
        amount: Sum,
        other: Sum,
    },
    Close(Pick),
}

#[derive(Arbitrary, Clone, Debug)]
pub(crate) enum Step {
    Scene(Scene),
    Ask(Ask),
    /// The same once more: it moves nothing then.
    AskTwice(Ask),
}
