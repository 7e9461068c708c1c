//! The few signs in which the table of networks writes paths and parameters: enough to
//! tell `/c/12/34/56` from `/c/about`, and plain enough to be read aloud.

/// How much of a path a pattern takes up, or None where it does not fit.
///
/// A pattern fits the front of a path, in any case. `#` stands for a number that fills
/// the rest of its place, `*` for anything without a slash, `**` at the start for any
/// folders, `$` at the end for the end of the path. Behind a closing slash something
/// must follow: the folder alone is a page about the links, not one of them.
pub(super) fn fit(path: &str, pattern: &str) -> Option<usize> {
    match pattern.strip_prefix("**") {
        Some(rest) => path
            .match_indices('/')
            .find_map(|(at, _)| fit(path.get(at..)?, rest).map(|length| at.saturating_add(length))),
        None => fit_front(path, pattern),
    }
}

fn fit_front(path: &str, pattern: &str) -> Option<usize> {
    let mut rest = path;
    let mut signs = pattern.chars().peekable();
    while let Some(sign) = signs.next() {
        rest = match sign {
            '#' => after_number(rest, signs.peek().is_none())?,
            '*' => after_some(rest, |c| c != '/')?,
            '$' => rest.is_empty().then_some(rest)?,
            letter => {
                let mut left = rest.chars();
                left.next().filter(|c| c.eq_ignore_ascii_case(&letter))?;
                left.as_str()
            }
        };
    }
    let is_whole = !pattern.ends_with('/') || !rest.is_empty();
    is_whole.then(|| path.len().saturating_sub(rest.len()))
}

/// At the end of a pattern a number must not go on as a word does.
fn after_number(text: &str, is_last: bool) -> Option<&str> {
    let rest = after_some(text, |c| c.is_ascii_digit())?;
    (!is_last || rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

fn after_some(text: &str, is_part: impl Fn(char) -> bool) -> Option<&str> {
    let rest = text.trim_start_matches(is_part);
    (rest.len() < text.len()).then_some(rest)
}

/// A query parameter as the table names it: `tag`, `utm_medium=affiliate` or, where
/// only the value's front is known, `associateid=AFF*`.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'p> {
    name: &'p str,
    value: Option<&'p str>,
}

impl<'p> Wanted<'p> {
    /// Reads what stands in the table.
    pub(super) fn new(written: &'p str) -> Wanted<'p> {
        match written.split_once('=') {
            Some((name, value)) => Wanted { name, value: Some(value) },
            None => Wanted { name: written, value: None },
        }
    }

    /// Whether a parameter is the wanted one. Shops fold the case of the names; an
    /// empty value names nobody who could earn.
    pub(super) fn is(self, name: &str, value: &str) -> bool {
        let value = value.trim();
        name.eq_ignore_ascii_case(self.name)
            && match self.value {
                None => !value.is_empty(),
                Some(wanted) => match wanted.strip_suffix('*') {
                    Some(front) => starts(value, front),
                    None => value.eq_ignore_ascii_case(wanted),
                },
            }
    }

    /// How it is shown to editors: `tag=`, `utm_medium=affiliate`, `associateid=AFF…`.
    pub(super) fn shown(self) -> String {
        let value = self.value.unwrap_or_default();
        format!("{}={}", self.name, value.replace('*', "…"))
    }
}

/// Whether a text begins so, in any case.
pub(super) fn starts(text: &str, with: &str) -> bool {
    text.get(..with.len()).is_some_and(|front| front.eq_ignore_ascii_case(with))
}

/// Whether this is a number, as networks use for partners and campaigns.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_up_the_front_that_it_describes() {
        for (path, pattern, taken) in [
            ("/C/12/34/56", "/c/#/#/#", 11),
            ("/c/12/34/56/x", "/c/#/#/#", 11),
            ("/web/2020if_/https://a.example", "/web/*/", 13),
            ("/url", "/url$", 4),
            ("/c/x/BI/1/KBID/2", "**/KBID/", 15),
            ("/click-1-2", "/click-#-#", 10),
            ("/", "/", 1),
        ] {
            let fits = fit(path, pattern);
            assert_eq!(fits, (pattern != "/").then_some(taken), "{path} {pattern}");
        }
    }

    #[test]
    fn what_goes_on_otherwise_does_not_fit() {
        for (path, pattern) in [
            ("/c/12/34/x", "/c/#/#/#"),
            ("/c/12/34/56x", "/c/#/#/#"),
            ("/go/", "/go/"),
            ("/urls", "/url$"),
            ("/web//x", "/web/*/"),
            ("/KBID/", "**/KBID/"),
            ("/ü", "/u"),
        ] {
            assert_eq!(fit(path, pattern), None, "{path} {pattern}");
        }
    }

    #[test]
    fn a_parameter_may_name_its_value_or_the_front_of_it() {
        assert!(Wanted::new("tag").is("TAG", "x") && !Wanted::new("tag").is("tag", " "));
        assert!(Wanted::new("m=Aff").is("m", " aff ") && !Wanted::new("m=aff").is("m", "affair"));
        assert!(Wanted::new("m=AFF*").is("m", "aff_1") && !Wanted::new("m=AFF*").is("m", ""));
        assert_eq!(["tag", "m=A*"].map(|written| Wanted::new(written).shown()), ["tag=", "m=A…"]);
    }
}
