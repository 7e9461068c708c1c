//! Puts an answer into the shape that the specification wants. The library leaves out a field that
//! failed, whatever its type, and gives fields in the order in which they were done; clients rely on
//! a null where a nullable field failed, on the next nullable parent being null otherwise, and on
//! the order in which they asked.

use std::cell::OnceCell;
use std::collections::HashSet;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    BaseType, DocumentOperations, ExecutableDocument, Field, InlineFragment, OperationDefinition, OperationType, Selection, SelectionSet, Type,
};
use async_graphql::{Name, PathSegment, Pos, Positioned, Response, Value};

use super::types::{TYPES, named, root};

/// Asks for the type wherever a selection may turn out empty: the library answers null for an object
/// of which nothing was selected, and nobody could tell it from none. [`restore`] drops what was not asked.
pub fn ask_types(document: &mut ExecutableDocument) {
    match &mut document.operations {
        DocumentOperations::Single(operation) => ask_types_in(&mut operation.node.selection_set.node),
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values_mut() {
                ask_types_in(&mut operation.node.selection_set.node);
            }
        }
    }
    for fragment in document.fragments.values_mut() {
        ask_types_in(&mut fragment.node.selection_set.node);
    }
}

fn ask_types_in(set: &mut SelectionSet) {
    let mut may_be_empty = false;
    for selection in &mut set.items {
        match &mut selection.node {
            Selection::Field(field) => {
                may_be_empty |= !field.node.directives.is_empty();
                if !field.node.selection_set.node.items.is_empty() {
                    ask_types_in(&mut field.node.selection_set.node);
                }
            }
            Selection::InlineFragment(fragment) => {
                may_be_empty = true;
                ask_types_in(&mut fragment.node.selection_set.node);
            }
            Selection::FragmentSpread(_) => may_be_empty = true,
        }
    }
    if may_be_empty {
        let field = Field {
            // A name that no client asks for: what it asks itself may be left out by a directive.
            alias: Some(Positioned::new(Name::new("__is"), Pos::default())),
            name: Positioned::new(Name::new("__typename"), Pos::default()),
            arguments: Vec::new(),
            directives: Vec::new(),
            selection_set: Positioned::new(SelectionSet::default(), Pos::default()),
        };
        set.items.push(Positioned::new(Selection::Field(Positioned::new(field, Pos::default())), Pos::default()));
    }
}

/// Gives directives of `__typename` to an inline fragment around it: the library looks at them nowhere else.
pub fn wrap_types(document: &mut ExecutableDocument) {
    for_each_set(document, &mut |set| {
        for selection in &mut set.items {
            let Selection::Field(field) = &mut selection.node else { continue };
            if field.node.name.node != "__typename" || field.node.directives.is_empty() {
                continue;
            }
            let directives = std::mem::take(&mut field.node.directives);
            let bare = Positioned::new(selection.node.clone(), selection.pos);
            let selection_set = Positioned::new(SelectionSet { items: vec![bare] }, selection.pos);
            let around = InlineFragment { type_condition: None, directives, selection_set };
            selection.node = Selection::InlineFragment(Positioned::new(around, selection.pos));
        }
    });
}

/// Does something to each selection set of a document, those within first.
fn for_each_set(document: &mut ExecutableDocument, change: &mut impl FnMut(&mut SelectionSet)) {
    fn within(set: &mut SelectionSet, change: &mut impl FnMut(&mut SelectionSet)) {
        for selection in &mut set.items {
            match &mut selection.node {
                Selection::Field(field) => within(&mut field.node.selection_set.node, change),
                Selection::InlineFragment(inline) => within(&mut inline.node.selection_set.node, change),
                Selection::FragmentSpread(_) => {}
            }
        }
        change(set);
    }
    match &mut document.operations {
        DocumentOperations::Single(operation) => within(&mut operation.node.selection_set.node, change),
        DocumentOperations::Multiple(operations) => {
            operations.values_mut().for_each(|operation| within(&mut operation.node.selection_set.node, change));
        }
    }
    document.fragments.values_mut().for_each(|fragment| within(&mut fragment.node.selection_set.node, change));
}

/// The fields of a root, spread fragments and all; none where something may leave one out.
fn root_fields<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet, fields: &mut Vec<&'a Positioned<Field>>) -> Option<()> {
    for selection in &set.items {
        if !selection.node.directives().is_empty() {
            return None;
        }
        match &selection.node {
            Selection::Field(field) => fields.push(field),
            Selection::InlineFragment(inline) => root_fields(document, &inline.node.selection_set.node, fields)?,
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    root_fields(document, &fragment.node.selection_set.node, fields)?;
                }
            }
        }
    }
    Some(())
}

