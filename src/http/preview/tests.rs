//! What holds for every preview.

mod story;

use std::cell::RefCell;

use actix_web::HttpResponse;
use actix_web::body::MessageBody as _;
use actix_web::http::StatusCode;
use entity::enums;
use lol_html::{RewriteStrSettings, element, rewrite_str};
use serde_json::{Value, json};

use super::*;
use story::data;

/// A name that would be markup, an attribute or a script where it were not text.
const HOSTILE: &str = "x\"'><script>alert(1)</script><img src=//evil.example/i onerror=alert(1)>&amp;";

fn text_of(response: HttpResponse) -> String {
    String::from_utf8(response.into_body().try_into_bytes().unwrap().to_vec()).unwrap()
}

fn page(data: Value) -> String {
    text_of(answer(data).unwrap())
}

fn page_of(html: &str) -> String {
    page(data("Pier", html))
}

/// Every tag of a page, with its attributes.
fn tags(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let tags = RefCell::new(Vec::new());
    let gather = element!("*", |tag| {
        let attributes = tag.attributes().iter().map(|pair| (pair.name(), pair.value())).collect();
        tags.borrow_mut().push((tag.tag_name(), attributes));
        Ok(())
    });
    rewrite_str(page, RewriteStrSettings::new().append_element_content_handler(gather)).unwrap();
    tags.into_inner()
}

/// The values of an attribute, on whatever tags.
fn values(page: &str, name: &str) -> Vec<String> {
    let all = tags(page).into_iter().flat_map(|(_, attributes)| attributes);
    all.filter(|(key, _)| key == name).map(|(_, value)| value).collect()
}

#[test]
fn names_are_text_whatever_they_say() {
    let page = page(data(HOSTILE, "<p>Text.</p>"));

    assert!(page.matches("&lt;script&gt;alert(1)&lt;/script&gt;").count() >= 14, "{page}");
    assert!(page.contains("&amp;amp;"));
    for (tag, attributes) in tags(&page) {
        assert!(
            !["script", "iframe", "object", "embed", "link", "base", "form"].contains(&tag.as_str()),
            "{tag}"
        );
        assert!(attributes.iter().all(|(name, _)| !name.starts_with("on")), "{attributes:?}");
    }
    assert_eq!(values(&page, "src"), ["/media/b?width=1200&amp;fit=1", "/media/a?width=160"]);
}

#[test]
fn nothing_is_loaded_from_another_host() {
    let page = page_of(
        "<p><img src=\"https://cdn.example.com/a.jpg?x=1&amp;y=2\" alt=\"A &quot;b&quot; &lt;c>\" srcset=\"//b\">\
         <img src=\"//evil.example/b\" alt=\"\"><img alt=\"an orphan\"><img src=\"data:,x\" alt=\"a dot\"></p>\
         <figure><img src=\"https://news.example/i.png\" alt=\"own\" srcset=\"https://a.example/i 2x\"></figure>\
         <iframe src=\"https://www.youtube-nocookie.com/embed/abc\" title=\"YouTube\"></iframe>",
    );

    for name in ["src", "srcset", "poster", "data", "background", "action", "style"] {
        let loaded = values(&page, name);
        assert!(
            loaded.iter().all(|value| value.starts_with("/media/") || value == "/i.png"),
            "{name}: {loaded:?}"
        );
    }
    assert!(tags(&page).iter().all(|(tag, _)| tag != "iframe"));
    assert!(page.contains(
        "<span class=\"elsewhere\"><span>Image: A &quot;b&quot; &lt;c&gt;</span> \
         <a href=\"https://cdn.example.com/a.jpg?x=1&amp;y=2\">Open the image at cdn.example.com</a></span>"
    ));
    assert!(page.contains("an orphana dot"), "what has no address has its words");
}

