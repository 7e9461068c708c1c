//! What an answer to readers depends on. Whoever changes one of these says so, and every answer that was kept
//! and depends on it is forgotten.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use entity::ids::{ArticleId, AuthorId, DraftId, ImageId, RevisionId, SectionId, TagId};

/// One thing that an answer to readers depends on; also what is not there is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dep {
    /// Anything that readers see.
    Anything,
    /// The list of all live articles, and how many there are.
    Articles,
    /// An article: its row, byline, tags, editions and notes.
    Article(ArticleId),
    /// Whether a draft has an article.
    Of(DraftId),
    /// Where a slug leads.
    Slug(Arc<str>),
    /// Which live articles a section has.
    In(SectionId),
    /// Which live articles an author has.
    By(AuthorId),
    /// Which live articles have a tag.
    Tagged(TagId),
    /// Whether there is a tag with this slug.
    TagAt(Arc<str>),
    /// What is suggested to readers of an article.
    Near(ArticleId),
    /// The related links of a draft.
    Related(DraftId),
    /// The related links of live articles to a draft.
    LinkedFrom(DraftId),
    /// An author's profile.
    Author(AuthorId),
    /// Whether there is an author with this slug.
    AuthorAt(Arc<str>),
    /// The list of all authors.
    Authors,
    /// The sections.
    Sections,
    /// The affiliate policies, and where they hold.
    Policies,
    /// An image.
    Image(ImageId),
    /// The body of a revision, as it was compiled and its links judged.
    Body(RevisionId),
}

impl fmt::Display for Dep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anything => f.write_str("all"),
            Self::Articles => f.write_str("articles"),
            Self::Article(id) => write!(f, "{id}"),
            Self::Of(id) => write!(f, "of:{id}"),
            Self::Slug(slug) => write!(f, "at:{slug}"),
            Self::In(id) => write!(f, "in:{id}"),
            Self::By(id) => write!(f, "by:{id}"),
            Self::Tagged(id) => write!(f, "tagged:{id}"),
            Self::TagAt(slug) => write!(f, "tag-at:{slug}"),
            Self::Near(id) => write!(f, "near:{id}"),
            Self::Related(id) => write!(f, "related:{id}"),
            Self::LinkedFrom(id) => write!(f, "linked-from:{id}"),
            Self::Author(id) => write!(f, "{id}"),
            Self::AuthorAt(slug) => write!(f, "author-at:{slug}"),
            Self::Authors => f.write_str("authors"),
            Self::Sections => f.write_str("sections"),
            Self::Policies => f.write_str("policies"),
            Self::Image(id) => write!(f, "{id}"),
            Self::Body(id) => write!(f, "{id}"),
        }
    }
}

/// The text names nothing that this version knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown;

impl FromStr for Dep {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        fn id<T: FromStr>(text: &str) -> Result<T, Unknown> {
            text.parse().map_err(|_| Unknown)
        }
        match text.split_once(':') {
            None => match text {
                "all" => Ok(Self::Anything),
                "articles" => Ok(Self::Articles),
                "authors" => Ok(Self::Authors),
                "sections" => Ok(Self::Sections),
                "policies" => Ok(Self::Policies),
                _ => id(text).map(Self::Article).or_else(|_| id(text).map(Self::Author)).or_else(|_| id(text).map(Self::Image)).or_else(|_| id(text).map(Self::Body)),
            },
            Some(("of", rest)) => id(rest).map(Self::Of),
            Some(("at", rest)) => Ok(Self::Slug(rest.into())),
            Some(("in", rest)) => id(rest).map(Self::In),
            Some(("by", rest)) => id(rest).map(Self::By),
            Some(("tagged", rest)) => id(rest).map(Self::Tagged),
            Some(("tag-at", rest)) => Ok(Self::TagAt(rest.into())),
            Some(("near", rest)) => id(rest).map(Self::Near),
            Some(("related", rest)) => id(rest).map(Self::Related),
            Some(("linked-from", rest)) => id(rest).map(Self::LinkedFrom),
            Some(("author-at", rest)) => Ok(Self::AuthorAt(rest.into())),
            Some(_) => Err(Unknown),
        }
    }
}

/// More changes than these in one transaction are told as 'anything'.
const MOST: usize = 4000;

/// What a transaction changes for readers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes(BTreeSet<Dep>);

impl Changes {
    /// One more.
    pub fn add(&mut self, dep: Dep) {
        if self.0.len() >= MOST || dep == Dep::Anything {
            self.0 = BTreeSet::from([Dep::Anything]);
        }
        if !self.0.contains(&Dep::Anything) {
            self.0.insert(dep);
        }
    }

    /// Whether readers see no difference.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Dep> {
        self.0.iter()
    }

    /// As the log keeps them: words with a blank between.
    #[must_use]
    pub fn in_words(&self) -> Option<String> {
        (!self.is_empty()).then(|| self.0.iter().map(Dep::to_string).collect::<Vec<_>>().join(" "))
    }

    /// As the log has them. What another version wrote and this one does not know may be anything.
    #[must_use]
    pub fn from_words(words: Option<&str>) -> Self {
        let mut changes = Self::default();
        for word in words.unwrap_or_default().split_whitespace() {
            changes.add(word.parse().unwrap_or(Dep::Anything));
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_log_keeps_is_what_was_changed() {
        let deps = [
            Dep::Articles,
            Dep::Article(ArticleId::new()),
            Dep::Of(DraftId::new()),
            Dep::Slug("a-b".into()),
            Dep::In(SectionId::new()),
            Dep::By(AuthorId::new()),
            Dep::Tagged(TagId::new()),
            Dep::TagAt("x".into()),
            Dep::Near(ArticleId::new()),
            Dep::Related(DraftId::new()),
            Dep::LinkedFrom(DraftId::new()),
            Dep::Author(AuthorId::new()),
            Dep::AuthorAt("y".into()),
            Dep::Authors,
            Dep::Sections,
            Dep::Policies,
            Dep::Image(ImageId::new()),
            Dep::Body(RevisionId::new()),
        ];
        let mut changes = Changes::default();
        deps.iter().cloned().for_each(|dep| changes.add(dep));
        assert_eq!(changes.iter().count(), deps.len());
        assert_eq!(Changes::from_words(changes.in_words().as_deref()), changes);
    }

    #[test]
    fn what_nobody_knows_may_be_anything() {
        assert!(Changes::from_words(None).is_empty());
        assert_eq!(Changes::from_words(Some("articles moons:3")).iter().collect::<Vec<_>>(), [&Dep::Anything]);
    }

    #[test]
    fn very_many_changes_are_told_in_one_word() {
        let mut changes = Changes::default();
        (0..=MOST).for_each(|number| changes.add(Dep::Slug(number.to_string().into())));
        assert_eq!(changes.in_words().as_deref(), Some("all"));
    }
}
