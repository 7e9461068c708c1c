//! In from other systems, and out to them.

pub mod archive;
mod markdown;
mod posts;

pub use markdown::{MarkdownImport, Report, import_markdown};
