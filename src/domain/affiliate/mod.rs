//! Which links earn commission, told by the address alone.
//!
//! Nothing here asks the network: where a short link leads is not known, only
//! whose it is. What a policy adds comes before what is built in.

mod address;
mod evidence;
mod hints;
mod networks;
mod pattern;
mod place;
mod rule;
mod wording;
mod wrapper;

use address::Address;
pub use networks::network_names;
pub use place::{Place, host_key, hosts_led_to, place};
pub use rule::{Rule, parse_rel, parse_rule};
pub use wording::{FAR_DOWN, Wording, advice};

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// The link earns commission for whoever placed it.
    Certain,
    /// It may; somebody who knows the deal must say.
    Possible,
}

/// The network that a link earns its commission from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The network's name as shown to editors, e.g. "Amazon Associates".
    pub network: String,
    /// The network's stable key, e.g. "amazon".
    pub network_id: String,
    /// Whether the address proves it.
    pub certainty: Certainty,
    /// Short words for an editor: "tag= on amazon.com".
    pub why: String,
}

/// How many addresses inside addresses are followed. Each lies within the one
/// before, so the work stays in proportion to the length of the outermost.
const DEPTH: u8 = 3;

/// Which network, if any, a link earns its commission from. Only http(s) and
/// protocol-relative URLs can; a site-relative one never is certain.
pub fn detect(url: &str, rules: &[Rule]) -> Option<Finding> {
    find(&Address::parse(url)?, rules, DEPTH)
}

/// What proves more goes before what proves less; of equals, what is more exact comes first.
fn find(address: &Address, rules: &[Rule], depth: u8) -> Option<Finding> {
    let looks: [&dyn Fn() -> Option<Finding>; 8] = [
        &|| by_rule(address, rules),
        &|| evidence::by_table(address),
        &|| wrapper::by_wrapper(address, rules, depth),
        &|| evidence::by_broken_query(address),
        &|| wrapper::by_target(address, rules, depth),
        &|| hints::by_trace(address),
        &|| hints::by_own_programme(address),
        &|| hints::by_folder(address),
    ];
    let mut possible = None;
    for look in looks {
        match look() {
            Some(found) if found.certainty == Certainty::Certain => return Some(found),
            found => possible = possible.or(found),
        }
    }
    possible
}

/// What the policy says: certain, because somebody who knows the deal said so.
fn by_rule(address: &Address, rules: &[Rule]) -> Option<Finding> {
    let host = address.host()?;
    let rule = rules.iter().find(|rule| {
        is_at_or_below(host, &rule.host)
            && rule.parameter.as_deref().is_none_or(|name| address.parameter(&[name]).is_some())
    })?;
    let why = match &rule.parameter {
        Some(parameter) => format!("{parameter}= on {}", rule.host),
        None => format!("link to {}", rule.host),
    };
    Some(Finding {
        network: rule.network.clone(),
        network_id: rule.network_id(),
        certainty: Certainty::Certain,
        why,
    })
}

fn finding((id, name): (&str, &str), certainty: Certainty, why: String) -> Finding {
    Finding { network: name.to_owned(), network_id: id.to_owned(), certainty, why }
}

/// A host and all that it is below, "com" included.
fn parents(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |host| host.split_once('.').map(|(_, parent)| parent))
}

/// Compares whole labels: "notamazon.com" is not below "amazon.com".
fn is_at_or_below(host: &str, at: &str) -> bool {
    let Some(start) = host.len().checked_sub(at.len()).filter(|_| !at.is_empty()) else { return false };
    host.split_at_checked(start).is_some_and(|(front, end)| {
        end.eq_ignore_ascii_case(at) && (front.is_empty() || front.ends_with('.'))
    })
}

/// The name of the network that is meant: that of a built-in one by its key or its name
/// in any case, else what was typed.
pub fn network_named(typed: &str) -> String {
    let typed = typed.trim();
    let mut names = network_names().into_iter();
    let known = names.find(|(id, name)| id.eq_ignore_ascii_case(typed) || name.eq_ignore_ascii_case(typed));
    known.map_or_else(|| typed.to_owned(), |(_, name)| name.to_owned())
}

