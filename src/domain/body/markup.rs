//! Parsed Markdown written as HTML, raw HTML included; not yet sanitised.

use comrak::arena_tree::NodeEdge;
use comrak::nodes::{ListType, Node, NodeList, NodeValue, TableAlignment};

use super::balance::Writer;
use super::raw;

/// HTML of Markdown being written.
#[derive(Default)]
pub(super) struct Markup {
    out: Writer,
    alignments: Vec<TableAlignment>,
    column: usize,
    /// The alternative text being gathered, and how many images within images are open.
    alt: Option<(String, usize)>,
}

/// The HTML of these nodes.
pub(super) fn of<'a>(nodes: impl IntoIterator<Item = Node<'a>>) -> String {
    let mut markup = Markup::default();
    for node in nodes {
        markup.node(node);
    }
    markup.out.finish()
}

/// The HTML of the footnotes, in the order in which they are referred to.
pub(super) fn of_footnotes<'a>(notes: &[Node<'a>]) -> String {
    let mut markup = Markup::default();
    markup.out.open("section", &[("class", "footnotes")]);
    markup.out.open("ol", &[]);
    for (number, note) in (1..).zip(notes) {
        let last = note.last_child().filter(|last| matches!(last.data().value, NodeValue::Paragraph));
        markup.out.open("li", &[("id", &format!("fn:{number}"))]);
        for child in note.children().filter(|child| !last.is_some_and(|last| last.same_node(child))) {
            markup.node(child);
        }
        markup.out.open("p", &[]);
        for child in last.iter().flat_map(|last| last.children()) {
            markup.node(child);
        }
        markup.ways_back(number, note);
        markup.out.close();
        markup.out.close();
    }
    markup.out.finish()
}

/// The words of these nodes, without any marks.
pub(super) fn words<'a>(nodes: impl IntoIterator<Item = Node<'a>>) -> String {
    let mut words = String::new();
    for node in nodes.into_iter().flat_map(|node| node.descendants()) {
        push_words(&node.data().value, &mut words);
    }
    words
}

fn push_words(value: &NodeValue, words: &mut String) {
    match value {
        NodeValue::Text(text) => words.push_str(text),
        NodeValue::Code(code) => words.push_str(&code.literal),
        NodeValue::SoftBreak | NodeValue::LineBreak => words.push(' '),
        _ => {}
    }
}

