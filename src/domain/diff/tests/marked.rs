//! What an editor sees of an edit.

use super::super::marked;
use super::oracle::sanitised;
use super::owned;

fn shown(before: &[&str], after: &[&str]) -> String {
    let html = marked(&owned(before), &owned(after));
    assert_eq!(html, sanitised(&html), "browsers read it as it was written");
    html
}

#[test]
fn changed_words_are_marked_within_their_paragraph() {
    assert_eq!(
        shown(
            &["<p>The quick brown fox jumps over the lazy dog.</p>"],
            &["<p>The quick red fox leaps over the dog.</p>"]
        ),
        "<p>The quick <del>brown</del><ins>red</ins> fox <del>jumps</del><ins>leaps</ins> over the <del>lazy </del>dog.</p>"
    );
}

#[test]
fn a_price_and_a_contraction_are_one_word_and_a_chinese_character_is_too() {
    assert_eq!(
        shown(
            &["<p>It costs €1,299.00 and it’s 好看吗 today</p>"],
            &["<p>It costs €1,199.00 and it isn’t 好听吗 today</p>"]
        ),
        "<p>It costs <del>€1,299.00</del><ins>€1,199.00</ins> and <del>it’s</del><ins>it isn’t</ins> 好<del>看</del><ins>听</ins>吗 today</p>"
    );
}

#[test]
fn few_words_that_stayed_in_a_rewritten_sentence_are_shown_with_it() {
    assert_eq!(
        shown(
            &["<p>We met in the old harbour building of Rotterdam yesterday, among a crowd of guests.</p>"],
            &["<p>We met in the new concert hall of Antwerp yesterday, among a crowd of guests.</p>"]
        ),
        "<p>We met in the <del>old harbour building of Rotterdam</del><ins>new concert hall of Antwerp</ins> yesterday, among a crowd of guests.</p>"
    );
}

#[test]
fn paragraphs_come_and_go_as_a_whole() {
    assert_eq!(
        shown(
            &["<p>One stays.</p>", "<p>Two is edited here a bit.</p>", "<p>Three goes away.</p>"],
            &[
                "<p>One stays.</p>",
                "<p>Brand new thoughts about cats.</p>",
                "<p>Two is edited there a bit.</p>"
            ]
        ),
        "<p>One stays.</p>\n<ins><p>Brand new thoughts about cats.</p></ins>\n<p>Two is edited <del>here</del><ins>there</ins> a bit.</p>\n<del><p>Three goes away.</p></del>"
    );
}

#[test]
fn a_rewritten_paragraph_is_shown_as_two() {
    assert_eq!(
        shown(
            &["<p>Rain fell on the capital all night long.</p>"],
            &["<p>Ministers resigned over leaked letters.</p>"]
        ),
        "<del><p>Rain fell on the capital all night long.</p></del>\n<ins><p>Ministers resigned over leaked letters.</p></ins>"
    );
}

#[test]
fn a_moved_paragraph_is_deleted_here_and_inserted_there() {
    assert_eq!(
        shown(
            &["<p>Alpha one.</p>", "<p>Beta two.</p>", "<p>Gamma three.</p>"],
            &["<p>Beta two.</p>", "<p>Gamma three.</p>", "<p>Alpha one.</p>"]
        ),
        "<del><p>Alpha one.</p></del>\n<p>Beta two.</p>\n<p>Gamma three.</p>\n<ins><p>Alpha one.</p></ins>"
    );
}

#[test]
fn a_link_that_leads_elsewhere_is_seen_though_its_text_is_the_same() {
    assert_eq!(
        shown(
            &["<p>See <a href=\"https://a.example/1\">the big site</a> now</p>"],
            &["<p>See <a href=\"https://a.example/2\">the big site</a> now</p>"]
        ),
        "<p>See <del><a href=\"https://a.example/1\">the big site</a></del><ins><a href=\"https://a.example/2\">the big site</a></ins> now</p>"
    );
}

#[test]
fn a_link_goes_on_around_a_changed_word() {
    assert_eq!(
        shown(
            &["<p>See <a href=\"https://a.example/1\">the big site</a> now</p>"],
            &["<p>See <a href=\"https://a.example/1\">the small site</a> now</p>"]
        ),
        "<p>See <a href=\"https://a.example/1\">the <del>big</del><ins>small</ins> site</a> now</p>"
    );
}

