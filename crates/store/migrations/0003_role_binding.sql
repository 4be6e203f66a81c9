-- Which role an actor holds, and on what. The table role x permission is `domain::permission`.
--
-- `scope_id` is the organization's own id for the scope `organization`, so that it is never null.

CREATE TABLE role_binding (
    org_id uuid NOT NULL,
    actor_id uuid NOT NULL,
    role text NOT NULL,
    scope text NOT NULL,
    scope_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT role_binding_pkey PRIMARY KEY (org_id, actor_id, role, scope, scope_id),
    CONSTRAINT role_binding_actor_fkey FOREIGN KEY (org_id, actor_id)
        REFERENCES actor (org_id, id) ON DELETE CASCADE,
    CONSTRAINT role_binding_role CHECK (
        role IN ('owner', 'administrator', 'developer', 'operator', 'viewer', 'auditor')
    ),
    CONSTRAINT role_binding_scope CHECK (scope IN ('organization', 'project', 'environment')),
    CONSTRAINT role_binding_organization CHECK (scope <> 'organization' OR scope_id = org_id)
);
SELECT sec.protect('role_binding');
