//! Platform keys with a life: the switch and its rollback, rotation, lists that are not adopted.

use std::time::Duration;

use wechatpay_core::{
    ApiV3Key, Certificate, Keyring, PlatformKeys, Timestamp, Verifier as _, http,
};

use crate::common::lists::{
    API_V3_KEY, NEW, NEW_FILE, OLD, OLD_FILE, adopt, after, certificates, declared, ids, list, now,
    ring, signed, verifies,
};
use crate::common::{self, PLATFORM_ID, key, platform_keys};

#[test]
fn switching_to_the_public_key_and_back_fails_no_message_in_flight() {
    let ring = ring(certificates(&[OLD_FILE]));
    assert_eq!(declared(&ring), OLD);

    ring.add_public_key(PLATFORM_ID, &key("platform_spki.pem"))
        .unwrap();
    assert_eq!(declared(&ring), PLATFORM_ID);
    assert!(
        verifies(&ring, OLD),
        "an answer that was asked for before the switch"
    );
    assert!(verifies(&ring, PLATFORM_ID));

    ring.declare(OLD).unwrap();
    assert_eq!(declared(&ring), OLD);
    assert!(
        verifies(&ring, PLATFORM_ID),
        "an answer that was asked for before the rollback"
    );

    let error = ring.declare("PUB_KEY_ID_77").unwrap_err();
    assert!(error.to_string().contains("PUB_KEY_ID_77"), "{error}");
    assert_eq!(declared(&ring), OLD, "what fails changes nothing");
}

#[test]
fn a_snapshot_stays_what_it_was() {
    let ring = ring(certificates(&[OLD_FILE]));
    let before = ring.current();
    ring.replace(platform_keys());
    assert_eq!(before.iter().count(), 1);
    assert_eq!(before.declared().unwrap().as_str(), OLD);
    assert_eq!(ids(&ring), [PLATFORM_ID]);
}

#[test]
fn certificates_rotate_and_the_old_one_stays_for_messages_on_their_way() {
    let ring = ring(certificates(&[OLD_FILE]));
    let both = list(&[(OLD, OLD_FILE), (NEW, NEW_FILE)], NEW, now());
    adopt(&ring, &both, now()).unwrap();
    assert_eq!(ids(&ring), [OLD, NEW]);

    let only_new = |at| adopt(&ring, &list(&[(NEW, NEW_FILE)], NEW, at), at).unwrap();
    only_new(after(10));
    assert_eq!(declared(&ring), NEW, "what is not listed is not declared");
    for at in [11, 20, 10 + 3599] {
        only_new(after(at));
        assert_eq!(
            ids(&ring),
            [OLD, NEW],
            "messages signed with it may be on their way"
        );
    }
    only_new(after(10 + 3600));
    assert_eq!(ids(&ring), [NEW]);
}

#[test]
fn public_keys_stay_beside_adopted_certificates_and_stay_declared() {
    let ring = ring(platform_keys());
    let listed = list(&[(OLD, OLD_FILE)], PLATFORM_ID, now());
    adopt(&ring, &listed, now()).unwrap();
    assert_eq!(ids(&ring), [OLD, PLATFORM_ID]);
    assert_eq!(declared(&ring), PLATFORM_ID);
}

#[test]
fn a_list_that_cannot_be_trusted_whole_changes_nothing() {
    let other_serial = [(NEW, OLD_FILE)];
    let expired = [(
        "3F2E1D0C5B4A69788796A5B4C3D2E1F00F1E2D3C",
        "platform_cert_expired.pem",
    )];
    let merchants_own = [(common::MERCHANT_SERIAL, "merchant_cert.pem")];
    let good = [(OLD, OLD_FILE), (NEW, NEW_FILE)];
    let with_a_bad_one = [(NEW, NEW_FILE), ("4B2C", OLD_FILE)];
    let changed = |mut response: http::Response<Vec<u8>>| {
        let at = response.body().len() - 2;
        response.body_mut().insert(at, b' ');
        response
    };
    let cases = [
        (
            "another serial number",
            list(&other_serial, OLD, now()),
            "has the serial number",
        ),
        (
            "expired",
            list(&expired, OLD, now()),
            "none of the 1 listed certificates is valid now",
        ),
        (
            "the merchant's own",
            list(&merchants_own, OLD, now()),
            "belongs to merchant",
        ),
        (
            "one of them bad",
            list(&with_a_bad_one, OLD, now()),
            "has the serial number",
        ),
        (
            "an unknown key",
            list(&good, "7777", now()),
            "platform key \"7777\" is not held",
        ),
        (
            "a changed byte",
            changed(list(&good, NEW, now())),
            "does not verify",
        ),
        (
            "an old answer",
            list(&good, NEW, Timestamp::from_secs(now().as_secs() - 300)),
            "300 s apart",
        ),
        (
            "no signature",
            common::unsigned_answer(200, list(&good, NEW, now()).into_body()),
            "is missing",
        ),
        (
            "no list",
            signed(200, "[1]".to_owned(), OLD, now()),
            "not a certificate list",
        ),
        ("empty", list(&[], OLD, now()), "none of the 0 listed"),
    ];
    for (name, response, words) in cases {
        let ring = ring(certificates(&[OLD_FILE]));
        let error = adopt(&ring, &response, now()).unwrap_err();
        assert!(error.to_string().contains(words), "{name}: {error}");
        assert_eq!(ids(&ring), [OLD], "{name}");
        assert!(verifies(&ring, OLD), "{name}");
    }
    let other_key = Keyring::new(certificates(&[OLD_FILE]))
        .with_api_v3_key(ApiV3Key::new("another key that has 32 bytes!!!").unwrap());
    let error = adopt(&other_key, &list(&good, NEW, now()), now()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("does not open with this APIv3 key"),
        "{error}"
    );
    assert_eq!(ids(&other_key), [OLD]);
}

#[test]
fn a_refresh_is_due_when_certificates_are_and_not_for_public_keys() {
    let noon = Duration::from_secs(12 * 60 * 60);
    assert_eq!(ring(PlatformKeys::new()).next_refresh(now()), Some(now()));
    assert_eq!(ring(platform_keys()).next_refresh(now()), None);
    assert_eq!(
        Keyring::new(PlatformKeys::new()).next_refresh(now()),
        None,
        "no APIv3 key"
    );

    let ring = ring(certificates(&[OLD_FILE]));
    assert!(ring.is_due(now()), "it never saw a list");
    let listed = list(&[(OLD, OLD_FILE)], OLD, now());
    adopt(&ring, &listed, now()).unwrap();
    assert_eq!(ring.next_refresh(now()), Some(now().plus(noon)));
    assert!(!ring.is_due(after(1)) && ring.is_due(now().plus(noon)));

    let certificate = Certificate::from_pem(&key(OLD_FILE)).unwrap();
    let keys = certificates(&[OLD_FILE]);
    let eve = Timestamp::from_secs(certificate.not_after().as_secs() - 24 * 60 * 60);
    assert_eq!(keys.next_refresh(now()), Some(now().plus(noon)));
    let hour = Duration::from_secs(60 * 60);
    assert_eq!(
        keys.next_refresh(eve),
        Some(eve.plus(hour)),
        "in its last day"
    );
    assert_eq!(
        platform_keys().next_refresh(now()),
        None,
        "public keys do not expire"
    );
}

#[test]
fn debug_names_the_keys_and_shows_none() {
    let shown = format!("{:?}", ring(platform_keys()));
    assert!(shown.contains(PLATFORM_ID), "{shown}");
    assert!(!shown.contains(API_V3_KEY), "{shown}");
}
