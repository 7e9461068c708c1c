use std::time::{Duration, Instant};

use async_graphql::parser::parse_query;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

fn costs_with(query: &str, variables: Json) -> u64 {
    cost(&parse_query(query).expect("the document parses"), None, &Variables::from_json(variables))
}

fn costs(query: &str) -> u64 {
    costs_with(query, json!({}))
}

#[test]
fn each_field_counts_one() {
    assert_eq!(costs("{ site { name url } }"), 3);
    assert_eq!(costs("mutation { signOut { ok __typename } }"), 3);
    assert_eq!(costs("query A { a b c }"), 3);
    assert_eq!(costs("{ a: site { name } b: site { name } }"), 4);
}

#[test]
fn a_page_repeats_what_is_below_its_nodes_and_edges() {
    // articles, nodes, ten slugs, pageInfo with its field, totalCount
    assert_eq!(
        costs("{ articles(first: 10) { nodes { slug } pageInfo { endCursor } totalCount } }"),
        2 + 10 + 2 + 1
    );
    // articles, edges, ten times cursor, node, slug
    assert_eq!(costs("{ articles(last: 10) { edges { cursor node { slug } } } }"), 2 + 10 * 3);
    // ten articles with three related links of one field each
    assert_eq!(costs("{ articles(first: 10) { nodes { related(first: 3) { title } } } }"), 2 + 10 * (1 + 3));
    // ten authors with a page of twenty articles each
    assert_eq!(costs("{ authors(first: 10) { nodes { articles { nodes { slug } } } } }"), 2 + 10 * (2 + 20));
}

#[test]
fn the_length_is_the_literal_or_the_variable_or_the_default_or_twenty() {
    let page = |length: &str| costs(&format!("{{ articles{length} {{ nodes {{ slug }} }} }}")) - 2;
    assert_eq!(page(""), 20);
    assert_eq!(page("(first: null)"), 20);
    assert_eq!(page("(first: -3)"), 0);
    assert_eq!(page("(first: 5000000000)"), 100);
    assert_eq!(page("(first: 1, last: 7)"), 7);
    assert_eq!(page("(after: \"x\", first: 3)"), 3);
    let query = "query($n: Int = 7) { articles(first: $n) { nodes { slug } } }";
    assert_eq!(costs(query) - 2, 7);
    assert_eq!(costs_with(query, json!({ "n": 3 })) - 2, 3);
    assert_eq!(costs_with(query, json!({ "n": u64::MAX })) - 2, 100);
    assert_eq!(costs("query($n: Int) { articles(first: $n) { nodes { slug } } }") - 2, 20);
    assert_eq!(costs("query($n: Int) { article(slug: \"a\") { related(first: $n) { title } } }") - 2, 5);
}

#[test]
fn other_lists_count_five_and_those_that_are_known_to_be_longer_more() {
    assert_eq!(costs("{ article(slug: \"a\") { authors { name } tags { name } } }"), 1 + (1 + 5) + (1 + 5));
    assert_eq!(costs("{ sections { name slug } }"), 1 + 20 * 2);
    assert_eq!(costs("{ viewer { roles } }"), 2);
    assert_eq!(costs("{ nodes(ids: [\"a\", \"b\", \"c\"]) { id } }"), 1 + 3);
    assert_eq!(
        costs_with("query($i: [ID!]!) { nodes(ids: $i) { id } }", json!({ "i": vec!["a"; 500] })),
        1 + 100
    );
}

#[test]
fn bodies_are_dear_and_the_schema_is_dearest() {
    assert_eq!(costs("{ article(slug: \"a\") { body { html } } }"), 1 + 1 + 60 + 1);
    assert_eq!(costs("{ article(slug: \"a\") { body { blocks { __typename } } } }"), 1 + 1 + 60 + 1 + 50);
    assert_eq!(costs("{ articles(first: 100) { nodes { body { html } } } }"), 2 + 100 * 62);
    assert_eq!(costs("{ __schema { types { fields { name } } } __type(name: \"A\") { name } }"), 2_000);
}

#[test]
fn fragments_cost_what_they_spread_wherever_they_are_spread() {
    let plain =
        "{ articles(first: 10) { nodes { slug section { name } } } drafts(first: 3) { nodes { id } } }";
    let spread = "{ articles(first: 10) { ...P } drafts(first: 3) { nodes { ...N } } } \
        fragment P on ArticleConnection { nodes { ... { ...A } } } \
        fragment A on Article { slug section { name } } fragment N on Node { id }";
    assert_eq!((costs(plain), costs(spread)), (2 + 10 * 3 + 2 + 3, 2 + 10 * 3 + 2 + 3));
    let both = "{ a: articles(first: 2) { ...P } b: articles(first: 5) { ...P } } \
        fragment P on ArticleConnection { nodes { slug } totalCount }";
    assert_eq!(costs(both), (3 + 2) + (3 + 5));
    // Whether it is an article or a page of another site, nobody knows.
    let union = "{ article(slug: \"a\") { related(first: 2) { target { ... on Article { slug } ... on ExternalPage { url } } } } }";
    assert_eq!(costs(union), 2 + 2 * 2, "it is one of both");
}

