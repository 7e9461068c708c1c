//! The weight of a parsed document. Each fragment is walked once and its sums are kept, because
//! fragments that spread each other twice double with each further one: a few hundred bytes
//! would keep the library's own walks busy for minutes.

use std::collections::HashMap;

use async_graphql::Positioned;
use async_graphql::parser::types::{Directive, ExecutableDocument, Field, FragmentDefinition, Selection, SelectionSet};

use super::{Excess, Limits, overlap};

/// Selections that a document may come to, those in fragments each time they are spread.
const SELECTIONS: u64 = 20_000;
/// Selection sets within selection sets; the library refuses more, and so does our own recursion.
const LEVELS: u32 = 32;
/// Fields within `__schema` or `__type`; GraphiQL needs 14.
const INTROSPECTION_DEPTH: u32 = 20;
/// Lists of the schema within each other: the graph of types goes in circles. graphql-js allows as many.
const INTROSPECTION_LISTS: u32 = 2;
/// Fields of the schema under another name: each asks for everything once more.
const INTROSPECTION_ALIASES: u64 = 5;
/// Directives in one place.
const DIRECTIVES_EACH: usize = 5;
/// Arguments of one field; the library reports each of them where fields do not agree.
const ARGUMENTS: usize = 50;

/// What a selection comes to with all that it spreads.
#[derive(Clone, Copy, Default)]
struct Sum {
    selections: u64,
    aliases: u64,
    schemas: u64,
    depth: u32,
    levels: u32,
    lists: u32,
}

impl Sum {
    /// Both, one beside the other.
    fn beside(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            aliases: self.aliases.saturating_add(other.aliases),
            schemas: self.schemas.saturating_add(other.schemas),
            depth: self.depth.max(other.depth),
            levels: self.levels.max(other.levels),
            lists: self.lists.max(other.lists),
        }
    }

    /// The same, one selection further down.
    fn below(self) -> Self {
        Self { selections: self.selections.saturating_add(1), levels: self.levels.saturating_add(1), ..self }
    }
}

/// What a document comes to, each fragment counted each time it is spread.
#[derive(Clone, Copy, Debug)]
pub struct Weight {
    aliases: u64,
    depth: u32,
    directives: usize,
}

impl Weight {
    /// Judges what somebody may send.
    ///
    /// # Errors
    /// What there is too much of.
    pub fn within(&self, limits: &Limits) -> Result<(), Excess> {
        let too_much = |what: String| Err(Excess::TooComplex(what));
        if self.depth > limits.depth {
            return too_much(format!("The document nests fields {} deep; at most {} are allowed.", self.depth, limits.depth));
        }
        if self.aliases > limits.aliases {
            return too_much(format!("The document has {} aliases; at most {} are allowed.", self.aliases, limits.aliases));
        }
        if self.directives > limits.directives {
            return too_much(format!(
                "The document has {} directives; at most {} are allowed.",
                self.directives, limits.directives
            ));
        }
        Ok(())
    }
}

/// Weighs a parsed document.
///
/// # Errors
/// What nobody may send: fragments in circles, or more than the library takes in reasonable time.
pub fn weigh(document: &ExecutableDocument) -> Result<Weight, Excess> {
    let mut walk = Walk { document, known: HashMap::new(), directives: 0 };
    let mut total = Sum::default();
    for (_, operation) in document.operations.iter() {
        walk.directives(&operation.node.directives)?;
        for variable in &operation.node.variable_definitions {
            walk.directives(&variable.node.directives)?;
        }
        total = total.beside(walk.set(&operation.node.selection_set.node, 0)?);
    }
    // Those that nobody spreads are validated too.
    for name in document.fragments.keys() {
        walk.fragment(name, 0)?;
    }
    if total.selections > SELECTIONS {
        return Err(Excess::TooComplex(format!(
            "The document comes to more than {SELECTIONS} fields once its fragments are spread; ask for less at a time."
        )));
    }
    if total.schemas > 1 {
        return Err(Excess::TooComplex("Ask for __schema once.".into()));
    }
    overlap::check(document)?;
    Ok(Weight { aliases: total.aliases, depth: total.depth, directives: walk.directives })
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    /// The sums of fragments; none yet while one is being walked.
    known: HashMap<&'a str, Option<Sum>>,
    directives: usize,
}

