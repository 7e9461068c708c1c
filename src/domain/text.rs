//! What people type, parsed once at the border: trimmed, bounded, free of control characters.

/// The longest body, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;
/// The longest headline, in characters.
pub const MAX_HEADLINE: usize = 300;

/// One line of text that must say something.
pub fn line(typed: &str, longest: usize) -> Result<String, String> {
    let trimmed = typed.trim();
    if trimmed.is_empty() {
        return Err("is empty; write something".into());
    }
    if trimmed.chars().any(char::is_control) {
        return Err("has control characters or line breaks; take them out".into());
    }
    bounded(trimmed, longest)
}

/// Text of several lines that must say something.
pub fn prose(typed: &str, longest: usize) -> Result<String, String> {
    let trimmed = typed.trim();
    if trimmed.is_empty() {
        return Err("is empty; write something".into());
    }
    printable(trimmed)?;
    bounded(trimmed, longest)
}

/// A line that may be left out; blanks alone count as left out.
pub fn optional_line(typed: Option<&str>, longest: usize) -> Result<Option<String>, String> {
    typed.filter(|text| !text.trim().is_empty()).map(|text| line(text, longest)).transpose()
}

/// Text of several lines that may be left out; blanks alone count as left out.
pub fn optional_prose(typed: Option<&str>, longest: usize) -> Result<Option<String>, String> {
    typed.filter(|text| !text.trim().is_empty()).map(|text| prose(text, longest)).transpose()
}

/// A body: taken as it is, apart from what no database and no page could hold.
pub fn body(typed: &str) -> Result<String, String> {
    if typed.len() > MAX_BODY {
        return Err(format!("is {} bytes long; at most {MAX_BODY} are taken: divide the article", typed.len()));
    }
    printable(typed)?;
    Ok(typed.to_owned())
}

fn printable(text: &str) -> Result<(), String> {
    match text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        Some(c) => Err(format!("has the control character U+{:04X}; take it out", c as u32)),
        None => Ok(()),
    }
}

fn bounded(text: &str, longest: usize) -> Result<String, String> {
    let length = text.chars().count();
    if length > longest {
        return Err(format!("is {length} characters long; at most {longest} are taken: shorten it"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_say_nothing_and_control_characters_are_named() {
        assert!(line(" \u{a0} ", 10).is_err());
        assert!(line("a\nb", 10).is_err());
        assert_eq!(line("  Über  ", 4).as_deref(), Ok("Über"));
        assert!(line("Übers", 4).is_err());
        assert!(body("a\u{0}b").is_err_and(|m| m.contains("U+0000")));
        assert_eq!(optional_line(Some("  "), 3), Ok(None));
    }
}
