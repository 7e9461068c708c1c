//! Advice on the statement that readers are owed, from what the regulators, Amazon and
//! Google publish.
//!
//! It is advice, not law: an editor decides. Where the wording is in a language that
//! this module does not read, it keeps silent rather than warn wrongly.

use entity::enums::DisclosurePlacement;

/// A disclosure as it would stand before readers.
#[derive(Clone, Copy, Debug)]
pub struct Wording<'a> {
    /// The statement's words.
    pub text: &'a str,
    /// Where it stands in the body.
    pub placement: DisclosurePlacement,
    /// Whether any link earns from Amazon, which asks for a sentence of its own.
    pub has_amazon_links: bool,
    /// The number of the first block that has an affiliate link, from 0.
    pub first_link_block: Option<u32>,
}

/// From this block on, a reader has left the top of the article behind.
pub const FAR_DOWN: u32 = 12;

/// How much is read of a wording: far more than anybody writes, so that a text of
/// megabytes costs nothing.
const MAX_READ: usize = 10_000;

/// What an editor should change about a disclosure, one sentence each with its source;
/// empty where there is nothing to say.
pub fn advice(wording: &Wording) -> Vec<String> {
    let text = plain(wording.text);
    let all = [clear(&text), near(wording), amazon(&text, wording.has_amazon_links)];
    all.into_iter().flatten().map(str::to_owned).collect()
}

/// Lower case, with typographic apostrophes and blanks made plain.
fn plain(text: &str) -> String {
    let lower: String = text.chars().take(MAX_READ).flat_map(char::to_lowercase).collect();
    lower.replace(['\u{2019}', '\u{2018}', '`'], "'").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words, or their beginnings, that say that somebody is paid.
#[rustfmt::skip]
const EARNS: &[&str] = &[
    // English
    "commission", "earn", "paid", "pays us", "pay us", "pays me", "pay me", "get money", "make money",
    "makes money", "receive money", "get a fee", "receive a fee", "fee from", "referral fee", "a cut",
    "a share of", "percentage of", "compensat", "revenue", "financially", "kickback",
    // German; "kommission" is Swiss
    "provision", "kommission", "verdien", "vergüt", "vergüet", "bezahlt", "geld", "beteilig", "einnahme",
    "erlös",
    // French
    "rémunér", "remuner", "gagn", "touchons", "touche une", "perç", "percev", "rétribu", "reçoi", "recev",
    "payé", "bénéfice", "revenu", "l'argent",
    // Spanish
    "comisi", "ganam", "ganar", "gana un", "ingreso", "cobra", "dinero", "pagad", "pagan", "recibi",
    "remunera", "beneficio",
    // Portuguese, Italian and Dutch, which share words with the others
    "comiss", "ganh", "receb", "commissi", "guadagn", "provvigion", "ricev", "vergoed", "betaal",
    "inkomst", "ontvang",
];

/// Words by which a text is known to be in a language that this module reads.
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "the", "this", "our", "may", "contains", "and", "your",
    "der", "das", "wir", "und", "enthält", "dieser", "unsere",
    "nous", "cet", "cette", "liens", "lien", "contient",
    "los", "enlaces", "enlace", "nuestros",
];

/// The wording must say in plain words that the site earns.
fn clear(text: &str) -> Option<&'static str> {
    if EARNS.iter().any(|word| begins_a_word(text, word)) {
        return None;
    }
    let speaks_of_links = ["affiliat", "afiliad", "affilié", "partnerlink", "werbelink"];
    if speaks_of_links.iter().any(|word| begins_a_word(text, word)) && is_read(text) {
        return Some(
            "Say in plain words that you earn when readers buy, such as \"We earn a commission when you buy \
             through links on this page.\": \"affiliate link\" alone may not be understood (FTC staff, What \
             People Are Asking; general knowledge).",
        );
    }
    is_read(text).then_some(
        "Say in plain words that the site earns money from the links, such as \"We earn a commission when \
         you buy through links on this page.\" (FTC Endorsement Guides, 16 CFR Part 255).",
    )
}

/// Whether a text is in one of the languages whose words are known here. A text without
/// letters says nothing in any language.
fn is_read(text: &str) -> bool {
    if !text.chars().any(char::is_alphabetic) {
        return true;
    }
    begins_a_word(text, "affiliate link")
        || text.split(|c: char| !c.is_alphabetic()).any(|w| COMMON.contains(&w))
}

/// "earn" begins "earnings" but not "learn".
fn begins_a_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        text.get(..at).is_none_or(|before| !before.chars().next_back().is_some_and(char::is_alphabetic))
    })
}

/// Readers should see the statement and the links at the same time, the statement first.
fn near(wording: &Wording) -> Option<&'static str> {
    match wording.placement {
        DisclosurePlacement::Bottom => Some(
            "Put the disclosure at TOP or BEFORE_FIRST_LINK: at BOTTOM it comes after the links, when \
             readers may already have bought (FTC staff, What People Are Asking).",
        ),
        DisclosurePlacement::Top if wording.first_link_block.is_some_and(|block| block >= FAR_DOWN) => Some(
            "Choose BEFORE_FIRST_LINK: the first link is far below TOP, and readers should have the \
             disclosure and the link in sight at the same time (FTC staff, What People Are Asking).",
        ),
        _ => None,
    }
}

/// Amazon asks for a sentence of its own; small variations are as good.
fn amazon(text: &str, has_links: bool) -> Option<&'static str> {
    if !has_links || is_amazon_sentence(text) {
        return None;
    }
    if OLD_AMAZON.iter().any(|words| text.contains(words)) {
        return Some(
            "Replace Amazon's former statement with the present one: \"As an Amazon Associate I earn from \
             qualifying purchases.\" (Amazon Associates Operating Agreement).",
        );
    }
    Some(
        "Add the sentence that Amazon asks for: \"As an Amazon Associate I earn from qualifying purchases.\" \
         (Amazon Associates Operating Agreement).",
    )
}

/// What Amazon's former statements have in common, in English, German and French.
const OLD_AMAZON: [&str; 4] = [
    "amazon services llc",
    "amazon eu associates program",
    "partnerprogramms von amazon",
    "partenaires d'amazon",
];

/// Amazon's name, its word for partners and its word for what counts, by language.
const AMAZON: [[&[&str]; 3]; 6] = [
    [
        &["amazon"],
        &["associate", "affiliate"],
        &["qualifying purchase", "qualified purchase", "eligible purchase"],
    ],
    [&["amazon"], &["partner"], &["qualifizierte"]],
    [&["amazon"], &["partenaire"], &["achats remplissant", "achats éligibles"]],
    [&["amazon"], &["afiliad"], &["compras adscritas", "compras que cumplen", "compras cualificad"]],
    [&["amazon"], &["affiliat"], &["acquisti idonei"]],
    [&["amazon"], &["partner"], &["kwalificerende aankopen", "in aanmerking komende aankopen"]],
];

fn is_amazon_sentence(text: &str) -> bool {
    AMAZON.iter().any(|parts| parts.iter().all(|words| words.iter().any(|word| text.contains(word))))
}

#[cfg(test)]
mod tests;
