//! What the schema says of its types, for those who read a request before the library does. Built
//! once, of the SDL itself, so that it cannot differ from what clients were told.

use std::collections::HashMap;
use std::sync::LazyLock;

use async_graphql::Value;
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, OperationType, Type, TypeDefinition, TypeKind,
    TypeSystemDefinition,
};
use async_graphql::{Name, Positioned};

/// Our own schema's types.
pub static TYPES: LazyLock<Types> = LazyLock::new(|| Types::read(&super::sdl()));

/// Scalars that no SDL writes down.
const BUILT_IN: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];

/// Types by their names.
#[derive(Debug, Default)]
pub struct Types(HashMap<String, Kind>);

/// What a type is.
#[derive(Debug)]
pub enum Kind {
    /// A value that has no parts, or none that the schema knows.
    Scalar,
    /// One of these words.
    Enum(Vec<String>),
    /// An object that clients send, by its fields in the SDL's order.
    Input(IndexMap<String, Input>),
    /// An object, an interface or a union.
    Composite(Composite),
}

/// A type that selections are made of.
#[derive(Debug, Default)]
pub struct Composite {
    /// None where it is a union.
    pub fields: HashMap<String, Field>,
    /// The objects that it may turn out to be; an object is itself alone.
    pub possible: Vec<String>,
}

/// A field that may be asked.
#[derive(Debug)]
pub struct Field {
    /// What it answers.
    pub ty: Type,
    /// What it may be given.
    pub arguments: IndexMap<String, Input>,
}

/// An argument, or a field of an input object.
#[derive(Debug)]
pub struct Input {
    /// What it takes.
    pub ty: Type,
    /// What holds where it is left out.
    pub default: Option<Value>,
}

impl Input {
    /// Whether it may not be left out.
    #[must_use]
    pub const fn is_required(&self) -> bool {
        !self.ty.nullable && self.default.is_none()
    }
}

impl Types {
    /// Reads an SDL. One that does not parse knows no types: fields then count as nullable and inputs
    /// as fitting, and a test says so of ours.
    #[must_use]
    pub fn read(sdl: &str) -> Self {
        let mut types: HashMap<String, Kind> =
            BUILT_IN.iter().map(|name| ((*name).to_owned(), Kind::Scalar)).collect();
        let mut implementers: HashMap<Name, Vec<String>> = HashMap::new();
        let definitions = parse_schema(sdl).map(|schema| schema.definitions).unwrap_or_default();
        for definition in definitions {
            let TypeSystemDefinition::Type(Positioned { node: TypeDefinition { name, kind, .. }, .. }) =
                definition
            else {
                continue;
            };
            let name = name.node.to_string();
            if let TypeKind::Object(object) = &kind {
                for interface in &object.implements {
                    implementers.entry(interface.node.clone()).or_default().push(name.clone());
                }
            }
            let kind = Kind::of(&name, kind);
            types.insert(name, kind);
        }
        for (interface, objects) in implementers {
            if let Some(Kind::Composite(composite)) = types.get_mut(interface.as_str()) {
                composite.possible = objects;
            }
        }
        Self(types)
    }

    /// What the type of this name is.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Kind> {
        self.0.get(name)
    }

    /// The object, interface or union of this name.
    #[must_use]
    pub fn composite(&self, name: &str) -> Option<&Composite> {
        match self.0.get(name)? {
            Kind::Composite(composite) => Some(composite),
            _ => None,
        }
    }

    /// A field of an object or an interface.
    #[must_use]
    pub fn field(&self, ty: &str, field: &str) -> Option<&Field> {
        self.composite(ty)?.fields.get(field)
    }

    /// All of them, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Kind)> {
        self.0.iter().map(|(name, kind)| (name.as_str(), kind))
    }
}

impl Kind {
    fn of(name: &str, kind: TypeKind) -> Self {
        let object = |definitions| {
            Self::Composite(Composite { fields: fields(definitions), possible: vec![name.to_owned()] })
        };
        match kind {
            TypeKind::Scalar => Self::Scalar,
            TypeKind::Object(of) => object(of.fields),
            TypeKind::Interface(of) => object(of.fields),
            TypeKind::Union(of) => Self::Composite(Composite {
                possible: of.members.into_iter().map(|member| member.node.to_string()).collect(),
                ..Composite::default()
            }),
            TypeKind::Enum(of) => {
                Self::Enum(of.values.into_iter().map(|value| value.node.value.node.to_string()).collect())
            }
            TypeKind::InputObject(of) => Self::Input(inputs(of.fields)),
        }
    }
}

fn fields(definitions: Vec<Positioned<FieldDefinition>>) -> HashMap<String, Field> {
    let field = |Positioned { node, .. }: Positioned<FieldDefinition>| {
        (node.name.node.to_string(), Field { ty: node.ty.node, arguments: inputs(node.arguments) })
    };
    definitions.into_iter().map(field).collect()
}

fn inputs(definitions: Vec<Positioned<InputValueDefinition>>) -> IndexMap<String, Input> {
    let input = |Positioned { node, .. }: Positioned<InputValueDefinition>| {
        let default = node.default_value.map(|value| value.node);
        (node.name.node.to_string(), Input { ty: node.ty.node, default })
    };
    definitions.into_iter().map(input).collect()
}

/// The type that a type's lists hold in the end.
#[must_use]
pub fn named(mut ty: &Type) -> &str {
    loop {
        match &ty.base {
            BaseType::Named(name) => return name.as_str(),
            BaseType::List(inner) => ty = inner,
        }
    }
}

/// The type that an operation selects from.
#[must_use]
pub const fn root(operation: OperationType) -> &'static str {
    match operation {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_schema_is_known_with_its_arguments_and_their_defaults() {
        let field = TYPES.field("Article", "related").unwrap();
        assert_eq!((named(&field.ty), field.ty.to_string().as_str()), ("RelatedLink", "[RelatedLink!]!"));
        assert_eq!(field.arguments["first"].default, Some(Value::from(5)));
        assert!(!field.arguments["kinds"].is_required());
        assert!(TYPES.field("Query", "article").unwrap().arguments["slug"].is_required());
        assert!(TYPES.iter().count() > 100);
    }

    #[test]
    fn inputs_know_what_may_be_left_out_and_enums_their_words() {
        let Some(Kind::Input(stage)) = TYPES.get("ReviewStageInput") else { panic!("no input") };
        assert!(stage["key"].is_required() && !stage["approvalsNeeded"].is_required());
        let Some(Kind::Enum(words)) = TYPES.get("Verdict") else { panic!("no enum") };
        assert_eq!(words, &["APPROVE", "COMMENT", "REQUEST_CHANGES"]);
        assert!(matches!(TYPES.get("Int"), Some(Kind::Scalar)) && TYPES.get("Nothing").is_none());
    }

    #[test]
    fn unions_and_interfaces_know_the_objects_that_they_may_be() {
        assert_eq!(TYPES.composite("RelatedTarget").unwrap().possible, ["Article", "ExternalPage"]);
        let nodes = &TYPES.composite("Node").unwrap().possible;
        assert!(nodes.iter().any(|name| name == "Draft") && !nodes.iter().any(|name| name == "Node"));
        assert_eq!(TYPES.composite("Draft").unwrap().possible, ["Draft"]);
    }
}
