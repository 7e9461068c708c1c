//! Running text compared word by word.
//!
//! A word is the same only in the same format: what became bold or leads elsewhere is shown as
//! deleted and inserted. So text is flattened into words that know their formats, these are compared,
//! and then the tags are written around them anew, with `<del>` and `<ins>` among them.

use std::borrow::Cow;

use super::compare::{Change, Effort, Numbers, compare, kept, within};
use super::formats::{Formats, Mark, Writer};
use super::markup::{name, without_ids};
use super::words::{Inline, Kind, PICTURE, Words, inline, weight};

/// The longest texts that are compared, both together, in bytes: more than any paragraph has.
const LONGEST: usize = 512 * 1024;

/// Writes `after` with its changes marked; `false`, and nothing written, where the texts have too
/// little in common for that to be read, or are too long. `exact` says that blanks are seen.
pub(super) fn mark(before: &str, after: &str, exact: bool, effort: &mut Effort, out: &mut String) -> bool {
    let bytes = before.len() + after.len();
    if bytes > LONGEST || !effort.read(4 * bytes) {
        return false;
    }
    let mut formats = Formats::new();
    let [old, new] = {
        let mut numbers = Numbers::new();
        [(before, 0), (after, 1)].map(|(html, side)| Text::read(html, side, &mut formats, &mut numbers))
    };
    let [seen_old, seen_new] = [old.seen(exact), new.seen(exact)];
    let [numbers_old, numbers_new] = [(&old, &seen_old), (&new, &seen_new)].map(|(text, seen)| {
        seen.iter().filter_map(|at| text.tokens.get(*at)).map(|token| token.number).collect::<Vec<_>>()
    });
    let changes = compare(&numbers_old, &numbers_new, effort);
    let changes = with_blanks(&changes, (&old, &seen_old), (&new, &seen_new), exact);
    let changes = joined(changes, &old, &new);
    if is_rewritten(&changes, &old, &new) {
        return false;
    }
    write(&changes, &old, &new, &formats, out);
    true
}

/// A word, or what stands between words.
#[derive(Clone, Copy, Debug)]
struct Token<'h> {
    html: &'h str,
    format: u32,
    /// Equal ones are the same word in the same format.
    number: u32,
    is_blank: bool,
}

struct Text<'h> {
    tokens: Vec<Token<'h>>,
    /// What the tokens weigh up to each of them.
    weights: Vec<usize>,
}

