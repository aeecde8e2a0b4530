//! Groups and what is said of SIMs, as people of each kind meet them.

use crate::support::{Http, Server, Site};
use opencmp_app::api::{SimListing, groups::GroupsPage};
use opencmp_domain::{
    GroupId, Role, SimId, TenantId,
    group::{BulkDone, Undo},
    query::SimQuery,
    sim::SimRow,
};
use serde_json::{Value, json};

struct World {
    _site: Site,
    server: Server,
    tenant: TenantId,
    admin: Http,
}

async fn world() -> World {
    let site = Site::new();
    site.import(
        "甲",
        "imsi,name,group\n001010000000001,一,北區\n001010000000002,二,北區/台北\n001010000000003,三,南區\n",
    );
    let server = site.start().await;
    let tenant = server.tenant("甲").await;
    let admin = server.as_tenant(tenant).await;
    World { _site: site, server, tenant, admin }
}

impl World {
    async fn page(&self, http: &Http) -> GroupsPage {
        http.call("groups_page", json!({})).await.unwrap()
    }

    async fn group(&self, name: &str) -> GroupId {
        let page = self.page(&self.admin).await;
        page.groups.iter().find(|group| group.name == name).unwrap_or_else(|| panic!("{name}")).id
    }

    async fn person(&self, role: Role, groups: Option<Vec<GroupId>>) -> Http {
        let email = format!("{}@groups.example", role.code());
        self.server.as_person(&email, role, Some(self.tenant), groups).await
    }

    async fn rows(&self, http: &Http) -> Vec<SimRow> {
        self.server.list(http).await
    }

    async fn sim(&self, name: &str) -> SimId {
        let rows = self.rows(&self.admin).await;
        rows.iter().find(|row| row.name.as_deref() == Some(name)).unwrap().id
    }
}

fn field(refused: Result<Value, Value>) -> String {
    let refused = refused.unwrap_err();
    refused["Invalid"]["field"].as_str().map_or_else(|| refused.to_string(), str::to_owned)
}

#[tokio::test]
async fn what_is_moved_shows_at_once_and_comes_back() {
    let world = world().await;
    let (north, south) = (world.group("北區").await, world.group("南區").await);
    let query = serde_json::to_value(SimQuery { group: Some(north), ..SimQuery::default() }).unwrap();
    let choice = json!({ "Matching": query });
    let done: BulkDone =
        world.admin.call("sims_move", json!({ "choice": choice, "to": south })).await.unwrap();
    assert_eq!(done.changed, 2);
    let listing: SimListing = world.admin.call("sim_list", json!({ "query": query })).await.unwrap();
    assert_eq!(listing.page.total, 0);
    let page = world.page(&world.admin).await;
    let counted = page.groups.iter().find(|group| group.id == south).unwrap();
    assert_eq!((counted.sims, counted.own), (3, 3));
    let undone: BulkDone = world.admin.call("sims_undo", json!({ "undo": done.undo })).await.unwrap();
    assert_eq!(undone.changed, 2);
    let listing: SimListing = world.admin.call("sim_list", json!({ "query": query })).await.unwrap();
    assert_eq!(listing.page.total, 2);

    let tags = json!({ "choice": choice, "add": ["試點"], "remove": [] });
    let done: BulkDone = world.admin.call("sims_tag", tags).await.unwrap();
    assert_eq!(done.changed, 2);
    assert!(matches!(done.undo, Undo::Tags(_)));
    let tagged = world.rows(&world.admin).await.iter().filter(|row| row.tags == ["試點"]).count();
    assert_eq!(tagged, 2);
    let undone: BulkDone = world.admin.call("sims_undo", json!({ "undo": done.undo })).await.unwrap();
    assert_eq!(undone.changed, 2);
    assert!(world.rows(&world.admin).await.iter().all(|row| row.tags.is_empty()));
}

