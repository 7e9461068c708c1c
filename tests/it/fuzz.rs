//! Hostile request texts. Whatever comes, what stands before the library answers soon, the same each
//! time, and on a small stack; and what it counted is what the parser then finds.
//!
//! `COPYDESK_FUZZ_SECONDS` says for how long, and `COPYDESK_FUZZ_SEED` repeats one text. The seed of a
//! failure is told; where the process itself died, it is in `fuzz-seed` in Cargo's folder for tests.

mod texts;

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use async_graphql::Variables;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{BaseType, Directive, ExecutableDocument, Selection, SelectionSet, Type};
use async_graphql::{Positioned, Value as Constant};
use async_graphql_value::Value;
use copydesk::graphql::guard::{self, Excess, Limits, Scan, scan, weigh};
use copydesk::graphql::types::{Input, Kind, TYPES, named};
use copydesk::graphql::variables;
use serde_json::{Value as Json, json};

use self::texts::Random;

/// What a request's thread has at least.
const STACK: usize = 2 << 20;
/// For one step: a tenth of it is meant, and the rest is for a machine that has other work.
const TIME: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });

#[test]
fn hostile_texts_are_answered_soon_and_counted_rightly() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let lasting = Duration::from_secs(number("COPYDESK_FUZZ_SECONDS").unwrap_or(5));
    let only = number("COPYDESK_FUZZ_SEED");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("the clock is set");
    let start = only.unwrap_or_else(|| u64::try_from(now.as_micros()).expect("the clock is set") << 8);
    let seed = Arc::new(AtomicU64::new(start));
    let told = Arc::clone(&seed);
    let work = move || {
        let (began, mut parsed, mut passed, mut count) = (Instant::now(), 0u64, 0u64, 0u64);
        loop {
            let seed = start.wrapping_add(count);
            told.store(seed, Ordering::Relaxed);
            std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/fuzz-seed"), seed.to_string())
                .expect("the seed is kept");
            let mut random = Random(seed);
            let text = random.text();
            let variables = random.variables();
            if only.is_some() {
                eprintln!("{text}\n{variables:?}");
            }
            let (one_parsed, one_passed) = judge(&text, &variables);
            (parsed, passed, count) =
                (parsed + u64::from(one_parsed), passed + u64::from(one_passed), count + 1);
            if only.is_some() || began.elapsed() > lasting {
                println!("{count} texts, {parsed} parsed, {passed} weighed and fit for execution");
                return;
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread starts");
    assert!(thread.join().is_ok(), "repeat it with COPYDESK_FUZZ_SEED={}", seed.load(Ordering::Relaxed));
}

/// Does one step, and sees to it that it does not take long.
fn soon<T>(text: &str, what: &str, step: impl FnOnce() -> T) -> T {
    let before = Instant::now();
    let done = step();
    assert!(before.elapsed() < TIME, "{what} took {:?}: {}", before.elapsed(), shortened(text));
    done
}

fn shortened(text: &str) -> String {
    text.chars().take(2_000).collect()
}

/// Whether the text was parsed, and whether it was light enough to be executed.
fn judge(text: &str, variables: &Variables) -> (bool, bool) {
    let said = soon(text, "scan", || scan(text, &Limits::STAFF));
    assert_eq!(said, scan(text, &Limits::STAFF), "{}", shortened(text));
    if let Ok(found) = scan(text, &Limits::ANONYMOUS) {
        assert_eq!(Ok(found), said, "anybody may send more than staff: {}", shortened(text));
    }
    let read = Reading::of(text);
    let found = match said {
        Ok(found) => found,
        Err(excess) => {
            let for_nesting = matches!(&excess, Excess::TooComplex(why) if why.contains("nests"));
            assert!(
                !for_nesting || read.deepest > 64,
                "{} is not nested so deep: {}",
                read.deepest,
                shortened(text)
            );
            return (false, false);
        }
    };
    assert!(read.deepest <= 64, "nested {} deep: {}", read.deepest, shortened(text));
    let Ok(document) = soon(text, "parse_query", || parse_query(text)) else { return (false, false) };
    assert_eq!(found, Scan { tokens: read.tokens, variables: read.variables }, "{}", shortened(text));
    let definitions = document.operations.iter().count() + document.fragments.len();
    let least = least(&document);
    // The parser takes `fragmentA` for two words.
    assert!(found.tokens + definitions >= least, "{} tokens are {least}: {}", found.tokens, shortened(text));
    let name = document.operations.iter().find_map(|(name, _)| name.cloned());
    let name = name.as_deref();
    let Ok(weight) = soon(text, "weigh", || weigh(&document)) else { return (true, false) };
    let absent = soon(text, "check", || variables::check(&document, name, variables));
    let cost = |document: &ExecutableDocument| soon(text, "cost", || guard::cost(document, name, variables));
    let whole = cost(&document);
    assert!(whole > 0 || text.contains('@'), "{}", shortened(text));
    if let Ok(absent) = &absent {
        let mut document = document.clone();
        soon(text, "take_out", || variables::take_out(&mut document, name, absent));
        assert_eq!(cost(&document), whole, "what is left out cannot be paid for: {}", shortened(text));
    }
    (true, absent.is_ok() && weight.within(&Limits::STAFF).is_ok())
}

/// A text read once more, in another way.
#[derive(Default)]
struct Reading {
    tokens: usize,
    variables: usize,
    deepest: usize,
}

impl Reading {
    fn of(text: &str) -> Self {
        let (mut reading, mut open, mut rest) = (Self::default(), 0usize, text);
        loop {
            rest = rest.trim_start_matches([' ', ',', '\t', '\r', '\n', '\u{feff}']);
            let Some(sign) = rest.chars().next() else { return reading };
            let mut length = sign.len_utf8();
            match sign {
                '#' => {
                    rest = rest.find(['\r', '\n']).map_or("", |end| &rest[end..]);
                    continue;
                }
                '"' => match string(rest) {
                    Some(end) => length = end,
                    None => return reading,
                },
                '.' => length = rest.len() - rest.trim_start_matches('.').len(),
                '$' => reading.variables += 1,
                '(' | '[' | '{' => open += 1,
                ')' | ']' | '}' => open = open.saturating_sub(1),
                '-' | '0'..='9' => length = number(rest),
                '_' | 'a'..='z' | 'A'..='Z' => {
                    let is_part = |c: char| c == '_' || c.is_ascii_alphanumeric();
                    // The parser reads `nulltrue` as two values, wherever values stand.
                    let begins = ["true", "false", "null"].iter().find(|value| rest.starts_with(**value));
                    let whole = || rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
                    length = begins.map_or_else(whole, |value| value.len());
                }
                _ => {}
            }
            reading.tokens += 1;
            reading.deepest = reading.deepest.max(open);
            rest = &rest[length..];
        }
    }
}

/// Where a string ends.
fn string(text: &str) -> Option<usize> {
    if let Some(block) = text.strip_prefix("\"\"\"") {
        let mut from = 0;
        loop {
            let quotes = from + block[from..].find("\"\"\"")?;
            if !block[from..quotes].ends_with('\\') {
                return Some(quotes + 6);
            }
            from = quotes + 3;
        }
    }
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\r' | '\n' => return None,
            _ if escaped => escaped = false,
            '"' => return Some(at + 1),
            _ => escaped = c == '\\',
        }
    }
    None
}

