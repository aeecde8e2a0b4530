-- The gateways behind a RADIUS client: one source may speak for several.

-- Whom of them the client may speak for: NAS-Identifiers, addresses and blocks of NAS-IP-Address, one per line; empty: for
-- anybody.
ALTER TABLE nas ADD COLUMN nodes TEXT NOT NULL DEFAULT '';

-- Written by the applier's flush. Who it is, is what its packets say; without any, the source stands for it.
CREATE TABLE nas_node (
    -- Given out by the applier.
    id           BIGINT PRIMARY KEY,
    nas_id       BIGINT NOT NULL,
    -- Octets of NAS-Identifier.
    identifier   BYTEA,
    ipv4         BIGINT,
    -- 16 octets.
    ipv6         BYTEA,
    heard_at     BIGINT NOT NULL,
    restarted_at BIGINT
);

-- Until now the restart of one was taken for all.
INSERT INTO nas_node (id, nas_id, heard_at, restarted_at)
SELECT ROW_NUMBER() OVER (ORDER BY nas_id), nas_id, COALESCE(last_heard_at, 0), restarted_at FROM nas_status;

ALTER TABLE session_ended ADD COLUMN node_id BIGINT;

-- Records whose gateway is none of those.
ALTER TABLE nas_status ADD COLUMN nodes_refused BIGINT NOT NULL DEFAULT 0;
