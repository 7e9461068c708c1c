//! In from other systems, and out to them.

mod markdown;
mod posts;

pub use markdown::{MarkdownImport, Report, import_markdown};
