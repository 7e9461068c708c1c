//! Runs a request's loads when the rest of the request waits for them, and not a moment before.
//!
//! A loader that starts by a timer, or on another thread, takes whatever keys there are by then: the
//! number of statements depends on luck. Here everything that can go on without data goes on first,
//! and loads begin together once those before them have ended, so a batch has every key that this
//! step of the request can ask for, however long its lists are.

use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::future::{Future, poll_fn};
use std::hash::Hash;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use async_graphql::dataloader::Loader;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::oneshot;

/// How often a request may go on by itself before others get their turn.
const TURNS: usize = 1000;

/// What a request has loaded, and what it waits for.
pub struct Loads<L> {
    loader: Arc<L>,
    shelves: Mutex<HashMap<TypeId, Box<dyn Any + Send>>>,
    line: Mutex<Vec<Start>>,
}

/// Forms a batch of what is wanted by now, and gives its load.
type Start = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

/// What a batch asks for, and who waits for it.
struct Batch<K, E> {
    wanted: Vec<K>,
    waiting: Vec<oneshot::Sender<Result<(), E>>>,
}

/// What is known of one kind of key: `None` is known not to be there.
struct Shelf<K, V, E> {
    known: HashMap<K, Option<V>>,
    /// What the next batch asks for, and who waits for it.
    wanted: Vec<K>,
    waiting: Vec<oneshot::Sender<Result<(), E>>>,
    /// What the batch that runs asks for, and who else waits for it: it is not asked for twice.
    coming: HashSet<K>,
    also_waiting: Vec<oneshot::Sender<Result<(), E>>>,
}