/// Where a number ends: nothing may stand before its zero, and what follows is another one.
fn number(text: &str) -> usize {
    let digits =
        |from: usize| text[from..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |end| from + end);
    let sign = usize::from(text.starts_with('-'));
    let mut end = if text[sign..].starts_with('0') { sign + 1 } else { digits(sign) };
    if text[end..].starts_with('.') && digits(end + 1) > end + 1 {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let power = end + 1 + usize::from(text[end + 1..].starts_with(['+', '-']));
        end = if digits(power) > power { digits(power) } else { end };
    }
    end
}

/// How many tokens a document cannot be written without.
fn least(document: &ExecutableDocument) -> usize {
    let operations = document.operations.iter().map(|(name, operation)| {
        let declared = operation.node.variable_definitions.iter().map(|definition| {
            let default = definition.node.default_value.as_ref().map_or(0, |value| 1 + constant(&value.node));
            3 + of_type(&definition.node.var_type.node) + default + directives(&definition.node.directives)
        });
        let named = if name.is_some() { 2 } else { 0 };
        named
            + declared.sum::<usize>()
            + directives(&operation.node.directives)
            + set(&operation.node.selection_set.node)
    });
    let fragments = document.fragments.values();
    let fragments =
        fragments.map(|one| 4 + directives(&one.node.directives) + set(&one.node.selection_set.node));
    operations.chain(fragments).sum()
}

fn set(set: &SelectionSet) -> usize {
    let each = set.items.iter().map(|selection| {
        directives(selection.node.directives())
            + match &selection.node {
                Selection::Field(field) => {
                    let below = self::set(&field.node.selection_set.node);
                    1 + usize::from(field.node.alias.is_some()) * 2 + arguments(&field.node.arguments) + below
                }
                Selection::FragmentSpread(_) => 2,
                Selection::InlineFragment(inline) => {
                    1 + usize::from(inline.node.type_condition.is_some()) * 2
                        + self::set(&inline.node.selection_set.node)
                }
            }
    });
    if set.items.is_empty() { 0 } else { 2 + each.sum::<usize>() }
}

fn directives(directives: &[Positioned<Directive>]) -> usize {
    directives.iter().map(|directive| 2 + arguments(&directive.node.arguments)).sum()
}

fn arguments<N>(arguments: &[(N, Positioned<Value>)]) -> usize {
    let each = arguments.iter().map(|(_, value)| 2 + literal(&value.node));
    if arguments.is_empty() { 0 } else { 2 + each.sum::<usize>() }
}

fn literal(value: &Value) -> usize {
    match value {
        Value::Variable(_) => 2,
        Value::List(items) => 2 + items.iter().map(literal).sum::<usize>(),
        Value::Object(fields) => 2 + fields.values().map(|value| 2 + literal(value)).sum::<usize>(),
        _ => 1,
    }
}

fn constant(value: &Constant) -> usize {
    literal(&value.clone().into_value())
}

fn of_type(ty: &Type) -> usize {
    usize::from(!ty.nullable)
        + match &ty.base {
            BaseType::Named(_) => 1,
            BaseType::List(inner) => 2 + of_type(inner),
        }
}
