//! A file that keeps the state: what was answered is there again.

use std::error::Error as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use wechatpay_core::Method;
use wechatpay_gateway::{Gateway, Running, SharedEngine, StoreError};

fn order(gateway: &Running, total: i64) -> String {
    let order = json!({ "sub_mchid": "1900000109", "total": total });
    let order = gateway
        .admin(Method::POST, "/_gateway/orders", &order)
        .unwrap();
    order["transaction_id"].as_str().unwrap().to_owned()
}

fn get(gateway: &Running, path: &str) -> Value {
    gateway.admin(Method::GET, path, &Value::Null).unwrap()
}

#[test]
fn a_gateway_goes_on_where_the_last_one_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let mut ledger = Value::Null;
    for round in 0..3 {
        let gateway = Gateway::open(&path).unwrap();
        if round > 0 {
            assert_eq!(get(&gateway, "/_gateway/ledger"), ledger);
        }
        let id = order(&gateway, 100 + round);
        ledger = get(&gateway, "/_gateway/ledger");
        assert!(ledger.to_string().contains("order paid"));
        let order = get(&gateway, &format!("/_gateway/orders/1900000109/{id}"));
        assert_eq!(order["total"], 100 + round);
    }
    let orders = ledger["entries"].as_array().unwrap().len();
    // The opening balance, three sample orders, a coupon, and one order for each round.
    assert_eq!(orders, 5 + 3);
}

#[test]
fn a_reset_is_kept_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let start = {
        let gateway = Gateway::open(&path).unwrap();
        let start = get(&gateway, "/_gateway/ledger");
        order(&gateway, 100);
        gateway
            .admin(Method::POST, "/_gateway/reset", &Value::Null)
            .unwrap();
        start
    };
    let gateway = Gateway::open(&path).unwrap();
    assert_eq!(get(&gateway, "/_gateway/ledger"), start);
}

#[test]
fn one_gateway_has_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let gateway = Gateway::open(&path).unwrap();
    let error = SharedEngine::open(&path).unwrap_err();
    assert!(
        matches!(&error, StoreError::InUse(file) if *file == path),
        "{error}"
    );
    assert!(error.to_string().contains(path.to_str().unwrap()));
    drop(gateway);
    SharedEngine::open(&path).unwrap();
}

#[test]
fn what_is_no_state_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "not a gateway's").unwrap();
    let damaged = folder.path().join("damaged");
    fs::write(&damaged, vec![0x5A; 8192]).unwrap();
    let nowhere = folder.path().join("no/such/folder/state");
    for path in [&text, &damaged, folder.path(), &nowhere] {
        let error = SharedEngine::open(path).unwrap_err();
        assert!(matches!(error, StoreError::File { .. }), "{error:?}");
        assert!(
            error.to_string().contains(path.to_str().unwrap()),
            "{error}"
        );
        assert!(error.source().is_some());
    }
    assert_eq!(fs::read(&text).unwrap(), b"not a gateway's");
    assert_eq!(fs::read(&damaged).unwrap(), vec![0x5A; 8192]);
}

#[test]
fn a_state_that_was_cut_off_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    drop(Gateway::open(&path).unwrap());
    let whole = fs::read(&path).unwrap();
    for length in [512, 4_096, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = SharedEngine::open(&path).unwrap_err();
        assert!(
            matches!(error, StoreError::File { .. }),
            "{length}: {error:?}"
        );
    }
    fs::write(&path, &whole).unwrap();
    SharedEngine::open(&path).unwrap();
}

/// What is written to a file that nobody finds is not kept.
#[cfg(unix)]
#[test]
fn a_file_that_is_taken_away_is_missed() {
    for replaced in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let gateway = Gateway::open(&path).unwrap();
        order(&gateway, 100);
        fs::remove_file(&path).unwrap();
        if replaced {
            fs::write(&path, "something else").unwrap();
        }
        let body = json!({ "sub_mchid": "1900000109", "total": 200 });
        gateway
            .admin(Method::POST, "/_gateway/orders", &body)
            .unwrap_err();
        let why = gateway.engine().failure().unwrap();
        assert!(!why.is_empty());
        // From then on nothing is answered, as nothing is kept.
        gateway
            .admin(Method::GET, "/_gateway/ledger", &Value::Null)
            .unwrap_err();
    }
}

/// What a state holds is checked when it is read: the entries have to follow from one another.
#[test]
fn a_state_that_was_tampered_with_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    drop(Gateway::open(&path).unwrap());
    tamper(&path, "ledger", |value| {
        let text = String::from_utf8(value.to_vec()).unwrap();
        text.replace("\"amount\":1000000", "\"amount\":-1000000")
            .into_bytes()
    });
    let error = SharedEngine::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Restore { .. }), "{error:?}");
    let why = error.source().unwrap().to_string();
    assert!(why.contains("of table ledger"), "{why}");
}

#[test]
fn a_record_of_an_unknown_table_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    drop(Gateway::open(&path).unwrap());
    write(&path, |records| {
        let mut table = records.open_table(RECORDS).unwrap();
        table
            .insert(("later", b"1".as_slice()), b"{}".as_slice())
            .unwrap();
    });
    let error = SharedEngine::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Restore { .. }), "{error:?}");
}

#[test]
fn a_file_of_another_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    drop(Gateway::open(&path).unwrap());
    write(&path, |records| {
        let format: redb::TableDefinition<'_, &str, u64> = redb::TableDefinition::new("format");
        records
            .open_table(format)
            .unwrap()
            .insert("version", 2)
            .unwrap();
    });
    let error = SharedEngine::open(&path).unwrap_err();
    assert!(
        matches!(error, StoreError::Format { found: 2, .. }),
        "{error:?}"
    );
}

const RECORDS: redb::TableDefinition<'_, (&str, &[u8]), &[u8]> =
    redb::TableDefinition::new("records");

fn write(path: &Path, change: impl FnOnce(&redb::WriteTransaction)) {
    let database = redb::Database::open(path).unwrap();
    let transaction = database.begin_write().unwrap();
    change(&transaction);
    transaction.commit().unwrap();
}

/// Changes the first record of a table.
fn tamper(path: &Path, table: &str, change: impl FnOnce(&[u8]) -> Vec<u8>) {
    use redb::ReadableTable as _;
    write(path, |transaction| {
        let mut records = transaction.open_table(RECORDS).unwrap();
        let (key, value) = {
            let from = (table, b"".as_slice());
            let (key, value) = records.range(from..).unwrap().next().unwrap().unwrap();
            let (name, key) = key.value();
            assert_eq!(name, table);
            (key.to_vec(), value.value().to_vec())
        };
        let value = change(&value);
        records
            .insert((table, key.as_slice()), value.as_slice())
            .unwrap();
    });
}
