//! The answer to a mutation that was done before, made anew of what it changed: every part of a payload
//! is something that has an id, and the log has the ids.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, FragmentSpread, InlineFragment, OperationDefinition, OperationType, Selection, SelectionSet,
    TypeCondition,
};
use async_graphql::{Name, Pos, Positioned, Request, Value};
use entity::event;

use super::answer::Answer;
use super::endpoint::{Endpoint, Prepared};
use super::execute;
use super::request::Unfit;
use super::types::{TYPES, named};
use crate::app::Cx;

/// Parts of payloads that are shown once and kept nowhere.
const SECRETS: [&str; 2] = ["secret", "token"];

impl Prepared {
    /// The one field that a mutation asks of its root, with its payload's type.
    fn root(&self) -> Option<(&Field, &'static str)> {
        let operation = self.document.operation(self.operation_name.as_deref()).ok()?;
        let mut fields = Vec::new();
        gather(&operation.selection_set.node, &self.form.asked, &mut fields);
        let [root] = fields.as_slice() else { return None };
        Some((*root, named(&TYPES.field("Mutation", &root.name.node)?.ty)))
    }

    /// Whether it does one thing alone.
    #[must_use]
    pub fn is_single(&self) -> bool {
        self.document.operation(self.operation_name.as_deref()).is_ok_and(|operation| self.document.roots(operation).len() == 1)
    }

    /// Whether its answer has something that is shown once.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        let shows = |payload: &str| TYPES.composite(payload).is_some_and(|ty| SECRETS.iter().any(|name| ty.fields.contains_key(*name)));
        let operation = self.document.operation(self.operation_name.as_deref());
        let roots = operation.map(|operation| self.document.roots(operation)).unwrap_or_default();
        roots.iter().any(|root| TYPES.field("Mutation", root).is_some_and(|field| shows(named(&field.ty))))
    }
}

fn gather<'a>(set: &'a SelectionSet, document: &'a ExecutableDocument, fields: &mut Vec<&'a Field>) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => fields.push(&field.node),
            Selection::InlineFragment(inline) => gather(&inline.node.selection_set.node, document, fields),
            Selection::FragmentSpread(Positioned { node: FragmentSpread { fragment_name, .. }, .. }) => {
                if let Some(fragment) = document.fragments.get(&fragment_name.node) {
                    gather(&fragment.node.selection_set.node, document, fields);
                }
            }
        }
    }
}

/// The id of what a part of a payload shows.
fn id_of(part: &str, events: &[event::Model]) -> Option<String> {
    let detail = |key: &str| {
        let mut found = events.iter().filter_map(|event| event.details.get(key)?.as_str().map(str::to_owned));
        found.next()
    };
    match part {
        "draft" => events.iter().find_map(|event| event.draft_id).map(|id| id.to_string()),
        "article" => events.iter().find_map(|event| event.article_id).map(|id| id.to_string()),
        "affiliatePolicy" => detail("policyId"),
        "apiToken" => detail("tokenId"),
        other => detail(&format!("{other}Id")),
    }
}

fn at<T>(node: T) -> Positioned<T> {
    Positioned::new(node, Pos::default())
}

/// A payload's part as a field of the query's root.
fn asked(part: &Field, payload: &str, events: &[event::Model]) -> Option<Selection> {
    let mut field = Field { alias: Some(part.response_key().clone()), ..part.clone() };
    if !matches!(part.name.node.as_str(), "workflow" | "viewer") {
        let ty = named(&TYPES.field(payload, &part.name.node)?.ty);
        let inline = InlineFragment {
            type_condition: Some(at(TypeCondition { on: at(Name::new(ty)) })),
            directives: Vec::new(),
            selection_set: part.selection_set.clone(),
        };
        field.name = at(Name::new("node"));
        let id = id_of(&part.name.node, events)?;
        field.arguments = vec![(at(Name::new("id")), at(async_graphql_value::Value::String(id)))];
        field.selection_set = at(SelectionSet { items: vec![at(Selection::InlineFragment(at(inline)))] });
    }
    Some(Selection::Field(at(field)))
}

impl Endpoint {
    /// Answers a mutation that was done before and wrote these events. Nothing where the answer cannot be
    /// made of them.
    ///
    /// # Errors
    /// Where it took too long, or broke.
    pub async fn replay(&self, prepared: &Prepared, cx: Cx, events: &[event::Model], id: &str) -> Result<Option<Answer>, Unfit> {
        let Some((root, payload)) = prepared.root() else { return Ok(None) };
        let (mut parts, mut known, mut items) = (Vec::new(), IndexMap::new(), Vec::new());
        gather(&root.selection_set.node, &prepared.form.asked, &mut parts);
        for part in parts {
            let key = part.response_key().node.clone();
            match part.name.node.as_str() {
                "__typename" => known.insert(key, Value::from(payload)),
                "revokedSessionId" => known.insert(key, id_of("session", events).map_or(Value::Null, Value::from)),
                _ => {
                    let Some(selection) = asked(part, payload, events) else { return Ok(None) };
                    items.push(at(selection));
                    None
                }
            };
        }
        if !items.is_empty() {
            let response = execute(self.schema(), cx, query(prepared, items)).await;
            let Value::Object(found) = response.data else { return Ok(None) };
            if !response.errors.is_empty() || found.values().any(|part| *part == Value::Null) {
                return Ok(None);
            }
            known.extend(found);
        }
        let data = IndexMap::from_iter([(root.response_key().node.clone(), Value::Object(known))]);
        Ok(Some(prepared.finish(async_graphql::Response::new(Value::Object(data)), id)))
    }
}

fn query(prepared: &Prepared, items: Vec<Positioned<Selection>>) -> Request {
    let mut executed = prepared.form.executed.clone();
    let definition = OperationDefinition {
        ty: OperationType::Query,
        variable_definitions: Vec::new(),
        directives: Vec::new(),
        selection_set: at(SelectionSet { items }),
    };
    executed.operations = DocumentOperations::Single(at(definition));
    let mut request = Request::new("").variables(prepared.variables.clone());
    request.set_parsed_query(executed);
    // The document was valid, and its parts are asked of the same types.
    request
}
