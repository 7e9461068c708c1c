//! What readers see, by every way there is, beside what the book says they have to see.

use entity::enums::DraftState::*;
use serde_json::{Value, json};

use super::book::{Book, Content, Edition, Link, Sheet};
use super::staff::same;
use crate::support::{Client, instant};

const ARTICLE: &str = "fragment A on Article {
    id slug headline dek edition publishedAt updatedAt body { markdown html blocks { __typename } }
    section { id } authors { id } tags { name } affiliateDisclosure { text } retraction { notice }
    corrections { note edition }
    editions(first: 100) { nodes { number headline publishedAt affiliateDisclosure { text } correction { note } revision { id } } }
    related(first: 20, suggest: false) { target { ... on Article { id } ... on ExternalPage { url } } }
    seo { description jsonLd } draft { id } }";

const LIST: &str = "totalCount nodes { id publishedAt }";

/// Where a walk's articles stand: a section, an author and a tag of its own.
#[derive(Clone, Debug)]
pub struct Place {
    pub section: String,
    pub section_slug: String,
    pub authors: [String; 2],
    pub author_slug: String,
    pub tag: String,
}

/// What readers were answered.
pub struct Seen {
    slugs: Vec<String>,
    answer: Value,
}

fn newest_previews(sheet: &Sheet) -> Option<&(String, usize)> {
    sheet.previews.last()
}

