use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::sync::Notify;

/// What all bodies of one direction may take together, besides what each has free.
const MOST: usize = 32 * 1024 * 1024;

/// So much of each body is free: whatever others do, small requests are read, and answered.
const FREE: usize = 16 * 1024;

/// What the bodies of requests, or those of answers, take of memory while they are under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(Arc<Account>);

#[derive(Debug, Default)]
struct Account {
    taken: AtomicUsize,
    given_back: Notify,
}

impl Memory {
    /// For a body that comes in pieces.
    pub(crate) fn share(&self) -> Share {
        Share {
            memory: self.clone(),
            free: FREE,
            taken: 0,
        }
    }

    /// The same bytes, which count for as long as any of them is left; none when there is no room.
    /// Shared ones, which are those of kept files, take nothing more.
    pub(crate) fn hold(&self, bytes: Bytes) -> Option<Bytes> {
        if bytes.len() <= FREE || !bytes.is_unique() {
            return Some(bytes);
        }
        if !self.has_room() {
            return None;
        }
        let mut share = self.share();
        share.add(bytes.len());
        Some(Bytes::from_owner(Held {
            bytes,
            _share: share,
        }))
    }

    fn has_room(&self) -> bool {
        self.0.taken.load(Ordering::Acquire) < MOST
    }

    async fn room(&self) {
        loop {
            let given_back = self.0.given_back.notified();
            let mut given_back = std::pin::pin!(given_back);
            // What is given back from here on is not missed.
            given_back.as_mut().enable();
            if self.has_room() {
                return;
            }
            given_back.await;
        }
    }
}

/// What one body takes, given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    memory: Memory,
    free: usize,
    taken: usize,
}

impl Share {
    /// Takes more, once there is some left.
    pub(crate) async fn take(&mut self, bytes: usize) {
        if bytes > self.free {
            self.memory.room().await;
        }
        self.add(bytes);
    }

    fn add(&mut self, bytes: usize) {
        let free = self.free.min(bytes);
        self.free -= free;
        self.taken += bytes - free;
        let account = &self.memory.0;
        account.taken.fetch_add(bytes - free, Ordering::AcqRel);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let account = &self.memory.0;
        account.taken.fetch_sub(self.taken, Ordering::AcqRel);
        account.given_back.notify_waiters();
    }
}

struct Held {
    bytes: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use bytes::Bytes;

    use super::{FREE, MOST, Memory};

    fn answer(size: usize) -> Bytes {
        Bytes::from(vec![b' '; size])
    }

    #[test]
    fn answers_count_until_they_are_sent() {
        let memory = Memory::default();
        let first = memory.hold(answer(MOST + FREE)).unwrap();
        assert_eq!(first.len(), MOST + FREE);
        assert!(memory.hold(answer(FREE + 1)).is_none());
        let end = first.slice(MOST..);
        drop(first);
        assert!(
            memory.hold(answer(FREE + 1)).is_none(),
            "a part is not sent"
        );
        drop(end);
        assert!(memory.hold(answer(FREE + 1)).is_some());
    }

    #[test]
    fn small_answers_and_kept_files_always_go() {
        let memory = Memory::default();
        let _first = memory.hold(answer(MOST + FREE)).unwrap();
        assert!(memory.hold(answer(FREE)).is_some());
        let file = answer(MOST);
        assert_eq!(memory.hold(file.clone()), Some(file));
    }

    #[test]
    fn a_body_waits_for_room_beyond_what_is_free() {
        let memory = Memory::default();
        let (mut large, mut small) = (memory.share(), memory.share());
        pollster::block_on(large.take(MOST + FREE));
        pollster::block_on(small.take(FREE));
        let mut more = Box::pin(small.take(1));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(more.as_mut().poll(&mut context).is_pending());
        drop(large);
        assert!(more.as_mut().poll(&mut context).is_ready());
    }
}
