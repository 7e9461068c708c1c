//! Checks as conditions on the table of drafts, so that a queue can be asked for what fails one. Each says
//! of a draft what `domain::checks` says of it; a test holds the two together.

use entity::draft::Column as D;
use entity::enums::{AffiliateFlag, ArticleState, DraftState, StageCondition, Verdict};
use entity::ids::{PolicyId, SectionId};
use entity::{
    article, comment, draft, image, related_link, review, revision, revision_author, revision_link, round_stage, slug,
};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, IntoCondition, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, Iden, JoinType};

use crate::domain::checks::CheckCode;

/// Where a policy holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The policy; none where there is none to hold.
    pub policy: Option<PolicyId>,
    /// The sections whose articles it holds for where they name none.
    pub sections: Vec<SectionId>,
    /// Whether it holds for what has no section yet, too.
    pub without_section: bool,
}

/// Policies whose wording or place is to be mended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wanting {
    /// Whatever the links are.
    pub always: Vec<Scope>,
    /// Where a link is one of these networks'.
    pub through: (Vec<Scope>, Vec<String>),
    /// Where the first link stands in this block or further down.
    pub far: (Vec<Scope>, i32),
}

/// A check, with what has to be known to judge it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Failing {
    /// The check.
    pub code: CheckCode,
    /// For the check of the disclosure.
    pub wanting: Wanting,
}

impl Failing {
    /// That a draft fails the check.
    pub(super) fn condition(&self) -> Condition {
        use revision::Column as R;
        let newest = |holds: SimpleExpr| Expr::exists(newest().and_where(holds).to_owned());
        match self.code {
            CheckCode::Headline => is_blank(D::Headline).into_condition(),
            CheckCode::Dek => newest(R::Dek.is_null()).into_condition(),
            CheckCode::Body => newest(R::HasBody.eq(false)).into_condition(),
            CheckCode::Byline => Expr::exists(of_newest(revision_author::Entity, revision_author::Column::RevisionId)).not().into_condition(),
            CheckCode::Section => D::SectionId.is_null().into_condition(),
            CheckCode::Slug => newest(Expr::col((revision::Entity, R::Slug)).ne(Expr::col((draft::Entity, D::Slug)))).into_condition(),
            CheckCode::ImageAlt => Condition::any()
                .add(newest(R::ImagesWithoutAlt.gt(0)))
                .add(newest(Expr::exists(hero(is_blank(image::Column::Alt))))),
            CheckCode::ImageCredit => {
                let uncredited = image::Column::Credit.is_null().or(is_blank(image::Column::Credit));
                newest(Expr::exists(hero(uncredited))).into_condition()
            }
            CheckCode::AffiliateDisclosure => self.wanting.condition(),
            CheckCode::RelatedLive => bodies_not_live()
                .into_iter()
                .fold(Condition::any().add(D::Id.in_subquery(related_not_live())), |any, bodies| any.add(D::RevisionId.in_subquery(bodies))),
            CheckCode::OpenComments => Expr::exists(open_thread()).into_condition(),
            CheckCode::Approvals => Condition::any()
                .add(D::Round.eq(0))
                .add(D::State.eq(DraftState::Drafting))
                .add(Expr::exists(incomplete_stage())),
        }
    }
}

