//! That the shipped file says what it can mean.

use std::collections::HashSet;

use super::super::{Address, detect, evidence};
use super::*;

fn registry() -> Registry {
    read(TEXT).unwrap()
}

/// The host as an address could have it.
fn real(host: &str) -> String {
    host.replace('#', "123456")
}

/// A path or a value that a pattern describes.
fn sample(pattern: &str) -> String {
    let plain = pattern.replace("**", "/x").replace('#', "12").replace('*', "x").replace('$', "");
    if pattern.ends_with('/') { format!("{plain}x") } else { plain }
}

fn sample_query(parameters: &[String]) -> Vec<String> {
    let pair = |written: &String| match written.contains('=') {
        true => sample(written),
        false => format!("{written}=1"),
    };
    if parameters.is_empty() { vec![String::new()] } else { parameters.iter().map(pair).collect() }
}

/// Every address that the sign alone describes, one for each of its words.
fn samples(sign: &Sign, host: &str) -> Vec<String> {
    let front = if sign.reach == Reach::OnlyBelow { "x." } else { "" };
    let paths = match (sign.paths.is_empty(), sign.tag_in_path, sign.short || sign.click) {
        (false, ..) => sign.paths.iter().map(|path| sample(path)).collect(),
        (_, true, _) => vec!["/exec/obidos/ASIN/1/desk-20".to_owned()],
        (.., true) => vec!["/x".to_owned()],
        _ => vec!["/".to_owned()],
    };
    let target = if sign.redirects { "u=https://x.example/&" } else { "" };
    let queries = sample_query(&sign.parameters);
    let with = |path: &String| {
        let address = |query: &String| format!("https://{front}{}{path}?{target}{query}", real(host));
        queries.iter().map(address).collect::<Vec<_>>()
    };
    paths.iter().flat_map(with).collect()
}

#[test]
fn the_shipped_file_can_be_read() {
    let registry = registry();
    assert!(registry.networks.len() > 100 && registry.wrappers.len() > 10);
    assert!(!registry.shop_fronts.is_empty() && !registry.own_programme.words.is_empty());
    assert_eq!(REGISTRY.networks.len(), registry.networks.len());
}

#[test]
fn keys_that_nobody_knows_are_refused() {
    for line in ["colour = 1", "[[wrapper]]\nhosts = []\ncolour = 1", "[[network]]\nid = \"a\"\ncolour = 1"] {
        assert!(read(&format!("{TEXT}\n{line}\n")).is_err(), "{line}");
    }
    let sign = "[[network]]\nid = \"a\"\nname = \"a\"\nsigns = [{ hosts = [\"a.com\"], path = [\"/\"] }]";
    assert!(read(&format!("{TEXT}\n{sign}\n")).is_err());
}

#[test]
fn every_host_is_one_that_addresses_can_have_and_somebody_owns() {
    let registry = registry();
    let hosts = registry.networks.iter().flat_map(|n| n.entries().map(|(_, _, host)| host));
    // A translator's own host is made for many sites, and thus on the list of public suffixes.
    let wrappers = registry.wrappers.iter().filter(|w| !w.in_host);
    for host in hosts.chain(wrappers.flat_map(|w| w.hosts.iter().map(String::as_str))) {
        let real = real(host);
        assert_eq!(url::Host::parse(&real).map(|h| h.to_string()).as_deref(), Ok(real.as_str()));
        assert!(psl::domain_str(&real).is_some(), "{host} is a public suffix");
        assert!(!host.contains('#') || psl::domain_str(&real) == Some(real.as_str()), "{host}");
    }
}

#[test]
fn ids_are_unique_and_fit_for_addresses() {
    let names = network_names();
    let ids: HashSet<_> = names.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids.len(), names.len());
    for (id, name) in names {
        assert!(id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')) && !id.is_empty(), "{id}");
        assert!(!name.trim().is_empty() && name.chars().count() <= 100, "{id}");
    }
}

#[test]
fn no_network_is_empty_and_no_host_without_use() {
    for network in registry().networks {
        let id = &network.id;
        assert!(!network.signs.is_empty() || !network.anywhere.is_empty(), "{id}");
        let inherits = network.signs.iter().any(|sign| sign.hosts.is_empty());
        assert_eq!(inherits, !network.hosts.is_empty(), "{id}");
        for sign in &network.signs {
            let flags = [sign.always, sign.short, sign.click, sign.redirects, sign.tag_in_path];
            let is_empty = sign.paths.is_empty() && sign.parameters.is_empty() && !flags.contains(&true);
            assert!(!is_empty, "{id}");
        }
        for trace in &network.anywhere {
            assert!(!trace.paths.is_empty() || !trace.parameters.is_empty(), "{id}");
        }
    }
}

#[test]
fn no_sign_is_hidden_behind_another() {
    for network in &REGISTRY.networks {
        for (network, sign, host) in network.entries() {
            let found = samples(sign, host).iter().any(|url| {
                let found = Address::parse(url).and_then(|address| evidence::by_table(&address));
                found.is_some_and(|f| f.network_id == network.id && f.certainty == sign.certainty())
            });
            assert!(found, "{} on {host}", network.id);
        }
    }
}

#[test]
fn every_word_of_a_sign_says_something() {
    for (network, sign, host) in REGISTRY.networks.iter().flat_map(Network::entries) {
        for url in samples(sign, host) {
            let found = detect(&url, &[]).map(|found| found.network_id);
            assert!(found.is_some(), "{} should be found in {url}", network.id);
        }
    }
    for network in &REGISTRY.networks {
        for trace in &network.anywhere {
            let paths = if trace.paths.is_empty() { &["/".to_owned()][..] } else { &trace.paths };
            for (path, query) in
                paths.iter().flat_map(|p| sample_query(&trace.parameters).into_iter().map(move |q| (p, q)))
            {
                let url = format!("https://shop.example{}?{query}", sample(path));
                let found = detect(&url, &[]).map(|found| found.network_id);
                assert_eq!(found.as_ref(), Some(&network.id), "{url}");
            }
        }
    }
}

#[test]
fn every_pattern_is_one_that_paths_can_fit() {
    let registry = registry();
    let signs = registry.networks.iter().flat_map(|n| n.signs.iter().flat_map(|s| s.paths.iter()));
    let traces = registry.networks.iter().flat_map(|n| n.anywhere.iter().flat_map(|t| t.paths.iter()));
    let wraps = registry.wrappers.iter().flat_map(|w| w.paths.iter().chain(&w.in_path));
    for pattern in signs.chain(traces).chain(wraps).chain(&registry.cloaked.words) {
        let start = pattern.trim_start_matches("**");
        assert!(start.starts_with('/') && !start.contains("**"), "{pattern}");
        assert!(super::super::pattern::fit(&sample(pattern), pattern).is_some(), "{pattern}");
    }
}

#[test]
fn every_wrapper_says_where_its_target_stands() {
    for wrapper in registry().wrappers {
        let ways = [
            !wrapper.parameters.is_empty(),
            !wrapper.in_path.is_empty(),
            wrapper.whole_query,
            wrapper.in_host,
        ];
        assert_eq!(ways.iter().filter(|way| **way).count(), 1, "{:?}", wrapper.hosts);
        assert!(!wrapper.hosts.is_empty() && (wrapper.until.is_none() || !wrapper.in_path.is_empty()));
    }
}
