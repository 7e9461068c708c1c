//! What makes a link suspect without proving anything.

use super::networks::{REGISTRY, Trace};
use super::{Address, Certainty, Finding, finding};

/// What networks leave in addresses on hosts that no table can list: parameters that a
/// shop gets with the reader (the address was copied after the click), and paths of
/// redirects that a network runs under its customers' names.
pub(super) fn by_trace(address: &Address) -> Option<Finding> {
    // A site's own pages are nobody's shop.
    address.host()?;
    REGISTRY.networks.iter().find_map(|network| {
        let why = network.anywhere.iter().find_map(|trace| seen(address, trace))?;
        Some(finding((&network.id, &network.name), Certainty::Possible, why))
    })
}

fn seen(address: &Address, trace: &Trace) -> Option<String> {
    if !trace.paths.is_empty() && !address.has_path(&trace.paths) {
        return None;
    }
    match trace.parameters.is_empty() {
        true => Some("path as the network has it".to_owned()),
        false => address.parameter(&trace.parameters).map(|parameter| format!("{parameter} in the address")),
    }
}

/// Words that many programmes of shops' own use. No proof: search.usa.gov names a site
/// with `affiliate`, eventbrite.com a channel with `aff`.
pub(super) fn by_own_programme(address: &Address) -> Option<Finding> {
    let own = &REGISTRY.own_programme;
    let parameter = address.parameter(&own.words)?;
    Some(finding((&own.id, &own.name), Certainty::Possible, format!("{parameter} in the address")))
}

/// Links dressed as the site's own: folders in which sites keep redirects that hide
/// where a link leads.
pub(super) fn by_folder(address: &Address) -> Option<Finding> {
    if address.host().is_some() {
        return None;
    }
    let cloaked = &REGISTRY.cloaked;
    let folder = cloaked.words.iter().find(|folder| address.has_path(&[folder]))?;
    Some(finding((&cloaked.id, &cloaked.name), Certainty::Possible, format!("{folder}… on this site")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(url: &str) -> Option<String> {
        let address = Address::parse(url)?;
        let found = by_trace(&address).or_else(|| by_own_programme(&address)).or_else(|| by_folder(&address));
        found.map(|finding| finding.why)
    }

    #[test]
    fn a_hint_names_what_was_seen() {
        for (url, why) in [
            ("https://shop.example/?Aff_Id=7", "aff_id= in the address"),
            ("https://shop.example/?aff=&ranSiteID=7", "ranSiteID= in the address"),
            ("/go/kettle", "/go/… on this site"),
            ("https://goto.shop.example/c/1/2/3?x", "path as the network has it"),
            ("https://shop.example/products/lamp?ref=nick", "ref= in the address"),
        ] {
            assert_eq!(hint(url).as_deref(), Some(why), "{url}");
        }
    }

    #[test]
    fn half_a_hint_is_none() {
        for url in [
            "https://shop.example/c/1/2/x",
            "https://shop.example/go/kettle",
            "https://code.example/file?ref=main",
            "/gotcha/1",
            "/c/1/2/3",
            "/?tag=x&aff=",
        ] {
            assert_eq!(hint(url), None, "{url}");
        }
    }
}
