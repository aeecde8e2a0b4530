-- Who signs in, what each may do, and what each did.

-- Rises with every change of people and of what they may do, and when a sign-in is ended.
ALTER TABLE meta ADD COLUMN people_version INTEGER NOT NULL DEFAULT 1;

CREATE TABLE person (
    id           INTEGER PRIMARY KEY,
    -- NULL: of the operator's staff.
    tenant_id    INTEGER REFERENCES tenant (id),
    role         TEXT NOT NULL
        CHECK (role IN ('operator_admin', 'operator_support', 'tenant_admin', 'tenant_editor', 'tenant_viewer')),
    -- In lower case: what one signs in with.
    email        TEXT NOT NULL CONSTRAINT person_email UNIQUE,
    name         TEXT NOT NULL,
    -- Reaches the groups in person_group and no others.
    limited      INTEGER NOT NULL,
    -- argon2id, as a PHC string. NULL: none was set yet.
    password     TEXT,
    -- RFC 6238, base32. NULL: no second factor.
    totp_secret  TEXT,
    -- The last time step whose code was taken: each is good once.
    totp_step    INTEGER,
    created_at   INTEGER NOT NULL,
    signed_in_at INTEGER,
    -- May not sign in since then.
    disabled_at  INTEGER,
    CHECK ((tenant_id IS NULL) = (role IN ('operator_admin', 'operator_support')))
) STRICT;

CREATE INDEX person_tenant ON person (tenant_id);

CREATE TABLE person_group (
    person_id INTEGER NOT NULL REFERENCES person (id),
    group_id  INTEGER NOT NULL REFERENCES sim_group (id),
    PRIMARY KEY (person_id, group_id)
) STRICT;

CREATE INDEX person_group_group ON person_group (group_id);

-- In place of a code, once. Gone when used.
CREATE TABLE recovery_code (
    person_id INTEGER NOT NULL REFERENCES person (id),
    -- SHA-256, hex.
    hash      TEXT NOT NULL,
    PRIMARY KEY (person_id, hash)
) STRICT;

-- Lets its bearer set a password, once. Gone when used.
CREATE TABLE one_time_link (
    -- SHA-256 of what stands in the link, hex.
    hash       TEXT NOT NULL PRIMARY KEY,
    person_id  INTEGER NOT NULL REFERENCES person (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX one_time_link_person ON one_time_link (person_id);

-- A browser in which somebody is signed in, or about to be.
CREATE TABLE sign_in (
    id         INTEGER PRIMARY KEY,
    -- SHA-256 of what stands in the cookie, hex.
    hash       TEXT NOT NULL CONSTRAINT sign_in_hash UNIQUE,
    person_id  INTEGER NOT NULL REFERENCES person (id),
    -- Password given, a code is asked for ('code'), or a second factor has to be set up ('enrol'); or all of it ('full').
    stage      TEXT NOT NULL CHECK (stage IN ('code', 'enrol', 'full')),
    -- The tenant that somebody of the operator's staff has entered.
    tenant_id  INTEGER REFERENCES tenant (id),
    began_at   INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    -- However often it is used.
    expires_at INTEGER NOT NULL,
    address    TEXT NOT NULL,
    agent      TEXT NOT NULL
) STRICT;

CREATE INDEX sign_in_person ON sign_in (person_id);
CREATE INDEX sign_in_expires ON sign_in (expires_at);

-- The end of each chain of the audit log. A change takes its row first, so that chains have no branches.
CREATE TABLE audit_head (
    -- A tenant's id, or 0: the operator's own.
    chain INTEGER NOT NULL PRIMARY KEY,
    seq   INTEGER NOT NULL,
    hash  TEXT NOT NULL
) STRICT;

-- Every change and every sensitive read, in the transaction of the change.
CREATE TABLE audit_log (
    chain     INTEGER NOT NULL,
    -- From 1, without gaps.
    seq       INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    -- NULL: the system, or its command line.
    person_id INTEGER,
    action    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    -- JSON: everything that is said of it, the hash before it included.
    entry     TEXT NOT NULL,
    -- SHA-256 of entry, hex.
    hash      TEXT NOT NULL,
    PRIMARY KEY (chain, seq)
) STRICT;

CREATE TRIGGER audit_log_keeps BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_log_stays BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
