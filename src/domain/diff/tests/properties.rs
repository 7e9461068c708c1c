//! What holds for the marked difference of any two bodies.

use proptest::prelude::*;

use super::super::compare::Effort;
use super::super::html::with_effort;
use super::super::marked;
use super::cases;
use super::oracle::{Revision, body, sanitised, seen, text};

fn word() -> impl Strategy<Value = String> {
    let words = "one two three four five — 1,5 &amp; &lt;b&gt; it’s Wien. 映画 (six) seven eight nine ten";
    prop::sample::select(words.split(' ').map(str::to_owned).collect::<Vec<_>>())
}

/// Running text with elements within elements.
fn inline() -> impl Strategy<Value = String> {
    let leaf = prop::collection::vec(word(), 1..8).prop_map(|words| words.join(" "));
    let element = leaf.prop_recursive(3, 24, 4, |inner| {
        let tag = prop::sample::select(vec![
            ("<strong>", "</strong>"),
            ("<em>", "</em>"),
            ("<del>", "</del>"),
            ("<ins>", "</ins>"),
            ("<code>", "</code>"),
            ("<a href=\"https://a.example/1\">", "</a>"),
            ("<a href=\"https://a.example/2\">", "</a>"),
            ("<sup class=\"footnote-ref\">", "</sup>"),
            ("", ""),
            ("", "<br>"),
            ("<img src=\"/i.png\" alt=\"&lt;x\">", ""),
            ("<span>", "</span>"),
        ]);
        let gap = prop::sample::select(vec![" ", " ", "", "\n"]);
        prop::collection::vec((tag, inner, gap), 1..4).prop_map(|parts| {
            parts
                .into_iter()
                .map(|((open, close), inner, gap)| format!("{open}{inner}{close}{gap}"))
                .collect()
        })
    });
    // No link stands within a link.
    element.prop_map(|html: String| match html.matches("<a ").count() {
        0 | 1 => html,
        _ => html
            .replace("<a href=\"https://a.example/1\">", "<em>")
            .replace("<a href=\"https://a.example/2\">", "<em>")
            .replace("</a>", "</em>"),
    })
}

fn around(open: &'static str, close: &'static str) -> impl Strategy<Value = String> {
    inline().prop_map(move |inner| format!("{open}{inner}{close}"))
}

fn several(part: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    prop::collection::vec(part, 1..4).prop_map(|parts| parts.concat())
}

fn list() -> impl Strategy<Value = String> {
    let item = prop_oneof![
        3 => around("<li>", "</li>"),
        1 => (inline(), several(around("<li>", "</li>"))).prop_map(|(text, inner)| format!("<li>{text}<ul>{inner}</ul></li>")),
        1 => several(around("<p>", "</p>")).prop_map(|inner| format!("<li>{inner}</li>")),
    ];
    let tag = prop::sample::select(vec![("<ul>", "</ul>"), ("<ol>", "</ol>"), ("<ol start=\"4\">", "</ol>")]);
    (tag, several(item)).prop_map(|((open, close), items)| format!("{open}{items}{close}"))
}

fn table() -> impl Strategy<Value = String> {
    let cell = prop_oneof![3 => around("<td>", "</td>"), 1 => around("<td align=\"right\">", "</td>"), 1 => Just("<td></td>".to_owned())];
    let row = prop::collection::vec(cell, 1..4).prop_map(|cells| format!("<tr>{}</tr>", cells.concat()));
    let head = prop_oneof![Just(String::new()), around("<thead><tr><th>", "</th></tr></thead>")];
    (head, several(row)).prop_map(|(head, rows)| format!("<table>{head}<tbody>{rows}</tbody></table>"))
}

fn block() -> impl Strategy<Value = String> {
    let paragraphs = || several(around("<p>", "</p>"));
    prop_oneof![
        6 => around("<p>", "</p>"),
        1 => around("<h2 id=\"a\">", "</h2>"),
        1 => around("<h2 id=\"b\">", "</h2>"),
        1 => paragraphs().prop_map(|inner| format!("<blockquote>{inner}<footer>— <cite>Ann</cite></footer></blockquote>")),
        1 => paragraphs().prop_map(|inner| format!("<div>{inner} loose</div>")),
        3 => list(),
        2 => table(),
        1 => around("<figure><img src=\"/a.png\" alt=\"\"><figcaption>", "</figcaption></figure>"),
        1 => around("<figure><img src=\"/b.png\" alt=\"\"><figcaption>", "</figcaption></figure>"),
        1 => around("<pre><code>x\n", "\n  y</code></pre>"),
        1 => Just("<hr>".to_owned()),
        1 => Just("<iframe class=\"embed\" src=\"https://player.vimeo.com/video/1\" allowfullscreen=\"\"></iframe>".to_owned()),
    ]
}

/// An edit: where, as a share of all there is, and what.
type Edit = (prop::sample::Index, u8, String);