#[test]
fn what_is_surely_left_out_is_free() {
    let query = "query($no: Boolean!, $perhaps: Boolean = true) { \
        site @skip(if: true) { name } a: site @include(if: $no) { name } ... @include(if: $no) { b } ...F @skip(if: false) \
        c @skip(if: $perhaps) d @include(if: $no) @skip(if: false) } fragment F on Query { e @skip(if: $no) }";
    assert_eq!(costs_with(query, json!({ "no": false })), 2);
    assert_eq!(costs_with(query, json!({ "no": true })), 2 + 1 + 1 + 1);
}

#[test]
fn what_no_weighing_let_through_is_answered_too() {
    assert_eq!(costs("{ ...A } fragment A on Query { b ...B } fragment B on Query { ...A }"), u64::MAX);
    assert_eq!(costs("{ ...Missing nothing { less } }"), 2);
    let mut chain = String::from("{ ...F0 }");
    for n in 0..5_000 {
        chain += &format!(" fragment F{n} on Query {{ ...F{} }}", n + 1);
    }
    assert_eq!(costs(&(chain + " fragment F5000 on Query { a }")), u64::MAX);
    let mut double = String::from("{ ...F0 }");
    for n in 0..60 {
        double += &format!(" fragment F{n} on Query {{ ...F{next} ...F{next} }}", next = n + 1);
    }
    assert_eq!(costs(&(double + " fragment F60 on Query { a }")), 1 << 60);
    let mut deep = String::from("slug");
    for _ in 0..14 {
        deep = format!("section {{ articles(first: 100) {{ nodes {{ {deep} }} }} }}");
    }
    assert_eq!(costs(&format!("{{ article(slug: \"a\") {{ {deep} }} }}")), u64::MAX);
    assert_eq!(costs("query A { a } query B { b }"), 0);
}

#[test]
fn the_largest_document_is_counted_at_once() {
    let article = "slug headline dek related(first: 3) { title } section { name } body { html } ";
    let text = format!("{{ articles {{ nodes {{ {} }} }} }}", article.repeat(1_000));
    let document = parse_query(&text).expect("the document parses");
    let best = (0..9).map(|_| {
        let before = Instant::now();
        assert!(cost(&document, None, &Variables::default()) > 100_000);
        before.elapsed()
    });
    let best = best.min().unwrap();
    let allowed = if cfg!(debug_assertions) { 200 } else { 5 };
    assert!(best < Duration::from_millis(allowed), "{best:?}");
}

/// The same, written as the rule is told: without a memory, and with the page handed down.
/// Walks every path. Of fragments on the objects that something may be, the dearest object counts, or all do.
fn naive<const ALL: bool>(document: &ExecutableDocument, given: &Given<'_>, set: &SelectionSet, on: &str, page: u64) -> u64 {
    if ALL {
        return flat::<ALL>(document, given, set, on, page);
    }
    let several = TYPES.composite(on).is_some_and(|of| of.possible.len() > 1);
    let object = |selection: &&Positioned<Selection>| {
        let condition = match &selection.node {
            Selection::InlineFragment(inline) => inline.node.type_condition.as_ref().map(|on| on.node.on.node.to_string()),
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.node.fragment_name.node);
                fragment.map(|fragment| fragment.node.type_condition.node.on.node.to_string())
            }
            Selection::Field(_) => None,
        };
        condition.filter(|name| several && TYPES.composite(name).is_some_and(|of| of.possible.len() == 1))
    };
    let (narrow, wide): (Vec<_>, Vec<_>) = set.items.iter().partition(|selection| object(selection).is_some());
    let some = |some: Vec<&Positioned<Selection>>| SelectionSet { items: some.into_iter().cloned().collect() };
    let mut objects: Vec<String> = narrow.iter().filter_map(object).collect();
    objects.sort();
    objects.dedup();
    let dearest = objects.iter().map(|name| {
        let own = narrow.iter().filter(|selection| object(selection).as_ref() == Some(name)).copied().collect();
        flat::<ALL>(document, given, &some(own), on, page)
    });
    dearest.max().unwrap_or_default().saturating_add(flat::<ALL>(document, given, &some(wide), on, page))
}

