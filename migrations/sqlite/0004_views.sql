-- What people keep for their lists.

-- A query of the SIM list, columns included, under a name.
CREATE TABLE saved_view (
    id         INTEGER PRIMARY KEY,
    -- NULL: the operator's own.
    tenant_id  INTEGER REFERENCES tenant (id),
    name       TEXT NOT NULL,
    -- Seen by everyone in the tenant.
    shared     INTEGER NOT NULL,
    query      TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX saved_view_name ON saved_view ((COALESCE(tenant_id, 0)), name);

-- A pasted list of numbers: too long for a URL, which carries its id instead.
CREATE TABLE number_list (
    -- Random.
    id         TEXT NOT NULL PRIMARY KEY,
    -- NULL: the operator's own.
    tenant_id  INTEGER REFERENCES tenant (id),
    -- JSON array of texts, as pasted.
    lines      TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX number_list_created ON number_list (created_at);
