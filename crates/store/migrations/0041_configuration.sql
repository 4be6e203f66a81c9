-- Configuration set on an environment: for everything in it, for one project, or for one integration.
--
-- The nil project id and the empty integration name stand for "all", so that the key is one constraint; the most exact
-- row wins. An integration is named, not referred to: configuration may be set before its first commit arrives, and
-- outlives its folder.

CREATE TABLE configuration (
    org_id uuid NOT NULL,
    environment_id uuid NOT NULL,
    project_id uuid NOT NULL,
    integration text NOT NULL,
    key text NOT NULL,
    value text NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by uuid NOT NULL,
    CONSTRAINT configuration_pkey PRIMARY KEY (org_id, environment_id, project_id, integration, key),
    CONSTRAINT configuration_environment_fkey FOREIGN KEY (org_id, environment_id)
        REFERENCES environment (org_id, id) ON DELETE CASCADE,
    CONSTRAINT configuration_key_length CHECK (length(key) BETWEEN 1 AND 256),
    CONSTRAINT configuration_value_length CHECK (length(value) <= 65536)
);
SELECT sec.protect('configuration');
