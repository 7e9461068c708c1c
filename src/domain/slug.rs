//! Slugs: what names an article in its address, in letters that every system can type.
//! Nothing here knows whether a slug is taken; that is the store's to say.

use std::fmt;

/// The longest slug, in characters (all ASCII, so also in bytes).
pub const MAX_SLUG: usize = 120;

/// What a headline without a single usable letter is called.
const NAMELESS: &str = "article";

/// A normalised slug: transliterated, lower case a-z0-9 and single hyphens,
/// 1..=120 characters, no leading or trailing hyphen.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slug(String);

impl Slug {
    /// Whether a text is a slug as it stands, so that looking it up can find something.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        !text.is_empty() && text.len() <= MAX_SLUG && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    }

    /// Normalises what somebody typed. None only when nothing is left of it.
    pub fn parse(typed: &str) -> Option<Slug> {
        let mut out = Builder::default();
        let mut rest = typed;
        while let Some((c, after)) = next_char(rest) {
            match c {
                _ if c.is_ascii_alphanumeric() => out.push(c),
                ',' if out.last().is_some_and(|l| l.is_ascii_digit()) && is_three_digits(after) => {}
                _ if APOSTROPHES.contains(&c) => out.gap |= out.last().is_none() || !is_english_ending(after),
                _ => out.transliterate(c),
            }
            if out.is_full() {
                break;
            }
            rest = after;
        }
        out.finish().map(Slug)
    }

    /// Makes a slug from a headline. Never fails: a headline of which nothing is
    /// left becomes "article", to be numbered like any other slug that is taken.
    pub fn from_headline(headline: &str) -> Slug {
        Slug::parse(headline).unwrap_or_else(|| Slug(NAMELESS.to_owned()))
    }

