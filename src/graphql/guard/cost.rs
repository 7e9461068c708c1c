//! What an operation costs, told before it runs: every field that may be executed counts one, as
//! often as the lists around it are long. Each fragment is walked once. What it costs depends on
//! where it is spread in one way only: selections on a connection are repeated as often as its page
//! is long, which stands further up. So each selection comes to two numbers, what is executed once
//! and what is executed for each node of the page.
//!
//! It is an upper bound: where nobody can tell whether a field is left out, it is not, and of fragments
//! on the objects that something may be, the dearest object counts.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
    VariableDefinition,
};
use async_graphql::{Number, Positioned, Value as Provided, Variables};
use async_graphql_value::Value;

use crate::graphql::types::{self, Composite, TYPES, named, root};
use crate::graphql::variables::chosen;

/// A page where nobody says how long.
const PAGE: u64 = 20;
/// The longest page: resolvers refuse to give more.
const LONGEST: u64 = 100;
/// A list that takes no length.
const LIST: u64 = 5;
/// A body, beside its fields: Markdown is rendered.
const BODY: u64 = 60;
/// The schema, whatever is asked of it.
const SCHEMA: u64 = 1_000;
/// Selection sets within each other. The weighing allows half as many; what has more costs more
/// than anybody may spend.
const LEVELS: u32 = 64;

/// What a field's lists multiply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// All that is below.
    Each(u64),
    /// What is below the nodes and edges.
    Page(u64),
}

/// What a selection comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    /// Executed once.
    once: u64,
    /// Executed for each node of the page that the selection is made on.
    each: u64,
}

impl Sum {
    const ENDLESS: Self = Self { once: u64::MAX, each: u64::MAX };

    fn beside(self, other: Self) -> Self {
        Self { once: self.once.saturating_add(other.once), each: self.each.saturating_add(other.each) }
    }

    fn most(self, other: Self) -> Self {
        Self { once: self.once.max(other.once), each: self.each.max(other.each) }
    }

    /// All of it, on a page of this length.
    fn on(self, page: u64) -> u64 {
        self.each.saturating_mul(page).saturating_add(self.once)
    }
}

/// What the operation costs that will run; nothing where none will. Meant for what the weighing let
/// through; anything else is answered too.
#[must_use]
pub fn cost(document: &ExecutableDocument, operation: Option<&str>, variables: &Variables) -> u64 {
    let Some(operation) = chosen(document, operation) else { return 0 };
    let given = Given::new(operation, variables);
    let mut walk = Walk { document, given, known: HashMap::new() };
    walk.set(&operation.selection_set.node, On::of(root(operation.ty)), 0).on(PAGE)
}

/// What a selection is made on.
#[derive(Clone, Copy)]
struct On<'a> {
    name: &'a str,
    composite: Option<&'static Composite>,
}

impl<'a> On<'a> {
    fn of(name: &'a str) -> Self {
        Self { name, composite: TYPES.composite(name) }
    }

    /// Whether this is one of several objects that the other may be.
    fn narrows(self, other: Self) -> bool {
        let several = other.composite.is_some_and(|composite| composite.possible.len() > 1);
        let one = self.composite.is_some_and(|composite| composite.possible.len() == 1);
        several && one
    }
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    given: Given<'a>,
    /// The sums of fragments; without end while one is being walked, as one that spreads itself is.
    known: HashMap<&'a str, Sum>,
}

impl<'a> Walk<'a> {
    fn set(&mut self, set: &'a SelectionSet, on: On<'a>, level: u32) -> Sum {
        if level > LEVELS {
            return Sum::ENDLESS;
        }
        let mut sum = Sum::default();
        // Of fragments on the objects that something may be, those on one object are executed.
        let mut objects: HashMap<&str, Sum> = HashMap::new();
        for selection in &set.items {
            if self.given.leave_out(selection.node.directives()) {
                continue;
            }
            let (one, to) = match &selection.node {
                Selection::Field(field) => (self.field(&field.node, on, level), None),
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let to = condition.map_or(on, |condition| On::of(condition.node.on.node.as_str()));
                    (self.set(&inline.node.selection_set.node, to, level + 1), Some(to))
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    let fragment = self.document.fragments.get(name);
                    let to = fragment.map(|fragment| On::of(fragment.node.type_condition.node.on.node.as_str()));
                    (self.fragment(name, level + 1), to)
                }
            };
            match to.filter(|to| to.narrows(on)) {
                Some(to) => {
                    let object = objects.entry(to.name).or_default();
                    *object = object.beside(one);
                }
                None => sum = sum.beside(one),
            }
        }
        objects.into_values().fold(Sum::default(), Sum::most).beside(sum)
    }

    fn field(&mut self, field: &'a Field, on: On<'a>, level: u32) -> Sum {
        let name = field.name.node.as_str();
        if matches!(name, "__schema" | "__type") {
            return Sum { once: SCHEMA, each: 0 };
        }
        let known = on.composite.and_then(|composite| composite.fields.get(name));
        let set = &field.selection_set.node;
        let ty = known.map_or("", |known| named(&known.ty));
        let below = if set.items.is_empty() { Sum::default() } else { self.set(set, On::of(ty), level + 1) };
        if is_page(on.name) && matches!(name, "edges" | "nodes") {
            return Sum { once: 1, each: below.on(PAGE) };
        }
        let extra = if ty == "Body" { BODY } else { 0 };
        let once = match known.map_or(Size::Each(1), |known| self.given.size(on.name, field, known)) {
            Size::Each(size) => below.on(PAGE).saturating_add(extra).saturating_mul(size),
            Size::Page(size) => below.on(size).saturating_add(extra),
        };
        Sum { once: once.saturating_add(1), each: 0 }
    }

    fn fragment(&mut self, name: &'a str, level: u32) -> Sum {
        if let Some(sum) = self.known.get(name) {
            return *sum;
        }
        // One that is not there is the validation's to report.
        let Some(fragment) = self.document.fragments.get(name) else { return Sum::default() };
        self.known.insert(name, Sum::ENDLESS);
        let on = On::of(fragment.node.type_condition.node.on.node.as_str());
        let sum = self.set(&fragment.node.selection_set.node, on, level);
        self.known.insert(name, sum);
        sum
    }
}

