//! Addresses that lead on to another one.
//!
//! Mail filters, social networks and archives wrap links; an author who copies such a
//! link still sends readers to the wrapped one. Where the table knows the wrapper, the
//! inner link is as certain as it is by itself; any other page that merely has an
//! address in its own (a log-in, a share button) may lead elsewhere.

use super::address::percent_decoded;
use super::networks::{WRAPPERS, Wrapper};
use super::{Address, Certainty, Finding, Rule, find, parents, pattern};

/// A redirect that is known to pass every click on.
pub(super) fn by_wrapper(address: &Address, rules: &[Rule], depth: u8) -> Option<Finding> {
    let depth = depth.checked_sub(1)?;
    steps(address).find_map(|(wrapper, target)| {
        let inner = find(&target, rules, depth)?;
        let certainty = if wrapper.possible { Certainty::Possible } else { inner.certainty };
        Some(Finding { certainty, ..led_on(inner) })
    })
}

/// Where known redirects pass a click on to, one after the other, the last one first.
pub(super) fn behind(address: &Address, depth: u8) -> Vec<Address> {
    let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
    let mut all = Vec::new();
    for (_, next) in steps(address) {
        all.extend(behind(&next, depth));
        all.push(next);
    }
    all
}

/// The redirects that an address is known to be, each with its target.
fn steps(address: &Address) -> impl Iterator<Item = (&'static Wrapper, Address)> {
    let known = address.host().into_iter().flat_map(parents).filter_map(|at| Some((at, WRAPPERS.get(at)?)));
    known
        .flat_map(|(at, wrappers)| wrappers.iter().map(move |wrapper| (at, *wrapper)))
        .filter_map(|(at, wrapper)| Some((wrapper, target(address, wrapper, at)?)))
}

/// A redirect of somebody else's that leads to a link which would be found.
pub(super) fn by_target(address: &Address, rules: &[Rule], depth: u8) -> Option<Finding> {
    let depth = depth.checked_sub(1)?;
    address.targets().find_map(|target| {
        let inner = find(&target, rules, depth)?;
        Some(Finding { certainty: Certainty::Possible, ..led_on(inner) })
    })
}

fn led_on(inner: Finding) -> Finding {
    // Once is enough, however many wrappers there are.
    let why = match inner.why.starts_with("leads on: ") {
        true => inner.why,
        false => format!("leads on: {}", inner.why),
    };
    Finding { why, ..inner }
}

/// What a wrapper's address leads to.
fn target(address: &Address, wrapper: &Wrapper, at: &str) -> Option<Address> {
    if !wrapper.paths.is_empty() && !address.has_path(&wrapper.paths) {
        return None;
    }
    if wrapper.in_host {
        return host_target(address, at);
    }
    if wrapper.whole_query {
        return completed(address.raw_query());
    }
    if wrapper.in_path.is_empty() {
        return address.values(&wrapper.parameters).find_map(|value| completed(&value));
    }
    let front = wrapper.in_path.iter().find_map(|before| pattern::fit(address.path(), before))?;
    let rest = address.rest(front)?;
    let rest = wrapper.until.as_deref().and_then(|until| rest.split(until).next()).unwrap_or(&rest);
    path_target(rest)
}

/// A target in a path stands there as it is, or encoded as one part of it.
fn path_target(rest: &str) -> Option<Address> {
    let part = rest.split(['/', '?']).next().unwrap_or_default();
    let is_encoded = ["%2f", "%2F"].iter().any(|slash| part.contains(slash));
    if is_encoded { completed(&percent_decoded(part)) } else { completed(rest) }
}

/// Wrappers may leave out the scheme, or a slash of it.
fn completed(target: &str) -> Option<Address> {
    let bare = target.trim().trim_start_matches('/');
    Address::target(bare).or_else(|| {
        let (host, _) = bare.split_once(['/', '?']).unwrap_or((bare, ""));
        let is_host = host.contains('.') && !host.contains([':', '%', '@']);
        is_host.then(|| Address::parse(&format!("https://{bare}"))).flatten()
    })
}

/// "www-my--shop-com" is www.my-shop.com.
fn host_target(address: &Address, at: &str) -> Option<Address> {
    let front = address.host()?.strip_suffix(at)?.strip_suffix('.')?;
    let host = front.replace("--", "\0").replace('-', ".").replace('\0', "-");
    completed(&format!("{host}{}", address.rest(0)?))
}

