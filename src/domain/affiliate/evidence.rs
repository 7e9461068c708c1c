//! Whether an address is what the table of networks describes.

use super::networks::{INDEX, REGISTRY, Reach, Sign};
use super::pattern::is_digits;
use super::{Address, Certainty, Finding, finding, is_at_or_below};

/// The network in whose table entry the address fits.
pub(super) fn by_table(address: &Address) -> Option<Finding> {
    let (host, domain) = (address.host()?, address.domain()?);
    let plain = INDEX.get(domain).into_iter().flatten().map(|(network, sign, at)| (*network, *sign, *at));
    // Impact gives a brand a host below a numbered domain, too many to list.
    let numbered = number_folded(domain);
    let folded = INDEX.get(numbered.as_str()).filter(|_| numbered != domain).into_iter().flatten();
    plain.chain(folded.map(|(network, sign, _)| (*network, *sign, domain))).find_map(|(network, sign, at)| {
        let why = reaches(sign.reach, host, at).then(|| proof(address, sign, at)).flatten()?;
        Some(finding((&network.id, &network.name), sign.certainty(), why))
    })
}

/// As [`by_table`], for an address whose query is broken: nobody can tell whether the
/// shop makes out what was meant.
pub(super) fn by_broken_query(address: &Address) -> Option<Finding> {
    let inner = by_table(&address.mended()?)?;
    Some(Finding { certainty: Certainty::Possible, ..inner })
}

/// Words for what proves it, where everything is there that the sign asks for.
fn proof(address: &Address, sign: &Sign, at: &str) -> Option<String> {
    if sign.always {
        return Some(format!("link through {at}"));
    }
    let has_path = address.path().len() > 1;
    let is_there = (sign.paths.is_empty() || address.has_path(&sign.paths))
        && (!sign.short || has_path)
        && (!sign.click || has_path || address.has_query())
        && (!sign.redirects || address.query_targets().next().is_some())
        && (!sign.tag_in_path || amazon_tag_in(address.path()));
    if !is_there {
        return None;
    }
    if !sign.parameters.is_empty() {
        return address.parameter(&sign.parameters).map(|parameter| format!("{parameter} on {at}"));
    }
    match sign.tag_in_path {
        true => Some(format!("tag in the path on {at}")),
        false => Some(format!("link through {at}")),
    }
}

fn reaches(reach: Reach, host: &str, at: &str) -> bool {
    match reach {
        Reach::Below => is_at_or_below(host, at),
        Reach::OnlyBelow => host != at && is_at_or_below(host, at),
        Reach::Shop => {
            host.strip_suffix(at).is_some_and(|front| REGISTRY.shop_fronts.iter().any(|known| known == front))
        }
    }
}

/// "i#.net" for "i123456.net": a number of three digits or more as the table writes it.
/// Shorter ones are parts of names, as in "web2.net".
fn number_folded(domain: &str) -> String {
    let bare = domain.trim_start_matches(|c: char| !c.is_ascii_digit());
    let after = bare.trim_start_matches(|c: char| c.is_ascii_digit());
    match (domain.strip_suffix(bare), bare.len().saturating_sub(after.len())) {
        (Some(front), 3..) => format!("{front}#{after}"),
        _ => domain.to_owned(),
    }
}

/// The oldest links end in the tag: /exec/obidos/ASIN/0596154577/name-20.
fn amazon_tag_in(path: &str) -> bool {
    let old =
        ["/exec/obidos/", "/o/"].iter().any(|start| path.starts_with(start)) || path.contains("/ref=nosim/");
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    old && last.rsplit_once('-').is_some_and(|(name, end)| {
        !name.is_empty() && end.len() == 2 && end.starts_with('2') && is_digits(end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amazons_oldest_links_carry_the_tag_in_the_path() {
        for path in ["/exec/obidos/ASIN/0596154577/desk-20", "/o/ASIN/1/desk-21/", "/dp/1/ref=nosim/desk-22"]
        {
            assert!(amazon_tag_in(path), "{path}");
        }
        for path in ["/", "/dp/ref=nosim", "/gp/product/lamp-20", "/exec/obidos/-20", "/exec/obidos/desk-200"]
        {
            assert!(!amazon_tag_in(path), "{path}");
        }
    }

    #[test]
    fn only_long_numbers_are_folded() {
        for (domain, folded) in
            [("i123456.net", "i#.net"), ("i2.net", "i2.net"), ("adt246.com", "adt#.com"), ("a.com", "a.com")]
        {
            assert_eq!(number_folded(domain), folded);
        }
    }
}
