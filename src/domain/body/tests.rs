//! What holds for whole bodies.

mod disclosure;
mod safety;

use proptest::prelude::*;
use url::Url;

use super::*;

fn site() -> Url {
    Url::parse("https://news.example/").unwrap()
}

/// Compiles, gives every link to shop.example a network, and renders.
fn rendered(markdown: &str, placement: Option<Placement>) -> Vec<Block> {
    let mut compiled = compile(markdown);
    for link in &mut compiled.links {
        link.network = link.url.contains("shop.example").then(|| "Shop".to_owned());
    }
    let site = site();
    let rel = ["sponsored".to_owned(), "nofollow".to_owned()];
    let article_url = |slug: &str| (slug == "old-name").then(|| "https://news.example/new-name".to_owned());
    let disclosure = placement.map(|placement| Disclosure { html: "We earn.", placement });
    render(&compiled, &RenderContext { site: &site, rel: &rel, article_url: &article_url, disclosure })
}

fn page(markdown: &str) -> String {
    html(&rendered(markdown, None))
}

#[test]
fn each_kind_of_block_is_told_apart() {
    let blocks = rendered(
        "# Head *line*\n\nText with\na [link](/x).\n\n> Said it.\n>\n> — [Ann](https://a.example)\n\n3. c\n4. d\n\n- e\n\n![Alt *x*](/i.png \"A caption\")\n\nhttps://youtu.be/dQw4w9WgXcQ\n\n```rust ignore\na < b\n```\n\n| a | b |\n|---|:-:|\n| 1 | 2 |\n\n---\n",
        None,
    );

    let text = |text: &str| text.to_owned();
    assert_eq!(
        blocks[0],
        Block::Heading {
            level: 2,
            text: text("Head line"),
            html: text("<h2 id=\"head-line\">Head <em>line</em></h2>"),
            anchor: text("head-line")
        }
    );
    assert_eq!(
        blocks[1],
        Block::Paragraph {
            html: text("<p>Text with\na <a href=\"https://news.example/x\">link</a>.</p>"),
            text: text("Text with a link.")
        }
    );
    let Block::Quote { html: quote, text: said, attribution } = &blocks[2] else { panic!("{:?}", blocks[2]) };
    assert_eq!((said.as_str(), attribution.as_deref()), ("Said it.", Some("Ann")));
    assert_eq!(
        quote,
        "<blockquote><p>Said it.</p><footer>— <cite><a href=\"https://a.example/\">Ann</a></cite></footer></blockquote>"
    );
    assert_eq!(blocks[3], Block::List { ordered: true, start: 3, items: vec![text("c"), text("d")] });
    assert_eq!(blocks[4], Block::List { ordered: false, start: 1, items: vec![text("e")] });
    let Block::Image { url, alt, caption, html: figure } = &blocks[5] else { panic!("{:?}", blocks[5]) };
    assert_eq!(
        (url.as_str(), alt.as_str(), caption.as_deref()),
        ("https://news.example/i.png", "Alt x", Some("A caption"))
    );
    assert_eq!(
        figure,
        "<figure><img src=\"https://news.example/i.png\" alt=\"Alt x\"><figcaption>A caption</figcaption></figure>"
    );
    assert!(
        matches!(&blocks[6], Block::Embed { provider: Provider::Youtube, html, .. } if html.contains("src=\"https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ\""))
    );
    assert_eq!(blocks[7], Block::Code { code: text("a < b"), language: Some(text("rust")) });
    assert!(
        matches!(&blocks[8], Block::Table { html } if html.contains("<th align=\"center\">b</th>") && html.contains("<tbody><tr><td>1</td>"))
    );
    assert_eq!(blocks[9], Block::Divider { html: text("<hr>") });
    assert_eq!(blocks.len(), 10);
    let page = html(&blocks);
    assert!(page.contains("<ol start=\"3\"><li>c</li><li>d</li></ol>\n<ul><li>e</li></ul>"));
    assert!(page.contains("<pre><code class=\"language-rust\">a &lt; b</code></pre>"));
}

