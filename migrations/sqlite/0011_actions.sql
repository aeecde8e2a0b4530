-- What rules do by themselves when they raise an alert, and changes of SIMs that are wanted.

-- An action that was taken, in the transaction that took the alert's first turn away: so each is taken once.
CREATE TABLE alert_action (
    alert_id INTEGER NOT NULL,
    -- 1 tag, 2 handle, 3 HTTP, 4 change.
    kind     INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    outcome  INTEGER NOT NULL,
    -- The tag, the note, the channel's name.
    said     TEXT NOT NULL,
    PRIMARY KEY (alert_id, kind)
) STRICT;

-- A change that is wanted of a SIM. What carries such changes out takes the due ones, and says what became of each.
CREATE TABLE change_request (
    id         INTEGER PRIMARY KEY,
    tenant_id  INTEGER NOT NULL,
    sim_id     INTEGER NOT NULL,
    -- 1 suspend, 2 deactivate, 3 disconnect, 4 lock the IMEI, 5 change the plan.
    what       INTEGER NOT NULL,
    plan_id    INTEGER,
    due_at     INTEGER NOT NULL,
    -- When it is to be undone; NULL: it stays.
    undo_at    INTEGER,
    -- 1 wanted, 2 not connected, 3 done, 4 refused, 5 withdrawn.
    state      INTEGER NOT NULL,
    -- Why it was refused.
    answer     TEXT NOT NULL DEFAULT '',
    -- What wants it. No foreign keys: alerts are a flush's.
    alert_id   INTEGER NOT NULL,
    rule_id    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    closed_at  INTEGER
) STRICT;

CREATE INDEX change_request_due ON change_request (due_at, id) WHERE state = 1;
CREATE INDEX change_request_of ON change_request (tenant_id, id);
CREATE INDEX change_request_alert ON change_request (alert_id);

-- Ids of causes are never given out twice, as here by default: whoever handed one on would take the next for it, and leave it.
DROP TRIGGER sim_state_changed;

CREATE TABLE cause_anew (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    -- 1: a SIM's service state, 2: failed sign-ins.
    kind      INTEGER NOT NULL,
    tenant_id INTEGER NOT NULL,
    sim_id    INTEGER,
    at        INTEGER NOT NULL,
    -- The states; the account, and how often.
    before    TEXT NOT NULL,
    after     TEXT NOT NULL
) STRICT;

INSERT INTO cause_anew (id, kind, tenant_id, sim_id, at, before, after)
SELECT id, kind, tenant_id, sim_id, at, before, after FROM alert_cause;

DROP TABLE alert_cause;

ALTER TABLE cause_anew RENAME TO alert_cause;

CREATE TRIGGER sim_state_changed AFTER UPDATE OF service_state ON sim
WHEN OLD.service_state <> NEW.service_state AND NEW.tenant_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM alert_rule
    WHERE tenant_id = NEW.tenant_id AND category = 4 AND enabled = 1 AND removed_at IS NULL)
BEGIN
    INSERT INTO alert_cause (kind, tenant_id, sim_id, at, before, after)
    VALUES (1, NEW.tenant_id, NEW.id, COALESCE(NEW.state_changed_at, 0), OLD.service_state, NEW.service_state);
END;
