//! The fields between the fences at the top of a post: YAML in `---`, TOML in `+++`.

use serde_json::{Map, Value};

use super::BadPost;

/// More than any front matter by hand; a bound on what the parsers are given.
const LONGEST: usize = 256 * 1024;

/// Fields by squeezed name: lower case without `-` and `_`, so that `publishDate`,
/// `publish_date` and `publish-date` are one.
pub(super) struct Fields {
    map: Map<String, Value>,
    /// What lies between the fences, for finding lines and numbers as they were typed.
    source: String,
}

/// The languages settings and front matter are written in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Yaml,
    Toml,
    Json,
}

/// Parts a post into its fields and its body. Without fences all of it is body.
pub(super) fn split(text: &str) -> Result<(Fields, &str), BadPost> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let language = match first.trim_end() {
        "---" => Language::Yaml,
        "+++" => Language::Toml,
        _ => return Ok((Fields { map: Map::new(), source: String::new() }, text)),
    };
    let is_end = |line: &str| match language {
        Language::Toml => line == "+++",
        _ => line == "---" || line == "...",
    };
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        if is_end(line.trim_end()) {
            let source = rest.get(..end).unwrap_or_default();
            let body = rest.get(end + line.len()..).unwrap_or_default();
            return Ok((Fields::read(source, language)?, body));
        }
        end += line.len();
        if end > LONGEST {
            break;
        }
    }
    let fence = first.trim_end();
    Err(if end > LONGEST {
        BadPost::new(
            Some(1),
            format!(
                "the front matter is longer than {} KiB: is its closing line `{fence}` missing?",
                LONGEST / 1024
            ),
        )
    } else {
        BadPost::new(
            Some(1),
            format!("the front matter that begins here never ends: close it with a line `{fence}`"),
        )
    })
}

/// Reads a whole document into plain values. Lines in errors are those of `source`.
pub(super) fn document(source: &str, language: Language) -> Result<Value, BadPost> {
    match language {
        Language::Yaml => yaml(source),
        Language::Json => serde_json::from_str(source)
            .map_err(|error| BadPost::new(Some(error.line()), format!("this is no JSON: {error}"))),
        Language::Toml => {
            let table: toml::Table = source.parse().map_err(|error: toml::de::Error| {
                let line = error
                    .span()
                    .and_then(|span| source.get(..span.start))
                    .map(|before| 1 + before.matches('\n').count());
                BadPost::new(line, format!("this is no TOML: {}", one_line(error.message())))
            })?;
            Ok(Value::Object(table.into_iter().map(|(key, value)| (key, plain(value))).collect()))
        }
    }
}

fn yaml(source: &str) -> Result<Value, BadPost> {
    // `tags: [no, on]` are words to a newsroom; `007` is as typed; and what a file of this
    // size may unfold to is bounded, so that aliases of aliases end in an error.
    let options = serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::AsString,
        with_snippet: false,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 20_000 },
        budget: serde_saphyr::budget! { max_nodes: 100_000, max_total_scalar_bytes: 8 * 1024 * 1024, max_depth: 32, max_documents: 1 },
    };
    if source.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_saphyr::from_str_with_options(source, options).map_err(|error| {
        let line = error
            .location()
            .and_then(|location| usize::try_from(location.line()).ok())
            .filter(|&line| line > 0);
        BadPost::new(line, format!("this is no YAML: {}", in_short(&error.to_string())))
    })
}

/// The parser's words for whoever mends the file: it names lines of its own, and settings
/// only a programmer has.
fn in_short(message: &str) -> String {
    let end = [" at line ", ", set DuplicateKeyPolicy", ": total_replayed_events"]
        .iter()
        .filter_map(|rest| message.find(rest))
        .min()
        .unwrap_or(message.len());
    let said = one_line(message.get(..end).unwrap_or(message));
    // By far the most common slip in a headline.
    let is_colon = said.starts_with("mapping values are not allowed");
    if is_colon { format!("{said}; put quotes around a value with a colon in it") } else { said }
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}

fn plain(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(moment) => Value::String(moment.to_string()),
        toml::Value::Array(items) => Value::Array(items.into_iter().map(plain).collect()),
        toml::Value::Table(table) => {
            Value::Object(table.into_iter().map(|(key, value)| (key, plain(value))).collect())
        }
    }
}

/// What a word says when it answers yes or no.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

