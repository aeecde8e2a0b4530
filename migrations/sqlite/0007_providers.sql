-- Sign-in by OpenID Connect: who else says who somebody is, and who has come from there.

CREATE TABLE provider (
    id            INTEGER PRIMARY KEY,
    -- Whose people sign in there. NULL: set up by the operator, for the whole installation.
    tenant_id     INTEGER REFERENCES tenant (id),
    -- In addresses: /sign-in?with=...
    slug          TEXT NOT NULL,
    name          TEXT NOT NULL,
    issuer        TEXT NOT NULL,
    client_id     TEXT NOT NULL,
    -- NULL: none; the code's proof (PKCE) is all.
    client_secret TEXT,
    -- Separated by blanks.
    scopes        TEXT NOT NULL,
    -- Whom it lets in who has never come from there: who is here already ('invitation'), or by its claims too ('rule').
    first_sign_in TEXT NOT NULL CHECK (first_sign_in IN ('invitation', 'rule')),
    -- JSON: which claims mean which role, tenant and group, in order.
    rules         TEXT NOT NULL,
    -- The claim that names the tenant, for rules that don't.
    tenant_claim  TEXT,
    -- E-mail addresses count as verified, unless one is said not to be.
    trusts_email  INTEGER NOT NULL,
    -- JSON: values of acr or amr that prove a second factor. Empty: ours is asked for.
    second_factor TEXT NOT NULL,
    enabled       INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    -- Identities and the audit log speak of it for good.
    removed_at    INTEGER
) STRICT;

CREATE UNIQUE INDEX provider_slug ON provider (slug) WHERE removed_at IS NULL;
CREATE INDEX provider_tenant ON provider (tenant_id);

-- Who somebody at a provider is here. The e-mail address is no part of it: addresses are given to others.
CREATE TABLE identity (
    provider_id INTEGER NOT NULL REFERENCES provider (id),
    -- As in the token: a provider that is pointed at another issuer knows nobody any more.
    issuer      TEXT NOT NULL,
    -- sub. NULL: forgotten; the next who comes with the person's address is them.
    subject     TEXT,
    person_id   INTEGER NOT NULL REFERENCES person (id),
    -- Made by a rule: role, tenant and groups follow the claims at each sign-in.
    by_rule     INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    -- One person has one identity at a provider: whoever is given their address later isn't them.
    PRIMARY KEY (person_id, provider_id, issuer),
    CONSTRAINT identity_subject UNIQUE (provider_id, issuer, subject)
) STRICT;

-- Sent to a provider and not back yet. Gone when used.
CREATE TABLE provider_request (
    -- SHA-256 of the state parameter, hex.
    hash        TEXT NOT NULL PRIMARY KEY,
    provider_id INTEGER NOT NULL REFERENCES provider (id),
    -- SHA-256 of what stands in the cookie of the browser that began, hex.
    browser     TEXT NOT NULL,
    nonce       TEXT NOT NULL,
    -- RFC 7636
    verifier    TEXT NOT NULL,
    -- An address of ours to go on to.
    way_on      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX provider_request_expires ON provider_request (expires_at);

-- Which sign-ins came from a provider, so that signing out ends them there too. Gone with the sign-in.
CREATE TABLE provider_sign_in (
    sign_in_id  INTEGER NOT NULL PRIMARY KEY REFERENCES sign_in (id) ON DELETE CASCADE,
    provider_id INTEGER NOT NULL REFERENCES provider (id),
    issuer      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    -- The provider's own name for the session (sid), if it has one: what a logout from there speaks of.
    session     TEXT,
    -- The provider asks for it back as a hint when somebody signs out.
    id_token    TEXT NOT NULL
) STRICT;

CREATE INDEX provider_sign_in_subject ON provider_sign_in (provider_id, subject);

-- Tokens of logout from a provider that were taken: each is good once.
CREATE TABLE provider_logout (
    provider_id INTEGER NOT NULL REFERENCES provider (id),
    -- SHA-256 of the token's jti, hex.
    hash        TEXT NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (provider_id, hash)
) STRICT;

CREATE INDEX provider_logout_expires ON provider_logout (expires_at);
