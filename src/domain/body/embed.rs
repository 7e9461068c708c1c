//! Posts, videos and recordings that a URL alone on a line stands for.
//!
//! Whatever goes into a frame's URL is checked letter by letter and put together anew; a shape that
//! is not known here stays an ordinary link.

use url::Url;

use super::Provider;

/// What a URL embeds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) provider: Provider,
    /// The page, in the provider's usual form.
    pub(super) url: String,
    /// What a frame shows; `None` where the provider has nothing that works without a script.
    pub(super) frame: Option<String>,
}

/// What this URL embeds, if it is one of the shapes known here.
pub(super) fn find(typed: &str) -> Option<Found> {
    let url = Url::parse(typed.trim()).ok()?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none();
    let host = url.host_str().filter(|_| is_plain)?;
    let parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    let query =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    match host.strip_prefix("www.").unwrap_or(host) {
        "youtube.com" | "m.youtube.com" | "music.youtube.com" | "youtube-nocookie.com" | "youtu.be" => {
            youtube(host, &parts, &query)
        }
        "vimeo.com" | "player.vimeo.com" => vimeo(&parts, &query),
        "open.spotify.com" => spotify(&parts),
        "instagram.com" => instagram(&parts),
        "x.com" | "twitter.com" | "mobile.x.com" | "mobile.twitter.com" => x(&parts),
        "tiktok.com" | "m.tiktok.com" | "vm.tiktok.com" | "vt.tiktok.com" => tiktok(host, &parts),
        "bsky.app" => bluesky(&parts),
        "facebook.com" | "m.facebook.com" | "web.facebook.com" | "fb.watch" => facebook(host, &parts, &query),
        _ => None,
    }
}

type Query<'q> = &'q dyn Fn(&str) -> Option<String>;

fn youtube(host: &str, parts: &[&str], query: Query<'_>) -> Option<Found> {
    let id = match parts {
        [id] if host.ends_with("youtu.be") => (*id).to_owned(),
        ["watch"] => query("v")?,
        ["shorts" | "live" | "embed" | "v", id] => (*id).to_owned(),
        _ => return None,
    };
    let id = fits(&id, 11..=11, "-_")?;
    let start = query("t").or_else(|| query("start")).and_then(|at| seconds(&at));
    let (page, frame) = (
        format!("https://www.youtube.com/watch?v={id}"),
        format!("https://www.youtube-nocookie.com/embed/{id}"),
    );
    Some(match start {
        Some(start) => {
            framed(Provider::Youtube, format!("{page}&t={start}"), format!("{frame}?start={start}"))
        }
        None => framed(Provider::Youtube, page, frame),
    })
}

/// `90`, `90s` or `1h2m3s` in seconds.
fn seconds(at: &str) -> Option<u32> {
    let (mut total, mut number) = (0_u32, 0_u32);
    for c in at.chars() {
        let unit = match c {
            '0'..='9' => {
                number = number.checked_mul(10)?.checked_add(c.to_digit(10)?)?;
                continue;
            }
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        number = 0;
    }
    total.checked_add(number).filter(|total| *total > 0)
}

fn vimeo(parts: &[&str], query: Query<'_>) -> Option<Found> {
    let (id, key) = match parts {
        [id] | ["video", id] => (*id, query("h")),
        [id, key] => (*id, Some((*key).to_owned())),
        _ => return None,
    };
    let id = digits(id)?;
    Some(match key {
        None => framed(
            Provider::Vimeo,
            format!("https://vimeo.com/{id}"),
            format!("https://player.vimeo.com/video/{id}?dnt=1"),
        ),
        Some(key) => {
            let key = fits(&key, 6..=20, "")?;
            framed(
                Provider::Vimeo,
                format!("https://vimeo.com/{id}/{key}"),
                format!("https://player.vimeo.com/video/{id}?h={key}&dnt=1"),
            )
        }
    })
}

fn spotify(parts: &[&str]) -> Option<Found> {
    let (kind, id) = match parts {
        [kind, id] => (*kind, *id),
        [language, kind, id] if language.starts_with("intl-") => (*kind, *id),
        _ => return None,
    };
    if !["track", "album", "playlist", "episode", "show", "artist"].contains(&kind) {
        return None;
    }
    let id = fits(id, 22..=22, "")?;
    Some(framed(
        Provider::Spotify,
        format!("https://open.spotify.com/{kind}/{id}"),
        format!("https://open.spotify.com/embed/{kind}/{id}"),
    ))
}

fn instagram(parts: &[&str]) -> Option<Found> {
    let (kind, code) = match parts {
        [kind @ ("p" | "reel" | "tv"), code] => (*kind, *code),
        [_, kind @ ("p" | "reel" | "tv"), code] => (*kind, *code),
        _ => return None,
    };
    let code = fits(code, 5..=60, "-_")?;
    Some(linked(Provider::Instagram, format!("https://www.instagram.com/{kind}/{code}/")))
}

fn x(parts: &[&str]) -> Option<Found> {
    let (user, id) = match parts {
        ["i", "web", "status", id] => ("i/web", *id),
        [user, "status" | "statuses", id, ..] => (fits(user, 1..=15, "_")?, *id),
        _ => return None,
    };
    let id = digits(id)?;
    Some(linked(Provider::X, format!("https://x.com/{user}/status/{id}")))
}

fn tiktok(host: &str, parts: &[&str]) -> Option<Found> {
    let page = match parts {
        [user, kind @ ("video" | "photo"), id] => {
            let user = fits(user.strip_prefix('@')?, 1..=30, "_.")?;
            format!("https://www.tiktok.com/@{user}/{kind}/{}", digits(id)?)
        }
        ["t", code] => format!("https://www.tiktok.com/t/{}/", fits(code, 5..=20, "")?),
        [code] if host.starts_with('v') => format!("https://{host}/{}/", fits(code, 5..=20, "")?),
        _ => return None,
    };
    Some(linked(Provider::Tiktok, page))
}

fn bluesky(parts: &[&str]) -> Option<Found> {
    let ["profile", author, "post", post] = parts else { return None };
    let (author, post) = (fits(author, 3..=253, ".-:")?, fits(post, 3..=50, "-_")?);
    Some(linked(Provider::Bluesky, format!("https://bsky.app/profile/{author}/post/{post}")))
}

fn facebook(host: &str, parts: &[&str], query: Query<'_>) -> Option<Found> {
    let id_of = |name: &str| query(name).and_then(|id| fits(&id, 1..=100, "").map(str::to_owned));
    let path = match parts {
        [code] if host.ends_with("fb.watch") => {
            return Some(linked(
                Provider::Facebook,
                format!("https://fb.watch/{}/", fits(code, 5..=40, "-_")?),
            ));
        }
        ["watch"] => format!("watch/?v={}", id_of("v")?),
        ["photo" | "photo.php"] => format!("photo/?fbid={}", id_of("fbid")?),
        [page @ ("story.php" | "permalink.php")] => {
            format!("{page}?story_fbid={}&id={}", id_of("story_fbid")?, id_of("id")?)
        }
        ["reel", id] => format!("reel/{}/", digits(id)?),
        ["share", kind @ ("p" | "v" | "r"), code] => format!("share/{kind}/{}/", fits(code, 5..=40, "-_")?),
        [user, kind @ ("posts" | "videos"), id] => {
            format!("{}/{kind}/{}/", fits(user, 1..=100, "._-")?, fits(id, 1..=100, "-_")?)
        }
        _ => return None,
    };
    Some(linked(Provider::Facebook, format!("https://www.facebook.com/{path}")))
}

/// The part, if it has this many letters, digits of ASCII, and characters of `others`, and no more.
fn fits<'p>(part: &'p str, length: std::ops::RangeInclusive<usize>, others: &str) -> Option<&'p str> {
    let known =
        length.contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c));
    known.then_some(part)
}

