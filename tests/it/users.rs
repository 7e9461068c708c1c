//! The users that an administrator keeps.

use serde_json::json;

use crate::support::{TestDesk, both};

both![
    an_administrator_adds_a_user_who_can_sign_in,
    nobody_else_adds_or_changes_users,
    everything_that_is_wrong_with_a_new_user_is_told_at_once,
    an_address_belongs_to_one_user_however_it_is_spelled,
    new_roles_count_from_the_next_request_on,
    a_change_that_changes_nothing_writes_nothing,
    the_last_administrator_stays_one,
    all_staff_see_users_and_nobody_else_does,
];

const USER: &str = "user { id email name roles isActive }";

async fn an_administrator_adds_a_user_who_can_sign_in(desk: TestDesk) {
    let input = json!({ "email": "New@Newsroom.example", "name": " Nina New ", "password": "ten letters", "roles": ["LEGAL", "WRITER"] });

    let made = desk.admin().act("createUser", USER, input).await;
    let signed_in = desk.anonymous().sign_in("new@newsroom.example", "ten letters").await;

    assert_eq!(made.text("/createUser/user/name"), "Nina New");
    assert_eq!(made.at("/createUser/user/isActive"), true);
    assert_eq!(signed_in.at("/signIn/viewer/roles"), &json!(["WRITER", "LEGAL"]));
    assert_eq!(signed_in.text("/signIn/viewer/id"), made.text("/createUser/user/id"));
}

async fn nobody_else_adds_or_changes_users(desk: TestDesk) {
    let before = desk.traces().await;
    let new = json!({ "email": "x@newsroom.example", "name": "X", "password": "ten letters", "roles": ["ADMIN"] });
    let change = json!({ "userId": desk.writer().id(), "roles": ["ADMIN"] });

    let by_anonymous = desk.anonymous().act("createUser", USER, new.clone()).await;
    assert_eq!(by_anonymous.code(), "UNAUTHENTICATED");
    assert_eq!(desk.anonymous().act("updateUser", USER, change.clone()).await.code(), "UNAUTHENTICATED");
    for somebody in [desk.writer(), desk.editor(), desk.commerce(), desk.legal(), desk.publisher()] {
        assert_eq!(somebody.act("createUser", USER, new.clone()).await.code(), "FORBIDDEN");
        assert_eq!(somebody.act("updateUser", USER, change.clone()).await.code(), "FORBIDDEN");
    }

    assert_eq!(desk.traces().await, before);
}

async fn everything_that_is_wrong_with_a_new_user_is_told_at_once(desk: TestDesk) {
    let before = desk.traces().await;

    let input = json!({ "email": "nonsense", "name": "  ", "password": "short", "roles": ["WRITER"] });
    let answer = desk.admin().act("createUser", USER, input).await;

    assert_eq!(answer.fields(), ["email", "name", "password"]);
    assert_eq!(desk.traces().await, before);
}

async fn an_address_belongs_to_one_user_however_it_is_spelled(desk: TestDesk) {
    let email = desk.writer().person().email.to_uppercase();
    let before = desk.traces().await;

    let input = json!({ "email": email, "name": "A Double", "password": "ten letters", "roles": ["WRITER"] });
    let answer = desk.admin().act("createUser", USER, input).await;

    assert_eq!(answer.fields(), ["email"]);
    assert_eq!(desk.traces().await, before);
}

async fn new_roles_count_from_the_next_request_on(desk: TestDesk) {
    let writer = desk.writer();
    let draft = desk.approved("Roles change").await;
    assert_eq!(writer.publish(&draft).await.code(), "FORBIDDEN");

    let input = json!({ "userId": writer.id(), "roles": ["WRITER", "PUBLISHER"] });
    desk.admin().act("updateUser", USER, input).await.data();

    writer.publish(&draft).await.data();
}

async fn a_change_that_changes_nothing_writes_nothing(desk: TestDesk) {
    let writer = desk.writer();
    let before = desk.traces().await;

    let input = json!({ "userId": writer.id(), "name": writer.person().name, "roles": ["WRITER"], "isActive": true });
    let answer = desk.admin().act("updateUser", USER, input).await;

    assert_eq!(answer.text("/updateUser/user/name"), writer.person().name);
    assert_eq!(desk.traces().await, before);
}

async fn the_last_administrator_stays_one(desk: TestDesk) {
    let admin = desk.admin();
    let users = admin.ask("{ users(first: 100) { nodes { id roles } } }").await;
    for user in users.list("/users/nodes").iter().filter(|user| user["roles"] == json!(["ADMIN"]) && user["id"] != admin.id()) {
        let input = json!({ "userId": user["id"], "isActive": false });
        admin.act("updateUser", USER, input).await.data();
    }
    let before = desk.traces().await;

    let roles = admin.act("updateUser", USER, json!({ "userId": admin.id(), "roles": ["WRITER"] })).await;
    let leave = admin.act("updateUser", USER, json!({ "userId": admin.id(), "isActive": false })).await;

    assert!(!roles.is_ok() && !leave.is_ok(), "{roles}\n{leave}");
    assert_eq!(desk.traces().await, before);
}

async fn all_staff_see_users_and_nobody_else_does(desk: TestDesk) {
    let query = "{ users(first: 3) { totalCount nodes { email } edges { cursor } pageInfo { hasNextPage endCursor } } }";

    let page = desk.legal().ask(query).await;
    let next = format!("{{ users(first: 3, after: \"{}\") {{ nodes {{ email }} }} }}", page.text("/users/pageInfo/endCursor"));
    let next = desk.legal().ask(&next).await;
    let by_anonymous = desk.anonymous().ask(query).await;

    assert_eq!(page.list("/users/nodes").len(), 3);
    assert!(page.number("/users/totalCount") > 10);
    assert_ne!(page.texts("/users/nodes", "email"), next.texts("/users/nodes", "email"));
    assert_eq!(by_anonymous.code(), "UNAUTHENTICATED");
}
