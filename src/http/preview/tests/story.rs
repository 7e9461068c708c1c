//! A story, as the schema would tell it.

use serde_json::{Value, json};

/// The answer's data, with this text for every name and this HTML for the body.
pub(super) fn data(text: &str, html: &str) -> Value {
    let ana = json!({
        "name": text,
        "title": text,
        "bioHtml": "<h2 id=\"who\">Who</h2><p>Ana <a href=\"#fn:1\">1</a>.</p>",
        "url": "https://news.example/authors/ana",
        "avatar": image("https://news.example/media/a?width=160", text),
    });
    let ben = json!({
        "name": "Ben",
        "title": null,
        "bioHtml": null,
        "url": "https://news.example/authors/ben",
        "avatar": null,
    });
    let related = json!({
        "kind": "FOLLOW_UP",
        "title": text,
        "url": "https://other.example/?a=1&b=2",
        "note": text,
    });
    json!({
        "site": {"name": text, "url": "https://news.example/"},
        "preview": {
            "headline": text,
            "dek": text,
            "url": "https://news.example/pier",
            "publishedAt": "2026-11-03T06:04:05.123456Z",
            "updatedAt": "2026-12-24T18:00:00.000000Z",
            "edition": 2,
            "section": {"name": text},
            "tags": [{"name": text}],
            "authors": [ana, ben],
            "heroImage": image("https://news.example/media/b?width=1200&fit=1", text),
            "body": {"html": html, "readingMinutes": 4, "blocks": blocks()},
            "corrections": [
                {"kind": "CLARIFICATION", "note": text, "at": "2026-12-01T00:00:00.000000Z", "edition": 2},
            ],
            "related": [related],
        },
    })
}

fn image(url: &str, text: &str) -> Value {
    json!({"url": url, "alt": text, "width": 1600, "height": 900, "caption": text, "credit": text})
}

/// Of the embeds, the first and the last are frames.
fn blocks() -> Value {
    let embed = |url: &str, html: &str| json!({"__typename": "EmbedBlock", "url": url, "html": html});
    json!([
        {"__typename": "ParagraphBlock"},
        embed("https://www.youtube.com/watch?v=abc&t=5", "<iframe src=\"x\"></iframe>"),
        embed("https://x.com/a/status/1", "<blockquote>…</blockquote>"),
        embed("https://vimeo.com/34", "<iframe src=\"y\"></iframe>"),
    ])
}