impl<'h> Text<'h> {
    fn read(
        html: &'h str,
        side: usize,
        formats: &mut Formats<'h>,
        numbers: &mut Numbers<(u32, Cow<'h, str>)>,
    ) -> Self {
        let (mut text, mut format) = (Self { tokens: Vec::new(), weights: vec![0] }, 0);
        for piece in inline(html) {
            match piece {
                Inline::Open(tag) => format = formats.within(format, tag, side),
                Inline::Close => format = formats.outer(format),
                Inline::Whole(html) => {
                    let is_picture = html.get(1..).is_some_and(|tag| matches!(name(tag), "img" | "iframe"));
                    let number = numbers.of((format, without_ids(html)));
                    let weight = if is_picture { PICTURE } else { 1 };
                    text.push(Token { html, format, number, is_blank: false }, weight);
                }
                Inline::Text(words) => {
                    for (kind, html) in Words(words) {
                        let number = numbers.of((format, Cow::Borrowed(html)));
                        let weight = match kind {
                            Kind::Blank => 0,
                            Kind::Mark => 1,
                            Kind::Word => weight(html),
                        };
                        text.push(Token { html, format, number, is_blank: kind == Kind::Blank }, weight);
                    }
                }
            }
        }
        text
    }

    fn push(&mut self, token: Token<'h>, weight: u8) {
        let sum = self.weights.last().copied().unwrap_or_default();
        self.weights.push(sum + usize::from(weight));
        self.tokens.push(token);
    }

    /// Where the tokens are that are compared. Blanks between words match everywhere and tell nothing.
    fn seen(&self, exact: bool) -> Vec<usize> {
        let tokens = self.tokens.iter().enumerate();
        tokens.filter(|(_, token)| exact || !token.is_blank).map(|(at, _)| at).collect()
    }

    fn weight(&self, range: &std::ops::Range<usize>) -> usize {
        let sum = |at: usize| self.weights.get(at).copied().unwrap_or_default();
        sum(range.end).saturating_sub(sum(range.start))
    }
}

/// Changes of what is seen as changes of all tokens: what stands between two that stayed.
fn with_blanks(
    changes: &[Change],
    (old, seen_old): (&Text<'_>, &[usize]),
    (new, seen_new): (&Text<'_>, &[usize]),
    exact: bool,
) -> Vec<Change> {
    let stayed = kept(changes, seen_old.len())
        .flat_map(|kept| within(seen_old, &kept.before).iter().zip(within(seen_new, &kept.after)));
    let ends = [(&old.tokens.len(), &new.tokens.len())];
    let (mut all, mut at) = (Vec::new(), (0, 0));
    for (before, after) in stayed.chain(ends) {
        let change = Change { before: at.0..*before, after: at.1..*after };
        let is_edge = at == (0, 0) || (*before, *after) == (old.tokens.len(), new.tokens.len());
        all.extend(if exact { nonempty(change) } else { without_outer_blanks(change, old, new, is_edge) });
        at = (before + 1, after + 1);
    }
    all
}

fn nonempty(change: Change) -> Option<Change> {
    (!change.before.is_empty() || !change.after.is_empty()).then_some(change)
}

/// A change without the blanks that both sides have around it. Where both have nothing else, or at
/// the edge of the text one has nothing else, readers see no change.
fn without_outer_blanks(mut change: Change, old: &Text<'_>, new: &Text<'_>, is_edge: bool) -> Option<Change> {
    let blank = |text: &Text<'_>, at: usize| text.tokens.get(at).is_some_and(|token| token.is_blank);
    let blanks = |text: &Text<'_>, range: &std::ops::Range<usize>| range.clone().all(|at| blank(text, at));
    let (none_before, none_after) = (change.before.is_empty(), change.after.is_empty());
    if blanks(old, &change.before) && blanks(new, &change.after) && (is_edge || none_before == none_after) {
        return None;
    }
    let both = |change: &Change| !change.before.is_empty() && !change.after.is_empty();
    while both(&change) && blank(old, change.before.start) && blank(new, change.after.start) {
        (change.before.start, change.after.start) = (change.before.start + 1, change.after.start + 1);
    }
    while both(&change) && blank(old, change.before.end - 1) && blank(new, change.after.end - 1) {
        (change.before.end, change.after.end) = (change.before.end - 1, change.after.end - 1);
    }
    nonempty(change)
}

/// Changes joined over the little that stayed between them: `a <del>b</del> the <del>c</del>` is
/// harder to read than one change of three words.
fn joined(changes: Vec<Change>, old: &Text<'_>, new: &Text<'_>) -> Vec<Change> {
    let size = |change: &Change| old.weight(&change.before).max(new.weight(&change.after));
    let mut joined: Vec<Change> = Vec::new();
    for mut next in changes {
        while let Some(last) = joined.last() {
            let between = new.weight(&(last.after.end..next.after.start));
            if between * 3 > size(last).min(size(&next)) {
                break;
            }
            next = Change {
                before: last.before.start..next.before.end,
                after: last.after.start..next.after.end,
            };
            joined.pop();
        }
        joined.push(next);
    }
    joined
}

/// Whether less than a quarter of the shorter text stayed.
fn is_rewritten(changes: &[Change], old: &Text<'_>, new: &Text<'_>) -> bool {
    let [before, after] = [old, new].map(|text| text.weight(&(0..text.tokens.len())));
    let came: usize = changes.iter().map(|change| new.weight(&change.after)).sum();
    (after - came) * 4 < before.min(after)
}

fn write<'h>(changes: &[Change], old: &Text<'h>, new: &Text<'h>, formats: &Formats<'h>, out: &mut String) {
    let mut writer = Writer::new(formats, out);
    let mut put = |mark: Option<Mark>, tokens: &[Token<'_>]| {
        writer.write(mark, tokens.iter().map(|token| (token.html, token.format)));
    };
    let mut at = 0;
    for change in changes {
        put(None, within(&new.tokens, &(at..change.after.start)));
        put(Some(Mark::Deleted), within(&old.tokens, &change.before));
        put(Some(Mark::Inserted), within(&new.tokens, &change.after));
        at = change.after.end;
    }
    put(None, within(&new.tokens, &(at..new.tokens.len())));
    writer.finish();
}