#[test]
fn words_that_became_bold_are_marked() {
    assert_eq!(
        shown(
            &["<p>Make this bold please, it matters</p>"],
            &["<p>Make <strong>this bold</strong> please, it matters</p>"]
        ),
        "<p>Make <del>this bold</del><ins><strong>this bold</strong></ins> please, it matters</p>"
    );
}

#[test]
fn what_writers_struck_out_or_underlined_is_no_change() {
    assert_eq!(
        shown(
            &["<p>A <del>struck</del> and <ins title=\"x\">added</ins> word here</p>"],
            &["<p>A <del>struck</del> and <ins title=\"x\">added</ins> word there</p>"]
        ),
        "<p>A <s>struck</s> and <u title=\"x\">added</u> word <del>here</del><ins>there</ins></p>"
    );
}

#[test]
fn lists_are_compared_item_by_item() {
    assert_eq!(
        shown(
            &["<ul><li>Milk</li><li>Bread, white</li><li>Eggs</li></ul>"],
            &["<ul><li>Milk</li><li>Butter</li><li>Bread, brown</li></ul>"]
        ),
        "<ul><li>Milk</li><li><ins>Butter</ins></li><li>Bread, <del>white</del><ins>brown</ins></li><li><del>Eggs</del></li></ul>"
    );
}

#[test]
fn a_list_that_counts_otherwise_is_another_list() {
    assert_eq!(
        shown(&["<ol start=\"3\"><li>Milk</li></ol>"], &["<ol start=\"4\"><li>Milk</li></ol>"]),
        "<del><ol start=\"3\"><li>Milk</li></ol></del><ins><ol start=\"4\"><li>Milk</li></ol></ins>"
    );
}

#[test]
fn tables_are_compared_cell_by_cell() {
    let table = |rows: &str| {
        format!("<table><thead><tr><th>Name</th><th>Price</th></tr></thead><tbody>{rows}</tbody></table>")
    };
    let before = table("<tr><td>GPU</td><td>499</td></tr><tr><td>CPU</td><td>199</td></tr>");
    let after = table(
        "<tr><td>GPU</td><td>479</td></tr><tr><td>RAM</td><td>99</td></tr><tr><td>CPU</td><td>199</td></tr>",
    );
    let between = table(
        "<tr><td>GPU</td><td><del>499</del><ins>479</ins></td></tr><tr><td><ins>RAM</ins></td><td><ins>99</ins></td></tr><tr><td>CPU</td><td>199</td></tr>",
    );
    assert_eq!(shown(&[&before], &[&after]), between);
}

#[test]
fn a_cell_that_is_aligned_otherwise_is_seen() {
    let cell = |tag: &str| format!("<table><tbody><tr><td>Name</td>{tag}499</td></tr></tbody></table>");
    let after = cell("<td align=\"right\">");
    assert_eq!(shown(&[&cell("<td>")], &[&after]), after.replace("499", "<del>499</del><ins>499</ins>"));
}

#[test]
fn a_changed_picture_is_shown_beside_the_old_one() {
    let figure = |src: &str, caption: &str| {
        format!("<figure><img src=\"{src}\" alt=\"A\"><figcaption>{caption}</figcaption></figure>")
    };
    assert_eq!(
        shown(&[&figure("a.png", "The same long caption")], &[&figure("b.png", "The same long caption")]),
        "<figure><del><img src=\"a.png\" alt=\"A\"></del><ins><img src=\"b.png\" alt=\"A\"></ins><figcaption>The same long caption</figcaption></figure>"
    );
    assert_eq!(
        shown(&[&figure("a.png", "Old")], &[&figure("a.png", "New")]),
        "<figure><img src=\"a.png\" alt=\"A\"><figcaption><del>Old</del><ins>New</ins></figcaption></figure>"
    );
    let (before, after) = (figure("a.png", "Old"), figure("b.png", "New"));
    assert_eq!(shown(&[&before], &[&after]), format!("<del>{before}</del>\n<ins>{after}</ins>"));
}

#[test]
fn a_changed_embed_is_shown_whole_and_unchanged_in_itself() {
    let frame = |id: u8| {
        format!(
            "<iframe class=\"embed embed-vimeo\" src=\"https://player.vimeo.com/video/{id}\" title=\"Vimeo\" sandbox=\"allow-scripts\" allowfullscreen=\"\"></iframe>"
        )
    };
    let (before, after) = (frame(1), frame(2));
    assert_eq!(shown(&[&before], &[&after]), format!("<del>{before}</del><ins>{after}</ins>"));
}

