//! Variables that a client leaves out. The specification has it that an input field whose variable is
//! not provided is absent, as if it had not been written; the library makes it null, and a null clears
//! what it should have left alone. So what is absent is taken out before the library sees it.

use std::collections::HashSet;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Value as Provided, Variables};
use async_graphql_value::Value;

use crate::domain::refusal::{Complaints, Refusal};

/// Takes out of a document what its variables leave out.
///
/// # Errors
/// `BadInput` for variables that have to be provided and are not.
pub fn settle(document: &mut ExecutableDocument, operation: Option<&str>, variables: &Variables) -> Result<(), Refusal> {
    let Some(chosen) = chosen(&mut document.operations, operation) else { return Ok(()) };
    let mut complaints = Complaints::default();
    let mut absent = HashSet::new();
    for definition in &chosen.variable_definitions {
        let (name, definition) = (&definition.node.name.node, &definition.node);
        let provided = variables.get(name);
        if definition.default_value.is_some() && provided.is_none() {
            continue;
        }
        if !definition.var_type.node.nullable && provided.is_none_or(|value| *value == Provided::Null) {
            complaints.add(name.as_str(), format!("is required, as {}; provide it in the request's variables", definition.var_type.node));
        } else if provided.is_none() {
            absent.insert(name.clone());
        }
    }
    complaints.refuse()?;
    if absent.is_empty() {
        return Ok(());
    }
    chosen.variable_definitions.retain(|definition| !absent.contains(&definition.node.name.node));
    take_out(&mut chosen.selection_set.node, &absent);
    for fragment in document.fragments.values_mut() {
        take_out(&mut fragment.node.selection_set.node, &absent);
    }
    Ok(())
}

fn chosen<'a>(operations: &'a mut DocumentOperations, wanted: Option<&str>) -> Option<&'a mut OperationDefinition> {
    match operations {
        DocumentOperations::Single(operation) => Some(&mut operation.node),
        DocumentOperations::Multiple(operations) => operations.get_mut(wanted?).map(|operation| &mut operation.node),
    }
}

fn take_out(selection: &mut SelectionSet, absent: &HashSet<Name>) {
    for selection in &mut selection.items {
        match &mut selection.node {
            Selection::Field(field) => {
                field.node.arguments.retain(|(_, value): &(_, Positioned<Value>)| !is_absent(&value.node, absent));
                for (_, value) in &mut field.node.arguments {
                    prune(&mut value.node, absent);
                }
                take_out(&mut field.node.selection_set.node, absent);
            }
            Selection::InlineFragment(fragment) => take_out(&mut fragment.node.selection_set.node, absent),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn is_absent(value: &Value, absent: &HashSet<Name>) -> bool {
    matches!(value, Value::Variable(name) if absent.contains(name))
}

fn prune(value: &mut Value, absent: &HashSet<Name>) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !is_absent(value, absent));
            fields.values_mut().for_each(|value| prune(value, absent));
        }
        Value::List(items) => {
            for item in items {
                // A place in a list cannot be absent.
                if is_absent(item, absent) {
                    *item = Value::Null;
                }
                prune(item, absent);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_provided_is_taken_out_and_what_is_null_stays() {
        let mut document = parse_query("mutation($a: String, $b: String, $c: [ID!]) { u(input: {a: $a, b: $b, l: [$c]}, c: $c) { x } }").unwrap();
        settle(&mut document, None, &Variables::from_json(json!({ "b": null }))).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let Selection::Field(field) = &operation.node.selection_set.node.items[0].node else { panic!("no field") };
        assert_eq!(operation.node.variable_definitions.len(), 1);
        assert_eq!(field.node.arguments.len(), 1);
        assert_eq!(field.node.arguments[0].1.node.to_string(), "{b: $b, l: [null]}");
    }

    #[test]
    fn a_variable_that_has_to_be_provided_is_asked_for() {
        let mut document = parse_query("query($s: String!, $n: Int! = 3) { article(slug: $s) { id } x(n: $n) }").unwrap();
        let Err(Refusal::BadInput(fields)) = settle(&mut document, None, &Variables::default()) else { panic!("taken") };
        assert_eq!(fields.len(), 1);
        assert_eq!(fields[0].path, "s");
    }
}
