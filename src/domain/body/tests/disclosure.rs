//! What readers are owed in whatever body: the disclosure in its place, and a mark on every link that earns.

use proptest::prelude::*;

use super::{Block, Compiled, Disclosure, Placement, RenderContext, compile, html, render, site};
use crate::domain::affiliate::{Certainty, detect};

const REL: &str = "sponsored nofollow";

/// The ways to write a link, each of which makes exactly one.
const FORMS: [fn(&str, usize) -> String; 24] = [
    |url, _| format!("An [inline]({url}) link."),
    |url, _| format!("[With a title]({url} \"rel=dofollow\") and *more*."),
    |url, n| format!("A [reference][r{n}].\n\n[r{n}]: {url}"),
    |url, n| format!("A [short{n}] one.\n\n[short{n}]: <{url}> 'title'"),
    |url, _| format!("<{url}>"),
    |url, _| format!("See {url} there."),
    |url, _| format!("An <a rel=\"dofollow\" target='_blank' HREF='{url}'>inline tag</a>."),
    |url, _| format!("<div class=x><p><a href={url} rel=dofollow id=y>a tag</a></div>"),
    |url, _| format!("[![picture](/i.png \"t\")]({url})"),
    |url, _| format!("<figure><a href=\"{url}\"><img src=\"/i.png\" alt=\"i\"></a></figure>"),
    |url, _| format!("| a | b |\n|---|---|\n| x | [cell]({url}) |"),
    |url, _| format!("<table><tr><td><a href=\"{url}\">cell</a></table>"),
    |url, n| format!("Text[^{n}].\n\n[^{n}]: A [footnote]({url})."),
    |url, n| format!("Text[^{n}] again[^{n}].\n\n[^{n}]: {url}"),
    |url, _| format!("- one\n- [item]({url})\n\n  more"),
    |url, _| format!("3. one\n   - two\n     - [deep]({url})"),
    |url, _| format!("# [Heading]({url})"),
    |url, _| format!("Heading {url}\n==="),
    |url, _| format!("> [quote]({url})"),
    |url, _| format!("> Said.\n>\n> — [speaker]({url})"),
    |url, _| format!("> > - [nested]({url})"),
    |url, _| format!("***~~[emphasis]({url})~~***"),
    |url, _| format!("<details><summary>More</summary>\n\n[inside]({url})\n\n</details>"),
    |url, _| format!("Before  \n[after a break]({url})\\\nand after."),
];

/// What stands between links and holds none.
const REST: [&str; 12] = [
    "Plain words.",
    "## A heading",
    "---",
    "> A quote\n> — Ann",
    "- a\n- b",
    "![alone](/i.png \"A caption\")",
    "| a |\n|---|\n| b |",
    "```\n[x](https://www.amazon.com/dp/code?tag=desk-20)\n```",
    "Typed `<a href=\"https://www.amazon.com/dp/code?tag=desk-20\">` as code.",
    "https://vimeo.com/12",
    "<!-- [x](https://www.amazon.com/dp/comment?tag=desk-20) -->",
    "<span rel=\"dofollow\">a span</span>",
];

/// What tears at its surroundings.
const TORN: [&str; 10] = [
    "<div>",
    "</div></p></a>",
    "<a href=/x>",
    "<table><tr><td>",
    "</blockquote></aside>",
    "<aside class=\"affiliate-disclosure\">",
    "*[",
    "> - <b>",
    "<a rel=dofollow>",
    "[^9]: ",
];

/// One part of a body.
#[derive(Clone, Debug)]
enum Piece {
    Rest(&'static str),
    Link { form: usize, earns: bool },
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        prop::sample::select(&REST[..]).prop_map(Piece::Rest),
        (0..FORMS.len(), any::<bool>()).prop_map(|(form, earns)| Piece::Link { form, earns }),
        (0..FORMS.len(), any::<bool>()).prop_map(|(form, earns)| Piece::Link { form, earns }),
    ]
}

fn placement() -> impl Strategy<Value = Placement> {
    prop::sample::select(vec![Placement::Top, Placement::BeforeFirstLink, Placement::Bottom])
}

fn address(number: usize, earns: bool) -> String {
    if earns {
        format!("https://www.amazon.com/dp/B{number}?tag=desk-20")
    } else {
        format!("https://plain.example/{number}?tag=desk-20")
    }
}

fn written(pieces: &[Piece]) -> Vec<String> {
    let text = |(number, piece): (usize, &Piece)| match piece {
        Piece::Rest(text) => (*text).to_owned(),
        Piece::Link { form, earns } => FORMS[*form](&address(number, *earns), number),
    };
    pieces.iter().enumerate().map(text).collect()
}

/// Compiles, and finds the links that earn as the desk does.
fn judged(markdown: &str) -> Compiled {
    let mut compiled = compile(markdown);
    for link in &mut compiled.links {
        let found = detect(&link.url, &[]).filter(|found| found.certainty == Certainty::Certain);
        link.network = found.map(|found| found.network);
    }
    compiled
}

