//! The schema as clients are told of it, and the queries that lead over each of its edges.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use crate::support::Client;

const TOLD: &str = "{ __schema { queryType { name } mutationType { name } subscriptionType { name } types {
    name kind possibleTypes { name } enumValues { name }
    fields(includeDeprecated: true) { name args { ...A } type { ...T } } inputFields { ...A } } } }
    fragment A on __InputValue { name defaultValue type { ...T } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// What is asked of a list at the start of a query, and of one further down.
const MANY: &str = "first: 50";
const FEW: &str = "first: 8";

pub struct Type {
    pub kind: String,
    pub fields: Vec<Field>,
    /// What a union or an interface may turn out to be.
    pub members: Vec<String>,
    /// What an input has.
    pub inputs: Vec<Argument>,
    /// The words of an enum.
    pub words: Vec<String>,
}

pub struct Field {
    pub name: String,
    /// What it leads to, lists and bangs aside.
    pub of: String,
    pub is_list: bool,
    pub arguments: Vec<Argument>,
}

pub struct Argument {
    pub name: String,
    pub of: String,
    pub is_list: bool,
    pub is_required: bool,
}

/// One query, and where it leads, in words.
pub struct Look {
    pub path: String,
    pub query: String,
    /// Whether it begins with a preview, which shows its own draft to whoever has the token.
    pub is_preview: bool,
}

/// Fields from a root to some type, each with its arguments.
type Way = Vec<String>;

pub struct Schema {
    types: BTreeMap<String, Type>,
    roots: [Option<String>; 3],
    /// What fields are asked with that cannot be asked without, or that lead to more than one place.
    given: BTreeMap<&'static str, Vec<String>>,
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn list<T>(value: &Value, of: impl Fn(&Value) -> T) -> Vec<T> {
    value.as_array().map(|members| members.iter().map(of).collect()).unwrap_or_default()
}

/// The named type within, and whether it is a list and has to be there.
fn unwrapped(value: &Value) -> (String, bool, bool) {
    let is_required = value["kind"] == "NON_NULL";
    let (mut value, mut is_list) = (value, false);
    while value["name"].is_null() {
        is_list |= value["kind"] == "LIST";
        value = &value["ofType"];
    }
    (text(&value["name"]).unwrap(), is_list, is_required)
}

fn argument(value: &Value) -> Argument {
    let (of, is_list, is_required) = unwrapped(&value["type"]);
    Argument { name: text(&value["name"]).unwrap(), of, is_list, is_required: is_required && value["defaultValue"].is_null() }
}

fn field(value: &Value) -> Field {
    let (of, is_list, _) = unwrapped(&value["type"]);
    Field { name: text(&value["name"]).unwrap(), of, is_list, arguments: list(&value["args"], argument) }
}

impl Schema {
    pub async fn told(to: &Client, given: BTreeMap<&'static str, Vec<String>>) -> Self {
        let answer = to.ask(TOLD).await;
        let name = |value: &Value| text(&value["name"]).unwrap();
        let type_of = |value: &Value| Type {
            kind: text(&value["kind"]).unwrap(),
            fields: list(&value["fields"], field),
            members: list(&value["possibleTypes"], name),
            inputs: list(&value["inputFields"], argument),
            words: list(&value["enumValues"], name),
        };
        let types = list(answer.at("/__schema/types"), |value| (name(value), type_of(value)));
        let types = types.into_iter().filter(|(name, _)| !name.starts_with("__")).collect();
        let root = |kind: &str| text(&answer.at("/__schema")[kind]["name"]);
        Self { types, roots: ["queryType", "mutationType", "subscriptionType"].map(root), given }
    }

    pub fn of(&self, name: &str) -> &Type {
        self.types.get(name).unwrap_or_else(|| panic!("the schema has no type {name}"))
    }

    fn query(&self) -> &str {
        self.roots[0].as_deref().unwrap()
    }

    pub fn mutations(&self) -> &[Field] {
        &self.of(self.roots[1].as_deref().unwrap()).fields
    }

    fn is_leaf(&self, field: &Field) -> bool {
        matches!(self.of(&field.of).kind.as_str(), "SCALAR" | "ENUM")
    }

    /// What a page of a list holds, if the type is one.
    fn node_of(&self, name: &str) -> Option<&str> {
        let fields = &self.of(name).fields;
        let is_page = fields.iter().any(|field| field.name == "pageInfo");
        fields.iter().find(|field| is_page && field.name == "nodes").map(|field| field.of.as_str())
    }

    /// Every field of every type that queries and subscriptions lead to, as `Type.field`.
    pub fn fields(&self) -> Vec<String> {
        let mut known: Vec<&str> = [&self.roots[0], &self.roots[2]].into_iter().filter_map(Option::as_deref).collect();
        let mut at = 0;
        while let Some(name) = known.get(at) {
            let led = self.of(name).fields.iter().map(|field| field.of.as_str());
            for next in led.chain(self.of(name).members.iter().map(String::as_str)).collect::<Vec<_>>() {
                if !known.contains(&next) {
                    known.push(next);
                }
            }
            at += 1;
        }
        let objects = known.into_iter().filter(|name| self.of(name).kind == "OBJECT");
        objects.flat_map(|name| self.of(name).fields.iter().map(move |field| format!("{name}.{}", field.name))).collect()
    }

    /// A field with what it is asked with, once for each way to ask it.
    fn calls(&self, owner: &str, field: &Field) -> Vec<String> {
        let place = format!("{owner}.{}", field.name);
        if let Some(given) = self.given.get(place.as_str()) {
            return given.iter().map(|arguments| format!("{}({arguments})", field.name)).collect();
        }
        let open: Vec<&str> = field.arguments.iter().filter(|argument| argument.is_required).map(|argument| argument.name.as_str()).collect();
        assert!(open.is_empty(), "{place} is asked with {open:?}: say in `Newsroom::given` with what, so that it is visited");
        let is_paged = field.arguments.iter().any(|argument| argument.name == "first");
        let page = if owner == self.query() { MANY } else { FEW };
        vec![if is_paged { format!("{}({page})", field.name) } else { field.name.clone() }]
    }

    /// All that can be selected of a type: its own fields, and those of what it leads to so many edges on.
    pub fn around(&self, name: &str, edges: usize) -> String {
        let this = self.of(name);
        let mut all = "__typename".to_owned();
        for member in this.members.iter().filter(|_| this.kind == "UNION") {
            all += &format!(" ... on {member} {{ {} }}", self.around(member, edges));
        }
        if this.kind == "INTERFACE" {
            return all + " id";
        }
        for field in &this.fields {
            let own = |edges| format!("{{ {} }}", self.around(&field.of, edges));
            let call = self.calls(name, field).remove(0);
            all += &match (self.is_leaf(field), self.node_of(name), field.name.as_str()) {
                (true, _, _) => format!(" {call}"),
                // A page is no stop of its own.
                (false, Some(_), "edges") => {
                    let leaves: Vec<&str> = self.of(&field.of).fields.iter().filter(|field| self.is_leaf(field)).map(|field| field.name.as_str()).collect();
                    format!(" edges {{ __typename {} node {{ __typename }} }}", leaves.join(" "))
                }
                (false, Some(_), "nodes") => format!(" nodes {}", own(edges)),
                (false, Some(_), _) => format!(" {call} {}", own(0)),
                (false, None, _) if edges > 0 => format!(" {call} {}", own(edges - 1)),
                (false, None, _) => String::new(),
            };
        }
        all
    }

    /// Where a way ends up that leads over a field to this type.
    fn arrivals<'a>(&'a self, at: &'a str, way: &Way) -> Vec<(&'a str, Way)> {
        let with = |step: String| way.iter().cloned().chain([step]).collect();
        match (self.node_of(at), self.of(at).kind.as_str()) {
            (Some(node), _) => self.arrivals(node, &with("nodes".to_owned())),
            (None, "UNION") => self.of(at).members.iter().map(|member| (member.as_str(), with(format!("... on {member}")))).collect(),
            (None, "OBJECT") => vec![(at, way.clone())],
            _ => Vec::new(),
        }
    }

    /// The shortest way to each type, lists first; to articles one over each root.
    fn ways(&self) -> BTreeMap<&str, Vec<Way>> {
        let mut ways: BTreeMap<&str, Vec<Way>> = BTreeMap::new();
        let mut queue = VecDeque::new();
        let roots = &self.of(self.query()).fields;
        let is_many = |field: &&Field| field.is_list || self.node_of(&field.of).is_some();
        for field in roots.iter().filter(is_many).chain(roots.iter().filter(|field| !is_many(field))) {
            let call = self.calls(self.query(), field).remove(0);
            for (end, way) in self.arrivals(&field.of, &vec![call]) {
                let known = ways.entry(end).or_default();
                if known.is_empty() || end == "Article" {
                    known.push(way);
                    queue.push_back(end);
                }
            }
        }
        while let Some(at) = queue.pop_front() {
            let way = ways[at][0].clone();
            for field in self.of(at).fields.iter().filter(|field| !self.is_leaf(field)) {
                let call = self.calls(at, field).remove(0);
                let longer = way.iter().cloned().chain([call]).collect();
                for (end, way) in self.arrivals(&field.of, &longer) {
                    ways.entry(end).or_insert_with(|| {
                        queue.push_back(end);
                        vec![way]
                    });
                }
            }
        }
        ways
    }

    fn look(&self, way: &Way, at: &str) -> Look {
        let (root, steps) = way.split_first().unwrap();
        let inner = steps.iter().rev().fold(self.around(at, 1), |inner, step| format!("__typename {step} {{ {inner} }}"));
        Look { path: way.join(" > "), query: format!("{{ {root} {{ {inner} }} }}"), is_preview: way[0].starts_with("preview") }
    }

    /// One query for each edge: to it on the shortest way, over it, and over each edge that follows.
    pub fn looks(&self) -> Vec<Look> {
        let mut looks = Vec::new();
        for field in &self.of(self.query()).fields {
            looks.extend(self.calls(self.query(), field).into_iter().map(|call| self.look(&vec![call], &field.of)));
        }
        for (name, ways) in self.ways() {
            for field in self.of(name).fields.iter().filter(|field| !self.is_leaf(field)) {
                let call = self.calls(name, field).remove(0);
                for way in &ways {
                    looks.push(self.look(&way.iter().cloned().chain([call.clone()]).collect(), &field.of));
                }
            }
        }
        looks
    }
}
