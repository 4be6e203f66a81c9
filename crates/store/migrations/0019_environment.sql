-- Environments: a runtime, configuration and secrets under a name, ordered for promotion.
--
-- `runtime_id` is null until a runtime was chosen (its foreign key comes with 0040, after runtimes).
-- `branch` null: follows the branch of each source. `revision` counts changes of configuration and secrets; a
-- deployment remembers the one it was made from.

CREATE TABLE environment (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    rank integer NOT NULL,
    branch text,
    runtime_id uuid,
    revision bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    CONSTRAINT environment_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT environment_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id),
    CONSTRAINT environment_name_key UNIQUE (org_id, name),
    CONSTRAINT environment_name_length CHECK (length(name) BETWEEN 1 AND 63)
);
SELECT sec.protect('environment');
