-- What the applier derives from accounting records. Every table here is written by its flush, together with the journal
-- position, and by nothing else (but retention, and events of the inventory).
--
-- No foreign keys: a million rows are written every few seconds, their ids come from these tables and are never deleted.
-- Codes and packed identifiers are numbers here because rows must be small: what a flush costs is the pages it touches.

-- How much of the journal is in this database.
CREATE TABLE journal_position (
    -- One row per partition of the journal; the embedded journal is partition 0.
    part             INTEGER PRIMARY KEY,
    position         INTEGER NOT NULL,
    -- Counts flushes: how a flush whose commit got no answer finds out that it was written, and how a second server on
    -- the same database is noticed.
    flushes          INTEGER NOT NULL,
    -- The position known to be safe from power failures.
    durable_position INTEGER NOT NULL,
    applied_at       INTEGER NOT NULL
) STRICT;

-- APN, radio access and serving network, interned: usage is booked under the combination.
CREATE TABLE usage_class (
    -- Given out by the applier.
    id   INTEGER PRIMARY KEY,
    apn  TEXT,
    -- 3GPP-RAT-Type.
    rat  INTEGER,
    plmn TEXT
) STRICT;

-- The state of a SIM, its open sessions included: one row that every flush with news of the SIM overwrites. A restart reads
-- this table. Packed (the domain's stored/packed.rs): as columns it was most of what a record cost.
CREATE TABLE sim_live (
    sim_id INTEGER PRIMARY KEY,
    state  BLOB NOT NULL
) STRICT;

-- Entries of the sessions that go on, in the order in which they were opened: for the fleet's latest. Written when one opens,
-- and taken away when it ends; what its records change is in sim_live.
CREATE TABLE session_open (
    id         INTEGER PRIMARY KEY,
    sim_id     INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    class_id   INTEGER
) STRICT;

-- Sessions that ended, until retention.
CREATE TABLE session_ended (
    id              INTEGER PRIMARY KEY,
    sim_id          INTEGER NOT NULL,
    nas_id          INTEGER NOT NULL,
    -- Opaque octets; what isn't printable ASCII is written \xNN.
    acct_session_id TEXT NOT NULL,
    started_at      INTEGER NOT NULL,
    last_update_at  INTEGER NOT NULL,
    ended_at        INTEGER NOT NULL,
    end_cause       INTEGER,
    -- UTC day of started_at.
    start_day       INTEGER NOT NULL,
    -- The segments' sums.
    uplink          INTEGER NOT NULL,
    downlink        INTEGER NOT NULL,
    -- Runs of counters, packed: see the store's code.
    segments        BLOB NOT NULL,
    -- Acct-Session-Time of the latest record.
    session_secs    INTEGER NOT NULL,
    class_id        INTEGER,
    nsapi           INTEGER,
    -- The serving cell: packed PLMN, kind, LAC or TAC, CI or ECI or NCI.
    cell_plmn       INTEGER,
    cell_kind       INTEGER,
    cell_area       INTEGER,
    cell_id         INTEGER,
    -- Packed digits.
    imei            INTEGER,
    ipv4            INTEGER,
    -- 16 octets and the length of the prefix.
    ipv6_prefix     BLOB,
    flags           INTEGER NOT NULL
) STRICT;

-- The day comes first so that a flush's new entries lie on the few pages of that day and not on one page per SIM; a SIM's
-- history is read day by day.
CREATE INDEX session_ended_by_sim ON session_ended (start_day, sim_id, started_at, id);
-- For retention, for the fleet's latest, and for a restart that must know sessions which late records may reopen.
CREATE INDEX session_ended_by_end ON session_ended (ended_at, id);

-- Findings and changes of a SIM. Starts and ends of sessions are not here: they are read from the sessions.
CREATE TABLE sim_event (
    id         INTEGER PRIMARY KEY,
    sim_id     INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    -- UTC day of at; first in the index for the same reason as above.
    day        INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    from_value TEXT,
    to_value   TEXT
) STRICT;

CREATE INDEX sim_event_by_sim ON sim_event (day, sim_id, at);

-- Counts per group over time, for the chart of connected SIMs.
CREATE TABLE fleet_sample (
    tenant_id    INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    group_id     INTEGER NOT NULL,
    connected    INTEGER NOT NULL,
    unconfirmed  INTEGER NOT NULL,
    disconnected INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, at, group_id)
) STRICT, WITHOUT ROWID;

-- What is known of a gateway from its packets; the counters run since the gateway was added.
CREATE TABLE nas_status (
    nas_id            INTEGER PRIMARY KEY,
    last_heard_at     INTEGER,
    restarted_at      INTEGER,
    clock_offset_ms   INTEGER,
    accepted          INTEGER NOT NULL,
    duplicates        INTEGER NOT NULL,
    secret_mismatches INTEGER NOT NULL,
    last_mismatch_at  INTEGER,
    malformed         INTEGER NOT NULL
) STRICT;
