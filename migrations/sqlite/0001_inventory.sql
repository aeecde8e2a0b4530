-- Who owns what: tenants, their groups, rate plans, SIMs, gateways.
--
-- In every table: instants are microseconds since 1970 UTC, days and hours are counted from 1970, octets are whole
-- numbers, identifiers are text with their leading zeros.

-- One row: what there is once per installation. The versions count changes, so that other processes notice by polling.
CREATE TABLE meta (
    id                INTEGER PRIMARY KEY CHECK (id = 1),
    -- Random; tells installations (and restored copies of them) apart in logs and exports.
    installation_id   TEXT NOT NULL,
    created_at        INTEGER NOT NULL,
    -- Rises with every change of tenants, groups, plans and SIMs. A flush whose group sums were taken from an older
    -- inventory is refused.
    inventory_version INTEGER NOT NULL,
    nas_version       INTEGER NOT NULL,
    -- First hour of which hourly usage is complete; NULL until retention has deleted any.
    hours_kept_since  INTEGER
) STRICT;

INSERT INTO meta (id, installation_id, created_at, inventory_version, nas_version)
VALUES (1, lower(hex(randomblob(16))), CAST(unixepoch('subsec') * 1000000 AS INTEGER), 1, 1);

-- An enterprise customer. Days and cycles are cut in its time zone.
CREATE TABLE tenant (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL CONSTRAINT tenant_name UNIQUE,
    time_zone  TEXT NOT NULL,
    -- Day of the month on which its billing cycles begin.
    cycle_day  INTEGER NOT NULL CHECK (cycle_day BETWEEN 1 AND 28),
    created_at INTEGER NOT NULL
) STRICT;

-- Every SIM of a tenant is in exactly one group, so that the tenant's figures are the sum of its groups'.
CREATE TABLE sim_group (
    id         INTEGER PRIMARY KEY,
    tenant_id  INTEGER NOT NULL REFERENCES tenant (id),
    -- Nested by name: 北區/台北.
    name       TEXT NOT NULL,
    -- The group of SIMs that name none.
    is_default INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT sim_group_name UNIQUE (tenant_id, name)
) STRICT;

CREATE UNIQUE INDEX sim_group_default ON sim_group (tenant_id) WHERE is_default;

-- The operator's tariffs. Only their names so far.
CREATE TABLE rate_plan (
    id         INTEGER PRIMARY KEY,
    name       TEXT NOT NULL CONSTRAINT rate_plan_name UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

-- A card with its subscription: what usage, sessions and history hang on. Never deleted.
CREATE TABLE sim (
    id               INTEGER PRIMARY KEY,
    -- NULL: heard of from the network, not in the inventory yet.
    tenant_id        INTEGER REFERENCES tenant (id),
    group_id         INTEGER REFERENCES sim_group (id),
    plan_id          INTEGER REFERENCES rate_plan (id),
    msisdn           TEXT,
    iccid            TEXT,
    imsi             TEXT,
    -- The device that the inventory names; the one seen is in sim_live.
    imei             TEXT,
    -- The APN that the inventory names; the one used is in sim_live's class.
    apn              TEXT,
    -- The day its delivery came, as a rule: not unique.
    batch            TEXT,
    name             TEXT,
    -- JSON array of texts.
    tags             TEXT NOT NULL,
    service_state    TEXT NOT NULL
        CHECK (service_state IN ('test', 'suspended', 'active', 'deactivated', 'terminated')),
    state_changed_at INTEGER,
    created_at       INTEGER NOT NULL,
    -- inventory_version of its last change: what a poller reads on from.
    changed_version  INTEGER NOT NULL,
    CHECK ((tenant_id IS NULL) = (group_id IS NULL))
) STRICT;

CREATE UNIQUE INDEX sim_imsi ON sim (imsi);
CREATE UNIQUE INDEX sim_iccid ON sim (iccid);
-- IoT numbers come back with another card as soon as the old subscription has ended.
CREATE UNIQUE INDEX sim_msisdn ON sim (msisdn) WHERE service_state <> 'terminated';
CREATE INDEX sim_changed ON sim (changed_version, id);
CREATE INDEX sim_unknown ON sim (id) WHERE tenant_id IS NULL;

-- RADIUS clients: GGSN, P-GW, SMF.
CREATE TABLE nas (
    id             INTEGER PRIMARY KEY,
    name           TEXT NOT NULL,
    -- Source addresses, CIDR.
    address        TEXT NOT NULL,
    secret         TEXT NOT NULL,
    -- Counters wrap at 2^32 and no Gigawords come.
    counters_32bit INTEGER NOT NULL,
    -- Input and Output are meant from the network's side.
    swap_direction INTEGER NOT NULL,
    enabled        INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    -- Sessions name their gateway for as long as they are kept; a gateway taken away therefore stays as a row.
    removed_at     INTEGER
) STRICT;

CREATE UNIQUE INDEX nas_name ON nas (name) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX nas_address ON nas (address) WHERE removed_at IS NULL;
