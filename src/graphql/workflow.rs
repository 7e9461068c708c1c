//! The stages of review, which are data.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::error::Result;
use super::{cx, words};
use crate::app;
use crate::domain::review::Stage;

/// The stages that drafts go through.
pub struct Workflow(Vec<Stage>);

/// The stages that drafts go through.
#[Object]
impl Workflow {
    async fn stages(&self) -> Vec<ReviewStage> {
        self.0.iter().cloned().map(ReviewStage).collect()
    }
}

/// A kind of review.
#[derive(Clone)]
pub struct ReviewStage(pub Stage);

/// A kind of review.
#[Object]
impl ReviewStage {
    /// Such as EDIT; unique.
    async fn key(&self) -> &str {
        &self.0.key
    }

    async fn name(&self) -> &str {
        &self.0.name
    }

    async fn roles(&self) -> Vec<words::Role> {
        self.0.roles.iter().map(Into::into).collect()
    }

    async fn approvals_needed(&self) -> i32 {
        self.0.approvals_needed
    }

    async fn applies_when(&self) -> words::StageCondition {
        self.0.applies_when.into()
    }
}

/// What staff ask of the workflow.
#[derive(Default)]
pub struct WorkflowQuery;

#[Object]
impl WorkflowQuery {
    /// The stages that drafts go through.
    async fn workflow(&self, ctx: &Context<'_>) -> Result<Workflow> {
        Ok(Workflow(app::workflow::stages(cx(ctx)).await?))
    }
}

/// A kind of review.
#[derive(InputObject)]
pub struct ReviewStageInput {
    key: String,
    name: String,
    roles: Vec<words::Role>,
    #[graphql(default = 1)]
    approvals_needed: i32,
    #[graphql(default_with = "words::StageCondition::Always")]
    applies_when: words::StageCondition,
}

/// Every stage that there is to be, in order.
#[derive(InputObject)]
pub struct UpdateWorkflowInput {
    stages: Vec<ReviewStageInput>,
}

/// The workflow as it is now.
#[derive(SimpleObject)]
pub struct WorkflowPayload {
    workflow: Workflow,
}

/// What administrators do to the workflow.
#[derive(Default)]
pub struct WorkflowMutation;

#[Object]
impl WorkflowMutation {
    /// Replaces the stages. Drafts under review keep to those that they were submitted with.
    async fn update_workflow(&self, ctx: &Context<'_>, input: UpdateWorkflowInput) -> Result<Option<WorkflowPayload>> {
        let typed = input.stages.into_iter().map(|stage| app::workflow::Typed {
            key: stage.key,
            name: stage.name,
            roles: stage.roles.into_iter().map(Into::into).collect(),
            approvals_needed: stage.approvals_needed,
            applies_when: stage.applies_when.into(),
        });
        let stages = app::workflow::update(cx(ctx), typed.collect()).await?;
        Ok(Some(WorkflowPayload { workflow: Workflow(stages) }))
    }
}