#[tokio::test]
async fn who_is_limited_to_groups_stays_within_them() {
    let world = world().await;
    let (north, taipei, south) =
        (world.group("北區").await, world.group("北區/台北").await, world.group("南區").await);
    let editor = world.person(Role::TenantEditor, Some(vec![north])).await;
    let page = world.page(&editor).await;
    let seen: Vec<(&str, bool)> =
        page.groups.iter().map(|group| (group.name.as_str(), group.may_change)).collect();
    assert_eq!((seen, page.top), (vec![("北區", false), ("北區/台北", true)], false));

    // Within: yes, and what they make is theirs.
    let one = world.sim("一").await;
    let these = |sim: SimId| json!({ "These": sim.to_string() });
    editor.call::<BulkDone>("sims_move", json!({ "choice": these(one), "to": taipei })).await.unwrap();
    let made: GroupId = editor.call("group_create", json!({ "name": "北區/桃園" })).await.unwrap();
    editor.call::<Value>("group_rename", json!({ "id": made, "name": "北區/台北/桃園" })).await.unwrap();
    editor.call::<BulkDone>("sims_move", json!({ "choice": these(one), "to": made })).await.unwrap();
    assert_eq!(world.rows(&editor).await.len(), 2);
    editor.call::<Value>("group_remove", json!({ "id": made, "to": taipei })).await.unwrap();

    // Out of it, or from outside: no, and what is there isn't told.
    let three = world.sim("三").await;
    for (function, arguments) in [
        ("sims_move", json!({ "choice": these(one), "to": south })),
        ("sims_move", json!({ "choice": these(three), "to": taipei })),
        ("sims_undo", json!({ "undo": { "Move": [[south, one.to_string()]] } })),
        ("group_rename", json!({ "id": south, "name": "北區/南區" })),
        ("group_remove", json!({ "id": south, "to": north })),
        (
            "sim_edit",
            json!({ "id": three, "said": { "name": "", "group": taipei, "tags": [], "fields": [] } }),
        ),
        ("sim_edit", json!({ "id": one, "said": { "name": "", "group": south, "tags": [], "fields": [] } })),
        ("sim_fields", json!({ "id": three })),
    ] {
        let answer = editor.post_owned(format!("/fn/{function}"), arguments.clone()).await;
        assert_eq!(answer.status, 404, "{function} {arguments}: {}", answer.text());
    }
    for (function, arguments) in [
        ("group_create", json!({ "name": "東區" })),
        ("group_create", json!({ "name": "南區/高雄" })),
        ("group_rename", json!({ "id": taipei, "name": "台北" })),
        ("group_rename", json!({ "id": north, "name": "北部" })),
        ("group_remove", json!({ "id": north, "to": south })),
    ] {
        assert_eq!(
            field(editor.call(function, arguments.clone()).await),
            "group_parent",
            "{function} {arguments}"
        );
    }
    assert_eq!(world.sim("三").await, three);
    // What the tenant keeps of its SIMs is the admin's to say.
    let said = json!({ "name": "x", "kind": "text", "choices": [], "required": false });
    let refused =
        editor.post_owned("/fn/custom_field_save".into(), json!({ "id": null, "said": said })).await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn viewers_change_nothing_and_the_operator_enters_first() {
    let world = world().await;
    let (north, one) = (world.group("北區").await, world.sim("一").await);
    let viewer = world.person(Role::TenantViewer, None).await;
    assert!(world.page(&viewer).await.groups.iter().all(|group| !group.may_change));
    let all = [
        ("group_create", json!({ "name": "x" })),
        ("group_rename", json!({ "id": north, "name": "x" })),
        ("group_remove", json!({ "id": north, "to": north })),
        ("sims_move", json!({ "choice": { "These": one.to_string() }, "to": north })),
        ("sims_tag", json!({ "choice": { "These": one.to_string() }, "add": ["x"], "remove": [] })),
        ("sims_undo", json!({ "undo": { "Move": [] } })),
        ("sim_edit", json!({ "id": one, "said": { "name": "", "group": north, "tags": [], "fields": [] } })),
    ];
    let operator = world.server.as_operator();
    for (function, arguments) in all {
        let answer = viewer.post_owned(format!("/fn/{function}"), arguments.clone()).await;
        assert_eq!(answer.status, 403, "{function}");
        assert_eq!(field(operator.call(function, arguments).await), "tenant", "{function}");
    }
    // Nothing of it is on a viewer's pages either.
    let page = viewer.get("/sims").await.text();
    assert!(page.contains("001010000000001") && !page.contains("row-check"), "{page}");
    assert!(world.admin.get("/sims").await.text().contains("row-check"));
    assert!(!viewer.get("/groups").await.text().contains("新增群組"));
    assert!(world.admin.get("/groups").await.text().contains("新增群組"));
    assert!(operator.get("/groups").await.text().contains("請先進入一家企業"));
}
