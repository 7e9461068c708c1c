//! What a socket may have in memory: no more of a message than is allowed, and no more answers than their
//! client takes.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::stream::{Stream, StreamExt as _};
use tokio::sync::Semaphore;

/// Bytes of answers that may wait for a client.
const WAITING: usize = 1 << 20;

/// How long the frames may be that a client sends, and whether one was longer. The library looks at the
/// length when it has the whole frame in memory.
#[derive(Clone)]
pub(super) struct Frames {
    most: Rc<Cell<u64>>,
    is_over: Rc<Cell<bool>>,
}

impl Frames {
    pub(super) fn new(most: usize) -> Self {
        Self { most: Rc::new(Cell::new(most as u64)), is_over: Rc::default() }
    }

    pub(super) fn grow(&self, most: usize) {
        self.most.set(most as u64);
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.get()
    }

    /// The same bytes, as far as no frame of them is too long.
    pub(super) fn measured(&self, payload: Payload) -> Payload {
        let (frames, mut place) = (self.clone(), Place::default());
        let measured = payload.map(move |chunk| {
            let chunk = chunk?;
            if place.pass(&chunk, frames.most.get()) {
                return Ok(chunk);
            }
            frames.is_over.set(true);
            Err(PayloadError::Overflow)
        });
        let measured: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = Box::pin(measured);
        Payload::from(measured)
    }
}

/// Where in the frames the bytes have come to.
#[derive(Default)]
struct Place {
    /// The frame's header, as far as it came: RFC 6455, 5.2.
    header: Vec<u8>,
    /// Bytes of the frame that are still to come.
    rest: u64,
}

impl Place {
    /// Whether no frame that begins in these bytes is too long.
    fn pass(&mut self, mut bytes: &[u8], most: u64) -> bool {
        while let Some((&first, after)) = bytes.split_first() {
            if self.rest > 0 {
                let passed = self.rest.min(bytes.len() as u64);
                self.rest -= passed;
                bytes = bytes.get(usize::try_from(passed).unwrap_or(bytes.len())..).unwrap_or_default();
                continue;
            }
            self.header.push(first);
            bytes = after;
            if let Some(length) = length(&self.header) {
                self.header.clear();
                if length > most {
                    return false;
                }
                self.rest = length;
            }
        }
        true
    }
}

/// The length of what follows a header, once all of the header is there.
fn length(header: &[u8]) -> Option<u64> {
    let second = header.get(1)?;
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    let (extended, short) = match second & 0x7f {
        126 => (2, None),
        127 => (8, None),
        short => (0, Some(u64::from(short))),
    };
    if header.len() < 2 + extended + mask {
        return None;
    }
    let long = header.get(2..2 + extended)?.iter().fold(0, |length, byte| length << 8 | u64::from(*byte));
    Some(short.unwrap_or(long))
}

/// How much waits for a client.
#[derive(Clone)]
pub(super) struct Waiting {
    room: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

impl Waiting {
    pub(super) fn new() -> Self {
        Self { room: Arc::new(Semaphore::new(WAITING)), waiting: Arc::default() }
    }

    /// Waits until there is room for so many bytes; for all, where there are more than ever fit.
    pub(super) async fn room_for(&self, bytes: usize) {
        let bytes = bytes.min(WAITING);
        if let Ok(room) = self.room.acquire_many(u32::try_from(bytes).unwrap_or(u32::MAX)).await {
            room.forget();
            self.waiting.fetch_add(bytes, Ordering::AcqRel);
        }
    }

    fn took(&self, bytes: usize) {
        let before = self.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, |waiting| Some(waiting.saturating_sub(bytes)));
        self.room.add_permits(bytes.min(before.unwrap_or_default()));
    }

    /// The same body, which tells how much of it was taken.
    pub(super) fn told(self, body: BoxBody) -> BoxBody {
        BoxBody::new(Told { body, waiting: self })
    }
}

struct Told {
    body: BoxBody,
    waiting: Waiting,
}

impl MessageBody for Told {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_next(context);
        if let Poll::Ready(Some(Ok(bytes))) = &polled {
            self.waiting.took(bytes.len());
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn frames_are_measured_by_their_headers_however_the_bytes_are_cut() {
        let mut bytes = vec![0x81, 0x83, 1, 2, 3, 4, 9, 9, 9];
        bytes.extend([0x01, 0x7e, 0x01, 0x00]);
        bytes.extend([7; 256]);
        bytes.extend([0x80, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, 5, 5, 5, 5]);
        for cut in 1..bytes.len() {
            let fits = |most| {
                let mut place = Place::default();
                bytes.chunks(cut).all(|chunk| place.pass(chunk, most))
            };
            assert!(fits(65_537), "in parts of {cut}");
            assert!(!fits(65_536), "in parts of {cut}");
        }
    }
}
