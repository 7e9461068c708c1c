//! Runs a request's loads when the rest of the request waits for them, and not a moment before.
//!
//! A loader that starts by a timer, or on another thread, takes whatever keys there are by then: the
//! number of statements depends on luck. Here everything that can go on without data goes on first,
//! so a batch has every key that this step of the request can ask for, however long its lists are.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};

/// How often a request may go on by itself before others get their turn.
const TURNS: usize = 1000;

/// Loads that wait for their turn.
#[derive(Clone, Default)]
pub struct Loads(Arc<Mutex<Vec<BoxFuture<'static, ()>>>>);

impl Loads {
    /// Puts a load in line.
    pub fn add(&self, load: BoxFuture<'static, ()>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(load);
    }

    fn take(&self) -> Vec<BoxFuture<'static, ()>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Notes that the request can go on, and tells the runtime.
struct Note {
    can_go_on: AtomicBool,
    runtime: Mutex<Waker>,
}

impl Wake for Note {
    fn wake(self: Arc<Self>) {
        self.can_go_on.store(true, Ordering::Release);
        self.runtime.lock().unwrap_or_else(PoisonError::into_inner).wake_by_ref();
    }
}

/// Runs a request to its end, with its loads.
pub async fn drive<F: Future>(request: F, loads: Loads) -> F::Output {
    let mut request = pin!(request);
    let mut running = FuturesUnordered::new();
    let note = Arc::new(Note { can_go_on: AtomicBool::new(true), runtime: Mutex::new(Waker::noop().clone()) });
    let waker = Waker::from(Arc::clone(&note));
    poll_fn(move |outer| {
        note.runtime.lock().unwrap_or_else(PoisonError::into_inner).clone_from(outer.waker());
        for _ in 0..TURNS {
            // All loads of a step end before the next step begins, so that what is asked for next does
            // not depend on which was the fastest.
            while !running.is_empty() {
                if running.poll_next_unpin(outer).is_pending() {
                    return Poll::Pending;
                }
            }
            if note.can_go_on.swap(false, Ordering::AcqRel) {
                if let Poll::Ready(done) = request.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Poll::Ready(done);
                }
                continue;
            }
            running.extend(loads.take());
            if running.is_empty() {
                return Poll::Pending;
            }
        }
        outer.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use async_graphql::dataloader::{DataLoader, Loader};
    use futures_util::future::join_all;

    use super::*;

    struct Counting(Arc<AtomicUsize>);

    impl Loader<usize> for Counting {
        type Value = usize;
        type Error = ();
        async fn load(&self, keys: &[usize]) -> Result<std::collections::HashMap<usize, usize>, ()> {
            self.0.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok(keys.iter().map(|key| (*key, key * 2)).collect())
        }
    }

    /// What a long list does: lets others go first, and asks at once to go on.
    async fn step_aside() {
        let mut stepped = false;
        poll_fn(|context| {
            if std::mem::replace(&mut stepped, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    #[tokio::test]
    async fn however_many_ask_and_however_often_they_yield_each_step_is_one_batch() {
        let batches = Arc::new(AtomicUsize::new(0));
        let loads = Loads::default();
        let line = loads.clone();
        let loader = DataLoader::new(Counting(Arc::clone(&batches)), move |load| line.add(load)).delay(std::time::Duration::ZERO);
        let ask = async |key: usize| {
            for _ in 0..key % 7 {
                step_aside().await;
            }
            let twice = loader.load_one(key).await.ok().flatten().unwrap_or_default();
            loader.load_one(twice + 1000).await.ok().flatten()
        };
        let request = join_all((0..300).map(ask));

        let answers = drive(request, loads).await;

        assert_eq!(answers.len(), 300);
        assert!(answers.iter().all(Option::is_some));
        assert_eq!(batches.load(Ordering::Relaxed), 2);
    }
}
