//! Both databases have the same tables, columns and indexes.

use opencmp_domain::PersonId;
use opencmp_store::{Store, StoreOptions};
use opencmp_testkit::{Backend, database};
use sqlx::{
    AssertSqlSafe, Connection, PgConnection, PgPool, Row, SqlSafeStr, SqliteConnection, SqlitePool,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::SqliteConnectOptions,
};
use std::{collections::BTreeMap, str::FromStr};

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

/// Whose a view was that wasn't shared is in the audit log alone; one of whom that isn't known stays in everybody's list.
#[tokio::test(flavor = "multi_thread")]
async fn views_of_before_become_theirs_who_saved_them() {
    const HELD: &str = "
        INSERT INTO person (id, role, email, name, limited, created_at) VALUES
            (1, 'operator_admin', 'mei@example.com', 'Mei', FALSE, 0),
            (2, 'operator_admin', 'wang@example.com', 'Wang', FALSE, 0);
        INSERT INTO saved_view (name, shared, query, created_at) VALUES
            ('own', FALSE, 'q=1', 0), ('nobody', FALSE, 'q=2', 0), ('shared', TRUE, 'q=3', 0);
        INSERT INTO audit_log (chain, seq, at, person_id, action, subject, entry, hash) VALUES
            (0, 1, 0, 1, 'view.save', 'own', '', ''), (0, 2, 0, 2, 'view.save', 'own', '', ''),
            (0, 3, 0, 1, 'view.delete', 'own', '', ''), (0, 4, 0, NULL, 'view.save', 'nobody', '', ''),
            (7, 1, 0, 1, 'view.save', 'nobody', '', ''), (0, 5, 0, 1, 'view.save', 'shared', '', '');";
    for backend in Backend::ALL {
        let database = database(backend).await.unwrap();
        match backend {
            Backend::Sqlite => {
                let file = SqliteConnectOptions::from_str(&database.url).unwrap().create_if_missing(true);
                let pool = SqlitePool::connect_with(file).await.unwrap();
                migrator("sqlite").run_to(13, &pool).await.unwrap();
                sqlx::raw_sql(HELD).execute(&pool).await.unwrap();
                pool.close().await;
            }
            Backend::Postgres => {
                let pool = PgPool::connect(&database.url).await.unwrap();
                migrator("postgres").run_to(13, &pool).await.unwrap();
                sqlx::raw_sql(HELD).execute(&pool).await.unwrap();
                pool.close().await;
            }
        }
        let store = Store::open(&database.url, StoreOptions::default()).await.unwrap();
        let listed = async |person| {
            let held = store.view_list(None, Some(PersonId(person))).await.unwrap();
            held.into_iter().map(|view| (view.name, view.shared)).collect::<Vec<_>>()
        };
        let view = |name: &str, shared| (name.to_owned(), shared);
        assert_eq!(listed(1).await, [view("nobody", true), view("shared", true)]);
        assert_eq!(listed(2).await, [view("nobody", true), view("own", false), view("shared", true)]);
        store.close().await;
    }
}

/// What brings a database up to date, as the store does.
fn migrator(dialect: &str) -> Migrator {
    let folder = format!("{}/../../migrations/{dialect}", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let migrations = files.map(|file| {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let version = name.split('_').next().unwrap().parse().unwrap();
        let sql = AssertSqlSafe(std::fs::read_to_string(&file).unwrap()).into_sql_str();
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    });
    Migrator::with_migrations(migrations.collect())
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