#[test]
fn text_and_words_are_those_that_readers_see() {
    let compiled = compile(
        "# One\n\nTwo *three*\nfour[^1] &amp; more\n\n- a\n- b\n\n| x | y |\n|-|-|\n| z | |\n\n[^1]: Note.\n",
    );
    assert_eq!(compiled.text, "One\n\nTwo three four & more\n\na\nb\n\nx\ty\nz\n\nNote.");
    assert_eq!(compiled.word_count, 11);
    assert_eq!((reading_minutes(0), reading_minutes(240), reading_minutes(241)), (1, 1, 2));
}

#[test]
fn every_form_of_link_is_found_and_marked() {
    for markdown in [
        "[x](https://shop.example/a)",
        "[x](<https://shop.example/a> \"t\")",
        "[x][r]\n\n[r]: https://shop.example/a",
        "<https://shop.example/a>",
        "see https://shop.example/a.",
        "<a rel='me' target=_blank href='https://shop.example/a'>x</a>",
        "<div><A HREF=https://shop.example/a>x</A></div>",
        "[![alt](/i.png)](https://shop.example/a)",
        "| a |\n|---|\n| [x](https://shop.example/a) |",
        "text[^1]\n\n[^1]: [x](https://shop.example/a)",
        "- a\n  - [x](https://shop.example/a)",
        "> [x](https://shop.example/a)",
        "> a\n>\n> — [x](https://shop.example/a)",
        "## [x](https://shop.example/a)",
        "[x](//shop.example/a)",
        "[x](https&#58;//shop.example/a)",
    ] {
        let page = page(markdown);
        assert!(
            page.contains("<a href=\"https://shop.example/a\" rel=\"sponsored nofollow\""),
            "{markdown}: {page}"
        );
        assert!(!page.contains("target") && !page.contains("rel=\"me\""), "{page}");
    }
}

#[test]
fn links_to_own_articles_lead_where_these_are_today() {
    for typed in ["/old-name", "/old-name/", "https://news.example/old-name", "http://news.example/old-name"]
    {
        assert_eq!(
            page(&format!("[x]({typed})")),
            "<p><a href=\"https://news.example/new-name\">x</a></p>",
            "{typed}"
        );
    }
    assert_eq!(page("[x](/old-name#part)"), "<p><a href=\"https://news.example/new-name#part\">x</a></p>");
    assert_eq!(page("[x](/other)"), "<p><a href=\"https://news.example/other\">x</a></p>");
    assert_eq!(page("[x](#here)"), "<p><a href=\"#here\">x</a></p>");

    let below = Url::parse("https://news.example/en/").unwrap();
    assert_eq!(own_slug("https://news.example/en/a", &below).as_deref(), Some("a"));
    assert_eq!(own_slug("/en/a/", &below).as_deref(), Some("a"));
    assert_eq!(own_slug("/a", &below).as_deref(), Some("a"));
    assert_eq!(own_slug("a", &below).as_deref(), Some("a"));
    assert_eq!(own_slug("./a?b#c", &below).as_deref(), Some("a"));
    for other in [
        "https://news.example/a",
        "#a",
        "?a",
        "/",
        "",
        "//other.example/a",
        "/\\other.example/a",
        "mailto:a@b.example",
        "/a/b",
        "https://news.example:81/en/a",
        "https://news.example/english",
    ] {
        assert_eq!(own_slug(other, &below), None, "{other}");
    }
}

