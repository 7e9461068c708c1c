//! What an editor notices of comments that follow their text.

mod drafts;
mod properties;
