//! What the database refuses by itself, whoever asks: the last line, should the program forget.

use entity::enums::{ArticleState, DraftState, GateKind, Verdict};
use entity::ids::{ArticleId, EditionId, GateId, ReviewId, RevisionId};
use entity::{article, draft, edition, event, gate, review, revision, revision_text};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, TransactionTrait};

use crate::support::{Draft, TestDesk, both};

both![
    an_edition_needs_the_gate_of_its_own_revision,
    an_approved_gate_needs_the_approvals,
    an_approval_by_a_writer_proves_nothing,
    an_approval_of_another_round_or_revision_proves_nothing,
    an_override_is_on_record_with_its_reason_and_by_whom,
    no_two_live_articles_have_one_slug,
    no_two_revisions_of_a_draft_have_one_number,
    what_was_written_is_never_changed,
    what_was_written_is_never_deleted,
    a_draft_is_published_only_with_a_live_article_of_its_newest_revision,
    a_draft_waits_for_no_time_that_is_not_on_record,
];

async fn connect(desk: &TestDesk) -> DatabaseConnection {
    let mut options = sea_orm::ConnectOptions::new(&desk.url);
    options.max_connections(1).sqlx_logging(false);
    sea_orm::Database::connect(options).await.unwrap()
}

/// Asserts that the database refused in these words: the constraint's name, or what SQLite says instead.
#[track_caller]
fn assert_refused<T: std::fmt::Debug>(outcome: Result<T, DbErr>, words: &[&str]) {
    let error = outcome.expect_err("the database took it").to_string();
    assert!(words.iter().any(|word| error.contains(word)), "refused for another reason: {error}");
}

const FOREIGN: &str = "FOREIGN KEY constraint failed";

async fn draft_row(db: &DatabaseConnection, draft: &Draft) -> draft::Model {
    draft::Entity::find_by_id(draft.id.parse::<entity::ids::DraftId>().unwrap()).one(db).await.unwrap().unwrap()
}

fn gate_for(row: &draft::Model, kind: GateKind) -> gate::Model {
    gate::Model {
        id: GateId::new(),
        draft_id: row.id,
        revision_id: row.revision_id,
        kind,
        round: row.round,
        reason: None,
        passed_by: row.owner_id,
        created_at: row.updated_at,
    }
}

async fn pass(db: &DatabaseConnection, row: gate::Model) -> Result<(), DbErr> {
    gate::Entity::insert(row.into_active_model()).exec_without_returning(db).await.map(|_| ())
}

const UNPROVEN: &[&str] = &["gate: the revision lacks approvals"];

async fn an_edition_needs_the_gate_of_its_own_revision(desk: TestDesk) {
    let live = desk.published("Live").await;
    let newer = desk.draft("Never approved").await;
    let db = connect(&desk).await;
    let shown = edition::Entity::find().one(&db).await.unwrap().unwrap();
    let unread = draft_row(&db, &newer).await.revision_id;
    let next = edition::Model { id: EditionId::new(), number: 2, correction_kind: None, ..shown.clone() };
    let insert = async |row: edition::Model| edition::Entity::insert(row.into_active_model()).exec_without_returning(&db).await;

    let gateless = insert(edition::Model { gate_id: GateId::new(), ..next.clone() }).await;
    let borrowed = insert(edition::Model { revision_id: unread, ..next.clone() }).await;
    let proper = insert(next).await;

    assert_refused(gateless, &["fk_editions_gate", FOREIGN]);
    assert_refused(borrowed, &["fk_editions_gate", FOREIGN]);
    assert!(proper.is_ok(), "the same row with its gate is taken: {proper:?}");
    assert!(desk.anonymous().article(&live.slug, "id").await.is_object());
}

async fn an_approved_gate_needs_the_approvals(desk: TestDesk) {
    let drafting = desk.draft("Not submitted").await;
    let submitted = desk.submitted("Submitted").await;
    let approved = desk.approved("Approved").await;
    let half = desk.draft_with("Half way", serde_json::json!({ "needsLegalReview": true })).await;
    let half = desk.writer().submit(&half).await.draft();
    desk.editor().approve(&half).await.data();
    let db = connect(&desk).await;

    for draft in [&drafting, &submitted, &half] {
        let row = draft_row(&db, draft).await;
        assert_refused(pass(&db, gate_for(&row, GateKind::Approved)).await, UNPROVEN);
    }
    let row = draft_row(&db, &approved).await;
    assert!(pass(&db, gate_for(&row, GateKind::Approved)).await.is_ok());
}

