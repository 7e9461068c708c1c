//! Which policies' wording or place is to be mended, so that the drafts under them can be listed.

use entity::affiliate_policy;

use super::standing::Policies;
use crate::app::{AppError, Cx};
use crate::domain::affiliate::{self, FAR_DOWN, Wording};
use crate::store::failing::{Scope, Wanting};
use crate::store;

/// What COMMERCE is told of a policy, whatever the links are: where it stands, and how it is worded.
#[must_use]
pub fn advice(policy: &affiliate_policy::Model) -> Vec<String> {
    let wording =
        Wording { text: &policy.disclosure_text, placement: policy.placement, has_amazon_links: false, first_link_block: Some(0) };
    affiliate::advice(&wording)
}

/// What a list of drafts has to know to tell which of them fail the check of the disclosure.
pub(crate) async fn wanting(cx: &Cx) -> Result<Wanting, AppError> {
    let policies = Policies::load(cx.reader()).await?;
    let sections = store::author::all_sections(cx.reader()).await?;
    let scope = |policy: &affiliate_policy::Model| Scope {
        policy: Some(policy.id),
        sections: policies.reach(policy.id, &sections).sections,
        without_section: policy.is_default,
    };
    let those = |has_amazon_links: bool, first_link_block: Option<u32>| -> Vec<Scope> {
        let is_wanting = |policy: &&affiliate_policy::Model| {
            let wording = Wording { text: &policy.disclosure_text, placement: policy.placement, has_amazon_links, first_link_block };
            !affiliate::advice(&wording).is_empty()
        };
        policies.all.iter().filter(is_wanting).map(scope).collect()
    };
    let mut always = those(false, Some(0));
    if policies.usual().is_none() {
        // A disclosure is due there, and nobody worded one.
        let bare = sections.iter().filter(|section| policies.of(None, Some(section.id)).is_none()).map(|section| section.id);
        always.push(Scope { policy: None, sections: bare.collect(), without_section: true });
    }
    let networks = affiliate::network_names().into_iter().map(|(_, name)| name).filter(|name| affiliate::is_amazon(name));
    Ok(Wanting {
        always,
        through: (those(true, Some(0)), networks.map(str::to_owned).collect()),
        far: (those(false, Some(FAR_DOWN)), i32::try_from(FAR_DOWN).unwrap_or(i32::MAX)),
    })
}
