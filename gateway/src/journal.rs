use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use tokio::sync::watch;

use crate::records::Changes;
use crate::store::{Store, StoreError};

/// Writes changes in the order in which they happened, several at once where several wait.
#[derive(Debug)]
pub(crate) struct Journal {
    /// None once it ends.
    queue: Option<mpsc::Sender<Changes>>,
    queued: u64,
    progress: watch::Receiver<Progress>,
    thread: Option<JoinHandle<()>>,
}

/// How far the writing is.
#[derive(Clone, Debug)]
enum Progress {
    /// So many changes are on the disk.
    Kept(u64),
    /// Nothing more will be.
    Failed(String),
}

/// Waits until what happened before is on the disk.
#[must_use = "an answer is sent only when what it tells is kept"]
#[derive(Debug)]
pub(crate) struct Ticket {
    number: u64,
    progress: watch::Receiver<Progress>,
}

/// The state could not be kept.
#[derive(Debug)]
pub(crate) struct NotKept;

impl Journal {
    pub(crate) fn start(store: Store) -> Result<Self, StoreError> {
        let (queue, waiting) = mpsc::channel();
        let (tell, progress) = watch::channel(Progress::Kept(0));
        let thread = thread::Builder::new()
            .name("wechatpay-gateway-state".to_owned())
            .spawn(move || write(&store, &waiting, &tell))
            .map_err(StoreError::Thread)?;
        Ok(Self {
            queue: Some(queue),
            queued: 0,
            progress,
            thread: Some(thread),
        })
    }

    /// Queues changes. The ticket is for them and all before them.
    pub(crate) fn push(&mut self, changes: Changes) -> Ticket {
        if !changes.is_empty() {
            self.queued += 1;
            if let Some(queue) = &self.queue {
                // A thread that is gone has said why.
                let _ = queue.send(changes);
            }
        }
        Ticket {
            number: self.queued,
            progress: self.progress.clone(),
        }
    }

    /// Follows the writing.
    pub(crate) fn failing(&self) -> impl Future<Output = ()> + use<> {
        let mut progress = self.progress.clone();
        async move {
            let failed = |progress: &Progress| matches!(progress, Progress::Failed(_));
            // A thread that is gone writes nothing more either.
            let _ = progress.wait_for(failed).await;
        }
    }

    /// Why nothing more is kept, once that is so.
    pub(crate) fn failure(&self) -> Option<String> {
        let gone = self.thread.as_ref().is_none_or(JoinHandle::is_finished);
        match &*self.progress.borrow() {
            Progress::Failed(why) => Some(why.clone()),
            Progress::Kept(_) if gone => Some("the thread that writes it has ended".to_owned()),
            Progress::Kept(_) => None,
        }
    }
}

impl Ticket {
    pub(crate) async fn kept(mut self) -> Result<(), NotKept> {
        let number = self.number;
        let done = |progress: &Progress| match progress {
            Progress::Kept(kept) => *kept >= number,
            Progress::Failed(_) => true,
        };
        match self.progress.wait_for(done).await.as_deref() {
            Ok(Progress::Kept(_)) => Ok(()),
            Ok(Progress::Failed(_)) | Err(_) => Err(NotKept),
        }
    }
}

fn write(store: &Store, waiting: &mpsc::Receiver<Changes>, tell: &watch::Sender<Progress>) {
    let mut kept = 0;
    while let Ok(mut changes) = waiting.recv() {
        let mut count = 1;
        while let Ok(more) = waiting.try_recv() {
            changes.extend(more);
            count += 1;
        }
        if let Err(error) = store.keep(&changes) {
            let _ = tell.send(Progress::Failed(error.to_string()));
            return;
        }
        kept += count;
        let _ = tell.send(Progress::Kept(kept));
    }
}

/// Writes what is queued before it is gone.
impl Drop for Journal {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
