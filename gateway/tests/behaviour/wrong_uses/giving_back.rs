//! Returns of shared profit.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::scene::{
    FINISH, MERCHANT, ORDERS, PERSON, PLATFORM, RETURNS, delete_receiver, finish, give_back,
    order_to_share, query_return, round, to,
};

fn refused(bench: &mut Bench, request: &Value, says: &str) {
    let refused = bench.refused(400, "INVALID_REQUEST", |b| b.post(RETURNS, request));
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains(says), "{message}");
}

/// A bench with an order, of which 190 fen went to a merchant, 10 to a person.
fn shared() -> (Bench, String, String) {
    let mut bench = Bench::new();
    let order = order_to_share(&mut bench);
    let parts = [to(MERCHANT, 190), to(PERSON, 10), to("1900000109", 20)];
    let (status, answer) = bench.post(ORDERS, &round(&order, "P1", &parts));
    assert_eq!(status, 200, "{answer}");
    bench.advance(5);
    let order_id = answer["order_id"].as_str().unwrap().to_owned();
    (bench, order, order_id)
}

#[test]
fn from_a_round_that_is_not_there() {
    let (mut bench, _, order_id) = shared();
    let request = give_back("P2", "R1", MERCHANT, 1);
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.post(RETURNS, &request));
    let mut request = give_back("P1", "R1", MERCHANT, 1);
    request["order_id"] = "6700000000000000000000009999".into();
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.post(RETURNS, &request));
    // Of another sub-merchant, by either number.
    let mut request = give_back("P1", "R1", MERCHANT, 1);
    request["sub_mchid"] = "1900000108".into();
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.post(RETURNS, &request));
    request.as_object_mut().unwrap().remove("out_order_no");
    request["order_id"] = order_id.into();
    bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.post(RETURNS, &request));
}

#[test]
fn from_no_round() {
    let (mut bench, _, _) = shared();
    let mut request = give_back("P1", "R1", MERCHANT, 1);
    request.as_object_mut().unwrap().remove("out_order_no");
    bench.refused(400, "PARAM_ERROR", |b| b.post(RETURNS, &request));
}

#[test]
fn from_two_rounds_at_once() {
    let (mut bench, order, order_id) = shared();
    let another = round(&order, "P2", &[to(MERCHANT, 1)]);
    assert_eq!(bench.post(ORDERS, &another).0, 200);
    bench.advance(5);
    let mut request = give_back("P2", "R1", MERCHANT, 1);
    request["order_id"] = order_id.into();
    refused(&mut bench, &request, "order_id names out_order_no P1");
}

#[test]
fn of_another_order() {
    let (mut bench, order, _) = shared();
    let mut request = give_back("P1", "R1", MERCHANT, 1);
    request["transaction_id"] = "4200000000000000000000000009".into();
    refused(
        &mut bench,
        &request,
        &format!("the round is of order {order}"),
    );
}

#[test]
fn from_a_finish() {
    let (mut bench, order, _) = shared();
    assert_eq!(bench.post(FINISH, &finish(&order, "F1")).0, 200);
    bench.advance(5);
    refused(
        &mut bench,
        &give_back("F1", "R1", MERCHANT, 1),
        "the finish of an order",
    );
}

#[test]
fn from_a_person() {
    let (mut bench, _, _) = shared();
    refused(
        &mut bench,
        &give_back("P1", "R1", PERSON, 1),
        "people cannot be asked",
    );
}

#[test]
fn from_someone_who_received_nothing() {
    let (mut bench, _, _) = shared();
    refused(
        &mut bench,
        &give_back("P1", "R1", PLATFORM, 1),
        "no receiver of this round",
    );
}

#[test]
fn from_the_sub_merchant_itself() {
    let (mut bench, _, _) = shared();
    refused(
        &mut bench,
        &give_back("P1", "R1", "1900000109", 1),
        "the sub-merchant itself",
    );
}

#[test]
fn before_the_round_is_carried_out() {
    let (mut bench, order, _) = shared();
    let another = round(&order, "P2", &[to(PLATFORM, 50)]);
    assert_eq!(bench.post(ORDERS, &another).0, 200);
    let request = give_back("P2", "R1", PLATFORM, 50);
    refused(&mut bench, &request, "being processed");
    bench.advance(5);
    assert_eq!(bench.post(RETURNS, &request).0, 200);
}

