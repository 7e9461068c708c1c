//! Who may do what: one pure table, asked first. ADMIN may act in every role, four eyes excepted.

use entity::enums::DraftState::{Approved, ChangesRequested, Drafting, InReview};
use entity::enums::{Role, Roles};

use super::workflow::{DraftAction, Standing};

/// What somebody is to one draft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    /// Answers for it.
    pub is_owner: bool,
    /// Has an author profile that the byline names.
    pub is_bylined: bool,
}

/// Whom a row of the table lets through: anyone who fits one of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who {
    /// The draft's owner.
    pub owner: bool,
    /// A user whose author profile is in the byline.
    pub bylined: bool,
    /// Holders of one of these roles.
    pub roles: Roles,
}

impl Who {
    /// Whether somebody with these roles, who is this to the draft, fits.
    #[must_use]
    pub fn fits(self, roles: Roles, relation: Relation) -> bool {
        roles.has(Role::Admin)
            || !self.roles.and(roles).is_empty()
            || (self.owner && relation.is_owner)
            || (self.bylined && relation.is_bylined)
    }
}

const fn roles(of: &[Role]) -> Who {
    let mut bits = 0;
    let mut rest = of;
    while let [first, others @ ..] = rest {
        bits |= 1 << *first as i32;
        rest = others;
    }
    Who { owner: false, bylined: false, roles: Roles(bits) }
}

const fn owner_or(of: &[Role]) -> Who {
    Who { owner: true, ..roles(of) }
}

/// Who may take an action on a draft that stands like this. `reviewers` are the roles of its stages.
#[must_use]
pub const fn who(action: DraftAction, at: Standing, reviewers: Roles) -> Who {
    match action {
        DraftAction::Update => match at.state {
            Drafting | ChangesRequested => Who { bylined: true, ..owner_or(&[Role::Editor]) },
            Approved => roles(&[Role::Editor]),
            _ => owner_or(&[Role::Editor]),
        },
        DraftAction::Submit | DraftAction::Recall | DraftAction::Archive => owner_or(&[Role::Editor]),
        DraftAction::Review => Who { owner: false, bylined: false, roles: reviewers },
        DraftAction::Comment => Who { owner: false, bylined: false, roles: Roles::ALL },
        DraftAction::Publish
        | DraftAction::PublishOverride
        | DraftAction::Schedule
        | DraftAction::CancelSchedule
        | DraftAction::Unpublish
        | DraftAction::Retract => roles(&[Role::Publisher]),
        DraftAction::Reopen => roles(&[Role::Editor]),
        DraftAction::SetRelatedLinks if at.is_live => roles(&[Role::Editor]),
        DraftAction::SetRelatedLinks => owner_or(&[Role::Editor]),
    }
}

/// Who asks others to review a draft. Anyone may take a review that they may give.
pub const ASSIGNERS: Who = owner_or(&[Role::Editor]);

/// How a permission turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Granted.
    Granted,
    /// Not as the draft stands, though it could be in another state.
    NotNow,
    /// In no state.
    Never,
}

/// Whether somebody may take an action on a draft: now, in some other state, or never.
#[must_use]
pub fn may(action: DraftAction, at: Standing, reviewers: Roles, held: Roles, relation: Relation) -> Permission {
    if who(action, at, reviewers).fits(held, relation) {
        return Permission::Granted;
    }
    let somewhere = [Drafting, InReview, Approved].into_iter().any(|state| {
        [false, true].into_iter().any(|is_live| {
            who(action, Standing { state, is_live, ..at }, reviewers).fits(held, relation)
        })
    });
    if somewhere { Permission::NotNow } else { Permission::Never }
}

/// What is done to the desk rather than to one draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Task {
    /// Read drafts, users and the log.
    ReadDesk,
    /// Begin a draft.
    CreateDraft,
    /// Stop asking for a lawyer.
    ClearLegal,
    /// Make or change authors.
    KeepAuthors,
    /// Make or change sections.
    KeepSections,
    /// Make or change affiliate policies.
    KeepPolicies,
    /// Make, change or publish releases.
    KeepReleases,
    /// Change the stages of review.
    KeepWorkflow,
    /// Make or change users.
    KeepUsers,
    /// Bring in what was published elsewhere.
    Import,
    /// Make an API token of one's own.
    CreateToken,
}

impl Task {
    /// Every task, for the printed table.
    pub const ALL: [Self; 11] = [
        Self::ReadDesk, Self::CreateDraft, Self::ClearLegal, Self::KeepAuthors, Self::KeepSections, Self::KeepPolicies,
        Self::KeepReleases, Self::KeepWorkflow, Self::KeepUsers, Self::Import, Self::CreateToken,
    ];

    /// Who may.
    #[must_use]
    pub const fn who(self) -> Who {
        match self {
            Self::ReadDesk | Self::CreateToken => Who { owner: false, bylined: false, roles: Roles::ALL },
            Self::CreateDraft => roles(&[Role::Writer, Role::Editor]),
            Self::ClearLegal => roles(&[Role::Editor, Role::Legal]),
            Self::KeepAuthors | Self::KeepSections => roles(&[Role::Editor]),
            Self::KeepPolicies => roles(&[Role::Commerce]),
            Self::KeepReleases => roles(&[Role::Publisher]),
            Self::KeepWorkflow | Self::KeepUsers | Self::Import => roles(&[]),
        }
    }

    /// What somebody is told who may not.
    #[must_use]
    pub const fn refusal(self) -> &'static str {
        match self {
            Self::ReadDesk => "Only staff may read this; ask an administrator for a role.",
            Self::CreateToken => "A token carries a subset of its user's roles, and you have none.",
            Self::CreateDraft => "Creating drafts takes the role WRITER or EDITOR.",
            Self::ClearLegal => "Only EDITOR or LEGAL may clear the legal review.",
            Self::KeepAuthors => "Changing authors takes the role EDITOR.",
            Self::KeepSections => "Changing sections takes the role EDITOR.",
            Self::KeepPolicies => "Changing affiliate policies takes the role COMMERCE.",
            Self::KeepReleases => "Making releases takes the role PUBLISHER.",
            Self::KeepWorkflow => "Changing the workflow takes the role ADMIN.",
            Self::KeepUsers => "Changing users takes the role ADMIN.",
            Self::Import => "Importing takes the role ADMIN.",
        }
    }
}