/// Whether a type is a page of a list.
fn is_page(ty: &str) -> bool {
    ty.ends_with("Connection")
}

/// What the request gives for variables.
pub(super) struct Given<'a> {
    variables: &'a Variables,
    defaults: HashMap<&'a str, &'a Provided>,
}

impl<'a> Given<'a> {
    pub(super) fn new(operation: &'a OperationDefinition, variables: &'a Variables) -> Self {
        let default = |definition: &'a Positioned<VariableDefinition>| {
            let definition = &definition.node;
            Some((definition.name.node.as_str(), &definition.default_value.as_ref()?.node))
        };
        Self { variables, defaults: operation.variable_definitions.iter().filter_map(default).collect() }
    }

    /// Whether a directive surely leaves a selection out. A variable that is not provided decides
    /// nothing, even if it has a default: the library looks at no defaults here.
    pub(super) fn leave_out(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| {
            let unless = match directive.node.name.node.as_str() {
                "skip" => true,
                "include" => false,
                _ => return false,
            };
            match directive.node.get_argument("if").map(|value| &value.node) {
                Some(Value::Boolean(value)) => *value == unless,
                Some(Value::Variable(name)) => self.variables.get(name) == Some(&Provided::Boolean(unless)),
                _ => false,
            }
        })
    }

    /// How long a field's list is at most.
    pub(super) fn size(&self, on: &str, field: &Field, known: &types::Field) -> Size {
        let ty = named(&known.ty);
        let is_list = matches!(known.ty.base, BaseType::List(_));
        let lengths = ["first", "last"].map(|name| known.arguments.get(name));
        if lengths.iter().any(Option::is_some) {
            let default =
                || lengths.into_iter().flatten().filter_map(|length| Some(number(length.default.as_ref()?)));
            let asked =
                field.arguments.iter().filter(|(name, _)| matches!(name.node.as_str(), "first" | "last"));
            let asked = asked.filter_map(|(_, value)| self.length(&value.node));
            let size = asked.max().or_else(|| default().max()).unwrap_or(PAGE);
            return if is_page(ty) { Size::Page(size) } else { Size::Each(size) };
        }
        if is_page(ty) {
            return Size::Page(PAGE);
        }
        match (on, field.name.node.as_str()) {
            ("Query", "nodes") => {
                Size::Each(field.get_argument("ids").map_or(1, |ids| self.count(&ids.node)))
            }
            // Words of a list count with it.
            _ if !is_list || field.selection_set.node.items.is_empty() => Size::Each(1),
            ("Body", "blocks") => Size::Each(50),
            ("Query", "sections" | "affiliatePolicies" | "affiliateNetworks") | ("Release", "drafts") => {
                Size::Each(20)
            }
            ("Draft", "actions") => Size::Each(20),
            ("Draft", "checks") => Size::Each(12),
            ("AffiliateAssessment", _) | ("Series", "articles") | ("AffiliatePolicy", "versions") => {
                Size::Each(10)
            }
            ("RevisionDiff", "fields") => Size::Each(10),
            _ => Size::Each(LIST),
        }
    }

    /// The length that a value asks for; none where it asks for none.
    fn length(&self, value: &Value) -> Option<u64> {
        match value {
            Value::Variable(name) => {
                self.variables.get(name).or_else(|| self.defaults.get(name.as_str()).copied()).map(number)
            }
            Value::Number(length) => Some(clamped(length)),
            Value::Null => Some(PAGE),
            _ => Some(LONGEST),
        }
    }

    /// How many ids there are: one stands for a list of one.
    fn count(&self, value: &Value) -> u64 {
        let many = |count: usize| u64::try_from(count).unwrap_or(LONGEST).min(LONGEST);
        match value {
            Value::List(items) => many(items.len()),
            Value::Variable(name) => {
                match self.variables.get(name).or_else(|| self.defaults.get(name.as_str()).copied()) {
                    Some(Provided::List(items)) => many(items.len()),
                    _ => 1,
                }
            }
            _ => 1,
        }
    }
}

fn number(value: &Provided) -> u64 {
    match value {
        Provided::Number(length) => clamped(length),
        Provided::Null => PAGE,
        _ => LONGEST,
    }
}

/// What is no whole number is refused later on, and counts as the longest page until then.
fn clamped(length: &Number) -> u64 {
    length.as_i64().map_or(LONGEST, |length| u64::try_from(length).unwrap_or(0).min(LONGEST))
}
