//! What is trusted, and what is not.

use serde_json::Value;
use wechatpay_core::api::bill;
use wechatpay_core::{
    AnyOperation, Bytes, Effect, Method, Notice, NoticeError, Reason, Timestamp, Unverified,
    VerifyError, header_name,
};

use crate::bench::{NOW, Transport, answer, complete, known_notice, unsigned};
use crate::server::{self, Act, Server, signed};

fn list() -> AnyOperation {
    AnyOperation::new(Method::GET, "/v3/certificates")
}

/// Without it: answers and callbacks verify until the platform writes a space or a field elsewhere.
#[test]
fn p02_the_bytes_are_verified_and_not_what_they_mean() {
    let odd =
        "{ \"result\" :\t\"SUCCESS\",\r\n\"amount\": 1e1, \"description\": \"\\u6d4b\\/试\" }\n";
    for transport in Transport::BOTH {
        let server = Server::start(|_| Act::Write(signed("200 OK", odd.as_bytes())));
        let document = transport.to_script(&server).call(&list()).unwrap();
        assert_eq!(document.0["description"], "测/试");
    }
    let (notice, key) = known_notice("payment_partner");
    let now = Timestamp::from_secs(1_795_219_502);
    Notice::open(&notice, &server::keys(), &key, now).unwrap();
    let meaning: Value = serde_json::from_slice(notice.body()).unwrap();
    let rewritten = notice.map(|_| Bytes::from(meaning.to_string()));
    let refused = Notice::open(&rewritten, &server::keys(), &key, now).unwrap_err();
    assert!(
        matches!(untrusted(&refused), Some(VerifyError::BadSignature { .. })),
        "{refused}"
    );
}

/// Without it: whoever recorded a message once can send it for ever.
#[test]
fn p11_a_message_grows_old() {
    let (notice, key) = known_notice("payment_partner");
    let signed_at = 1_795_219_502;
    let open = |now| Notice::open(&notice, &server::keys(), &key, Timestamp::from_secs(now));
    for near in [signed_at - 299, signed_at + 299] {
        open(near).unwrap();
    }
    for far in [signed_at - 300, signed_at + 300, signed_at + 86_400] {
        let refused = open(far).unwrap_err();
        let stale = VerifyError::Stale {
            at: Timestamp::from_secs(signed_at),
            now: Timestamp::from_secs(far),
        };
        assert_eq!(untrusted(&refused), Some(&stale));
    }

    let answer = answer("{}");
    let later = |seconds| Timestamp::from_secs(NOW.as_secs() + seconds);
    complete(&list(), &answer, later(299)).unwrap();
    let refused = complete(&list(), &answer, later(300)).unwrap_err();
    assert!(
        matches!(
            &refused.reason,
            Reason::Untrusted {
                source: VerifyError::Stale { .. },
                ..
            }
        ),
        "{refused}"
    );
}

/// Without it: bills and images are refused for want of a signature, or anyone's answer is taken
/// for the platform's.
#[test]
fn p13_only_what_is_documented_as_unsigned_is_taken_unsigned() {
    for transport in Transport::BOTH {
        let server = Server::start(|_| Act::Write(unsigned("200 OK", "`100.00")));
        let client = transport.to_script(&server);
        let file = format!("{}/v3/billdownload/file?token=x", server.base_url());
        let file = client.call(&bill::Download::new(file)).unwrap();
        assert_eq!(file, Unverified(Bytes::from_static(b"`100.00")));

        let create = AnyOperation::new(Method::POST, "/v3/ecommerce/subsidies/create");
        let forged = client.call(&create).unwrap_err();
        let header = header_name::SERIAL;
        assert_eq!(forged.untrusted, Some(VerifyError::Missing { header }));
        assert_eq!(forged.effect, Effect::Unknown);

        let careless = client.call(&create.answering::<Unverified>()).unwrap_err();
        let advice = "take a response type that is verified; nothing was sent";
        assert!(careless.words.ends_with(advice), "{}", careless.words);
        assert_eq!(server.seen().len(), 2);
    }
}

fn untrusted(error: &NoticeError) -> Option<&VerifyError> {
    match error {
        NoticeError::Untrusted { source, .. } => Some(source),
        _ => None,
    }
}
