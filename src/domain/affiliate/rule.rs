//! What a policy adds to the built-in networks, and the words that it puts on
//! links: checked once, when an editor types them.

use serde::{Deserialize, Serialize};

use super::networks::REGISTRY;
use crate::domain::slug::Slug;

/// A rule that a policy adds to the built-in networks: host is `host` or below it and,
/// where given, the query has a non-empty `parameter`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rule {
    /// The network's name, for editors.
    pub network: String,
    /// A domain in lower case and Punycode; what lies below it counts too.
    pub host: String,
    /// The query parameter that marks a link as earning, where not every one does.
    #[serde(default)]
    pub parameter: Option<String>,
}

impl Rule {
    /// The key of the built-in network of this name, or one made from the name.
    pub(super) fn network_id(&self) -> String {
        let known = REGISTRY.networks.iter().find(|n| n.name.eq_ignore_ascii_case(&self.network));
        match known {
            Some(network) => network.id.clone(),
            None => Slug::parse(&self.network).map_or_else(|| "policy".to_owned(), Slug::into_string),
        }
    }
}

/// The longest name of a network or a parameter, in characters: both are shown in lists.
const MAX_NAME: usize = 100;

/// Checks a rule that an editor typed and brings it into the form that links are
/// compared with; the error says what to do.
pub fn parse_rule(network: &str, host: &str, parameter: Option<&str>) -> Result<Rule, String> {
    let network = network.trim();
    if network.is_empty() || network.chars().any(char::is_control) || network.chars().count() > MAX_NAME {
        return Err(format!("Name the network, in one line of at most {MAX_NAME} characters."));
    }
    let parameter = match parameter.map(str::trim).filter(|p| !p.is_empty()) {
        Some(name) => Some(parse_parameter(name)?),
        None => None,
    };
    Ok(Rule { network: network.to_owned(), host: parse_host(host)?, parameter })
}

fn parse_parameter(name: &str) -> Result<String, String> {
    let is_foreign = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '=' | '&' | '?' | '#');
    if name.contains(is_foreign) || name.chars().count() > MAX_NAME {
        return Err("Give the parameter's name alone, such as tag, without ?, &, = or a value.".to_owned());
    }
    Ok(name.to_owned())
}

/// A host in lower case and Punycode, or words on what to type instead.
pub(super) fn parse_host(typed: &str) -> Result<String, String> {
    let bare = typed.trim();
    if bare.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '\\' | ':' | '?' | '#' | '@' | '%')) {
        return Err(
            "Give the host alone, such as shop.example.com, without https://, port or path.".to_owned()
        );
    }
    let bare = bare.strip_prefix("*.").unwrap_or(bare);
    let not_a_domain = || "Give a domain, such as shop.example.com.".to_owned();
    let host = match url::Host::parse(bare) {
        Ok(url::Host::Domain(name)) => name.strip_suffix('.').unwrap_or(&name).to_owned(),
        _ => return Err(not_a_domain()),
    };
    if host.len() > 253 || !host.contains('.') || !host.split('.').all(is_label) {
        return Err(not_a_domain());
    }
    match psl::domain_str(&host) {
        Some(_) => Ok(host),
        None => Err(format!("{host} belongs to many sites: name the one below it, such as shop.{host}.")),
    }
}

/// One part of a host name, as DNS has it; underscores occur in practice.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

/// The words that `rel` may carry on a link that earns commission.
const REL: [&str; 6] = ["sponsored", "nofollow", "ugc", "noopener", "noreferrer", "external"];

/// Checks the `rel` words of a policy: lower-cased, each once, and "sponsored" always
/// first, because search engines ask for it whatever else is said.
pub fn parse_rel(tokens: &[String]) -> Result<Vec<String>, String> {
    let mut words = vec!["sponsored".to_owned()];
    let typed = tokens.iter().flat_map(|token| token.split(|c: char| c.is_whitespace() || c == ','));
    for word in typed.filter(|word| !word.is_empty()) {
        let Some(known) = REL.iter().find(|known| known.eq_ignore_ascii_case(word)) else {
            let shown: String = word.chars().filter(|c| !c.is_control()).take(40).collect();
            return Err(format!("Leave out \"{shown}\"; use any of {}.", REL.join(", ")));
        };
        if !words.iter().any(|there| there == known) {
            words.push((*known).to_owned());
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rel(words: &[&str]) -> Result<Vec<String>, String> {
        parse_rel(&words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn a_rule_is_brought_into_the_form_that_links_have() {
        for (typed, host) in [
            ("Shop.Example.COM", "shop.example.com"),
            (" *.bücher.de. ", "xn--bcher-kva.de"),
            ("go.site.co.uk", "go.site.co.uk"),
        ] {
            let rule = parse_rule(" House ", typed, Some(" ")).unwrap();
            assert_eq!(rule, Rule { network: "House".into(), host: host.into(), parameter: None });
        }
        assert_eq!(parse_rule("House", "a.com", Some(" ref ")).unwrap().parameter.as_deref(), Some("ref"));
    }

    #[test]
    fn what_is_no_domain_of_one_owner_is_refused() {
        for host in [
            "",
            "*.",
            ".",
            "com",
            "co.uk",
            "*.co.uk",
            "github.io",
            "localhost",
            "https://a.com",
            "a.com/x",
            "a.com:80",
            "a@b.com",
            "a b.com",
            "a..com",
            ".a.com",
            "-a.com",
            "a.com..",
            "1.2.3.4",
            "0x7f.1",
            "[::1]",
            "*.*.com",
        ] {
            assert!(parse_rule("House", host, None).is_err(), "{host}");
        }
        assert!(parse_rule("House", &format!("{}.com", "a".repeat(64)), None).is_err());
    }

    #[test]
    fn a_rule_needs_a_name_and_a_bare_parameter() {
        assert!(parse_rule(" ", "a.com", None).is_err());
        for parameter in ["a=b", "a&b", "a b", "?a"] {
            assert!(parse_rule("House", "a.com", Some(parameter)).is_err(), "{parameter}");
        }
    }

    #[test]
    fn rel_always_begins_with_sponsored() {
        assert_eq!(rel(&[]).unwrap(), ["sponsored"]);
        assert_eq!(
            rel(&["NoFollow", "sponsored", "nofollow ugc"]).unwrap(),
            ["sponsored", "nofollow", "ugc"]
        );
        assert!(rel(&["follow"]).unwrap_err().contains("\"follow\""));
    }
}
