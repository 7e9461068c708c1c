//! A mutation of each kind, made from what the schema says of its input.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::newsroom::Newsroom;
use super::schema::{Argument, Field, Schema};
use crate::support::{Answer, Client, hence};

/// Ids that mutations name, by the argument's name.
pub type Ids = BTreeMap<&'static str, String>;

/// Those of what is there, and is not for readers.
pub fn hidden(room: &Newsroom) -> Ids {
    let draft = room.hidden["drafting"].id.clone();
    let token = room.tokens[0].clone();
    BTreeMap::from([
        ("draftId", draft.clone()),
        ("draftIds", draft),
        ("commentId", room.comment.clone()),
        ("releaseId", room.release.clone()),
        ("policyId", room.policy.clone()),
        ("userId", room.desk.legal().id().to_owned()),
        ("reviewerId", room.desk.legal().id().to_owned()),
        ("sessionId", room.session.clone()),
        ("tokenId", token),
        // Everybody knows these.
        ("sectionId", room.desk.cast.section.clone()),
        ("authorId", room.desk.cast.author.clone()),
    ])
}

/// The same of what is not there.
pub fn missing(room: &Newsroom) -> Ids {
    let public = ["sectionId", "authorId"];
    let ids = hidden(room).into_iter();
    ids.map(|(name, id)| (name, if public.contains(&name) { id } else { unknown(&id) })).collect()
}

/// A well-formed id like this one, of nothing that exists.
pub fn unknown(id: &str) -> String {
    format!("{}_01kb0000000000000000000000", id.rsplit_once('_').unwrap().0)
}

fn value(schema: &Schema, argument: &Argument, ids: &Ids, taken: &str) -> Value {
    let this = schema.of(&argument.of);
    let one = match (argument.of.as_str(), argument.name.as_str()) {
        ("ID", name) => json!(ids.get(name).unwrap_or_else(|| panic!("which {name}? say so in `mutations::hidden`"))),
        (_, "slug") => json!(taken),
        (_, "stage" | "key") => json!("EDIT"),
        (_, "email") => json!(format!("{taken}@newsroom.example")),
        ("Int", _) => json!(1),
        ("Boolean", _) => json!(true),
        ("DateTime", _) => json!(hence(3_600_000)),
        ("URL", _) => json!("https://plain.example/"),
        _ if this.kind == "ENUM" => json!(this.words[0]),
        _ if this.kind == "INPUT_OBJECT" => {
            let asked = this.inputs.iter().filter(|input| input.is_required || input.name == "slug");
            Value::Object(asked.map(|input| (input.name.clone(), value(schema, input, ids, taken))).collect::<Map<_, _>>())
        }
        _ => json!("Some plain words"),
    };
    if argument.is_list { json!([one]) } else { one }
}

/// Sends a mutation that names these ids, and a slug that is taken where it may name one.
pub async fn send(who: &Client, schema: &Schema, mutation: &Field, ids: &Ids, taken: &str) -> Answer {
    let (name, returned) = (&mutation.name, schema.around(&mutation.of, 0));
    match mutation.arguments.first() {
        None => who.ask(&format!("mutation {{ {name} {{ {returned} }} }}")).await,
        Some(argument) => {
            let query = format!("mutation($input: {}!) {{ {name}(input: $input) {{ {returned} }} }}", argument.of);
            who.send(&query, json!({ "input": value(schema, argument, ids, taken) })).await
        }
    }
}
