-- Life inside a portal's iframe: whose pages may frame ours, and the frames that were let in.

-- With what tokens for frames are signed, hex. NULL until the first portal needs it.
ALTER TABLE meta ADD COLUMN embed_key TEXT;

CREATE TABLE portal (
    id         INTEGER PRIMARY KEY,
    tenant_id  INTEGER NOT NULL REFERENCES tenant (id),
    name       TEXT NOT NULL,
    -- SHA-256 of what its backend proves itself with, hex.
    key_hash   TEXT NOT NULL CONSTRAINT portal_key UNIQUE,
    -- Whose pages may frame ours, one a line, as browsers write origins.
    origins    TEXT NOT NULL,
    -- JSON: ids of the groups that its frames may show, and those nested in them. NULL: all. An id whose group is gone
    -- shows nothing.
    group_ids  TEXT,
    created_at INTEGER NOT NULL,
    -- The audit log speaks of it for good.
    removed_at INTEGER
) STRICT;

CREATE UNIQUE INDEX portal_name ON portal (tenant_id, name) WHERE removed_at IS NULL;

-- A frame that was let in by a token. Nobody in particular is signed in there.
CREATE TABLE embed_sign_in (
    id            INTEGER PRIMARY KEY,
    -- SHA-256 of what its browser proves itself with, hex.
    hash          TEXT NOT NULL CONSTRAINT embed_sign_in_hash UNIQUE,
    portal_id     INTEGER NOT NULL REFERENCES portal (id),
    -- As the portal's, and within them.
    group_ids     TEXT,
    page          TEXT NOT NULL,
    -- The page around the frame: the one that may frame it, and that it speaks to.
    parent_origin TEXT NOT NULL,
    lang          TEXT NOT NULL,
    theme         TEXT NOT NULL,
    began_at      INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
) STRICT;

CREATE INDEX embed_sign_in_portal ON embed_sign_in (portal_id);
CREATE INDEX embed_sign_in_expires ON embed_sign_in (expires_at);

-- Tokens that were used: each is good once. Kept until they would have expired anyway.
CREATE TABLE embed_used (
    -- The token's own id.
    id         TEXT NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX embed_used_expires ON embed_used (expires_at);
