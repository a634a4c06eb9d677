//! `/_gateway/`: setting scenes and looking behind them. Unsigned, and not the platform's.

mod coupons;
mod faults;
mod keys;
mod money;
mod notices;
mod payments;
mod scenes;
mod sharing;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wechatpay_core::Timestamp;

use crate::answer;
use crate::engine::Engine;
use crate::json;
use crate::moment::{Entropy, Moment};
use crate::problem::{Code, Location, Problem};
use crate::query::decode;
use crate::route::Route;

const ROOT: &str = "/_gateway";

/// Every endpoint, with one line on it.
const ENDPOINTS: &[(&str, &str)] = &[
    ("GET /_gateway/", "this list"),
    (
        "POST /_gateway/orders",
        "place and pay an order: sub_mchid, total, transaction_id?, out_trade_no?, subsidy_amount?, \
         state? (paid|settled), profit_sharing? (true|false), payer_account? \
         (normal|abnormal|closed)",
    ),
    (
        "POST /_gateway/payments",
        "pay an order that was placed: prepay_id, code_url, h5_url, out_trade_no with sub_mchid, or \
         combine_out_trade_no; outcome? (paid|failed)",
    ),
    (
        "GET /_gateway/orders/{sub_mchid}/{transaction_id}",
        "an order with its refunds, subsidy and fees",
    ),
    (
        "POST /_gateway/orders/{sub_mchid}/{transaction_id}/refunds",
        "refund an order at once: amount, refund_id?",
    ),
    (
        "POST /_gateway/orders/{sub_mchid}/{transaction_id}/refunds/{refund_id}/close",
        "close an abnormal refund: its money goes back",
    ),
    (
        "PUT /_gateway/orders/{sub_mchid}/{transaction_id}/payer",
        "change the payer's account: payer_account (normal|abnormal|closed)",
    ),
    (
        "POST /_gateway/orders/{sub_mchid}/{transaction_id}/settle",
        "settle an order",
    ),
    (
        "POST /_gateway/orders/{sub_mchid}/{transaction_id}/share",
        "mark an order's profit as shared",
    ),
    ("GET /_gateway/receivers", "whom profit may be shared with"),
    (
        "PUT /_gateway/receivers",
        "let a receiver get nothing, or its parts again: type, account, fail_reason? \
         (ACCOUNT_ABNORMAL|RECEIVER_HIGH_RISK|RECEIVER_REAL_NAME_NOT_VERIFIED|\
         RECEIVER_RECEIPT_LIMIT)",
    ),
    (
        "PUT /_gateway/sharing",
        "which part of an order others get at most: greatest_percent",
    ),
    ("GET /_gateway/sharing", "that part"),
    (
        "POST /_gateway/coupons",
        "redeem a coupon: payer_merchant, payee_merchant, amount, stock_id?, coupon_code?, \
         transaction_id?, refund_id?, state? (paid|redeemed): whether its subsidy is paid",
    ),
    (
        "POST /_gateway/coupons/{stock_id}/{coupon_code}/refund",
        "refund the order of a coupon: refund_id?",
    ),
    (
        "PUT|POST /_gateway/balances",
        "set a balance, by a transfer from or to world: account, balance",
    ),
    ("GET /_gateway/ledger", "the sum, balances and entries"),
    ("GET /_gateway/clock", "the business clock"),
    (
        "PUT|POST /_gateway/clock",
        "move the business clock on: advance_seconds?; let it run at a speed: speed? (seconds for \
         each real one; 0 stands still)",
    ),
    (
        "PUT /_gateway/limits",
        "hold calls to their documented rates, or not: rates (enforced|lifted)",
    ),
    ("GET /_gateway/limits", "whether they are held to them"),
    (
        "POST /_gateway/faults",
        "let the next requests fail: fault (probe_signature|wrong_signature|stale_timestamp|\
         unknown_serial|rate_limited|server_error|bad_gateway|delay|cut_before|cut_after), count?, \
         path?, milliseconds?, retry_after?, effect? (before|after)",
    ),
    ("GET /_gateway/faults", "the faults that still wait"),
    (
        "DELETE /_gateway/faults",
        "forget them, the rates, and the counts of both",
    ),
    (
        "PUT /_gateway/faults/rates",
        "let a share of all other requests fail, in percent: probe_signature?, wrong_signature?, \
         stale_timestamp?, unknown_serial?, rate_limited?, server_error_before?, \
         server_error_after?, bad_gateway_before?, bad_gateway_after?, cut_before?, cut_after?, \
         except? (paths)",
    ),
    (
        "GET /_gateway/faults/rates",
        "the rates, and how many faults of each kind were injected",
    ),
    (
        "GET /_gateway/requests",
        "how many requests came, by method and path",
    ),
    (
        "POST /_gateway/certificates",
        "replace the platform certificate, or have none: step? (announce|switch|retire), available? \
         (listed|not_exists|not_found|system_error)",
    ),
    (
        "GET /_gateway/certificates",
        "which certificates are listed, and which key signs",
    ),
    (
        "PUT /_gateway/switch",
        "which share of callbacks is signed with the public key: public_key_percent",
    ),
    ("GET /_gateway/switch", "that share"),
    (
        "POST /_gateway/notices",
        "queue callbacks: notify_url, event (payment|combined_payment|refund|refund_abnormal|\
         refund_closed|profit_sharing|profit_sharing_return|echo), count?, duplicates_percent?, probes_percent?, \
         transaction_id?, sub_mchid?, refund_id?",
    ),
    (
        "GET /_gateway/notices",
        "what became of them; ?list=all: of each",
    ),
    ("POST /_gateway/reset", "back to the start"),
];