fn flat<const ALL: bool>(document: &ExecutableDocument, given: &Given<'_>, set: &SelectionSet, on: &str, page: u64) -> u64 {
    let each =
        set.items.iter().filter(|selection| !given.leave_out(selection.node.directives())).map(|selection| {
            match &selection.node {
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                    naive::<ALL>(document, given, &inline.node.selection_set.node, condition.unwrap_or(on), page)
                }
                Selection::FragmentSpread(spread) => {
                    document.fragments.get(&spread.node.fragment_name.node).map_or(0, |fragment| {
                        let fragment = &fragment.node;
                        naive::<ALL>(
                            document,
                            given,
                            &fragment.selection_set.node,
                            &fragment.type_condition.node.on.node,
                            page,
                        )
                    })
                }
                Selection::Field(field) => {
                    let (field, name) = (&field.node, field.node.name.node.as_str());
                    if name.starts_with("__s") || name == "__type" {
                        return 1_000;
                    }
                    let known = TYPES.field(on, name);
                    let ty = known.map_or("", |known| named(&known.ty));
                    let (mut times, mut length) = (1, 20);
                    match known.map(|known| given.size(on, field, known)) {
                        Some(Size::Each(size)) => times = size,
                        Some(Size::Page(size)) => length = size,
                        None => {}
                    }
                    if on.ends_with("Connection") && (name == "edges" || name == "nodes") {
                        times = page;
                    }
                    let below = naive::<ALL>(document, given, &field.selection_set.node, ty, length);
                    let body = if ty == "Body" { BODY } else { 0 };
                    times.saturating_mul(below.saturating_add(body)).saturating_add(1)
                }
            }
        });
    each.fold(0, u64::saturating_add)
}

/// A selection on a type, of real fields and of fragments with higher numbers than `above`.
fn selection(ty: &str, above: usize, depth: u32, random: &mut impl FnMut(usize) -> usize) -> String {
    let Some(composite) = TYPES.composite(ty) else { return String::new() };
    let mut names: Vec<&String> = composite.fields.keys().collect();
    names.sort_unstable();
    let mut text = String::from("__typename ");
    for _ in 0..=random(3) {
        match random(8) {
            0 if above < 6 => text += &format!("...F{} ", above + 1 + random(6 - above)),
            1 if !composite.possible.is_empty() && depth > 0 => {
                let on = &composite.possible[random(composite.possible.len())];
                text += &format!("... on {on} {{ {} }} ", selection(on, above, depth - 1, random));
            }
            _ if !names.is_empty() => {
                let name = names[random(names.len())];
                let field = &composite.fields[name];
                let below = named(&field.ty);
                text += name;
                for length in ["first", "last"] {
                    if field.arguments.contains_key(length) && random(3) == 0 {
                        let value =
                            ["-1", "0", "3", "100", "1000", "null", "$n", "$d", "$a", "9.5"][random(10)];
                        text += &format!("({length}: {value})");
                        break;
                    }
                }
                text += ["", "", "", " @skip(if: true)", " @include(if: $no)", " @skip(if: $no)"][random(6)];
                if TYPES.composite(below).is_some() {
                    let inner = if depth == 0 {
                        "__typename".into()
                    } else {
                        selection(below, above, depth - 1, random)
                    };
                    text += &format!(" {{ {inner} }}");
                }
                text.push(' ');
            }
            _ => {}
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_memory_changes_nothing(seed in any::<u64>(), n in prop_oneof![-5..200_i32, Just(i32::MAX)], no in any::<bool>()) {
        let mut state = seed | 1;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % below.max(1)
        };
        let on = ["Query", "Article", "ArticleConnection", "Draft", "DraftConnection", "Node", "Block"];
        let mut text = format!("query($n: Int, $d: Int = 9, $a: Int, $no: Boolean!) {{ {} }}", selection("Query", 0, 7, &mut random));
        for number in 1..=6 {
            let on = on[random(on.len())];
            text += &format!(" fragment F{number} on {on} {{ {} }}", selection(on, number, 4, &mut random));
        }
        let document = parse_query(&text).unwrap();
        let variables = Variables::from_json(json!({ "n": n, "no": no }));
        let operation = chosen(&document, None).unwrap();
        let given = Given::new(operation, &variables);
        let least = naive::<false>(&document, &given, &operation.selection_set.node, "Query", 20);
        let most = naive::<true>(&document, &given, &operation.selection_set.node, "Query", 20);
        let told = cost(&document, None, &variables);
        prop_assert!(least <= told && told <= most, "{least} {told} {most} {text}");
    }
}
