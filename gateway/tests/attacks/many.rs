//! Many connections at once.

use std::time::Duration;

use crate::target::{Client, Target, create};

/// Some file descriptors are the test's own and its neighbours'; each connection takes two.
fn as_many_as(wanted: usize) -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3)?.parse().ok());
    wanted.min((soft.unwrap_or(1_024) - 400) / 2)
}

#[test]
fn thousands_of_idle_connections_keep_nobody_out() {
    let target = Target::patient();
    let count = as_many_as(2_500);
    let idle: Vec<Client> = (0..count).map(|_| target.connect()).collect();
    target.serves();
    let mut begun: Vec<Client> = idle;
    for client in &mut begun {
        assert!(client.writes("POST /v3/ecommerce/subsidies/create HTTP/1.1\r\nhost: "));
    }
    target.serves();
    assert_eq!(target.ask(create())[0].status, 200);
    // They are still there, and are served when they go on.
    for client in begun.iter_mut().step_by(100) {
        assert!(client.writes("g\r\ncontent-length: 2\r\n\r\n{}"));
        // Without Accept.
        assert_eq!(client.answer().status, 400);
    }
}

#[test]
fn idle_connections_are_closed_in_the_end() {
    let target = Target::impatient();
    let mut idle: Vec<Client> = (0..as_many_as(300)).map(|_| target.connect()).collect();
    for client in &mut idle {
        assert!(client.rest().is_empty());
    }
    target.serves();
}

/// Beyond the limit, clients wait until others are done, and are served then.
#[test]
fn connections_beyond_the_limit_wait() {
    let target = Target::start(|server| {
        let server = server.with_patience(Duration::from_millis(200));
        server.with_most_connections(8)
    });
    let mut idle: Vec<Client> = (0..8).map(|_| target.connect()).collect();
    let mut waiting: Vec<Client> = (0..8).map(|_| target.connect()).collect();
    for client in &mut waiting {
        client.write(create());
    }
    assert_eq!(waiting[0].answer().status, 200);
    assert!(idle.iter_mut().any(Client::is_closed), "a ninth is served");
    for client in &mut waiting[1..] {
        assert_eq!(client.answer().status, 200);
    }
    assert_eq!(target.subsidised(), 10);
}
