//! The variables that come with a request. They are checked against the types that the operation
//! declares, all at once, so that a client hears of each wrong value where it stands. And those that
//! it leaves out are taken out of the document: the specification has it that an input field whose
//! variable is not provided is absent, as if it had not been written; the library makes it null, and
//! a null clears what it should have left alone.

mod fit;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Variables};
use async_graphql_value::Value;

use self::fit::Fit;
use super::guard::Excess;
use crate::domain::refusal::Refusal;

/// Checks the variables of the operation that will run; gives the names of those that are left out
/// and have no default, in their order. What the operation does not declare is ignored, and types
/// that the schema does not have are the validation's to report.
///
/// # Errors
/// `BadInput` for variables that have to be provided and are not, or that are not what was declared.
pub fn check(
    document: &ExecutableDocument,
    operation: Option<&str>,
    variables: &Variables,
) -> Result<Vec<Name>, Refusal> {
    let Some(chosen) = chosen(document, operation) else { return Ok(Vec::new()) };
    let mut fit = Fit::default();
    let mut absent = Vec::new();
    // A name that is declared a thousand times is invalid, but its value must not be read as often.
    let mut seen = HashSet::new();
    for definition in &chosen.variable_definitions {
        let definition = &definition.node;
        let (name, ty) = (&definition.name.node, &definition.var_type.node);
        if !seen.insert(name) {
            continue;
        }
        match variables.get(name) {
            Some(value) => fit.variable(name, value, ty),
            None if definition.default_value.is_some() => {}
            None if ty.nullable => absent.push(name.clone()),
            None => fit.missing(name, ty),
        }
    }
    fit.refuse()?;
    absent.sort_unstable();
    Ok(absent)
}

/// Sees that every variable that an operation declares is used: those that a request leaves out are taken out
/// before the library could say so.
///
/// # Errors
/// `Invalid`, with the first that is not.
pub fn all_used(document: &ExecutableDocument) -> Result<(), Excess> {
    let mut shared = HashSet::new();
    for fragment in document.fragments.values() {
        directives(&fragment.node.directives, &mut shared);
        selections(&fragment.node.selection_set.node, &mut shared);
    }
    for (_, operation) in document.operations.iter() {
        let mut used = HashSet::new();
        directives(&operation.node.directives, &mut used);
        selections(&operation.node.selection_set.node, &mut used);
        let mut declared = operation.node.variable_definitions.iter().map(|definition| definition.node.name.node.as_str());
        let mut seen = HashSet::new();
        if let Some(twice) = declared.clone().find(|name| !seen.insert(*name)) {
            let short = twice.get(..60).unwrap_or(twice);
            return Err(Excess::Invalid(format!("Variable \"${short}\" is declared twice.")));
        }
        if let Some(unused) = declared.find(|name| !used.contains(name) && !shared.contains(name)) {
            let short = unused.get(..60).unwrap_or(unused);
            return Err(Excess::Invalid(format!("Variable \"${short}\" is declared and not used.")));
        }
    }
    Ok(())
}

fn selections<'a>(set: &'a SelectionSet, used: &mut HashSet<&'a str>) {
    for selection in &set.items {
        directives(selection.node.directives(), used);
        match &selection.node {
            Selection::Field(field) => {
                field.node.arguments.iter().for_each(|(_, value)| values(&value.node, used));
                selections(&field.node.selection_set.node, used);
            }
            Selection::InlineFragment(inline) => selections(&inline.node.selection_set.node, used),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn directives<'a>(directives: &'a [Positioned<Directive>], used: &mut HashSet<&'a str>) {
    directives.iter().flat_map(|directive| &directive.node.arguments).for_each(|(_, value)| values(&value.node, used));
}

fn values<'a>(value: &'a Value, used: &mut HashSet<&'a str>) {
    match value {
        Value::Variable(name) => {
            used.insert(name.as_str());
        }
        Value::List(items) => items.iter().for_each(|item| values(item, used)),
        Value::Object(fields) => fields.values().for_each(|field| values(field, used)),
        _ => {}
    }
}

/// Gives variables that a request leaves out their defaults: the library forgets these where a directive
/// asks.
pub fn fill(operation: &OperationDefinition, variables: &mut Variables) {
    for definition in &operation.variable_definitions {
        let name = &definition.node.name.node;
        if let Some(default) = &definition.node.default_value
            && !variables.contains_key(name)
        {
            variables.insert(name.clone(), default.node.clone());
        }
    }
}

/// Takes variables out of a document: their declarations, and the arguments and fields that they
/// stand for. `absent` is sorted.
pub fn take_out(document: &mut ExecutableDocument, operation: Option<&str>, absent: &[Name]) {
    if absent.is_empty() {
        return;
    }
    let chosen = match &mut document.operations {
        DocumentOperations::Single(operation) => Some(operation),
        DocumentOperations::Multiple(operations) => match operation {
            Some(wanted) => operations.get_mut(wanted),
            None if operations.len() == 1 => operations.values_mut().next(),
            None => None,
        },
    };
    let Some(Positioned { node: chosen, .. }) = chosen else { return };
    chosen
        .variable_definitions
        .retain(|definition| absent.binary_search(&definition.node.name.node).is_err());
    take_out_of(&mut chosen.selection_set.node, absent);
    for fragment in document.fragments.values_mut() {
        take_out_of(&mut fragment.node.selection_set.node, absent);
    }
}

/// The operation that will run: the one of the name, or the only one.
#[must_use]
pub fn chosen<'a>(document: &'a ExecutableDocument, wanted: Option<&str>) -> Option<&'a OperationDefinition> {
    let chosen = match &document.operations {
        DocumentOperations::Single(operation) => Some(operation),
        DocumentOperations::Multiple(operations) => match wanted {
            Some(wanted) => operations.get(wanted),
            None if operations.len() == 1 => operations.values().next(),
            None => None,
        },
    };
    chosen.map(|operation| &operation.node)
}

fn take_out_of(selection: &mut SelectionSet, absent: &[Name]) {
    for selection in &mut selection.items {
        match &mut selection.node {
            Selection::Field(field) => {
                field.node.arguments.retain(|(_, value)| !is_absent(&value.node, absent));
                for (_, value) in &mut field.node.arguments {
                    prune(&mut value.node, absent);
                }
                take_out_of(&mut field.node.selection_set.node, absent);
            }
            Selection::InlineFragment(fragment) => take_out_of(&mut fragment.node.selection_set.node, absent),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn is_absent(value: &Value, absent: &[Name]) -> bool {
    matches!(value, Value::Variable(name) if absent.binary_search(name).is_ok())
}

fn prune(value: &mut Value, absent: &[Name]) {
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
