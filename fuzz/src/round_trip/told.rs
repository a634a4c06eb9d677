use arbitrary::Arbitrary;
use serde_json::json;
use wechatpay_core::http::Request;
use wechatpay_core::{Notice, NoticeError, SealedResource};

use super::{Flip, Words, signature};
use crate::stage::{API_V3_KEY, NOW, PLATFORM_KEYS};

/// A callback as the platform makes it.
#[derive(Arbitrary, Debug)]
pub(super) struct Told {
    id: Words,
    event_type: EventType,
    original_type: Option<Words>,
    summary: Option<Words>,
    associated_data: Words,
    plaintext: Vec<u8>,
}

#[derive(Arbitrary, Debug)]
enum EventType {
    Payment,
    Refund,
    Sharing,
    Other(Words),
}

impl Told {
    pub(super) fn travels(&self, flip: Flip) {
        let event_type = match &self.event_type {
            EventType::Payment => "TRANSACTION.SUCCESS",
            EventType::Refund => "REFUND.CLOSED",
            EventType::Sharing => "PROFITSHARING",
            EventType::Other(words) => &words.0,
        };
        let associated_data = &self.associated_data.0;
        let sealed = SealedResource::seal(
            &API_V3_KEY,
            "fuzzingfuzz0",
            associated_data,
            &self.plaintext,
        );
        let mut resource = json!(sealed.expect("the nonce has 12 bytes"));
        resource["original_type"] = json!(self.original_type.as_ref().map(|text| &text.0));
        let body = json!({
            "id": self.id.0, "create_time": "2026-11-21T12:00:00+08:00", "event_type": event_type,
            "summary": self.summary.as_ref().map(|text| &text.0), "resource": resource,
        });
        let mut request = Request::new(body.to_string().into_bytes());
        signature(request.body()).write_headers(request.headers_mut());
        let open =
            |request: &Request<Vec<u8>>| Notice::open(request, &*PLATFORM_KEYS, &API_V3_KEY, NOW);
        match open(&request) {
            Ok(notice) => self.is(&notice, event_type),
            Err(NoticeError::Payload { notice, .. }) => self.is(&notice, event_type),
            // A notice without an id could not be told from another.
            Err(error) => assert!(self.id.0.is_empty(), "{error}"),
        }
        let changed = flip.apply(request.body()).expect("a notice has bytes");
        *request.body_mut() = changed;
        assert!(matches!(open(&request), Err(NoticeError::Untrusted { .. })));
    }

    fn is(&self, notice: &Notice, event_type: &str) {
        assert_eq!(notice.id, self.id.0);
        assert_eq!(notice.event_type.text(), event_type);
        assert_eq!(
            notice.summary.as_ref(),
            self.summary.as_ref().map(|text| &text.0)
        );
        let original_type = self.original_type.as_ref().map(|text| &text.0);
        assert_eq!(notice.original_type.as_ref(), original_type);
        assert_eq!(notice.plaintext, self.plaintext);
    }
}
