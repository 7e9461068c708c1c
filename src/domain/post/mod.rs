//! A post of another system as its file tells it: front matter above, Markdown below.
//! Nothing here knows articles, the database or the clock; `app::transfer` makes articles of it.

mod address;
mod authors;
mod byline;
mod code;
mod date;
mod destination;
mod front_matter;
mod links;
mod template;
mod written;

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::Value;

use self::{address::FileName, front_matter::Fields};
pub use self::{
    address::address,
    authors::{AuthorEntry, parse_authors},
    byline::name_of,
    links::{Rewritten, rewrite},
    written::{front_matter as front_matter_of, listed},
};

/// One post as its file tells it, not yet an article.
#[derive(Debug, Clone, PartialEq)]
pub struct Post {
    /// Where the file lies below the imported folder, '/'-separated.
    pub path: String,
    /// The headline; made from the file's name when the post has none.
    pub title: String,
    /// The standfirst.
    pub dek: Option<String>,
    /// When it went out where it comes from.
    pub published_at: DateTime<Utc>,
    /// Keys or names as typed, in order, no doubles.
    pub authors: Vec<String>,
    /// Tags as typed, in order, no doubles.
    pub tags: Vec<String>,
    /// The section's name as typed.
    pub section: Option<String>,
    /// From the slug, the permalink or the file's name without its date; not yet normalised.
    pub slug: String,
    /// Every address under which other posts may mean this one: paths in the form of
    /// [`address`], and the file's stem. The first holders of an address should win it,
    /// as `/slug/` is not unique on sites that put dates into their addresses.
    pub addresses: Vec<String>,
    /// Markdown, template expressions still in it, lines ending in LF.
    pub body: String,
    /// The post was not public where it comes from.
    pub is_draft: bool,
}

/// What is wrong with a file and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", place(.line))]
pub struct BadPost {
    /// 1-based, counted in the file and not in its front matter.
    pub line: Option<usize>,
    /// A sentence for whoever has to mend the file.
    pub message: String,
}