/// The keys under which a root is answered; nothing where a directive may leave one out.
#[must_use]
pub fn root_keys<'a>(document: &'a ExecutableDocument, set: &'a SelectionSet) -> Option<Vec<&'a str>> {
    let mut fields = Vec::new();
    root_fields(document, set, &mut fields)?;
    let mut keys: Vec<&str> = fields.into_iter().map(|field| field.node.response_key().node.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    Some(keys)
}

/// Writes what a subscription selects, through fragments of its root and under one key several times, as one
/// field of it: the library listens to each by itself, and to no fragment.
pub fn flatten_roots(document: &mut ExecutableDocument) {
    let seen = document.clone();
    let flatten = |operation: &mut Positioned<OperationDefinition>| {
        if operation.node.ty != OperationType::Subscription {
            return;
        }
        let mut fields = Vec::new();
        let known = seen.operations.iter().find(|(_, other)| other.pos == operation.pos).map(|(_, other)| other);
        let Some(known) = known else { return };
        if root_fields(&seen, &known.node.selection_set.node, &mut fields).is_none() {
            return;
        }
        let mut merged: IndexMap<Name, Positioned<Field>> = IndexMap::new();
        for field in fields.into_iter().filter(|field| field.node.name.node != "__typename") {
            match merged.get_mut(&field.node.response_key().node) {
                Some(first) => first.node.selection_set.node.items.extend(field.node.selection_set.node.items.iter().cloned()),
                None => {
                    merged.insert(field.node.response_key().node.clone(), field.clone());
                }
            }
        }
        let selections = merged.into_values().map(|field| Positioned::new(Selection::Field(field), Pos::default()));
        operation.node.selection_set.node.items = selections.collect();
    };
    match &mut document.operations {
        DocumentOperations::Single(operation) => flatten(operation),
        DocumentOperations::Multiple(operations) => operations.values_mut().for_each(flatten),
    }
}

/// Puts an answer into shape. One to a request that was never executed stays as it is.
pub fn restore(response: &mut Response, document: &ExecutableDocument, operation: Option<&str>) {
    let failed: HashSet<String> = response.errors.iter().filter(|error| !error.path.is_empty()).map(|error| joined(&error.path)).collect();
    if failed.is_empty() && !response.errors.is_empty() {
        return;
    }
    let found = document.operations.iter().find(|(name, _)| operation.is_none_or(|wanted| name.is_some_and(|name| name.as_str() == wanted)));
    let Some((_, operation)) = found else { return };
    let root = root(operation.node.ty);
    let shape = Shape { document, failed };
    let mut asked = Fields::new();
    shape.gather(root, &operation.node.selection_set.node, &mut asked);
    let data = std::mem::take(&mut response.data);
    response.data = shape.object(data, &asked, &mut String::new()).unwrap_or_default();
}

fn joined(path: &[PathSegment]) -> String {
    path.iter().fold(String::new(), |mut path, part| {
        match part {
            PathSegment::Field(name) => push(&mut path, name),
            PathSegment::Index(index) => push(&mut path, &index.to_string()),
        };
        path
    })
}

/// Adds a part to a path; gives the length that takes it off again.
fn push(path: &mut String, part: &str) -> usize {
    let length = path.len();
    path.push('/');
    path.push_str(part);
    length
}

/// What is asked of an object, by its keys, in the order in which it is asked.
type Fields<'a> = IndexMap<Name, Asked<'a>>;

/// What is asked under one key of an object: its type, and what is asked of it in turn.
struct Asked<'a> {
    ty: Option<&'a Type>,
    selections: Vec<(&'a str, &'a SelectionSet)>,
    /// The fields of its selections, which are the same for each of many objects.
    within: OnceCell<Fields<'a>>,
}

struct Shape<'a> {
    document: &'a ExecutableDocument,
    failed: HashSet<String>,
}

impl<'a> Shape<'a> {
    /// The object in shape; nothing where a field failed that cannot be null.
    fn object(&self, value: Value, asked: &Fields<'a>, path: &mut String) -> Option<Value> {
        let mut done = match value {
            Value::Object(fields) => fields,
            // All of its fields failed.
            Value::Null if self.failed.iter().any(|failed| failed.starts_with(&format!("{path}/"))) => IndexMap::new(),
            other => return Some(other),
        };
        if self.failed.is_empty() && done.keys().eq(asked.keys()) {
            for (child, asked) in done.values_mut().zip(asked.values()).filter(|(_, asked)| !asked.selections.is_empty()) {
                let shaped = self.value(std::mem::take(child), asked.ty, asked, path);
                *child = shaped.unwrap_or_default();
            }
            return Some(Value::Object(done));
        }
        let mut fields: IndexMap<Name, Value> = IndexMap::with_capacity(asked.len());
        for (key, asked) in asked {
            let length = push(path, key);
            let shaped = match done.swap_remove(key) {
                Some(child) => Some(self.value(child, asked.ty, asked, path)),
                None if self.failed.contains(path.as_str()) => Some(None),
                // Left out by a directive, or asked of another type.
                None => None,
            };
            path.truncate(length);
            match shaped {
                Some(Some(value)) => fields.insert(key.clone(), value),
                Some(None) if asked.ty.is_none_or(|ty| ty.nullable) => fields.insert(key.clone(), Value::Null),
                Some(None) => return None,
                None => continue,
            };
        }
        Some(Value::Object(fields))
    }

