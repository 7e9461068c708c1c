//! An address as a browser would read it, with what authors' tools leave in it
//! (escaped ampersands, encoded targets) taken into account.

use std::{borrow::Cow, sync::LazyLock};

use url::Url;

use super::pattern::{self, Wanted, starts};

/// Stands in for the site that a relative address belongs to. The top-level
/// domain is reserved (RFC 2606), so no real link has it.
static HERE: LazyLock<Option<Url>> = LazyLock::new(|| Url::parse("https://here.invalid/").ok());

/// The longest host that there can be, in bytes.
const MAX_HOST: usize = 253;

/// How often a target may have been encoded.
const MAX_ENCODED: usize = 5;

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
        // The limit of DNS; it also bounds what comparing hosts can cost.
        if host.as_ref().is_some_and(|host| host.len() > MAX_HOST) {
            return None;
        }
        Some(Address { url, host })
    }

    /// The host in lower case and Punycode, without a trailing dot.
    pub(super) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The part of the host that somebody registered; nobody registers numbers.
    pub(super) fn domain(&self) -> Option<&str> {
        self.url.domain()?;
        psl::domain_str(self.host()?)
    }

    /// The port, where it is not what every browser would take anyway. Both usual
    /// ports count as that, because a protocol-relative link can mean either.
    pub(super) fn port(&self) -> Option<u16> {
        self.url.port().filter(|port| !matches!(port, 80 | 443))
    }

    /// The path, as sent; at least "/". Doubled slashes at its front, which servers
    /// overlook, are one.
    pub(super) fn path(&self) -> &str {
        let path = self.url.path();
        let doubled = path.bytes().take_while(|b| *b == b'/').count().saturating_sub(1);
        path.get(doubled..).unwrap_or(path)
    }

    /// What stands between the question mark and the fragment, as sent.
    pub(super) fn raw_query(&self) -> &str {
        self.url.query().unwrap_or_default()
    }

    /// Whether one of these patterns fits the path, see [`pattern::fit`].
    pub(super) fn has_path<S: AsRef<str>>(&self, patterns: &[S]) -> bool {
        patterns.iter().any(|pattern| pattern::fit(self.path(), pattern.as_ref()).is_some())
    }

    /// Whether anything follows the question mark.
    pub(super) fn has_query(&self) -> bool {
        self.query().next().is_some()
    }

    /// The first wanted parameter that the query has, in the words for editors.
    pub(super) fn parameter<S: AsRef<str>>(&self, wanted: &[S]) -> Option<String> {
        self.query().find_map(|(name, value)| {
            wanted.iter().map(|w| Wanted::new(w.as_ref())).find(|w| w.is(&name, &value)).map(Wanted::shown)
        })
    }

    /// The values that the query gives to any of these names.
    pub(super) fn values<'a>(&'a self, names: &'a [String]) -> impl Iterator<Item = Cow<'a, str>> {
        self.query()
            .filter(|(name, _)| names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted)))
            .map(|(_, value)| value)
    }

    /// The addresses that the query and the path carry; the fragment never leaves the
    /// browser, so what stands there leads nowhere.
    pub(super) fn targets(&self) -> impl Iterator<Item = Address> {
        let in_path = self.path_target().and_then(|target| Address::target(&target));
        in_path.into_iter().chain(self.query_targets())
    }

    /// The addresses that stand in the query.
    pub(super) fn query_targets(&self) -> impl Iterator<Item = Address> {
        self.query().filter_map(|(_, value)| Address::target(&value))
    }

    /// From where in the path a whole address begins, with the query that belongs to it.
    fn path_target(&self) -> Option<String> {
        const SCHEMES: [&str; 4] = ["http://", "https://", "http%3a", "https%3a"];
        let path = self.path();
        let mut places = path.char_indices().map(|(at, _)| at);
        let at = places.find(|at| {
            path.get(*at..).is_some_and(|rest| SCHEMES.iter().any(|scheme| starts(rest, scheme)))
        })?;
        self.rest(at)
    }

    /// The path from a place on, with the query.
    pub(super) fn rest(&self, at: usize) -> Option<String> {
        let path = self.path().get(at..)?;
        let query = self.raw_query();
        Some(if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") })
    }

    /// An address that another one carries, however often it was encoded. Only whole
    /// addresses count: "amazon.de" alone may be a search.
    pub(super) fn target(value: &str) -> Option<Address> {
        let mut value = Cow::Borrowed(value.trim());
        // Each redirect that was pasted into another encodes once more; nobody goes on for ever.
        for _ in 0..MAX_ENCODED {
            if !starts(&value, "http%") && !starts(&value, "https%") {
                break;
            }
            value = Cow::Owned(percent_decoded(&value));
        }
        let is_address = ["http:", "https:", "//", "\\\\"].iter().any(|scheme| starts(&value, scheme));
        is_address.then(|| Address::parse(&value)).flatten()
    }

    /// What was probably meant where the query is broken: a parameter put behind the
    /// path with "&", a second "?", or a question mark that was encoded. None where
    /// the address is whole.
    pub(super) fn mended(&self) -> Option<Address> {
        let path = percent_signs(self.path());
        let query = self.raw_query();
        let sent = if query.is_empty() { path } else { Cow::Owned(format!("{path}?{query}")) };
        let (front, rest) = sent.split_once(['?', '&'])?;
        let rest = rest.replace('?', "&");
        if rest == query && front == self.path() {
            return None;
        }
        let url = format!("{}{front}?{rest}", self.url.origin().ascii_serialization());
        Some(Address { url: Url::parse(&url).ok()?, host: self.host.clone() })
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

/// The signs that part a query, where they were encoded into a path.
fn percent_signs(path: &str) -> Cow<'_, str> {
    if !["%3f", "%3F"].iter().any(|mark| path.contains(mark)) {
        return Cow::Borrowed(path);
    }
    let signs = [("%3f", "?"), ("%3F", "?"), ("%26", "&"), ("%3d", "="), ("%3D", "=")];
    Cow::Owned(signs.iter().fold(path.to_owned(), |path, (code, sign)| path.replace(code, sign)))
}

/// Decodes by way of a form, whose blanks for "+" no web address minds.
pub(super) fn percent_decoded(text: &str) -> String {
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
        assert_eq!(address.parameter(&["x", "y"]).as_deref(), Some("y="));
        assert!(address.has_path(&["/a"]) && !address.has_path(&["/a/"]));
        assert!(Address::parse("//host.example/").unwrap().host().is_some());
        assert!(Address::parse("page?x=1").unwrap().host().is_none());
        assert!(Address::parse("http://192.0.2.1/").unwrap().domain().is_none());
        assert!(Address::parse("data:text/html,x").is_none());
        assert!(Address::parse(&format!("https://{}com/", "a.".repeat(200))).is_none());
    }

    #[test]
    fn targets_are_found_however_often_encoded() {
        for rest in [
            "?u=https://a.example/p",
            "?u=https%3A%2F%2Fa.example/p",
            "?u=HTTPS%253a%252F%252Fa.example/p",
            "?u=https%25253A%25252F%25252Fa.example/p",
            "?u=\\\\a.example/p",
            "get/https://a.example/p?x=1",
            "get/https%3A%2F%2Fa.example%2Fp/rest",
        ] {
            let address = Address::parse(&format!("https://x.example/{rest}")).unwrap();
            let hosts: Vec<_> = address.targets().filter_map(|target| target.host).collect();
            assert_eq!(hosts, ["a.example"], "{rest}");
        }
    }

    #[test]
    fn a_broken_query_is_mended_and_a_whole_one_left() {
        let mended = |url| Address::parse(url).and_then(|a| a.mended()).map(|a| a.url.to_string());
        for url in ["https://a.example/p&t=1", "https://a.example/p%3Ft%3D1"] {
            assert_eq!(mended(url).as_deref(), Some("https://a.example/p?t=1"), "{url}");
        }
        assert_eq!(mended("https://a.example/?x=1?t=1").as_deref(), Some("https://a.example/?x=1&t=1"));
        assert_eq!(mended("https://a.example/?x=1&t=1#a?b"), None);
        assert_eq!(mended("https://a.example/p"), None);
    }
}