#[test]
fn only_the_sites_own_pictures_are_shown() {
    let site = "https://news.example/".parse().unwrap();
    let shown = |src: &str| match rewrite::place(&site, src) {
        rewrite::Place::Here(address) => address,
        rewrite::Place::Elsewhere(host) => format!("at {host}"),
        rewrite::Place::Nowhere => "nowhere".to_owned(),
    };
    for (src, place) in [
        ("https://news.example/media/a.png?w=1#x", "/media/a.png?w=1#x"),
        ("https://news.example:443/a", "/a"),
        ("https://news.example//evil.example/a", "https://news.example//evil.example/a"),
        ("https://news.example/&#47;evil.example/a", "https://news.example/&#47;evil.example/a"),
        ("https://news.example/\\evil.example/a", "https://news.example//evil.example/a"),
        ("http://news.example/a", "at news.example"),
        ("https://news.example:8443/a", "at news.example"),
        ("https://news.example.evil.example/a", "at news.example.evil.example"),
        ("https://news.example&period;evil.example/a", "at news.example&period;evil.example"),
        ("https://news.example@evil.example/a", "at evil.example"),
        ("https://www.example.org/a", "at example.org"),
        ("/a", "nowhere"),
        ("data:image/png,x", "nowhere"),
        ("javascript:alert(1)", "nowhere"),
        ("", "nowhere"),
    ] {
        assert_eq!(shown(src), place, "{src}");
    }
}

#[test]
fn a_picture_in_a_link_leaves_the_link_alone() {
    let page = page_of(
        "<p><a href=\"https://a.example/\"><em><img src=\"https://cdn.example.com/a\" \
         alt=\"Map\"></em></a></p>",
    );
    assert!(page.contains(
        "<a href=\"https://a.example/\"><em><span class=\"elsewhere\"><span>Image: Map</span> \
         <span>at cdn.example.com</span></span></em></a>"
    ));
}

