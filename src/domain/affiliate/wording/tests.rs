//! What editors are told of a disclosure, and what they are not.

use super::*;
use DisclosurePlacement::{BeforeFirstLink, Bottom, Top};

const DEFAULT: &str = "We earn a commission when you buy through links on this page. It costs you nothing \
                       extra and does not decide what we write.";

fn says(text: &str) -> Vec<String> {
    advice(&Wording { text, placement: Top, has_amazon_links: false, first_link_block: None })
}

fn says_of_amazon(text: &str) -> Vec<String> {
    advice(&Wording { text, placement: Top, has_amazon_links: true, first_link_block: Some(0) })
}

fn says_of_place(placement: DisclosurePlacement, first_link_block: Option<u32>) -> Vec<String> {
    advice(&Wording { text: DEFAULT, placement, has_amazon_links: false, first_link_block })
}

#[test]
fn the_wording_of_the_first_policy_is_fine() {
    assert_eq!(says(DEFAULT), Vec::<String>::new());
}

#[test]
fn plain_words_of_four_languages_are_fine() {
    for text in [
        "If you buy something through our links, we may get money.",
        "We\u{a0}may be PAID when you click.",
        "Our site makes money from links.",
        "Wir erhalten eine Provision, wenn Sie über unsere Links kaufen.",
        "Wenn du hier kaufst, verdienen wir mit.",
        "Nous touchons une commission sur les achats faits par nos liens.",
        "Cet article contient des liens rémunérés.",
        "Recibimos una comisión cuando compras a través de los enlaces.",
        "Ganamos dinero con estos enlaces.",
    ] {
        assert_eq!(says(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn words_that_only_the_trade_knows_are_not_enough() {
    for text in [
        "This post contains affiliate links.",
        "Affiliate links",
        "Dieser Artikel enthält Affiliate-Links.",
        "Cet article contient des liens d'affiliation.",
        "Este artículo contiene enlaces de afiliados.",
    ] {
        let said = says(text);
        assert!(said.len() == 1 && said[0].contains("alone may not be understood"), "{text}: {said:?}");
    }
}

#[test]
fn a_wording_that_says_nothing_of_money_is_told_so() {
    for text in ["", "* * *", "We love our readers.", "Learn more about the links in this post."] {
        let said = says(text);
        assert!(said.len() == 1 && said[0].contains("16 CFR Part 255"), "{text}: {said:?}");
    }
}

#[test]
fn other_languages_are_not_judged() {
    for text in [
        "この記事にはアフィリエイトリンクが含まれています。",
        "Партнёрские ссылки: мы получаем процент.",
        "Otrzymujemy prowizję za zakupy z odnośników w tekście.",
        "تحتوي هذه المقالة على روابط",
        "Linki afiliacyjne",
        "Este artigo tem links de afiliados: recebemos comissão.",
        "Questo articolo contiene link: riceviamo una commissione.",
        "Wij ontvangen commissie via links in dit artikel.",
    ] {
        assert_eq!(says(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn the_disclosure_belongs_near_the_links_and_before_them() {
    assert!(says_of_place(Bottom, Some(0))[0].starts_with("Put the disclosure at TOP or BEFORE_FIRST_LINK"));
    assert!(says_of_place(Bottom, None)[0].contains("at BOTTOM"));
    assert!(says_of_place(Top, Some(FAR_DOWN))[0].starts_with("Choose BEFORE_FIRST_LINK"));
    for (placement, block) in
        [(Top, None), (Top, Some(11)), (BeforeFirstLink, Some(90)), (BeforeFirstLink, None)]
    {
        assert_eq!(says_of_place(placement, block), Vec::<String>::new(), "{placement:?} {block:?}");
    }
}

#[test]
fn amazons_sentence_is_known_in_its_variations() {
    for text in [
        "As an Amazon Associate I earn from qualifying purchases.",
        "As an Amazon Associate, The Daily Desk earns from qualifying purchases.",
        "As Amazon Associates we earn commission from qualifying purchases made through links.",
        "Als Amazon-Partner verdiene ich an qualifizierten Verkäufen.",
        "En tant que Partenaire Amazon, je réalise un bénéfice sur les achats remplissant les conditions \
         requises.",
        "En calidad de Afiliado de Amazon, obtengo ingresos por las compras adscritas que cumplen los \
         requisitos aplicables.",
        "In qualità di Affiliato Amazon io ricevo un guadagno dagli acquisti idonei.",
    ] {
        assert_eq!(says_of_amazon(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn amazons_sentence_is_asked_for_where_it_is_missing() {
    let missing = says_of_amazon(DEFAULT);
    assert!(
        missing.len() == 1 && missing[0].starts_with("Add the sentence that Amazon asks for"),
        "{missing:?}"
    );
    let old = says_of_amazon(
        "The Desk is a participant in the Amazon Services LLC Associates Program, an affiliate advertising \
         program designed to provide a means for sites to earn advertising fees by advertising and linking \
         to Amazon.com.",
    );
    assert!(old.len() == 1 && old[0].starts_with("Replace Amazon's former statement"), "{old:?}");
    assert_eq!(says(DEFAULT), Vec::<String>::new());
}

#[test]
fn every_advice_is_a_sentence_that_ends_with_its_source() {
    let texts = ["", "This post contains affiliate links.", "Amazon Services LLC Associates Program"];
    for (text, placement) in texts.iter().flat_map(|text| [Top, Bottom].map(|placement| (*text, placement))) {
        let wording = Wording { text, placement, has_amazon_links: true, first_link_block: Some(40) };
        for said in advice(&wording) {
            assert!(said.ends_with(").") && said.contains('(') && !said.contains("  "), "{said}");
        }
    }
}
