-- What people are told of: rules, alerts, and what became of telling somebody.

-- Rises with every change of rules and channels: how servers beside this one notice.
ALTER TABLE meta ADD COLUMN alert_version INTEGER NOT NULL DEFAULT 0;

-- Ways by which people and programs are told.
CREATE TABLE alert_channel (
    id           INTEGER PRIMARY KEY,
    tenant_id    INTEGER NOT NULL REFERENCES tenant (id),
    -- Whose it is; NULL: the tenant's.
    person_id    INTEGER REFERENCES person (id),
    name         TEXT NOT NULL,
    -- 1 e-mail, 2 SMS, 3 HTTP.
    kind         INTEGER NOT NULL,
    -- JSON: what is said of it, without secrets.
    said         TEXT NOT NULL,
    -- What HTTP messages are signed with: one a line, the newest first. The one before is good as well for a while: until the
    -- microseconds that stand behind it.
    secrets      TEXT,
    enabled      INTEGER NOT NULL,
    -- Why it was switched off by itself; NULL: it wasn't.
    switched_off TEXT,
    modified_at  INTEGER NOT NULL,
    -- Deliveries speak of it for good.
    removed_at   INTEGER
) STRICT;

CREATE UNIQUE INDEX alert_channel_name ON alert_channel (tenant_id, name) WHERE removed_at IS NULL;

CREATE TABLE alert_rule (
    id          INTEGER PRIMARY KEY,
    tenant_id   INTEGER NOT NULL REFERENCES tenant (id),
    category    INTEGER NOT NULL,
    name        TEXT NOT NULL,
    -- JSON: everything that is said of it.
    said        TEXT NOT NULL,
    enabled     INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    modified_by INTEGER REFERENCES person (id),
    modified_at INTEGER NOT NULL,
    -- Alerts speak of it for good.
    removed_at  INTEGER
) STRICT;

CREATE UNIQUE INDEX alert_rule_name ON alert_rule (tenant_id, name) WHERE removed_at IS NULL;

-- What a rule said before: an alert is explained by the version that raised it.
CREATE TABLE alert_rule_version (
    rule_id     INTEGER NOT NULL REFERENCES alert_rule (id),
    version     INTEGER NOT NULL,
    said        TEXT NOT NULL,
    modified_by INTEGER REFERENCES person (id),
    modified_at INTEGER NOT NULL,
    PRIMARY KEY (rule_id, version)
) STRICT;

-- Alerts. The first part is the applier's, written by its flush together with the journal position, and by nothing else;
-- what people do about an alert is written by them, and never by a flush. No foreign keys, as for everything of a flush.
CREATE TABLE alert (
    -- Given out by the applier.
    id           INTEGER PRIMARY KEY,
    tenant_id    INTEGER NOT NULL,
    rule_id      INTEGER NOT NULL,
    rule_version INTEGER NOT NULL,
    -- NULL: of a group, or of a common cause.
    sim_id       INTEGER,
    -- Of the SIM when it began, or the group that it is about: where people limited to groups find it.
    group_id     INTEGER,
    kind         INTEGER NOT NULL,
    level        INTEGER NOT NULL,
    -- By event time, and when it was noticed.
    began_at     INTEGER NOT NULL,
    noticed_at   INTEGER NOT NULL,
    -- NULL: it goes on.
    ended_at     INTEGER,
    times        INTEGER NOT NULL,
    -- The common cause that it is part of.
    parent_id    INTEGER,
    -- JSON: what was compared.
    facts        TEXT NOT NULL,
    -- It flapped and settled, and needs nobody.
    by_itself    INTEGER NOT NULL,

    -- What people did about it.
    handled_at   INTEGER,
    handled_by   INTEGER,
    note         TEXT NOT NULL DEFAULT ''
) STRICT;

-- The history, newest first, and what of it goes on; of a group; of a SIM; those that go on, which a restart reads; the parts
-- of a common cause.
CREATE INDEX alert_history ON alert (tenant_id, began_at, id) WHERE parent_id IS NULL;
CREATE INDEX alert_going_on ON alert (tenant_id, began_at, id) WHERE ended_at IS NULL AND parent_id IS NULL;
CREATE INDEX alert_group ON alert (group_id, began_at, id);
CREATE INDEX alert_sim ON alert (sim_id, began_at);
CREATE INDEX alert_open ON alert (tenant_id, id) WHERE ended_at IS NULL;
CREATE INDEX alert_ended ON alert (ended_at);
CREATE INDEX alert_parent ON alert (parent_id, id) WHERE parent_id IS NOT NULL;
-- Those that wait for somebody, for the badge on every page: what is over as it happens ended when it began.
CREATE INDEX alert_waiting ON alert (tenant_id, level, group_id)
    WHERE handled_at IS NULL AND by_itself = 0 AND parent_id IS NULL AND (ended_at IS NULL OR ended_at = began_at);

