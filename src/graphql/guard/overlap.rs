//! Fields that answer under one name. The library compares each with the first of its name, for
//! every selection set anew, and reports each argument on which they differ: a document of a few
//! kilobytes can make it write hundreds of thousands of errors. So what it would do is counted first.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};

use super::Excess;

/// Selections that may be looked at.
const STEPS: usize = 200_000;
/// Errors that may be found.
const ERRORS: usize = 500;

pub(super) fn check(document: &ExecutableDocument) -> Result<(), Excess> {
    let mut count = Count { document, steps: 0, errors: 0 };
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    operations.chain(fragments).try_for_each(|set| count.each(set))
}

struct Count<'a> {
    document: &'a ExecutableDocument,
    steps: usize,
    errors: usize,
}

impl<'a> Count<'a> {
    /// Counts for a selection set and all that are written within it.
    fn each(&mut self, set: &'a SelectionSet) -> Result<(), Excess> {
        self.flat(set, &mut HashMap::new(), &mut HashSet::new())?;
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => self.each(&field.node.selection_set.node)?,
                Selection::InlineFragment(inline) => self.each(&inline.node.selection_set.node)?,
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    /// Counts the fields of one selection set, with those of fragments, each of them once.
    fn flat(
        &mut self,
        set: &'a SelectionSet,
        first: &mut HashMap<&'a str, &'a Field>,
        seen: &mut HashSet<&'a str>,
    ) -> Result<(), Excess> {
        for selection in &set.items {
            self.steps += 1;
            match &selection.node {
                Selection::Field(field) => self.field(&field.node, first)?,
                Selection::InlineFragment(inline) => self.flat(&inline.node.selection_set.node, first, seen)?,
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    if seen.insert(name)
                        && let Some(fragment) = self.document.fragments.get(name)
                    {
                        self.flat(&fragment.node.selection_set.node, first, seen)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn field(&mut self, field: &'a Field, first: &mut HashMap<&'a str, &'a Field>) -> Result<(), Excess> {
        let known = *first.entry(field.response_key().node.as_str()).or_insert(field);
        if known.name != field.name || known.arguments != field.arguments {
            self.errors += 2 + known.arguments.len();
        }
        if self.steps > STEPS || self.errors > ERRORS {
            return Err(Excess::TooComplex("The document selects too many fields under the same names.".into()));
        }
        Ok(())
    }
}
