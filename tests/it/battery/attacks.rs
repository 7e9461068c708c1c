//! The attacks of a single request, in one table.

use serde_json::json;

/// One attack.
pub struct Attack {
    pub name: &'static str,
    /// Whether it has to be refused; otherwise it only has to be cheap.
    pub refused: bool,
    pub request: fn() -> Sent,
}

/// A request as it is sent: by GET where it has no body.
pub struct Sent {
    pub query_string: String,
    /// JSON's content type where there is none.
    pub headers: &'static [(&'static str, &'static str)],
    pub body: Option<Vec<u8>>,
}

const fn refused(name: &'static str, request: fn() -> Sent) -> Attack {
    Attack { name, refused: true, request }
}

const fn cheap(name: &'static str, request: fn() -> Sent) -> Attack {
    Attack { name, refused: false, request }
}

fn body(body: impl Into<Vec<u8>>) -> Sent {
    Sent { query_string: String::new(), headers: &[], body: Some(body.into()) }
}

fn with(headers: &'static [(&'static str, &'static str)], sent: Sent) -> Sent {
    Sent { headers, ..sent }
}

fn get(query_string: String) -> Sent {
    Sent { query_string, headers: &[], body: None }
}

fn document(text: impl AsRef<str>) -> Sent {
    body(json!({ "query": text.as_ref() }).to_string())
}

