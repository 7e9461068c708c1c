//! Template expressions of site generators, as far as they are addresses. They are read, not
//! executed: what is not known here is shown to readers as it stands.

/// What an expression stands for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The site's own address: what follows is a path on it.
    Base,
    /// A path on the site.
    Path(String),
    /// A source file by name, with folders or without, ending or not.
    File(String),
    /// From here nothing is an expression.
    Raw,
    /// Until here.
    EndRaw,
    /// Anything else.
    Other,
}

/// No expression is longer; a bound on looking for an end that isn't there.
const LONGEST: usize = 2000;

/// The expression a text begins with, and its length.
pub(super) fn read(text: &str) -> Option<(Meaning, usize)> {
    let (open, close) = if text.starts_with("{{") {
        ("{{", "}}")
    } else if text.starts_with("{%") {
        ("{%", "%}")
    } else {
        return None;
    };
    let end = end_of(text.as_bytes(), open.as_bytes(), close.as_bytes())?;
    let inner = text.get(2..end - 2)?;
    let meaning = if open == "{%" {
        tag(inner.trim_matches('-').trim())
    } else if let Some(code) = between(inner, '<', '>').or_else(|| between(inner, '%', '%')) {
        shortcode(code.trim())
    } else {
        value(inner.trim_matches('-').trim())
    };
    Some((meaning.unwrap_or(Meaning::Other), end))
}

/// Where the expression ends, unless another begins before: so text is looked at once, even
/// when it is nothing but openings.
fn end_of(bytes: &[u8], open: &[u8], close: &[u8]) -> Option<usize> {
    let pairs = bytes.windows(2).enumerate().skip(2).take(LONGEST);
    for (at, pair) in pairs {
        if pair == close {
            return Some(at + 2);
        }
        if pair == open {
            return None;
        }
    }
    None
}

fn between(inner: &str, first: char, last: char) -> Option<&str> {
    inner.strip_prefix(first)?.strip_suffix(last)
}

fn tag(inner: &str) -> Option<Meaning> {
    let (name, rest) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
    let rest = rest.trim();
    match name {
        "raw" | "verbatim" => Some(Meaning::Raw),
        "endraw" | "endverbatim" => Some(Meaning::EndRaw),
        "post_url" | "link" => {
            let file = literal(rest).unwrap_or(rest);
            let named = !file.is_empty()
                && !file.contains("{{")
                && (name == "link" || !file.contains(char::is_whitespace));
            named.then(|| Meaning::File(file.to_owned()))
        }
        _ => None,
    }
}

/// `{{< ref "other-post.md" >}}`
fn shortcode(code: &str) -> Option<Meaning> {
    let rest = code.strip_prefix("relref").or_else(|| code.strip_prefix("ref"))?;
    literal(rest.trim()).map(|file| Meaning::File(file.to_owned()))
}

/// `site.baseurl`, or `"/path" | filter | filter: argument`.
fn value(inner: &str) -> Option<Meaning> {
    let mut steps = inner.split('|').map(str::trim);
    let first = steps.next()?;
    let mut made_address = false;
    let mut path = match literal(first) {
        Some(path) => path.to_owned(),
        None if is_base(first) => {
            made_address = true;
            String::new()
        }
        None => return None,
    };
    for step in steps {
        let (name, argument) = step.split_once([':', '(']).unwrap_or((step, ""));
        let argument = argument.trim_end_matches(')').trim();
        match name.trim() {
            "url" | "relative_url" | "absolute_url" | "relURL" | "absURL" | "htmlBaseUrl" => {
                made_address = true
            }
            "prepend" if is_base(argument) => made_address = true,
            "append" => path.push_str(literal(argument)?),
            "escape" | "safe" | "uri_escape" | "strip" => {}
            _ => return None,
        }
    }
    match (path.is_empty(), made_address || path.starts_with('/')) {
        (true, true) => Some(Meaning::Base),
        (false, true) => Some(Meaning::Path(path)),
        _ => None,
    }
}

fn is_base(name: &str) -> bool {
    matches!(
        name,
        "site.baseurl"
            | "site.url"
            | "site.github.url"
            | "site.base_url"
            | "baseurl"
            | "base_url"
            | "root_url"
            | ".Site.BaseURL"
            | "site.BaseURL"
    )
}

/// The text between one pair of quotes.
fn literal(text: &str) -> Option<&str> {
    let inner = between(text, '"', '"').or_else(|| between(text, '\'', '\''))?;
    let quote = text.chars().next()?;
    (!inner.contains(quote)).then(|| inner.trim())
}

#[cfg(test)]
mod tests {
    use super::{Meaning::*, *};

    #[test]
    fn addresses_are_known_in_the_dialects_of_many_generators() {
        let path = |path: &str| Path(path.to_owned());
        let file = |file: &str| File(file.to_owned());
        for (text, meaning) in [
            ("{{ \"/a/\" | url }}", path("/a/")),
            ("{{'/a/'|relative_url}}", path("/a/")),
            ("{{- \"a\" | absolute_url -}}", path("a")),
            ("{{ \"/a/\" |\n prepend: site.baseurl }}", path("/a/")),
            ("{{ site.baseurl | append: '/a/' }}", path("/a/")),
            ("{{ '/a/' }}", path("/a/")),
            ("{{site.baseurl }}", Base),
            ("{{ '' | url }}", Base),
            ("{% post_url sub/2020-01-02-a %}", file("sub/2020-01-02-a")),
            ("{%- link _posts/2020-01-02-a.md -%}", file("_posts/2020-01-02-a.md")),
            ("{{< ref \"a.md\" >}}", file("a.md")),
            ("{{% relref \"a\" %}}", file("a")),
            ("{%raw%}", Raw),
            ("{% endraw %}", EndRaw),
        ] {
            assert_eq!(read(text), Some((meaning, text.len())), "{text}");
        }
    }

    #[test]
    fn all_else_is_shown_as_it_stands() {
        for text in [
            "{{ image | url }}",
            "{{ \"noah\" | team_link }}",
            "{% image \"a.png\" \"b\" %}",
            "{{ 'a' }}",
            "{{}}",
            "{%%}",
            "{{ \"/a\" | upcase }}",
            "{{ \"/a\" }} \"",
            "{{ \"a\" \"b\" | url }}",
            "{{ \" }}",
            "{{<>}}",
            "{{ ' }}",
        ] {
            let (meaning, length) = read(text).unwrap();
            assert!(matches!(meaning, Other) || text.starts_with("{{ \"/a\" }}"), "{text}");
            assert!(length <= text.len());
        }
        for text in ["{", "{{", "{{ {{ }}", "{{ a }", "{a}", ""] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
