//! Affiliate policies as COMMERCE keeps them, and what readers see of them.

use serde_json::{Value, json};

use super::client::Client;
use super::desk::TestDesk;
use super::journeys::joined;

/// A link that earns from Amazon Associates.
pub const AMAZON: &str = "https://www.amazon.com/dp/B000?tag=desk-20";

/// A body whose second paragraph has a link that earns and one that does not.
pub const EARNING: &str =
    "Before.\n\nA [kettle](https://www.amazon.com/dp/B000?tag=desk-20) and a [page](https://plain.example/).\n\nAfter.";

impl TestDesk {
    /// The policy that holds wherever no other does.
    pub async fn default_policy(&self) -> String {
        self.commerce().ask("{ site { defaultAffiliatePolicy { id } } }").await.text("/site/defaultAffiliatePolicy/id")
    }

    /// Another policy, which words the disclosure with its own name.
    pub async fn new_policy(&self, name: &str, more: Value) -> String {
        let input = joined(json!({ "name": name, "disclosure": format!("{name}: we earn a commission.") }), more);
        let made = self.commerce().act("createAffiliatePolicy", "affiliatePolicy { id }", input).await;
        made.text("/createAffiliatePolicy/affiliatePolicy/id")
    }

    pub async fn update_policy(&self, id: &str, changes: Value) {
        let input = joined(json!({ "policyId": id }), changes);
        self.commerce().act("updateAffiliatePolicy", "affiliatePolicy { version }", input).await.data();
    }

    /// Gives a section a policy of its own; null takes it away.
    pub async fn give_section(&self, section: &str, policy: Value) {
        let input = json!({ "sectionId": section, "policyId": policy });
        self.commerce().act("setSectionAffiliatePolicy", "section { id }", input).await.data();
    }
}

impl Client {
    /// Whether a link in the article's body is marked as earning.
    pub async fn is_marked(&self, slug: &str) -> bool {
        self.article(slug, "body { html }").await["body"]["html"].as_str().unwrap().contains("rel=\"sponsored")
    }

    /// Whether the article's readers are shown a disclosure.
    pub async fn is_told(&self, slug: &str) -> bool {
        self.article(slug, "affiliateDisclosure { text }").await["affiliateDisclosure"].is_object()
    }
}
