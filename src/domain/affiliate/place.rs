//! Where a link leads, in the forms that editors look links up by.

use super::{Address, DEPTH, parents, rule::parse_host, wrapper};

/// What a link can be found by: whose it is, and which one it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The link's host and each parent down to the domain that somebody registered, so
    /// that a search for "amazon.co.uk" also finds "www.amazon.co.uk".
    pub hosts: Vec<String>,
    /// The address without what makes no other link of it: scheme, user, usual port,
    /// fragment, empty query, closing slash. It is for comparing, not for following.
    pub exact: String,
}

/// Where a link leads. None for the site's own pages and for what is no web address:
/// nobody looks those up by host.
pub fn place(url: &str) -> Option<Place> {
    let address = Address::parse(url)?;
    let host = address.host()?;
    Some(Place { hosts: hosts(host, address.domain().unwrap_or(host)), exact: exact(&address, host) })
}

/// Every host that a link leads readers to, with its parents: its own first, then those that known redirects
/// pass them on to.
pub fn hosts_led_to(url: &str) -> Vec<String> {
    let Some(address) = Address::parse(url) else { return Vec::new() };
    let behind = wrapper::behind(&address, DEPTH);
    let mut all: Vec<String> = Vec::new();
    for address in std::iter::once(&address).chain(&behind) {
        let Some(host) = address.host() else { continue };
        for host in hosts(host, address.domain().unwrap_or(host)) {
            if !all.contains(&host) {
                all.push(host);
            }
        }
    }
    all
}

/// Each host from the first one down to its domain.
fn hosts(host: &str, domain: &str) -> Vec<String> {
    parents(host).take_while(|parent| parent.len() >= domain.len()).map(str::to_owned).collect()
}

fn exact(address: &Address, host: &str) -> String {
    let mut exact = host.to_owned();
    if let Some(port) = address.port() {
        exact.push_str(&format!(":{port}"));
    }
    let path = address.path();
    // Two closing slashes are no accident of copying.
    exact.push_str(path.strip_suffix('/').filter(|rest| !rest.ends_with('/')).unwrap_or(path));
    let mut query = address.raw_query().to_owned();
    // Left in by tools that escape once too often, at times more than once.
    while query.contains("&amp;") {
        query = query.replace("&amp;", "&");
    }
    if !query.is_empty() {
        exact.push('?');
        exact.push_str(&query);
    }
    exact
}

