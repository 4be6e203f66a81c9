-- Git sources, and the integrations found in them.
--
-- The integration rows are the durable inventory that prune compares a commit with. A removed one keeps its row: its
-- name comes back with its history, and generations never start again.

CREATE TABLE source (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    name text NOT NULL,
    url text NOT NULL,
    branch text NOT NULL,
    path text NOT NULL,
    -- Encrypted by the control plane; the version of this row is bound to it.
    token bytea,
    -- The commit that was applied last.
    commit_id text,
    commit_author text,
    commit_subject text,
    commit_at timestamptz,
    checked_at timestamptz,
    condition_code text,
    condition_message text,
    condition_since timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    -- The commit whose removals wait for a confirmation.
    prune jsonb,
    created_at timestamptz NOT NULL,
    CONSTRAINT source_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT source_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id),
    CONSTRAINT source_project_fkey FOREIGN KEY (org_id, project_id) REFERENCES project (org_id, id),
    CONSTRAINT source_name_key UNIQUE (org_id, name),
    CONSTRAINT source_condition CHECK ((condition_code IS NULL) = (condition_since IS NULL))
);
SELECT sec.protect('source');

CREATE TABLE integration (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    source_id uuid NOT NULL,
    name text NOT NULL,
    folder text NOT NULL,
    created_at timestamptz NOT NULL,
    removed_at timestamptz,
    CONSTRAINT integration_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT integration_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id),
    CONSTRAINT integration_project_fkey FOREIGN KEY (org_id, project_id) REFERENCES project (org_id, id),
    CONSTRAINT integration_name_key UNIQUE (org_id, project_id, name)
);
CREATE INDEX integration_source ON integration (org_id, source_id) WHERE removed_at IS NULL;
SELECT sec.protect('integration');
