//! Front matter as it is written: YAML that any system reads, every text in double quotes.

use serde_json::Value;

/// Writes fields between fences, in this order; what says nothing is left out.
#[must_use]
pub fn front_matter(fields: &[(&str, Value)]) -> String {
    format!("---\n{}---\n", yaml(fields, ""))
}

/// Writes a list of people or things, one after the other, each with its fields.
#[must_use]
pub fn listed(items: &[Vec<(&str, Value)>]) -> String {
    items.iter().map(|fields| yaml(fields, "  ").replacen("  ", "- ", 1)).collect()
}

fn yaml(fields: &[(&str, Value)], margin: &str) -> String {
    let mut text = String::new();
    for (name, value) in fields.iter().filter(|(_, value)| !says_nothing(value)) {
        text.push_str(margin);
        text.push_str(name);
        text.push(':');
        match value {
            Value::Array(items) if items.iter().any(|item| item.is_object()) => {
                for item in items {
                    text.push_str(&format!("\n{margin}  - {}", in_line(item)));
                }
            }
            value => text.push_str(&format!(" {}", in_line(value))),
        }
        text.push('\n');
    }
    text
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(says_nothing),
        _ => false,
    }
}

fn in_line(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(in_line).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let told = fields.iter().filter(|(_, value)| !says_nothing(value));
            format!("{{{}}}", told.map(|(name, value)| format!("{name}: {}", in_line(value))).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

/// A text in double quotes: they alone can hold every character, and no word in them is taken for a number or a date.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            // Line ends to YAML, and what it does not print.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') => {
                quoted.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::post::{parse, parse_authors};

    #[test]
    fn what_says_nothing_is_left_out_and_the_rest_is_easy_to_read() {
        let fields = [
            ("headline", json!("He said: \"no\"")),
            ("dek", Value::Null),
            ("tags", json!(["a", "b: c"])),
            ("hero", json!({ "alt": null })),
            ("related", json!([{ "kind": "RELATED", "url": "https://a.example/" }])),
        ];

        let text = front_matter(&fields);

        assert_eq!(
            text,
            "---\nheadline: \"He said: \\\"no\\\"\"\ntags: [\"a\", \"b: c\"]\nrelated:\n  - {kind: \"RELATED\", url: \"https://a.example/\"}\n---\n"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_is_read_again(words in prop::collection::vec("[^\\s\\x00]{1,12}", 1..5), tag in "\\PC{1,20}", bio in "[^\\x00]{1,60}") {
            let headline = words.join(" ");
            let text = front_matter(&[("headline", json!(headline)), ("date", json!("2024-05-06")), ("tags", json!([tag]))]) + "Body.\n---\nMore.";

            let post = parse("a.md", text.as_bytes()).unwrap();

            prop_assert_eq!(post.title, headline.split_whitespace().collect::<Vec<_>>().join(" "));
            prop_assert_eq!(post.body, "Body.\n---\nMore.");
            let expected = tag.split_whitespace().collect::<Vec<_>>().join(" ");
            let expected = expected.trim_start_matches('#').trim();
            prop_assert_eq!(post.tags.first().map_or("", String::as_str), expected);
            let people = listed(&[vec![("key", json!("ada")), ("name", json!("Ada Moss")), ("bio", json!(bio))], vec![("key", json!("bo")), ("name", json!(headline))]]);
            let people = parse_authors("authors.yml", &people).unwrap();
            prop_assert_eq!(people.len(), 2);
            let bio = bio.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(people[0].bio.as_deref().unwrap_or_default(), bio);
        }
    }
}
