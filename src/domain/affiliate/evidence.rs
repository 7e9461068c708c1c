//! Whether an address is what the table of networks describes.

use std::{collections::HashMap, sync::LazyLock};

use super::networks::{self, NETWORKS, Network, Proof, Reach, Sign};
use super::{Address, Certainty, Finding, finding, is_at_or_below};

/// A listed host, with the sign and the network it is listed for.
type Entry = (&'static Network, &'static Sign, &'static str);

/// The signs of each registrable domain, in the order of the table.
static INDEX: LazyLock<HashMap<&str, Vec<Entry>>> = LazyLock::new(|| {
    let mut index: HashMap<_, Vec<Entry>> = HashMap::new();
    for network in NETWORKS {
        for sign in network.signs {
            for host in sign.hosts {
                let domain = psl::domain_str(host).unwrap_or(host);
                index.entry(domain).or_default().push((network, sign, *host));
            }
        }
    }
    index
});

/// The network in whose table entry the address fits.
pub(super) fn by_table(address: &Address) -> Option<Finding> {
    let host = address.host()?;
    // Impact gives a brand a host below a numbered domain, too many to list.
    if address.domain().is_some_and(is_numbered_net) && address.path_starts_with("/c/") {
        return Some(finding(
            networks::IMPACT,
            Certainty::Certain,
            format!("link through {}", address.domain()?),
        ));
    }
    INDEX.get(address.domain()?)?.iter().find_map(|(network, sign, at)| {
        let why = reaches(sign.reach, host, at).then(|| proof(address, &sign.proof, at)).flatten()?;
        Some(finding((network.id, network.name), sign.certainty, why))
    })
}

fn proof(address: &Address, proof: &Proof, at: &str) -> Option<String> {
    let through = || format!("link through {at}");
    match proof {
        Proof::Always => Some(through()),
        Proof::Click => (address.path().len() > 1 || address.has_query()).then(through),
        Proof::Path(starts) => starts.iter().any(|start| address.path_starts_with(start)).then(through),
        Proof::Redirect(starts) => (starts.iter().any(|start| address.path_starts_with(start))
            || address.targets().next().is_some())
        .then(through),
        Proof::Parameter(names) => address.parameter(names).map(|name| format!("{name}= on {at}")),
        Proof::AmazonPath => amazon_tag_in(address.path()).then(|| format!("tag in the path on {at}")),
    }
}

fn reaches(reach: Reach, host: &str, at: &str) -> bool {
    match reach {
        Reach::Below => is_at_or_below(host, at),
        Reach::StrictlyBelow => host != at && is_at_or_below(host, at),
        Reach::Shop => host.strip_suffix(at).is_some_and(|front| networks::SHOP_FRONTS.contains(&front)),
    }
}

fn is_numbered_net(domain: &str) -> bool {
    domain
        .strip_prefix('i')
        .and_then(|d| d.strip_suffix(".net"))
        .is_some_and(|n| n.len() >= 3 && is_digits(n))
}

/// Whether this is a number, as networks use for partners and campaigns.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
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
    fn every_host_of_the_table_is_one_that_addresses_can_have() {
        for (network, sign) in NETWORKS.iter().flat_map(|n| n.signs.iter().map(move |s| (n, s))) {
            assert!(!sign.hosts.is_empty(), "{}", network.id);
            for host in sign.hosts {
                assert_eq!(url::Host::parse(host).map(|h| h.to_string()).as_deref(), Ok(*host));
                assert!(psl::domain_str(host).is_some(), "{host} is a public suffix");
            }
        }
    }

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
}