impl BadPost {
    pub(super) fn new(line: Option<usize>, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

fn place(line: &Option<usize>) -> String {
    line.map(|line| format!("line {line}: ")).unwrap_or_default()
}

/// Reads one file. `path` is relative and '/'-separated: its last part gives date, slug and
/// headline where the front matter is silent.
pub fn parse(path: &str, bytes: &[u8]) -> Result<Post, BadPost> {
    let text = text_of(bytes)?;
    let (fields, body) = front_matter::split(&text)?;
    let file = FileName::of(path);
    let (published_at, days) = date_of(&fields, &file)?;
    let (section, tags) = section_and_tags(&fields);
    let permalinks: Vec<String> = ["permalink", "url"]
        .iter()
        .filter_map(|name| fields.text(&[name]))
        .filter_map(|typed| address::of_permalink(&typed))
        .collect();
    let slug = fields
        .text(&["slug"])
        .or_else(|| permalinks.iter().find_map(|path| address::last_part(path)))
        .unwrap_or_else(|| file.slug.clone());
    let moved: Vec<String> = fields
        .texts(&["redirectfrom", "aliases"])
        .iter()
        .filter_map(|typed| address::of_permalink(typed))
        .collect();
    Ok(Post {
        path: path.to_owned(),
        title: fields.text(&["title", "headline"]).unwrap_or_else(|| file.title()),
        dek: ["dek", "deck", "subtitle", "excerpt", "summary", "description"]
            .iter()
            .find_map(|name| fields.text(&[name])),
        published_at,
        authors: byline::of_post(&fields)?,
        tags,
        section,
        addresses: address::all(&file, &slug, &permalinks, &moved, &days),
        slug,
        body: body.to_owned(),
        is_draft: is_draft(&fields, path),
    })
}

/// The file as text with LF line ends, without a byte order mark.
fn text_of(bytes: &[u8]) -> Result<String, BadPost> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let line_at = |end: usize| 1 + bytes.iter().take(end).filter(|&&byte| byte == b'\n').count();
    let text = std::str::from_utf8(bytes).map_err(|error| {
        BadPost::new(
            Some(line_at(error.valid_up_to())),
            "this is not UTF-8: save the file as UTF-8 and import it again",
        )
    })?;
    if let Some(at) = text.find('\0') {
        return Err(BadPost::new(
            Some(line_at(at)),
            "there is a NUL character here, as in no text: is it a Markdown file?",
        ));
    }
    Ok(text.replace("\r\n", "\n"))
}

/// When the post went out, and the days its address may carry: those of its file's name, of
/// its date as typed and of that moment in UTC. Site generators differ in which they take.
fn date_of(fields: &Fields, file: &FileName) -> Result<(DateTime<Utc>, Vec<NaiveDate>), BadPost> {
    const NAMES: [&str; 6] = ["date", "published", "publishedat", "publishdate", "pubdate", "pubdatetime"];
    let mut days: Vec<NaiveDate> = file.day.into_iter().collect();
    // `published: false` is about being a draft, not about a day.
    let typed = NAMES.iter().find_map(|name| {
        let text = fields.text(&[name])?;
        (front_matter::truth(&text).is_none()).then_some((name, text))
    });
    let Some((name, text)) = typed else {
        return match file.day {
            Some(day) => Ok((day.and_time(NaiveTime::MIN).and_utc(), days)),
            None => Err(BadPost::new(
                None,
                "there is no date: add `date: 2016-01-31` to the front matter, \
                 or begin the file's name with `2016-01-31-`",
            )),
        };
    };
    let Some((moment, local)) = date::read(&text) else {
        let shown: String = text.chars().take(60).collect();
        return Err(BadPost::new(
            fields.line_of(name),
            format!(
                "'{shown}' is no date: write it as 2016-01-31, 2016-01-31 09:30 or 2016-01-31T09:30:00+02:00"
            ),
        ));
    };
    for day in [local, moment.date_naive()] {
        if !days.contains(&day) {
            days.push(day);
        }
    }
    Ok((moment, days))
}

/// A post has one section and any number of tags; what other systems call categories is
/// either, so the first becomes the section if nothing else is it, and the others tags.
fn section_and_tags(fields: &Fields) -> (Option<String>, Vec<String>) {
    let mut sections = fields.texts(&["section"]);
    sections.extend(fields.texts(&["category"]));
    sections.extend(fields.texts(&["categories"]));
    let mut sections = sections.into_iter();
    let section = sections.next();
    let mut tags: Vec<String> = Vec::new();
    let mut known: HashSet<String> = section.iter().map(|name| name.to_lowercase()).collect();
    for typed in
        ["tags", "tag", "keywords", "topics"].iter().flat_map(|name| fields.texts(&[name])).chain(sections)
    {
        let tag = typed.trim_start_matches('#').trim();
        if !tag.is_empty() && known.insert(tag.to_lowercase()) {
            tags.push(tag.to_owned());
        }
    }
    (section, tags)
}

fn is_draft(fields: &Fields, path: &str) -> bool {
    let says = |name: &str, what: bool| {
        fields.text(&[name]).and_then(|text| front_matter::truth(&text)) == Some(what)
    };
    says("draft", true)
        || says("published", false)
        || matches!(fields.get("status"), Some(Value::String(word)) if word.eq_ignore_ascii_case("draft"))
        || path.split('/').any(|part| part == "_drafts")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(path: &str, text: &str) -> Post {
        parse(path, text.as_bytes()).unwrap()
    }

    #[test]
    fn a_post_tells_its_fields_under_their_usual_names() {
        let text = "---\nheadline: ' Bread  rises '\npublishDate: 2020-02-03 10:00:00 +0200\nby: Ada Moss and Bo Finch\n\
                    topics: [food]\ncategories: [Kitchen, Baking]\nkeywords: yeast, Food\ndeck: Slowly.\nsummary: no\n\
                    permalink: /kitchen/bread-rises.html\n---\nDough.\n";

        let post = post("2020-02-03-bread.md", text);

        assert_eq!(post.title, "Bread rises");
        assert_eq!(post.published_at.to_rfc3339(), "2020-02-03T08:00:00+00:00");
        assert_eq!(post.authors, ["Ada Moss", "Bo Finch"]);
        assert_eq!(post.section.as_deref(), Some("Kitchen"));
        assert_eq!(post.tags, ["yeast", "Food", "Baking"]);
        assert_eq!(post.dek.as_deref(), Some("Slowly."));
        assert_eq!(post.slug, "bread-rises");
        assert_eq!(post.body, "Dough.\n");
        for expected in
            ["/kitchen/bread-rises/", "/2020/02/03/bread/", "/2020/02/03/bread-rises/", "2020-02-03-bread"]
        {
            assert!(post.addresses.iter().any(|a| a == expected), "{expected} in {:?}", post.addresses);
        }
    }

    #[test]
    fn a_silent_front_matter_is_filled_from_the_name_of_the_file() {
        let post = post("_posts/2019-5-07-where_rivers-meet.md", "Just text.");

        assert_eq!(post.title, "Where rivers meet");
        assert_eq!(post.slug, "where_rivers-meet");
        assert_eq!(post.published_at.to_rfc3339(), "2019-05-07T00:00:00+00:00");
        assert!(post.authors.is_empty() && !post.is_draft);
    }

    #[test]
    fn toml_crlf_and_a_byte_order_mark_are_read() {
        let text = "\u{feff}+++\r\ntitle = \"Tide\"\r\ndate = 2021-06-01T05:00:00-04:00\r\n[taxonomies]\r\ntags = [\"sea\"]\r\n+++\r\nWaves\r\n";

        let post = post("tide.md", text);

        assert_eq!((post.title.as_str(), post.body.as_str()), ("Tide", "Waves\n"));
        assert_eq!(post.published_at.to_rfc3339(), "2021-06-01T09:00:00+00:00");
        assert_eq!(post.tags, ["sea"]);
    }

    #[test]
    fn what_is_wrong_is_told_with_the_line_of_the_file() {
        let bad = |text: &[u8]| parse("a.md", text).unwrap_err();
        assert_eq!(bad(b"---\ntitle: A\ndate: soon\n---\n").line, Some(3));
        assert_eq!(
            bad(b"---\ntitle: A\ntags: [a\ndate: 2020-01-01\n---\n").line.map(|l| (2..=5).contains(&l)),
            Some(true)
        );
        assert_eq!(bad(b"+++\ntitle = \"A\"\ndate = = 3\n+++\n").line, Some(3));
        assert_eq!(bad(b"---\ntitle: A\n").line, Some(1));
        assert_eq!(bad(b"one\ntwo \xff\n").line, Some(2));
        assert_eq!(bad(b"one\n\0\n").line, Some(2));
        assert!(bad(b"no date").message.contains("add `date:"));
        assert!(
            bad(b"---\ndate: 2020-02-30\n---\n").to_string().starts_with("line 2: '2020-02-30' is no date")
        );
        assert!(bad(b"---\njust words\n---\n").message.contains("fields"));
    }

    #[test]
    fn drafts_are_known_by_any_of_their_marks() {
        let draft = |front: &str| post("2020-01-01-a.md", &format!("---\n{front}\n---\n")).is_draft;
        assert!(
            draft("draft: true")
                && draft("draft: yes")
                && draft("published: false")
                && draft("status: Draft")
        );
        assert!(!draft("draft: false") && !draft("published: true") && !draft("published: 2020-01-02"));
    }

    #[test]
    fn alias_bombs_and_endless_front_matter_are_refused() {
        let mut bomb = String::from("---\na0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for n in 1..10 {
            let refs = vec![format!("*a{}", n - 1); 10].join(",");
            bomb.push_str(&format!("a{n}: &a{n} [{refs}]\n"));
        }
        bomb.push_str("---\n");
        let deep = format!("---\na: {}\n---\n", "[".repeat(100_000));
        let long = format!("---\na: {}\n---\n", "x".repeat(300 * 1024));
        let toml = format!("+++\na = {}\n+++\n", "[".repeat(100_000));

        let is_bad = |text: &String| parse("2020-01-01-a.md", text.as_bytes()).is_err();
        assert!([bomb, deep, long, toml].iter().all(is_bad));
    }
}