#[test]
fn of_a_part_that_was_closed() {
    let (mut bench, order, _) = shared();
    let another = round(&order, "P2", &[to(PLATFORM, 50)]);
    assert_eq!(bench.post(ORDERS, &another).0, 200);
    delete_receiver(&mut bench, "MERCHANT_ID", PLATFORM);
    bench.advance(5);
    refused(
        &mut bench,
        &give_back("P2", "R1", PLATFORM, 50),
        "NO_RELATION",
    );
}

#[test]
fn of_more_than_was_received() {
    let (mut bench, _, _) = shared();
    refused(
        &mut bench,
        &give_back("P1", "R1", MERCHANT, 191),
        "got 190 fen",
    );
    assert_eq!(
        bench.post(RETURNS, &give_back("P1", "R1", MERCHANT, 100)).0,
        200
    );
    // What is on its way counts.
    refused(
        &mut bench,
        &give_back("P1", "R2", MERCHANT, 91),
        "of which 100 fen",
    );
    bench.advance(5);
    refused(
        &mut bench,
        &give_back("P1", "R2", MERCHANT, 91),
        "of which 100 fen",
    );
}

#[test]
fn under_a_new_number_while_one_is_processed() {
    let (mut bench, _, _) = shared();
    assert_eq!(
        bench.post(RETURNS, &give_back("P1", "R1", MERCHANT, 190)).0,
        200
    );
    refused(
        &mut bench,
        &give_back("P1", "R2", MERCHANT, 190),
        "on its way",
    );
}

#[test]
fn with_the_same_number_and_other_parameters() {
    let (mut bench, _, order_id) = shared();
    let request = give_back("P1", "R1", MERCHANT, 100);
    assert_eq!(bench.post(RETURNS, &request).0, 200);
    refused(
        &mut bench,
        &give_back("P1", "R1", MERCHANT, 99),
        "amount was 100 and is 99",
    );
    let mut other = request.clone();
    other["order_id"] = order_id.into();
    refused(&mut bench, &other, "order_id was absent");
}

#[test]
fn a_51st_time() {
    let (mut bench, _, _) = shared();
    for number in 0..50 {
        let request = give_back("P1", &format!("R{number}"), MERCHANT, 1);
        assert_eq!(bench.post(RETURNS, &request).0, 200);
    }
    let request = give_back("P1", "R50", MERCHANT, 1);
    bench.refused(403, "RULE_LIMIT", |b| b.post(RETURNS, &request));
}

#[test]
fn after_180_days() {
    let (mut bench, _, _) = shared();
    bench.advance(180 * 86_400);
    assert_eq!(
        bench.post(RETURNS, &give_back("P1", "R1", MERCHANT, 1)).0,
        200
    );
    bench.advance(1);
    refused(
        &mut bench,
        &give_back("P1", "R2", MERCHANT, 1),
        "180 days ago",
    );
}

#[test]
fn a_query_of_a_return_that_is_not_there_or_of_another_round() {
    let (mut bench, order, _) = shared();
    let another = round(&order, "P2", &[to(MERCHANT, 1)]);
    assert_eq!(bench.post(ORDERS, &another).0, 200);
    assert_eq!(
        bench.post(RETURNS, &give_back("P1", "R1", MERCHANT, 1)).0,
        200
    );
    let targets = [
        query_return("P1", "R2"),
        query_return("P2", "R1"),
        query_return("P3", "R1"),
    ];
    for target in targets {
        bench.refused(404, "RESOURCE_NOT_EXISTS", |b| b.get(&target));
    }
}

#[test]
fn more_than_100_times_a_second() {
    let mut bench = Bench::with_limits();
    let nothing = give_back("P1", "R1", MERCHANT, 1);
    for _ in 0..100 {
        assert_eq!(bench.post(RETURNS, &nothing).0, 404);
    }
    bench.refused(429, "FREQUENCY_LIMITED", |b| b.post(RETURNS, &nothing));
    bench.now += 1;
    assert_eq!(bench.post(RETURNS, &nothing).0, 404);
}

#[test]
fn with_no_or_a_wrong_amount() {
    let (mut bench, _, _) = shared();
    for amount in [json!(0), json!(-5), json!(null), json!("10")] {
        let mut request = give_back("P1", "R1", MERCHANT, 1);
        request["amount"] = amount;
        let answer = bench.refused(400, "PARAM_ERROR", |b| b.post(RETURNS, &request));
        assert_eq!(answer["detail"]["field"], "amount");
    }
}