    /// This slug with a number after it, the base shortened where both together
    /// would be too long. Differs from this slug and from every other number's.
    pub fn numbered(&self, n: u32) -> Slug {
        let suffix = format!("-{n}");
        let cut = |room| self.0.get(..room).unwrap_or(&self.0).trim_end_matches('-');
        let numbered = format!("{}{suffix}", cut(MAX_SLUG - suffix.len()));
        if numbered != self.0 {
            return Slug(numbered);
        }
        // A full slug that already ends in this very number came out as itself.
        Slug(format!("{}{suffix}", cut(self.0.len() - suffix.len() - 1)))
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The slug as a string of its own.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Collects words until one character more than fits is known: enough to tell
/// whether the last word is whole, however long the input.
#[derive(Default)]
struct Builder {
    text: String,
    gap: bool,
}

impl Builder {
    fn push(&mut self, c: char) {
        if self.gap && !self.text.is_empty() {
            self.text.push('-');
        }
        self.gap = false;
        self.text.push(c.to_ascii_lowercase());
    }

    /// The last letter or digit, while no gap came after it.
    fn last(&self) -> Option<char> {
        self.text.chars().next_back().filter(|_| !self.gap)
    }

    fn transliterate(&mut self, c: char) {
        if is_silent(c) {
            return;
        }
        let ascii = deunicode::deunicode_char(c).unwrap_or(" ");
        // A combining accent comes out empty and parts nothing. A sign parts words
        // and is not spelled out: "PS" for pounds or "grinning" is nobody's headline.
        if !c.is_alphanumeric() {
            self.gap |= !ascii.is_empty();
            return;
        }
        // A blank at the end marks what is a word by itself, as an ideograph is.
        // A slash is in fractions: "10½" must not begin with 101.
        self.gap |= ascii.ends_with(' ') || ascii.contains('/');
        for a in ascii.chars() {
            match a {
                _ if a.is_ascii_alphanumeric() => self.push(a),
                // Stands for a soft sign or a glottal stop, inside the word.
                '\'' | '`' | '"' => {}
                _ => self.gap = true,
            }
        }
    }

    fn is_full(&self) -> bool {
        self.text.len() > MAX_SLUG
    }

    /// Cuts after the last whole word that fits; through a word only where whole
    /// words would leave less than half, as in scripts that write no blanks.
    fn finish(mut self) -> Option<String> {
        if self.is_full() {
            let end = self.text.get(..=MAX_SLUG).and_then(|text| text.rfind('-'));
            self.text.truncate(end.filter(|at| *at >= MAX_SLUG / 2).unwrap_or(MAX_SLUG));
            self.text.truncate(self.text.trim_end_matches('-').len());
        }
        (!self.text.is_empty()).then_some(self.text)
    }
}

/// The next character and what follows it; an HTML entity counts as the
/// character that it stands for.
fn next_char(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    let c = chars.next()?;
    let mut after = chars.as_str();
    if c != '&' {
        return Some((c, after));
    }
    // Text that was escaped more than once.
    while let Some(again) = after.strip_prefix("amp;") {
        after = again;
    }
    let entity = after.bytes().take(12).position(|b| b == b';').and_then(|end| {
        let (name, tail) = after.split_at_checked(end)?;
        Some((entity(name)?, tail.strip_prefix(';')?))
    });
    Some(entity.unwrap_or((c, after)))
}

/// The character behind the name of an entity, for those that editors' tools
/// produce. An unknown name stays text: "Q&A; more" has no entity in it.
fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let hex = number.strip_prefix(['x', 'X']).map(|hex| u32::from_str_radix(hex, 16));
        let code = hex.unwrap_or_else(|| number.parse());
        return char::from_u32(code.ok()?);
    }
    match name {
        "lt" | "gt" | "quot" | "nbsp" | "ensp" | "emsp" | "thinsp" | "ndash" | "mdash" | "hellip"
        | "ldquo" | "rdquo" | "laquo" | "raquo" | "middot" | "bull" => Some(' '),
        "apos" | "lsquo" | "rsquo" => Some('\''),
        "shy" | "zwj" | "zwnj" => Some('\u{ad}'),
        "szlig" => Some('ß'),
        "aelig" | "AElig" => Some('æ'),
        "oelig" | "OElig" => Some('œ'),
        _ => {
            let mut chars = name.chars();
            let letter = chars.next().filter(char::is_ascii_alphabetic)?;
            let marks = ["acute", "grave", "circ", "uml", "tilde", "cedil", "ring", "caron", "slash"];
            marks.contains(&chars.as_str()).then_some(letter)
        }
    }
}

/// Whether a comma here marks thousands: "1,000" is one number, where "1,2,3" and
/// "10,5" are not.
fn is_three_digits(after: &str) -> bool {
    after.bytes().take(4).take_while(u8::is_ascii_digit).count() == 3
}

/// As typed, as typeset, and as some keyboards have it.
const APOSTROPHES: [char; 5] = ['\'', '’', '‘', 'ʼ', '＇'];

/// Whether what follows an apostrophe is an English ending, as in "don't" and
/// "Swift's": these stay one word, where "l'été" and "O'Brien" are two.
fn is_english_ending(after: &str) -> bool {
    const ENDINGS: [&str; 7] = ["s", "t", "d", "m", "re", "ve", "ll"];
    let end = after.char_indices().take(3).find(|(_, c)| !c.is_alphanumeric()).map(|(at, _)| at);
    let word = after.get(..end.unwrap_or(after.len())).unwrap_or_default();
    ENDINGS.iter().any(|e| word.eq_ignore_ascii_case(e))
}

