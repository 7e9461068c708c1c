//! What an e-mail address and a password have to be.

use super::text;

/// The shortest password, in characters.
pub const MIN_PASSWORD: usize = 10;
/// The longest password, in bytes: hashing takes time that grows with it.
pub const MAX_PASSWORD: usize = 1024;

/// An address that mail could be sent to, as typed and as it is compared.
pub fn email(typed: &str) -> Result<(String, String), String> {
    let email = text::line(typed, 254)?;
    let well_formed = email.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.')
    });
    if !well_formed || email.chars().any(char::is_whitespace) {
        return Err("is no e-mail address; write it as name@example.org".into());
    }
    let key = email.to_lowercase();
    Ok((email, key))
}

/// A password that is worth hashing.
pub fn password(typed: &str) -> Result<(), String> {
    if typed.chars().count() < MIN_PASSWORD {
        return Err(format!("is too short; take at least {MIN_PASSWORD} characters"));
    }
    if typed.len() > MAX_PASSWORD {
        return Err(format!("is too long; take at most {MAX_PASSWORD} bytes"));
    }
    Ok(())
}
