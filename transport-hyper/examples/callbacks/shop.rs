//! What a shop does with a callback, whatever server it came through.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use wechatpay_core::http::{Request, Response};
use wechatpay_core::{ApiV3Key, Bytes, Deduplicator, Keyring, Reply, RsaSigner, Timestamp};
use wechatpay_hyper::Client;

use crate::callbacks::Setup;
use crate::callbacks::books::Books;

/// The most of a body that is held in memory. A notice has a few thousand bytes.
pub(crate) const BODY_LIMIT: usize = 64 << 10;

/// Notices are repeated for 24 hours: more of them than a day brings.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(100_000).expect("more than none");

pub(crate) struct Shop {
    client: Client<RsaSigner, Keyring>,
    api_v3_key: Arc<ApiV3Key>,
    seen: Mutex<Deduplicator>,
    books: Arc<Books>,
}

impl Shop {
    pub(crate) fn new(setup: Setup) -> Self {
        Self {
            client: Client::new(setup.merchant, setup.signer, setup.keys),
            api_v3_key: setup.api_v3_key,
            seen: Mutex::new(Deduplicator::new(REMEMBERED)),
            books: setup.books,
        }
    }

    /// Deals with a request to the `notify_url`, whose body is whole and as it came.
    ///
    /// A server drops this when the platform hangs up. A claim that is lost so is handed out again
    /// after its lease, like that of a handler that crashed.
    pub(crate) async fn receive(&self, request: &Request<Bytes>) -> Response<Bytes> {
        // Fetches the platform's new certificate when the request names one that is not held.
        let notice = match self.client.open_notice(request, &self.api_v3_key).await {
            Ok(notice) => notice,
            Err(error) => {
                self.books.note(&error);
                return Reply::refuse(&error);
            }
        };
        // The lock is held for the claim, and not while the notice is dealt with.
        let now = Timestamp::from(SystemTime::now());
        let claim = self.seen().claim(&notice.id, now);
        let ticket = match claim.into_ticket() {
            Ok(ticket) => ticket,
            Err(reply) => return reply,
        };
        // Keeps the notice where a crash does not lose it. Whatever takes longer than the platform's
        // 5 seconds, such as shipping, follows from what was kept.
        match self.books.apply(&notice) {
            Ok(()) => {
                self.seen().done(ticket);
                Reply::accept()
            }
            Err(busy) => {
                self.seen().failed(ticket);
                Reply::again(&busy.to_string())
            }
        }
    }

    fn seen(&self) -> MutexGuard<'_, Deduplicator> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