/// Whether a network of this name is Amazon's, which asks for a sentence of its own.
pub fn is_amazon(network: &str) -> bool {
    network_names().into_iter().any(|(id, name)| name == network && id.starts_with("amazon"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Certainty::{Certain, Possible};

    fn found(url: &str) -> Option<(String, Certainty)> {
        detect(url, &[]).map(|f| (f.network_id, f.certainty))
    }

    #[test]
    fn links_that_earn_commission_are_certain() {
        for (url, id) in [
            ("https://www.amazon.com/dp/B000?tag=desk-20", "amazon"),
            ("HTTP://user:pw@SMILE.Amazon.co.uk.:8080/dp/B000?th=1&amp;amp;%74AG=%64esk-21", "amazon"),
            ("//www.amazon.de/dp/B000?a&#38;tag=desk-21", "amazon"),
            ("\\\\ａｍａｚｏｎ.de/dp/B000?tag=desk-21", "amazon"),
            ("https://www.amazon.com/exec/obidos/ASIN/0596154577/desk-20/", "amazon"),
            ("https://amzn.to/3fQr7hz", "amazon-short"),
            ("https:/amzn.to/3fQr7hz", "amazon-short"),
            ("https://go.redirectingat.com?id=1X2&url=https%3A%2F%2Fshop.example%2F", "skimlinks"),
            ("https://www.shareasale.com/u.cfm?d=1&m=2&u=3", "shareasale"),
            ("https://prf.hn/click/camref:11l/destination:https%3A%2F%2Fshop.example", "partnerize"),
            ("https://brand.sjv.io/c/1/2/3", "impact"),
            ("https://brand.i123456.net/c/1/2/3", "impact"),
            ("http://nick.vendor.hop.clickbank.net", "clickbank"),
            ("https://uk.bookshop.org/a/12/9780000000000", "bookshop"),
            ("https://www.ebay.de/itm/1?mkevt=1&campid=53", "ebay-params"),
        ] {
            assert_eq!(found(url), Some((id.to_owned(), Certain)), "{url}");
        }
    }

    #[test]
    fn links_that_may_earn_commission_are_possible() {
        for (url, id) in [
            ("https://a.co/d/abc", "amazon-short"),
            ("https://amzn.eu/d/abc", "amazon-short"),
            ("https://ebay.us/m/abc", "ebay"),
            ("https://shop.example/?AFF_ID=7", "generic"),
            ("https://shop.example/?utm_medium=Affiliate", "generic"),
            ("https://shop.example/p?irclickid=7", "impact"),
            ("https://other.example/r?to=https%253A%252F%252Famzn.to%252F3f", "amazon-short"),
            ("https://other.example/r?to=//amzn.to/3f", "amazon-short"),
            ("https://goto.brand.example/c/1234/5678/90", "impact"),
            ("/redirect?to=https://amzn.to/3f", "amazon-short"),
            ("/go/kettle", "cloaked"),
            ("../Recommends/kettle", "cloaked"),
        ] {
            assert_eq!(found(url), Some((id.to_owned(), Possible)), "{url}");
        }
    }

    #[test]
    fn everything_else_is_left_alone() {
        for url in [
            "",
            "#top",
            "?",
            "go/",
            "/about",
            "mailto:a@amzn.to",
            "javascript:location='https://amzn.to/3f'",
            "https://www.amazon.com/dp/B000?tag=%20",
            "https://www.amazon.com/dp/B000#tag=desk-20",
            "https://aws.amazon.com/s3/?tag=desk-20",
            "https://notamazon.com/?tag=desk-20",
            "https://amazon.com.evil.example/?tag=desk-20",
            "https://amazon.com@evil.example/?tag=desk-20",
            "https://amzn.to",
            "https://amzn.to./",
            "https://brand.sjv.io/",
            "https://hop.clickbank.net",
            "https://www.shareasale.com/info/about",
            "https://www.ebay.com/itm/1?mkcid=16&mkevt=1",
            "https://i2.net/c/x",
            "https://[::1]/?tag=desk-20",
            "https://1.2.3.4/go/x",
            "https://",
            "http://com/",
            "https://site.example/go/kettle",
            "https://аmazon.com/?tag=desk-20",
        ] {
            assert_eq!(found(url), None, "{url}");
        }
    }

    #[test]
    fn a_policys_rule_is_certain_and_comes_first() {
        let rules = [
            parse_rule("House deals", "*.Bücher.example.", Some("Ref")).unwrap(),
            parse_rule("ebay partner network", "go.site.example", None).unwrap(),
        ];
        let deal = detect("https://shop.BÜCHER.example/x?rEF=9", &rules).unwrap();
        assert_eq!((deal.network_id.as_str(), deal.certainty), ("house-deals", Certain));
        assert_eq!(deal.why, "Ref= on xn--bcher-kva.example");
        assert_eq!(detect("https://bücher.example/?ref=", &rules), None);
        assert_eq!(detect("https://notbücher.example/?ref=1", &rules), None);
        assert_eq!(detect("https://go.site.example/x", &rules).unwrap().network_id, "ebay");
        let nested = detect("https://other.example/?u=https://go.site.example/x", &rules).unwrap();
        assert_eq!(nested.certainty, Possible);
    }

    #[test]
    fn a_network_is_known_by_its_key_and_by_its_name() {
        assert_eq!(network_named(" AMAZON "), "Amazon Associates");
        assert_eq!(network_named("amazon associates"), "Amazon Associates");
        assert_eq!(network_named(" House deals"), "House deals");
        assert!(is_amazon("Amazon short link") && !is_amazon("eBay Partner Network") && !is_amazon(""));
    }

    #[test]
    fn words_for_editors_are_short() {
        let why = |url| detect(url, &[]).unwrap().why;
        assert_eq!(why("https://www.amazon.com/dp/B000?TAG=desk-20"), "tag= on amazon.com");
        assert_eq!(why("https://amzn.to/3f"), "link through amzn.to");
        assert_eq!(why("https://x.example/?u=https://amzn.to/3f"), "leads on: link through amzn.to");
        assert_eq!(why("https://x.example/?utm_medium=affiliate"), "utm_medium=affiliate in the address");
    }
}
