//! Callbacks: queueing them, and looking what became of them.

use http::{StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Reply, ok};
use crate::engine::Engine;
use crate::moment::{Entropy, Moment, in_china};
use crate::notices::{
    Attempt, Copies, DeliveryOutcome, Event, News, Notice, Outbox, Refunded, SignatureKind,
    Standing, Subject, notify_url,
};
use crate::orders::{Order, OrderKey};
use crate::percent::Percent;
use crate::problem::{Code, Location, Problem, clipped};
use crate::query;
use crate::rotation::SigningKey;
use crate::samples;
use crate::state::State;

/// The most notices of one request.
const MOST_AT_ONCE: u32 = 10_000;
/// The most notices between two resets.
const MOST: usize = 100_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Queue {
    notify_url: String,
    event: Event,
    #[serde(default = "once")]
    count: u32,
    #[serde(default)]
    duplicates_percent: Percent,
    #[serde(default)]
    probes_percent: Percent,
    sub_mchid: Option<String>,
    transaction_id: Option<String>,
    refund_id: Option<String>,
}

fn once() -> u32 {
    1
}

pub(super) fn queue(
    engine: &mut Engine,
    queue: &Queue,
    moment: &Moment,
    entropy: &Entropy,
) -> Reply {
    let url = plain_url(&queue.notify_url)?;
    if !(1..=MOST_AT_ONCE).contains(&queue.count) {
        let issue = format!("must be 1 to {MOST_AT_ONCE}");
        let value = queue.count.into();
        return Err(Problem::field(Location::Body, "count", &value, &issue));
    }
    let held = engine.outbox.len();
    if usize::try_from(queue.count).unwrap_or(MOST) > MOST - held.min(MOST) {
        return Err(Problem::invalid(format!(
            "there are {held} notices, and {} more would be over {MOST}; POST /_gateway/reset \
             forgets them",
            queue.count
        )));
    }
    let subject = subject(&engine.state, queue)?;
    let key = OrderKey::new(&subject.sub_mchid, &subject.transaction_id);
    let plaintext = match engine.state.notice_of(&key, queue.event)? {
        Some(text) => text,
        None => queue.event.plaintext(&subject, &moment.text()?).to_string(),
    };
    let news = News {
        event: queue.event,
        url,
        plaintext,
        at: moment.at,
    };
    let mut ids = Vec::new();
    for _ in 0..queue.count {
        let twice = |entropy: &Entropy| {
            if queue.duplicates_percent.is_drawn(entropy) {
                Copies::Two
            } else {
                Copies::One
            }
        };
        ids.push(engine.queue_news(&news, twice, queue.probes_percent, entropy)?);
    }
    Ok((StatusCode::CREATED, json!({ "ids": ids })))
}

/// A URL that the gateway can deliver to at once.
fn plain_url(text: &str) -> Result<Uri, Problem> {
    let uri = notify_url(text)?;
    if uri.scheme_str() == Some("https") {
        let issue = "is https, and the gateway delivers over plain http only, as receivers on a \
                     test machine have no certificate: give the receiver's http URL. The platform \
                     itself asks for https";
        let value = text.into();
        return Err(Problem::field(Location::Body, "notify_url", &value, issue));
    }
    Ok(uri)
}

/// What the notices are about: an order of the gateway, or the sample order.
fn subject(state: &State, queue: &Queue) -> Result<Subject, Problem> {
    let refuse = |field, value: &str, issue| {
        Err(Problem::field(Location::Body, field, &value.into(), issue))
    };
    match (&queue.transaction_id, &queue.refund_id, &queue.sub_mchid) {
        (Some(id), _, _) if queue.event == Event::Echo => {
            return refuse("transaction_id", id, "does not belong to an echo");
        }
        (_, Some(id), _) if !queue.event.is_refund() => {
            return refuse("refund_id", id, "belongs to the notices of refunds only");
        }
        (None, Some(id), _) => {
            let issue = "belongs to an order: name its transaction_id too";
            return refuse("refund_id", id, issue);
        }
        (None, None, Some(id)) => {
            let issue = "belongs to an order: name its transaction_id too";
            return refuse("sub_mchid", id, issue);
        }
        (None, None, None) => return Ok(samples::subject()),
        (Some(_), _, _) => {}
    }
    let wanted = |key: &OrderKey| {
        queue.transaction_id.as_ref() == Some(&key.transaction_id)
            && queue
                .sub_mchid
                .as_ref()
                .is_none_or(|id| *id == key.sub_mchid)
    };
    let mut orders = state.orders.iter().filter(|(key, _)| wanted(key));
    let transaction_id = queue.transaction_id.as_deref().unwrap_or_default();
    let (key, order) = match (orders.next(), orders.next()) {
        (Some(order), None) => order,
        (None, _) => {
            let why = format!("there is no order {}", clipped(transaction_id));
            return Err(Problem::new(Code::OrderNotExist, why));
        }
        (Some((one, _)), Some((other, _))) => {
            return Err(Problem::invalid(format!(
                "sub-merchants {} and {} both have an order {transaction_id}: name the sub_mchid",
                one.sub_mchid, other.sub_mchid
            )));
        }
    };
    Ok(Subject {
        sub_mchid: key.sub_mchid.clone(),
        transaction_id: key.transaction_id.clone(),
        out_trade_no: order.out_trade_no.clone(),
        total: order.total,
        refund: refund(order, queue)?,
    })
}

