//! Whole answers to readers, as bytes ready to send, for as long as they hold.
//!
//! Only what was read for all readers is here: an answer of which any part was read for its asker, or at a
//! moment, says so (`Cx::reader`) and is not kept; neither is one with an error.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;

use crate::app::fresh::{Fresh, Ticket};
use crate::domain::dep::Dep;

/// Answers with fewer bytes are sent as they are: what compression saves is less than it costs.
const SMALL: usize = 1024;
/// An answer that depends on more than this is purged with everything: headers have an end.
const KEYS: usize = 200;
/// Bytes that a name of an answer takes, with what is left of an answer that is gone.
const NAME: u64 = 500;
/// Bytes that an answer takes, about.
const USUAL: u64 = 10_000;
/// How often whoever waits for another's answer waits anew, where that was overtaken by a change.
const PATIENCE: usize = 3;

/// What is asked, whoever asks: document, operation and variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Question(pub [u8; 32]);

/// How an answer is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// As gzip.
    Gzip,
    /// As brotli.
    Brotli,
}

/// An answer to readers.
pub struct Kept {
    plain: Bytes,
    gzip: OnceLock<Option<Bytes>>,
    brotli: OnceLock<Option<Bytes>>,
    sum: String,
    /// What a CDN purges it by, with blanks between.
    pub keys: String,
    ticket: Ticket,
}

impl Kept {
    /// An answer with what it depends on.
    #[must_use]
    pub fn new(body: Vec<u8>, ticket: Ticket, deps: &[Dep]) -> Self {
        let hash = Sha256::digest(&body);
        let sum = URL_SAFE_NO_PAD.encode(hash.get(..12).unwrap_or_default());
        let mut keys: Vec<String> = if deps.len() > KEYS { Vec::new() } else { deps.iter().map(Dep::to_string).collect() };
        keys.push(Dep::Anything.to_string());
        keys.sort_unstable();
        Self { plain: body.into(), gzip: OnceLock::new(), brotli: OnceLock::new(), sum, keys: keys.join(" "), ticket }
    }

    /// Its bytes, packed as wanted where that makes them fewer.
    pub fn packed(&self, wanted: Packing) -> (Bytes, Packing) {
        let packed = match wanted {
            Packing::Plain => None,
            Packing::Gzip => self.gzip.get_or_init(|| smaller(&self.plain, gzip(&self.plain))).as_ref(),
            Packing::Brotli => self.brotli.get_or_init(|| smaller(&self.plain, brotli(&self.plain))).as_ref(),
        };
        packed.map_or_else(|| (self.plain.clone(), Packing::Plain), |bytes| (bytes.clone(), wanted))
    }

    /// What tells these bytes from all others.
    #[must_use]
    pub fn etag(&self, packing: Packing) -> String {
        match packing {
            Packing::Plain => format!("\"{}\"", self.sum),
            Packing::Gzip => format!("\"{}.gz\"", self.sum),
            Packing::Brotli => format!("\"{}.br\"", self.sum),
        }
    }

    fn weight(&self) -> u64 {
        // Packed bytes come later, and are fewer.
        u64::try_from(self.plain.len() * 2 + self.keys.len() * 3 + 600).unwrap_or(u64::MAX)
    }
}

fn smaller(plain: &Bytes, packed: Option<Vec<u8>>) -> Option<Bytes> {
    packed.filter(|packed| plain.len() >= SMALL && packed.len() < plain.len()).map(Bytes::from)
}

fn gzip(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

fn brotli(plain: &[u8]) -> Option<Vec<u8>> {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 5, size_hint: plain.len(), ..Default::default() };
    brotli::BrotliCompress(&mut &*plain, &mut packed, &parameters).ok()?;
    Some(packed)
}

#[derive(Clone)]
struct Whole;

impl Weighter<Question, Arc<Kept>> for Whole {
    fn weight(&self, _: &Question, kept: &Arc<Kept>) -> u64 {
        kept.weight()
    }
}

#[derive(Clone)]
struct Pointer;

impl Weighter<u128, Weak<Kept>> for Pointer {
    fn weight(&self, _: &u128, _: &Weak<Kept>) -> u64 {
        NAME
    }
}