/// Signs that are not read: soft hyphens, joiners, marks of direction, trade marks.
fn is_silent(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '™' | '®' | '©' | '℠')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slug(text: &str) -> String {
        Slug::parse(text).map(Slug::into_string).unwrap_or_default()
    }

    #[test]
    fn other_scripts_are_transliterated() {
        for (text, expected) in [
            ("Árvíztűrő tükörfúrógép", "arvizturo-tukorfurogep"),
            ("影師嗎", "ying-shi-ma"),
            ("iPhone影師 2", "iphone-ying-shi-2"),
            ("Компьютер", "kompiuter"),
            ("Straße & Øl — Æsir", "strasse-ol-aesir"),
            ("𝐚́́𝕒́àáâäãąā", "aaaaaaaaa"),
        ] {
            assert_eq!(slug(text), expected, "{text}");
        }
    }

    #[test]
    fn signs_become_single_hyphens_or_vanish() {
        for (text, expected) in [
            ("///a/b\\c_d///", "a-b-c-d"),
            ("foo &amp; bar", "foo-bar"),
            ("foo&amp;amp;bar &#8217;n&nbsp;roll", "foo-bar-n-roll"),
            ("Caf&eacute; Q&A; more", "cafe-q-a-more"),
            ("1,000 reasons you are #1", "1000-reasons-you-are-1"),
            ("1,2,3 and 10,5", "1-2-3-and-10-5"),
            ("iPhone® for £50m 😀, soft\u{ad}ly", "iphone-for-50m-softly"),
            ("10½ things", "10-1-2-things"),
        ] {
            assert_eq!(slug(text), expected, "{text}");
        }
    }

    #[test]
    fn apostrophes_part_words_save_before_english_endings() {
        for (text, expected) in [
            ("C'est déjà l'été.", "c-est-deja-l-ete"),
            ("Don’t miss Swift's 1980's \"O'Brien\"", "dont-miss-swifts-1980s-o-brien"),
            ("the 'silent' rock 'n' roll of James' band", "the-silent-rock-n-roll-of-james-band"),
            ("they&#39;re at Beyonce\u{301}'s", "theyre-at-beyonces"),
        ] {
            assert_eq!(slug(text), expected, "{text}");
        }
    }

    #[test]
    fn nothing_left_is_no_slug_but_a_headline_always_gets_one() {
        assert_eq!(Slug::parse(" –/&amp;… \u{200b}"), None);
        assert_eq!(Slug::from_headline("!!!").as_str(), "article");
        assert_eq!(Slug::from_headline("!!!").numbered(2).to_string(), "article-2");
    }

    #[test]
    fn a_long_one_is_cut_after_a_whole_word() {
        assert_eq!(slug(&"word ".repeat(50)), ["word"; 24].join("-"));
        let exact = format!("{}-b", "a".repeat(118));
        assert_eq!(slug(&format!("{exact} c")), exact);
        assert_eq!(slug(&format!("tv {}", "ニ".repeat(200))).len(), MAX_SLUG);
        assert_eq!(slug(&"x".repeat(1 << 20)).len(), MAX_SLUG);
    }

    #[test]
    fn a_full_slug_that_ends_in_the_number_still_changes() {
        for (length, end) in (110..=118).flat_map(|n| ["-2", "-22", "-2-2"].map(|end| (n, end))) {
            let base = Slug(format!("{}{end}", "a".repeat(length - end.len() + 2)));
            let numbers = [2, 22, u32::MAX].map(|n| base.numbered(n));
            assert!(numbers.iter().all(|n| *n != base && n.0.len() <= MAX_SLUG), "{base}");
        }
    }

    proptest! {
        #[test]
        fn every_slug_keeps_the_rules(text in "(\\PC|[ a-z0-9&#;,'’/é影-]){0,300}") {
            if let Some(once) = Slug::parse(&text) {
                let s = once.as_str();
                prop_assert!((1..=MAX_SLUG).contains(&s.len()));
                prop_assert!(s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
                prop_assert!(!s.starts_with('-') && !s.ends_with('-') && !s.contains("--"));
                prop_assert_eq!(Slug::parse(s), Some(once.clone()));
            }
        }

        #[test]
        fn numbers_tell_slugs_apart(text in "[a-c1-3 ]{1,140}", n in any::<u32>(), m in 0u32..40) {
            let base = Slug::from_headline(&text);
            let (a, b) = (base.numbered(n), base.numbered(m));
            prop_assert_eq!(n == m, a == b);
            prop_assert!(a != base && Slug::parse(a.as_str()) == Some(a));
        }
    }
}
