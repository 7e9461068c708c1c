//! What watches the server may ask of it.

use crate::support::{TestDesk, both};

both![a_server_that_serves_says_so, each_answer_has_an_id_that_the_log_knows];

async fn a_server_that_serves_says_so(desk: TestDesk) {
    assert_eq!(desk.get("/healthz").await.0, 200);
    assert_eq!(desk.get("/readyz").await.0, 200);
    assert_eq!(desk.get("/no-such-page").await.0, 404);
}

async fn each_answer_has_an_id_that_the_log_knows(desk: TestDesk) {
    let first = desk.anonymous().ask("{ site { name } }").await;
    let second = desk.anonymous().ask("{ site { name } }").await;

    let id = |answer: &crate::support::Answer| answer.headers.get("x-request-id").map(|id| id.to_str().unwrap().to_owned());
    assert!(id(&first).is_some_and(|id| id.len() > 8), "{:?}", first.headers);
    assert_ne!(id(&first), id(&second));
}
