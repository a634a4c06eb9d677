//! Faults, and the requests that met them.

use serde_json::json;

use super::{Reply, ok};
use crate::engine::Engine;
use crate::faults::FaultRequest;
use crate::problem::{Code, Problem};
use crate::rates::Rates;

pub(super) fn add(engine: &mut Engine, fault: FaultRequest) -> Reply {
    engine
        .faults
        .add(fault)
        .map_err(|issue| Problem::new(Code::ParamError, issue))?;
    waiting(engine)
}

pub(super) fn waiting(engine: &Engine) -> Reply {
    let faults: Vec<_> = engine.faults.waiting().collect();
    Ok(ok(json!({ "faults": faults })))
}

/// Forgets what waits, the rates and the counts.
pub(super) fn clear(engine: &mut Engine) -> Reply {
    engine.faults = Default::default();
    waiting(engine)
}

pub(super) fn set_rates(engine: &mut Engine, rates: Rates) -> Reply {
    rates
        .check()
        .map_err(|issue| Problem::new(Code::ParamError, issue))?;
    engine.faults.rates = rates;
    show_rates(engine)
}

pub(super) fn show_rates(engine: &Engine) -> Reply {
    let rates = &engine.faults.rates;
    Ok(ok(json!({
        "rates": rates.rates(),
        "except": rates.except(),
        "injected": engine.faults.injected(),
    })))
}

pub(super) fn requests(engine: &Engine) -> Reply {
    let traffic = &engine.traffic;
    Ok(ok(json!({
        "total": traffic.total(),
        "requests": traffic.counts(),
    })))
}
