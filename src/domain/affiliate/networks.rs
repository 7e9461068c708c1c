//! What is known of affiliate networks, read once from `networks.toml`.
//!
//! The knowledge is data, so that somebody who knows a network can add it without
//! knowing Rust. Should the file ever not parse, nothing is known and only policies'
//! rules count; the tests see to it that this cannot be shipped.

use std::{collections::HashMap, sync::LazyLock};

use serde::Deserialize;

use super::Certainty;

/// The whole file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Registry {
    /// What may stand before a shop's domain. Others (aws., advertising.) sell nothing
    /// on commission.
    pub(super) shop_fronts: Vec<String>,
    /// Programmes that only a parameter hints at.
    pub(super) own_programme: Words,
    /// Redirects on the site itself.
    pub(super) cloaked: Words,
    /// Every network.
    #[serde(rename = "network")]
    pub(super) networks: Vec<Network>,
    /// Hosts that pass a click on.
    #[serde(rename = "wrapper")]
    pub(super) wrappers: Vec<Wrapper>,
}

/// A name, and the words that hint at what it stands for.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) id: String,
    pub(super) name: String,
    /// Parameters or folders.
    pub(super) words: Vec<String>,
}

/// A network and what gives its links away.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Network {
    /// The stable key.
    pub(super) id: String,
    /// The name that editors know.
    pub(super) name: String,
    /// The hosts of those signs that name none.
    #[serde(default)]
    pub(super) hosts: Vec<String>,
    /// What its links look like. Of several that fit, the first counts.
    #[serde(default)]
    pub(super) signs: Vec<Sign>,
    /// What hints at it on hosts that nobody can list.
    #[serde(default)]
    pub(super) anywhere: Vec<Trace>,
}

/// Hosts, and what an address there must have besides: everything that is named here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sign {
    #[serde(default)]
    hosts: Vec<String>,
    /// Which hosts the listed ones speak for.
    #[serde(default)]
    pub(super) reach: Reach,
    /// Nothing: the host is the link.
    #[serde(default)]
    pub(super) always: bool,
    /// A path, whatever it is, as short links have.
    #[serde(default)]
    pub(super) short: bool,
    /// A path or a query; the bare host is but the network's front page.
    #[serde(default)]
    pub(super) click: bool,
    /// An address in the query.
    #[serde(default)]
    pub(super) redirects: bool,
    /// Amazon's oldest form, whose path ends in the tag.
    #[serde(default)]
    pub(super) tag_in_path: bool,
    /// One of these in the path, see [`super::pattern::fit`].
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// One of these query parameters, see [`super::pattern::Wanted`].
    #[serde(default)]
    pub(super) parameters: Vec<String>,
    /// Whether somebody who knows the deal must say.
    #[serde(default)]
    possible: bool,
}

/// A path, a parameter or both that a network uses on hosts of its customers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trace {
    #[serde(default)]
    pub(super) paths: Vec<String>,
    #[serde(default)]
    pub(super) parameters: Vec<String>,
}

/// Which hosts a listed one speaks for.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Reach {
    /// Itself and all below it.
    #[default]
    Below,
    /// Only those below it.
    OnlyBelow,
    /// Itself and the usual fronts of a shop, see [`Registry::shop_fronts`].
    Shop,
}

/// Hosts that merely pass a click on, and where their addresses carry the target.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wrapper {
    pub(super) hosts: Vec<String>,
    /// Where on the hosts; everywhere unless named.
    #[serde(default)]
    pub(super) paths: Vec<String>,
    /// The parameters whose value is the target.
    #[serde(default)]
    pub(super) parameters: Vec<String>,
    /// What stands before the target in the path.
    #[serde(default)]
    pub(super) in_path: Vec<String>,
    /// What stands behind a target in the path.
    #[serde(default)]
    pub(super) until: Option<String>,
    /// Whether the whole query is the target.
    #[serde(default)]
    pub(super) whole_query: bool,
    /// Whether the target's host is written into the wrapper's, dots as hyphens.
    #[serde(default)]
    pub(super) in_host: bool,
    /// Whether readers may end elsewhere than at the target.
    #[serde(default)]
    pub(super) possible: bool,
}

/// A listed host, with the sign and the network it is listed for.
pub(super) type Entry = (&'static Network, &'static Sign, &'static str);

/// What the file says; empty if it cannot be read.
pub(super) static REGISTRY: LazyLock<Registry> = LazyLock::new(|| read(TEXT).unwrap_or_default());

/// The signs of each registrable domain: those of longer hosts first, because what is
/// said of `goto.shop.com` is more exact than what is said of `shop.com`; else as in the file.
pub(super) static INDEX: LazyLock<HashMap<&str, Vec<Entry>>> = LazyLock::new(|| {
    let mut index: HashMap<_, Vec<Entry>> = HashMap::new();
    for (network, sign, host) in REGISTRY.networks.iter().flat_map(Network::entries) {
        index.entry(domain_of(host)).or_default().push((network, sign, host));
    }
    for entries in index.values_mut() {
        entries.sort_by_key(|(_, _, host)| std::cmp::Reverse(host.len()));
    }
    index
});

/// The wrappers of each host. Not by registrable domain: `translate.goog` is nobody's.
pub(super) static WRAPPERS: LazyLock<HashMap<&str, Vec<&'static Wrapper>>> = LazyLock::new(|| {
    let mut index: HashMap<_, Vec<_>> = HashMap::new();
    for wrapper in &REGISTRY.wrappers {
        for host in &wrapper.hosts {
            index.entry(host.as_str()).or_default().push(wrapper);
        }
    }
    index
});

const TEXT: &str = include_str!("networks.toml");

fn read(text: &str) -> Result<Registry, toml::de::Error> {
    toml::from_str(text)
}

/// A host with "#" in it (`i#.net`) is a registrable domain in itself.
fn domain_of(host: &str) -> &str {
    psl::domain_str(host).unwrap_or(host)
}

impl Network {
    /// Every host of every sign.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Network, &Sign, &str)> {
        self.signs
            .iter()
            .flat_map(move |sign| sign.hosts_in(self).iter().map(move |host| (self, sign, host.as_str())))
    }
}

impl Sign {
    fn hosts_in<'a>(&'a self, network: &'a Network) -> &'a [String] {
        if self.hosts.is_empty() { &network.hosts } else { &self.hosts }
    }

    /// Whether the address proves that the link earns.
    pub(super) fn certainty(&self) -> Certainty {
        if self.possible { Certainty::Possible } else { Certainty::Certain }
    }
}

/// The id and the name of everything that a finding can name without a policy, for
/// lists to choose from. The order is the file's, the most common networks first.
pub fn network_names() -> Vec<(&'static str, &'static str)> {
    let registry = &*REGISTRY;
    let networks = registry.networks.iter().map(|network| (network.id.as_str(), network.name.as_str()));
    let hints = [&registry.own_programme, &registry.cloaked];
    networks.chain(hints.map(|hint| (hint.id.as_str(), hint.name.as_str()))).collect()
}

#[cfg(test)]
mod tests;