#[test]
fn blanks_are_seen_in_code_and_nowhere_else() {
    assert_eq!(
        shown(
            &["<pre><code>fn one() {\n  two();\n}</code></pre>"],
            &["<pre><code>fn one() {\n    two();\n}</code></pre>"]
        ),
        "<pre><code>fn one() {<del>\n  </del><ins>\n    </ins>two();\n}</code></pre>"
    );
    assert_eq!(shown(&["<p>One two\nthree</p>"], &["<p>One\ntwo three</p>"]), "<p>One\ntwo three</p>");
}

#[test]
fn anchors_belong_to_what_is_there_now() {
    assert_eq!(
        shown(
            &["<h2 id=\"old-name\">Old name of it</h2>", "<h2 id=\"gone\">Something else</h2>"],
            &["<h2 id=\"new-name\">New name of it</h2>"]
        ),
        "<h2 id=\"new-name\"><del>Old</del><ins>New</ins> name of it</h2>\n<del><h2>Something else</h2></del>"
    );
    assert_eq!(shown(&["<h2 id=\"a\">Name</h2>"], &["<h2 id=\"a-2\">Name</h2>"]), "<h2 id=\"a-2\">Name</h2>");
    let note = |number: u8| {
        format!(
            "<p>Words with a note<sup class=\"footnote-ref\"><a href=\"#fn:{number}\" id=\"fnref:{number}\">{number}</a></sup> follow</p>"
        )
    };
    let html = shown(&[&note(1)], &[&note(2)]);
    assert_eq!(html.matches(" id=").count(), 1, "{html}");
    assert!(html.contains("<del><sup class=\"footnote-ref\"><a href=\"#fn:1\">1</a></sup></del>"), "{html}");
}

#[test]
fn a_long_article_with_a_word_changed_in_each_paragraph_is_shown_word_by_word() {
    let paragraph = |number: usize, word: &str| {
        let words: Vec<_> =
            (0..60).map(|at| format!("word{}", (number * 7919 + at * at * 31) % 9973)).collect();
        format!("<p>{} {word} {}</p>", words[..30].join(" "), words[30..].join(" "))
    };
    let [before, after] =
        ["colour", "color"].map(|word| (0..300).map(|number| paragraph(number, word)).collect::<Vec<_>>());

    let html = marked(&before, &after);

    assert_eq!(html.matches("<del>colour</del><ins>color</ins>").count(), 300);
    assert_eq!(html.matches("<del>").count(), 300);
}

#[test]
fn quotes_within_quotes_are_compared_at_any_depth() {
    let deep = |word: &str| {
        "<blockquote>".repeat(100) + "<p>It is " + word + " here</p>" + &"</blockquote>".repeat(100)
    };
    let html = shown(&[&deep("cold")], &[&deep("warm")]);
    assert_eq!(html, deep("<del>cold</del><ins>warm</ins>"));
}

#[test]
fn html_that_does_not_nest_is_shown_as_text() {
    for broken in
        ["<p>a</b></p>", "<p>a", "a</p>", "<p title=\"x>a</p>", "<script>a</script>", "<svg>a</svg>", "<"]
    {
        let text = broken.replace('<', "&lt;").replace('>', "&gt;");
        assert_eq!(marked(&owned(&[broken]), &[]), format!("<del><p>{text}</p></del>"));
    }
    let deep = "<div>".repeat(240) + "a" + &"</div>".repeat(240);
    assert_eq!(marked(std::slice::from_ref(&deep), &[]), format!("<del>{deep}</del>"));
    let deep = "<div>".repeat(10_000) + "a" + &"</div>".repeat(10_000);
    assert!(marked(&[deep], &owned(&["<p>b</p>"])).starts_with("<del><p>&lt;div&gt;"));
}

#[test]
fn texts_made_to_be_slow_are_shown_as_replaced() {
    // Two words in a pattern that no short edit explains. Without a bound this takes minutes.
    let words = |seed: u64| {
        let mut state = seed;
        let word = move |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if state >> 63 == 0 { "no " } else { "yes " }
        };
        format!("<p>{}</p>", (0..60_000).map(word).collect::<String>())
    };
    let (before, after) = (words(1), words(2));

    let html = marked(std::slice::from_ref(&before), std::slice::from_ref(&after));

    assert!(html == format!("<del>{before}</del>\n<ins>{after}</ins>"));
}
