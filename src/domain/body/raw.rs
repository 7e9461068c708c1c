//! HTML that editors typed, read tag by tag.

use super::balance::Writer;
use super::tags::{self, ANY_TAG, Kind, Tag};

/// Their content is no text, and goes with them.
const WITHOUT_TEXT: &[&str] =
    &["script", "style", "iframe", "noembed", "noframes", "template", "object", "svg", "math"];

/// Writes typed HTML: allowed tags with their allowed attributes, and the text of all others.
/// `within_text` says that it stands in a paragraph, where a block has no place.
pub(super) fn write(html: &str, within_text: bool, out: &mut Writer) {
    let mut rest = html;
    while let Some((text, after)) = rest.split_once('<') {
        out.typed_text(text);
        match read(after) {
            Markup::Start(name, attributes, beyond) => {
                rest = beyond;
                if let Some(tag) = tags::find(name) {
                    if !(within_text && tag.kind != Kind::Phrase) {
                        out.typed_open(tag, &allowed(tag, attributes));
                    }
                } else if let Some(hidden) =
                    WITHOUT_TEXT.iter().find(|hidden| hidden.eq_ignore_ascii_case(name))
                {
                    rest = after_end_of(hidden, beyond);
                }
            }
            Markup::End(name, beyond) => {
                rest = beyond;
                if let Some(tag) = tags::find(name) {
                    out.typed_close(tag);
                }
            }
            Markup::Comment(beyond) => rest = beyond,
            Markup::Text => {
                out.typed_text("<");
                rest = after;
            }
            // A tag without an end: to look for one again at each `<` that follows would take the
            // square of the length, so the rest is text.
            Markup::Endless => {
                out.typed_text("<");
                out.typed_text(after);
                return;
            }
        }
    }
    out.typed_text(rest);
}

enum Markup<'h> {
    Start(&'h str, &'h str, &'h str),
    End(&'h str, &'h str),
    Comment(&'h str),
    Text,
    Endless,
}

/// What begins with the `<` before `after`.
fn read(after: &str) -> Markup<'_> {
    if let Some(comment) = after.strip_prefix("!--") {
        return Markup::Comment(comment.split_once("-->").map_or("", |(_, beyond)| beyond));
    }
    if after.starts_with(['!', '?']) {
        return Markup::Comment(after.split_once('>').map_or("", |(_, beyond)| beyond));
    }
    let (inside, is_end) = after.strip_prefix('/').map_or((after, false), |inside| (inside, true));
    if !inside.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Markup::Text;
    }
    let length =
        inside.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(inside.len());
    let (name, attributes) = inside.split_at_checked(length).unwrap_or((inside, ""));
    let Some((attributes, beyond)) = split_at_end(attributes) else {
        return Markup::Endless;
    };
    if is_end { Markup::End(name, beyond) } else { Markup::Start(name, attributes, beyond) }
}

/// A tag's attributes and what follows it. A `>` within quotes is no end, and quotes mean something
/// only after a `=`.
fn split_at_end(attributes: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut after_equals = false;
    for (at, c) in attributes.char_indices() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '>') => return Some((attributes.get(..at)?, attributes.get(at + 1..)?)),
            (None, '"' | '\'') if after_equals => (quote, after_equals) = (Some(c), false),
            (None, '=') => after_equals = true,
            (None, _) => after_equals &= c.is_ascii_whitespace(),
        }
    }
    None
}

/// The attributes that the tag may have, each once.
fn allowed<'h>(tag: &Tag, attributes: &'h str) -> Vec<(&'static str, &'h str)> {
    let mut kept: Vec<(&'static str, &'h str)> = Vec::new();
    let mut rest = attributes;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if rest.is_empty() {
            return kept;
        }
        // A `=` in front belongs to the name, as browsers have it.
        let length = rest
            .char_indices()
            .find(|(at, c)| c.is_ascii_whitespace() || *c == '/' || (*c == '=' && *at > 0))
            .map_or(rest.len(), |(at, _)| at);
        let (name, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let (value, after) =
            match after.trim_start_matches(|c: char| c.is_ascii_whitespace()).strip_prefix('=') {
                Some(value) => split_value(value.trim_start_matches(|c: char| c.is_ascii_whitespace())),
                None => ("", after),
            };
        let known = tag.attributes.iter().chain(ANY_TAG).find(|known| known.eq_ignore_ascii_case(name));
        if let Some(known) = known
            && !kept.iter().any(|(key, _)| key == known)
        {
            kept.push((known, value));
        }
        rest = after;
    }
}

fn split_value(rest: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inside) = rest.strip_prefix(quote) {
            return inside.split_once(quote).unwrap_or((inside, ""));
        }
    }
    let length = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
    rest.split_at_checked(length).unwrap_or((rest, ""))
}

/// What follows the end tag of this name; nothing where there is none, as browsers have it.
fn after_end_of<'h>(name: &str, mut rest: &'h str) -> &'h str {
    while let Some((_, after)) = rest.split_once("</") {
        if after.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return after.split_once('>').map_or("", |(_, beyond)| beyond);
        }
        rest = after;
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(html: &str, within_text: bool) -> String {
        let mut out = Writer::default();
        write(html, within_text, &mut out);
        out.finish()
    }

    #[test]
    fn allowed_tags_stay_and_all_are_closed() {
        assert_eq!(written("<DIV><b>x<br/>y</div>z", false), "<div><b>x<br>y</b></div>z");
        assert_eq!(written("a</b></div>", false), "a");
        assert_eq!(written("<h1>x</h1>", false), "<h2>x</h2>");
        assert_eq!(written("<div><b>x</b></div>", true), "<b>x</b>");
    }

    #[test]
    fn ends_that_html_leaves_out_are_written() {
        assert_eq!(written("<ul><li>a<li>b</ul>", false), "<ul><li>a</li><li>b</li></ul>");
        assert_eq!(written("<p>a<p>b", false), "<p>a</p><p>b</p>");
        assert_eq!(
            written("<table><tr><td>a<td>b<tr><th>c</table>", false),
            "<table><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></table>"
        );
        assert_eq!(written("<a href=x>1<a href=y>2", false), "<a href=\"x\">1</a><a href=\"y\">2</a>");
    }

    #[test]
    fn what_stands_loose_in_a_table_ends_it() {
        assert_eq!(written("<table><tr>x<br><td>y</table>", false), "<table><tr></tr></table>x<br>y");
        assert_eq!(written("<td>x</td>", false), "x");
    }

    #[test]
    fn attributes_are_read_as_browsers_read_them() {
        assert_eq!(
            written("<a rel=x  HREF = 'a\"b>c' href=no onclick=\"x>y\" title>t</a>", true),
            "<a href=\"a&quot;b>c\" title=\"\">t</a>"
        );
        assert_eq!(written("<img src=/a/b.png alt=x y='>'>", true), "<img src=\"/a/b.png\" alt=\"x\">");
    }

    #[test]
    fn scripts_and_comments_go_with_their_content() {
        assert_eq!(written("a<script>b<p></SCRIPT >c<!-- d<b> -->e<?f?>g", false), "aceg");
        assert_eq!(written("a <script>b", false), "a ");
        assert_eq!(written("a<center>b</center>c", false), "abc");
    }

    #[test]
    fn a_tag_without_an_end_is_text() {
        assert_eq!(written("1 < 2 <a href=\"x", true), "1 &lt; 2 &lt;a href=\"x");
    }
}
