//! Which keys the platform signs with: certificates that are replaced, and the switch (灰度) to the
//! public key.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Reply, ok};
use crate::engine::Engine;
use crate::percent::Percent;
use crate::rotation::Change;

pub(super) fn change_certificates(engine: &mut Engine, change: Change) -> Reply {
    engine.certificates.rotation.change(change)?;
    certificates(engine)
}

pub(super) fn certificates(engine: &Engine) -> Reply {
    let rotation = &engine.certificates.rotation;
    let listed: Vec<&str> = rotation
        .listed()
        .unwrap_or_default()
        .into_iter()
        .map(|generation| generation.serial())
        .collect();
    Ok(ok(json!({
        "available": rotation.available(),
        "rotation": rotation.phase(),
        "next_step": rotation.next_step(),
        "listed": listed,
        "signing": rotation.signing().id(),
    })))
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    public_key_percent: Percent,
}

pub(super) fn set_switch(engine: &mut Engine, switch: &Switch) -> Reply {
    engine.switch = switch.public_key_percent;
    show_switch(engine)
}

pub(super) fn show_switch(engine: &Engine) -> Reply {
    Ok(ok(json!({ "public_key_percent": engine.switch })))
}