impl Markup {
    /// Walks a tree without recursion: how deep emphasis nests is for whoever types it to say.
    fn node<'a>(&mut self, root: Node<'a>) {
        for edge in root.traverse() {
            match (edge, &mut self.alt) {
                (NodeEdge::Start(node), None) => self.enter(node),
                (NodeEdge::Start(node), Some((alt, images))) => match &node.data().value {
                    NodeValue::Image(_) => *images += 1,
                    value => push_words(value, alt),
                },
                (NodeEdge::End(node), Some((alt, images))) => {
                    if let NodeValue::Image(image) = &node.data().value {
                        if *images > 0 {
                            *images -= 1;
                        } else {
                            let alt = std::mem::take(alt);
                            self.alt = None;
                            let all = [("src", image.url.as_str()), ("alt", &alt), ("title", &image.title)];
                            let untitled = usize::from(image.title.is_empty());
                            self.out.void("img", all.get(..all.len() - untitled).unwrap_or_default());
                        }
                    }
                }
                (NodeEdge::End(node), None) => self.leave(node),
            }
        }
    }

    fn enter<'a>(&mut self, node: Node<'a>) {
        match &node.data().value {
            NodeValue::Text(text) => self.out.text(text),
            NodeValue::SoftBreak => self.out.text("\n"),
            NodeValue::LineBreak => {
                self.out.void("br", &[]);
                self.out.text("\n");
            }
            NodeValue::Code(code) => {
                self.out.open("code", &[]);
                self.out.text(&code.literal);
                self.out.close();
            }
            NodeValue::HtmlInline(html) => raw::write(html, true, &mut self.out),
            NodeValue::HtmlBlock(html) => {
                raw::write(&html.literal, false, &mut self.out);
                self.out.close_typed();
            }
            NodeValue::Image(_) => self.alt = Some((String::new(), 0)),
            NodeValue::Link(link) if link.title.is_empty() => self.out.open("a", &[("href", &link.url)]),
            NodeValue::Link(link) => self.out.open("a", &[("href", &link.url), ("title", &link.title)]),
            NodeValue::FootnoteReference(note) => self.footnote_mark(note.ix, note.ref_num),
            NodeValue::CodeBlock(block) => {
                self.out.open("pre", &[]);
                match language(&block.info) {
                    Some(language) => self.out.open("code", &[("class", &format!("language-{language}"))]),
                    None => self.out.open("code", &[]),
                }
                self.out.text(&block.literal);
                self.out.close();
                self.out.close();
            }
            NodeValue::ThematicBreak => self.out.void("hr", &[]),
            NodeValue::List(NodeList { list_type: ListType::Ordered, start, .. }) if *start != 1 => {
                self.out.open("ol", &[("start", &start.to_string())]);
            }
            NodeValue::Table(table) => {
                self.alignments.clone_from(&table.alignments);
                self.out.open("table", &[]);
            }
            NodeValue::TableRow(is_head) => {
                self.column = 0;
                if *is_head {
                    self.out.open("thead", &[]);
                } else if node.previous_sibling().is_none_or(is_head_row) {
                    self.out.open("tbody", &[]);
                }
                self.out.open("tr", &[]);
            }
            NodeValue::TableCell => self.cell(node),
            NodeValue::Paragraph if is_tight(node) => {}
            value => {
                if let Some(name) = plain_tag(value) {
                    self.out.open(name, &[]);
                }
            }
        }
    }

    fn leave<'a>(&mut self, node: Node<'a>) {
        match &node.data().value {
            NodeValue::Link(_) | NodeValue::TableCell => self.out.close(),
            NodeValue::TableRow(is_head) => {
                self.out.close();
                if *is_head || node.next_sibling().is_none() {
                    self.out.close();
                }
            }
            NodeValue::Table(_) => self.out.close(),
            NodeValue::Paragraph if is_tight(node) => {
                if node.next_sibling().is_some() {
                    self.out.text("\n");
                }
            }
            value => {
                if plain_tag(value).is_some() {
                    self.out.close();
                }
            }
        }
    }

    fn cell<'a>(&mut self, node: Node<'a>) {
        let name = if node.parent().is_some_and(is_head_row) { "th" } else { "td" };
        let align = match self.alignments.get(self.column) {
            Some(TableAlignment::Left) => Some("left"),
            Some(TableAlignment::Center) => Some("center"),
            Some(TableAlignment::Right) => Some("right"),
            _ => None,
        };
        self.column += 1;
        match align {
            Some(align) => self.out.open(name, &[("align", align)]),
            None => self.out.open(name, &[]),
        }
    }

    fn footnote_mark(&mut self, note: u32, reference: u32) {
        self.out.open("sup", &[("class", "footnote-ref")]);
        self.out.open("a", &[("href", &format!("#fn:{note}")), ("id", &reference_id(note, reference))]);
        self.out.text(&note.to_string());
        self.out.close();
        self.out.close();
    }

    /// A link back to each place that refers to the note.
    fn ways_back<'a>(&mut self, number: u32, note: &Node<'a>) {
        let NodeValue::FootnoteDefinition(definition) = &note.data().value else { return };
        for reference in 1..=definition.total_references {
            self.out.text(" ");
            self.out.open(
                "a",
                &[("href", &format!("#{}", reference_id(number, reference))), ("class", "footnote-backref")],
            );
            self.out.text("↩");
            self.out.close();
        }
    }
}

fn reference_id(note: u32, reference: u32) -> String {
    if reference > 1 { format!("fnref:{note}-{reference}") } else { format!("fnref:{note}") }
}

/// The tag of a node that needs no attributes.
fn plain_tag(value: &NodeValue) -> Option<&'static str> {
    Some(match value {
        NodeValue::Paragraph => "p",
        NodeValue::BlockQuote => "blockquote",
        NodeValue::List(list) if list.list_type == ListType::Ordered => "ol",
        NodeValue::List(_) => "ul",
        NodeValue::Item(_) => "li",
        NodeValue::Heading(heading) => match heading.level {
            0..=2 => "h2",
            3 => "h3",
            4 => "h4",
            5 => "h5",
            _ => "h6",
        },
        NodeValue::Emph => "em",
        NodeValue::Strong => "strong",
        NodeValue::Strikethrough => "del",
        _ => return None,
    })
}

/// The first word after a code block's fence, if it can be part of a class.
pub(super) fn language(info: &str) -> Option<String> {
    let word = info.split_whitespace().next()?;
    let fits = word.len() <= 40
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '+' | '#' | '.' | '-'));
    fits.then(|| word.to_owned())
}

/// Whether a line ends here.
pub(super) fn is_break(node: &Node<'_>) -> bool {
    matches!(node.data().value, NodeValue::SoftBreak | NodeValue::LineBreak)
}

fn is_head_row(node: Node<'_>) -> bool {
    matches!(node.data().value, NodeValue::TableRow(true))
}

/// Whether a paragraph is the bare text of an item.
fn is_tight(node: Node<'_>) -> bool {
    let Some(list) = node
        .parent()
        .filter(|item| matches!(item.data().value, NodeValue::Item(_)))
        .and_then(|item| item.parent())
    else {
        return false;
    };
    matches!(&list.data().value, NodeValue::List(list) if list.tight)
}
