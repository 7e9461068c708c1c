//! Links between posts, made links between the articles they become.

use std::collections::HashSet;

use super::{
    address::{address, markdown_path, stem},
    code::{self, Part},
    date,
    destination::{Destination, dated_address, destination, escaped},
    template::{self, Meaning},
};

/// A body whose links lead to articles here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// The Markdown, otherwise unchanged.
    pub body: String,
    /// Slugs of the posts linked to, in order, without doubles.
    pub linked: Vec<String>,
}

/// Makes links to other imported posts links to their articles here, and template
/// expressions that are addresses into those addresses. All other expressions and all code
/// stay as they are.
///
/// `resolve` is asked with what [`super::Post::addresses`] lists, and with absolute URLs
/// (`https://host/path/`, the path in the form of [`address`]) for callers who know under
/// which host the posts were published.
pub fn rewrite(body: &str, resolve: &dyn Fn(&str) -> Option<String>) -> Rewritten {
    let mut rewriter = Rewriter {
        resolve,
        is_raw: false,
        known: HashSet::new(),
        done: Rewritten { body: String::with_capacity(body.len()), linked: Vec::new() },
    };
    for part in code::parts(body) {
        match part {
            Part::Code(code) => rewriter.done.body.push_str(code),
            Part::Text(text) => rewriter.text(text),
        }
    }
    rewriter.done
}

struct Rewriter<'a> {
    resolve: &'a dyn Fn(&str) -> Option<String>,
    /// Within `{% raw %}`, which may span code.
    is_raw: bool,
    known: HashSet<String>,
    done: Rewritten,
}