/// The refund that is named, or the only one.
fn refund(order: &Order, queue: &Queue) -> Result<Option<Refunded>, Problem> {
    if !queue.event.is_refund() {
        return Ok(None);
    }
    let mut refunds = order.refunds.iter();
    let refund = match (&queue.refund_id, refunds.next(), refunds.next()) {
        (Some(id), _, _) => {
            order.find_refund(id)?;
            order.refunds.get_key_value(id)
        }
        (None, only @ Some(_), None) => only,
        (None, None, _) => {
            let why = "the order has no refund: POST …/refunds makes one";
            return Err(Problem::invalid(why));
        }
        (None, Some(_), Some(_)) => {
            let why = "the order has several refunds: name the refund_id";
            return Err(Problem::invalid(why));
        }
    };
    Ok(refund.map(|(id, refund)| Refunded::of(id, refund)))
}

/// Counts, and with `?list=all` each notice with its attempts.
pub(super) fn show(engine: &Engine, uri: &Uri) -> Reply {
    let mut view = counts(&engine.outbox);
    let fields = query::fields(uri.query().unwrap_or_default())?;
    for (name, value) in &fields {
        if (name.as_str(), value.as_str()) != ("list", Some("all")) {
            let issue = "is not known; ?list=all lists the notices with their attempts";
            return Err(Problem::field(Location::Query, name, value, issue));
        }
        let list = engine
            .outbox
            .notices()
            .map(notice)
            .collect::<Result<Value, _>>()?;
        view["notices"] = list;
    }
    Ok(ok(view))
}

fn counts(outbox: &Outbox) -> Value {
    let stand = |is: fn(Standing) -> bool| outbox.notices().filter(|n| is(n.standing)).count();
    let attempts = |is: &dyn Fn(&Attempt) -> bool| {
        let all = outbox.notices().flat_map(|notice| &notice.attempts);
        all.filter(|attempt| is(attempt)).count()
    };
    let succeeded = |a: &Attempt| a.outcome.as_ref().is_some_and(DeliveryOutcome::is_success);
    let answered = |a: &Attempt| matches!(a.outcome, Some(DeliveryOutcome::Answered(_)));
    let unanswered = |a: &Attempt| matches!(a.outcome, Some(DeliveryOutcome::Unanswered(_)));
    let probe = |a: &Attempt| a.signature == SignatureKind::Probe;
    json!({
        "queued": outbox.len(),
        "waiting": stand(|s| matches!(s, Standing::Waiting(_))),
        "underway": stand(|s| matches!(s, Standing::Underway(_))),
        "delivered": stand(|s| s == Standing::Delivered),
        "given_up": stand(|s| s == Standing::GivenUp),
        "deliveries": attempts(&|_| true),
        "accepted": attempts(&succeeded),
        "refused": attempts(&|a| answered(a) && !succeeded(a)),
        "unanswered": attempts(&unanswered),
        "probes": attempts(&probe),
        "probes_accepted": attempts(&|a| probe(a) && succeeded(a)),
        "signed_with_public_key": attempts(&|a| a.key == SigningKey::PublicKey),
    })
}

fn notice(notice: &Notice) -> Result<Value, Problem> {
    let attempts = notice.attempts.iter().map(attempt);
    let mut view = json!({
        "id": notice.id,
        "event": notice.event,
        "notify_url": notice.url.to_string(),
        "attempts": attempts.collect::<Result<Value, _>>()?,
    });
    view["state"] = match notice.standing {
        Standing::Waiting(due) => {
            view["due"] = json!(in_china(due)?);
            "waiting".into()
        }
        Standing::Underway(_) => "underway".into(),
        Standing::Delivered => "delivered".into(),
        Standing::GivenUp => "given_up".into(),
    };
    Ok(view)
}

fn attempt(attempt: &Attempt) -> Result<Value, Problem> {
    let mut view = json!({
        "at": in_china(attempt.at)?,
        "serial": attempt.key.id(),
        "signature": attempt.signature,
    });
    match &attempt.outcome {
        Some(DeliveryOutcome::Answered(status)) => view["status"] = status.as_u16().into(),
        Some(DeliveryOutcome::Unanswered(why)) => view["unanswered"] = why.as_str().into(),
        None => {}
    }
    Ok(view)
}
