-- Releases: what commits became. And the immutable bytes that they and deployments name by digest.

CREATE TABLE artifact (
    org_id uuid NOT NULL,
    -- `sha256:` and 64 hexadecimal digits; of a bundle the digest of its manifest.
    digest text NOT NULL,
    kind text NOT NULL,
    bytes bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT artifact_pkey PRIMARY KEY (org_id, digest),
    CONSTRAINT artifact_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id),
    CONSTRAINT artifact_kind CHECK (kind IN ('bundle', 'lock', 'specification', 'secret')),
    CONSTRAINT artifact_digest CHECK (digest ~ '^sha256:[0-9a-f]{64}$')
);
-- Compressed by the database is slower to read than the disk for these sizes.
ALTER TABLE artifact ALTER COLUMN bytes SET STORAGE EXTERNAL;
SELECT sec.protect('artifact', 'SELECT, INSERT, DELETE');

CREATE TABLE release (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    integration_id uuid NOT NULL,
    source_id uuid NOT NULL,
    commit_id text NOT NULL,
    author text NOT NULL,
    subject text NOT NULL,
    committed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    state text NOT NULL,
    -- Everything of the commit that this integration is made of; equal inputs make no release.
    inputs text NOT NULL,
    bundle text,
    lock text,
    base text NOT NULL,
    camel text NOT NULL,
    -- What a deployment needs of the bundle without opening it.
    recipe jsonb NOT NULL,
    problems jsonb NOT NULL,
    -- While it is resolving: what is asked of which runtime, since when.
    resolve_inputs text,
    resolve_command uuid,
    resolve_asked_at timestamptz,
    CONSTRAINT release_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT release_integration_fkey FOREIGN KEY (org_id, integration_id)
        REFERENCES integration (org_id, id),
    CONSTRAINT release_state CHECK (state IN ('drafted', 'resolving', 'released', 'refused')),
    CONSTRAINT release_bundle CHECK (state = 'refused' OR bundle IS NOT NULL)
);
CREATE INDEX release_newest ON release (org_id, integration_id, id DESC);
CREATE INDEX release_resolving ON release (org_id, resolve_command) WHERE state = 'resolving';
SELECT sec.protect('release', 'SELECT, INSERT, UPDATE');

-- Locks by what was asked for: the same dependencies are resolved once.
CREATE TABLE resolution (
    org_id uuid NOT NULL,
    inputs text NOT NULL,
    lock text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT resolution_pkey PRIMARY KEY (org_id, inputs),
    CONSTRAINT resolution_lock_fkey FOREIGN KEY (org_id, lock) REFERENCES artifact (org_id, digest)
);
SELECT sec.protect('resolution', 'SELECT, INSERT, DELETE');