pub(super) fn squeezed(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

/// A value as one text: blanks and line breaks are one blank, nothing is `None`.
pub(super) fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Object(map) => {
            ["name", "title", "label", "slug"].iter().find_map(|name| text_of(map.get(*name)?))?
        }
        Value::Null | Value::Array(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

impl Fields {
    fn read(source: &str, language: Language) -> Result<Self, BadPost> {
        let value = document(source, language).map_err(|bad| BadPost {
            // The opening fence is the file's first line.
            line: bad.line.map(|line| line + 1),
            message: format!("{}; mend the front matter here", bad.message),
        })?;
        let map = match value {
            Value::Null => Map::new(),
            Value::Object(map) => map,
            _ => {
                return Err(BadPost::new(
                    Some(2),
                    "the front matter has no fields: write `title: …` and `date: …`, a line each",
                ));
            }
        };
        let mut fields = Map::new();
        let mut nested = Vec::new();
        for (name, value) in map {
            match (squeezed(&name).as_str(), value) {
                ("taxonomies" | "params" | "extra", Value::Object(inner)) => nested.push(inner),
                (name, value) => {
                    fields.entry(name).or_insert(value);
                }
            }
        }
        // Some generators keep their own fields on top and all others one level down.
        for (name, value) in nested.into_iter().flatten() {
            fields.entry(squeezed(&name)).or_insert(value);
        }
        Ok(Self { map: fields, source: source.to_owned() })
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.map.get(name)
    }

    /// The first of these fields that says anything.
    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| match self.get(name)? {
            Value::Number(number) => self.as_typed(name).or_else(|| Some(number.to_string())),
            value => text_of(value),
        })
    }

    /// The items of the first of these fields that has any: a list, or a text with commas.
    pub(super) fn texts(&self, names: &[&str]) -> Vec<String> {
        let items = |name: &&str| {
            let items: Vec<String> = match self.get(name)? {
                Value::Array(items) => items.iter().filter_map(text_of).collect(),
                Value::String(text) => {
                    let parts =
                        text.split(',').map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
                    parts.filter(|part| !part.is_empty()).collect()
                }
                _ => self.text(&[name]).into_iter().collect(),
            };
            (!items.is_empty()).then_some(items)
        };
        names.iter().find_map(items).unwrap_or_default()
    }

    /// The file's line where a field stands, fields of the first level before nested ones.
    pub(super) fn line_of(&self, name: &str) -> Option<usize> {
        let stands = |line: &str| named(line).is_some_and(|(found, _)| squeezed(found) == name);
        let at = |nested: bool| {
            self.source
                .lines()
                .position(|line| line.starts_with([' ', '\t']) == nested && stands(line.trim_start()))
        };
        at(false).or_else(|| at(true)).map(|index| index + 2)
    }

    /// A number as it stands in the file: `1.10` is a title, not 1.1.
    fn as_typed(&self, name: &str) -> Option<String> {
        let line = self.source.lines().nth(self.line_of(name)?.checked_sub(2)?)?;
        let (_, value) = named(line.trim_start())?;
        let value = value.split(" #").next().unwrap_or_default().trim();
        value
            .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
            .then(|| value.to_owned())
    }
}

fn named(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once([':', '='])?;
    Some((name.trim().trim_matches(['"', '\'']), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Fields {
        split(text).map(|(fields, _)| fields).unwrap()
    }

    #[test]
    fn three_dots_end_yaml_too_and_rules_in_the_body_stay() {
        let (_, body) = split("---\na: 1\n...\none\n---\ntwo").map_err(|bad| bad.message).unwrap();
        assert_eq!(body, "one\n---\ntwo");
    }

    #[test]
    fn words_and_numbers_stay_as_typed() {
        let fields = fields(
            "---\ntitle: 1.10 # version\nslug: 007\ntags: [no, on, 2020, null]\ndate: 2020-01-02\n---\n",
        );
        assert_eq!(fields.text(&["title"]).as_deref(), Some("1.10"));
        assert_eq!(fields.text(&["slug"]).as_deref(), Some("007"));
        assert_eq!(fields.texts(&["tags"]), ["no", "on", "2020"]);
        assert_eq!(fields.text(&["date"]).as_deref(), Some("2020-01-02"));
    }

    #[test]
    fn names_are_known_in_any_spelling_and_found_by_line() {
        let fields = fields("---\nother:\n  pub-date: x\n'Pub_Date': soon\n---\n");
        assert_eq!(fields.text(&["pubdate"]).as_deref(), Some("soon"));
        assert_eq!(fields.line_of("pubdate"), Some(4));
        assert_eq!(fields.line_of("title"), None);
    }

    #[test]
    fn a_double_field_is_refused_with_its_line() {
        let bad = split("---\ntitle: a\ntitle: b\n---\n").map(|_| ()).unwrap_err();
        assert_eq!(bad.line, Some(3));
        assert!(!bad.message.contains(" at line "), "{}", bad.message);
    }
}
