//! Tasks on a clock of their own: one runs at a time, and time passes only when all wait.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Whose task it is: when a process crashes, its tasks are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The world itself: what is on its way, what happens by chance.
    World,
    /// The process of the merchant of this number.
    Merchant(usize),
}

/// Milliseconds since the simulation began.
pub(crate) type Millis = u64;

#[derive(Clone, Default)]
pub(crate) struct Executor(Rc<Inner>);

#[derive(Default)]
struct Inner {
    now: Cell<Millis>,
    spawned: Cell<u64>,
    tasks: RefCell<BTreeMap<u64, Task>>,
    timers: RefCell<BTreeMap<(Millis, u64), Waker>>,
    timers_set: Cell<u64>,
    ready: Arc<Ready>,
}

struct Task {
    owner: Owner,
    future: Pin<Box<dyn Future<Output = ()>>>,
}

/// The tasks that want to run, in the order in which they were woken.
#[derive(Default)]
struct Ready(Mutex<VecDeque<u64>>);

impl Ready {
    fn push(&self, task: u64) {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !queue.contains(&task) {
            queue.push_back(task);
        }
    }

    fn pop(&self) -> Option<u64> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queue.pop_front()
    }
}

struct Bell {
    task: u64,
    ready: Arc<Ready>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.ready.push(self.task);
    }
}

impl Executor {
    pub(crate) fn now(&self) -> Millis {
        self.0.now.get()
    }

    pub(crate) fn spawn(&self, owner: Owner, future: impl Future<Output = ()> + 'static) {
        let task = self.0.spawned.get();
        self.0.spawned.set(task + 1);
        let future = Box::pin(future);
        let mut tasks = self.0.tasks.borrow_mut();
        tasks.insert(task, Task { owner, future });
        self.0.ready.push(task);
    }

    /// Drops an owner's tasks where they stand. Nobody ends their own.
    pub(crate) fn kill(&self, owner: Owner) {
        let dead: Vec<Task> = {
            let mut tasks = self.0.tasks.borrow_mut();
            let theirs = tasks.iter().filter(|(_, task)| task.owner == owner);
            let ids: Vec<u64> = theirs.map(|(id, _)| *id).collect();
            ids.iter().filter_map(|id| tasks.remove(id)).collect()
        };
        // What a task does when it is dropped may reach for the executor.
        drop(dead);
    }

    /// Drops all tasks.
    pub(crate) fn end(&self) {
        let tasks = std::mem::take(&mut *self.0.tasks.borrow_mut());
        drop(tasks);
        self.0.timers.borrow_mut().clear();
    }

    /// Runs until this time, or until nothing is left to wait for.
    pub(crate) fn run_until(&self, end: Millis) {
        loop {
            while let Some(task) = self.0.ready.pop() {
                self.poll(task);
            }
            let first = self.0.timers.borrow().first_key_value().map(|(at, _)| *at);
            match first.filter(|(at, _)| *at <= end) {
                Some(timer) => {
                    self.0.now.set(timer.0);
                    let waker = self.0.timers.borrow_mut().remove(&timer);
                    waker.into_iter().for_each(Waker::wake);
                }
                None => {
                    self.0.now.set(end.max(self.now()));
                    return;
                }
            }
        }
    }

    fn poll(&self, task: u64) {
        let running = self.0.tasks.borrow_mut().remove(&task);
        let Some(mut running) = running else { return };
        let ready = Arc::clone(&self.0.ready);
        let waker = Waker::from(Arc::new(Bell { task, ready }));
        let mut context = Context::from_waker(&waker);
        if running.future.as_mut().poll(&mut context).is_pending() {
            self.0.tasks.borrow_mut().insert(task, running);
        }
    }

    pub(crate) fn sleep(&self, time: Millis) -> Sleep {
        Sleep {
            executor: self.clone(),
            due: self.now().saturating_add(time),
            set: false,
        }
    }

    /// What came first: the future's end, or the end of the time.
    pub(crate) async fn within<T>(
        &self,
        time: Millis,
        future: impl Future<Output = T>,
    ) -> Option<T> {
        tokio::select! {
            biased;
            done = future => Some(done),
            () = self.sleep(time) => None,
        }
    }
}

pub(crate) struct Sleep {
    executor: Executor,
    due: Millis,
    set: bool,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let inner = Rc::clone(&self.executor.0);
        if inner.now.get() >= self.due {
            return Poll::Ready(());
        }
        if !self.set {
            self.set = true;
            let number = inner.timers_set.get();
            inner.timers_set.set(number + 1);
            let mut timers = inner.timers.borrow_mut();
            timers.insert((self.due, number), context.waker().clone());
        }
        Poll::Pending
    }
}