/// A body as someone edited it.
fn edited(before: &[String], edits: &[Edit], came: &[String]) -> Vec<String> {
    let mut after = before.to_vec();
    for ((at, kind, word), block) in edits.iter().zip(came.iter().cycle()) {
        let count = after.len();
        match (kind % 10, count) {
            (0, _) => after.insert(at.index(count + 1), block.clone()),
            (_, 0) => {}
            (1, _) => drop(after.remove(at.index(count))),
            (2, _) => after.swap(at.index(count), 0),
            (3, _) => after[at.index(count)] = after[at.index(count)].replace("example/1", "example/2"),
            (4, _) => after[at.index(count)] = after[at.index(count)].replace("<td>", "<td align=\"right\">"),
            (kind, _) => {
                let html = &mut after[at.index(count)];
                let blanks: Vec<_> =
                    html.match_indices(' ').map(|(at, _)| at).filter(|at| !is_in_tag(html, *at)).collect();
                if !blanks.is_empty() {
                    let start = blanks[at.index(blanks.len())];
                    let end =
                        html[start + 1..].find([' ', '<']).map_or(start + 1, |length| start + 1 + length);
                    html.replace_range(if kind < 8 { start..end } else { start..start }, &format!(" {word}"));
                }
            }
        }
    }
    after
}

fn is_in_tag(html: &str, at: usize) -> bool {
    html[..at].rfind('<') > html[..at].rfind('>')
}

/// Two bodies: one that became the other by edits, or two that have little to do with each other.
fn bodies() -> impl Strategy<Value = (Vec<String>, Vec<String>)> {
    let blocks = || prop::collection::vec(block(), 0..6);
    let edit = (any::<prop::sample::Index>(), any::<u8>(), word());
    prop_oneof![
        4 => (blocks(), prop::collection::vec(edit, 1..8), prop::collection::vec(block(), 1..3))
            .prop_map(|(before, edits, came)| { let after = edited(&before, &edits, &came); (before, after) }),
        1 => (blocks(), blocks()),
    ]
}

/// HTML that nothing here prints.
fn soup() -> impl Strategy<Value = Vec<String>> {
    let pieces = "<p> </p> <b> </b> <del> </del> <ins> </ins> <ul> </ul> <li> </li> <td> </td> <br> <br/> < > </ & &amp; \" x y é <a|title=\" <a|id=\"x\"> </a> <script> </script> <!-- --> <P> <iframe> </iframe> <ruby> </ruby> <svg/> <hr> <figcaption> </figcaption>";
    let pieces: Vec<_> = pieces.split(' ').map(|piece| piece.replace('|', " ")).collect();
    let block = prop::collection::vec(prop::sample::select(pieces), 0..12).prop_map(|pieces| pieces.concat());
    prop::collection::vec(block, 0..4)
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn what_is_not_deleted_is_the_article_as_it_is((before, after) in bodies()) {
        let html = marked(&before, &after);
        prop_assert_eq!(seen(&html, Revision::After), seen(&body(&after), Revision::After), "{}", html);
    }

    #[test]
    fn what_is_not_inserted_is_the_article_as_it_was((before, after) in bodies()) {
        let html = marked(&before, &after);
        prop_assert_eq!(seen(&html, Revision::Before), seen(&body(&before), Revision::Before), "{}", html);
    }

    #[test]
    fn browsers_and_sanitisers_keep_every_mark((before, after) in bodies()) {
        prop_assert_eq!(sanitised(&body(&after)), body(&after), "the case is one that can occur");
        let html = marked(&before, &after);
        prop_assert_eq!(sanitised(&html), html);
    }

    #[test]
    fn an_article_that_was_not_edited_has_no_marks((before, _) in bodies()) {
        prop_assert_eq!(marked(&before, &before), body(&before));
    }

    #[test]
    fn every_edit_can_be_seen_and_the_outcome_is_always_the_same((before, after) in bodies()) {
        let html = marked(&before, &after);
        let is_marked = html.contains("<del>") || html.contains("<ins>");
        let [old, new] = [body(&before), body(&after)];
        let is_changed = seen(&old, Revision::After) != seen(&new, Revision::After);
        // A blank between two words is no letter, but can be seen.
        let is_spaced_otherwise = text(&old, Revision::After) != text(&new, Revision::After);
        prop_assert!(is_marked || !is_changed, "{}", html);
        prop_assert!(is_changed || is_spaced_otherwise || !is_marked, "{}", html);
        prop_assert_eq!(marked(&before, &after), html);
    }

    #[test]
    fn what_is_too_long_to_compare_further_is_marked_as_rightly((before, after) in bodies(), effort in 0_usize..20_000) {
        let html = with_effort(&before, &after, Effort::of(effort));
        prop_assert_eq!(seen(&html, Revision::After), seen(&body(&after), Revision::After), "{}", html);
        prop_assert_eq!(seen(&html, Revision::Before), seen(&body(&before), Revision::Before), "{}", html);
        prop_assert_eq!(sanitised(&html), html);
    }

    #[test]
    fn blanks_are_where_they_were_in_both_articles(before in inline(), after in inline()) {
        let [old, new] = [&before, &after].map(|inner| vec![format!("<p>{inner}</p>")]);
        let html = marked(&old, &new).replace('\n', " ");
        prop_assert_eq!(text(&html, Revision::After), text(&body(&new), Revision::After), "{}", html);
        prop_assert_eq!(text(&html, Revision::Before), text(&body(&old), Revision::After), "{}", html);
    }

    #[test]
    fn whatever_it_is_given_tags_nest_and_nothing_can_run(before in soup(), after in soup()) {
        let html = marked(&before, &after);
        seen(&html, Revision::After);
        for tag in ["<script", "<svg", "<!--", "<P"] {
            prop_assert!(!html.contains(tag), "{}", html);
        }
    }
}
