//! Dates as people and site generators type them.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};

/// The moment and the day on the writer's own calendar. Without a zone it is UTC, without a
/// time midnight. 03/04/2016 is refused: it is another day on either side of an ocean.
pub(super) fn read(text: &str) -> Option<(DateTime<Utc>, NaiveDate)> {
    let text = text.trim();
    if let Ok(moment) = DateTime::parse_from_rfc2822(text) {
        return Some((moment.to_utc(), moment.date_naive()));
    }
    let Some((date, rest)) = numeric(text) else {
        let date = in_words(text)?;
        return Some((date.and_time(NaiveTime::MIN).and_utc(), date));
    };
    let rest = rest.strip_prefix(['T', 't']).unwrap_or(rest).trim();
    if rest.is_empty() {
        return Some((date.and_time(NaiveTime::MIN).and_utc(), date));
    }
    let (time, zone) = clock(rest)?;
    let local = NaiveDateTime::new(date, time);
    let moment = local.and_local_timezone(offset(zone)?).single()?;
    Some((moment.to_utc(), date))
}

/// The day a file's name begins with, and what follows the hyphen after it.
pub(super) fn leading_day(name: &str) -> Option<(NaiveDate, &str)> {
    let (date, rest) = numeric(name)?;
    if rest.is_empty() {
        return Some((date, rest));
    }
    Some((date, rest.strip_prefix(['-', '_'])?))
}

fn numeric(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = digits(text)?;
    let sign = rest.chars().next().filter(|sign| matches!(sign, '-' | '/' | '.'))?;
    let (month, rest) = digits(rest.strip_prefix(sign)?)?;
    let (day, rest) = digits(rest.strip_prefix(sign)?)?;
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
    Some((date, rest))
}

fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).filter(|(number, _)| !number.is_empty())
}

fn in_words(text: &str) -> Option<NaiveDate> {
    ["%B %d, %Y", "%B %d %Y", "%d %B %Y", "%d. %B %Y", "%A, %B %d, %Y", "%A, %d %B %Y"]
        .iter()
        .find_map(|form| NaiveDate::parse_from_str(text, form).ok())
}

/// `9:30`, `09:30:15.25`, `9:30 pm`; and what is left, the zone.
fn clock(text: &str) -> Option<(NaiveTime, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.' | ',')).unwrap_or(text.len());
    let (time, rest) = text.split_at_checked(end)?;
    let mut parts = time.split([':', '.', ',']);
    let mut hour: u32 = parts.next()?.parse().ok()?;
    let minute: u32 = parts.next()?.parse().ok()?;
    let second: u32 = parts.next().map_or(Some(0), |part| part.parse().ok())?;
    let nanos = parts.next().map_or(Some(0), |fraction| {
        let padded: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
        padded.parse().ok()
    })?;
    if parts.next().is_some() {
        return None;
    }
    let mut rest = rest.trim();
    let half = rest.get(..2).map(str::to_ascii_lowercase);
    if let Some(half @ ("am" | "pm")) = half.as_deref() {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if half == "pm" { 12 } else { 0 };
        rest = rest.get(2..)?.trim();
    }
    Some((NaiveTime::from_hms_nano_opt(hour, minute, second, nanos)?, rest))
}

fn offset(zone: &str) -> Option<FixedOffset> {
    let hours = match zone.to_ascii_uppercase().as_str() {
        "" | "Z" | "UTC" | "GMT" => 0,
        "EDT" => -4,
        "EST" | "CDT" => -5,
        "CST" | "MDT" => -6,
        "MST" | "PDT" => -7,
        "PST" => -8,
        "CET" | "BST" => 1,
        "CEST" => 2,
        _ => return signed(zone),
    };
    FixedOffset::east_opt(hours * 3600)
}

/// `+02:00`, `+0200`, `-4`: the last is what people type who think of a clock on the wall.
fn signed(zone: &str) -> Option<FixedOffset> {
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let number = zone.strip_prefix(['+', '-'])?;
    let (hours, minutes) = match number.split_once(':') {
        Some(parts) => parts,
        None if number.len() > 2 => number.split_at_checked(number.len() - 2)?,
        None => (number, "0"),
    };
    let (hours, minutes): (i32, i32) = (digits_only(hours)?, digits_only(minutes)?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    FixedOffset::east_opt(sign * (hours * 3600 + minutes * 60))
}

fn digits_only(text: &str) -> Option<i32> {
    digits(text).filter(|(_, rest)| rest.is_empty())?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_forms_are_understood() {
        for (typed, meant) in [
            ("2016-03-25", "2016-03-25T00:00:00+00:00"),
            ("2016/3/5 ", "2016-03-05T00:00:00+00:00"),
            ("2015-03-17 14:00:00 -4", "2015-03-17T18:00:00+00:00"),
            ("2015-03-17 9:05", "2015-03-17T09:05:00+00:00"),
            ("2015-03-17 9:05 PM EST", "2015-03-18T02:05:00+00:00"),
            ("2015-03-17T14:00:00.250Z", "2015-03-17T14:00:00.250+00:00"),
            ("2015-03-17t14:00:00+05:30", "2015-03-17T08:30:00+00:00"),
            ("2015-03-17 14:00:00 +0200", "2015-03-17T12:00:00+00:00"),
            ("Tue, 17 Mar 2015 14:00:00 -0500", "2015-03-17T19:00:00+00:00"),
            ("March 7, 2015", "2015-03-07T00:00:00+00:00"),
            ("7 Mar 2015", "2015-03-07T00:00:00+00:00"),
        ] {
            assert_eq!(read(typed).map(|(moment, _)| moment.to_rfc3339()).as_deref(), Some(meant), "{typed}");
        }
        assert_eq!(read("2015-03-17 23:00 -5").unwrap().1.to_string(), "2015-03-17");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for typed in [
            "",
            "soon",
            "2016-13-01",
            "2016-02-30",
            "03/04/2016",
            "2016-01-01 25:00",
            "2016-01-01 10:00 +99",
            "16-1-1",
            "2016",
            "2016-01-01 10:00 +é",
            "2016-01-01 1:é",
        ] {
            assert_eq!(read(typed), None, "{typed}");
        }
    }
}