fn digits(part: &str) -> Option<&str> {
    fits(part, 1..=20, "").filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()))
}

fn framed(provider: Provider, url: String, frame: String) -> Found {
    Found { provider, url, frame: Some(frame) }
}

fn linked(provider: Provider, url: String) -> Found {
    Found { provider, url, frame: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_provider_is_known_by_its_urls() {
        for (typed, page, frame) in [
            (
                "https://youtu.be/dQw4w9WgXcQ?t=1m5s",
                "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=65",
                Some("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?start=65"),
            ),
            (
                "http://m.youtube.com/watch?app=x&v=dQw4w9WgXcQ",
                "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
                Some("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"),
            ),
            (
                "https://vimeo.com/123/abcdef12",
                "https://vimeo.com/123/abcdef12",
                Some("https://player.vimeo.com/video/123?h=abcdef12&dnt=1"),
            ),
            (
                "https://open.spotify.com/intl-de/track/0123456789abcdefABCDEF?si=1",
                "https://open.spotify.com/track/0123456789abcdefABCDEF",
                Some("https://open.spotify.com/embed/track/0123456789abcdefABCDEF"),
            ),
            (
                "https://www.instagram.com/somebody/reel/Cabc_-123/",
                "https://www.instagram.com/reel/Cabc_-123/",
                None,
            ),
            ("https://twitter.com/some_body/status/12345?s=20", "https://x.com/some_body/status/12345", None),
            (
                "https://www.tiktok.com/@some.body/video/123",
                "https://www.tiktok.com/@some.body/video/123",
                None,
            ),
            (
                "https://bsky.app/profile/some.body.example/post/3abc",
                "https://bsky.app/profile/some.body.example/post/3abc",
                None,
            ),
            (
                "https://m.facebook.com/somebody/posts/pfbid0abc",
                "https://www.facebook.com/somebody/posts/pfbid0abc/",
                None,
            ),
        ] {
            let found = find(typed).expect(typed);
            assert_eq!((found.url.as_str(), found.frame.as_deref()), (page, frame), "{typed}");
        }
    }

    #[test]
    fn other_shapes_stay_links() {
        for typed in [
            "https://youtu.be/short",
            "https://www.youtube.com/watch?v=dQw4w9WgXc\"",
            "https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
            "https://me@youtu.be/dQw4w9WgXcQ",
            "https://youtu.be:444/dQw4w9WgXcQ",
            "ftp://youtu.be/dQw4w9WgXcQ",
            "https://x.com/somebody",
            "https://x.com/some%22body/status/1",
            "https://vimeo.com/12a",
            "https://www.facebook.com/watch?v=%3Cb%3E",
        ] {
            assert_eq!(find(typed), None, "{typed}");
        }
    }
}