impl Wanting {
    fn condition(&self) -> Condition {
        use revision::Column as R;
        use revision_link::Column as L;
        let links = |holds: SimpleExpr| Expr::exists(of_newest(revision_link::Entity, L::RevisionId).and_where(holds).to_owned());
        let certain = || L::Certainty.eq("CERTAIN");
        let newest = |holds: Condition| Expr::exists(newest().cond_where(holds).to_owned());
        let earns = Condition::any().add(links(certain())).add(Expr::exists(earning_related()));
        let due = Condition::any()
            .add(R::AffiliateFlag.eq(AffiliateFlag::Required))
            .add(Condition::all().add(R::AffiliateFlag.eq(AffiliateFlag::Auto)).add(earns));
        let (through, networks) = &self.through;
        let (far, block) = &self.far;
        let those = || networks.iter().map(String::as_str);
        let related = related_of_draft().and_where(related_link::Column::Network.is_in(those())).to_owned();
        let of_those = Condition::any().add(links(certain().and(L::Network.is_in(those())))).add(Expr::exists(related));
        let is_far = links(certain()).and(links(certain().and(L::Block.lt(*block))).not());
        let wanting = Condition::any()
            .add(under(&self.always))
            .add(Condition::all().add(of_those).add(under(through)))
            .add(Condition::all().add(is_far).add(under(far)));
        let possible = Condition::all().add(R::AffiliateFlag.eq(AffiliateFlag::Auto)).add(links(L::Certainty.eq("POSSIBLE")));
        Condition::any().add(newest(possible)).add(newest(Condition::all().add(due).add(wanting)))
    }
}

/// That one of these policies holds for the newest revision.
fn under(scopes: &[Scope]) -> Condition {
    use revision::Column as R;
    // With nothing added, `any` would hold for everything.
    scopes.iter().fold(Condition::any().add(Expr::val(false)), |any, scope| {
        let mut unnamed = Condition::any().add(R::SectionId.is_in(scope.sections.iter().copied()));
        if scope.without_section {
            unnamed = unnamed.add(R::SectionId.is_null());
        }
        let any = any.add(Condition::all().add(R::AffiliatePolicyId.is_null()).add(unnamed));
        match scope.policy {
            Some(policy) => any.add(R::AffiliatePolicyId.eq(policy)),
            None => any,
        }
    })
}

fn is_blank(text: impl ColumnTrait) -> SimpleExpr {
    Expr::expr(Func::cust(Alias::new("trim")).arg(Expr::col(text.as_column_ref()))).eq("")
}

/// The newest revision of the draft.
fn newest() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(revision::Entity)
        .and_where(Expr::col((revision::Entity, revision::Column::Id)).equals((draft::Entity, D::RevisionId)))
        .to_owned()
}

/// Rows that belong to the newest revision of the draft.
fn of_newest<E: sea_orm::EntityTrait + Iden>(entity: E, column: E::Column) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(entity)
        .and_where(Expr::col(column.as_column_ref()).equals((draft::Entity, D::RevisionId)))
        .to_owned()
}

/// The image at the revision's head.
fn hero(holds: SimpleExpr) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(image::Entity)
        .and_where(Expr::col((image::Entity, image::Column::Id)).equals((revision::Entity, revision::Column::HeroImageId)))
        .and_where(holds)
        .to_owned()
}

fn related_of_draft() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(related_link::Entity)
        .and_where(Expr::col((related_link::Entity, related_link::Column::DraftId)).equals((draft::Entity, D::Id)))
        .to_owned()
}

fn earning_related() -> SelectStatement {
    related_of_draft().and_where(related_link::Column::Network.is_not_null()).to_owned()
}

/// Drafts with a related link to one that is not live. Those that are not live are few beside all, so the
/// engine begins with them.
fn related_not_live() -> SelectStatement {
    let target = Alias::new("target");
    Query::select()
        .column((related_link::Entity, related_link::Column::DraftId))
        .from(related_link::Entity)
        .join_as(
            JoinType::InnerJoin,
            draft::Entity,
            target.clone(),
            Expr::col((target.clone(), D::Id)).equals((related_link::Entity, related_link::Column::TargetDraftId)),
        )
        .and_where(Expr::col((target, D::IsLive)).eq(false))
        .to_owned()
}