impl Rewriter<'_> {
    fn text(&mut self, text: &str) {
        let (mut copied, mut at) = (0, 0);
        while let Some(found) = text.get(at..).and_then(|rest| rest.find(['{', ']', '='])) {
            let hit = at + found;
            let start = match self.start_of_destination(text, hit) {
                Some(start) => start,
                None => {
                    at = hit + 1;
                    continue;
                }
            };
            let rest = text.get(start..).unwrap_or_default();
            if let Some((marker @ (Meaning::Raw | Meaning::EndRaw), length)) = template::read(rest) {
                self.is_raw = marker == Meaning::Raw;
                self.done.body.push_str(text.get(copied..start).unwrap_or_default());
                (copied, at) = (start + length, start + length);
                continue;
            }
            if self.is_raw {
                at = hit + 1;
                continue;
            }
            let destination = destination(rest);
            let end = start + destination.length;
            if let Some(url) = self.url(&destination, text.get(end..)) {
                self.done.body.push_str(text.get(copied..start).unwrap_or_default());
                self.done.body.push_str(&url);
                copied = end;
            }
            at = end.max(hit + 1);
        }
        self.done.body.push_str(text.get(copied..).unwrap_or_default());
    }

    /// Where a destination begins that the sign at `hit` announces: an expression anywhere,
    /// `](…)`, `[…]: …`, `href=…`, `src=…`.
    fn start_of_destination(&self, text: &str, hit: usize) -> Option<usize> {
        let rest = text.get(hit..)?;
        let lead = if rest.starts_with("{{") || rest.starts_with("{%") {
            return Some(hit);
        } else if rest.starts_with("](") || rest.starts_with("]: ") || rest.starts_with("]:\t") {
            2
        } else if rest.starts_with('=') {
            let before = text.get(..hit)?.trim_end().as_bytes();
            let ends = |name: &[u8]| {
                let (head, tail) = before.split_at_checked(before.len().checked_sub(name.len())?)?;
                (tail.eq_ignore_ascii_case(name) && head.last().is_none_or(|byte| byte.is_ascii_whitespace()))
                    .then_some(())
            };
            ends(b"href").or_else(|| ends(b"src"))?;
            1
        } else {
            return None;
        };
        let after = rest.get(lead..)?;
        let inner = after.trim_start_matches([' ', '\t', '\n']);
        let inner = inner.strip_prefix(['<', '"', '\'']).unwrap_or(inner);
        Some(hit + lead + (after.len() - inner.len()))
    }

    /// What to write for a destination, or `None` to leave it.
    fn url(&mut self, found: &Destination, after: Option<&str>) -> Option<String> {
        if found.is_opaque || found.length == 0 {
            return None;
        }
        if found.url.is_empty() {
            // The site's address alone is its front page, if something is linked to it.
            let is_link = found.has_expression && after?.starts_with([')', '"', '\'', '>']);
            return is_link.then(|| "/".to_owned());
        }
        let end = found.url.find(['?', '#']).unwrap_or(found.url.len());
        let (path, tail) = found.url.split_at_checked(end)?;
        let slug = match &found.file {
            Some(file) => self.by_file(file.split(['?', '#']).next().unwrap_or_default()),
            None => self.by_path(path),
        };
        if let Some(slug) = slug {
            let url = format!("/{slug}{tail}");
            if self.known.insert(slug.clone()) {
                self.done.linked.push(slug);
            }
            return Some(url);
        }
        found.has_expression.then(|| found.url.chars().map(escaped).collect())
    }

    fn by_path(&self, path: &str) -> Option<String> {
        let ask = self.resolve;
        if let Some((scheme, rest)) = path.split_once("://") {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let is_web = matches!(scheme, "http" | "https");
            return is_web.then(|| ask(&format!("{scheme}://{host}{}", address(path)))).flatten();
        }
        if path.contains(':') || path.starts_with("//") {
            return None;
        }
        if markdown_path(path).is_some() {
            return self.by_file(path);
        }
        let form = path.starts_with('/').then(|| address(path))?;
        ask(&form)
            .or_else(|| {
                // Below a folder of the site's own, or named like the file.
                let parts: Vec<&str> = form.trim_matches('/').split('/').collect();
                let day_and_slug = parts.last_chunk::<4>()?;
                let dated = date::leading_day(&day_and_slug.join("-")).is_some();
                (dated && parts.len() > 4).then(|| ask(&address(&day_and_slug.join("/")))).flatten()
            })
            .or_else(|| {
                let name = stem(form.trim_end_matches('/'));
                date::leading_day(name).and_then(|_| ask(name))
            })
    }

    fn by_file(&self, file: &str) -> Option<String> {
        let name = stem(file);
        (self.resolve)(name).or_else(|| (self.resolve)(&dated_address(name)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One post, 'snow' of 2020-01-02, here under the slug `snow-here`.
    fn resolve(asked: &str) -> Option<String> {
        let known = ["/2020/01/02/snow/", "2020-01-02-snow", "/snow/", "https://old.example/snow/"];
        known.contains(&asked).then(|| "snow-here".to_owned())
    }

    fn rewritten(body: &str) -> String {
        rewrite(body, &resolve).body
    }

    #[test]
    fn every_form_of_a_link_to_a_post_leads_to_its_article() {
        for destination in [
            "{% post_url 2020-01-02-snow %}",
            "{% post_url winter/2020-01-02-snow %}",
            "{{ site.baseurl }}{% post_url 2020-01-02-snow %}",
            "{{ site.url }}{{ site.baseurl }}/2020/01/02/snow/",
            "{{site.baseurl}}/2020/01/02/snow.html",
            "{{ \"/2020/01/02/snow/\" | url }}",
            "{{ '/2020/01/02/snow' | relative_url }}",
            "{{ '/snow/' | prepend: site.baseurl }}",
            "{% link _posts/2020-01-02-snow.md %}",
            "{{< ref \"2020-01-02-snow.md\" >}}",
            "./2020-01-02-snow.md",
            "../winter/2020-01-02-snow.markdown",
            "/2020/01/02/snow/",
            "/2020/01/02/snow",
            "/blog/2020/01/02/snow/index.html",
            "/posts/2020-01-02-snow/",
            "https://old.example/snow",
        ] {
            assert_eq!(rewritten(&format!("a [b]({destination}) c")), "a [b](/snow-here) c", "{destination}");
            assert_eq!(
                rewritten(&format!("[b]({destination}#top \"t\").")),
                "[b](/snow-here#top \"t\").",
                "{destination}"
            );
            assert_eq!(
                rewritten(&format!("<a href=\"{destination}\">")),
                "<a href=\"/snow-here\">",
                "{destination}"
            );
            assert_eq!(
                rewritten(&format!("[b]: {destination}?x=1#y\n")),
                "[b]: /snow-here?x=1#y\n",
                "{destination}"
            );
        }
    }

    #[test]
    fn other_addresses_are_resolved_or_left() {
        for (before, after) in [
            ("![a]({{ \"/assets/x.png\" | url }})", "![a](/assets/x.png)"),
            ("<img src=\"{{site.baseurl}}/assets/x y.png\">", "<img src=\"/assets/x y.png\">"),
            ("[a]({{ '/jobs/#top' | url }})", "[a](/jobs/#top)"),
            ("[a]({{ \"/a > (b)/\" | url }})", "[a](/a%20%3E%20%28b%29/)"),
            ("[home]({{ site.baseurl }})", "[home](/)"),
            ("on {{ site.url }} you", "on {{ site.url }} you"),
            ("[a]({% post_url 2019-05-06-gone %})", "[a](/2019/05/06/gone/)"),
            ("[a]({% link files/a.pdf %})", "[a](/files/a.pdf)"),
            ("see {{ '/jobs/' | url }}.", "see /jobs/."),
            (
                "{{ \"noah\" | team_link }} and {{ image | url }}",
                "{{ \"noah\" | team_link }} and {{ image | url }}",
            ),
            ("{% image \"a\" \"](/snow/)\" %}", "{% image \"a\" \"](/snow/)\" %}"),
            ("[a]({{ site.baseurl }}/{{ page.next }})", "[a]({{ site.baseurl }}/{{ page.next }})"),
            (
                "[a](/elsewhere/) [b](snow) [c](#snow) [d](//snow/)",
                "[a](/elsewhere/) [b](snow) [c](#snow) [d](//snow/)",
            ),
            ("a = {{", "a = {{"),
        ] {
            assert_eq!(rewritten(before), after);
        }
    }

    #[test]
    fn code_stays_and_raw_text_loses_only_its_marks() {
        let code = "```\n[a](/snow/) {{ '/snow/' | url }}\n```\n`{{ '/snow/' | url }}`\n";
        assert_eq!(rewritten(code), code);
        assert_eq!(
            rewritten("{% raw %}{{ '/snow/' | url }}{% endraw %} [a](/snow/)"),
            "{{ '/snow/' | url }} [a](/snow-here)"
        );
    }

    #[test]
    fn posts_linked_to_are_told_once_and_in_order() {
        let both = |asked: &str| match asked {
            "/b/" => Some("bee".to_owned()),
            other => resolve(other),
        };
        let found = rewrite("[1](/b/) [2](/snow/) [3](/b/#c)", &both);
        assert_eq!(found.linked, ["bee", "snow-here"]);
    }

    #[test]
    fn hostile_bodies_take_linear_time() {
        let start = std::time::Instant::now();
        for piece in [
            "{{",
            "{%",
            "](",
            "]: ",
            "{{ '",
            "href=",
            " href=",
            "`",
            "``` ",
            "](/a",
            "{% raw %}",
            "é{{ '/é' | url }}",
            "{{{%",
            "= ",
        ] {
            let body = piece.repeat(1_000_000 / piece.len());
            assert!(rewrite(&body, &|_| None).linked.is_empty());
        }
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }
}
