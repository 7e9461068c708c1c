//! Who is quoted.

use comrak::nodes::{Node, NodeValue};

use super::markup;

/// Takes out of a quotation the last line that begins with a dash: it names who is quoted. A
/// quotation that is nothing else keeps it.
pub(super) fn detach<'a>(quote: Node<'a>) -> Option<Vec<Node<'a>>> {
    let last = quote.last_child().filter(|last| matches!(last.data().value, NodeValue::Paragraph))?;
    let nodes: Vec<Node<'a>> = last.children().collect();
    let line = nodes.rsplit(markup::is_break).next()?;
    let is_whole = line.len() == nodes.len();
    if is_whole && last.previous_sibling().is_none() {
        return None;
    }
    let first = line.first()?;
    let name = match &first.data().value {
        NodeValue::Text(text) => undashed(text)?.to_owned(),
        _ => return None,
    };
    if name.is_empty() && line.len() == 1 {
        return None;
    }
    if is_whole {
        last.detach();
    } else if let Some(before) = first.previous_sibling() {
        before.detach();
    }
    for node in line {
        node.detach();
    }
    first.data_mut().value = NodeValue::Text(name.into());
    Some(line.to_vec())
}

fn undashed(text: &str) -> Option<&str> {
    let name = text.trim_start();
    let name = ["—", "–", "--"].iter().find_map(|dash| name.strip_prefix(dash))?;
    Some(name.trim_start_matches(['-', '–', '—', ' ', '\u{A0}']))
}
