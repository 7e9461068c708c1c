//! Markdown taken apart into blocks.

use std::panic::{AssertUnwindSafe, catch_unwind};

use comrak::nodes::{ListType, Node, NodeValue};
use comrak::{Arena, Options, parse_document};

use super::sanitize::{Clean, clean};
use super::slot::{self, Slot};
use super::text::{Anchors, count_words};
use super::{Compiled, ImageRef, Link, Template, attribution, embed, frame, input, markup};

/// Compiles Markdown. Takes anything, and time in proportion to its length.
#[must_use]
pub fn compile(markdown: &str) -> Compiled {
    let markdown = input::prepare(markdown);
    // Not known to happen. But the parser asserts what it believes of its own state, and a text that
    // proves it wrong must cost its writer the marks, not the work.
    catch_unwind(AssertUnwindSafe(|| parsed(&markdown))).unwrap_or_else(|_| unparsed(&markdown))
}

fn parsed(markdown: &str) -> Compiled {
    let arena = Arena::new();
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = !input::is_slow_to_link(markdown);
    options.extension.footnotes = true;
    let root = parse_document(&arena, markdown, &options);
    let mut compiler = Compiler::default();
    let mut notes = Vec::new();
    for node in root.children() {
        if matches!(node.data().value, NodeValue::FootnoteDefinition(_)) {
            notes.push(node);
        } else {
            compiler.block(node);
        }
    }
    if !notes.is_empty() {
        compiler.loose(&markup::of_footnotes(&notes));
    }
    compiler.finish()
}

/// The text as it was typed, in paragraphs.
fn unparsed(markdown: &str) -> Compiled {
    let mut compiler = Compiler::default();
    for text in markdown.split("\n\n").map(str::trim).filter(|text| !text.is_empty()) {
        let mut html = String::from("<p>");
        slot::escape(text, &mut html);
        html.push_str("</p>");
        compiler.add(Template::Paragraph { html, text: text.to_owned() }, text);
    }
    compiler.finish()
}

#[derive(Default)]
struct Compiler {
    out: Compiled,
    anchors: Anchors,
}

impl Compiler {
    fn finish(mut self) -> Compiled {
        self.out.word_count = count_words(&self.out.text);
        self.out
    }

    fn add(&mut self, block: Template, text: &str) {
        if !text.is_empty() {
            if !self.out.text.is_empty() {
                self.out.text.push_str("\n\n");
            }
            self.out.text.push_str(text);
        }
        self.out.blocks.push(block);
    }

