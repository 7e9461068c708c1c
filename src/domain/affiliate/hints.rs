//! What makes a link suspect without proving anything.

use super::networks::IMPACT;
use super::{Address, Certainty, Finding, evidence::is_digits, finding};

/// Key and name for programmes that only a parameter hints at.
const UNNAMED: (&str, &str) = ("generic", "A shop's own programme");

/// Parameters that in-house programmes use. No proof: search.usa.gov names a site with
/// `affiliate`, eventbrite.com a channel with `aff`.
#[rustfmt::skip]
const GENERIC: &[&str] = &[
    "aff", "aff_id", "affid", "affiliate", "affiliate_id", "affiliateid", "a_aid", "partnerid", "partner_id", "afid",
    "refcode",
];

/// Folders in which sites keep redirects that hide where a link leads.
#[rustfmt::skip]
const CLOAKS: &[&str] = &[
    "/go/", "/goto/", "/out/", "/recommends/", "/recommend/", "/recommended/", "/refer/", "/aff/", "/affiliate/",
];

/// Parameters that networks append when they hand a reader to any shop.
const LANDING: &[((&str, &str), &[&str])] = &[
    (("shareasale", "ShareASale (Awin group)"), &["sscid"]),
    (("cj", "CJ Affiliate (Commission Junction)"), &["cjevent"]),
    (("awin", "Awin (was Zanox, affilinet)"), &["awc"]),
    (("rakuten", "Rakuten Advertising (LinkShare)"), &["ranMID", "ranEAID", "ranSiteID"]),
    (IMPACT, &["irclickid", "irgwc", "ir_partnerid", "ir_adid", "ir_campaignid"]),
    (("avantlink", "AvantLink"), &["avad"]),
    (("tradedoubler", "Tradedoubler"), &["tduid"]),
    (("admitad", "Admitad"), &["admitad_uid"]),
];

/// What shops append when a reader arrives through a network (the address was
/// copied after the click), and words that many programmes of shops' own use.
pub(super) fn by_parameter(address: &Address) -> Option<Finding> {
    for (network, parameters) in LANDING {
        if let Some(name) = address.parameter(parameters) {
            return Some(finding(*network, Certainty::Possible, format!("{name}= in the address")));
        }
    }
    let name = address.parameter(GENERIC).or_else(|| {
        let medium = address.value_of("utm_medium")?;
        ["affiliate", "affiliates"]
            .iter()
            .any(|w| medium.trim().eq_ignore_ascii_case(w))
            .then_some("utm_medium=affiliate")
    })?;
    let sign = if name.contains('=') { "" } else { "=" };
    Some(finding(UNNAMED, Certainty::Possible, format!("{name}{sign} in the address")))
}

/// Links dressed as the site's own, and Impact's links on hosts of brands.
pub(super) fn by_path(address: &Address) -> Option<Finding> {
    if address.host().is_none() {
        let folder = CLOAKS.iter().find(|folder| address.path_starts_with(folder))?;
        return Some(finding(
            ("cloaked", "Cloaked link"),
            Certainty::Possible,
            format!("{folder}… on this site"),
        ));
    }
    let is_impact = address.path_starts_with("/c/")
        && address.path().split('/').skip(2).take(3).filter(|part| is_digits(part)).count() == 3;
    is_impact
        .then(|| finding(IMPACT, Certainty::Possible, "/c/ and three numbers, as Impact has it".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(url: &str) -> Option<String> {
        let address = Address::parse(url)?;
        by_parameter(&address).or_else(|| by_path(&address)).map(|finding| finding.why)
    }

    #[test]
    fn a_hint_names_what_was_seen() {
        for (url, why) in [
            ("https://shop.example/?Aff_Id=7", "aff_id= in the address"),
            ("https://shop.example/?aff=&ranSiteID=7", "ranSiteID= in the address"),
            ("/go/kettle", "/go/… on this site"),
            ("https://goto.shop.example/c/1/2/3?x", "/c/ and three numbers, as Impact has it"),
        ] {
            assert_eq!(hint(url).as_deref(), Some(why), "{url}");
        }
    }

    #[test]
    fn half_a_hint_is_none() {
        for url in
            ["https://shop.example/c/1/2/x", "https://shop.example/go/kettle", "/gotcha/1", "/?tag=x&aff="]
        {
            assert_eq!(hint(url), None, "{url}");
        }
    }
}
