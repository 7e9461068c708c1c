//! An address as a browser would read it, with what authors' tools leave in it
//! (escaped ampersands, encoded targets) taken into account.

use std::{borrow::Cow, sync::LazyLock};

use url::Url;

/// Stands in for the site that a relative address belongs to. The top-level
/// domain is reserved (RFC 2606), so no real link has it.
static HERE: LazyLock<Option<Url>> = LazyLock::new(|| Url::parse("https://here.invalid/").ok());

/// A parsed http(s) address, or one relative to the site.
pub(super) struct Address {
    url: Url,
    /// None for an address of the site's own.
    host: Option<String>,
}

impl Address {
    /// None for what is no web address: other schemes, hosts that cannot be.
    pub(super) fn parse(text: &str) -> Option<Address> {
        let text = unescape(text);
        let url = match Url::parse(&text) {
            Err(url::ParseError::RelativeUrlWithoutBase) => HERE.as_ref()?.join(&text).ok()?,
            parsed => parsed.ok()?,
        };
        if !matches!(url.scheme(), "http" | "https") {
            return None;
        }
        let is_here = HERE.as_ref().is_some_and(|here| here.host() == url.host());
        let host = match url.host()? {
            url::Host::Domain(name) if !is_here => Some(name.strip_suffix('.').unwrap_or(name).to_owned()),
            url::Host::Domain(_) => None,
            // A bare number is nobody's network, but may still redirect to one.
            ip => Some(ip.to_string()),
        };
        Some(Address { url, host })
    }

    /// The host in lower case and Punycode, without a trailing dot.
    pub(super) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The part of the host that somebody registered.
    pub(super) fn domain(&self) -> Option<&str> {
        psl::domain_str(self.host()?)
    }

    /// The path, as sent; at least "/".
    pub(super) fn path(&self) -> &str {
        self.url.path()
    }

    /// Whether the path begins so, in any case; behind a slash something must follow.
    pub(super) fn path_starts_with(&self, start: &str) -> bool {
        let path = self.path();
        path.get(..start.len()).is_some_and(|front| front.eq_ignore_ascii_case(start))
            && (path.len() > start.len() || !start.ends_with('/'))
    }

    /// Whether anything follows the question mark.
    pub(super) fn has_query(&self) -> bool {
        self.query().next().is_some()
    }

    /// The first of these names that the query gives a value to. Shops fold the
    /// case of the names; an empty value names nobody who could earn.
    pub(super) fn parameter<'n>(&self, names: &[&'n str]) -> Option<&'n str> {
        self.query()
            .filter(|(_, value)| !value.trim().is_empty())
            .find_map(|(name, _)| names.iter().find(|wanted| name.eq_ignore_ascii_case(wanted)).copied())
    }

    /// The value that the query gives to a name.
    pub(super) fn value_of(&self, wanted: &str) -> Option<Cow<'_, str>> {
        self.query().find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then_some(value))
    }

    /// The addresses that the query carries.
    pub(super) fn targets(&self) -> impl Iterator<Item = Address> {
        self.query().filter_map(|(_, value)| {
            let value = value.trim_start();
            if starts(value, "http%3a") || starts(value, "https%3a") {
                // Encoded twice, as when one redirect was pasted into another.
                let once: String = percent_decoded(value);
                return Address::parse(&once);
            }
            let is_address = ["http:", "https:", "//"].iter().any(|scheme| starts(value, scheme));
            is_address.then(|| Address::parse(value)).flatten()
        })
    }

    /// Names and values, decoded; "&amp;" that was left in parts them as "&" does.
    fn query(&self) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
        self.url.query_pairs().map(|(name, value)| {
            let mut bare = name.as_ref();
            while starts(bare, "amp;") {
                bare = bare.get(4..).unwrap_or_default();
            }
            match bare.len() == name.len() {
                true => (name, value),
                false => (Cow::Owned(bare.to_owned()), value),
            }
        })
    }
}

fn starts(text: &str, with: &str) -> bool {
    text.get(..with.len()).is_some_and(|front| front.eq_ignore_ascii_case(with))
}

/// Numeric ampersands are put right before parsing: their "#" would begin a fragment.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains("&#") {
        return Cow::Borrowed(text);
    }
    let mut plain = text.to_owned();
    for ampersand in ["&#38;", "&#038;", "&#x26;", "&#X26;"] {
        plain = plain.replace(ampersand, "&");
    }
    Cow::Owned(plain)
}

/// Decodes by way of a form, whose blanks for "+" no web address minds.
fn percent_decoded(text: &str) -> String {
    // A bare "&" or "=" would end the value; in an encoded address they can only
    // belong to what came after the target.
    let value = text.split('&').next().unwrap_or_default().replace('=', "%3D");
    url::form_urlencoded::parse(value.as_bytes())
        .map(|(name, _)| name.into_owned())
        .next()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_browsers_read_it() {
        let address = Address::parse(" \thttps://a:b@SHOP.Example.:8443/A?x=%20&amp;Y=%31#y=2").unwrap();
        assert_eq!((address.host(), address.domain()), (Some("shop.example"), Some("shop.example")));
        assert_eq!(address.parameter(&["x", "y"]), Some("y"));
        assert!(address.path_starts_with("/a") && !address.path_starts_with("/a/"));
        assert!(Address::parse("//host.example/").unwrap().host().is_some());
        assert!(Address::parse("page?x=1").unwrap().host().is_none());
        assert!(Address::parse("data:text/html,x").is_none());
    }

    #[test]
    fn targets_are_found_however_often_encoded() {
        for query in
            ["u=https://a.example/p", "u=https%3A%2F%2Fa.example/p", "u=HTTPS%253a%252F%252Fa.example/p"]
        {
            let address = Address::parse(&format!("https://x.example/?no=thing&{query}")).unwrap();
            let hosts: Vec<_> = address.targets().filter_map(|target| target.host).collect();
            assert_eq!(hosts, ["a.example"], "{query}");
        }
    }
}
