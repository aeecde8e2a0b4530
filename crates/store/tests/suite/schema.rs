//! Both databases have the same tables, columns and indexes.

use opencmp_store::{Store, StoreOptions};
use opencmp_testkit::{Backend, database};
use sqlx::{Connection, PgConnection, Row, SqliteConnection};
use std::collections::BTreeMap;

/// Column: kind, may be NULL. Index: columns as they are written, unique, condition.
#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    columns: BTreeMap<String, (String, bool)>,
    indexes: BTreeMap<String, (String, bool, String)>,
    primary_key: Vec<String>,
}

type Schema = BTreeMap<String, Table>;

#[tokio::test(flavor = "multi_thread")]
async fn both_schemas_agree() {
    let sqlite = database(Backend::Sqlite).await.unwrap();
    let postgres = database(Backend::Postgres).await.unwrap();
    for url in [&sqlite.url, &postgres.url] {
        let store = Store::open(url, StoreOptions::default()).await.unwrap();
        // Opening again finds nothing left to do.
        Store::open(url, StoreOptions::default()).await.unwrap().close().await;
        assert_eq!(store.installation().await.unwrap().id.len(), 32);
        assert!(store.size().await.unwrap().octets() > 0);
        store.ping().await.unwrap();
        store.close().await;
    }
    let of_sqlite = sqlite_schema(&sqlite.url).await;
    let of_postgres = postgres_schema(&postgres.url).await;
    assert_eq!(of_sqlite.keys().collect::<Vec<_>>(), of_postgres.keys().collect::<Vec<_>>());
    for (name, table) in &of_sqlite {
        assert_eq!(table, &of_postgres[name], "{name}");
    }
    assert!(of_sqlite.contains_key("sim_live") && of_sqlite["sim"].indexes.len() == 6, "{of_sqlite:?}");
}

#[test]
fn migrations_have_the_same_names() {
    let names = |dialect: &str| {
        let folder = format!("{}/../../migrations/{dialect}", env!("CARGO_MANIFEST_DIR"));
        let mut names: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

async fn sqlite_schema(url: &str) -> Schema {
    let mut db = SqliteConnection::connect(url).await.unwrap();
    let mut schema = Schema::new();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
                  AND name NOT LIKE '_sqlx_%'";
    for row in sqlx::query(tables).fetch_all(&mut db).await.unwrap() {
        let name: String = row.get(0);
        let mut table = Table::default();
        let columns = "SELECT name, type, \"notnull\", pk FROM pragma_table_info($1)";
        let mut key = BTreeMap::new();
        for row in sqlx::query(columns).bind(&name).fetch_all(&mut db).await.unwrap() {
            let column: String = row.get(0);
            let position: i64 = row.get(3);
            if position > 0 {
                key.insert(position, column.clone());
            }
            let nullable = row.get::<i64, _>(2) == 0 && position == 0;
            table.columns.insert(column, (row.get(1), nullable));
        }
        table.primary_key = key.into_values().collect();
        let indexes = "SELECT l.name, l.\"unique\", s.sql FROM pragma_index_list($1) l
                       LEFT JOIN sqlite_schema s ON s.name = l.name WHERE l.origin <> 'pk'";
        for row in sqlx::query(indexes).bind(&name).fetch_all(&mut db).await.unwrap() {
            let index: String = row.get(0);
            let unique: i64 = row.get(1);
            match row.get::<Option<String>, _>(2) {
                Some(sql) => {
                    let (columns, condition) = index_of(&sql);
                    table.indexes.insert(index, (columns, unique == 1, condition));
                }
                // A UNIQUE constraint: without a name in SQLite.
                None => {
                    let columns = "SELECT group_concat(name, ', ') FROM pragma_index_info($1)";
                    let columns: String =
                        sqlx::query(columns).bind(&index).fetch_one(&mut db).await.unwrap().get(0);
                    table.indexes.insert(format!("constraint on {columns}"), (columns, true, String::new()));
                }
            }
        }
        schema.insert(name, table);
    }
    schema
}

async fn postgres_schema(url: &str) -> Schema {
    let mut db = PgConnection::connect(url).await.unwrap();
    let mut schema = Schema::new();
    let columns = "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES'
                   FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'";
    for row in sqlx::query(columns).fetch_all(&mut db).await.unwrap() {
        let kind = match row.get::<String, _>(2).as_str() {
            "bigint" | "boolean" => "INTEGER",
            "text" => "TEXT",
            "bytea" => "BLOB",
            other => panic!("{other} has no like in SQLite"),
        };
        let table = schema.entry(row.get(0)).or_default();
        table.columns.insert(row.get(1), (kind.to_owned(), row.get(3)));
    }
    let indexes = "SELECT t.relname::text, i.relname::text, x.indisunique, x.indisprimary, pg_get_indexdef(i.oid),
                       EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.oid AND c.contype = 'u')
                   FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
                   JOIN pg_namespace n ON n.oid = t.relnamespace
                   WHERE n.nspname = 'public' AND t.relname NOT LIKE '\\_sqlx%'";
    for row in sqlx::query(indexes).fetch_all(&mut db).await.unwrap() {
        let table = schema.get_mut(&row.get::<String, _>(0)).unwrap();
        let definition: String = row.get(4);
        let (columns, condition) = index_of(&definition.replace(" USING btree", ""));
        if row.get(3) {
            table.primary_key = columns.split(", ").map(str::to_owned).collect();
        } else if row.get(5) {
            table.indexes.insert(format!("constraint on {columns}"), (columns, true, condition));
        } else {
            table.indexes.insert(row.get(1), (columns, row.get(2), condition));
        }
    }
    schema
}

/// Columns and condition of a CREATE INDEX, without what only one database writes.
fn index_of(sql: &str) -> (String, String) {
    let (definition, condition) = sql.split_once(" WHERE ").unwrap_or((sql, ""));
    let open = definition.find('(').unwrap();
    let plain = |text: &str| {
        let text = text.replace("::bigint", "").replace("::text", "");
        let mut text = text.replace("= ANY (ARRAY[", "IN (").replace(']', "").to_lowercase();
        text.retain(|c| !"()".contains(c));
        text.trim().to_owned()
    };
    (plain(&definition[open..]), plain(condition))
}