async fn an_approval_by_a_writer_proves_nothing(desk: TestDesk) {
    let submitted = desk.submitted("By the writer").await;
    let db = connect(&desk).await;
    let row = draft_row(&db, &submitted).await;
    let verdict = |reviewer| review::Model {
        id: ReviewId::new(),
        draft_id: row.id,
        revision_id: row.revision_id,
        revision_number: row.revision_number,
        round: row.round,
        stage_key: "EDIT".into(),
        reviewer_id: reviewer,
        verdict: Verdict::Approve,
        summary: None,
        created_at: row.updated_at,
    };
    let insert = async |row: review::Model| review::Entity::insert(row.into_active_model()).exec_without_returning(&db).await.unwrap();

    insert(verdict(row.owner_id.unwrap())).await;
    let own = pass(&db, gate_for(&row, GateKind::Approved)).await;
    insert(verdict(desk.editor().id().parse().unwrap())).await;
    let others = pass(&db, gate_for(&row, GateKind::Approved)).await;

    assert_refused(own, UNPROVEN);
    assert!(others.is_ok(), "{others:?}");
}

async fn an_approval_of_another_round_or_revision_proves_nothing(desk: TestDesk) {
    let first = desk.approved("Moved on").await;
    let back = desk.editor().review(&first, "EDIT", "REQUEST_CHANGES").await.draft();
    let again = desk.writer().submit(&back).await.draft();
    let edited = desk.approved("Edited after").await;
    let edited = desk.another("EDITOR").await.update(&edited, serde_json::json!({ "dek": "Newer" })).await.draft();
    let db = connect(&desk).await;

    let round = draft_row(&db, &again).await;
    let revision = draft_row(&db, &edited).await;
    let older = revision::Entity::find()
        .filter(revision::Column::DraftId.eq(revision.id))
        .order_by_asc(revision::Column::Number)
        .one(&db)
        .await
        .unwrap()
        .unwrap();

    assert_refused(pass(&db, gate_for(&round, GateKind::Approved)).await, UNPROVEN);
    assert_refused(pass(&db, gate_for(&revision, GateKind::Approved)).await, UNPROVEN);
    let of_older = gate::Model { revision_id: older.id, ..gate_for(&revision, GateKind::Approved) };
    assert_refused(pass(&db, of_older).await, UNPROVEN);
}

async fn an_override_is_on_record_with_its_reason_and_by_whom(desk: TestDesk) {
    let draft = desk.draft("Hurry").await;
    let db = connect(&desk).await;
    let row = gate_for(&draft_row(&db, &draft).await, GateKind::Override);

    let silent = pass(&db, row.clone()).await;
    let blank = pass(&db, gate::Model { reason: Some("  ".into()), ..row.clone() }).await;
    let nobody = pass(&db, gate::Model { reason: Some("Now.".into()), passed_by: None, ..row.clone() }).await;
    let imported = pass(&db, gate::Model { kind: GateKind::Imported, passed_by: None, ..row.clone() }).await;
    let proper = pass(&db, gate::Model { reason: Some("Now.".into()), ..row }).await;

    for outcome in [silent, blank] {
        assert_refused(outcome, &["ck_gates_reason"]);
    }
    for outcome in [nobody, imported] {
        assert_refused(outcome, &["ck_gates_by"]);
    }
    assert!(proper.is_ok(), "{proper:?}");
}

async fn no_two_live_articles_have_one_slug(desk: TestDesk) {
    let first = desk.published("First").await;
    let second = desk.published("Second").await;
    let db = connect(&desk).await;
    let rename = async |slug: &str| {
        article::Entity::update_many()
            .col_expr(article::Column::Slug, Expr::value(slug))
            .filter(article::Column::Id.eq(second.article.parse::<ArticleId>().unwrap()))
            .exec(&db)
            .await
    };

    assert_refused(rename(&first.slug).await, &["uq_articles_live_slug", "articles.slug"]);
    assert!(rename(&second.slug).await.is_ok());
}

