-- Groups that people manage, custom fields, SIMs in stock.

-- A removed group stays as a row under a name that nobody can give: usage and samples name it, and its id must never be
-- another's.
ALTER TABLE sim_group ADD COLUMN removed_at INTEGER;

-- What a tenant keeps of its SIMs beside what everybody does.
CREATE TABLE custom_field (
    id         INTEGER PRIMARY KEY,
    tenant_id  INTEGER NOT NULL REFERENCES tenant (id),
    name       TEXT NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('text', 'number', 'date', 'choice')),
    -- JSON array of texts: what a choice is made of. Empty for the other kinds.
    choices    TEXT NOT NULL,
    required   INTEGER NOT NULL,
    -- Where it stands among the tenant's.
    position   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    -- Values name their field by its id, which therefore must never be another's.
    removed_at INTEGER
) STRICT;

CREATE UNIQUE INDEX custom_field_name ON custom_field (tenant_id, name) WHERE removed_at IS NULL;

-- The values of one SIM. Apart from sim, whose rows are read by the million into memory; these are read one by one.
CREATE TABLE sim_custom (
    sim_id INTEGER NOT NULL PRIMARY KEY REFERENCES sim (id),
    -- JSON: the field's id and its value as text.
    fields TEXT NOT NULL
) STRICT;

-- Since when the SIM is in the operator's stock: in the inventory, and no tenant's. NULL: not in stock.
ALTER TABLE sim ADD COLUMN stocked_at INTEGER CHECK (stocked_at IS NULL OR tenant_id IS NULL);

CREATE INDEX sim_stock ON sim (batch, id) WHERE stocked_at IS NOT NULL;

DROP INDEX sim_unknown;
CREATE INDEX sim_unknown ON sim (id) WHERE tenant_id IS NULL AND stocked_at IS NULL;
