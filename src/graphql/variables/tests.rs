use async_graphql::parser::parse_query;
use serde_json::{Value as Json, json};

use super::*;
use crate::domain::refusal::Refusal;

fn complaints(query: &str, variables: Json) -> Vec<(String, String)> {
    let checked = check(&parse_query(query).unwrap(), None, &Variables::from_json(variables));
    let Err(Refusal::BadInput(fields)) = checked else { return Vec::new() };
    fields.into_iter().map(|field| (field.path, field.message)).collect()
}

/// What is said of one variable `v` of a type.
fn of(ty: &str, value: Json) -> Vec<String> {
    let complaints = complaints(&format!("query($v: {ty}) {{ x(v: $v) }}"), json!({ "v": value }));
    complaints.into_iter().map(|(path, message)| format!("{path} {message}")).collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn what_is_not_provided_is_taken_out_and_what_is_null_stays() {
    let query =
        "mutation($a: String, $b: String, $c: [ID!]) { u(input: {a: $a, b: $b, l: [$c]}, c: $c) { x } }";
    let mut document = parse_query(query).unwrap();
    let absent = check(&document, None, &Variables::from_json(json!({ "b": null }))).unwrap();
    take_out(&mut document, None, &absent);
    let (_, operation) = document.operations.iter().next().unwrap();
    let Selection::Field(field) = &operation.node.selection_set.node.items[0].node else {
        panic!("no field")
    };
    assert_eq!(operation.node.variable_definitions.len(), 1);
    assert_eq!(field.node.arguments.len(), 1);
    assert_eq!(field.node.arguments[0].1.node.to_string(), "{b: $b, l: [null]}");
}

#[test]
fn a_variable_that_has_to_be_provided_is_asked_for() {
    let query = "query($s: String!, $n: Int! = 3) { article(slug: $s) { id } x(n: $n) }";
    let complaints = complaints(query, json!({}));
    assert_eq!(complaints.len(), 1);
    assert_eq!(complaints[0].0, "s");
    assert!(complaints[0].1.contains("is required, as String!"));
}

#[test]
fn the_only_operation_is_settled_also_where_it_has_a_name_that_the_request_leaves_out() {
    let mut document = parse_query("query Q($s: String) { articles(after: $s) { totalCount } }").unwrap();
    let absent = check(&document, None, &Variables::default()).unwrap();
    take_out(&mut document, None, &absent);
    let (_, operation) = document.operations.iter().next().unwrap();
    assert!(operation.node.variable_definitions.is_empty());
    let named = parse_query("query A($n: Int!) { a } query B { b }").unwrap();
    assert!(check(&named, Some("B"), &Variables::default()).is_ok());
    assert!(check(&named, Some("A"), &Variables::default()).is_err());
    assert_eq!(check(&named, None, &Variables::default()), Ok(Vec::new()));
}

#[test]
fn those_left_out_are_given_in_their_order_and_others_are_not_looked_at() {
    let document =
        parse_query("query($z: Int, $a: Int, $m: Int = 1, $n: Nothing, $t: Article) { x }").unwrap();
    let variables = Variables::from_json(json!({ "n": { "any": [1] }, "t": "x", "undeclared": {} }));
    assert_eq!(check(&document, None, &variables), Ok(vec![Name::new("a"), Name::new("z")]));
}

#[test]
fn scalars_are_what_the_library_takes() {
    for (ty, fits) in [
        ("Int!", vec![json!(0), json!(i32::MIN), json!(i32::MAX)]),
        ("Float", vec![json!(1), json!(1.5), json!(u64::MAX), json!(null)]),
        ("String", vec![json!(""), json!(null)]),
        ("Boolean", vec![json!(true)]),
        ("ID!", vec![json!("a"), json!(7), json!(-7)]),
        ("DateTime!", vec![json!("no time at all"), json!(1), json!(true)]),
        ("JSON", vec![json!({ "a": [1, { "b": null }] })]),
        ("Verdict!", vec![json!("APPROVE")]),
        ("[ID!]!", vec![json!([]), json!(["a", 1]), json!("a")]),
        ("[[Int]]", vec![json!([[1, null], null, 2]), json!(1), json!(null)]),
    ] {
        for value in fits {
            assert_eq!(of(ty, value.clone()), NOTHING, "{ty} {value}");
        }
    }
}

#[test]
fn each_value_that_does_not_fit_is_told_what_is_wanted() {
    let whole = "v has to be a whole number between -2147483648 and 2147483647";
    for (ty, value, said) in [
        ("Int", json!(2_147_483_648_i64), whole.to_owned()),
        ("Int", json!("1"), whole.to_owned()),
        ("Int", json!(1.0), format!("{whole}, written without a decimal point")),
        ("Float", json!("1"), "v has to be a number".into()),
        ("String", json!(1), "v has to be text".into()),
        ("Boolean", json!("true"), "v has to be true or false".into()),
        ("ID", json!(1.5), "v has to be an id, as text".into()),
        ("ID", json!(u64::MAX), "v has to be an id, as text".into()),
        ("URL", json!(["x"]), "v has to be a single value, as URL".into()),
        ("Verdict", json!("approve"), "v is not one of APPROVE, COMMENT, REQUEST_CHANGES".into()),
        ("Verdict", json!(1), "v is not one of APPROVE, COMMENT, REQUEST_CHANGES".into()),
        ("String!", json!(null), "v may not be null; it has to be String!".into()),
        ("[ID!]", json!(["a", null]), "v.1 may not be null; it has to be ID!".into()),
        ("[[Int!]]", json!([[1, "x"]]), format!("v.0.1{}", &whole[1..])),
        ("[[Int!]]", json!([1, "x"]), format!("v.1{}", &whole[1..])),
        ("OverrideInput", json!("x"), "v has to be an object, as OverrideInput".into()),
    ] {
        assert_eq!(of(ty, value.clone()), [said], "{ty} {value}");
    }
}

#[test]
fn all_that_is_wrong_with_an_input_is_told_at_once_where_it_stands() {
    let input = json!({
        "draftId": 1.5,
        "links": [
            { "draftId": "draft_1" },
            { "kind": "OTHER", "draftId": true, "colour": "red" },
            { "kind": null, "title": null },
        ],
    });
    let said = complaints(
        "mutation($input: SetRelatedLinksInput!) { x(input: $input) { y } }",
        json!({ "input": input }),
    );
    let said: Vec<String> = said.into_iter().map(|(path, message)| format!("{path} {message}")).collect();
    assert_eq!(
        said,
        [
            "input.draftId has to be an id, as text",
            "input.links.1.draftId has to be an id, as text",
            "input.links.1.kind is not one of BACKGROUND, CORRECTION, FOLLOW_UP, RELATED, SERIES, VIDEO",
            "input.links.1.colour is no field of RelatedLinkInput; there are draftId, kind, note, title, url",
            "input.links.2.kind may not be null; it has to be RelatedKind!",
        ]
    );
    assert_eq!(
        of("ReviewStageInput", json!({ "name": "n", "roles": "EDITOR" })),
        ["v.key is required, as String!"]
    );
    assert_eq!(of("SetRelatedLinksInput", json!({ "draftId": "d", "links": { "url": "u" } })), NOTHING);
}

#[test]
fn twenty_complaints_are_enough() {
    let many: Vec<Json> = (0..100_000).map(|n| json!({ "x": n })).collect();
    assert_eq!(of("[ReviewStageInput!]", json!(many)).len(), 20);
    let fields: serde_json::Map<String, Json> =
        (0..1_000).map(|n| (format!("{n}{}", "x".repeat(999)), json!(n))).collect();
    let said = of("OverrideInput", Json::Object(fields));
    assert_eq!(said.len(), 20);
    assert!(said.iter().all(|said| said.len() < 500));
}

#[test]
fn values_may_nest_as_deep_as_json_does() {
    let deep = |levels: usize| (0..levels).fold(json!(1), |value, _| json!([value]));
    let lists = |levels: usize| format!("{}Int{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(of(&lists(127), deep(127)), NOTHING);
    assert_eq!(of(&lists(127), json!(1)), NOTHING);
    assert_eq!(of(&lists(2), deep(127)).len(), 1);
    assert_eq!(of("JSON", deep(127)), NOTHING);
    assert_eq!(of(&lists(1_000), json!(1)), ["v is nested too deep"]);
}

#[test]
fn a_name_that_is_declared_over_and_over_is_read_once() {
    let declared: String = (0..4_000).map(|_| "$v: [Int!] ").collect();
    let document = parse_query(format!("query({declared}) {{ x }}")).unwrap();
    let variables = Variables::from_json(json!({ "v": vec![1; 100_000] }));
    let before = std::time::Instant::now();
    assert_eq!(check(&document, None, &variables), Ok(Vec::new()));
    assert!(before.elapsed() < std::time::Duration::from_secs(2));
}
