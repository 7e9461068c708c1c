//! Pages of a list by keyset: a cursor holds what the list is ordered by, so a page costs the
//! same wherever it stands, and nothing is skipped or shown twice while rows come and go.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::refusal::{Complaints, Refusal};

/// How many nodes a page holds where nothing is asked.
pub const DEFAULT: u64 = 20;
/// How many a page may hold at the most.
pub const MOST: u64 = 100;

/// A place in a list: the value that it is ordered by (microseconds of a time, or a number) and
/// the id that tells equals apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cursor {
    /// Microseconds since 1970, or a number.
    pub key: i64,
    /// Nil where the key alone is unique.
    pub id: Uuid,
}

impl Cursor {
    /// As clients see it: opaque, safe in a URL.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut bytes = [0u8; 24];
        let (key, id) = bytes.split_at_mut(8);
        key.copy_from_slice(&self.key.to_be_bytes());
        id.copy_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What [`Cursor::encode`] made; nothing else.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        if text.len() > 40 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (key, id) = bytes.split_first_chunk::<8>()?;
        Some(Self { key: i64::from_be_bytes(*key), id: Uuid::from_slice(id).ok()? })
    }
}

/// What part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    /// How many at the most.
    pub limit: u64,
    /// From the end instead of from the start.
    pub backward: bool,
    /// Only what comes after this place.
    pub after: Option<Cursor>,
    /// Only what comes before this place.
    pub before: Option<Cursor>,
}

impl Page {
    /// The first nodes of a list.
    #[must_use]
    pub const fn first(limit: u64) -> Self {
        Self { limit, backward: false, after: None, before: None }
    }

    /// The page that a client's four arguments mean.
    pub fn parse(
        first: Option<i32>,
        after: Option<&str>,
        last: Option<i32>,
        before: Option<&str>,
    ) -> Result<Self, Refusal> {
        let mut complaints = Complaints::default();
        let mut size = |name: &str, asked: Option<i32>| {
            let asked = asked?;
            match u64::try_from(asked) {
                Ok(n) if (1..=MOST).contains(&n) => Some(n),
                _ => {
                    complaints.add(name, format!("is {asked}; ask for 1 to {MOST}"));
                    None
                }
            }
        };
        let (head, tail) = (size("first", first), size("last", last));
        if first.is_some() && last.is_some() {
            complaints.add("last", "stands beside first; give one of them");
        }
        let mut place = |name: &str, text: Option<&str>| {
            let text = text?;
            let cursor = Cursor::decode(text);
            if cursor.is_none() {
                complaints.add(name, "is no cursor; take one from pageInfo or an edge");
            }
            cursor
        };
        let (after, before) = (place("after", after), place("before", before));
        complaints.refuse()?;
        Ok(Self { limit: head.or(tail).unwrap_or(DEFAULT), backward: tail.is_some(), after, before })
    }
}

/// One page of a list, in the list's order.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// Each node with its place.
    pub items: Vec<(Cursor, T)>,
    /// Whether more come after.
    pub has_next: bool,
    /// Whether more came before.
    pub has_previous: bool,
}

impl<T> Default for Slice<T> {
    fn default() -> Self {
        Self { items: Vec::new(), has_next: false, has_previous: false }
    }
}

impl<T> Slice<T> {
    /// Makes a page of rows that were read in reading order (from the end where the page is
    /// asked backward), one more than asked for where there are more.
    #[must_use]
    pub fn of(mut rows: Vec<T>, page: &Page, place: impl Fn(&T) -> Cursor) -> Self {
        let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        if page.backward {
            rows.reverse();
        }
        let (has_next, has_previous) =
            if page.backward { (page.before.is_some(), more) } else { (more, page.after.is_some()) };
        Self { items: rows.into_iter().map(|row| (place(&row), row)).collect(), has_next, has_previous }
    }

    /// The same page of something else, without what is not there any more.
    #[must_use]
    pub fn keep<U>(self, find: impl Fn(T) -> Option<U>) -> Slice<U> {
        let items = self.items.into_iter().filter_map(|(cursor, row)| Some((cursor, find(row)?)));
        Slice { items: items.collect(), has_next: self.has_next, has_previous: self.has_previous }
    }

    /// The same page of something else.
    #[must_use]
    pub fn map<U>(self, make: impl Fn(T) -> U) -> Slice<U> {
        Slice {
            items: self.items.into_iter().map(|(cursor, row)| (cursor, make(row))).collect(),
            has_next: self.has_next,
            has_previous: self.has_previous,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_reads_back(key: i64, id: u128) {
            let cursor = Cursor { key, id: Uuid::from_u128(id) };
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }

        #[test]
        fn no_text_makes_decoding_panic(text in ".{0,60}") {
            let _ = Cursor::decode(&text);
        }
    }

    #[test]
    fn a_page_outside_its_bounds_is_refused_not_cut() {
        for bad in [0, -1, 101, i32::MIN, i32::MAX] {
            assert!(Page::parse(Some(bad), None, None, None).is_err());
            assert!(Page::parse(None, None, Some(bad), None).is_err());
        }
        assert!(Page::parse(Some(1), None, Some(1), None).is_err());
        assert!(Page::parse(None, Some("nonsense"), None, None).is_err());
        assert_eq!(Page::parse(None, None, None, None).map(|page| page.limit), Ok(20));
    }
}
