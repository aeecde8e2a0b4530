-- What the applier derives from accounting records. Every table here is written by its flush, together with the journal
-- position, and by nothing else (but retention, and events of the inventory).
--
-- No foreign keys: a million rows are written every few seconds, their ids come from these tables and are never deleted.
-- Codes and packed identifiers are numbers here because rows must be small: what a flush costs is the pages it touches.

-- How much of the journal is in this database.
CREATE TABLE journal_position (
    -- One row per partition of the journal; the embedded journal is partition 0.
    part             BIGINT PRIMARY KEY,
    position         BIGINT NOT NULL,
    -- Counts flushes: how a flush whose commit got no answer finds out that it was written, and how a second server on
    -- the same database is noticed.
    flushes          BIGINT NOT NULL,
    -- The position known to be safe from power failures.
    durable_position BIGINT NOT NULL,
    applied_at       BIGINT NOT NULL
);

-- APN, radio access and serving network, interned: usage is booked under the combination.
CREATE TABLE usage_class (
    -- Given out by the applier.
    id   BIGINT PRIMARY KEY,
    apn  TEXT,
    -- 3GPP-RAT-Type.
    rat  BIGINT,
    plmn TEXT
);

-- The live part of a SIM: one small row that every flush with news of the SIM overwrites.
-- Half of each page stays free, so that the new version of a row finds room beside the old one and no index entry is
-- written (HOT); the next flush prunes the old ones.
CREATE TABLE sim_live (
    sim_id               BIGINT PRIMARY KEY,
    -- 1 Start, 2 Stop, 3 Interim-Update.
    last_message         BIGINT,
    last_access_at       BIGINT,
    -- The device last seen; packed digits.
    imei                 BIGINT,
    class_id             BIGINT,
    -- The day and the cycle that the two sums are of: a reader on a later day takes them for 0.
    today                BIGINT NOT NULL,
    today_octets         BIGINT NOT NULL,
    cycle_start          BIGINT NOT NULL,
    cycle_octets         BIGINT NOT NULL,
    total_uplink         BIGINT NOT NULL,
    total_downlink       BIGINT NOT NULL,
    -- Learned; 0 while unknown.
    update_interval_secs BIGINT NOT NULL,
    unconfirmed          BOOLEAN NOT NULL
) WITH (fillfactor = 50);

-- Sessions that go on. Apart from those that ended, so that the rows that are written again and again lie together and
-- a restart reads only them.
CREATE TABLE session_open (
    id              BIGINT PRIMARY KEY,
    sim_id          BIGINT NOT NULL,
    nas_id          BIGINT NOT NULL,
    -- Opaque octets; what isn't printable ASCII is written \xNN.
    acct_session_id TEXT NOT NULL,
    started_at      BIGINT NOT NULL,
    last_update_at  BIGINT NOT NULL,
    -- The segments' sums.
    uplink          BIGINT NOT NULL,
    downlink        BIGINT NOT NULL,
    -- Runs of counters, packed: see the store's code.
    segments        BYTEA NOT NULL,
    -- Acct-Session-Time of the latest record.
    session_secs    BIGINT NOT NULL,
    class_id        BIGINT,
    nsapi           BIGINT,
    -- The serving cell: packed PLMN, kind, LAC or TAC, CI or ECI or NCI.
    cell_plmn       BIGINT,
    cell_kind       BIGINT,
    cell_area       BIGINT,
    cell_id         BIGINT,
    -- Packed digits.
    imei            BIGINT,
    ipv4            BIGINT,
    -- 16 octets and the length of the prefix.
    ipv6_prefix     BYTEA,
    flags           BIGINT NOT NULL
) WITH (fillfactor = 50);

CREATE INDEX session_open_by_sim ON session_open (sim_id);

-- Sessions that ended, until retention.
CREATE TABLE session_ended (
    id              BIGINT PRIMARY KEY,
    sim_id          BIGINT NOT NULL,
    nas_id          BIGINT NOT NULL,
    -- Opaque octets; what isn't printable ASCII is written \xNN.
    acct_session_id TEXT NOT NULL,
    started_at      BIGINT NOT NULL,
    last_update_at  BIGINT NOT NULL,
    ended_at        BIGINT NOT NULL,
    end_cause       BIGINT,
    -- UTC day of started_at.
    start_day       BIGINT NOT NULL,
    -- The segments' sums.
    uplink          BIGINT NOT NULL,
    downlink        BIGINT NOT NULL,
    -- Runs of counters, packed: see the store's code.
    segments        BYTEA NOT NULL,
    -- Acct-Session-Time of the latest record.
    session_secs    BIGINT NOT NULL,
    class_id        BIGINT,
    nsapi           BIGINT,
    -- The serving cell: packed PLMN, kind, LAC or TAC, CI or ECI or NCI.
    cell_plmn       BIGINT,
    cell_kind       BIGINT,
    cell_area       BIGINT,
    cell_id         BIGINT,
    -- Packed digits.
    imei            BIGINT,
    ipv4            BIGINT,
    -- 16 octets and the length of the prefix.
    ipv6_prefix     BYTEA,
    flags           BIGINT NOT NULL
);

-- The day comes first so that a flush's new entries lie on the few pages of that day and not on one page per SIM; a SIM's
-- history is read day by day.
CREATE INDEX session_ended_by_sim ON session_ended (start_day, sim_id, started_at, id);
-- For retention, for the fleet's latest, and for a restart that must know sessions which late records may reopen.
CREATE INDEX session_ended_by_end ON session_ended (ended_at, id);

-- Findings and changes of a SIM. Starts and ends of sessions are not here: they are read from the sessions.
CREATE TABLE sim_event (
    id         BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    sim_id     BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    -- UTC day of at; first in the index for the same reason as above.
    day        BIGINT NOT NULL,
    kind       TEXT NOT NULL,
    from_value TEXT,
    to_value   TEXT
);

CREATE INDEX sim_event_by_sim ON sim_event (day, sim_id, at);

-- Counts per group over time, for the chart of connected SIMs.
CREATE TABLE fleet_sample (
    tenant_id    BIGINT NOT NULL,
    at           BIGINT NOT NULL,
    group_id     BIGINT NOT NULL,
    connected    BIGINT NOT NULL,
    unconfirmed  BIGINT NOT NULL,
    disconnected BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, at, group_id)
);

-- What is known of a gateway from its packets; the counters run since the gateway was added.
CREATE TABLE nas_status (
    nas_id            BIGINT PRIMARY KEY,
    last_heard_at     BIGINT,
    restarted_at      BIGINT,
    clock_offset_ms   BIGINT,
    accepted          BIGINT NOT NULL,
    duplicates        BIGINT NOT NULL,
    secret_mismatches BIGINT NOT NULL,
    last_mismatch_at  BIGINT,
    malformed         BIGINT NOT NULL
);