#[cfg(test)]
mod tests {
    use super::super::detect;
    use super::*;

    fn found(url: &str) -> Option<(String, Certainty)> {
        detect(url, &[]).map(|finding| (finding.network_id, finding.certainty))
    }

    #[test]
    fn a_known_wrapper_passes_a_certain_link_on() {
        for url in [
            "https://www.google.com/url?sa=t&q=https://amzn.to/3f&usg=x",
            "https://www.google.co.uk/url?url=https%3A%2F%2Famzn.to%2F3f",
            "https://l.facebook.com/l.php?u=https%3A%2F%2Famzn.to%2F3f%3Ffbclid%3Dx&h=AT",
            "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Famzn.to%2F3f&amp;data=05",
            "https://t.umblr.com/redirect?z=https%3A%2F%2Famzn.to%2F3f&t=x",
            "https://slack-redir.net/link?url=https%3A%2F%2Famzn.to%2F3f",
            "https://www.linkedin.com/safety/go?url=https%3A%2F%2Famzn.to%2F3f",
            "https://www.youtube.com/redirect?event=x&q=https%3A%2F%2Famzn.to%2F3f",
            "https://web.archive.org/web/20200101000000/https://amzn.to/3f",
            "https://web.archive.org/web/2020if_/http:/amzn.to/3f",
            "https://web.archive.org/web/https://amzn.to/3f",
            "https://www.google.com/amp/s/amzn.to/3f",
            "https://amzn-to.cdn.ampproject.org/c/s/amzn.to/3f",
            "https://href.li/?https://amzn.to/3f",
            "https://click.redditmail.com/CL0/https:%2F%2Famzn.to%2F3f/1/0100",
            "https://urldefense.com/v3/__https://amzn.to/3f__;!!abc$",
            "https://l.instagram.com/?u=https%253A%252F%252Famzn.to%252F3f",
            "//www.google.com/url?q=//amzn.to/3f",
            "https://duckduckgo.com/l/?uddg=https%3A%2F%2Famzn.to%2F3f",
            "https://vk.com/away.php?to=https%3A%2F%2Famzn.to%2F3f",
            "https://click.pstmrk.it/3s/amzn.to%2F3f/AbC/x",
            "https://www.google.com/url?q=https://l.wl.co/l?u%3Dhttps%253A%252F%252Famzn.to%252F3f",
        ] {
            assert_eq!(found(url), Some(("amazon-short".to_owned(), Certainty::Certain)), "{url}");
        }
    }

    #[test]
    fn the_targets_own_query_goes_with_it() {
        for url in [
            "https://web.archive.org/web/2020/https://www.amazon.com/dp/B000?th=1&tag=desk-20",
            "https://href.li/?https://www.amazon.com/dp/B000?th=1&tag=desk-20",
            "https://urldefense.com/v3/__https://www.amazon.com/dp/B0?tag=desk-20__;!!a",
            "https://out.reddit.com/t3_x?url=https%3A%2F%2Fwww.amazon.com%2Fdp%2FB0%3Fth%3D1%26tag%3Ddesk-20",
        ] {
            assert_eq!(found(url), Some(("amazon".to_owned(), Certainty::Certain)), "{url}");
        }
    }

    #[test]
    fn where_readers_may_end_elsewhere_the_link_is_possible() {
        for url in [
            "https://other.example/get/https://amzn.to/3f",
            "https://amzn-to.translate.goog/3f?_x_tr_sl=de",
            "https://www.google.com/search?q=https://amzn.to/3f",
            "/out/https://amzn.to/3f",
            "https://accounts.google.com/login?continue=https%3A%2F%2Famzn.to%2F3f",
        ] {
            assert_eq!(found(url), Some(("amazon-short".to_owned(), Certainty::Possible)), "{url}");
        }
    }

    #[test]
    fn what_leads_nowhere_is_left_alone() {
        for url in [
            "https://www.google.com/url?q=amzn",
            "https://www.google.com/url#q=https://amzn.to/3f",
            "https://www.google.com/search?q=amzn.to/3f",
            "https://l.facebook.com/l.php?u=https%3A%2F%2Famzn.to",
            "https://web.archive.org/web/2020/https://www.amazon.com/dp/B000",
            "https://www.google.com/url?q=https://www.amazon.com/dp/B000&tag=desk-20",
            "https://notl.facebook.com.example/l.php?u=amzn.to/3f",
        ] {
            assert_eq!(found(url), None, "{url}");
        }
    }
}