impl<K, V, E> Shelf<K, V, E> {
    fn new() -> Self {
        Self {
            known: HashMap::new(),
            wanted: Vec::new(),
            waiting: Vec::new(),
            coming: HashSet::new(),
            also_waiting: Vec::new(),
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<L: Send + Sync + 'static> Loads<L> {
    /// Nothing loaded yet.
    pub fn new(loader: L) -> Arc<Self> {
        Arc::new(Self { loader: Arc::new(loader), shelves: Mutex::default(), line: Mutex::default() })
    }

    /// Loads several things, each by its key; what is not there is left out.
    pub async fn load<K>(self: &Arc<Self>, keys: Vec<K>) -> Result<HashMap<K, L::Value>, L::Error>
    where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        L: Loader<K>,
        L::Value: Send,
    {
        let waits = self.shelf::<K, _>(|shelf| {
            let unknown: Vec<&K> = keys.iter().filter(|key| !shelf.known.contains_key(key)).collect();
            if unknown.is_empty() {
                return None;
            }
            let new: Vec<K> = unknown.into_iter().filter(|key| !shelf.coming.contains(key)).cloned().collect();
            let (tell, told) = oneshot::channel();
            if new.is_empty() {
                shelf.also_waiting.push(tell);
                return Some((false, told));
            }
            // What is coming is here when the next batch ends: batches do not overlap.
            let is_first = shelf.waiting.is_empty();
            shelf.wanted.extend(new);
            shelf.waiting.push(tell);
            Some((is_first, told))
        });
        if let Some((is_first, told)) = waits {
            if is_first {
                let loads = Arc::clone(self);
                locked(&self.line).push(Box::new(move || {
                    let batch = loads.form::<K>();
                    Box::pin(async move { loads.run(batch).await })
                }));
            }
            // A load that is dropped goes with its request, and then nobody waits.
            if let Ok(outcome) = told.await {
                outcome?;
            }
        }
        Ok(self.shelf::<K, _>(|shelf| {
            let found = keys.into_iter().filter_map(|key| shelf.known.get(&key).cloned().flatten().map(|value| (key, value)));
            found.collect()
        }))
    }

    fn form<K>(&self) -> Batch<K, L::Error>
    where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        L: Loader<K>,
        L::Value: Send,
    {
        self.shelf::<K, _>(|shelf| {
            let mut wanted = std::mem::take(&mut shelf.wanted);
            wanted.retain(|key| shelf.coming.insert(key.clone()));
            Batch { wanted, waiting: std::mem::take(&mut shelf.waiting) }
        })
    }

    async fn run<K>(&self, batch: Batch<K, L::Error>)
    where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        L: Loader<K>,
        L::Value: Send,
    {
        let Batch { wanted, mut waiting } = batch;
        let outcome = match self.loader.load(&wanted).await {
            Ok(mut found) => self.shelf::<K, _>(|shelf| {
                shelf.known.extend(wanted.into_iter().map(|key| {
                    let value = found.remove(&key);
                    (key, value)
                }));
                Ok(())
            }),
            Err(error) => Err(error),
        };
        waiting.extend(self.shelf::<K, _>(|shelf| {
            shelf.coming.clear();
            std::mem::take(&mut shelf.also_waiting)
        }));
        for waiter in waiting {
            // Whoever waits no more does not hear.
            let _ = waiter.send(outcome.clone());
        }
    }

    fn shelf<K, T>(&self, look: impl FnOnce(&mut Shelf<K, L::Value, L::Error>) -> T) -> T
    where
        K: Clone + Eq + Hash + Send + Sync + 'static,
        L: Loader<K>,
        L::Value: Send,
    {
        let empty = Shelf::<K, L::Value, L::Error>::new;
        let mut shelves = locked(&self.shelves);
        let shelf = shelves.entry(TypeId::of::<K>()).or_insert_with(|| Box::new(empty()));
        match shelf.downcast_mut() {
            Some(shelf) => look(shelf),
            // A key's type names its shelf, so no other shelf can stand there.
            None => look(&mut empty()),
        }
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
        locked(&self.runtime).wake_by_ref();
    }
}

/// Runs a request to its end, with its loads.
pub async fn drive<F: Future, L>(request: F, loads: Arc<Loads<L>>) -> F::Output {
    // The runtime's budget would make futures that are ready seem to wait, and cut batches in pieces;
    // `TURNS` bounds the request instead.
    let mut request = pin!(tokio::task::unconstrained(request));
    let mut running = FuturesUnordered::new();
    let note = Arc::new(Note { can_go_on: AtomicBool::new(true), runtime: Mutex::new(Waker::noop().clone()) });
    let waker = Waker::from(Arc::clone(&note));
    poll_fn(move |outer| {
        locked(&note.runtime).clone_from(outer.waker());
        for _ in 0..TURNS {
            if note.can_go_on.swap(false, Ordering::AcqRel) {
                if let Poll::Ready(done) = request.as_mut().poll(&mut Context::from_waker(&waker)) {
                    return Poll::Ready(done);
                }
                continue;
            }
            if running.is_empty() {
                // All batches are formed before the first of them runs: none depends on which is the fastest.
                let line = std::mem::take(&mut *locked(&loads.line));
                running.extend(line.into_iter().map(|start| start()));
                if running.is_empty() {
                    return Poll::Pending;
                }
            }
            if running.poll_next_unpin(outer).is_pending() {
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

    use async_trait::async_trait;
    use futures_util::future::join_all;

    use super::*;

    struct Counting(Arc<AtomicUsize>);

    #[async_trait]
    impl Loader<usize> for Counting {
        type Value = usize;
        type Error = ();
        async fn load(&self, keys: &[usize]) -> Result<HashMap<usize, usize>, ()> {
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
        let loads = Loads::new(Counting(Arc::clone(&batches)));
        let ask = async |key: usize| {
            for _ in 0..key % 7 {
                step_aside().await;
            }
            let twice = loads.load(vec![key]).await.ok().and_then(|found| found.get(&key).copied()).unwrap_or_default();
            let again = loads.load(vec![key, twice + 1000]).await.unwrap_or_default();
            again.len()
        };
        let request = join_all((0..300).map(ask));

        let answers = drive(request, Arc::clone(&loads)).await;

        assert_eq!(answers, vec![2; 300]);
        assert_eq!(batches.load(Ordering::Relaxed), 2);
    }
}
