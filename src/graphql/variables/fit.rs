//! Whether a value is what its type wants, by the rules of input coercion. What is refused here the
//! library would refuse too, one value at a time and without saying where it stands.

use async_graphql::Value;
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, Type};

use crate::domain::refusal::{Complaints, Refusal};
use crate::graphql::types::{Input, Kind, TYPES};

/// Complaints that are told at once.
const COMPLAINTS: usize = 20;
/// Lists and objects within each other. JSON has at most 128, and each of a type's own lists may go
/// without its brackets.
const DEPTH: usize = 256;
/// Bytes of names that a message lists.
const NAMES: usize = 300;
/// Characters of one name that a path shows.
const NAME: usize = 60;

/// Collects what does not fit.
#[derive(Default)]
pub(super) struct Fit {
    complaints: Complaints,
    count: usize,
    /// Where the value stands that is looked at.
    path: String,
}

impl Fit {
    /// Looks at a variable's value.
    pub(super) fn variable(&mut self, name: &str, value: &Value, ty: &Type) {
        self.at(name, |fit| fit.value(value, ty, 0));
    }

    /// Notes that a variable has to be provided.
    pub(super) fn missing(&mut self, name: &str, ty: &Type) {
        self.at(name, |fit| {
            fit.complain(format!("is required, as {ty}; provide it in the request's variables"))
        });
    }

    /// Refuses if anything did not fit.
    pub(super) fn refuse(self) -> Result<(), Refusal> {
        self.complaints.refuse()
    }

    fn value(&mut self, value: &Value, ty: &Type, depth: usize) {
        if depth > DEPTH {
            return self.complain("is nested too deep");
        }
        match (&ty.base, value) {
            (_, Value::Null) if ty.nullable => {}
            (_, Value::Null) => self.complain(format!("may not be null; it has to be {ty}")),
            (BaseType::List(inner), Value::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    if self.count == COMPLAINTS {
                        return;
                    }
                    // Most lists hold hundreds of plain values that fit: no path is written for those.
                    if !is_plain(item, inner) {
                        self.at(&index.to_string(), |fit| fit.value(item, inner, depth + 1));
                    }
                }
            }
            // One value stands for a list of one.
            (BaseType::List(inner), single) => self.value(single, inner, depth + 1),
            (BaseType::Named(name), value) => self.named(value, name, depth),
        }
    }

    fn named(&mut self, value: &Value, ty: &str, depth: usize) {
        match TYPES.get(ty) {
            Some(Kind::Scalar) => {
                if let Some(wanted) = wanted(value, ty) {
                    self.complain(wanted);
                }
            }
            Some(Kind::Enum(words)) => {
                let is_known = match value {
                    Value::String(word) => words.contains(word),
                    Value::Enum(word) => words.iter().any(|known| known == word.as_str()),
                    _ => false,
                };
                if !is_known {
                    self.complain(format!("is not one of {}", listed(words.iter())));
                }
            }
            Some(Kind::Input(fields)) => match value {
                Value::Object(values) => {
                    for (name, field) in fields {
                        match values.get(name.as_str()) {
                            Some(value) => self.at(name, |fit| fit.value(value, &field.ty, depth + 1)),
                            None if field.is_required() => {
                                self.at(name, |fit| fit.complain(format!("is required, as {}", field.ty)));
                            }
                            None => {}
                        }
                    }
                    for name in values.keys().filter(|name| !fields.contains_key(name.as_str())) {
                        if self.count == COMPLAINTS {
                            return;
                        }
                        self.at(name, |fit| fit.complain(unknown(ty, fields)));
                    }
                }
                _ => self.complain(format!("has to be an object, as {ty}")),
            },
            // The validation tells of types that no input has.
            Some(Kind::Composite(_)) | None => {}
        }
    }

    /// Goes on one place further down the path.
    fn at(&mut self, part: &str, look: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.extend(part.chars().take(NAME));
        look(self);
        self.path.truncate(length);
    }

    fn complain(&mut self, message: impl Into<String>) {
        if self.count < COMPLAINTS {
            self.complaints.add(self.path.as_str(), message);
            self.count += 1;
        }
    }
}

/// Whether a value surely fits, told without a look at the path.
fn is_plain(value: &Value, ty: &Type) -> bool {
    match &ty.base {
        BaseType::Named(name) => {
            *value != Value::Null
                && matches!(TYPES.get(name), Some(Kind::Scalar))
                && wanted(value, name).is_none()
        }
        BaseType::List(_) => false,
    }
}

/// What a scalar wants instead of the value; none where it fits. Texts of our own scalars are parsed
/// by those who know their fields.
fn wanted(value: &Value, ty: &str) -> Option<String> {
    let (fits, wanted) = match ty {
        "Int" => {
            let whole = match value {
                Value::Number(number) => number.as_i64(),
                _ => None,
            };
            let point = matches!(value, Value::Number(number) if number.is_f64());
            let without = if point { ", written without a decimal point" } else { "" };
            let fits = whole.is_some_and(|whole| i32::try_from(whole).is_ok());
            (fits, format!("has to be a whole number between {} and {}{without}", i32::MIN, i32::MAX))
        }
        "Float" => (matches!(value, Value::Number(_)), "has to be a number".into()),
        "String" => (matches!(value, Value::String(_)), "has to be text".into()),
        "Boolean" => (matches!(value, Value::Boolean(_)), "has to be true or false".into()),
        "ID" => {
            let fits = match value {
                Value::String(_) => true,
                Value::Number(number) => number.is_i64(),
                _ => false,
            };
            (fits, "has to be an id, as text".into())
        }
        "JSON" => return None,
        _ => {
            let fits = !matches!(value, Value::Object(_) | Value::List(_) | Value::Binary(_));
            (fits, format!("has to be a single value, as {ty}"))
        }
    };
    (!fits).then_some(wanted)
}

fn unknown(ty: &str, fields: &IndexMap<String, Input>) -> String {
    format!("is no field of {ty}; there are {}", listed(fields.keys()))
}

/// Names in a row, as many as a person reads.
fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let mut row = String::new();
    for name in names {
        if !row.is_empty() {
            row.push_str(", ");
        }
        if row.len() + name.len() > NAMES {
            row.push('…');
            return row;
        }
        row.push_str(name);
    }
    row
}