pub(crate) fn is_admin(path: &str) -> bool {
    path.strip_prefix(ROOT)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(crate) fn answer(
    engine: &mut Engine,
    request: &Request<Bytes>,
    now: Timestamp,
    moment: &Moment,
    entropy: &Entropy,
) -> Response<Bytes> {
    match dispatch(engine, request, now, moment, entropy) {
        Ok((status, value)) => answer::json(status, value.to_string().into()),
        Err(problem) => {
            let problem = Problem {
                detail: None,
                ..problem
            };
            answer::json(problem.code.status(), problem.body())
        }
    }
}

type Reply = Result<(StatusCode, Value), Problem>;

fn dispatch(
    engine: &mut Engine,
    request: &Request<Bytes>,
    now: Timestamp,
    moment: &Moment,
    entropy: &Entropy,
) -> Reply {
    let path = request.uri().path();
    let segments = path
        .strip_prefix(ROOT)
        .unwrap_or_default()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(decode)
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| no_endpoint(request))?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let body = request.body();
    let state = &mut engine.state;
    let method = request.method().as_str();
    match (method, segments.as_slice()) {
        ("GET", []) => Ok(ok(listing())),
        ("POST", ["orders"]) => scenes::place(state, read(body)?, moment),
        ("POST", ["payments"]) => payments::pay(state, read(body)?, moment),
        ("GET", ["orders", payee, id]) => scenes::show(state, payee, id),
        ("POST", ["orders", payee, id, "refunds"]) => {
            scenes::refund(state, payee, id, read(body)?, moment)
        }
        ("POST", ["orders", payee, id, "refunds", refund, "close"]) => {
            scenes::close_refund(state, payee, id, refund, moment)
        }
        ("PUT", ["orders", payee, id, "payer"]) => {
            scenes::set_payer(state, payee, id, &read(body)?)
        }
        ("POST", ["orders", payee, id, "settle"]) => scenes::settle(state, payee, id, moment),
        ("POST", ["orders", payee, id, "share"]) => scenes::share(state, payee, id),
        ("GET", ["receivers"]) => sharing::receivers(state),
        ("PUT", ["receivers"]) => sharing::mark_receiver(state, read(body)?),
        ("PUT", ["sharing"]) => sharing::agree(state, &read(body)?),
        ("GET", ["sharing"]) => sharing::agreed(state),
        ("POST", ["coupons"]) => coupons::redeem(state, read(body)?, moment),
        ("POST", ["coupons", stock, code, "refund"]) => {
            coupons::refund(state, stock, code, read(body)?)
        }
        ("PUT" | "POST", ["balances"]) => money::set_balance(state, &read(body)?, moment),
        ("GET", ["ledger"]) => money::ledger(state),
        ("GET", ["clock"]) => money::clock(state, now),
        ("POST" | "PUT", ["clock"]) => money::set_clock(state, &read(body)?, now),
        ("PUT", ["limits"]) => money::set_limits(state, &read(body)?),
        ("GET", ["limits"]) => money::limits(state),
        ("POST", ["faults"]) => faults::add(engine, read(body)?),
        ("GET", ["faults"]) => faults::waiting(engine),
        ("DELETE", ["faults"]) => faults::clear(engine),
        ("PUT", ["faults", "rates"]) => faults::set_rates(engine, read(body)?),
        ("GET", ["faults", "rates"]) => faults::show_rates(engine),
        ("GET", ["requests"]) => faults::requests(engine),
        ("POST", ["certificates"]) => keys::change_certificates(engine, read(body)?),
        ("GET", ["certificates"]) => keys::certificates(engine),
        ("PUT", ["switch"]) => keys::set_switch(engine, &read(body)?),
        ("GET", ["switch"]) => keys::show_switch(engine),
        ("POST", ["notices"]) => notices::queue(engine, &read(body)?, moment, entropy),
        ("GET", ["notices"]) => notices::show(engine, request.uri()),
        ("POST", ["reset"]) => {
            engine.reset();
            Ok(ok(json!({ "reset": true })))
        }
        _ => Err(no_endpoint(request)),
    }
}

fn no_endpoint(request: &Request<Bytes>) -> Problem {
    let (method, path) = (request.method(), request.uri().path());
    let why = format!("there is no {method} {path}; GET /_gateway/ lists what there is");
    Problem::new(Code::ResourceNotExists, why)
}

fn listing() -> Value {
    let endpoints: serde_json::Map<String, Value> = ENDPOINTS
        .iter()
        .map(|(name, line)| ((*name).to_owned(), Value::from(*line)))
        .collect();
    let operations: Vec<String> = Route::listing().collect();
    json!({ "endpoints": endpoints, "operations": operations })
}

fn ok(value: Value) -> (StatusCode, Value) {
    (StatusCode::OK, value)
}

/// Reads a body strictly: a field that is not known is most likely a typing error.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let fields = json::object(body)?;
    serde_json::from_value(Value::Object(fields)).map_err(|e| {
        Problem::field(
            Location::Body,
            "",
            &Value::Null,
            &format!("does not fit: {e}"),
        )
    })
}