#[test]
fn each_frame_becomes_a_way_to_its_page() {
    let page = page_of(
        "<iframe src=\"https://a.example/1\" title=\"YouTube\"></iframe><p>…</p>\
         <iframe src=\"https://a.example/2\" title=\"Vimeo\"></iframe>\
         <iframe src=\"https://a.example/3?a&amp;b\"></iframe>",
    );
    for part in [
        "<p class=\"elsewhere\"><span>YouTube</span> <a \
         href=\"https://www.youtube.com/watch?v=abc&amp;t=5\">Open the page at youtube.com</a></p><p>…</p>",
        "<span>Vimeo</span> <a href=\"https://vimeo.com/34\">Open the page at vimeo.com</a>",
        "<span>Embedded page</span> <a href=\"https://a.example/3?a&amp;b\">Open the page at a.example</a>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
fn readers_are_told_what_they_would_be_told() {
    let page = page_of(
        "<aside class=\"affiliate-disclosure\" role=\"note\">We earn.</aside>\n<p><a \
         href=\"https://shop.example/\" rel=\"sponsored nofollow\">x</a></p>",
    );
    for part in [
        "<strong>Preview – not published.</strong> Anyone with this link can read it until it expires.",
        "<time datetime=\"2026-11-03T06:04:05Z\">3 November 2026, 06:04 UTC</time>",
        "Updated <time datetime=\"2026-12-24T18:00:00Z\">24 December 2026, 18:00 UTC</time>",
        "4 min read",
        "By <a rel=\"author\" href=\"https://news.example/authors/ana\"><bdi>Pier</bdi></a> and <a",
        "<aside class=\"affiliate-disclosure\" role=\"note\">We earn.</aside>\n<p><a \
         href=\"https://shop.example/\" rel=\"sponsored nofollow\">x</a></p>",
        "<strong>Clarification</strong>, <time datetime=\"2026-12-01T00:00:00Z\">1 December 2026</time> \
         (edition 2): <span dir=\"auto\">Pier</span>",
        "<span class=\"kind\">Follow-up</span><a href=\"https://other.example/?a=1&amp;b=2\" \
         dir=\"auto\">Pier</a><p dir=\"auto\">Pier</p>",
        "<p>Who</p><p>Ana <a>1</a>.</p>",
        "<h2 id=\"_about\">About the author</h2>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }

    let mut first = data("Pier", "<p>Text.</p>");
    for (key, value) in [
        ("edition", json!(1)),
        ("corrections", json!([])),
        ("related", json!([])),
        ("tags", json!([])),
        ("authors", json!([])),
        ("heroImage", json!(null)),
        ("dek", json!(null)),
    ] {
        first["preview"][key] = value;
    }
    let bare = self::page(first);
    for part in ["Updated", "<aside", "<section", "<ul", "<img", "class=\"byline\"", "class=\"dek\""] {
        assert!(!bare.split("</style>").nth(1).unwrap().contains(part), "{part}: {bare}");
    }
}

#[test]
fn what_scrolls_sideways_can_be_reached_and_has_a_name_of_its_own() {
    let page = page_of("<table><tr><td>1</td></tr></table>\n<pre><code>a</code></pre>\n<table></table>");
    assert!(page.contains(
        "<div class=\"wide\" role=\"region\" aria-label=\"Table 1\" tabindex=\"0\">\
         <table><tr><td>1</td></tr></table></div>"
    ));
    assert!(
        page.contains("<pre role=\"region\" aria-label=\"Listing 1\" tabindex=\"0\"><code>a</code></pre>")
    );
    assert!(page.contains("aria-label=\"Table 2\""));

    let mut ids = values(&page, "id");
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(
        ids,
        ["_about", "_article", "_corrections", "_headline", "_related"],
        "each once, and none of the body's"
    );
}

#[test]
fn a_token_that_leads_nowhere_tells_nothing() {
    let nothing =
        answer(json!({"preview": null, "site": {"name": "A", "url": "https://news.example/"}})).unwrap();
    let found = answer(data("Pier", "<p>Text.</p>")).unwrap();

    assert_eq!((nothing.status(), found.status()), (StatusCode::NOT_FOUND, StatusCode::OK));
    let headers = |response: &HttpResponse| {
        let mut headers: Vec<_> =
            response.headers().iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
        headers.sort();
        headers
    };
    assert_eq!(headers(&nothing), headers(&found));
    assert_eq!(headers(&nothing), headers(&missing()));
    let nothing = text_of(nothing);
    assert_eq!(nothing, text_of(missing()));
    assert!(
        nothing.contains("This preview is not there (any more)")
            && nothing.contains("Ask your desk for a new link.")
    );
}

#[test]
fn the_policy_lets_in_our_style_and_nothing_else() {
    let response = missing();
    let header = |name: &str| response.headers().get(name).unwrap().to_str().unwrap().to_owned();
    let policy = header("content-security-policy");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex, nofollow"),
    ] {
        assert_eq!(header(name), value);
    }
    let page = text_of(response);
    let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let hash = STANDARD.encode(Sha256::digest(style));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'sha256-{hash}'; img-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
    );
    assert!(
        style.len() < 8_000 && !style.contains("url(") && !style.contains("@import"),
        "{} bytes",
        style.len()
    );
    assert!(page_of("").len() < 15_000);
}

#[test]
fn every_kind_has_its_words() {
    let mut data = data("Pier", "");
    let link = |kind: &str| json!({"kind": kind, "title": "T", "url": "https://a.example/", "note": null});
    let note = |kind: &str| json!({"kind": kind, "note": "N", "at": "2026-12-01T00:00:00Z", "edition": 2});
    data["preview"]["related"] = enums::RelatedKind::ALL.iter().map(|kind| link(kind.as_str())).collect();
    data["preview"]["corrections"] =
        enums::CorrectionKind::ALL.iter().map(|kind| note(kind.as_str())).collect();
    assert_eq!(page(data).matches("class=\"kind\"").count(), enums::RelatedKind::ALL.len());
}

#[test]
fn data_that_was_not_asked_for_is_a_fault_and_no_page() {
    assert!(matches!(answer(json!({"preview": {}})), Err(Fault::Data(_))));
    assert!(matches!(answer(Value::Null), Err(Fault::Data(_))));
}
