//! All that readers and staff can ask of a newsroom, so that two of them can be compared.

use serde_json::{Value, json};

use crate::support::{Client, TestDesk};

const READERS: &str = "query($after: String) {
  articles(first: 5, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes {
    id slug url headline dek publishedAt updatedAt edition
    body { html text readingMinutes wordCount }
    authors { id slug name title bio links { label url } } section { id slug name } tags { id slug name }
    heroImage { id alt caption credit width height }
    related(first: 8) { kind origin title url note target { __typename ... on Article { id slug } } }
    linkedFrom { relation title article { slug } } corrections { kind note at edition }
    editions(first: 10) { nodes { id number publishedAt headline correction { kind note } affiliateDisclosure { html text placement } } }
    affiliateDisclosure { html text policyUrl placement } seo { title description canonicalUrl jsonLd } } } }";

const DRAFTS: &str = "query($after: String) { drafts(first: 5, after: $after, orderBy: CREATED_AT_DESC) {
  totalCount pageInfo { hasNextPage endCursor } nodes {
    id state createdAt updatedAt dueAt needsLegalReview owner { id } article { id slug } allowedActions checks { code passed message }
    revisions(first: 20) { nodes { id number headline dek slug tags authors { id } body { markdown html } note createdAt createdBy { id }
      heroImage { id } seoTitle affiliateFlag section { id } } }
    stages { stage { key name roles approvalsNeeded } isComplete approvals { id } assignments { reviewer { id } dueAt assignedBy { id } } }
    reviews(first: 20) { nodes { id revision { number } stage { key } reviewer { id } verdict summary createdAt isStale } }
    comments(first: 20) { nodes { id author { id } body createdAt parent { id } suggestion resolvedBy { id } resolvedAt
      anchor { quote start end isOutdated revision { number } } } }
    affiliate { flag reason disclosureRequired policy { id } links { url text network } }
    relatedLinks { kind note isLive target { ... on Draft { id } ... on ExternalPage { url title } } }
    schedule { publishAt unpublishAt scheduledBy { id } revision { number } } } } }";

const EVENTS: &str = "query($after: String) { events(first: 50, after: $after) { pageInfo { hasNextPage endCursor }
  edges { cursor node { id type at actor { id } draft { id } article { id } revision { id } summary details } } } }";

const DESK: &str = "{ workflow { stages { key name roles approvalsNeeded appliesWhen } } sections { id slug name description version }
  affiliatePolicies { id name disclosure placement rel rules { network host } isDefault version versions { version disclosure placement validFrom changedBy { id } } }
  releases { nodes { id name state publishAt drafts { id } } } users(first: 100) { nodes { id email name roles isActive author { id } } }
  authors(first: 50) { nodes { id slug name title bio bioHtml version } } siteLinks(states: [FINE, REDIRECTED, GONE]) { nodes { slug state } }
  affiliateNetworks { network articles links } }";

/// Every page of a list, one after the other.
async fn pages(who: &Client, query: &str, list: &str) -> Vec<Value> {
    let (mut pages, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = who.send(query, json!({ "after": after })).await;
        let list = page.at(list).clone();
        after = list["pageInfo"]["endCursor"].clone();
        let is_last = list["pageInfo"]["hasNextPage"] == false;
        pages.push(list);
        if is_last {
            return pages;
        }
    }
}

/// What readers see.
pub async fn readers(desk: &TestDesk, slugs: &[&str]) -> Value {
    let reader = desk.anonymous();
    let mut at = Vec::new();
    for slug in slugs {
        at.push(reader.article(slug, "id slug headline retraction { notice at }").await);
    }
    let found = reader.ask("{ a: search(query: \"bridge\") { totalCount edges { snippet node { slug } } } b: search(query: \"\\\"a kettle\\\"\") { totalCount edges { node { slug } } } }").await;
    json!({ "articles": pages(&reader, READERS, "/articles").await, "at": at, "search": found.data() })
}

/// What staff see, the log aside.
pub async fn staff(desk: &TestDesk) -> Value {
    json!({ "drafts": pages(&desk.admin(), DRAFTS, "/drafts").await, "desk": desk.admin().ask(DESK).await.data() })
}

/// The log.
pub async fn events(desk: &TestDesk) -> Vec<Value> {
    let pages = pages(&desk.admin(), EVENTS, "/events").await;
    pages.iter().flat_map(|page| page["edges"].as_array().unwrap().clone()).collect()
}

/// Says where two answers differ, instead of printing both.
#[track_caller]
pub fn assert_same(before: &Value, after: &Value, at: &str) {
    match (before, after) {
        (Value::Object(one), Value::Object(other)) => {
            for (key, value) in one {
                assert_same(value, other.get(key).unwrap_or(&Value::Null), &format!("{at}/{key}"));
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            assert_eq!(one.len(), other.len(), "{at}: {before}\n{after}");
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                assert_same(one, other, &format!("{at}/{index}"));
            }
        }
        _ => assert_eq!(before, after, "{at}"),
    }
}