fn shown(compiled: &Compiled, placement: Option<Placement>) -> Vec<Block> {
    let site = site();
    let rel = ["sponsored".to_owned(), "nofollow".to_owned()];
    let html = "<p>We earn. <a href=\"https://news.example/policy\">How</a></p>";
    let disclosure = placement.map(|placement| Disclosure { html, placement });
    render(compiled, &RenderContext { site: &site, rel: &rel, article_url: &|_| None, disclosure })
}

/// The value of an attribute in an opening tag.
fn value<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let (_, after) = tag.split_once(&format!(" {name}=\""))?;
    after.split('"').next()
}

/// The opening tags of links, in order.
fn links(page: &str) -> Vec<&str> {
    let tags = page.match_indices("<a").map(|(at, _)| page[at..].split('>').next().unwrap());
    tags.filter(|tag| *tag == "<a" || tag.starts_with("<a ")).collect()
}

/// The href of each link that is marked wrongly: one that earns and is not marked, or the other way round.
fn wrongly_marked(page: &str) -> Vec<&str> {
    let is_wrong = |tag: &&str| {
        let earns = value(tag, "href").is_some_and(|href| href.contains("amazon.com/"));
        value(tag, "rel") != earns.then_some(REL)
    };
    links(page).into_iter().filter(is_wrong).collect()
}

fn is_disclosure(block: &Block) -> bool {
    matches!(block, Block::Disclosure { .. })
}

fn earns(block: &Block) -> bool {
    html(std::slice::from_ref(block)).contains(&format!(" rel=\"{REL}\""))
}

#[test]
fn each_form_makes_one_link_that_is_marked_where_it_earns() {
    for form in FORMS {
        for earning in [true, false] {
            let markdown = form(&address(1, earning), 1);
            let page = html(&shown(&judged(&markdown), None));
            let hrefs = links(&page).into_iter().filter_map(|tag| value(tag, "href"));
            let hrefs: Vec<&str> = hrefs.filter(|href| !href.starts_with('#')).collect();
            assert_eq!(hrefs, [address(1, earning)], "{markdown}: {page}");
            assert_eq!(wrongly_marked(&page), Vec::<&str>::new(), "{markdown}: {page}");
            assert!(!page.contains("dofollow\"") || page.contains("title=\"rel=dofollow\""), "{markdown}: {page}");
        }
    }
}

proptest! {
    #[test]
    fn the_disclosure_stands_in_its_place_and_every_link_that_earns_is_marked(
        pieces in prop::collection::vec(piece(), 0..14),
        placement in placement(),
    ) {
        let compiled = judged(&written(&pieces).join("\n\n"));
        let blocks = shown(&compiled, Some(placement));
        let page = html(&blocks);

        let parts: Vec<String> = blocks.iter().map(|block| html(std::slice::from_ref(block))).collect();
        prop_assert_eq!(parts.join("\n"), page.clone());
        prop_assert_eq!(wrongly_marked(&page), Vec::<&str>::new(), "{}", page);
        for (number, piece) in pieces.iter().enumerate() {
            if let Piece::Link { earns, .. } = piece {
                let href = address(number, *earns);
                let there = links(&page).into_iter().filter(|tag| value(tag, "href") == Some(&href)).count();
                prop_assert_eq!(there, 1, "{}: {}", href, page);
            }
        }

        prop_assert_eq!((page.matches("<aside").count(), page.matches("</aside>").count()), (1, 1), "{}", page);
        let at = blocks.iter().position(is_disclosure).unwrap();
        let first = blocks.iter().position(earns);
        match placement {
            Placement::Top => prop_assert_eq!(at, 0),
            Placement::BeforeFirstLink => prop_assert_eq!(at, first.map_or(0, |first| first - 1)),
            Placement::Bottom => prop_assert_eq!(at, blocks.len() - 1),
        }
        if placement != Placement::Bottom {
            prop_assert!(page.find(" rel=\"").is_none_or(|mark| page.find("<aside").unwrap() < mark), "{}", page);
        }

        let without = shown(&compiled, None);
        prop_assert!(!html(&without).contains("aside"));
        let rest: Vec<Block> = blocks.into_iter().filter(|block| !is_disclosure(block)).collect();
        prop_assert_eq!(rest, without);
    }

    #[test]
    fn no_torn_markup_takes_a_mark_away_or_the_disclosure(
        pieces in prop::collection::vec(piece(), 1..8),
        torn in prop::collection::vec((0usize..8, prop::sample::select(&TORN[..])), 0..5),
        placement in placement(),
    ) {
        let mut parts = written(&pieces);
        for (at, torn) in torn {
            parts.insert(at.min(parts.len()), torn.to_owned());
        }
        let page = html(&shown(&judged(&parts.join("\n\n")), Some(placement)));

        prop_assert_eq!(wrongly_marked(&page), Vec::<&str>::new(), "{}", page);
        prop_assert_eq!(page.matches("<aside class=\"affiliate-disclosure\" role=\"note\">").count(), 1, "{}", page);
        prop_assert_eq!(page.matches("aside").count(), 2, "{}", page);
        if placement != Placement::Bottom {
            prop_assert!(page.find(" rel=\"").is_none_or(|mark| page.find("<aside").unwrap() < mark), "{}", page);
        }
    }
}