/// Answers to readers.
pub struct Answers {
    fresh: Arc<Fresh>,
    by_question: Cache<Question, Arc<Kept>, Whole>,
    /// By the bytes of a request, hashed under a key that nobody knows. These names keep no answer in memory.
    by_request: Cache<u128, Weak<Kept>, Pointer>,
    flights: Mutex<HashMap<Question, watch::Receiver<Option<Landing>>>>,
    is_used: bool,
}

/// How the making of an answer ended for those who waited for it.
#[derive(Clone)]
enum Landing {
    /// It was kept.
    Kept(Arc<Kept>),
    /// It is not for others.
    Private,
    /// Something changed meanwhile, or its maker left.
    Overtaken,
}

/// What to do about a question.
pub enum Way<'a> {
    /// The answer is there.
    Kept(Arc<Kept>),
    /// Make it, and tell those who wait for it.
    Make(Flight<'a>),
    /// Make it; nobody waits.
    Alone,
}

/// An answer in the making. Dropped without a word, it tells those who wait to see for themselves.
pub struct Flight<'a> {
    answers: &'a Answers,
    question: Question,
    told: watch::Sender<Option<Landing>>,
}

impl Answers {
    /// None yet; at most so many bytes of them.
    #[must_use]
    pub fn new(fresh: Arc<Fresh>, bytes: u64) -> Self {
        let usual = usize::try_from(bytes / USUAL).unwrap_or(usize::MAX);
        Self {
            fresh,
            by_question: Cache::with_weighter(usual, bytes, Whole),
            by_request: Cache::with_weighter(usual, bytes / 8, Pointer),
            flights: Mutex::default(),
            is_used: bytes > 0,
        }
    }

    /// Whether any are kept at all.
    #[must_use]
    pub const fn is_used(&self) -> bool {
        self.is_used
    }

    /// The answer to a request of these bytes, as long as it holds.
    #[must_use]
    pub fn to_request(&self, request: u128) -> Option<Arc<Kept>> {
        self.by_request.get(&request)?.upgrade().filter(|kept| self.fresh.holds(&kept.ticket))
    }

    /// The answer to a question, as long as it holds.
    #[must_use]
    pub fn to_question(&self, question: Question) -> Option<Arc<Kept>> {
        self.by_question.get(&question).filter(|kept| self.fresh.holds(&kept.ticket))
    }

    /// Remembers another name of an answer.
    pub fn name(&self, request: u128, kept: &Arc<Kept>) {
        self.by_request.insert(request, Arc::downgrade(kept));
    }

    /// Finds the answer, waits for whoever makes it, or says to make it.
    pub async fn way(&self, question: Question) -> Way<'_> {
        if !self.is_used {
            return Way::Alone;
        }
        for _ in 0..PATIENCE {
            if let Some(kept) = self.to_question(question) {
                return Way::Kept(kept);
            }
            let mut coming = {
                let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
                match flights.get(&question) {
                    Some(coming) => coming.clone(),
                    None => {
                        let (told, coming) = watch::channel(None);
                        flights.insert(question, coming);
                        return Way::Make(Flight { answers: self, question, told });
                    }
                }
            };
            let landing = coming.wait_for(Option::is_some).await.ok().and_then(|landing| landing.clone());
            match landing {
                // What another began before this request came is as good as one's own only if it still holds.
                Some(Landing::Kept(kept)) if self.fresh.holds(&kept.ticket) => return Way::Kept(kept),
                Some(Landing::Private) => return Way::Alone,
                _ => {}
            }
        }
        Way::Alone
    }
}

impl Flight<'_> {
    /// The answer is made. `end` is what its reading came to.
    pub fn land(self, body: Option<Vec<u8>>, end: Option<(Ticket, Vec<Dep>)>, is_private: bool) -> Option<Arc<Kept>> {
        let kept = body.zip(end).map(|(body, (ticket, deps))| Arc::new(Kept::new(body, ticket, &deps)));
        let landing = match &kept {
            Some(kept) => {
                self.answers.by_question.insert(self.question, Arc::clone(kept));
                Landing::Kept(Arc::clone(kept))
            }
            None if is_private => Landing::Private,
            None => Landing::Overtaken,
        };
        self.told.send_replace(Some(landing));
        kept
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.answers.flights.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.question);
        self.told.send_if_modified(|landing| landing.is_none().then(|| *landing = Some(Landing::Overtaken)).is_some());
    }
}