pub async fn look(reader: &Client, book: &Book, place: &Place) -> Seen {
    let slugs: Vec<String> = book.all_slugs().into_iter().map(str::to_owned).collect();
    let by_slug: String = (0..slugs.len()).map(|at| format!("s{at}: article(slug: \"{}\") {{ ...A }} ", slugs[at])).collect();
    let previews: String = book
        .sheets
        .iter()
        .enumerate()
        .filter_map(|(at, sheet)| Some((at, newest_previews(sheet)?)))
        .map(|(at, (token, _))| format!("p{at}: preview(token: \"{token}\") {{ ...A }} "))
        .collect();
    let (author, section, tag) = (&place.author_slug, &place.section_slug, &place.tag);
    let query = format!(
        "query($ids: [ID!]!) {{ {by_slug} {previews} nodes(ids: $ids) {{ __typename id }}
            author(slug: \"{author}\") {{ articles {{ {LIST} }} }} section(slug: \"{section}\") {{ articles {{ {LIST} }} }}
            tag(slug: \"{tag}\") {{ articles {{ {LIST} }} }} all: articles(filter: {{ authorSlug: \"{author}\" }}) {{ {LIST} }}
            due: articles(filter: {{ authorSlug: \"{author}\", hasAffiliateDisclosure: true }}) {{ {LIST} }} }} {ARTICLE}"
    );
    let articles = book.sheets.iter().filter_map(|sheet| sheet.article.clone());
    let hidden = book.sheets.iter().map(|sheet| sheet.id.clone());
    let ids: Vec<String> = articles.chain(hidden).chain(book.releases.iter().map(|release| release.id.clone())).take(100).collect();
    let answer = reader.send(&query, json!({ "ids": ids })).await;
    Seen { slugs, answer: answer.data().clone() }
}

/// The same as the book has it, or where not.
pub fn check(book: &mut Book, seen: &Seen, place: &Place) -> Result<(), String> {
    for (at, slug) in seen.slugs.iter().enumerate() {
        let article = &seen.answer[format!("s{at}")];
        match book.reached(slug) {
            Some(draft) => check_article(book, draft, article, place).map_err(|why| format!("by the slug {slug}: {why}"))?,
            None if leads_to_a_notice(book, slug, article) => {}
            None => same(&format!("lines 4 and 10: what the slug {slug} finds"), &Value::Null, article)?,
        }
    }
    check_nodes(book, &seen.answer["nodes"])?;
    let live: Vec<usize> = (0..book.sheets.len()).filter(|draft| book.sheets[*draft].is_live).collect();
    let is_due = |draft: &usize| book.sheets[*draft].live().is_some_and(Content::is_disclosure_due);
    let due: Vec<usize> = live.iter().copied().filter(is_due).collect();
    for (list, drafts) in [("author", &live), ("section", &live), ("tag", &live), ("all", &live), ("due", &due)] {
        let pages = if matches!(list, "all" | "due") { &seen.answer[list] } else { &seen.answer[list]["articles"] };
        // A tag is there for readers while an article that they see has it.
        if list == "tag" && live.is_empty() && seen.answer[list].is_null() {
            continue;
        }
        check_list(book, drafts, pages).map_err(|why| format!("line 4: the list {list}: {why}"))?;
    }
    for draft in 0..book.sheets.len() {
        let preview = &seen.answer[format!("p{draft}")];
        check_preview(book, draft, preview, place).map_err(|why| format!("the preview of draft {draft}: {why}"))?;
    }
    check_secrets(book, seen)
}

/// Whether a slug that leads to another article met its retraction: nothing is promised of that.
fn leads_to_a_notice(book: &Book, slug: &str, article: &Value) -> bool {
    let target = book.sheets.iter().find(|sheet| sheet.slugs.contains(slug)).and_then(|sheet| sheet.redirect);
    let target = target.map(|target| &book.sheets[target]).filter(|target| target.state == Retracted);
    target.is_some_and(|target| article["retraction"]["notice"] == json!(target.notice))
}

/// Line 1: what readers see is, byte for byte, what was published.
fn check_article(book: &mut Book, draft: usize, seen: &Value, place: &Place) -> Result<(), String> {
    let sheet = &book.sheets[draft];
    if sheet.state == Retracted {
        same("the notice", &json!({ "notice": sheet.notice }), &seen["retraction"])?;
        same("the dek under the notice", &Value::Null, &seen["dek"])?;
        return same("the body under the notice", &json!(sheet.notice), &seen["body"]["markdown"]);
    }
    let content = sheet.live().ok_or("line 4: it is not live")?;
    same("line 1: the id", &json!(sheet.article), &seen["id"])?;
    same("the retraction", &Value::Null, &seen["retraction"])?;
    check_content(content, &book.wording, seen, place)?;
    same("line 10: the slug", &json!(content.slug), &seen["slug"])?;
    same("the edition", &json!(sheet.editions.len()), &seen["edition"])?;
    let noted = |(number, edition): (usize, &Edition)| Some(json!({ "note": edition.note.as_ref()?, "edition": number }));
    let corrections: Vec<Value> = (1..).zip(&sheet.editions).filter_map(noted).collect();
    same("the corrections", &json!(corrections), &seen["corrections"])?;
    let targets: Vec<Value> = sheet.links.iter().filter_map(|link| match link {
        Link::To(target) => book.sheets[*target].is_live.then(|| json!({ "target": { "id": book.sheets[*target].article } })),
        Link::Page(url) => Some(json!({ "target": { "url": url } })),
    }).collect();
    same("line 8: the related links", &json!(targets), &seen["related"])?;
    check_editions(&mut book.sheets[draft], seen)
}

fn check_content(content: &Content, wording: &str, seen: &Value, place: &Place) -> Result<(), String> {
    same("line 1: the headline", &json!(content.headline), &seen["headline"])?;
    same("line 1: the dek", &json!(content.dek), &seen["dek"])?;
    same("line 1: the body", &json!(content.body), &seen["body"]["markdown"])?;
    same("the section", &json!(place.section), &seen["section"]["id"])?;
    same("the byline", &json!([{ "id": place.authors[0] }, { "id": place.authors[1] }]), &seen["authors"])?;
    same("the tags", &json!([{ "name": place.tag }]), &seen["tags"])?;
    same("line 4: the draft", &Value::Null, &seen["draft"])?;
    let disclosure = content.is_disclosure_due().then(|| json!({ "text": wording }));
    same("line 7: the disclosure", &json!(disclosure), &seen["affiliateDisclosure"])?;
    let blocks = seen["body"]["blocks"].as_array().unwrap();
    let shown = blocks.iter().filter(|block| block["__typename"] == "DisclosureBlock").count();
    same("line 7: the disclosures in the body", &json!(usize::from(content.is_disclosure_due())), &json!(shown))?;
    let html = seen["body"]["html"].as_str().unwrap();
    let links = html.split("<a ").filter(|link| link.contains("https://rover.ebay.com/rover/"));
    let marked: Vec<bool> = links.map(|link| link.split('>').next().unwrap_or_default().contains("rel=\"sponsored")).collect();
    if marked.is_empty() == content.earns() || marked.contains(&false) {
        return Err(format!("line 7: affiliate links are not marked: {html}"));
    }
    if html.contains(wording) != content.is_disclosure_due() {
        return Err(format!("line 7: the body shows another disclosure than is due: {html}"));
    }
    Ok(())
}

/// Each edition is kept as its readers had it, and none was early.
fn check_editions(sheet: &mut Sheet, seen: &Value) -> Result<(), String> {
    let shown = seen["editions"]["nodes"].as_array().unwrap();
    same("the number of editions", &json!(sheet.editions.len()), &json!(shown.len()))?;
    for ((number, edition), shown) in (1..).zip(&mut sheet.editions).zip(shown) {
        let at = shown["publishedAt"].as_str().unwrap().to_owned();
        let at = edition.at.get_or_insert(at).clone();
        let note = edition.note.as_ref().map(|note| json!({ "note": note }));
        let wording = edition.wording.as_ref().map(|text| json!({ "text": text }));
        let owed = json!({
            "number": number, "headline": sheet.revisions[edition.revision - 1].headline, "publishedAt": at,
            "affiliateDisclosure": wording, "correction": note, "revision": null,
        });
        same("line 7: the edition", &owed, shown)?;
        let early = edition.not_before.filter(|due| instant(&json!(at)) < *due);
        if let Some(due) = early {
            return Err(format!("line 6: edition {number} of {at} was to go live at {due}"));
        }
    }
    let (first, last) = (&shown[0]["publishedAt"], &shown[shown.len() - 1]["publishedAt"]);
    same("publishedAt and updatedAt", &json!([first, last]), &json!([seen["publishedAt"], seen["updatedAt"]]))
}

/// Line 4: node ids find what is live, and the notice in the place of what was.
fn check_nodes(book: &Book, seen: &Value) -> Result<(), String> {
    let with_article = book.sheets.iter().filter(|sheet| sheet.article.is_some());
    let articles: Vec<Value> = with_article
        .map(|sheet| {
            let is_there = sheet.is_live || sheet.state == Retracted;
            if is_there { json!({ "__typename": "Article", "id": sheet.article }) } else { Value::Null }
        })
        .collect();
    let hidden = seen.as_array().unwrap().iter().skip(articles.len());
    let found: Vec<&Value> = seen.as_array().unwrap().iter().take(articles.len()).collect();
    same("line 4: the nodes of articles", &json!(articles), &json!(found))?;
    match hidden.into_iter().find(|node| !node.is_null()) {
        Some(node) => Err(format!("line 4: readers find the node {node}")),
        None => Ok(()),
    }
}

fn check_list(book: &Book, drafts: &[usize], seen: &Value) -> Result<(), String> {
    let nodes = seen["nodes"].as_array().ok_or("there is none")?;
    let mut owed: Vec<&str> = drafts.iter().filter_map(|draft| book.sheets[*draft].article.as_deref()).collect();
    let mut shown: Vec<&str> = nodes.iter().filter_map(|node| node["id"].as_str()).collect();
    owed.sort_unstable();
    shown.sort_unstable();
    same("the articles", &json!(owed), &json!(shown))?;
    same("totalCount", &json!(owed.len()), &seen["totalCount"])?;
    let is_newest_first = nodes.windows(2).all(|pair| pair[0]["publishedAt"].as_str() >= pair[1]["publishedAt"].as_str());
    if is_newest_first { Ok(()) } else { Err(format!("not newest first: {seen}")) }
}

/// A token shows its revision, whatever became of the draft; once that has ended, nothing or the same.
fn check_preview(book: &Book, draft: usize, seen: &Value, place: &Place) -> Result<(), String> {
    let sheet = &book.sheets[draft];
    let Some((_, revision)) = newest_previews(sheet) else { return Ok(()) };
    if seen.is_null() && super::clock::ENDED.contains(&sheet.state) {
        return Ok(());
    }
    let content = &sheet.revisions[*revision - 1];
    check_content(content, &book.wording, seen, place)?;
    same("the next edition", &json!(sheet.editions.len() + 1), &seen["edition"])?;
    let is_its_own = seen["id"].as_str().is_some_and(|id| id.starts_with("prev_"));
    if !is_its_own {
        return Err(format!("it has no id of its own: {}", seen["id"]));
    }
    let own = sheet.plan.as_ref().and_then(|plan| plan.publish_at);
    if let Some(planned) = own {
        same("the planned time", &json!(super::act::written(planned)), &seen["publishedAt"])?;
    }
    Ok(())
}

/// Line 4: no text that readers were not to see is anywhere in what they were answered, previews apart.
fn check_secrets(book: &Book, seen: &Seen) -> Result<(), String> {
    let mut answer = seen.answer.clone();
    if let Some(fields) = answer.as_object_mut() {
        fields.retain(|name, _| !name.starts_with('p'));
    }
    let text = answer.to_string();
    for (draft, sheet) in book.sheets.iter().enumerate() {
        let live = sheet.live();
        let is_shown = |dek: &str| live.is_some_and(|content| content.dek == dek);
        // A dek has a mark of its own; what readers see of older editions is their headlines.
        let is_seen = |dek: &&str| !is_shown(dek) && text.contains(&format!("\"{dek}\""));
        if let Some(dek) = sheet.revisions.iter().map(|content| content.dek.as_str()).find(is_seen) {
            return Err(format!("line 4: readers see '{dek}' of draft {draft}, which is {}", sheet.state));
        }
    }
    Ok(())
}
