//! A replica answers readers as far as it is up to date, and never with what was changed before they asked.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use copydesk::config::Settings;
use serde_json::{Value, json};

use crate::support::{block_on, pair, settings};

async fn ask(http: &reqwest::Client, address: std::net::SocketAddr, token: Option<&str>, query: &str, variables: Value) -> Value {
    let mut request = http.post(format!("http://{address}/graphql")).json(&json!({ "query": query, "variables": variables }));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"].clone()
}

#[test]
fn a_replica_that_lags_costs_time_and_never_truth() {
    block_on(async {
        let Some(cluster) = pair() else { return };
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { read_database_url: Some(cluster.replica_url("postgres")), ..settings(&cluster.url("postgres"), folder.path()) };
        let running = copydesk::startup::start(&settings).await.unwrap();
        let (email, password) = running.administrator.clone().unwrap();
        let (http, at) = (reqwest::Client::new(), running.address);
        let sign_in = "mutation($email: String!, $password: String!) { signIn(input: { email: $email, password: $password }) { token } }";
        let signed = ask(&http, at, None, sign_in, json!({ "email": email, "password": password })).await;
        let token = signed["signIn"]["token"].as_str().unwrap();
        let make = "mutation { createSection(input: { name: \"News 0\" }) { section { id } } }";
        let section = ask(&http, at, Some(token), make, json!({})).await["createSection"]["section"]["id"].clone();

        let read = "{ sections { name } site { name } }";
        let change = "mutation($input: UpdateSectionInput!) { updateSection(input: $input) { section { id } } }";
        for number in 1..=20 {
            let input = json!({ "input": { "sectionId": section, "name": format!("News {number}") } });
            ask(&http, at, Some(token), change, input).await;
            for _ in 0..3 {
                let seen = ask(&http, at, None, read, json!({})).await;
                assert_eq!(seen["sections"][0]["name"], format!("News {number}"));
            }
        }

        // Once it is up to date, it is what answers; each question is another one, since answers are kept.
        let asked = running.desk.fresh.from_replica.load(Ordering::Relaxed);
        let began = Instant::now();
        for number in 0.. {
            ask(&http, at, None, &format!("{{ sections {{ name }} again{number}: sections {{ name }} }}"), json!({})).await;
            if running.desk.fresh.from_replica.load(Ordering::Relaxed) > asked {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "the replica is never asked");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }

        // Nobody notices where it fails, nor where it is not there from the beginning.
        cluster.stop_replica();
        for number in 0..5 {
            ask(&http, at, None, &format!("{{ sections {{ name }} alone{number}: sections {{ name }} }}"), json!({})).await;
        }
        running.stop().await;
        let again = copydesk::startup::start(&settings).await.unwrap();
        assert_eq!(ask(&http, again.address, None, read, json!({})).await["sections"][0]["name"], "News 20");
        again.stop().await;
    });
}
