//! The stories of `docs/`, played whole over both transports; and each again for every call of it and
//! every way in which that call can fail once, and with callbacks that fail once. They all end with the same ledger.
#![allow(clippy::unwrap_used, missing_docs)]

mod after_sales_fee;
#[path = "../common/both.rs"]
mod both;
mod coupon_subsidy;
#[path = "../behaviour/receiver.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod receiver;
mod refund_and_take_back;
mod stage;
mod subsidise_and_share;

use both::Transport;
use stage::{Callbacks, Fault, Stage};

type Story = fn(&Stage);

/// Plays a story over both transports, and compares where every fen went.
fn plays(story: Story) {
    let [hyper, ureq] = Transport::BOTH.map(|transport| {
        let stage = Stage::open(transport, Callbacks::Taken);
        stage.play(story, None)
    });
    assert_eq!(hyper, ureq);
    assert!(hyper.calls > 0);
}

/// Plays a story once for each of its calls and each fault, which that call meets on its first
/// attempt.
fn survives_every_fault(story: Story, transport: Transport) {
    let stage = Stage::open(transport, Callbacks::Taken);
    let whole = stage.play(story, None);
    for call in 0..whole.calls {
        for fault in Fault::ALL {
            let ended = stage.play(story, Some((call, fault)));
            assert_eq!(ended, whole, "call {call} met {fault:?}");
        }
    }
}

/// Plays a story while the first delivery of each callback fails.
fn survives_failed_callbacks(story: Story) {
    let whole = Stage::open(Transport::Ureq, Callbacks::Taken).play(story, None);
    for (callbacks, transport) in [
        (Callbacks::RefusedOnce, Transport::Hyper),
        (Callbacks::RefusedOnce, Transport::Ureq),
        // The platform waits 5 seconds each time.
        (Callbacks::LostOnce, Transport::Ureq),
    ] {
        let ended = Stage::open(transport, callbacks).play(story, None);
        assert_eq!(ended, whole, "{callbacks:?} over {transport:?}");
    }
}

macro_rules! stories {
    ($($story:ident),+ $(,)?) => {$(
        mod $story {
            #[test]
            fn plays() {
                super::plays(crate::$story::tell);
            }

            #[test]
            fn survives_failed_callbacks() {
                super::survives_failed_callbacks(crate::$story::tell);
            }

            #[test]
            fn survives_every_fault_over_hyper() {
                super::survives_every_fault(crate::$story::tell, crate::Transport::Hyper);
            }

            #[test]
            fn survives_every_fault_over_ureq() {
                super::survives_every_fault(crate::$story::tell, crate::Transport::Ureq);
            }
        }
    )+};
}

mod told {
    use super::{plays, survives_every_fault, survives_failed_callbacks};

    stories![
        subsidise_and_share,
        refund_and_take_back,
        coupon_subsidy,
        after_sales_fee,
    ];
}