/// A good document with variables that are sent as they are written here.
fn variables(text: &str) -> Sent {
    body(format!(r#"{{"query":"query($v: ArticleFilter) {{ articles(filter: $v) {{ totalCount }} }}","variables":{text}}}"#))
}

fn nested(open: &str, inner: &str, close: &str, times: usize) -> String {
    format!("{}{inner}{}", open.repeat(times), close.repeat(times))
}

/// Something for each number.
fn each(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(" ")
}

fn argument(value: &str) -> Sent {
    document(format!("{{ articles(filter: {{ sectionSlug: {value} }}) {{ totalCount }} }}"))
}

fn bomb(levels: usize, leaf: &str) -> Sent {
    let fragments = each(levels, |level| format!("fragment f{level} on Query {{ ...f{next} ...f{next} }}", next = level + 1));
    document(format!("{{ ...f0 }} {fragments} fragment f{levels} on Query {{ {leaf} }}"))
}

/// Text that is compressed to a 150th: zeros, in a deflate stream made by hand.
fn gzip_bomb(bytes: usize) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    let mut put = |code: u32, length: u32| bits.extend((0..length).rev().map(|bit| code >> bit & 1 == 1));
    // The last block, with the fixed codes; a zero; then 258 more from one byte back, again and again.
    put(0b110, 3);
    put(0b0011_0000, 8);
    (0..bytes / 258).for_each(|_| put(0b1_1000_1010_0000, 13));
    put(0, 7);
    let packed = bits.chunks(8).map(|byte| byte.iter().enumerate().fold(0, |all, (place, bit)| all | u8::from(*bit) << place));
    [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255].into_iter().chain(packed).chain([0; 8]).collect()
}

/// Every list at its largest, within every list.
const LARGEST: &str = "{ articles(first: 100) { nodes { authors { articles(first: 100) { nodes { related(first: 100) { target { ... on Article { section { articles(first: 100) { nodes { id headline } } } } } } } } } } } }";

const JSON: (&str, &str) = ("content-type", "application/json");

/// Every attack of a single request: another one is another line.
pub const SINGLE: &[Attack] = &[
    refused("a list 2,000 deep", || argument(&nested("[", "1", "]", 2_000))),
    refused("a list 100,000 deep", || argument(&nested("[", "1", "]", 100_000))),
    refused("a list 100,000 deep without its end", || argument(&"[".repeat(100_000))),
    refused("an object 2,000 deep", || argument(&nested("{a:", "1", "}", 2_000))),
    refused("an object 60,000 deep", || argument(&nested("{a:", "1", "}", 60_000))),
    refused("an object 100,000 deep", || argument(&nested("{a:", "1", "}", 100_000))),
    refused("lists and objects by turns", || argument(&nested("[{a:", "1", "}]", 30_000))),
    refused("a list 2,000 deep in a directive", || document(format!("{{ __typename @include(if: {}) }}", nested("[", "1", "]", 2_000)))),
    refused("a list 2,000 deep as a default", || document(format!("query($v: [Int] = {}) {{ __typename }}", nested("[", "1", "]", 2_000)))),
    refused("a type 2,000 deep", || document(format!("query($v: {}) {{ __typename }}", nested("[", "Int", "]", 2_000)))),
    refused("a list 2,000 deep as a variable", || variables(&format!(r#"{{"v":{}}}"#, nested("[", "1", "]", 2_000)))),
    refused("a list 100,000 deep as a variable", || variables(&format!(r#"{{"v":{}}}"#, nested("[", "1", "]", 100_000)))),
    refused("an object 2,000 deep as a variable", || variables(&format!(r#"{{"v":{}}}"#, nested(r#"{"a":"#, "1", "}", 2_000)))),
    refused("an object 40,000 deep as a variable", || variables(&format!(r#"{{"v":{}}}"#, nested(r#"{"a":"#, "1", "}", 40_000)))),
    refused("a body 2,000 deep where nobody looks", || body(format!(r#"{{"query":"{{ __typename }}","x":{}}}"#, nested("[", "1", "]", 2_000)))),
    refused("extensions 100 deep twenty times", || body(format!(r#"{{"query":"{{ noSuchField }}","extensions":{{"a":[{}0]}}}}"#, format!("{},", nested("[", "1", "]", 100)).repeat(20)))),
    refused("a fragment bomb of 22 levels", || bomb(22, "__typename")),
    refused("a fragment bomb of 31 levels", || bomb(31, "__typename")),
    refused("a fragment bomb of 40 levels", || bomb(40, "site { name }")),
    refused("a fragment bomb of 150 levels", || bomb(150, "noSuchField")),
    refused("a fragment bomb of 31 levels with aliases", || bomb(31, "a: __typename b: __typename")),
    refused("a fragment of itself", || document("{ ...a } fragment a on Query { site { name } ...a }")),
    refused("fragments in a circle", || document("{ ...a } fragment a on Query { ...b } fragment b on Query { ...c } fragment c on Query { ...a }")),
    refused("300 fragments in a circle", || document(format!("{{ ...f0 }} {}", each(300, |n| format!("fragment f{n} on Query {{ ...f{} }}", (n + 1) % 300))))),
    refused("a circle that nobody spreads", || document("{ __typename } fragment a on Query { ...b } fragment b on Query { ...a }")),
    refused("100,000 aliases", || document(format!("{{ {} }}", each(100_000, |n| format!("a{n}: __typename"))))),
    refused("10,000 aliases", || document(format!("{{ {} }}", each(10_000, |n| format!("a{n}: __typename"))))),
    refused("300 aliases", || document(format!("{{ {} }}", each(300, |n| format!("a{n}: __typename"))))),
    refused("100,000 times the same field", || document(format!("{{ {} }}", "__typename ".repeat(100_000)))),
    refused("20,000 times the same field", || document(format!("{{ {} }}", "__typename ".repeat(20_000)))),
    cheap("1,900 times the same field", || document(format!("{{ {} }}", "__typename ".repeat(1_900)))),
    cheap("the same list 300 times", || document(format!("{{ {} }}", "articles(first: 1) { nodes { id } } ".repeat(150)))),
    refused("the same list 300 times, never alike", || document(format!("{{ {} }}", each(150, |n| format!("articles(first: {}) {{ nodes {{ id }} }}", n % 100 + 1))))),
    refused("fields that double at each level", || document((0..8).fold("id".to_owned(), |inner, _| format!("section {{ articles {{ nodes {{ {inner} {inner} }} }} }}")))),
    cheap("fragments that overlap on every level", || document(format!("{{ articles {{ nodes {{ ...f0 ...f0 }} }} }} {} fragment f5 on Article {{ id }}", each(5, |n| format!("fragment f{n} on Article {{ section {{ articles(first: 1) {{ nodes {{ ...f{m} ...f{m} }} }} }} }}", m = n + 1))))),
    refused("a name of 1 MB", || document(format!("{{ {} }}", "a".repeat(1_000_000)))),
    refused("a name of 200 KB", || document(format!("{{ {} }}", "a".repeat(200_000)))),
    refused("a name of 30 KB", || document(format!("{{ {} }}", "a".repeat(30_000)))),
    refused("100,000 directives", || document(format!("{{ __typename {} }}", "@skip(if: false) ".repeat(100_000)))),
    refused("10,000 directives", || document(format!("{{ __typename {} }}", "@a ".repeat(10_000)))),
    refused("400 directives", || document(format!("{{ {} }}", "__typename @skip(if: false) ".repeat(300)))),
    refused("an unknown directive on __typename", || document("{ __typename @nonsense }")),
    refused("30 unknown directives on __typename", || document(format!("{{ __typename {} }}", each(30, |n| format!("@nonsense{n}"))))),
    refused("introspection that goes round", || document("{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }")),
    refused("introspection that goes round by interfaces", || document(format!("{{ __schema {{ types {{ {} name {} }} }} }}", "interfaces { possibleTypes { ".repeat(4), "} } ".repeat(4)))),
    refused("the schema under 30 names", || document(format!("{{ {} }}", each(30, |n| format!("s{n}: __schema {{ types {{ name fields {{ name description }} }} }}"))))),
    refused("2,000 unknown fields", || document(format!("{{ {} }}", each(2_000, |n| format!("noSuchField{n}"))))),
    refused("1,900 unknown fields", || document(format!("{{ {} }}", each(1_900, |n| format!("noSuchField{n}"))))),
    refused("unknown fields with long names", || document(format!("{{ {} }}", each(90, |n| format!("{}{n}", "n".repeat(300)))))),
    refused("selections 31 deep", || document(format!("{{ articles {{ nodes {{ {} id {} }} }} }}", "section { articles { nodes { ".repeat(9), "} } } ".repeat(9)))),
    refused("selections 500 deep", || document(nested("{ articles ", "{ id }", " }", 500))),
    refused("selections 20,000 deep", || document(nested("{a", "", "}", 20_000))),
    refused("inline fragments 60 deep", || document(format!("{{ {} noSuchField {} }}", "... on Query { ".repeat(60), "}".repeat(60)))),
    refused("a number of 30,000 digits", || document(format!("{{ articles(first: {}) {{ totalCount }} }}", "9".repeat(30_000)))),
    refused("a number with a large exponent", || document("{ articles(first: 1e999999999) { totalCount } }")),
    refused("the largest whole number", || document(format!("{{ articles(first: {}) {{ totalCount }} }}", u64::MAX))),
    refused("a variable of 100,000 digits", || variables(&format!(r#"{{"v":{}}}"#, "9".repeat(100_000)))),
    refused("a variable with a large exponent", || variables(r#"{"v":1e999999999}"#)),
    cheap("a string of 30 KB", || argument(&format!("\"{}\"", "s".repeat(30_000)))),
    cheap("a string of 200 KB", || argument(&format!("\"{}\"", "s".repeat(200_000)))),
    cheap("a string of 5,000 escapes", || argument(&format!("\"{}\"", "\\u00e9".repeat(5_000)))),
    cheap("a block string of 15,000 lines", || argument(&format!("\"\"\"{}\"\"\"", "\n ".repeat(15_000)))),
    cheap("a block string of quotes", || argument(&format!("\"\"\"{}\"\"\"", "\\\"\"\" \" ".repeat(4_000)))),
    refused("30,000 quotes", || argument(&"\"".repeat(30_001))),
    refused("a string without its end", || argument(&format!("\"{}", "x".repeat(30_000)))),
    cheap("a comment of 30 KB", || document(format!("{{ __typename }} #{}", "#".repeat(30_000)))),
    cheap("10,000 byte order marks", || document(format!("{}{{ __typename {} }}", "\u{feff}".repeat(5_000), "\u{feff}".repeat(5_000)))),
    refused("a body that begins with a byte order mark", || body("\u{feff}{\"query\":\"{ __typename }\"}")),
    refused("NULs in a document", || document(format!("{{ __typename {} }}", "\0".repeat(1_000)))),
    cheap("NULs in a string", || argument("\"\\u0000\\u0000\"")),
    refused("NULs for a body", || body(vec![0; 100_000])),
    refused("invalid UTF-8 in a body", || body([b"{\"query\":\"{ __typename }", b"\xff\xfe\xc0\x80".repeat(1_000).as_slice(), b"\"}"].concat())),
    refused("half a surrogate pair", || body(r#"{"query":"{ articles(filter: { sectionSlug: \"\ud800\" }) { totalCount } }"}"#)),
    refused("invalid UTF-8 in a query string", || get("?query=%7B%20__typename%20%FF%FE%C0%80%7D".into())),
    refused("a query string of 30 KB", || get(format!("?query={}", "%7B".repeat(10_000)))),
    cheap("a query string of 5,000 parts", || get(format!("?{}&query=%7B__typename%7D", "a=b&".repeat(5_000)))),
    refused("a mutation by GET", || get("?query=mutation%7BsignOut%7Bok%7D%7D".into())),
    refused("100,000 variables that are declared", || document(format!("query({}) {{ __typename }}", each(100_000, |n| format!("$a{n}: Int"))))),
    cheap("600 variables that nobody uses", || document(format!("query({}) {{ __typename }}", each(600, |n| format!("$a{n}: Int"))))),
    refused("100,000 variables that are sent", || variables(&format!("{{{}}}", each(100_000, |n| format!(r#""a{n}":0"#)).replace(' ', ",")))),
    cheap("10,000 variables that are sent", || variables(&format!("{{{}}}", each(10_000, |n| format!(r#""a{n}":0"#)).replace(' ', ",")))),
    refused("a large variable in 400 places", || body(json!({
        "query": format!("query($v: [ArticleFilter!]) {{ {} }}", "articles(filter: $v) { totalCount } ".repeat(250)), "variables": { "v": vec![json!({ "sectionSlug": "x" }); 5_000] }
    }).to_string())),
    refused("1,000,000 commas", || variables(&format!(r#"{{"v":[{}0]}}"#, "0,".repeat(1_000_000)))),
    refused("120,000 commas", || variables(&format!(r#"{{"v":[{}0]}}"#, "0,".repeat(120_000)))),
    cheap("19,000 commas", || variables(&format!(r#"{{"w":[{}0]}}"#, "0,".repeat(19_000)))),
    refused("100,000 keys alike", || variables(&format!(r#"{{{}"v":{{}}}}"#, r#""v":1,"#.repeat(30_000)))),
    refused("a gzip bomb", || with(&[JSON, ("content-encoding", "gzip")], body(gzip_bomb(30 << 20)))),
    refused("a gzip bomb that says nothing of it", || body(gzip_bomb(30 << 20))),
    refused("a body in an encoding that nobody knows", || with(&[JSON, ("content-encoding", "zstd, br, gzip")], document("{ __typename }"))),
    refused("a batch of one", || body(r#"[{"query":"{ __typename }"}]"#)),
    refused("a batch of 6,000", || body(format!("[{}{{}}]", r#"{"query":"{ __typename }"},"#.repeat(6_000)))),
    refused("the largest pages within each other", || document(LARGEST)),
    refused("the largest pages 5 times beside each other", || document(format!("{{ {} }}", each(5, |n| format!("a{n}: {}", LARGEST.trim_start_matches('{').trim_end_matches('}')))))),
    refused("a form", || with(&[("content-type", "application/x-www-form-urlencoded")], body("query=%7B__typename%7D"))),
    refused("parts as files are sent", || with(&[("content-type", "multipart/form-data; boundary=x")], body("--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{\"query\":\"{ __typename }\"}\r\n--x--\r\n"))),
    refused("a body of 300 KB", || body(format!(r#"{{"query":"{{ noSuchField }}","x":"{}"}}"#, "x".repeat(300_000)))),
    refused("a body of 3.9 MB", || body(format!(r#"{{"query":"{{ noSuchField }}","x":"{}"}}"#, "x".repeat(3_900_000)))),
    refused("a cursor of 200 KB", || variables(r#"{"v":1}"#.replace('1', &format!("\"{}\"", "c".repeat(200_000))).as_str())),
    refused("a slug of 30 KB of letters that combine", || document(format!("mutation {{ createDraft(input: {{ headline: \" \", slug: \"{}\" }}) {{ draft {{ id }} }} }}", "a\u{301}".repeat(9_000)))),
];
