use std::time::{Duration, Instant};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::Selection;
use async_graphql_value::Value;

use super::{Excess, Limits, Scan, scan, weigh};

const ANYBODY: Limits = Limits::ANONYMOUS;

fn judge(text: &str) -> Result<(), Excess> {
    scan(text, &ANYBODY)?;
    weigh(&parse_query(text).expect("the document parses"))?.within(&ANYBODY)
}

fn code(outcome: Result<(), Excess>) -> &'static str {
    outcome.map_or_else(|excess| excess.code(), |()| "fine")
}

#[test]
fn counts_tokens_and_variables_outside_strings_and_comments() {
    let text = "query Q($a: Int = -1.5e+3) { # {{{ $no\n a(x: \"[[[ \\\" $no\", y: \"\"\"{{{ \\\"\"\" \" $no \"\"\", z: $a) ...F }";
    assert_eq!(scan(text, &ANYBODY), Ok(Scan { tokens: 27, variables: 2 }));
}

#[test]
fn values_without_anything_between_are_counted_as_the_parser_reads_them() {
    for (values, count) in [("0000", 4), ("01-10", 3), ("-1-1", 2), ("1.5e3-2.0E+7", 2), ("nulltruefalse", 3), ("truer", 2)] {
        let text = format!("{{ a(x: [{values}]) }}");
        assert_eq!(scan(&text, &ANYBODY).map(|scan| scan.tokens), Ok(9 + count), "{values}");
        let document = parse_query(&text).expect("the document parses");
        let (_, operation) = document.operations.iter().next().expect("an operation");
        let Selection::Field(field) = &operation.node.selection_set.node.items[0].node else { panic!("no field") };
        let Value::List(items) = &field.node.arguments[0].1.node else { panic!("no list") };
        assert_eq!(items.len(), count, "{values}");
    }
    assert_eq!(code(judge(&format!("{{ a(x: [{}]) }}", "0".repeat(2_000)))), "QUERY_TOO_COMPLEX");
    assert_eq!(scan("\u{feff}{\u{feff}a}", &ANYBODY).map(|scan| scan.tokens), Ok(3));
}

#[test]
fn refuses_a_literal_nested_2000_deep_before_it_reaches_the_parser() {
    for (open, close) in [("[", "]"), ("{a:", "}")] {
        let text = format!("{{ a(x: {}1{}) }}", open.repeat(2_000), close.repeat(2_000));
        let excess = scan(&text, &Limits::STAFF).expect_err("refused");
        assert_eq!(excess.code(), "QUERY_TOO_COMPLEX");
    }
}

#[test]
fn brackets_do_not_hide_behind_strings_that_the_parser_reads_otherwise() {
    let deep = "[".repeat(2_000);
    for start in ["{ a(x: [\"\"\"a\" ", "{ a(x: \"a\n", "{ a(x: \"a\\\n", "{ a # \"\r (x: ", "{ a(x: \"\" ", "{ a(x: \"\"\"\\\\\"\"\" "] {
        let excess = scan(&format!("{start}{deep}"), &Limits::STAFF).expect_err("refused");
        assert!(matches!(excess.code(), "QUERY_TOO_COMPLEX" | "GRAPHQL_PARSE_FAILED"), "{start}: {excess:?}");
    }
}

#[test]
fn text_and_tokens_are_bounded_more_tightly_for_the_anonymous() {
    let long = format!("{{ a }} # {}", "x".repeat(40 << 10));
    assert_eq!(scan(&long, &ANYBODY).expect_err("refused").code(), "PAYLOAD_TOO_LARGE");
    assert!(scan(&long, &Limits::STAFF).is_ok());
    let many = format!("{{ {} }}", "a ".repeat(2_000));
    assert_eq!(scan(&many, &ANYBODY).expect_err("refused").code(), "QUERY_TOO_COMPLEX");
    assert!(scan(&many, &Limits::STAFF).is_ok());
}

#[test]
fn fragments_that_double_are_refused_at_once() {
    let mut text = String::from("{ ...F0 }");
    for n in 0..60 {
        text += &format!(" fragment F{n} on Q {{ ...F{next} ...F{next} }}", next = n + 1);
    }
    text += " fragment F60 on Q { a }";
    let before = Instant::now();
    let flat = text.replace("F25 ...F26", "F25 ...F25");
    assert_eq!(code(judge(&text)), "QUERY_TOO_COMPLEX");
    assert_eq!(code(judge(&flat)), "QUERY_TOO_COMPLEX");
    assert!(before.elapsed() < Duration::from_secs(1));
    let mut fits_the_levels = String::from("{ ...F0 }");
    for n in 0..20 {
        fits_the_levels += &format!(" fragment F{n} on Q {{ ...F{next} ...F{next} }}", next = n + 1);
    }
    let outcome = judge(&(fits_the_levels + " fragment F20 on Q { a }"));
    assert!(outcome.expect_err("refused").message().contains("20000 fields"));
}

