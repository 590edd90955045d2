//! Tasks that are polled by hand: only after they were woken, so that a lost wake-up shows, or a
//! given number of times.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use tokio_test::task;

use super::adapter::RUNTIME;

/// More than any session needs.
const MAX_POLLS: usize = 10_000;

pub(crate) type Task<'a> = task::Spawn<Pin<Box<dyn Future<Output = ()> + 'a>>>;

pub(crate) fn task<'a>(future: impl Future<Output = ()> + 'a) -> Task<'a> {
    task::spawn(Box::pin(future))
}

/// Polls the tasks that were woken until all are done.
pub(crate) fn run_all(mut tasks: Vec<Task<'_>>) {
    let _entered = RUNTIME.enter();
    let mut are_new = true;
    for _ in 0..MAX_POLLS {
        let count = tasks.len();
        let mut is_any_woken = are_new;
        tasks.retain_mut(|task| {
            let is_woken = are_new || task.is_woken();
            is_any_woken |= is_woken;
            !(is_woken && task.poll().is_ready())
        });
        are_new = false;
        if tasks.is_empty() {
            return;
        }
        assert!(is_any_woken, "{count} tasks wait for ever");
    }
    panic!("{} tasks spin", tasks.len());
}

/// Polls a future to its end.
pub(crate) fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut value = None;
    run_all(vec![task(async { value = Some(future.await) })]);
    value.unwrap()
}

/// Polls a future this many times, and drops it if it is not ready by then.
pub(crate) fn poll_times<T>(count: usize, future: impl Future<Output = T>) -> Option<T> {
    let _entered = RUNTIME.enter();
    let mut task = task::spawn(future);
    (0..count).find_map(|_| match task.poll() {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    })
}