async fn no_two_revisions_of_a_draft_have_one_number(desk: TestDesk) {
    desk.draft("Numbered").await;
    let db = connect(&desk).await;
    let first = revision::Entity::find().one(&db).await.unwrap().unwrap();
    let twin = revision::Model { id: RevisionId::new(), ..first };
    let insert = async |row: revision::Model| revision::Entity::insert(row.into_active_model()).exec_without_returning(&db).await;

    assert_refused(insert(twin.clone()).await, &["uq_revisions_number", "revisions.draft_id, revisions.number"]);
    assert!(insert(revision::Model { number: 2, ..twin }).await.is_ok());
}

const FROZEN: &[&str] = &["frozen"];

async fn what_was_written_is_never_changed(desk: TestDesk) {
    desk.published("As it was").await;
    let db = connect(&desk).await;

    let headline = Expr::value("Another");
    assert_refused(revision::Entity::update_many().col_expr(revision::Column::Headline, headline.clone()).exec(&db).await, FROZEN);
    assert_refused(edition::Entity::update_many().col_expr(edition::Column::Headline, headline.clone()).exec(&db).await, FROZEN);
    assert_refused(event::Entity::update_many().col_expr(event::Column::Summary, headline.clone()).exec(&db).await, FROZEN);
    assert_refused(revision_text::Entity::update_many().col_expr(revision_text::Column::Markdown, headline).exec(&db).await, FROZEN);
    let verdict = Expr::value(Verdict::Comment.as_str());
    assert_refused(review::Entity::update_many().col_expr(review::Column::Verdict, verdict).exec(&db).await, FROZEN);
    let kind = Expr::value(GateKind::Imported.as_str());
    assert_refused(gate::Entity::update_many().col_expr(gate::Column::Kind, kind).exec(&db).await, FROZEN);
}

async fn what_was_written_is_never_deleted(desk: TestDesk) {
    desk.published("To stay").await;
    let db = connect(&desk).await;

    assert_refused(event::Entity::delete_many().exec(&db).await, FROZEN);
    assert_refused(edition::Entity::delete_many().exec(&db).await, FROZEN);
    assert_refused(revision::Entity::delete_many().exec(&db).await, FROZEN);
    assert_refused(revision_text::Entity::delete_many().exec(&db).await, FROZEN);
    assert_refused(review::Entity::delete_many().exec(&db).await, FROZEN);
    assert_refused(gate::Entity::delete_many().exec(&db).await, FROZEN);
}

async fn a_draft_is_published_only_with_a_live_article_of_its_newest_revision(desk: TestDesk) {
    let draft = desk.draft("Never published").await;
    let live = desk.published("Published").await;
    let db = connect(&desk).await;
    let tx = db.begin().await.unwrap();

    let promoted = draft::Entity::update_many()
        .col_expr(draft::Column::State, Expr::value(DraftState::Published.as_str()))
        .filter(draft::Column::Id.eq(draft.id.parse::<entity::ids::DraftId>().unwrap()))
        .exec(&tx)
        .await;
    tx.rollback().await.unwrap();
    let orphaned = draft::Entity::update_many()
        .col_expr(draft::Column::IsLive, Expr::value(false))
        .filter(draft::Column::Id.eq(live.draft.id.parse::<entity::ids::DraftId>().unwrap()))
        .exec(&db)
        .await;

    assert_refused(promoted, &["ck_drafts_published"]);
    assert_refused(orphaned, &["ck_drafts_published"]);
    let shown = article::Entity::find().filter(article::Column::State.eq(ArticleState::Live)).one(&db).await.unwrap();
    assert!(shown.is_some());
}

async fn a_draft_waits_for_no_time_that_is_not_on_record(desk: TestDesk) {
    let draft = desk.approved("Without a time").await;
    let db = connect(&desk).await;
    let id = draft_row(&db, &draft).await.id;

    let taken = draft::Entity::update_many()
        .col_expr(draft::Column::State, Expr::value(DraftState::Scheduled))
        .filter(draft::Column::Id.eq(id))
        .exec(&db)
        .await;

    assert_refused(taken, &["schedule: the draft has no time to go live"]);
}