/// Brings what an editor types as a host filter into the form that [`Place::hosts`]
/// has; the error says what to type instead. A whole link may be typed: its host counts.
pub fn host_key(typed: &str) -> Result<String, String> {
    let help = || "Type a host, such as amazon.de, or a whole link.".to_owned();
    let typed = typed.trim();
    let bare = typed.strip_prefix("*.").unwrap_or(typed);
    if bare.is_empty() || bare.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(help());
    }
    let has_scheme = bare.contains("://") || bare.starts_with("//") || bare.starts_with("\\\\");
    let link = if has_scheme { bare.to_owned() } else { format!("https://{bare}") };
    let address = Address::parse(&link).ok_or_else(help)?;
    let host = address.host().ok_or_else(help)?;
    if matches!(url::Host::parse(host), Ok(url::Host::Ipv4(_) | url::Host::Ipv6(_))) {
        return Ok(host.to_owned());
    }
    parse_host(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_by_its_host_and_by_every_parent() {
        for (url, hosts) in [
            ("https://www.amazon.co.uk/dp/1", &["www.amazon.co.uk", "amazon.co.uk"][..]),
            ("//a.b.Bücher.de.", &["a.b.xn--bcher-kva.de", "b.xn--bcher-kva.de", "xn--bcher-kva.de"]),
            ("https://desk.github.io/x", &["desk.github.io"]),
            ("https://github.io/x", &["github.io"]),
            ("http://localhost:8080/", &["localhost"]),
            ("http://192.0.2.1/x", &["192.0.2.1"]),
            ("http://[2001:db8::1]/x", &["[2001:db8::1]"]),
        ] {
            assert_eq!(place(url).unwrap().hosts, hosts, "{url}");
        }
    }

    #[test]
    fn a_redirect_that_is_known_leads_to_what_it_passes_on_to() {
        assert_eq!(hosts_led_to("https://www.shop.example/?u=https://other.example/"), ["www.shop.example", "shop.example"]);
        assert_eq!(
            hosts_led_to("https://www.google.com/url?q=https://l.wl.co/l?u%3Dhttps%253A%252F%252Fwww.shop.example%252F3f"),
            ["www.google.com", "google.com", "www.shop.example", "shop.example", "l.wl.co", "wl.co"]
        );
        assert!(hosts_led_to("/about").is_empty() && hosts_led_to("mailto:a@amazon.de").is_empty());
    }

    #[test]
    fn what_is_no_link_to_another_site_has_no_place() {
        for url in
            ["", "/about", "?x=1", "#top", "mailto:a@amazon.de", "javascript:1", "https://", "http://["]
        {
            assert_eq!(place(url), None, "{url}");
        }
    }

    #[test]
    fn the_same_link_written_otherwise_is_the_same() {
        let same = [
            "https://www.shop.example/a/b?x=1&y=2",
            "http://www.shop.example/a/b?x=1&y=2",
            "//WWW.Shop.Example./a/b/?x=1&amp;y=2#top",
            "HTTPS://me:pw@www.shop.example:443/a/./b?x=1&amp;amp;y=2",
            "http://www.shop.example:80//a/b?x=1&y=2",
            "https:\\\\www.shop.example\\a\\b?x=1&y=2",
        ];
        for url in same {
            assert_eq!(place(url).unwrap().exact, "www.shop.example/a/b?x=1&y=2", "{url}");
        }
        assert_eq!(place("https://shop.example/?#x").unwrap().exact, "shop.example");
        assert_eq!(place("https://shop.example").unwrap().exact, "shop.example");
    }

    #[test]
    fn what_may_be_another_link_stays_another() {
        let exact = |url| place(url).unwrap().exact;
        for (one, other) in [
            ("https://a.example/p?x=1&y=2", "https://a.example/p?y=2&x=1"),
            ("https://a.example/p", "https://a.example/P"),
            ("https://a.example/p", "https://www.a.example/p"),
            ("https://a.example/p", "https://a.example:8443/p"),
            ("https://a.example/p/", "https://a.example/p//"),
            ("https://a.example/p%2Fq", "https://a.example/p/q"),
        ] {
            assert_ne!(exact(one), exact(other), "{one}");
        }
    }

    #[test]
    fn a_typed_host_becomes_the_one_that_links_have() {
        for (typed, host) in [
            ("https://www.Amazon.de/x", "www.amazon.de"),
            (" amazon.de ", "amazon.de"),
            ("*.amazon.de", "amazon.de"),
            ("amazon.de/dp/1?x=2", "amazon.de"),
            ("amazon.de:443", "amazon.de"),
            ("//amazon.de.", "amazon.de"),
            ("bücher.de", "xn--bcher-kva.de"),
            ("192.0.2.1", "192.0.2.1"),
        ] {
            assert_eq!(host_key(typed).as_deref(), Ok(host), "{typed}");
            assert!(place(&format!("https://{host}/x")).unwrap().hosts.contains(&host.to_owned()));
        }
    }

    #[test]
    fn what_is_no_host_is_refused_with_words() {
        for typed in
            ["", " ", "*.", "amazon", "co.uk", "*.co.uk", "a b.de", "mailto:a", "ftp://a.de", "/x", "a..de"]
        {
            let words = host_key(typed).unwrap_err();
            assert!(words.ends_with('.'), "{typed}: {words}");
        }
    }
}
