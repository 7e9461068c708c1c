//! What no Markdown can do.

use proptest::prelude::*;

use super::{compile, page};

/// Whatever could run in a reader's page, other than the frames that embeds are made of.
fn dangers(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for tag in page.split('<').skip(1) {
        let lower = tag.to_lowercase();
        let name = lower.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_owned();
        let ours = lower.starts_with("iframe class=\"embed embed-");
        let forbidden = [
            "script", "style", "iframe", "object", "embed", "svg", "math", "form", "input", "link", "meta",
            "base", "template",
        ];
        let inside = lower.split('>').next().unwrap_or_default();
        // Values are quoted and escaped, so every second part is outside of them.
        let outside = inside.split('"').step_by(2).collect::<Vec<_>>().join(" ");
        let handler = outside
            .split_whitespace()
            .skip(1)
            .any(|attribute| attribute.starts_with("on") || attribute.starts_with("style"));
        let runs = [
            "href=\"javascript:",
            "src=\"javascript:",
            "href=\"data:",
            "src=\"data:",
            "href=\"vbscript:",
            "src=\"vbscript:",
        ]
        .iter()
        .any(|url| inside.contains(url));
        if (forbidden.contains(&name.as_str()) && !ours) || handler || runs {
            found.push(tag.chars().take(200).collect());
        }
    }
    found
}

#[test]
fn unsafe_urls_and_tags_go_and_their_words_stay() {
    assert_eq!(page("[x](javascript:alert(1)) ![y](data:image/png,z)"), "<p><a>x</a> y</p>");
    assert!(compile("[x](javascript:alert(1))").links.is_empty());
    assert_eq!(page("a <script>b</script> <u onclick=x>c</u>"), "<p>a b <u>c</u></p>");
    assert_eq!(
        page("<script>\nx\n</script>\n\n<!-- note -->\n\n<a href=https://shop.example/></a>\n\nb"),
        "<p>b</p>"
    );
    assert!(compile("<div><a href=https://shop.example/></a></div>").links.is_empty());
    for markdown in [
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<a href=\"jav&#x09;ascript:alert(1)\">x</a>",
        "[x](java\u{1}script:alert)",
        "<iframe src=//evil.example></iframe>",
        "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
        "<table><td background=javascript:x><style>x",
        "<div title=\"&quot; onload=&quot;x\">",
        "`</code><script>x</script>`",
        "```\"><script>\nx\n```",
        "[a](https://x.example/\"onmouseover=\"x)",
        "![\"onload=\"x](/i.png '\" onerror=\"x')",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    ] {
        let page = page(markdown);
        assert_eq!(dangers(&page), Vec::<String>::new(), "{markdown}: {page}");
    }
}

#[test]
fn a_slot_cannot_be_forged() {
    let page = page(
        "[x](https://shop.example/a) \u{FDD0}L0\u{FDD1} &#xFDD0;L0&#xFDD1; `\u{FDD0}L0\u{FDD1}` ![&#xFDD0;I0&#xFDD1;](/i.png)\n\n    &#xFDD0;\u{FDD0}L0\u{FDD1}\n\n<p title=\"&#xFDD0;L0&#xFDD1;\">\u{0}y</p>",
    );
    assert_eq!(page.matches("shop.example").count(), 1, "{page}");
    assert!(!page.contains(['\u{FDD0}', '\u{FDD1}', '\0']), "{page}");
}

#[test]
fn hostile_nesting_neither_overflows_nor_lingers() {
    let deep = |opening: &str, count: usize| opening.repeat(count) + "x";
    let bodies = [
        deep("> ", 20_000),
        deep("- ", 20_000),
        deep("<div>", 20_000),
        deep("*a **b ", 10_000),
        deep("[", 40_000),
        deep("<table><tr><td>", 7_000),
        deep("<b><p>", 10_000),
        deep("![", 20_000),
        deep("[^a]:", 10_000),
        deep("<a href=x>", 10_000),
        "*".repeat(40_000) + "x" + &"*".repeat(40_000),
        deep("- ", 100) + &"\n".repeat(40_000),
    ];
    let worker = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        for body in &bodies {
            let started = std::time::Instant::now();
            let kept = compile(body).text.ends_with('x');
            // A footnote that nothing refers to is no part of the page.
            assert!(kept || body.ends_with(['*', '\n']) || body.starts_with("[^"));
            // Generous, since tests run unoptimised beside others; a square would take minutes.
            assert!(started.elapsed().as_secs() < 20, "{}", body.chars().take(20).collect::<String>());
        }
    });
    worker.unwrap().join().unwrap();
}

proptest! {
    #[test]
    fn anything_compiles_to_what_is_safe(markdown in "([<>\\[\\]()!*_`\"'&;:/=#|\\-a-f \n\t]|<(a|b|table|td|li|script|style|p|svg) ?|href=|onload=|javascript:|&#xFDD0;|\u{FDD0}|https://x\\.example){0,80}") {
        let page = page(&markdown);
        prop_assert_eq!(dangers(&page), Vec::<String>::new(), "{}", page);
        let forged = page.contains(['\u{FDD0}', '\u{FDD1}']);
        prop_assert!(!forged);
    }
}