-- What happened to alerts and isn't told yet. Written by the flush, taken by the dispatcher, which makes deliveries of it in
-- the transaction that takes it away.
CREATE TABLE alert_turn (
    id       INTEGER PRIMARY KEY,
    alert_id INTEGER NOT NULL,
    -- 1 began, 2 ended, 3 again.
    turn     INTEGER NOT NULL,
    at       INTEGER NOT NULL
) STRICT;

-- One message to one recipient, whatever it takes to deliver it.
CREATE TABLE alert_delivery (
    id           INTEGER PRIMARY KEY,
    -- The same on every try: how a receiver drops what it has already.
    message_id   TEXT NOT NULL CONSTRAINT alert_delivery_message UNIQUE,
    tenant_id    INTEGER NOT NULL,
    channel_id   INTEGER NOT NULL,
    -- One address or number; the URL.
    recipient    TEXT NOT NULL,
    -- waiting 1, leased 2, delivered 3, accepted 4, dead 5, dropped 6, uncertain 7.
    state        INTEGER NOT NULL,
    subject      TEXT NOT NULL,
    -- JSON: the rendered content, so that what is sent again is what was sent.
    content      TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    not_before   INTEGER NOT NULL,
    -- Who is at it, and until when others keep off.
    leased_by    TEXT,
    leased_until INTEGER,
    tries        INTEGER NOT NULL,
    finished_at  INTEGER
) STRICT;

CREATE INDEX alert_delivery_due ON alert_delivery (not_before) WHERE state IN (1, 2);
CREATE INDEX alert_delivery_log ON alert_delivery (tenant_id, created_at, id);
CREATE INDEX alert_delivery_dead ON alert_delivery (tenant_id, created_at, id) WHERE state = 5;

-- Ids that a peer gave the parts of a message, by which it says later whether they arrived (SMS).
CREATE TABLE alert_receipt (
    peer_id     TEXT NOT NULL PRIMARY KEY,
    delivery_id INTEGER NOT NULL REFERENCES alert_delivery (id) ON DELETE CASCADE,
    -- NULL: not said yet.
    arrived     INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX alert_receipt_of ON alert_receipt (delivery_id);

-- Which turns of which alerts a delivery speaks of: several in a digest.
CREATE TABLE alert_delivery_of (
    delivery_id INTEGER NOT NULL REFERENCES alert_delivery (id) ON DELETE CASCADE,
    alert_id    INTEGER NOT NULL,
    turn        INTEGER NOT NULL,
    PRIMARY KEY (delivery_id, alert_id, turn)
) STRICT, WITHOUT ROWID;

CREATE INDEX alert_delivery_of_alert ON alert_delivery_of (alert_id);

-- What is held back for a digest, or until a window begins. Taken away by the delivery that says it.
CREATE TABLE alert_held (
    id         INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    rule_id    INTEGER NOT NULL,
    alert_id   INTEGER NOT NULL,
    turn       INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    due_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX alert_held_due ON alert_held (due_at);

CREATE TABLE alert_attempt (
    delivery_id INTEGER NOT NULL REFERENCES alert_delivery (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    took_ms     INTEGER NOT NULL,
    ok          INTEGER NOT NULL,
    outcome     TEXT NOT NULL,
    PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;

-- What causes alerts and is in no record: states that people change, sign-ins that fail. Written where it happens, in the same
-- transaction; the applier decides what it means, and its flush takes it away with the alerts that it wrote.
CREATE TABLE alert_cause (
    id        INTEGER PRIMARY KEY,
    -- 1: a SIM's service state, 2: failed sign-ins.
    kind      INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    sim_id    INTEGER,
    at        INTEGER NOT NULL,
    -- The states; the account, and how often.
    before    TEXT NOT NULL,
    after     TEXT NOT NULL
) STRICT;

-- Whichever way a state changes. Where no rule asks for it, nothing is kept.
CREATE TRIGGER sim_state_changed AFTER UPDATE OF service_state ON sim
WHEN OLD.service_state <> NEW.service_state AND NEW.tenant_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM alert_rule
    WHERE tenant_id = NEW.tenant_id AND category = 4 AND enabled = 1 AND removed_at IS NULL)
BEGIN
    INSERT INTO alert_cause (kind, tenant_id, sim_id, at, before, after)
    VALUES (1, NEW.tenant_id, NEW.id, COALESCE(NEW.state_changed_at, 0), OLD.service_state, NEW.service_state);
END;
