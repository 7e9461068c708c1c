//! Where the texts come from: documents that fit the schema, the same with bytes changed, and rows of
//! tokens that make no sense.

use super::*;

/// SplitMix64: a seed gives the same text everywhere.
pub struct Random(pub u64);

/// Between two middle dots each.
const TOKENS: &str = "{·}·(·)·[·]·:·=·!·$·@·|·&·...·..·.·-·+·0·00·-1·1.5e3·9e·99999999999999999999·\"\"·\"\"\"·\"a\"·\
    \"\"\"b\"\"\"·\\·\\\"\"\"·\"\"\"\\\\\"\"\"·\"\\\"·#·# {\n·\r·\n·\r\n· ·,·\u{feff}·é·\0·query·fragment F on Query·on·null·\
    true·$v·a";
const RUNS: &str = "[·{·(·]·}·)·\"·\\·\\\"·\"\"\"·é·\u{1f5de}·\r\n·\r·\0·\u{feff}·0·null·-1·{a·[$n·...";
const LENGTHS: [usize; 8] = [1, 2, 3, 63, 65, 500, 3_000, 30_000];

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).expect("it fits") % end.max(1)
    }

    fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }

    fn one_of(&mut self, row: &'static str) -> &'static str {
        let count = row.split('·').count();
        row.split('·').nth(self.below(count)).unwrap_or_default()
    }

    pub fn text(&mut self) -> String {
        if self.one_in(8) {
            let length = [3, 30, 300, 3_000][self.below(4)];
            return (0..self.below(length)).map(|_| self.one_of(TOKENS)).collect();
        }
        let mut bytes = self.document().into_bytes();
        if self.one_in(2) {
            for _ in 0..=self.below(3) {
                self.change(&mut bytes);
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let at = self.below(bytes.len() + 1);
        let end = (at + self.below(40)).min(bytes.len());
        match self.below(8) {
            0 => bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << self.below(8)),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.truncate(at),
            3 => {
                let piece = bytes[at..end].repeat(1 + self.below(30));
                bytes.splice(at..at, piece);
            }
            4 => {
                let other = self.document().into_bytes();
                let from = self.below(other.len());
                bytes.splice(at..end, other[from..].iter().copied());
            }
            5 => drop(bytes.splice(at..at, self.one_of(TOKENS).bytes())),
            6 => {
                let length = LENGTHS[self.below(LENGTHS.len())];
                let run = self.one_of(RUNS).repeat(length);
                bytes.splice(at..at, run.into_bytes());
            }
            _ => {
                // A whole field many times over, as a document that fills what is allowed.
                let piece = bytes.clone();
                let times = if self.one_in(9) { 50 } else { self.below(3) };
                (0..times).for_each(|_| bytes.extend(&piece));
            }
        }
        bytes.truncate(300 << 10);
    }

    /// What fits the variables that documents declare, or nearly.
    pub fn variables(&mut self) -> Variables {
        let mut given = serde_json::Map::new();
        for name in ["n", "s", "b", "i", "in", "links", "other"] {
            if !self.one_in(3) {
                let fit = match name {
                    "n" => [json!(1), json!(1.0), json!(-1), json!(99), json!(5_000_000_000_i64)]
                        [self.below(5)]
                    .clone(),
                    "s" => json!("text"),
                    "b" => json!(self.one_in(2)),
                    "i" => json!(["draft_1", 2]),
                    "in" => json!({ "draftId": "d", "baseRevision": 1, "authorIds": ["a"], "tags": "one" }),
                    "links" => json!([{ "kind": "VIDEO", "url": "https://example.org" }, { "draftId": 1 }]),
                    _ => json!(null),
                };
                let value = if self.one_in(3) { self.json(0) } else { fit };
                given.insert(name.into(), value);
            }
        }
        Variables::from_json(Json::Object(given))
    }

    fn json(&mut self, depth: usize) -> Json {
        let kind = self.below(if depth > 4 { 5 } else { 8 });
        match kind {
            0 => json!(null),
            1 => json!(self.one_in(2)),
            2 => json!(self.next()),
            3 => json!(-1.5),
            4 => json!(self.one_of(TOKENS)),
            5 => (0..120).fold(json!(1), |inside, _| json!([inside])),
            6 => (0..self.below(5)).map(|_| self.json(depth + 1)).collect(),
            _ => {
                let names = ["draftId", "kind", "url", "x", "authorIds", ""];
                (0..self.below(5)).map(|_| (self.pick(&names).to_owned(), self.json(depth + 1))).collect()
            }
        }
    }

    /// A document that fits the schema, mostly.
    fn document(&mut self) -> String {
        let mut text = String::new();
        let root = self.pick(&["Query", "Query", "Query", "Mutation"]);
        let fragments = self.below(5);
        let space = self.pick(&[" ", " ", "\n", "\r\n", "\t", ", ", " # so {[( \"\n"]);
        if root == "Mutation" || !self.one_in(3) {
            let name = self.pick(&["", " Q"]);
            let declared = "$n: Int = 3, $s: String!, $b: Boolean, $i: [ID!], $in: UpdateDraftInput, $links: [RelatedLinkInput!]";
            let declared = self.pick(&["", "($n:Int)", &format!("({declared})")]).to_owned();
            write!(text, "{}{name}{declared}", root.to_lowercase()).expect("it is written");
        }
        self.selection(root, fragments, 6, space, &mut text);
        for number in 1..=fragments {
            let on = self.pick(&["Query", "Article", "ArticleConnection", "Draft", "Node", "Block"]);
            write!(text, "{space}fragment F{number} on {on}").expect("it is written");
            // Rarely in circles, and then rarely more than once.
            let spread = if self.one_in(20) { fragments } else { number - 1 };
            self.selection(on, spread, 4, space, &mut text);
        }
        text
    }

    fn selection(&mut self, ty: &str, fragments: usize, depth: usize, space: &str, text: &mut String) {
        let Some(composite) = TYPES.composite(ty) else { return };
        let mut fields: Vec<_> = composite.fields.iter().collect();
        fields.sort_unstable_by_key(|(name, _)| *name);
        text.push_str("{__typename");
        for _ in 0..=self.below(4) {
            text.push_str(space);
            match self.below(9) {
                0 if fragments > 0 => {
                    write!(text, "...F{}", 1 + self.below(fragments)).expect("it is written")
                }
                1 if depth > 0 => {
                    let on = &composite.possible[self.below(composite.possible.len())];
                    text.push_str(&format!("... on {on} "));
                    self.directive(text);
                    self.selection(on, fragments, depth - 1, space, text);
                }
                2 if ty == "Query" => text.push_str("__schema{types{name}}"),
                _ if !fields.is_empty() => {
                    let (name, field) = fields[self.below(fields.len())];
                    if self.one_in(6) {
                        write!(text, "a{}:{space}", self.below(99)).expect("it is written");
                    }
                    text.push_str(name);
                    let mut open = false;
                    for (name, argument) in &field.arguments {
                        if argument.is_required() || self.one_in(3) {
                            text.push_str(if open { space } else { "(" });
                            write!(text, "{name}:").expect("it is written");
                            self.literal(&argument.ty, 4, text);
                            open = true;
                        }
                    }
                    text.push_str(if open { ")" } else { "" });
                    self.directive(text);
                    if depth > 0 {
                        self.selection(named(&field.ty), fragments, depth - 1, space, text);
                    } else if TYPES.composite(named(&field.ty)).is_some() {
                        text.push_str("{__typename}");
                    }
                }
                _ => {}
            }
        }
        text.push('}');
    }

    fn directive(&mut self, text: &mut String) {
        if self.one_in(8) {
            text.push_str(self.pick(&[
                "@skip(if: false)",
                "@include(if:$b)",
                " @skip(if:true)",
                "@odd",
                "@include(if: \"\")",
            ]));
        }
    }

    fn literal(&mut self, ty: &Type, depth: usize, text: &mut String) {
        if self.one_in(8) {
            return text.push_str(self.pick(&[
                "$n",
                "$s",
                "$b",
                "$i",
                "$in",
                "$links",
                "null",
                "$undeclared",
            ]));
        }
        let name = match &ty.base {
            BaseType::List(inner) => {
                text.push('[');
                for _ in 0..self.below(4) {
                    self.literal(inner, depth, text);
                    text.push(',');
                }
                return text.push(']');
            }
            BaseType::Named(name) => name.as_str(),
        };
        match (TYPES.get(name), name) {
            (Some(Kind::Enum(words)), _) => text.push_str(&words[self.below(words.len())]),
            (Some(Kind::Input(fields)), _) => {
                text.push('{');
                let wanted =
                    |input: &Input, random: &mut Self| depth > 0 && (input.is_required() || random.one_in(3));
                for (name, input) in fields {
                    if wanted(input, self) {
                        write!(text, "{name}: ").expect("it is written");
                        self.literal(&input.ty, depth - 1, text);
                        text.push(' ');
                    }
                }
                text.push('}');
            }
            (_, "Int" | "Float") => {
                text.push_str(self.pick(&["0", "-1", "100", "2147483648", "1.5", "-0.5e+10", "1E3", "99e-9"]))
            }
            (_, "Boolean") => text.push_str(self.pick(&["true", "false"])),
            _ => {
                let strings = [
                    "\"\"",
                    "\"a\"",
                    "\"\\\"\\\\\\u00e9 {[($n\"",
                    "\"\"\"\"\"\"",
                    "\"\"\" {[( \\\"\"\" \\ \" \r\n $n\"\"\"",
                    "\"é\u{1f5de}\"",
                    "\"#\"",
                    "\"\"\" \\\\ \"\"\"",
                ];
                text.push_str(self.pick(&strings));
            }
        }
    }
}