    fn block<'a>(&mut self, node: Node<'a>) {
        // A copy of the kind, since a quotation is cut up below.
        let kind = match &node.data().value {
            NodeValue::Paragraph => Kind::Paragraph,
            NodeValue::BlockQuote => Kind::Quote,
            NodeValue::Heading(heading) => Kind::Heading(heading.level),
            NodeValue::List(list) => Kind::List(list.list_type == ListType::Ordered, list.start),
            NodeValue::CodeBlock(block) => Kind::Code(block.literal.clone(), markup::language(&block.info)),
            NodeValue::Table(_) => Kind::Table,
            NodeValue::ThematicBreak => Kind::Divider,
            _ => Kind::Other,
        };
        match kind {
            Kind::Paragraph => self.paragraph(node),
            Kind::Quote => self.quote(node),
            Kind::Heading(level) => self.heading(node, level),
            Kind::List(ordered, start) => self.list(node, ordered, start),
            Kind::Code(literal, language) => {
                let code = slot::tidy(literal.strip_suffix('\n').unwrap_or(&literal)).into_owned();
                let text = code.trim_end().to_owned();
                self.add(Template::Code { code, language }, &text);
            }
            Kind::Table => {
                let Clean { html, text } = clean(&markup::of([node]), &mut self.out);
                self.add(Template::Table { html }, &text);
            }
            Kind::Divider => self.add(Template::Divider { html: "<hr>".to_owned() }, ""),
            Kind::Other => self.loose(&markup::of([node])),
        }
    }

    /// A paragraph is cut where a line of it is nothing but a URL that embeds something.
    fn paragraph<'a>(&mut self, node: Node<'a>) {
        let nodes: Vec<Node<'a>> = node.children().collect();
        let mut running: Vec<Node<'a>> = Vec::new();
        for line in nodes.split_inclusive(|node| markup::is_break(node)) {
            let found = match line {
                [only] => embedded(only),
                [only, end] if markup::is_break(end) => embedded(only),
                _ => None,
            };
            match found {
                Some(found) => {
                    self.running_text(&mut running);
                    self.embed(found);
                }
                None => running.extend_from_slice(line),
            }
        }
        self.running_text(&mut running);
    }

    fn running_text<'a>(&mut self, nodes: &mut Vec<Node<'a>>) {
        if nodes.last().is_some_and(markup::is_break) {
            nodes.pop();
        }
        let nodes = std::mem::take(nodes);
        if !self.lone_image(&nodes) && !nodes.is_empty() {
            self.loose(&format!("<p>{}</p>", markup::of(nodes)));
        }
    }

    fn lone_image<'a>(&mut self, nodes: &[Node<'a>]) -> bool {
        let [node] = nodes else { return false };
        let data = node.data();
        let NodeValue::Image(image) = &data.value else { return false };
        let url = slot::tidy(image.url.trim()).into_owned();
        if !slot::may_show(&url) {
            return false;
        }
        let alt = slot::tidy(&markup::words(node.children())).into_owned();
        let caption = Some(slot::tidy(image.title.trim()).into_owned()).filter(|caption| !caption.is_empty());
        let mut html = String::from("<figure><img src=\"");
        slot::put(Slot::Image(self.out.images.len()), &mut html);
        html.push_str("\" alt=\"");
        slot::escape(&alt, &mut html);
        html.push_str("\">");
        if let Some(caption) = &caption {
            html.push_str("<figcaption>");
            slot::escape(caption, &mut html);
            html.push_str("</figcaption>");
        }
        html.push_str("</figure>");
        self.out.images.push(ImageRef { url: url.clone(), alt: alt.clone(), block: self.out.blocks.len() });
        let text = caption.clone().unwrap_or_default();
        self.add(Template::Image { url, alt, caption, html }, &text);
        true
    }

    fn embed(&mut self, found: embed::Found) {
        let html = match &found.frame {
            Some(frame) => frame::frame(found.provider, frame),
            None => {
                let slot = Slot::Link(self.out.links.len());
                let text = frame::link_text(&found.url).to_owned();
                self.out.links.push(Link {
                    url: found.url.clone(),
                    text,
                    block: self.out.blocks.len(),
                    network: None,
                });
                frame::link(&found, |html| slot::put(slot, html))
            }
        };
        self.add(Template::Embed { provider: found.provider, url: found.url, html }, "");
    }

    fn heading<'a>(&mut self, node: Node<'a>, level: u8) {
        let level = level.clamp(2, 6);
        let Clean { html: inner, text } = clean(&markup::of(node.children()), &mut self.out);
        let text = text.replace('\n', " ");
        let anchor = self.anchors.name(&text);
        // Letters, digits and hyphens only: nothing in an anchor needs escaping.
        let html = format!("<h{level} id=\"{anchor}\">{inner}</h{level}>");
        self.add(Template::Heading { level, text: text.clone(), html, anchor }, &text);
    }

    fn quote<'a>(&mut self, node: Node<'a>) {
        let (links, images) = (self.out.links.len(), self.out.images.len());
        let source = attribution::detach(node);
        let Clean { mut html, text } = clean(&markup::of([node]), &mut self.out);
        let source = source.map(|source| clean(&markup::of(source), &mut self.out));
        let mut all = text.clone();
        if let Some(source) = &source {
            html.truncate(html.strip_suffix("</blockquote>").unwrap_or(&html).len());
            html.push_str("<footer>— <cite>");
            html.push_str(&source.html);
            html.push_str("</cite></footer></blockquote>");
            all.push_str("\n— ");
            all.push_str(&source.text);
        }
        if all.is_empty() && self.is_mere_text(&html) {
            self.out.links.truncate(links);
            self.out.images.truncate(images);
        } else {
            self.add(Template::Quote { html, text, attribution: source.map(|source| source.text) }, &all);
        }
    }

    fn list<'a>(&mut self, node: Node<'a>, ordered: bool, start: usize) {
        let mut text = String::new();
        let mut items = Vec::new();
        for item in node.children() {
            let item = clean(&markup::of(item.children()), &mut self.out);
            if !text.is_empty() && !item.text.is_empty() {
                text.push('\n');
            }
            text.push_str(&item.text);
            items.push(item.html);
        }
        let start = if ordered { u32::try_from(start).unwrap_or(1) } else { 1 };
        self.add(Template::List { ordered, start, items }, &text);
    }

    /// Adds whatever is left of HTML that is no other kind of block; nothing where nothing is.
    fn loose(&mut self, dirty: &str) {
        let (links, images) = (self.out.links.len(), self.out.images.len());
        let Clean { html, text } = clean(dirty, &mut self.out);
        if text.is_empty() && self.is_mere_text(&html) {
            self.out.links.truncate(links);
            self.out.images.truncate(images);
        } else if html.contains("<table") {
            self.add(Template::Table { html }, &text);
        } else {
            self.add(Template::Paragraph { html, text: text.clone() }, &text);
        }
    }

    /// Whether HTML shows nothing but its text.
    fn is_mere_text(&self, html: &str) -> bool {
        let pictured = self.out.images.last().is_some_and(|image| image.block == self.out.blocks.len());
        !pictured && !html.contains("<hr")
    }
}

enum Kind {
    Paragraph,
    Quote,
    Heading(u8),
    List(bool, usize),
    Code(String, Option<String>),
    Table,
    Divider,
    Other,
}

/// What a link embeds whose text is its own URL.
fn embedded(node: &Node<'_>) -> Option<embed::Found> {
    let data = node.data();
    let NodeValue::Link(link) = &data.value else { return None };
    let shown = markup::words(node.children());
    // A bare `www.` gets its scheme from the parser.
    let is_bare = link.url == shown || link.url.strip_prefix("http://") == Some(shown.as_str());
    embed::find(&link.url).filter(|_| is_bare)
}