    fn value(&self, value: Value, ty: Option<&'a Type>, asked: &Asked<'a>, path: &mut String) -> Option<Value> {
        if asked.selections.is_empty() {
            return Some(value);
        }
        let Value::List(items) = value else {
            return self.object(value, self.within(asked), path);
        };
        let inner = match ty.map(|ty| &ty.base) {
            Some(BaseType::List(inner)) => Some(&**inner),
            _ => None,
        };
        let mut shaped = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let length = if self.failed.is_empty() { path.len() } else { push(path, &index.to_string()) };
            let item = self.value(item, inner, asked, path);
            path.truncate(length);
            match item {
                Some(item) => shaped.push(item),
                None if inner.is_none_or(|inner| inner.nullable) => shaped.push(Value::Null),
                None => return None,
            }
        }
        Some(Value::List(shaped))
    }

    fn within<'b>(&self, asked: &'b Asked<'a>) -> &'b Fields<'a> {
        asked.within.get_or_init(|| {
            let mut fields = Fields::new();
            for (ty, selection) in &asked.selections {
                self.gather(ty, selection, &mut fields);
            }
            fields
        })
    }

    /// The fields of a selection by their keys, in the order in which they are asked.
    fn gather(&self, ty: &'a str, selection: &'a SelectionSet, asked: &mut Fields<'a>) {
        for selection in &selection.items {
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let field_type = TYPES.field(ty, &field.name.node).map(|field| &field.ty);
                    let entry = asked
                        .entry(field.response_key().node.clone())
                        .or_insert_with(|| Asked { ty: field_type, selections: Vec::new(), within: OnceCell::new() });
                    entry.ty = entry.ty.or(field_type);
                    if !field.selection_set.node.items.is_empty() {
                        entry.selections.push((field_type.map_or("", named), &field.selection_set.node));
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                    self.gather(condition.unwrap_or(ty), &fragment.node.selection_set.node, asked);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                        let condition = fragment.node.type_condition.node.on.node.as_str();
                        self.gather(condition, &fragment.node.selection_set.node, asked);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::{Response, ServerError, value};

    use super::*;

    fn restored(query: &str, data: Value, failed: &[&[&str]]) -> Value {
        let mut response = Response::new(data);
        response.errors = failed
            .iter()
            .map(|path| {
                let mut error = ServerError::new("failed", None);
                error.path = path
                    .iter()
                    .map(|part| part.parse().map_or_else(|_| PathSegment::Field((*part).into()), PathSegment::Index))
                    .collect();
                error
            })
            .collect();
        restore(&mut response, &parse_query(query).unwrap(), None);
        response.data
    }

    #[test]
    fn fields_come_in_the_order_in_which_they_are_asked() {
        let data = value!({ "site": { "url": "u", "name": "n" }, "viewer": null });
        let shaped = restored("{ viewer { id } ...S } fragment S on Query { site { name url } }", data, &[]);
        assert_eq!(shaped.to_string(), r#"{viewer: null, site: {name: "n", url: "u"}}"#);
    }

    #[test]
    fn a_nullable_field_that_failed_is_null_and_its_siblings_stay() {
        let query = "mutation { a: signOut { ok } b: signOut { ok } }";
        let shaped = restored(query, value!({ "b": { "ok": true } }), &[&["a"]]);
        assert_eq!(shaped.to_string(), "{a: null, b: {ok: true}}");
        assert_eq!(restored("mutation { signOut { ok } }", Value::Null, &[&["signOut"]]).to_string(), "{signOut: null}");
    }

    #[test]
    fn a_field_that_cannot_be_null_takes_its_parent_with_it() {
        let query = "{ viewer { name } drafts { totalCount } }";
        let shaped = restored(query, value!({ "viewer": null }), &[&["drafts"]]);
        assert_eq!(shaped, Value::Null);
        let query = "{ articles { nodes { section { name } } } article(slug: \"a\") { section { name } dek } }";
        let data = value!({ "articles": { "nodes": [] }, "article": { "dek": null } });
        let shaped = restored(query, data, &[&["article", "section"]]);
        assert_eq!(shaped.to_string(), "{articles: {nodes: []}, article: null}");
    }
}
