//! Markdown as it is typed, up to the marked difference.

use proptest::prelude::*;
use url::Url;

use super::super::marked;
use super::cases;
use super::oracle::{Revision, body, seen};
use crate::domain::body::{RenderContext, compile, html, render};

/// The blocks of an article as readers get them.
fn blocks(markdown: &str) -> Vec<String> {
    let site = Url::parse("https://news.example/").expect("a URL");
    let cx = RenderContext { site: &site, rel: &[], article_url: &|_| None, disclosure: None };
    render(&compile(markdown), &cx).iter().map(|block| html(std::slice::from_ref(block))).collect()
}

const ARTICLE: &str = "\
# The harbour at *night*

The old crane ~~stands~~ stood there, ![a light](/light.png) and [the keeper](/keeper) watched.[^1]

> It was cold.
> We left early.
>
> -- Ann Lee

1. First the quay
2. Then the **long** pier
   - with lamps
   - without lamps

   and a second paragraph

| Ship | Length |
|:-----|-------:|
| Aurora | 1,299.5 m |
| Boreas | 87 m |

![The pier](/pier.jpg \"Seen from the north\")

https://vimeo.com/34

```rust
fn pier() -> u8 {
    3
}
```

<div><p>Raw &amp; <ins>typed</ins> words stay</p><hr></div>

---

[^1]: He was *not* asked.
";

#[test]
fn an_edit_of_any_kind_of_block_is_marked_where_it_is() {
    for (old, new, shown) in [
        (
            "harbour",
            "port",
            "<h2 id=\"the-port-at-night\">The <del>harbour</del><ins>port</ins> at <em>night</em></h2>",
        ),
        ("stood", "rose", "<s>stands</s> <del>stood</del><ins>rose</ins> there"),
        (
            "/light.png",
            "/lamp.png",
            "<del><img src=\"https://news.example/light.png\" alt=\"a light\"></del><ins><img src=\"https://news.example/lamp.png\"",
        ),
        ("(/keeper)", "(/guard)", "<ins><a href=\"https://news.example/guard\">the keeper</a></ins>"),
        ("early", "late", "We left <del>early</del><ins>late</ins>."),
        ("Ann Lee", "Ann Ray", "<cite>Ann <del>Lee</del><ins>Ray</ins></cite>"),
        ("with lamps", "with many lamps", "<li>with <ins>many </ins>lamps</li><li>without lamps</li>"),
        ("2. Then", "2. New\n3. Then", "<li><ins><p>New</p></ins></li>"),
        ("1,299.5", "1,300.5", "<td align=\"right\"><del>1,299.5 m</del><ins>1,300.5 m</ins></td>"),
        (
            "| Boreas | 87 m |",
            "",
            "<tr><td align=\"left\"><del>Boreas</del></td><td align=\"right\"><del>87 m</del></td></tr>",
        ),
        ("north", "south", "<figcaption>Seen from the <del>north</del><ins>south</ins></figcaption>"),
        (
            "vimeo.com/34",
            "vimeo.com/35",
            "<ins><iframe class=\"embed embed-vimeo\" src=\"https://player.vimeo.com/video/35?dnt=1\"",
        ),
        ("    3", "    4", "{\n    <del>3</del><ins>4</ins>\n}"),
        ("typed", "written", "Raw &amp; <del><u>typed</u></del><ins><u>written</u></ins> words"),
        ("---\n\n[", "[", "<del><hr></del>"),
        ("asked", "seen", "He was <em>not</em> <del>asked</del><ins>seen</ins>."),
    ] {
        let edited = ARTICLE.replacen(old, new, 1);
        let html = marked(&blocks(ARTICLE), &blocks(&edited));
        assert!(html.contains(shown), "{old} to {new}: {html}");
        assert!(html.matches("<del>").count() + html.matches("<ins>").count() <= 4, "{old} to {new}: {html}");
    }
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn both_revisions_can_be_read_from_what_changed_between_them(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..12, "[a-z*_`<>\\[\\]|&\n -]{0,6}"), 1..4),
    ) {
        let mut edited = ARTICLE.to_owned();
        for (at, length, typed) in edits {
            let start = at.index(edited.len());
            edited.replace_range(start..(start + length).min(edited.len()), &typed);
        }
        let (before, after) = (blocks(ARTICLE), blocks(&edited));

        let html = marked(&before, &after);

        prop_assert_eq!(seen(&html, Revision::After), seen(&body(&after), Revision::After), "{}", html);
        prop_assert_eq!(seen(&html, Revision::Before), seen(&body(&before), Revision::Before), "{}", html);
    }
}
