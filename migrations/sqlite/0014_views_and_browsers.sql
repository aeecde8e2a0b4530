-- Whose a saved view is, and which browsers are whose.

-- A saved view that isn't shared is its person's, and nobody else's to read, replace or delete. NULL: everyone's in the tenant.
ALTER TABLE saved_view ADD COLUMN person_id INTEGER REFERENCES person (id);

-- Whose they were was said nowhere but in the audit log: theirs who saved them last. What nobody saved is everyone's, in whose
-- lists it has been so far.
UPDATE saved_view SET person_id = (
    SELECT a.person_id FROM audit_log a
    WHERE a.chain = COALESCE(saved_view.tenant_id, 0) AND a.action = 'view.save' AND a.subject = saved_view.name
    ORDER BY a.seq DESC LIMIT 1
) WHERE shared = 0;

ALTER TABLE saved_view DROP COLUMN shared;

DROP INDEX saved_view_name;
CREATE UNIQUE INDEX saved_view_name ON saved_view ((COALESCE(tenant_id, 0)), (COALESCE(person_id, 0)), name);

-- Browsers that somebody has signed in from. What others get wrong in their name elsewhere doesn't keep them waiting there.
CREATE TABLE known_browser (
    person_id INTEGER NOT NULL REFERENCES person (id),
    -- SHA-256 of what stands in the browser's cookie, hex.
    hash      TEXT NOT NULL,
    seen_at   INTEGER NOT NULL,
    PRIMARY KEY (person_id, hash)
) STRICT;
