//! Where a link in a post leads, with template expressions read.

use std::borrow::Cow;

use chrono::Datelike;

use super::{
    address::{address, markdown_path, stem},
    date,
    template::{self, Meaning},
};

/// Longer destinations are data, not addresses; a bound on looking for their end.
const LONGEST: usize = 2000;

/// What stands where a link may lead.
#[derive(Default)]
pub(super) struct Destination {
    /// Its length in the source.
    pub length: usize,
    /// The address with expressions replaced by what they stand for.
    pub url: String,
    /// The source file meant, if an expression names one.
    pub file: Option<String>,
    pub has_expression: bool,
    /// An expression in it is not known: it stays as it is.
    pub is_opaque: bool,
}

/// The address generators give `2020-01-02-slug` unless told otherwise.
pub(super) fn dated_address(stem: &str) -> Option<String> {
    let (day, slug) = date::leading_day(stem)?;
    (!slug.is_empty())
        .then(|| address(&format!("{:04}/{:02}/{:02}/{slug}", day.year(), day.month(), day.day())))
}

/// Where `{% link %}` to a file leads that is no imported post.
fn address_of_file(file: &str) -> String {
    let (path, tail) =
        file.split_at_checked(file.find(['?', '#']).unwrap_or(file.len())).unwrap_or((file, ""));
    let form = dated_address(stem(path)).unwrap_or_else(|| match markdown_path(path) {
        Some(page) => address(page),
        None => format!("/{}", path.trim_start_matches('/')),
    });
    form + tail
}

/// Reads a destination: expressions and the characters of an address in any order.
pub(super) fn destination(text: &str) -> Destination {
    let mut found = Destination::default();
    let mut depth = 0_usize;
    let mut is_on_base = false;
    while found.length < LONGEST {
        let rest = text.get(found.length..).unwrap_or_default();
        if let Some((meaning, length)) = template::read(rest) {
            match meaning {
                Meaning::Base => is_on_base = true,
                Meaning::Path(path) => found.url.push_str(&path),
                Meaning::File(file) => {
                    found.url.push_str(&address_of_file(&file));
                    found.file = Some(file);
                }
                // A page's variable: nobody here knows where it leads.
                Meaning::Other => {
                    found.is_opaque = true;
                    found.length += length;
                    break;
                }
                Meaning::Raw | Meaning::EndRaw => break,
            }
            found.has_expression = true;
            found.length += length;
            continue;
        }
        let Some(sign) = rest.chars().next() else { break };
        match sign {
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            ')' | ']' | '<' | '>' | '"' | '\'' | '`' | '|' | '\\' | '{' => break,
            _ if sign.is_whitespace() || sign.is_control() => break,
            _ => {}
        }
        found.url.push(sign);
        found.length += sign.len_utf8();
    }
    if found.length >= LONGEST {
        found.is_opaque = true;
    }
    // In running text the sentence goes on after the address.
    while let Some(sign) = found.url.chars().last().filter(|sign| matches!(sign, '.' | ',' | ';' | ':' | '!'))
    {
        if !text.get(..found.length).is_some_and(|source| source.ends_with(sign)) {
            break;
        }
        found.url.pop();
        found.length -= sign.len_utf8();
    }
    if is_on_base && !found.url.is_empty() && !found.url.starts_with('/') && !found.url.contains("://") {
        found.url.insert(0, '/');
    }
    found
}

/// Expressions may hold what would end a destination in Markdown.
pub(super) fn escaped(sign: char) -> Cow<'static, str> {
    match sign {
        _ if sign.is_whitespace() || sign.is_control() => "%20".into(),
        '(' => "%28".into(),
        ')' => "%29".into(),
        '<' => "%3C".into(),
        '>' => "%3E".into(),
        '"' => "%22".into(),
        _ => sign.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_ends_where_its_link_does() {
        for (text, url) in [
            ("/a) b", "/a"),
            ("/a_(b)/) c", "/a_(b)/"),
            ("/a\"> b", "/a"),
            ("/a#b \"title\")", "/a#b"),
            ("{{ '/a/' | url }}?b=c#d, and", "/a/?b=c#d"),
            ("{{ site.baseurl }}{{ 'a/' | url }}b)", "/a/b"),
            ("https://a.example{{ '/b' | url }})", "https://a.example/b"),
            ("{% link a/about.md %})", "/a/about/"),
            ("{% raw %}", ""),
            ("", ""),
        ] {
            assert_eq!(destination(text).url, url, "{text}");
        }
    }

    #[test]
    fn variables_and_data_are_opaque() {
        assert!(destination("/a/{{ page.b }}/c").is_opaque);
        assert!(destination(&"x".repeat(3000)).is_opaque);
    }
}
