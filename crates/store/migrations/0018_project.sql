-- Projects: a set of integrations with one Git source and its own roles.

CREATE TABLE project (
    org_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT project_pkey PRIMARY KEY (org_id, id),
    CONSTRAINT project_org_id_fkey FOREIGN KEY (org_id) REFERENCES organization (id),
    CONSTRAINT project_name_key UNIQUE (org_id, name),
    CONSTRAINT project_name_length CHECK (length(name) BETWEEN 1 AND 63)
);
SELECT sec.protect('project');