#[test]
fn footnotes_stand_last_and_lead_both_ways() {
    let blocks = rendered("a[^x] b[^x]\n\n[^x]: Note\n\nc", None);
    assert_eq!(blocks.len(), 3);
    let page = html(&blocks);
    for part in [
        "<a href=\"#fn:1\" id=\"fnref:1\">1</a>",
        "id=\"fnref:1-2\"",
        "<section class=\"footnotes\"><ol><li id=\"fn:1\"><p>Note ",
        "<a href=\"#fnref:1-2\" class=\"footnote-backref\">↩</a>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(compile("a[^x]\n\n[^x]: Note").links.is_empty());
}

#[test]
fn a_url_alone_on_a_line_is_embedded() {
    let blocks = rendered(
        "Before:\nhttps://x.com/ann/status/12\n<https://vimeo.com/34>\nafter https://x.com/ann/status/12\n\n[Video](https://vimeo.com/34)",
        None,
    );
    assert_eq!(blocks.len(), 5);
    assert!(matches!(&blocks[0], Block::Paragraph { html, .. } if html == "<p>Before:</p>"));
    assert!(
        matches!(&blocks[1], Block::Embed { provider: Provider::X, html, .. } if html == "<blockquote class=\"embed embed-x\"><a href=\"https://x.com/ann/status/12\">x.com/ann/status/12</a></blockquote>")
    );
    assert!(matches!(&blocks[2], Block::Embed { provider: Provider::Vimeo, .. }));
    assert!(matches!((&blocks[3], &blocks[4]), (Block::Paragraph { .. }, Block::Paragraph { .. })));
}

#[test]
fn a_quotation_names_its_speaker_after_any_dash() {
    for line in ["— Ann", "–Ann", "-- Ann"] {
        for quote in [format!("> Said.\n> {line}"), format!("> Said.\n>\n> {line}")] {
            let compiled = compile(&quote);
            let Template::Quote { text, attribution, .. } = &compiled.blocks[0] else { panic!("{quote}") };
            assert_eq!((text.as_str(), attribution.as_deref()), ("Said.", Some("Ann")), "{quote}");
            assert_eq!(compiled.text, "Said.\n— Ann");
        }
    }
    for quote in ["> — Ann", "> Said.\n> --", "> Said - Ann"] {
        assert!(matches!(&compile(quote).blocks[0], Template::Quote { attribution: None, .. }), "{quote}");
    }
}

#[test]
fn what_is_stored_comes_back_the_same() {
    let compiled =
        compile("# A\n\n[x](/y) ![a](/b)\n\n![c](/d)\n\n---\n\n1. e\n\nhttps://vimeo.com/1\n\n```\nf\n```");
    let stored = serde_json::to_string(&compiled).unwrap();
    assert_eq!(serde_json::from_str::<Compiled>(&stored).unwrap(), compiled);
}

fn block() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "plain text",
        "# heading",
        "[own](/old-name)",
        "https://other.example/x",
        "![i](/i.png)",
        "---",
        "> quote",
        "```\n[x](https://shop.example/code)\n```",
        "https://vimeo.com/12",
        "[x](https://shop.example/1)",
        "<https://shop.example/2>",
        "https://shop.example/3",
        "- a\n- <a href=https://shop.example/4>b</a>",
        "> c\n> — [d](https://shop.example/5)",
        "| a |\n|-|\n| [e](https://shop.example/6) |",
        "f[^1]\n\n[^1]: https://shop.example/7",
        "[![i](/i.png)](https://shop.example/8)",
        "<div><a rel=author href='https://shop.example/9'>g</a></div>",
        "<div>",
        "</b></a>",
        "# [h](https://shop.example/10)",
        "<table><tr><td><a href=https://shop.example/11>i</a></table>",
        "***[j](https://shop.example/12)*",
        "<a href=/x>[k](https://shop.example/13)</a>",
    ])
}

proptest! {
    #[test]
    fn the_disclosure_comes_first_and_every_affiliate_link_is_marked(blocks in prop::collection::vec(block(), 0..12), top in any::<bool>()) {
        let placement = if top { Placement::Top } else { Placement::BeforeFirstLink };
        let blocks = rendered(&blocks.join("\n\n"), Some(placement));
        let page = html(&blocks);

        let disclosed = page.find("affiliate-disclosure").unwrap();
        for (at, _) in page.match_indices("href=\"https://shop.example/") {
            prop_assert!(disclosed < at);
            let tag = page[at..].split('>').next().unwrap();
            prop_assert!(tag.contains("\" rel=\"sponsored nofollow\""), "{}", tag);
        }
        let shown = blocks.iter().position(|block| matches!(block, Block::Disclosure { .. })).unwrap();
        let first = blocks.iter().position(|block| html(std::slice::from_ref(block)).contains("rel=\"sponsored"));
        prop_assert_eq!(shown, if top { 0 } else { first.map_or(0, |first| first - 1) });
    }
}