impl<'a> Walk<'a> {
    fn set(&mut self, set: &'a SelectionSet, level: u32) -> Result<Sum, Excess> {
        within(level)?;
        let mut sum = Sum::default();
        for selection in &set.items {
            self.directives(selection.node.directives())?;
            let one = match &selection.node {
                Selection::Field(field) => self.field(&field.node, level)?,
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node, level + 1)?.below(),
                Selection::InlineFragment(inline) => self.set(&inline.node.selection_set.node, level + 1)?.below(),
            };
            sum = sum.beside(one);
        }
        Ok(sum)
    }

    fn field(&mut self, field: &'a Field, level: u32) -> Result<Sum, Excess> {
        if field.arguments.len() > ARGUMENTS {
            return Err(Excess::TooComplex(format!("A field has more than {ARGUMENTS} arguments.")));
        }
        let below = &field.selection_set.node;
        let mut sum = if below.items.is_empty() {
            Sum { selections: 1, ..Sum::default() }
        } else {
            self.set(below, level + 1)?.below()
        };
        sum.depth = sum.depth.saturating_add(1);
        match field.name.node.as_str() {
            "__typename" if !field.arguments.is_empty() => {
                return Err(Excess::Invalid("__typename takes no arguments.".into()));
            }
            name @ ("__schema" | "__type") => {
                introspection(&sum)?;
                // Judged by its own measure, it counts as one field.
                (sum.depth, sum.lists) = (1, 0);
                sum.schemas = sum.schemas.saturating_add(u64::from(name == "__schema"));
            }
            "fields" | "interfaces" | "possibleTypes" | "inputFields" => sum.lists = sum.lists.saturating_add(1),
            _ => {}
        }
        sum.aliases = sum.aliases.saturating_add(u64::from(field.alias.is_some()));
        Ok(sum)
    }

    fn fragment(&mut self, name: &str, level: u32) -> Result<Sum, Excess> {
        within(level)?;
        match self.known.get(name) {
            Some(Some(sum)) => {
                within(level.saturating_add(sum.levels))?;
                return Ok(*sum);
            }
            Some(None) => {
                let name = name.get(..60).unwrap_or(name);
                return Err(Excess::Invalid(format!("The fragment {name} spreads itself.")));
            }
            None => {}
        }
        // One that is not there is the validation's to report.
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else { return Ok(Sum::default()) };
        let fragment: &'a FragmentDefinition = &fragment.node;
        self.known.insert(name.as_str(), None);
        self.directives(&fragment.directives)?;
        let sum = self.set(&fragment.selection_set.node, level)?;
        self.known.insert(name.as_str(), Some(sum));
        Ok(sum)
    }

    /// Counts directives where they are written.
    fn directives(&mut self, here: &[Positioned<Directive>]) -> Result<(), Excess> {
        self.directives += here.len();
        if here.len() > DIRECTIVES_EACH {
            return Err(Excess::TooComplex(format!("At most {DIRECTIVES_EACH} directives are allowed in one place.")));
        }
        Ok(())
    }
}

fn within(level: u32) -> Result<(), Excess> {
    if level > LEVELS {
        return Err(Excess::TooComplex(format!("The document nests selections more than {LEVELS} deep.")));
    }
    Ok(())
}

fn introspection(sum: &Sum) -> Result<(), Excess> {
    if sum.depth > INTROSPECTION_DEPTH || sum.lists > INTROSPECTION_LISTS || sum.aliases > INTROSPECTION_ALIASES {
        return Err(Excess::TooComplex("The document asks for more of the schema than any tool needs.".into()));
    }
    Ok(())
}
