//! Markdown compared line by line, in the form that `patch` reads.

use super::compare::{Change, Effort, Numbers, compare, within};

/// How many lines are shown around a change.
const CONTEXT: usize = 3;

/// The unified diff of two texts, which are called `from` and `to` in it; empty where nothing differs.
#[must_use]
pub fn unified(before: &str, after: &str, from: &str, to: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (lines(before).collect(), lines(after).collect());
    let mut numbers = Numbers::new();
    let [before, after] =
        [&old, &new].map(|lines| lines.iter().map(|line| numbers.of(*line)).collect::<Vec<_>>());
    let changes = compare(&before, &after, &mut Effort::of_lines());
    let mut out = String::new();
    if !changes.is_empty() {
        out.push_str(&format!("--- {}\n+++ {}\n", on_one_line(from), on_one_line(to)));
    }
    for near in changes.chunk_by(|one, next| next.before.start - one.before.end <= 2 * CONTEXT) {
        hunk(near, &old, &new, &mut out);
    }
    out
}

/// The lines of a text, each with its end.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n')
}

/// Changes that stand so close together that they are shown together.
fn hunk(changes: &[Change], old: &[&str], new: &[&str], out: &mut String) {
    let (Some(first), Some(last)) = (changes.first(), changes.last()) else { return };
    let lead = first.before.start.min(CONTEXT);
    let trail = (old.len() - last.before.end).min(CONTEXT);
    let before = first.before.start - lead..last.before.end + trail;
    let after = first.after.start - lead..last.after.end + trail;
    out.push_str(&format!(
        "@@ -{} +{} @@\n",
        place(before.start, before.len()),
        place(after.start, after.len())
    ));
    let mut at = before.start;
    for change in changes {
        put(' ', within(old, &(at..change.before.start)), out);
        put('-', within(old, &change.before), out);
        put('+', within(new, &change.after), out);
        at = change.before.end;
    }
    put(' ', within(old, &(at..before.end)), out);
}

/// Where lines are: a stretch without any is after the line that its number names.
fn place(start: usize, count: usize) -> String {
    match count {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        _ => format!("{},{count}", start + 1),
    }
}

fn put(mark: char, lines: &[&str], out: &mut String) {
    for line in lines {
        out.push(mark);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// A name that cannot pass for another line of the diff.
fn on_one_line(name: &str) -> String {
    name.replace(char::is_control, " ")
}
