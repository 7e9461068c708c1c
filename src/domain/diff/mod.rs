//! What changed between two revisions of an article: for programs as a unified diff of the Markdown,
//! for editors as the page itself with its changes marked.
//!
//! Invariant: nothing here takes long, whatever it is given; see `compare::Effort`.

mod align;
pub(super) mod compare;
mod formats;
mod html;
pub(super) mod likeness;
mod markup;
pub(super) mod parts;
mod running;
#[cfg(test)]
pub(super) mod tests;
mod unified;
mod words;

use std::collections::HashSet;

pub use html::marked;
pub use unified::unified;

/// Which links came and which went, each once, in the order in which they first appear.
#[must_use]
pub fn links(before: &[String], after: &[String]) -> (Vec<String>, Vec<String>) {
    (missing_from(before, after), missing_from(after, before))
}

/// Those of `links` that `others` does not have.
fn missing_from(others: &[String], links: &[String]) -> Vec<String> {
    let mut known: HashSet<&String> = others.iter().collect();
    links.iter().filter(|link| known.insert(link)).cloned().collect()
}