/// Revisions with a link to a page of the site behind which readers find nothing, or a notice: its article
/// is not live, and nobody is sent on; or it was never live there.
fn bodies_not_live() -> [SelectStatement; 2] {
    let (target, own, onward) = (Alias::new("target"), Alias::new("own"), Alias::new("onward"));
    let linking = Query::select()
        .column((revision_link::Entity, revision_link::Column::RevisionId))
        .from(revision_link::Entity)
        .inner_join(
            slug::Entity,
            Expr::col((slug::Entity, slug::Column::Slug)).equals((revision_link::Entity, revision_link::Column::OwnSlug)),
        )
        .to_owned();
    let never = linking.clone().and_where(slug::Column::WasLive.eq(false)).to_owned();
    let article = |alias: &Alias, column| Expr::col((alias.clone(), column));
    let gone = linking
        .clone()
        .join_as(
            JoinType::InnerJoin,
            draft::Entity,
            target.clone(),
            Expr::col((target.clone(), D::Id)).equals((slug::Entity, slug::Column::DraftId)),
        )
        .join_as(JoinType::LeftJoin, article::Entity, own.clone(), article(&own, article::Column::DraftId).equals((target.clone(), D::Id)))
        .join_as(
            JoinType::LeftJoin,
            article::Entity,
            onward.clone(),
            article(&onward, article::Column::Id)
                .equals((own, article::Column::RedirectToId))
                .and(article(&onward, article::Column::State).eq(ArticleState::Live.as_str())),
        )
        .and_where(Expr::col((target, D::IsLive)).eq(false))
        .and_where(article(&onward, article::Column::Id).is_null())
        .to_owned();
    [never, gone]
}

fn open_thread() -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(comment::Entity)
        .and_where(Expr::col((comment::Entity, comment::Column::DraftId)).equals((draft::Entity, D::Id)))
        .and_where(comment::Column::ParentId.is_null())
        .and_where(comment::Column::ResolvedAt.is_null())
        .to_owned()
}

/// A stage of the draft's round that applies and lacks approvals, by people other than those who wrote what
/// is new.
fn incomplete_stage() -> SelectStatement {
    use review::Column as V;
    use round_stage::Column as S;
    let applies = Condition::any()
        .add(S::AppliesWhen.eq(StageCondition::Always))
        .add(S::AppliesWhen.eq(StageCondition::Affiliate).and(D::NeedsCommerce.eq(true)))
        .add(S::AppliesWhen.eq(StageCondition::Legal).and(D::NeedsLegalReview.eq(true)));
    let since = Expr::col((draft::Entity, D::PublishedRevision)).if_null(0);
    let wrote = |column: revision::Column| Expr::col((revision::Entity, column)).equals((review::Entity, V::ReviewerId));
    let writer = Query::select()
        .expr(Expr::val(1))
        .from(revision::Entity)
        .and_where(Expr::col((revision::Entity, revision::Column::DraftId)).equals((draft::Entity, D::Id)))
        .and_where(Expr::col((revision::Entity, revision::Column::Number)).gt(since))
        .cond_where(Condition::any().add(wrote(revision::Column::CreatedBy)).add(wrote(revision::Column::SuggestedBy)))
        .to_owned();
    let approvals = Query::select()
        .expr(Func::count_distinct(Expr::col((review::Entity, V::ReviewerId))))
        .from(review::Entity)
        .and_where(Expr::col((review::Entity, V::RevisionId)).equals((draft::Entity, D::RevisionId)))
        .and_where(Expr::col((review::Entity, V::Round)).equals((draft::Entity, D::Round)))
        .and_where(Expr::col((review::Entity, V::StageKey)).equals((round_stage::Entity, S::Key)))
        .and_where(V::Verdict.eq(Verdict::Approve))
        .and_where(Expr::exists(writer).not())
        .to_owned();
    Query::select()
        .expr(Expr::val(1))
        .from(round_stage::Entity)
        .and_where(Expr::col((round_stage::Entity, S::DraftId)).equals((draft::Entity, D::Id)))
        .and_where(Expr::col((round_stage::Entity, S::Round)).equals((draft::Entity, D::Round)))
        .cond_where(applies)
        .and_where(Expr::col((round_stage::Entity, S::ApprovalsNeeded)).gt(Expr::SubQuery(None, Box::new(approvals.into()))))
        .to_owned()
}
