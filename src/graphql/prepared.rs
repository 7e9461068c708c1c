//! Requests that may be executed.

use std::sync::Arc;

use async_graphql::{Request, Response, Variables, value};
use sha2::{Digest as _, Sha256};

use super::answer::Answer;
use super::document::{Document, Form};
use super::request::Unfit;
use super::{error, shape, tokens};

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It reads.
    Query,
    /// It changes something.
    Mutation,
    /// It listens.
    Subscription,
}

/// A request that may be executed.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// As the client sent it.
    pub(super) text: Arc<str>,
    pub(super) document: Arc<Document>,
    pub(super) form: Arc<Form>,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Variables,
    /// What its operation does.
    pub kind: Kind,
    /// What it costs at the most, in fields of its answer.
    pub cost: u64,
    pub(super) allowed: u64,
}

impl Prepared {
    /// Sees that an operation listens to one thing alone, surely, as the specification has it.
    pub(super) fn listens_once(&self) -> Result<(), Unfit> {
        let operation = self.document.operation(self.operation_name.as_deref())?;
        let keys = shape::root_keys(self.document.parsed(), &operation.selection_set.node);
        match keys.as_deref() {
            Some([_]) if self.document.roots(operation).iter().all(|root| !root.starts_with("__")) => Ok(()),
            _ => {
                let message = "A subscription selects one field alone, without @skip or @include; open another one for another field.";
                Err(Unfit::document("GRAPHQL_VALIDATION_FAILED", message))
            }
        }
    }

    /// What is the same for the same request and for no other: document, operation and variables.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        // Through a value, whose keys are in order.
        let variables = serde_json::to_value(&self.variables).unwrap_or_default().to_string();
        let name = self.operation_name.as_deref().unwrap_or_default();
        let parts = [self.document.sum().bytes().as_slice(), name.as_bytes(), variables.as_bytes()];
        let hashed = parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part.len().to_le_bytes()).chain_update(part));
        hashed.finalize().into()
    }

    /// The request as the library takes it.
    pub(super) fn request(&self) -> Request {
        let mut request = Request::new("").variables(self.variables.clone());
        request.operation_name.clone_from(&self.operation_name);
        request.set_parsed_query(self.form.executed.clone());
        request
    }

    /// The library's response as it is sent.
    pub(super) fn finish(&self, mut response: Response, id: &str) -> Answer {
        shape::restore(&mut response, &self.form.asked, self.operation_name.as_deref());
        for error in &mut response.errors {
            tokens::moved(self.document.text(), &self.text, &mut error.locations);
        }
        let mut response = error::finish(response, id);
        response.extensions.insert("cost".into(), value!({ "requested": self.cost, "allowed": self.allowed }));
        Answer(response)
    }
}
