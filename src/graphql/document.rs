//! Documents that were parsed, judged and found valid, kept so that each of these is done once:
//! parsing costs more than answering many a query does.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet};
use async_graphql::parser::{Error as ParseError, parse_query};
use async_graphql::Name;
use moka::sync::Cache;

use super::guard::{Limits, Weight, weigh};
use super::request::Unfit;
use super::tokens::Sum;
use super::{shape, variables};

/// Bytes that a token takes once it is parsed, three times: as it came, as it is asked, and as it is executed.
const OF_TOKEN: usize = 1_200;
/// Ways to leave variables out that are kept of a document.
const FORMS: usize = 8;

/// A document that may be executed.
#[derive(Debug)]
pub struct Document {
    text: Arc<str>,
    sum: Sum,
    tokens: usize,
    variables: usize,
    weight: Weight,
    parsed: ExecutableDocument,
    /// Set once the validation said that there is nothing wrong.
    pub valid: OnceLock<()>,
    forms: Mutex<Vec<Arc<Form>>>,
}

/// A document without the variables that a request leaves out.
#[derive(Debug)]
pub struct Form {
    absent: Vec<Name>,
    /// As the client wrote it: the shape of the answer.
    pub asked: ExecutableDocument,
    /// As it is executed.
    pub executed: ExecutableDocument,
}

impl Document {
    /// Reads a text that somebody with these limits sends.
    ///
    /// # Errors
    /// What is too much of it, or where it is no document.
    pub fn read(text: &str, limits: &Limits) -> Result<Self, Unfit> {
        let (sum, scan) = Sum::of(text, limits)?;
        let mut parsed = parse_query(text).map_err(|error| unparsable(&error))?;
        let weight = weigh(&parsed)?;
        weight.within(limits)?;
        variables::all_used(&parsed)?;
        shape::wrap_types(&mut parsed);
        Ok(Self {
            text: text.into(),
            sum,
            tokens: scan.tokens,
            variables: scan.variables,
            weight,
            parsed,
            valid: OnceLock::new(),
            forms: Mutex::default(),
        })
    }

    /// The text that it was read from: places in it are places there.
    #[must_use]
    pub const fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// What tells it from other documents.
    #[must_use]
    pub const fn sum(&self) -> &Sum {
        &self.sum
    }

    /// The document as it came.
    #[must_use]
    pub const fn parsed(&self) -> &ExecutableDocument {
        &self.parsed
    }

    /// Judges whether somebody with these limits may send it, whoever sent it first; their own text was judged.
    ///
    /// # Errors
    /// What there is too much of.
    pub fn within(&self, limits: &Limits) -> Result<(), Unfit> {
        Ok(self.weight.within(limits)?)
    }

    /// How many values are copied where each place that uses a variable copies `bulk` of them.
    #[must_use]
    pub const fn copies(&self, bulk: usize) -> usize {
        self.variables.saturating_mul(self.tokens.saturating_add(bulk))
    }

    /// The operation that is meant.
    ///
    /// # Errors
    /// Where none is, or more than one may be.
    pub fn operation(&self, name: Option<&str>) -> Result<&OperationDefinition, Unfit> {
        let operation = match (&self.parsed.operations, name) {
            (DocumentOperations::Single(operation), None) => Some(operation),
            (DocumentOperations::Single(_), Some(_)) => None,
            (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
            (DocumentOperations::Multiple(operations), None) => operations.values().next().filter(|_| operations.len() == 1),
        };
        let message = match name {
            Some(_) => "The document has no operation of the name that operationName says.",
            None => "Say in operationName which operation of the document to execute.",
        };
        operation.map(|operation| &operation.node).ok_or_else(|| Unfit::document("GRAPHQL_VALIDATION_FAILED", message))
    }

    /// The name of an operation of it, if it has one.
    #[must_use]
    pub fn first_operation(&self) -> Option<&str> {
        self.parsed.operations.iter().find_map(|(name, _)| name.map(Name::as_str))
    }

    /// The names of the fields that an operation asks of its root, spread fragments and all.
    #[must_use]
    pub fn roots<'a>(&'a self, operation: &'a OperationDefinition) -> Vec<&'a str> {
        let mut roots = Vec::new();
        self.gather(&operation.selection_set.node, &mut roots);
        roots
    }

    fn gather<'a>(&'a self, set: &'a SelectionSet, roots: &mut Vec<&'a str>) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => roots.push(&field.node.name.node),
                Selection::InlineFragment(inline) => self.gather(&inline.node.selection_set.node, roots),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.parsed.fragments.get(&spread.node.fragment_name.node) {
                        self.gather(&fragment.node.selection_set.node, roots);
                    }
                }
            }
        }
    }

    /// The document without these variables.
    #[must_use]
    pub fn form(&self, operation: Option<&str>, absent: Vec<Name>) -> Arc<Form> {
        let mut forms = self.forms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = forms.iter().find(|form| form.absent == absent) {
            return Arc::clone(known);
        }
        let mut asked = self.parsed.clone();
        variables::take_out(&mut asked, operation, &absent);
        let mut executed = asked.clone();
        shape::ask_types(&mut executed);
        shape::flatten_roots(&mut executed);
        let form = Arc::new(Form { absent, asked, executed });
        if forms.len() < FORMS {
            forms.push(Arc::clone(&form));
        }
        form
    }
}

/// The library's message quotes the whole line, which the client has already.
fn unparsable(error: &ParseError) -> Unfit {
    let text = error.to_string();
    let expected = text.rsplit_once("\n  = ").map_or(text.as_str(), |(_, expected)| expected);
    let short: String = expected.trim().chars().take(250).collect();
    let unfit = Unfit::document("GRAPHQL_PARSE_FAILED", format!("Syntax error: {short}."));
    Unfit { at: error.positions().collect(), ..unfit }
}

/// Valid documents, as many as fit, whatever comments they came with.
pub struct Documents(Cache<Sum, Arc<Document>>);

impl Documents {
    /// None yet; at most so many bytes in all.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let size = |_: &Sum, document: &Arc<Document>| {
            let forms = FORMS.min(1 + document.variables);
            u32::try_from(document.text.len() + OF_TOKEN * document.tokens * forms).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(bytes).weigher(size).build())
    }

    /// The document of these tokens, if it was found valid before.
    #[must_use]
    pub fn get(&self, sum: &Sum) -> Option<Arc<Document>> {
        self.0.get(sum)
    }

    /// Keeps a valid document.
    pub fn keep(&self, document: &Arc<Document>) {
        if !self.0.contains_key(&document.sum) {
            self.0.insert(document.sum, Arc::clone(document));
        }
    }
}