#[test]
fn fragments_in_circles_are_invalid_also_where_nobody_spreads_them() {
    assert_eq!(code(judge("{ ...A } fragment A on Q { a { ...B } } fragment B on Q { ...A }")), "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(code(judge("{ a } fragment A on Q { ...A }")), "GRAPHQL_VALIDATION_FAILED");
}

#[test]
fn a_chain_of_thousands_of_fragments_does_not_overflow_the_stack() {
    let mut text = String::from("{ a }");
    for n in 0..2_000 {
        text += &format!(" fragment F{n} on Q {{ ...F{} }}", n + 1);
    }
    text += " fragment F2000 on Q { a }";
    assert!(scan(&text, &Limits::STAFF).is_ok());
    let outcome = weigh(&parse_query(&text).expect("the document parses"));
    assert_eq!(code(outcome.map(drop)), "QUERY_TOO_COMPLEX");
}

#[test]
fn fields_nest_fifteen_deep_also_through_fragments() {
    let deep = |n: usize| format!("{}x{}", "{a".repeat(n - 1) + "{", "}".repeat(n));
    assert_eq!(code(judge(&deep(15))), "fine");
    assert_eq!(code(judge(&deep(16))), "QUERY_TOO_COMPLEX");
    let split = format!("{{ a {{ ...F }} }} fragment F on Q {}", deep(15));
    assert_eq!(code(judge(&split)), "QUERY_TOO_COMPLEX");
}

#[test]
fn aliases_count_each_time_their_fragment_is_spread() {
    let aliases = |n: usize| (0..n).map(|i| format!("x{i}: a ")).collect::<String>();
    assert_eq!(code(judge(&format!("{{ {} }}", aliases(30)))), "fine");
    assert_eq!(code(judge(&format!("{{ {} }}", aliases(31)))), "QUERY_TOO_COMPLEX");
    let spread = format!("{{ a {{ ...F }} b {{ ...F }} }} fragment F on Q {{ {} }}", aliases(16));
    assert_eq!(code(judge(&spread)), "QUERY_TOO_COMPLEX");
}

#[test]
fn directives_are_few() {
    assert_eq!(code(judge("{ a @a @a @a @a @a }")), "fine");
    assert_eq!(code(judge("{ a @a @a @a @a @a @a }")), "QUERY_TOO_COMPLEX");
    assert_eq!(code(judge(&format!("{{ {} }}", "a @a ".repeat(51)))), "QUERY_TOO_COMPLEX");
}

#[test]
fn fields_that_do_not_agree_are_not_compared_endlessly() {
    let arguments: String = (0..40).map(|i| format!("a{i}: 1 ")).collect();
    let text = format!("{{ a({arguments}) {} }}", "a ".repeat(1_500));
    assert_eq!(code(judge(&text)), "QUERY_TOO_COMPLEX");
    assert_eq!(code(judge("{ a(x: 1) a(x: 2) a: b }")), "fine");
}

#[test]
fn tools_may_read_the_schema_and_nobody_goes_round_in_it() {
    let of_type = "ofType { ".repeat(9) + "name" + &" }".repeat(9);
    let tool = format!(
        "query IntrospectionQuery {{ __schema {{ queryType {{ name }} types {{ ...FullType }} \
         directives {{ name args(includeDeprecated: true) {{ ...Value }} }} }} }} \
         fragment FullType on __Type {{ name fields {{ name args {{ ...Value }} type {{ ...Ref }} }} \
         inputFields {{ ...Value }} interfaces {{ ...Ref }} possibleTypes {{ ...Ref }} }} \
         fragment Value on __InputValue {{ name type {{ ...Ref }} }} \
         fragment Ref on __Type {{ kind name {of_type} }}"
    );
    assert_eq!(code(judge(&tool)), "fine");
    let round = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
    assert_eq!(code(judge(round)), "QUERY_TOO_COMPLEX");
    assert_eq!(code(judge("{ a: __schema { types { name } } b: __schema { types { name } } }")), "QUERY_TOO_COMPLEX");
}
